"""The sensitivity study's fits, as tasks that any process or machine can carry out.

Classifiers of one emotion and training side begin with the same weights, see the same batches and
drop the same units: only the loss tells them apart.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import TrainingError
from fer_core.base.limits import SEEDS
from fer_core.landmarks.augment import flipped_set
from fer_core.landmarks.track import FloatArray
from fer_core.losses.grid import Grid
from fer_core.models.forward import logits
from fer_core.study.conditions import Condition
from fer_core.training.engine.shared_data import DataRef, load
from fer_core.training.landmarks.fit import Prepared, fit_stack, imbalance_ratios, prepare
from fer_core.training.landmarks.tasks import fit_seed
from fer_core.training.protocols import Index

STACK = 12
"""Classifiers trained at once; more of them no longer fit into a core's cache and are slower each."""
KEPT = 4
"""Training sides a worker keeps ready: the tasks of all emotions share one."""

Column = tuple[str, int]
"""An emotion, and the number of the loss its classifier is trained with (`Grid.choices`)."""


@dataclass(frozen=True)
class FitTask:
    """All losses of some emotions' classifiers on one training side.

    Attributes
    ----------
    inner : -1 for the outer fold itself
        A task of an inner fold holds no clip of the outer test side.
    again : 0 for the study itself, else the number of a further seed of the study's own point
    fits : how many classifiers it is likely to train, for the progress
    """

    data: DataRef
    condition: Condition
    grid: Grid
    fold: int
    inner: int
    again: int
    train: Index
    test: Index
    emotions: tuple[str, ...]
    fits: int = 0

    @property
    def words(self) -> str:
        """For people."""
        where = f"fold {self.fold + 1}" + (f", inner fold {self.inner + 1}" if self.inner >= 0 else "")
        return f"{where}, " + (f"further seed {self.again}" if self.again else " and ".join(self.emotions))

    @property
    def seed(self) -> int:
        """As in an experiment's cells and searches; further seeds lie a thousand apart."""
        c = self.condition
        if self.inner >= 0:
            return (fit_seed(c, self.fold) + 1) * 1000 + self.inner
        return fit_seed(replace(c, seed=(c.seed + 1000 * self.again) % SEEDS), self.fold)

    def numbers(self, ratio: float) -> list[int]:
        """Losses that a classifier with this imbalance ratio is trained with.

        On a test side all, so that every loss can be seen for every emotion; on an inner fold those
        that some point of the grid gives this ratio, for no other can be chosen.
        """
        if self.again:
            return [self.grid.own(ratio)]
        return self.grid.needed(ratio) if self.inner >= 0 else list(range(self.grid.losses))


@dataclass(frozen=True)
class Outputs:
    """What a task gives: of each column log odds on the test clips (n, columns), NaN where it failed."""

    ratios: dict[str, float]
    columns: list[Column]
    log_odds: npt.NDArray[np.float32]
    failed: list[str]


def run_fits(task: FitTask) -> Outputs:
    """Carry out a task."""
    side = _side(task)
    ratios = imbalance_ratios(side.prepared.fitting, task.condition)
    columns = [(e, n) for e in task.emotions for n in task.numbers(ratios[e])]
    found: list[FloatArray] = []
    failed: list[str] = []
    for start in range(0, len(columns), STACK):
        part = columns[start : start + STACK]
        try:
            found.append(_log_odds(side, task, part, ratios))
        except TrainingError:  # one of them diverged: the others need not go with it
            found += [_alone(side, task, one, ratios, failed) for one in part]
    return Outputs(ratios, columns, np.concatenate(found, axis=1), failed)


@dataclass(frozen=True)
class _Side:
    """A training side made ready, and the test clips' features: as they are and, if read so, mirrored."""

    prepared: Prepared
    views: tuple[FloatArray, ...]


# What this process has made ready, newest last.
_SIDES: OrderedDict[tuple[Any, ...], _Side] = OrderedDict()


def _side(task: FitTask) -> _Side:
    key = (task.data.key, task.condition.key, task.fold, task.inner, task.again)
    if key not in _SIDES:
        landmarks = load(task.data)
        prepared = prepare(landmarks.take(task.train), task.condition, task.seed)
        test = landmarks.take(task.test)
        views = [test, flipped_set(test)] if task.condition.augmentation.mirror == "true" else [test]
        _SIDES[key] = _Side(prepared, tuple(prepared.features.transform(v) for v in views))
        while len(_SIDES) > KEPT:
            _SIDES.popitem(last=False)
    return _SIDES[key]


def _log_odds(side: _Side, task: FitTask, columns: Sequence[Column], ratios: Mapping[str, float]) -> FloatArray:
    """(test clips, columns), the mean over views and members."""
    c = task.condition
    emotions = [e for e, _ in columns]
    losses = [task.grid.choices(ratios[e])[n] for e, n in columns]
    said = []
    for member in range(c.ensemble):
        fit = fit_stack(side.prepared, c, emotions, losses, task.seed * 100 + member, c.predefined)
        said += [logits(fit.weights, x, c.architecture) for x in side.views]
    return np.asarray(np.mean(said, axis=0), dtype=np.float32)


def _alone(side: _Side, task: FitTask, column: Column, ratios: Mapping[str, float], failed: list[str]) -> FloatArray:
    emotion, number = column
    try:
        return _log_odds(side, task, [column], ratios)
    except TrainingError as error:
        failed.append(f"{task.words}, {task.grid.choices(ratios[emotion])[number].words}: {error}")
        return np.full((len(task.test), 1), np.nan, dtype=np.float32)
