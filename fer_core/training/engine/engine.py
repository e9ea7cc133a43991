"""Where work runs: processes of this machine, or the workers of a dask scheduler."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from types import TracebackType
from typing import Any

from fer_core.base.errors import SettingError
from fer_core.training.engine.cluster import DaskWorkers
from fer_core.training.engine.local import LocalWorkers, OnNote
from fer_core.training.engine.shared_data import DataRef

Workers = LocalWorkers | DaskWorkers


class Engine:
    """Carries out tasks somewhere; a context manager that leaves no child behind.

    Tasks are functions that can be imported by name, with plain arguments and results. They may be
    carried out twice (a dask worker that died had perhaps finished), so they must be idempotent.
    A task's future raises what the task raised, and

    - `concurrent.futures.BrokenExecutor` where its process died (out of memory, a kill): the other
      tasks go on, and so can new ones;
    - `concurrent.futures.CancelledError` after `stop`;
    - `EngineError` where the scheduler is lost or a worker has other code: a `restart` may help.
    """

    def __init__(self, open_workers: Callable[[], Workers]) -> None:
        self._open = open_workers
        self._workers = open_workers()

    @property
    def executor(self) -> Executor:
        """The executor behind it, until the next `restart`."""
        return self._workers

    @property
    def slots(self) -> int:
        """Tasks that run at once; may change while dask workers come and go."""
        return self._workers.slots

    @property
    def where(self) -> str:
        """In words, for the log: how many slots, and where."""
        return self._workers.where

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Future[Any]:
        """Carry out ``function(*arguments)`` when a slot is free."""
        return self._workers.submit(function, *arguments)

    def share(self, data: DataRef) -> None:
        """Make sure that tasks can load ``data``, sending it to workers that do not see its file.

        Workers that join later and do not see it fail their tasks until it is shared again.
        """
        self._workers.share(data)

    def restart(self) -> None:
        """Stop, and open fresh workers: what was submitted before has to be submitted again."""
        self._workers.stop()
        self._workers = self._open()

    def stop(self) -> None:
        """Cancel what waits, end local children within seconds; a task on dask is only disowned."""
        self._workers.stop()

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def open_engine(scheduler: str | None = None, workers: int | None = None, on_note: OnNote | None = None) -> Engine:
    """Local processes, or the dask cluster at a scheduler's address.

    Parameters
    ----------
    scheduler : str or None
        ``tcp://host:port`` or ``tls://host:port``; None or "" for this machine.
    workers : int or None
        Tasks at once. None: one per core, or every worker of the cluster. One local worker is
        still a child process, so that no crash or cancel can hurt this one.
    on_note : callable or None
        Called, from another thread, with what tasks on this machine `tell` while they run.

    Raises
    ------
    SettingError
        For an address that is none, fewer than one worker, or dask not being installed.
    EngineError
        Where the scheduler cannot be reached, has no workers, or a worker's code or packages are
        not ours.
    """
    if workers is not None and workers < 1:
        raise SettingError(f"{workers} workers can do nothing", fix="use 1 or more, or leave it out")
    if scheduler:
        return Engine(partial(DaskWorkers, scheduler.strip(), workers))
    return Engine(partial(LocalWorkers, workers, on_note))
