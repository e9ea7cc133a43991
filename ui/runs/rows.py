"""What the Runs page shows: experiments and training runs in one list, and one experiment opened."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from fer_core import runs
from fer_core.base import provenance
from fer_core.base.errors import FerError, PathError, SettingError, StoreError
from fer_core.base.paths import store_file
from fer_core.store.records import CellRecord, TrialRecord
from fer_core.store.store import Store
from fer_core.study.design import Design
from fer_core.training import experiments
from fer_core.training.experiment import Order, read_order
from fer_core.training.experiments import Listed
from ui.runs.kinds import KINDS

PATIENCE = 3.0
"""Seconds that a page waits for a store in which somebody is writing."""


@dataclass(frozen=True)
class Entry:
    """A line of the list.

    Attributes
    ----------
    kind : of `ui.runs.kinds.KINDS`
    share : float or None
        Of the work that is done, 0 to 1; None where it is not known.
    parts : str
        What it consists of: cells, or the training's steps.
    left : float or None
        Seconds, while it is going on.
    """

    kind: str
    id: str
    title: str
    state: str
    share: float | None
    parts: str
    left: float | None

    @property
    def active(self) -> bool:
        """Whether it is going on."""
        return self.state in runs.ACTIVE

    @property
    def when(self) -> str:
        """When it began, ``2026-11-21 14:27``."""
        return when(self.id)


def entries() -> tuple[list[Entry], str]:
    """Every experiment and every other run, newest first; and a sentence where the store cannot be read."""
    error = ""
    lines: list[Entry] = []
    for name, kind in KINDS.items():
        if kind.asked_of is not None:
            lines += [_plain(name, folder, kind.asked_of) for folder in runs.list_runs(kind.of.PREFIX)]
            continue
        try:
            found = kind.of.listed(PATIENCE)
        except FerError as problem:  # the run folders still say what goes on
            error = str(problem)
            found = [Listed(f.name, runs.read_status(f), None) for f in runs.list_runs(kind.of.PREFIX)]
        lines += [_experiment(name, e) for e in found]
    return sorted(lines, key=lambda e: e.id.partition("-")[2], reverse=True), error


def when(id: str) -> str:
    """The time in a run folder's name; the name itself where there is none."""
    day, _, time = id.partition("-")[2].partition("-")
    fine = len(day) == 8 and len(time) >= 6 and (day + time[:6]).isdecimal()
    return f"{day[:4]}-{day[4:6]}-{day[6:8]} {time[:2]}:{time[2:4]}" if fine else id


def _experiment(kind: str, e: Listed) -> Entry:
    planned = e.record.planned if e.record else 0
    share = e.cells_done / planned if planned else None
    parts = f"{e.cells_done} of {planned} cells" if planned else ""
    parts += f", {e.cells_failed} failed" if e.cells_failed else ""
    parts = e.error or ", ".join(part for part in (parts, unreadable(e.status)) if part)
    if e.status is not None and e.active:
        share = e.status.step / e.status.total if e.status.total else 0.0
    left = e.status.seconds_left() if e.status is not None and e.active else None
    return Entry(kind, e.id, e.title, e.state, share, parts, left)


def _plain(kind: str, folder: Path, asked_of: Callable[[Path], Any]) -> Entry:
    """A run that is its folder alone."""
    status = runs.read_status(folder)
    share = min(1.0, status.step / status.total) if status.total else 0.0
    done = 1.0 if status.state == "done" else share
    left = status.seconds_left() if status.active else None
    return Entry(kind, folder.name, _words(str(folder), asked_of), status.state, done, unreadable(status), left)


def unreadable(status: runs.Status | None) -> str:
    """Why nothing is known of a run; empty where something is."""
    if status is None or status.readable:
        return ""
    return f"cannot be read: {status.error or 'its folder does not say where it stands.'}"


@st.cache_data(max_entries=5000, show_spinner=False)
def _words(folder: str, _asked_of: Callable[[Path], Any]) -> str:
    """What was asked of a run; never changes."""
    asked = _asked_of(Path(folder))
    return str(asked.words) if asked else Path(folder).name


# --- one experiment ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Opened:
    """One experiment; ``error`` is a sentence where the store could not be read."""

    listed: Listed
    folder: Path | None
    order: Order | None
    error: str = ""

    @property
    def design(self) -> dict[str, Any] | None:
        """The design as plain data, from the store or else from the order; None where both are gone."""
        record = self.listed.record
        return dict(record.design) if record else self.order.design.to_json() if self.order else None

    @property
    def title(self) -> str:
        """The name it was given, else its id."""
        named = self.order.name if self.order and not self.listed.record else ""
        return named or self.listed.title

    @property
    def corpus(self) -> str:
        """The path of its corpus as it was given, or "demo"; empty where nothing knows it."""
        record = self.listed.record
        return str(record.corpus["path"]) if record else self.order.corpus if self.order else ""

    @property
    def other_code(self) -> bool:
        """Whether the program has changed since the experiment began."""
        record = self.listed.record
        # The server may be older than the files that a resumed experiment would run: read them now.
        return record is not None and record.provenance.get("code_key") != provenance.code_key.__wrapped__()


def opened(id: str) -> Opened:
    """Look at one experiment, without reading the others. Raises `PathError` where there is none."""
    folder = runs.find_run(id) if id.startswith(f"{experiments.PREFIX}-") else None
    status = runs.read_status(folder) if folder is not None else None
    order = None
    if folder is not None:
        with suppress(SettingError):
            order = read_order(folder)
    record, error = None, ""
    counts: dict[str, Any] = {}
    try:
        if store_file().exists():
            with Store(read_only=True, patience=PATIENCE) as store:
                counts = store.counts().get(id, {})
                record = store.experiment(id) if counts else None
    except StoreError as problem:
        error = str(problem)
    if folder is None and record is None and not error:
        raise PathError("there is no such experiment", where=id, fix="choose one in the list")
    return Opened(Listed(id, status, record, **counts), folder, order, error)


@dataclass(frozen=True)
class Findings:
    """What an experiment has found so far."""

    cells: tuple[CellRecord, ...]
    trials: tuple[TrialRecord, ...]


def findings(e: Listed) -> Findings:
    """Cells and trials of an experiment, read again when there are more of them. Raises `StoreError`."""
    if e.record is None:
        return Findings((), ())
    return _findings(str(store_file()), e.id, e.cells_done, e.cells_failed, e.trials)


@st.cache_resource(max_entries=6, show_spinner=False)
def _findings(store: str, id: str, *counts: int) -> Findings:
    # A resource: records are frozen, and copying thousands of trials on each rerun would be waste.
    with Store(Path(store), read_only=True, patience=PATIENCE) as found:
        return Findings(tuple(found.cells(id)), tuple(found.trials(id)))


def design_of(e: Opened) -> Design:
    """The design to begin anew with. Raises `SettingError` where it cannot be read."""
    return Design.from_json(e.design)


def others(id: str) -> list[str]:
    """Ids of other experiments that are going on here."""
    folders = runs.list_runs(experiments.PREFIX)
    return [f.name for f in folders if f.name != id and runs.read_status(f).active]


def attempt(action: Callable[..., Any], *arguments: Any) -> None:
    """Carry out what a button asks; an error is kept for the run of the page that follows."""
    try:
        action(*arguments)
    except FerError as error:  # a callback's own messages would be wiped by the run that follows
        st.session_state["_runs_error"] = str(error)
