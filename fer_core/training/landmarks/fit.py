"""Fit one recogniser on one training side, and read it on a test side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import TrainingError
from fer_core.landmarks.features import FeatureMap
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.landmarks.track import FloatArray
from fer_core.losses.imbalance import LossChoice, imbalance_ratio, loss_for
from fer_core.models.posterior import prior_offset
from fer_core.models.recogniser import Recogniser
from fer_core.models.weights import NetworkShape, joined, padded
from fer_core.study.conditions import ClassifierSettings, Condition
from fer_core.training.landmarks.data import TrainingData, training_data
from fer_core.training.landmarks.stacked import Fit, fit_stacked
from fer_core.training.protocols import validation_split

Losses = npt.NDArray[np.float64]
OnEpoch = Callable[[int, int, Losses, "Losses | None"], None]
"""Called with (member, epoch, training loss (E,), validation loss (E,) or None); NaN: not this one."""

Sizes = Mapping[str, ClassifierSettings]
"""What a search has chosen for each emotion."""


@dataclass(frozen=True)
class Fitted:
    """A recogniser, the losses it was trained with, and its loss curves per member."""

    recogniser: Recogniser
    losses: dict[str, LossChoice]
    fits: list[Fit]


@dataclass(frozen=True)
class Prepared:
    """A training side made ready: what every condition with the same features and seed shares.

    ``fitting`` holds the clips trained on, ``validation`` the features and emotions of those kept
    for early stopping, or None.
    """

    fitting: LandmarkSet
    data: TrainingData
    features: FeatureMap
    validation: tuple[FloatArray, npt.NDArray[np.str_]] | None


def choose_losses(training: LandmarkSet, condition: Condition) -> dict[str, LossChoice]:
    """The loss of each emotion from the training side's own imbalance (equation 5); or plain BCE."""
    policy = condition.loss_policy
    return {e: loss_for(ratio, policy) for e, ratio in imbalance_ratios(training, condition).items()}


def fit_recogniser(
    training: LandmarkSet, condition: Condition, seed: int, on_epoch: OnEpoch | None = None, sizes: Sizes | None = None
) -> Fitted:
    """Train a condition's classifiers on the given clips alone.

    The seed decides initial weights, batch order, dropout and augmentation. ``sizes`` gives
    classifiers settings of their own; without, all have the condition's.
    """
    prepared = prepare(training, condition, seed)
    losses = choose_losses(prepared.fitting, condition)
    sizes = sizes or dict.fromkeys(condition.emotions, condition.predefined)
    fits = []
    for member in range(condition.ensemble):

        def told(epoch: int, t: Losses, v: Losses | None, member: int = member) -> None:
            if on_epoch is not None:
                on_epoch(member, epoch, t, v)

        fits.append(fit_classifiers(prepared, condition, losses, seed * 100 + member, sizes, told))
    posterior = condition.decision == "posterior"
    recogniser = Recogniser(
        condition.emotions,
        largest(condition, sizes),
        condition.ensemble,
        prepared.features,
        joined([f.weights for f in fits]),
        mirrored=condition.augmentation.mirror == "true",
        losses=tuple(losses.values()) if posterior else (),
        offsets=_offsets(prepared.fitting, condition) if posterior else (),
    )
    return Fitted(recogniser, losses, fits)


def prepare(training: LandmarkSet, condition: Condition, seed: int) -> Prepared:
    """Split off the validation clips, if any, and fit features on the rest."""
    fit_on, held = validation_split(training, np.arange(len(training)), condition)
    fitting = training.take(fit_on)
    data, features = training_data(fitting, condition, seed)
    monitored = training.take(held)
    validation = (features.transform(monitored), monitored.emotion) if len(held) else None
    return Prepared(fitting, data, features, validation)


def fit_classifiers(
    prepared: Prepared,
    condition: Condition,
    losses: Mapping[str, LossChoice],
    seed: int,
    sizes: Sizes,
    on_epoch: Callable[[int, Losses, Losses | None], None] | None = None,
) -> Fit:
    """Train the classifiers of the emotions in ``sizes``; those of equal settings in one stack.

    Returns one `Fit` over these emotions in their order, its weights padded to the `largest` shape.
    What becomes of a classifier does not depend on which others are trained with it.
    """
    emotions = tuple(sizes)
    groups: dict[ClassifierSettings, list[int]] = {}
    for column, emotion in enumerate(emotions):
        groups.setdefault(sizes[emotion], []).append(column)
    whole = largest(condition, sizes)
    fits = []
    for settings, columns in groups.items():

        def spread(epoch: int, t: Losses, v: Losses | None, columns: list[int] = columns) -> None:
            if on_epoch is not None:
                on_epoch(
                    epoch, _spread(t, columns, len(emotions)), None if v is None else _spread(v, columns, len(emotions))
                )

        chosen = [emotions[c] for c in columns]
        fit = fit_stack(prepared, condition, chosen, [losses[e] for e in chosen], seed, settings, spread)
        fit.weights = padded(fit.weights, condition.shape_of(settings), whole)
        fits.append((columns, fit))
    return fits[0][1] if len(fits) == 1 else _merged(fits, len(emotions))


