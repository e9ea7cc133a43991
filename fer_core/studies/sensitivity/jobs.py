"""Sensitivity studies as processes of their own: start one, follow it, find its result again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fer_core import runs
from fer_core.base.errors import FerError
from fer_core.base.paths import assets_dir
from fer_core.files import json_files, shapes
from fer_core.studies.sensitivity.results import Sensitivity, read_sensitivity
from fer_core.studies.sensitivity.run import RESULT, Order

PREFIX, ORDER = "sensitivity", "order.json"
SHIPPED = "shipped"
"""Name of the study that comes with the program."""


@dataclass(frozen=True)
class Source:
    """Where a finished study lies: a run folder's name, or `SHIPPED`."""

    name: str
    file: Path

    @property
    def is_run(self) -> bool:
        """Whether it is a run of this installation, which may be deleted."""
        return self.name != SHIPPED

    def read(self) -> Sensitivity:
        """Its tables. Raises `PathError` where they cannot be read."""
        return read_sensitivity(self.file)


def launch(order: Order) -> Path:
    """Start a study in a process of its own; returns the run folder to watch."""
    folder = runs.new_run_folder(PREFIX)
    file = folder / ORDER
    json_files.write_whole(file, order.to_json())
    return runs.start([PREFIX, order.corpus, "--order", str(file), "--run", str(folder)], folder)


def order_of(folder: Path) -> Order | None:
    """What was asked of a run; None where it cannot be read or the run was started elsewhere."""
    try:
        return Order.from_json(shapes.plain(folder / ORDER, what="order", fix="start it anew"))
    except FerError:
        return None


def active() -> Path | None:
    """The newest study that is still going, whoever started it."""
    return runs.newest_active(PREFIX)


def find(name: str | None) -> Path | None:
    """The run folder of that name, or None."""
    return runs.find_run_of(PREFIX, name)


def sources() -> list[Source]:
    """Every finished study: runs, newest first, then the shipped one."""
    found = [Source(f.name, f / RESULT) for f in runs.list_runs(PREFIX) if (f / RESULT).is_file()]
    shipped = assets_dir() / "study" / "sensitivity.json"
    return found + ([Source(SHIPPED, shipped)] if shipped.is_file() else [])
