"""The loop that hands an experiment's tasks to an engine and keeps what comes back.

It knows nothing of what the tasks are: landmark classifiers, their searches, image models.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from typing import Any, Protocol

from fer_core.base.errors import EngineError
from fer_core.base.progress import Progress
from fer_core.training.engine.engine import Engine

ATTEMPTS = 3
"""How often a task is begun whose process dies; then it counts as failed."""
TICK = 0.5
"""Seconds between two heartbeats at most."""


class Task(Protocol):
    """A piece of work that any process or machine can carry out, however often; it returns plain data."""

    @property
    def cost(self) -> float:
        """How much of the whole it is, in the unit of the cells' `PlannedWork.left`."""

    @property
    def words(self) -> str:
        """What it is, for people."""

    def carry_out(self) -> Any:
        """The work. What goes wrong in it comes back as a failed result; it raises only what fails all."""

    def failed(self, why: str) -> Any:
        """The result of a task that gave nothing."""


class PlannedWork(Protocol):
    """A cell of an experiment on its way: tasks, some of which can begin only after others."""

    def tasks(self) -> Iterable[Any]:
        """Those that can be begun now and were not given out before."""

    def left(self) -> float:
        """Cost of all that is still to be done."""

    def keep(self, task: Any, result: Any) -> None:
        """Store a task's result, and take note of it for the tasks to come."""


def carry_out(task: Task) -> Any:
    """A task's work, as a function that can be sent to another process."""
    return task.carry_out()


class Loop:
    """Hands tasks to the engine in the cells' order, keeps what comes back, tells where it stands.

    Parameters
    ----------
    engine : where tasks run
    share : called at first and after a lost scheduler was opened again, so that tasks find their data
    progress : called about twice a second; raising `Cancelled` from it ends all tasks within seconds
    under_way : how much of the tasks that run is done, in the unit of their cost, and in words
    unit : what the tasks' cost counts, for people
    """

    def __init__(
        self,
        engine: Engine,
        share: Callable[[Engine], None],
        progress: Progress,
        under_way: Callable[[], tuple[float, str]] = lambda: (0.0, ""),
        unit: str = "",
    ) -> None:
        self._engine, self._share, self._progress, self._under_way = engine, share, progress, under_way
        self._unit = unit
        self._waiting: list[tuple[int, int, Task]] = []  # a heap: first cells first
        self._pending: dict[Future[Any], tuple[int, int, Task]] = {}
        self._deaths: dict[int, int] = {}
        self._restarts = 0
        self._count = 0
        self._done = 0.0

    def run(self, cells: Sequence[PlannedWork]) -> None:
        """Carry out all that is left of the cells."""
        self._share(self._engine)
        self._cells = cells
        self._total = sum(cell.left() for cell in cells)
        for position in range(len(cells)):
            self._queue(position)
        text = "Starting"
        while self._waiting or self._pending:
            more, words = self._under_way()
            done = min(self._done + more, self._total)
            counted = f"; {done:,.0f} of {self._total:,.0f} {self._unit}" if self._unit else ""
            self._progress(done, self._total, (words or text) + counted)
            self._hand_out()
            finished, _ = wait(self._pending, timeout=TICK, return_when=FIRST_COMPLETED)
            for future in finished:
                text = self._take(future) or text
        self._progress(self._total, self._total, "Finished")

    def _queue(self, position: int) -> None:
        for task in self._cells[position].tasks():
            self._count += 1
            heapq.heappush(self._waiting, (position, self._count, task))

    def _hand_out(self) -> None:
        """As many tasks as there are slots, and one to go on with."""
        try:
            while self._waiting and len(self._pending) < self._engine.slots + 1:
                entry = heapq.heappop(self._waiting)
                self._pending[self._engine.submit(carry_out, entry[2])] = entry
        except EngineError:
            self._reconnect()

    def _take(self, future: Future[Any]) -> str:
        """Keep a finished task's result and queue what follows from it; returns words for it."""
        if future not in self._pending:  # it went down with a restart
            return ""
        position, _, task = entry = self._pending.pop(future)
        try:
            result = future.result()
        except BrokenExecutor as error:
            result = self._died(entry, str(error))
            if result is None:
                return ""
        except EngineError:
            heapq.heappush(self._waiting, entry)
            self._reconnect()
            return ""
        self._cells[position].keep(task, result)
        self._restarts = 0
        self._done += task.cost
        self._queue(position)
        return task.words

    def _died(self, entry: tuple[int, int, Task], why: str) -> Any:
        """A failed result if this task keeps killing its process; else None, and it is tried again."""
        _, number, task = entry
        self._deaths[number] = self._deaths.get(number, 0) + 1
        if self._deaths[number] < ATTEMPTS:
            heapq.heappush(self._waiting, entry)
            return None
        return task.failed(f"its process died {ATTEMPTS} times: {why}")

    def _reconnect(self) -> None:
        """The scheduler was lost: open it again and hand out anew what was there."""
        self._restarts += 1
        lost = list(self._pending.values())
        self._pending.clear()
        if self._restarts > ATTEMPTS:
            raise EngineError("the scheduler was lost again and again", fix="look after it, then resume the experiment")
        self._engine.restart()
        self._share(self._engine)
        for one in lost:
            heapq.heappush(self._waiting, one)
