"""Experiments whose results can be looked at: those of this installation, and those that came along."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from fer_core.base.paths import store_file
from fer_core.store.shipped import shipped_studies
from fer_core.store.store import Store
from fer_core.training import experiments
from ui.common import empty, errors, page
from ui.common.words import count

if TYPE_CHECKING:
    from fer_core.results.study import Study

SHIPPED = "shipped:"
"""Prefix, in the URL, of an experiment that came along; the name of its file follows."""


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
        cells = count(self.planned, "cell") if self.done == self.planned else f"{self.done} of {self.planned} cells"
        state = {"done": "", "stored": "", "shipped": "included example"}.get(self.state, self.state)
        return ", ".join(filter(None, (self.title, cells, state)))


def choices() -> list[Choice]:
    """This installation's experiments, newest first, then those that came along; without any that is only
    an order yet. A store that cannot be read is said in a sentence.
    """
    found: list[Choice] = []
    with errors.shown():
        found = [
            Choice(e.id, store_file(), e.id, e.title, e.state, e.cells_done, e.cells_failed, e.record.planned, e.trials)
            for e in experiments.listed()
            if e.record is not None
        ]
    return found + _shipped()


def title_of(name: str) -> str | None:
    """What the experiment of that name is called; None where there is none. Cheap: reads no result.

    Raises `StoreError` where the store cannot be read.
    """
    if name.startswith(SHIPPED):
        file = shipped_studies().get(name.removeprefix(SHIPPED))
        described = [] if file is None else _described(name.removeprefix(SHIPPED), str(file), _changed(file))
        return described[0].title if described else None
    if not name.startswith(f"{experiments.PREFIX}-") or not store_file().is_file():
        return None
    with Store(read_only=True) as store:
        return next((r.name or r.id for r in store.experiments() if r.id == name), None)


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
            Choice(
                SHIPPED + name,
                Path(file),
                r.id,
                r.name or name,
                "shipped",
                counts[r.id]["cells_done"],
                counts[r.id]["cells_failed"],
                r.planned,
                counts[r.id]["trials"],
                changed,
            )
            for r in store.experiments()[:1]
        ]


def _changed(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:  # the store says in words that it cannot be opened
        return 0
