"""Training one image model: epochs, early stopping, checkpoints that survive a kill, on any Keras backend."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import TrainingError
from fer_core.base.progress import Progress, silent
from fer_core.datasets.images.base import ImageCorpus
from fer_core.losses.balancing import class_weights
from fer_core.losses.classes import ClassLoss
from fer_core.models.images.registry import find
from fer_core.study.image_conditions import ImageCondition
from fer_core.training.engine.local import tell
from fer_core.training.images.augment import ImageAugmentation
from fer_core.training.images.batches import Pictures, TrainingBatches, reading_batches, targets
from fer_core.training.images.checkpoints import Checkpoint
from fer_core.training.images.history import History
from fer_core.training.images.protocols import ImageSplit
from fer_core.training.images.schedules import RateSchedule

Probabilities = npt.NDArray[np.float32]

_BUILDING = threading.Lock()


@dataclass
class FittedImages:
    """A trained network and how it came about; ``notes`` are sentences on what went wrong beside it."""

    model: Any
    condition: ImageCondition
    emotions: tuple[str, ...]
    channels: int
    history: History
    parameters: int
    notes: tuple[str, ...] = ()

    def read(self, pictures: Pictures) -> Probabilities:
        """Probabilities (n, E) of pictures, in order."""
        return predict(self.model, pictures, self.condition.mirrored)


def fit_images(
    corpus: ImageCorpus,
    condition: ImageCondition,
    split: ImageSplit,
    seed: int,
    *,
    progress: Progress = silent,
    checkpoint: Path | None = None,
) -> FittedImages:
    """Train a condition's network on the training side of a split; the test side is not looked at.

    Parameters
    ----------
    checkpoint : Path, optional
        A file that is written after epochs; where it is there, of the same condition and data, the
        training goes on from it. Removed at the end.

    Raises
    ------
    TrainingError
        Where the loss is no number any more.
    FerError
        Where the model does not take the size, weights cannot be had, or a picture cannot be read;
        `Cancelled` on request.
    """
    emotions = condition.emotions or corpus.emotions
    spec = find(condition.model)
    job = _Job(corpus, condition, split, seed, emotions, spec.channels, progress, checkpoint)
    return job.run(_built(condition, spec.channels, len(emotions), seed))


def predict(model: Any, pictures: Pictures, mirrored: bool) -> Probabilities:
    """Probabilities (n, E) of pictures; with ``mirrored`` the mean of each and its mirror image."""
    rows = []
    for x in reading_batches(pictures):
        said = _said(model, x)
        rows.append((said + _said(model, x[:, :, ::-1])) / 2 if mirrored else said)
    return np.concatenate(rows).astype(np.float32)


def _said(model: Any, x: npt.NDArray[np.float32]) -> Probabilities:
    return np.asarray(model.predict_on_batch(np.ascontiguousarray(x)), dtype=np.float32)


def _built(condition: ImageCondition, channels: int, classes: int, seed: int) -> Any:
    import keras

    keras.utils.set_random_seed(seed % 2**32)
    initial = None if condition.initial == "none" else condition.initial
    with _own_draws(seed):
        keras.config.set_dtype_policy(condition.fit.precision)
        try:
            return find(condition.model).build(
                condition.size, channels, classes, dropout=condition.dropout, weights=initial
            )
        finally:
            keras.config.set_dtype_policy("float32")


@contextmanager
def _own_draws(seed: int) -> Iterator[None]:
    """Let Keras draw its layers' seeds from a generator of our own, one model at a time.

    It takes them from Python's global one, which other threads of a dask worker draw from as well: there
    the same seed gave another network each time.
    """
    from keras.src.random import seed_generator as keras_draws

    with _BUILDING:
        before = keras_draws.python_random
        keras_draws.python_random = random.Random(seed % 2**32)
        try:
            yield
        finally:
            keras_draws.python_random = before


class _Job:
    """One training under way."""

    def __init__(
        self,
        corpus: ImageCorpus,
        condition: ImageCondition,
        split: ImageSplit,
        seed: int,
        emotions: tuple[str, ...],
        channels: int,
        progress: Progress,
        checkpoint: Path | None,
    ) -> None:
        self.condition, self.emotions, self.channels, self.seed = condition, emotions, channels, seed
        self.progress, self.history = progress, History()
        self.head_first = condition.fit.frozen_epochs > 0 and condition.initial != "none"
        self.frozen = False
        y = targets(corpus, emotions, condition.labels == "soft")
        counts = {e: int((corpus.emotion[split.train] == e).sum()) for e in emotions}
        weights = class_weights(counts, condition.balancing)
        self.weights = np.array([weights[e] for e in emotions], dtype=np.float32)
        self.batches = TrainingBatches(
            Pictures(corpus, split.train, condition.size, channels),
            y[split.train],
            condition,
            ImageAugmentation.of(condition.augmentation),
            seed,
        )
        self.held = Pictures(corpus, split.validation, condition.size, channels)
        self.held_targets = y[split.validation]
        self.store = Checkpoint(checkpoint, f"{condition.key} {corpus.key} {seed} {split.fold}")

    def run(self, model: Any) -> FittedImages:
        """Train, leave the best epoch's weights in the model."""
        fit = self.condition.fit
        if self.head_first:
            freeze_all_but_head(model)
            self.frozen = True
        self._compile(model)
        schedule, since = RateSchedule(fit), 0
        if self.frozen and self.store.epochs() > fit.frozen_epochs:
            self._thaw(model)
            since = fit.frozen_epochs  # the schedule begins anew there
        best = self.store.restore(model, self.history, schedule, since)
        started = time.monotonic() - sum(self.history.seconds)
        for epoch in range(self.history.epochs, fit.epochs):
            if epoch == fit.frozen_epochs and self._thaw(model):
                schedule = RateSchedule(fit)
            rate = schedule.rate(epoch, fit.epochs)
            begun = time.monotonic()
            train = self._epoch(model, epoch, rate)
            loss, accuracy = self._validate(model)
            self._note(train, loss, accuracy, rate, time.monotonic() - begun)
            schedule.note(loss)
            if len(self.held) and (best is None or loss < min(self.history.validation[:-1])):
                best, self.history.best_epoch = model.get_weights(), epoch
            if self._over(started):
                break
            self.store.keep(model, best, self.history, schedule)
        if best is not None:
            model.set_weights(best)
        else:
            self.history.best_epoch = self.history.epochs - 1
        self.store.remove()
        notes = (self.store.trouble,) if self.store.trouble else ()
        return FittedImages(
            model, self.condition, self.emotions, self.channels, self.history, model.count_params(), notes
        )

    def _compile(self, model: Any) -> None:
        import keras

        fit, c = self.condition.fit, self.condition
        loss = ClassLoss(c.loss, c.gamma, c.lam, c.smoothing)
        optimizer = (
            keras.optimizers.AdamW(fit.learning_rate, weight_decay=fit.weight_decay)
            if fit.weight_decay
            else keras.optimizers.Adam(fit.learning_rate)
        )
        if fit.weight_decay:
            optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        self.loss = loss.keras(self.weights)
        # Keras would compile with XLA, whose convolutions are several times slower on a processor.
        model.compile(optimizer=optimizer, loss=self.loss, jit_compile=on_accelerator())
        # Made within the first step, its variables would each be a condition in that step's graph, which
        # then takes twice as long to trace.
        optimizer.build(model.trainable_variables)

    def _thaw(self, model: Any) -> bool:
        if not self.frozen:
            return False
        for layer in model.layers:  # the model's own switch does not reach them
            layer.trainable = True
        self.frozen = False
        self._compile(model)
        return True

    def _epoch(self, model: Any, epoch: int, rate: float) -> float:
        model.optimizer.learning_rate = rate
        total = self.condition.fit.epochs
        losses, n = 0.0, len(self.batches)
        for k, (x, y) in enumerate(self.batches.epoch(epoch)):
            loss = float(np.asarray(model.train_on_batch(x, y)))
            model.reset_metrics()
            if not np.isfinite(loss):
                raise self._diverged(f"the loss of epoch {epoch + 1}")
            losses += loss
            if k % 10 == 0 or k == n - 1:
                said = f"{self.condition.model}, epoch {epoch + 1} of {total}, loss {losses / (k + 1):.3f}"
                self.progress(epoch + (k + 1) / n, total, said)
        return losses / n

    def _validate(self, model: Any) -> tuple[float, float]:
        if not len(self.held):
            return float("nan"), float("nan")
        said = predict(model, self.held, False)
        loss = float(np.asarray(self.loss(self.held_targets, said)))
        if not np.isfinite(loss):
            raise self._diverged("the validation loss")
        right = said.argmax(axis=1) == self.held_targets.argmax(axis=1)
        return loss, float(right.mean())

    def _diverged(self, what: str) -> TrainingError:
        return TrainingError(
            f"{what} is no number any more", where=self.condition.model, fix="use a smaller learning rate"
        )

    def _note(self, train: float, loss: float, accuracy: float, rate: float, seconds: float) -> None:
        h = self.history
        for values, value in (
            (h.train, train),
            (h.validation, loss),
            (h.accuracy, accuracy),
            (h.rate, rate),
            (h.seconds, seconds),
        ):
            values.append(value)

    def _over(self, started: float) -> bool:
        fit, h = self.condition.fit, self.history
        # While the body is frozen the head alone soon stops learning; patience begins with the whole.
        since = max(h.best_epoch, fit.frozen_epochs - 1 if self.head_first else 0)
        if fit.minutes and (time.monotonic() - started) / 60 >= fit.minutes:
            h.stopped = "time"
        elif fit.patience and len(self.held) and h.epochs - 1 - since >= fit.patience:
            h.stopped = "patience"
        else:
            return False
        return True


def freeze_all_but_head(model: Any) -> None:
    """Leave only the layers after the last convolution or pooling trainable."""
    import keras

    spatial = [k for k, layer in enumerate(model.layers) if _is_spatial(layer, keras)]
    for layer in model.layers[: max(spatial, default=-1) + 1]:
        layer.trainable = False


def _is_spatial(layer: Any, keras: Any) -> bool:
    try:
        shape = layer.output.shape
    except (AttributeError, ValueError):
        return False
    return isinstance(layer, keras.Model) or len(shape) == 4


def on_accelerator() -> bool:
    """Whether Keras' backend has a GPU or TPU."""
    import keras

    try:
        return bool(keras.distribution.list_devices("gpu") or keras.distribution.list_devices("tpu"))
    except (AttributeError, NotImplementedError, RuntimeError, ValueError):
        return False


def told(done: float, total: float, text: str) -> None:
    """A `Progress` that tells the process which handed the work out: (done, total, text)."""
    tell((done, total, text))
