"""A table of results that came through the browser: its file, what its columns mean, what is in it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import streamlit as st

from fer_core.base.text import for_markdown
from ui.common import address, downloads
from ui.pickers.in_use import UPLOAD

if TYPE_CHECKING:
    from fer_core.stats.table import Evaluations

_MAPPINGS, _BOX = "_own_mappings", "own_table_file"
NOTHING = "–"


def choose() -> Evaluations | None:
    """The uploaded table, once it is there and passes its checks; it is kept for this session alone.

    Raises `TableError` where it cannot be read.
    """
    with st.expander("Your table", icon=":material/upload_file:", expanded=UPLOAD not in st.session_state):
        st.markdown(
            "One row per evaluation of one classifier: what was varied (architecture, tuning, loss), the "
            "emotion, perhaps a replicate (seed) and a fold, then metrics between 0 and 1, or the counts tp, "
            "fp, fn and tn. The file stays in this browser session."
        )
        _example()
        st.file_uploader("CSV file", type=["csv", "tsv", "txt"], key=_BOX, on_change=_take)
        if UPLOAD not in st.session_state:
            return None
        name, content = st.session_state[UPLOAD]
        st.caption(f"In use: {for_markdown(name)}")
        mapping = _mapping(content)
    return _read(name, hashlib.sha256(content).hexdigest(), tuple(sorted(mapping.items())), content)


def _take() -> None:
    if (file := st.session_state[_BOX]) is not None:
        st.session_state[UPLOAD] = (file.name, file.getvalue())


def _mapping(content: bytes) -> dict[str, str]:
    """What each of our columns is called there; guessed first, then as the user says."""
    from fer_core.stats.csv_file import header_of, preview
    from fer_core.stats.table import COUNTS, KEYS, METRICS, suggest_mapping

    columns = header_of(content)
    kind = hashlib.sha256(repr(columns).encode()).hexdigest()[:8]
    kept = st.session_state.setdefault(_MAPPINGS, {})
    before = kept.get(kind, suggest_mapping(columns))
    st.caption("What each column means; change what was guessed wrong.")
    mapping = {}
    places = st.columns(5)
    for number, ours in enumerate((*KEYS, *METRICS, *COUNTS)):
        key = f"own_{ours}_{kind}"
        if address.fresh(key):
            st.session_state[key] = before.get(ours, NOTHING)
        theirs = places[number % 5].selectbox(ours, [NOTHING, *columns], key=key)
        if theirs != NOTHING:
            mapping[ours] = theirs
    kept[kind] = mapping
    st.caption("The first rows of the file:")
    st.dataframe(preview(content), hide_index=True)
    return mapping


def _example() -> None:
    from fer_core.stats.table import reconstructed

    downloads.csv(reconstructed().frame, "published_study", "An example: the published study as such a table")


@st.cache_resource(max_entries=8, show_spinner="Reading the table")
def _read(name: str, content: str, mapping: tuple[tuple[str, str], ...], _bytes: bytes) -> Evaluations:
    from fer_core.stats.table import read_table

    return read_table(_bytes, dict(mapping), name)
