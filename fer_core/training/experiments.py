"""Experiments as processes of their own: start, list, resume, cancel, delete. Pages and command line.

There are two kinds, landmark classifiers' and image models' (`fer_core.training.images.experiments`): told
apart by how their run folders' names begin, and kept in the same store.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fer_core import runs
from fer_core.base.errors import PathError, StoreError
from fer_core.base.paths import store_file
from fer_core.store.records import ExperimentRecord
from fer_core.store.schema import PATIENCE
from fer_core.store.store import Store
from fer_core.training.experiment import Order, write_order

PREFIX = "experiment"
_KINDS = ("experiment-", "images-")
"""How the ids of all kinds begin."""


@dataclass(frozen=True)
class Listed:
    """One experiment in a list.

    Attributes
    ----------
    id : str
        Name of its run folder.
    status : Status or None
        Where its process stands; None where the run folder is gone and only results are left.
    record : ExperimentRecord or None
        None where it ended before anything was stored. Without its splits.
    cells_done, cells_failed, trials : int
    error : str
        A sentence where its entry in the store cannot be read.
    """

    id: str
    status: runs.Status | None
    record: ExperimentRecord | None
    cells_done: int = 0
    cells_failed: int = 0
    trials: int = 0
    error: str = ""

    @property
    def active(self) -> bool:
        """Whether it is still going on."""
        return self.status is not None and self.status.active

    @property
    def state(self) -> str:
        """queued, running, done, failed, cancelled, lost; "stored" where only results are left."""
        return self.status.state if self.status is not None else "stored"

    @property
    def complete(self) -> bool:
        """Whether every planned cell has a result."""
        return self.record is not None and self.cells_done >= self.record.planned

    @property
    def title(self) -> str:
        """The name it was given, else its id."""
        return (self.record.name if self.record else "") or self.id


class Experiments:
    """All experiments of one kind.

    Parameters
    ----------
    prefix : how their ids begin, which is also the command line's verb for them
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def start(self, folder: Path) -> Path:
        """Begin what a run folder's order asks for, in a process of its own; returns the folder."""
        return runs.start([self.prefix, "resume", folder.name], folder)

    def resume(self, id: str, options: Sequence[str] = ()) -> Path:
        """Go on with an experiment that stopped, in a process of its own.

        ``options`` are those of the command line's ``resume``.
        Raises `PathError` where it is still going on or its run folder is gone.
        """
        folder = self.require(id)
        ready_to_resume(folder)
        return runs.start([self.prefix, "resume", id, *options], folder)

    def require(self, id: str) -> Path:
        """The run folder of an experiment. Raises `PathError` where there is none."""
        folder = runs.find_run(id) if self._mine(id) else None
        if folder is not None:
            return folder
        if self._stored(id):
            raise PathError(
                "its run folder was removed, so it can neither go on nor be stopped; its results are stored",
                where=id,
                fix=f"keep them with `{self.prefix} export`, or start it anew with the same design",
            )
        raise self._absent(id)

    def listed(self, patience: float = PATIENCE) -> list[Listed]:
        """All experiments, newest first; ``patience``: seconds, for a store in which somebody is writing."""
        folders = {f.name: f for f in runs.list_runs(self.prefix)}
        records: dict[str, ExperimentRecord] = {}
        counts: dict[str, dict[str, int]] = {}
        spoiled: dict[str, str] = {}
        if store_file().exists():
            with Store(read_only=True, patience=patience) as store:
                own = [(id, found) for id, found in store.entries() if self._lists(id)]
                records = {id: found for id, found in own if isinstance(found, ExperimentRecord)}
                spoiled = {id: str(found) for id, found in own if isinstance(found, StoreError)}
                counts = store.counts()
        statuses = {id: runs.read_status(folder) for id, folder in folders.items()}
        return [
            Listed(id, statuses.get(id), records.get(id), **counts.get(id, {}), error=spoiled.get(id, ""))
            for id in sorted({*folders, *records, *spoiled}, reverse=True)
        ]

    def find(self, id: str) -> Listed:
        """One experiment. Raises `PathError` where there is none."""
        found = next((e for e in self.listed() if e.id == id), None)
        if found is None:
            raise self._absent(id)
        return found

    def cancel(self, id: str) -> None:
        """Ask an experiment to stop; its fits end within seconds, finished results stay."""
        runs.request_cancel(self.require(id))

    def delete(self, id: str) -> None:
        """Remove an experiment's results and run folder.

        Raises `PathError` where it is still going on or there is none.
        """
        folder = runs.find_run(id) if self._mine(id) else None
        if folder is not None and runs.read_status(folder).active:
            raise PathError("the experiment is still going on", where=id, fix="cancel it first")
        if stored := self._stored(id):
            with Store() as store:
                store.delete(id)
        if folder is not None:
            runs.delete_run(folder)
        elif not stored:
            raise self._absent(id)

    def _mine(self, id: str) -> bool:
        return id.startswith(f"{self.prefix}-")

    def _lists(self, id: str) -> bool:
        """Whether it is to be listed: also what another program named, so that it is somewhere."""
        return self._mine(id) or (self.prefix == PREFIX and not id.startswith(_KINDS))

    def _stored(self, id: str) -> bool:
        """Whether the store holds anything of it."""
        if not self._mine(id) or not store_file().is_file():
            return False
        with suppress(StoreError), Store(read_only=True) as store:
            return id in store.counts()
        return False

    def _absent(self, id: str) -> PathError:
        return PathError("there is no such experiment", where=id, fix=f"choose one of `{self.prefix} list`")


def ready_to_resume(folder: Path) -> None:
    """Withdraw an earlier wish to stop. Raises `PathError` where the experiment is still going on."""
    if runs.read_status(folder).active:
        raise PathError("the experiment is still going on", where=folder.name, fix="cancel it first")
    (folder / runs.CANCEL).unlink(missing_ok=True)


_LANDMARKS = Experiments(PREFIX)
resume, require, listed = _LANDMARKS.resume, _LANDMARKS.require, _LANDMARKS.listed
find, cancel, delete = _LANDMARKS.find, _LANDMARKS.cancel, _LANDMARKS.delete


def launch(order: Order) -> Path:
    """Start an experiment in a process of its own; returns its run folder."""
    folder = runs.new_run_folder(PREFIX)
    write_order(order, folder)
    return _LANDMARKS.start(folder)
