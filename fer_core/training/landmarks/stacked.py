"""One-vs-all classifiers of equal size trained at once, as stacked arrays.

The classifiers share nothing but the order of the batches. Each keeps its own initial weights,
dropout, loss, early stopping, best weights and learning rate, so the result is what separate
training would give (`fer_core.models.recurrent` is the plain path; a test holds the two together),
and does not depend on which classifiers are trained together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import TrainingError
from fer_core.landmarks.track import FloatArray
from fer_core.losses.imbalance import LossChoice
from fer_core.models.forward import logits
from fer_core.models.weights import TRAINED, NetworkShape, Weights, initial_weights
from fer_core.study.conditions import FitSettings
from fer_core.training.landmarks.gradients import LossTerms, point_loss, step

BN_MOMENTUM = 0.99
BETA_1, BETA_2, ADAM_EPSILON = 0.9, 0.999, 1e-7


@dataclass
class Fit:
    """What a fit leaves: the best weights of each classifier and its loss curves."""

    weights: Weights
    train_loss: list[npt.NDArray[np.float64]] = field(default_factory=list)
    validation_loss: list[npt.NDArray[np.float64]] = field(default_factory=list)
    best_epoch: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    stopped_epoch: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


EpochData = Callable[[int, np.random.Generator], FloatArray]
OnEpoch = Callable[[int, npt.NDArray[np.float64], npt.NDArray[np.float64] | None], None]


@np.errstate(invalid="ignore", over="ignore")  # what comes of it is caught once an epoch, by `_check`
def fit_stacked(
    x: FloatArray,
    y: npt.NDArray[np.float32],
    losses: Sequence[LossChoice],
    shape: NetworkShape,
    settings: FitSettings,
    seed: int,
    validation: tuple[FloatArray, npt.NDArray[np.float32]] | None = None,
    augment: EpochData | None = None,
    on_epoch: OnEpoch | None = None,
    numbers: Sequence[int] | None = None,
) -> Fit:
    """Train one classifier per column of ``y``.

    Parameters
    ----------
    x : float32 (n, P, inputs)
        Training features.
    y : float32 (n, E)
        1 where the clip shows the classifier's emotion, else 0.
    losses : E loss choices
    validation : (x, y) or None
        Monitored by early stopping and the learning-rate schedule, and decides which weights are
        kept. None trains all epochs, the learning rate falling to 0 on a cosine (Loshchilov and
        Hutter, 2017), and keeps the last weights.
    augment : called with (epoch, generator), returns features for that epoch, shaped as ``x``
    on_epoch : called with (epoch, training loss (E,), validation loss (E,) or None)
    numbers : E numbers, or None for 0..E-1
        Which random numbers a classifier draws; one alone, under its number, becomes what it would
        become among all.

    Raises
    ------
    TrainingError
        Where a loss is no longer a number.
    """
    generator = np.random.default_rng([seed, 1])
    numbers = range(y.shape[1]) if numbers is None else numbers
    trainer = _Trainer(shape, settings, losses, seed, numbers)
    watch = _Watch(y.shape[1], settings)
    fit = Fit({})
    for epoch in range(settings.epochs):
        features = x if augment is None else augment(epoch, generator)
        if validation is None:
            watch.rate[:] = settings.learning_rate * 0.5 * (1 + np.cos(np.pi * epoch / settings.epochs))
        fit.train_loss.append(trainer.epoch(features, y, generator.permutation(len(x)), watch.rate))
        _check(fit.train_loss[-1][watch.running], epoch)
        monitored = None
        if validation is not None:
            monitored = trainer.loss(*validation)
            fit.validation_loss.append(monitored)
            trainer.remember(watch.see(epoch, monitored))
        if on_epoch is not None:
            on_epoch(epoch, fit.train_loss[-1], monitored)
        if not watch.running.any():
            break
    if validation is None:
        trainer.remember(watch.running)
        watch.best_epoch[:] = watch.stopped_epoch[:] = settings.epochs - 1
    fit.weights = trainer.best
    fit.best_epoch, fit.stopped_epoch = watch.best_epoch, watch.stopped_epoch
    return fit


class _Watch:
    """Early stopping and ReduceLROnPlateau for each classifier on its own, as Keras defines them."""

    def __init__(self, classifiers: int, settings: FitSettings) -> None:
        self._s = settings
        self.best = np.full(classifiers, np.inf)
        self.best_epoch = np.zeros(classifiers, dtype=np.int64)
        self.stopped_epoch = np.zeros(classifiers, dtype=np.int64)
        self.running = np.ones(classifiers, dtype=bool)
        self.rate = np.full(classifiers, settings.learning_rate, dtype=np.float32)
        self._plateau_best = np.full(classifiers, np.inf)
        self._plateau_wait = np.zeros(classifiers, dtype=np.int64)

    def see(self, epoch: int, monitored: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Note an epoch's monitored loss (E,); returns which classifiers improved."""
        improved = self.running & (monitored < self.best)
        self.best[improved] = monitored[improved]
        self.best_epoch[improved] = epoch
        self.stopped_epoch[self.running] = epoch
        self._plateau(monitored)
        self.running = self.running & (epoch - self.best_epoch < self._s.patience)
        self.rate[~self.running] = 0.0
        return improved

    def _plateau(self, monitored: npt.NDArray[np.float64]) -> None:
        better = monitored < self._plateau_best - 1e-4  # Keras' min_delta
        self._plateau_best[better] = monitored[better]
        self._plateau_wait = np.where(better, 0, self._plateau_wait + 1)
        due = self._plateau_wait >= self._s.plateau_patience
        self.rate[due] = self.rate[due] * self._s.plateau_factor
        self._plateau_wait[due] = 0


