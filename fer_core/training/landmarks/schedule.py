"""Which task of an experiment comes next: cells in order, each with its searches first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from fer_core.store.records import CellKey, TrialRecord
from fer_core.store.store import Store
from fer_core.study.conditions import Condition
from fer_core.training.engine.shared_data import DataRef
from fer_core.training.landmarks.search import best, ready
from fer_core.training.landmarks.tasks import CellTask, TrialTask
from fer_core.training.protocols import Split

Task = TrialTask | CellTask


@dataclass
class PlannedCell:
    """One cell on its way: the trials of its searches, then its fit."""

    data: DataRef
    condition: Condition
    split: Split
    store: Store
    experiment: str
    trials: dict[str, dict[int, TrialRecord]] = field(default_factory=dict)
    _given: set[tuple[str, int]] = field(default_factory=set)

    @property
    def key(self) -> CellKey:
        """Names the cell within its experiment."""
        return CellKey(self.condition.slug, self.condition.seed, self.split.fold)

    @property
    def searched(self) -> bool:
        """Whether all of its searches are finished; at once, where there are none."""
        c = self.condition
        return c.tuning != "bayesian" or all(len(self.trials.get(e, {})) >= c.search.evaluations for e in c.emotions)

    def note(self, trial: TrialRecord) -> None:
        """A trial is done, now or in an earlier run."""
        self.trials.setdefault(trial.emotion, {})[trial.number] = trial

    def tasks(self) -> Iterator[Task]:
        """Tasks that can be begun now and have not been given out before."""
        if not self.searched:
            for emotion in self.condition.emotions:
                yield from self._next_trials(emotion)
        elif ("", 0) not in self._given:
            self._given.add(("", 0))
            yield CellTask(self.data, self.condition, self.split, self._sizes())

    def keep(self, task: Task, result: Any) -> None:
        """Store a task's result; a trial's decides what is tried next."""
        if isinstance(task, TrialTask):
            self.store.add_trial(self.experiment, result)
            self.note(result)
        else:
            self.store.add_cell(self.experiment, *result)

    def left(self) -> int:
        """Single classifiers still to be fitted."""
        c = self.condition
        left = 0
        if c.tuning == "bayesian":
            left = sum(c.search.evaluations - len(self.trials.get(e, {})) for e in c.emotions)
        return left * c.search.inner_folds + len(c.emotions) * c.ensemble

    def _next_trials(self, emotion: str) -> Iterator[TrialTask]:
        done = self.trials.get(emotion, {})
        history = [done[n] for n in sorted(done)]
        for number in ready(self.condition, list(done)):
            if (emotion, number) not in self._given:
                self._given.add((emotion, number))
                yield TrialTask(self.data, self.condition, self.split.fold, self.split.train, emotion, number, history)

    def _sizes(self):  # type: ignore[no-untyped-def]
        c = self.condition
        if c.tuning != "bayesian":
            return None
        return {e: best(c, list(self.trials[e].values())) for e in c.emotions}


def planned(
    data: DataRef,
    conditions: Iterable[tuple[Condition, Iterable[Split]]],
    done: Iterable[CellKey],
    trials: Iterable[TrialRecord],
    store: Store,
    experiment: str,
) -> list[PlannedCell]:
    """The cells that are still to be done, a whole seed and fold (all conditions) after another."""
    finished = set(done)
    cells = {}
    for condition, splits in conditions:
        for split in splits:
            cell = PlannedCell(data, condition, split, store, experiment)
            if cell.key not in finished:
                cells[cell.key] = cell
    for trial in trials:
        if trial.cell in cells:
            cells[trial.cell].note(trial)
    order = list(cells.values())
    return sorted(order, key=lambda cell: (cell.condition.seed, cell.split.fold))  # stable: conditions as given
