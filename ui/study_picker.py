"""Which experiment a page of evidence shows: one of this installation, or one that came along. In the URL."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from fer_core.paths import store_file
from fer_core.results.shipped import shipped_studies
from fer_core.results.store import Store
from fer_core.training import experiments
from ui import empty, errors, page
from ui.words import count

if TYPE_CHECKING:
    from fer_core.results.study import Study

SHIPPED = "shipped:"
"""Prefix, in the URL, of an experiment that came along; the name of its file follows."""
_KEPT = "_experiment"


@dataclass(frozen=True)
class Choice:
    """An experiment to look at.

    Attributes
    ----------
    name : as in the URL
    file, id : the store it is in, and its id there
    title : what it is called
    state : where its process stands, "stored" without one, "shipped" where it came along
    done, failed, planned : cells
    trials : of searches
    stamp : changes when the file of one that came along is replaced
    """

    name: str
    file: Path
    id: str
    title: str
    state: str
    done: int
    failed: int
    planned: int
    trials: int = 0
    stamp: int = 0

    @property
    def shipped(self) -> bool:
        """Whether it came along with the code."""
        return self.state == "shipped"

    @property
    def active(self) -> bool:
        """Whether it is still going on."""
        return self.state in ("queued", "running")

    @property
    def version(self) -> tuple[str, str, int, int, int]:
        """Changes when its results do; searches' trials are no results."""
        return str(self.file), self.id, self.done, self.failed, self.stamp

    @property
    def words(self) -> str:
        """``hold-out, 3 of 8 cells, running``."""
        cells = (
            count(self.planned, "cell")
            if self.done == self.planned
            else f"{self.done} of {self.planned} cells"
        )
        state = {"done": "", "stored": "", "shipped": "came along"}.get(self.state, self.state)
        return ", ".join(filter(None, (self.title, cells, state)))


def choose() -> Choice | None:
    """A box with every experiment; None, after saying so, where there is none to look at."""
    found = {c.name: c for c in choices()}
    if not found:
        no_experiment()
        return None
    wanted = in_use()
    if wanted and wanted not in found:
        errors.say(
            f"there is no experiment {wanted} with results here: it may have been deleted; "
            "another one is shown instead."
        )
    start = wanted if wanted in found else _first(found)
    box = "experiment_of"
    if st.session_state.get(box) != start:
        st.session_state[box] = start
    name = st.selectbox(
        "Experiment", list(found), key=box, format_func=lambda n: found[n].words,
        on_change=lambda: use(st.session_state[box]),
    )  # fmt: skip
    if in_use() != name:
        use(name)
    return found[name]


def in_use() -> str | None:
    """The experiment in use; a link's goes before an earlier choice."""
    named = st.query_params.get("experiment") or st.session_state.get(_KEPT)
    if named and st.query_params.get("experiment") != named:
        st.query_params["experiment"] = named  # a page switch drops it
    return str(named) if named else None


def use(name: str) -> None:
    """Take an experiment into use."""
    st.session_state[_KEPT] = st.query_params["experiment"] = name


def choices() -> list[Choice]:
    """This installation's experiments, newest first, then those that came along; without any that is only
    an order yet. A store that cannot be read is said in a sentence."""
    found: list[Choice] = []
    with errors.shown():
        found = [
            Choice(e.id, store_file(), e.id, e.title, e.state, e.cells_done, e.cells_failed,
                   e.record.planned, e.trials)
            for e in experiments.listed() if e.record is not None
        ]  # fmt: skip
    return found + _shipped()


def study_of(choice: Choice) -> Study:
    """Everything the store knows of it. Raises `FerError` where the store cannot be read."""
    return _study(choice.version, choice.trials)


def cells_now(choice: Choice) -> int:
    """How many cells are finished at this moment, failed ones too."""
    with Store(choice.file, read_only=True) as store:
        now = store.counts().get(choice.id, {})
    return now.get("cells_done", 0) + now.get("cells_failed", 0)


def no_experiment() -> None:
    """The empty state of every page that needs an experiment."""
    text = (
        "Results appear here while an experiment goes on, and stay. An experiment trains and tests every "
        "condition that is to be compared, on the same people."
    )
    with empty.state("compare_arrows", "No experiment yet", text):
        page.link("launch", "Launch an experiment", "rocket_launch")


# --- inside -----------------------------------------------------------------------------------------


@st.cache_resource(max_entries=4, show_spinner="Reading the experiment")
def _study(version: tuple[str, str, int, int, int], trials: int) -> Study:
    # A resource, not data: a study is frozen, its table is never written to, and copies would be waste.
    from fer_core.results.study import load_study

    with Store(Path(version[0]), read_only=True) as store:
        return load_study(store, version[1])


def _shipped() -> list[Choice]:
    found = []
    for name, file in shipped_studies().items():
        with errors.shown():
            found += _described(name, str(file), _changed(file))
    return found


@st.cache_data(max_entries=16, show_spinner=False)
def _described(name: str, file: str, changed: int) -> list[Choice]:
    with Store(Path(file), read_only=True) as store:
        counts = store.counts()
        return [
            Choice(SHIPPED + name, Path(file), r.id, r.name or name, "shipped",
                   counts[r.id]["cells_done"], counts[r.id]["cells_failed"], r.planned,
                   counts[r.id]["trials"], changed)
            for r in store.experiments()[:1]
        ]  # fmt: skip


def _changed(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:  # the store says in words that it cannot be opened
        return 0


def _first(found: dict[str, Choice]) -> str:
    """The newest with results, else the newest that goes on, else whatever there is."""
    own = [c for c in found.values() if not c.shipped]
    order = [c for c in own if c.done] + [c for c in own if c.active]
    order += [c for c in found.values() if c.shipped]
    return (order or list(found.values()))[0].name
