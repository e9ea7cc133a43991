"""A table of results that came through the browser: its file, what its columns mean, what is in it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import streamlit as st

from ui import downloads, errors

if TYPE_CHECKING:
    from fer_core.stats.table import Evaluations

_FILE = "_own_table"
NOTHING = "–"


def choose() -> Evaluations | None:
    """The uploaded table, once it is there and passes its checks; it is kept for this session alone.

    Raises `TableError` where it cannot be read.
    """
    with st.expander("Your table", icon=":material/upload_file:", expanded=_FILE not in st.session_state):
        st.markdown(
            "One row per evaluation of one classifier: what was varied (architecture, tuning, loss), the "
            "emotion, perhaps a replicate (seed) and a fold, then metrics between 0 and 1, or the counts tp, "
            "fp, fn and tn. The file stays in this browser session."
        )
        _example()
        file = st.file_uploader("CSV file", type=["csv", "tsv", "txt"], key="own_table_file")
        if file is not None:
            st.session_state[_FILE] = (file.name, file.getvalue())
        if _FILE not in st.session_state:
            return None
        name, content = st.session_state[_FILE]
        mapping = _mapping(content)
    return _read(name, hashlib.sha256(content).hexdigest(), tuple(sorted(mapping.items())), content)


def _mapping(content: bytes) -> dict[str, str]:
    """What each of our columns is called there; guessed first, then as the user says."""
    from fer_core.stats.csv_file import header_of, preview
    from fer_core.stats.table import COUNTS, KEYS, METRICS, suggest_mapping

    columns = header_of(content)
    guessed = suggest_mapping(columns)
    st.caption("What each column means; change what was guessed wrong.")
    mapping = {}
    places = st.columns(5)
    for number, ours in enumerate((*KEYS, *METRICS, *COUNTS)):
        options = [NOTHING, *columns]
        start = options.index(guessed.get(ours, NOTHING))
        key = f"own_{ours}_{hashlib.sha256(repr(columns).encode()).hexdigest()[:8]}"
        theirs = places[number % 5].selectbox(ours, options, start, key=key)
        if theirs != NOTHING:
            mapping[ours] = theirs
    st.caption("The first rows of the file:")
    st.dataframe(preview(content), hide_index=True)
    return mapping


def _example() -> None:
    from fer_core.stats.table import reconstructed

    downloads.csv(reconstructed().frame, "published_study", "An example: the published study as such a table")


@st.cache_resource(max_entries=8, show_spinner="Reading the table")
def _read(name: str, content: str, mapping: tuple[tuple[str, str], ...], _bytes: bytes) -> Evaluations:
    from fer_core.stats.table import read_table

    return read_table(_bytes, dict(mapping), errors.escaped(name))