class _Trainer:
    """Weights, optimizer state and the steps; what has stopped is no longer computed."""

    def __init__(
        self,
        shape: NetworkShape,
        settings: FitSettings,
        losses: Sequence[LossChoice],
        seed: int,
        numbers: Sequence[int],
    ) -> None:
        self._shape, self._settings = shape, settings
        self._losses = LossTerms.of(losses)
        self._weights = initial_weights(shape, numbers, seed)
        self._m = {k: np.zeros_like(self._weights[k]) for k in TRAINED}
        self._v = {k: np.zeros_like(self._weights[k]) for k in TRAINED}
        self._steps = 0
        self._draws = [np.random.default_rng([seed, number, 2]) for number in numbers]
        self._running = np.ones(len(numbers), dtype=bool)
        self._terms = self._losses
        self.best: Weights = {k: v.copy() for k, v in self._weights.items()}

    def epoch(
        self, x: FloatArray, y: npt.NDArray[np.float32], order: npt.NDArray[np.int64], rate: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float64]:
        """One pass over the clips in the given order; mean loss per classifier (E,), NaN where stopped."""
        self._leave_out(rate > 0)
        batch = self._settings.batch_size
        y, rate = y[:, self._running], rate[self._running]
        total = np.zeros(len(self._running))
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            total[self._running] += self._batch(x[rows], y[rows], rate)
        total[~self._running] = np.nan
        return total / len(order)

    def _batch(
        self, x: FloatArray, y: npt.NDArray[np.float32], rate: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float64]:
        self._steps += 1
        done = step(self._weights, x, y, self._terms, self._shape.architecture, self._dropout(len(x)))
        self._adam(done.gradients, rate)
        for name, seen in (("bn_mean", done.mean), ("bn_variance", done.variance)):
            self._weights[name] += (1 - BN_MOMENTUM) * (seen - self._weights[name])
        return done.loss

    def _dropout(self, clips: int) -> npt.NDArray[np.float32] | None:
        """What the last states (E, B, Q) are multiplied by (Srivastava et al., 2014)."""
        rate = self._settings.dropout
        if rate == 0:
            return None
        size = (clips, self._shape.Q)
        draw = np.stack([g.random(size, dtype=np.float32) for g, on in self._each() if on])
        return (draw >= rate).astype(np.float32) / np.float32(1.0 - rate)

    def _each(self) -> Iterator[tuple[np.random.Generator, bool]]:
        return zip(self._draws, self._running.tolist(), strict=True)

    def _adam(self, gradients: Weights, rate: npt.NDArray[np.float32]) -> None:
        """Adam (Kingma and Ba, 2015) as Keras computes it, with one learning rate per classifier."""
        correction = np.sqrt(1.0 - BETA_2**self._steps) / (1.0 - BETA_1**self._steps)
        decay = self._settings.weight_decay
        for k in TRAINED:
            g, m, v, w = gradients[k], self._m[k], self._v[k], self._weights[k]
            each = rate.reshape((-1,) + (1,) * (w.ndim - 1))
            m += np.float32(1.0 - BETA_1) * (g - m)
            v += np.float32(1.0 - BETA_2) * (g * g - v)
            if decay and k.endswith("kernel"):
                w *= 1.0 - np.float32(decay) * each
            change = np.sqrt(v)
            change += np.float32(ADAM_EPSILON)
            np.divide(m, change, out=change)
            change *= each * np.float32(correction)
            w -= change

    def _leave_out(self, running: npt.NDArray[np.bool_]) -> None:
        """Go on with the classifiers that still run."""
        if running.sum() == self._running.sum():
            return
        still = running[self._running]
        for arrays in (self._weights, self._m, self._v):
            for name in arrays:
                arrays[name] = arrays[name][still]
        self._running = running.copy()
        self._terms = self._losses.take(running)

    def loss(self, x: FloatArray, y: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Mean loss (E,) on other clips, in inference mode; NaN for classifiers that have stopped."""
        said = logits(self._weights, x, self._shape.architecture)
        mean = np.full(len(self._running), np.nan)
        mean[self._running] = point_loss(said, y[:, self._running], self._terms).mean(axis=0, dtype=np.float64)
        return mean

    def remember(self, which: npt.NDArray[np.bool_]) -> None:
        """Keep the present weights of the given classifiers, which must be running, as their best."""
        for name, value in self._weights.items():
            self.best[name][which] = value[which[self._running]]


def _check(losses: npt.NDArray[np.float64], epoch: int) -> None:
    if not np.isfinite(losses).all():
        raise TrainingError(
            "the loss is no longer a number", where=f"epoch {epoch + 1}", fix="use a lower learning rate"
        )