def largest(condition: Condition, sizes: Sizes) -> NetworkShape:
    """The smallest shape that holds all of the sizes."""
    each = [(s.F, s.Q, s.R) for s in sizes.values()]
    f, q, r = (max(s[k] for s in each) for k in range(3))
    return NetworkShape(condition.architecture, f, q, r, condition.features.inputs)


def curve(losses: Sequence[Losses], classifier: int) -> list[float]:
    """One classifier's losses, epoch by epoch, until it stopped."""
    return [round(float(v[classifier]), 5) for v in losses if np.isfinite(v[classifier])]


def fit_stack(
    prepared: Prepared,
    condition: Condition,
    emotions: Sequence[str],
    losses: Sequence[LossChoice],
    seed: int,
    settings: ClassifierSettings,
    on_epoch: Callable[[int, Losses, Losses | None], None] | None = None,
) -> Fit:
    """Train one classifier per loss, of equal settings, in one stack.

    An emotion may occur several times, with different losses: its classifiers then begin with the
    same weights and drop the same units, so that only the loss tells them apart.
    """
    numbers = [condition.emotions.index(e) for e in emotions]
    a, data = condition.augmentation, prepared.data
    varies = bool(a.retime or a.gain or a.blend or a.neutral or a.stream or a.pose or a.noise)
    validation = None
    if prepared.validation is not None:
        x, emotion = prepared.validation
        validation = (x, _labels(emotion, emotions))
    how = replace(condition.fit, dropout=settings.dropout, learning_rate=settings.learning_rate)
    return fit_stacked(
        data.x,
        data.y[:, numbers],
        losses,
        condition.shape_of(settings),
        how,
        seed,
        validation,
        augment=data.varied if varies else None,
        on_epoch=on_epoch,
        numbers=numbers,
    )


def _labels(emotion: npt.NDArray[np.str_], emotions: Sequence[str]) -> npt.NDArray[np.float32]:
    return np.asarray(emotion[:, None] == np.array(emotions)[None], dtype=np.float32)


def _merged(fits: Sequence[tuple[list[int], Fit]], n: int) -> Fit:
    """Fits of different classifiers as one; curves of those that stopped sooner end in NaN."""
    order = np.argsort([c for columns, _ in fits for c in columns])
    weights = joined([f.weights for _, f in fits])
    merged = Fit({name: value[order] for name, value in weights.items()})
    merged.train_loss = _merged_curves([(c, f.train_loss) for c, f in fits], n)
    merged.validation_loss = _merged_curves([(c, f.validation_loss) for c, f in fits], n)
    merged.best_epoch = np.concatenate([f.best_epoch for _, f in fits])[order]
    merged.stopped_epoch = np.concatenate([f.stopped_epoch for _, f in fits])[order]
    return merged


def _merged_curves(curves: Sequence[tuple[list[int], list[Losses]]], n: int) -> list[Losses]:
    merged = np.full((max(len(curve) for _, curve in curves), n), np.nan)
    for columns, curve in curves:
        if curve:
            merged[: len(curve), columns] = np.stack(curve)
    return list(merged)


def _spread(values: Losses, columns: list[int], n: int) -> Losses:
    whole = np.full(n, np.nan)
    whole[columns] = values
    return whole


def _offsets(training: LandmarkSet, condition: Condition) -> tuple[float, ...]:
    """Prior offsets from the training side's own imbalance."""
    ratios = imbalance_ratios(training, condition)
    return tuple(prior_offset(ratio, condition.evenness) for ratio in ratios.values())


def imbalance_ratios(training: LandmarkSet, condition: Condition) -> dict[str, float]:
    """Imbalance ratio of each emotion among the given clips (equation 5).

    Raises `TrainingError` where an emotion has no clip: nothing can be learned of it.
    """
    positive = {e: int((training.emotion == e).sum()) for e in condition.emotions}
    for emotion, n in positive.items():
        if n == 0:
            raise TrainingError(
                f"no clip to train on shows {emotion}",
                where=training.corpus,
                fix="use fewer folds or a smaller validation share, or leave the emotion out",
            )
    return {e: imbalance_ratio(n, len(training) - n) for e, n in positive.items()}
