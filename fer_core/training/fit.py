"""Fit one recogniser on one training side, and read it on a test side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fer_core.imbalance import LossChoice, imbalance_ratio
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.models.posterior import prior_offset
from fer_core.models.recogniser import Recogniser
from fer_core.models.weights import Weights
from fer_core.training.conditions import Condition
from fer_core.training.data import TrainingData, training_data
from fer_core.training.protocols import validation_split
from fer_core.training.stacked import Fit, fit_stacked

OnEpoch = Callable[[int, int, Any, Any], None]
"""Called with (member, epoch, training loss (E,), validation loss (E,) or None)."""


@dataclass(frozen=True)
class Fitted:
    """A recogniser, the losses it was trained with, and its loss curves per member."""

    recogniser: Recogniser
    losses: dict[str, LossChoice]
    fits: list[Fit]


def choose_losses(training: LandmarkSet, condition: Condition) -> dict[str, LossChoice]:
    """The loss of each emotion from the training side's own imbalance (equation 5); or plain BCE."""
    if condition.loss == "standard":
        return {e: LossChoice("bce") for e in condition.emotions}
    return {e: condition.policy.choose(ratio) for e, ratio in _ratios(training, condition).items()}


def fit_recogniser(
    training: LandmarkSet, condition: Condition, seed: int, on_epoch: OnEpoch | None = None
) -> Fitted:
    """Train a condition's classifiers on the given clips alone.

    The seed decides initial weights, batch order, dropout and augmentation.
    """
    positions = np.arange(len(training))
    fit_on, held = validation_split(training, positions, condition)
    fitting = training.take(fit_on)
    losses = choose_losses(fitting, condition)
    data, features = training_data(fitting, condition, seed)
    validation = None
    if len(held):
        monitored = training.take(held)
        y = (monitored.emotion[:, None] == np.array(condition.emotions)[None]).astype(np.float32)
        validation = (features.transform(monitored), y)
    fits = [
        _fit_member(data, validation, list(losses.values()), condition, seed, member, on_epoch)
        for member in range(condition.ensemble)
    ]
    recogniser = Recogniser(
        condition.emotions, condition.shape, condition.ensemble, features, _stack([f.weights for f in fits]),
        mirrored=condition.augmentation.mirror == "true",
        losses=tuple(losses.values()) if condition.decision == "posterior" else (),
        offsets=_offsets(fitting, condition) if condition.decision == "posterior" else (),
    )  # fmt: skip
    return Fitted(recogniser, losses, fits)


def _fit_member(
    data: TrainingData,
    validation: Any,
    losses: Sequence[LossChoice],
    condition: Condition,
    seed: int,
    member: int,
    on_epoch: OnEpoch | None,
) -> Fit:
    a = condition.augmentation
    varies = bool(a.retime or a.gain or a.blend or a.neutral)
    return fit_stacked(
        data.x, data.y, losses, condition.shape, condition.fit, seed * 100 + member, validation,
        augment=data.varied if varies else None,
        on_epoch=None if on_epoch is None else lambda epoch, t, v: on_epoch(member, epoch, t, v),
    )  # fmt: skip


def _offsets(training: LandmarkSet, condition: Condition) -> tuple[float, ...]:
    """Prior offsets from the training side's own imbalance."""
    return tuple(prior_offset(ratio, condition.evenness) for ratio in _ratios(training, condition).values())


def _ratios(training: LandmarkSet, condition: Condition) -> dict[str, float]:
    """Imbalance ratio of each emotion among the given clips (equation 5)."""
    positive = {e: int((training.emotion == e).sum()) for e in condition.emotions}
    return {e: imbalance_ratio(n, len(training) - n) for e, n in positive.items()}


def _stack(members: list[Weights]) -> Weights:
    return {name: np.concatenate([m[name] for m in members]) for name in members[0]}
