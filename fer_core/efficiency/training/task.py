"""What the contenders of the training benchmark are given: one and the same piece of work, as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import TrainingError
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.landmarks.track import FloatArray
from fer_core.losses.imbalance import LossChoice
from fer_core.models.weights import Architecture, NetworkShape
from fer_core.study.conditions import Augmentation, Condition, FitSettings
from fer_core.training.landmarks.fit import choose_losses, prepare
from fer_core.training.protocols import make_splits

Labels = npt.NDArray[np.float32]

_FIXED = Augmentation(retime=0, blend=0, neutral=0)
"""Mirrored copies, made once. What varies from epoch to epoch costs every contender the same."""


@dataclass(frozen=True)
class TrainingTask:
    """One-vs-all classifiers to train, and the clips of other people to judge them on.

    Attributes
    ----------
    x, y : float32 (n, P, inputs) and (n, E)
        Training features, and 1 where a clip shows a classifier's emotion.
    test_x, test_y : float32 (m, P, inputs) and (m, E)
    losses : E loss choices
    replicates : int
        How many times the classifiers are trained, each with the next seed.
    """

    x: FloatArray
    y: Labels
    test_x: FloatArray
    test_y: Labels
    losses: tuple[LossChoice, ...]
    shape: NetworkShape
    settings: FitSettings
    seed: int = 0
    replicates: int = 1

    @property
    def steps(self) -> int:
        """Batches of an epoch."""
        return -(-len(self.x) // self.settings.batch_size)

    def batches(self, order: npt.NDArray[np.int64]) -> Iterator[npt.NDArray[np.int64]]:
        """An epoch's order of the clips (n,) cut into batches, the last one perhaps smaller."""
        for start in range(0, len(order), self.settings.batch_size):
            yield order[start : start + self.settings.batch_size]

    def enlarged(self, times: int) -> TrainingTask:
        """With every training clip so many times."""
        return replace(self, x=np.tile(self.x, (times, 1, 1)), y=np.tile(self.y, (times, 1)))

    def of_first(self, classifiers: int) -> TrainingTask:
        """With the first classifiers alone."""
        n = classifiers
        return replace(self, y=self.y[:, :n], test_y=self.test_y[:, :n], losses=self.losses[:n])

    def without_dropout(self) -> TrainingTask:
        """So that nothing random is left but the start and the order of the clips."""
        return replace(self, settings=replace(self.settings, dropout=0.0))


def make_task(
    landmarks: LandmarkSet, architecture: Architecture = "gru", epochs: int | None = None, seed: int = 0
) -> TrainingTask:
    """The default condition on a corpus, a third of the subjects held out; data fixed over the epochs."""
    condition = Condition(architecture=architecture, protocol="subject-holdout", seed=seed, augmentation=_FIXED)
    if epochs is not None:
        condition = replace(condition, fit=replace(condition.fit, epochs=epochs))
    present = tuple(e for e in condition.emotions if e in landmarks.emotion)
    condition = replace(condition, emotions=present)
    landmarks = landmarks.take(np.flatnonzero(np.isin(landmarks.emotion, present)))
    split = make_splits(landmarks, condition)[0]
    prepared = prepare(landmarks.take(split.train), condition, seed)
    test = landmarks.take(split.test)
    losses = choose_losses(prepared.fitting, condition)
    return TrainingTask(
        prepared.data.x,
        prepared.data.y,
        prepared.features.transform(test),
        (test.emotion[:, None] == np.array(present)).astype(np.float32),
        tuple(losses.values()),
        condition.shape,
        condition.fit,
        seed,
    )


def save_task(task: TrainingTask, file: Path) -> None:
    """Write a task as arrays and JSON."""
    about = {
        "losses": [asdict(c) for c in task.losses],
        "shape": asdict(task.shape),
        "settings": asdict(task.settings),
        "seed": task.seed,
        "replicates": task.replicates,
    }
    arrays = {name: getattr(task, name) for name in ("x", "y", "test_x", "test_y")}
    np.savez(file, about=np.array(json.dumps(about)), **arrays)


def load_task(file: Path) -> TrainingTask:
    """Read what `save_task` wrote. Raises `TrainingError` where that cannot be done."""
    try:
        with np.load(file, allow_pickle=False) as stored:
            about = json.loads(str(stored["about"]))
            arrays = {name: stored[name] for name in ("x", "y", "test_x", "test_y")}
    except (OSError, ValueError, KeyError) as error:
        raise TrainingError(f"the task cannot be read ({error})", where=str(file)) from error
    return TrainingTask(
        **arrays,
        losses=tuple(LossChoice(**c) for c in about["losses"]),
        shape=NetworkShape(**about["shape"]),
        settings=FitSettings(**about["settings"]),
        seed=about["seed"],
        replicates=about["replicates"],
    )
