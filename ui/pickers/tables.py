"""The box with the results a page of statistics is about, and what they hold. The choice is `ui.pickers.in_use`'s."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import streamlit as st

from fer_core.base.text import for_markdown
from fer_core.results.differences import LEVELS as PAIRS
from fer_core.results.words import LEVELS
from ui.common import errors, page
from ui.pickers import in_use, studies, table_upload
from ui.pickers.in_use import PUBLISHED, UPLOADED
from ui.pickers.studies import Choice

if TYPE_CHECKING:
    from fer_core.results.study import Reading, Study
    from fer_core.stats.table import Evaluations

Kind = Literal["published", "people", "table"]
_LINKS = {
    "compare": ("Compare", "compare_arrows"),
    "heatmaps": ("Heatmaps", "grid_on"),
    "effects": ("Effects", "forest"),
    "power": ("Power", "bolt"),
    "equivalence": ("Equivalence", "balance"),
}


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

    @property
    def kind(self) -> Kind:
        """What a page's defaults follow: the published study, results with people in them, or a table."""
        if self.table.origin == "reconstructed":
            return "published"
        several = self.people is not None and self.people.predictions["subject"].nunique() > 1
        return "people" if several else "table"

    @property
    def people(self) -> Study | None:
        """The experiment behind it, where it says who is filmed: what comparisons over people need."""
        return self.study if self.study is not None and self.study.people_known else None


def choose() -> Chosen | None:
    """A box with all results there are; None, after saying so, where those chosen cannot be shown."""
    experiments = {c.name: c for c in studies.choices()}
    words = {
        PUBLISHED: "Published study (Winarno et al.), reconstructed from its tables",
        **{name: c.words for name, c in experiments.items()},
        UPLOADED: "A table of your own (CSV)",
    }
    _there(words)
    in_use.notice()
    name = str(in_use.box("Results", words, "table", PUBLISHED))
    with errors.shown():
        found = _open(name, experiments.get(name))
        if found is not None:
            _note(found.table)
        return found
    return None


def choose_experiment() -> Choice | None:
    """A box with the experiments alone; None, after saying so, while what is in use is none of them."""
    experiments = {c.name: c for c in studies.choices()}
    in_use.notice()
    if not experiments:
        studies.no_experiment()
        return None
    _there([PUBLISHED, UPLOADED, *experiments])
    if in_use.now().table not in experiments:
        st.info(
            f"The results in use ({for_markdown(in_use.name())}) are a table. This page needs the outputs "
            "that an experiment stores of every clip: choose an experiment.",
            icon=":material/table:",
        )
    words = {name: c.words for name, c in experiments.items()}
    name = in_use.box("Results", words, "table", None, placeholder="Choose an experiment")
    return experiments.get(name or "")


def links(here: str) -> None:
    """The other pages that are about the results in use."""
    st.subheader("These results on other pages", anchor=False)
    with st.container(horizontal=True, gap="medium"):
        for name, (label, icon) in _LINKS.items():
            if name != here:
                page.link(name, label, icon, **in_use.link())


def orientation() -> str:
    """Which level is subtracted from which, for captions."""
    parts = [(factor, [LEVELS.get(x, x) for x in pair]) for factor, pair in PAIRS.items()]
    return ", ".join(f"{factor}: {first} minus {second}" for factor, (first, second) in parts)


# --- inside -----------------------------------------------------------------------------------------


def _there(names: Collection[str]) -> None:
    """Begin again with the published study where what is in use cannot be shown."""
    if in_use.now().table not in names:
        in_use.fall_back()
        st.rerun()


def _open(name: str, choice: Choice | None) -> Chosen | None:
    from fer_core.stats.table import reconstructed

    if name == PUBLISHED:
        return Chosen(name, reconstructed())
    if choice is None:
        table = table_upload.choose()
        return None if table is None else Chosen(name, table)
    if not choice.done:
        st.info(
            "No cell of this experiment is done yet: the statistics begin with the first results.",
            icon=":material/hourglass_empty:",
        )
        page.link("runs", "Watch it", "checklist", experiment=choice.id)
        return None
    reading: Reading = "outputs" if in_use.reading() == "outputs" else "probabilities"
    study = studies.study_of(choice)
    return Chosen(name, _table(choice.version, reading, study), study, reading)


def _note(table: Evaluations) -> None:
    icon = {"reconstructed": "history_edu", "experiment": "science"}.get(table.origin, "table")
    st.caption(f":material/{icon}: {for_markdown(table.note)}")


@st.cache_resource(max_entries=8, show_spinner=False)
def _table(version: tuple[str, str, int, int, int], reading: Reading, _study: Study) -> Evaluations:
    from fer_core.stats.table import of_study

    return of_study(_study, reading)
