"""Which results a page of statistics is about: the published study, an experiment, or an uploaded table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from fer_core.results.differences import LEVELS
from ui import address, errors, page, study_picker, table_upload
from ui.study_picker import Choice

if TYPE_CHECKING:
    from fer_core.results.study import Reading, Study
    from fer_core.stats.table import Evaluations

PUBLISHED, UPLOADED = "published", "uploaded"
"""In the URL, instead of an experiment's name."""
_KEPT, _BOX = "_table", "table_of"
_READINGS = {"outputs": "Outputs at 0.5", "probabilities": "Probabilities read by their loss"}


@dataclass(frozen=True)
class Chosen:
    """Results to look at.

    Attributes
    ----------
    name : as in the URL
    table : one row per evaluation of a classifier
    study : the experiment with what was said of every clip; None where that is not known
    reading : how its outputs were read
    """

    name: str
    table: Evaluations
    study: Study | None = None
    reading: Reading = "outputs"


def choose() -> Chosen | None:
    """A box with all results there are; None, after saying so, where those chosen cannot be shown."""
    experiments = {c.name: c for c in study_picker.choices()}
    words = {
        PUBLISHED: "Published study (Winarno et al.), reconstructed from its tables",
        **{name: c.words for name, c in experiments.items()},
        UPLOADED: "A table of your own (CSV)",
    }
    wanted = _wanted()
    if wanted not in words:
        errors.say(f"there are no results called {wanted} here: the published study is shown instead.")
        wanted = PUBLISHED
    if st.session_state.get(_BOX) != wanted:
        st.session_state[_BOX] = wanted
    name = st.selectbox("Results", list(words), key=_BOX, format_func=words.__getitem__, on_change=_changed)
    if st.query_params.get("table") != name:
        _use(name)
    with errors.shown():
        found = _open(name, experiments.get(name))
        if found is not None:
            _note(found.table)
        return found
    return None


def orientation() -> str:
    """Which level is subtracted from which, for captions."""
    return ", ".join(f"{factor}: {first} minus {second}" for factor, (first, second) in LEVELS.items())


def _wanted() -> str:
    """A link's choice goes before an earlier one."""
    return str(st.query_params.get("table") or st.session_state.get(_KEPT) or PUBLISHED)


def _use(name: str) -> None:
    st.session_state[_KEPT] = st.query_params["table"] = name


def _changed() -> None:
    _use(st.session_state[_BOX])


def _open(name: str, choice: Choice | None) -> Chosen | None:
    from fer_core.stats.table import reconstructed

    if name == PUBLISHED:
        return Chosen(name, reconstructed())
    if choice is None:
        table = table_upload.choose()
        return None if table is None else Chosen(name, table)
    if not choice.done:
        st.info("No cell of this experiment is done yet: the statistics begin with the first results.",
                icon=":material/hourglass_empty:")  # fmt: skip
        page.link("runs", "Watch it", "checklist", experiment=choice.id)
        return None
    reading = _reading()
    study = study_picker.study_of(choice)
    return Chosen(name, _table(choice.version, reading, study), study, reading)


def _reading() -> Reading:
    said = address.one(
        "How outputs are read", _READINGS, "stats_reading",
        help="As the published study does: yes where a classifier's output is above 0.5. Or each output is "
        "first turned into the probability that its loss implies.",
    )  # fmt: skip
    return "probabilities" if said == "probabilities" else "outputs"


def _note(table: Evaluations) -> None:
    icon = {"reconstructed": "history_edu", "experiment": "science"}.get(table.origin, "table")
    st.caption(f":material/{icon}: {errors.escaped(table.note)}")


@st.cache_resource(max_entries=8, show_spinner=False)
def _table(version: tuple[str, str, int, int, int], reading: Reading, _study: Study) -> Evaluations:
    from fer_core.stats.table import of_study

    return of_study(_study, reading)
