"""The plain way, as the reference: one Keras model and one ``Model.fit`` per emotion.

It starts from the same weights as `fer_core.training.landmarks.stacked`, with the same losses, the same Adam
and Keras' own callbacks, so that the two can be held against each other, in results and in time.
Its batches come as arrays, which Keras shuffles, as most people write it; or from ``tf.data`` in
the very order of our batches, which is also the faster of the two.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.limits import SEEDS
from fer_core.efficiency.training.task import Labels, TrainingTask
from fer_core.landmarks.track import FloatArray
from fer_core.models.weights import Weights, initial_weights
from fer_core.training.landmarks.stacked import EpochData

Curve = list[float]


@dataclass
class PlainFit:
    """What the plain loop leaves: weights as a stack, each classifier's curves, when its epochs ended."""

    models: list[Any]
    weights: Weights = field(default_factory=dict)
    train_loss: list[Curve] = field(default_factory=list)
    validation_loss: list[Curve] = field(default_factory=list)
    best_epoch: list[int] = field(default_factory=list)
    marks: list[Curve] = field(default_factory=list)


def fit_plain(
    task: TrainingTask,
    *,
    seed: int | None = None,
    validation: tuple[FloatArray, Labels] | None = None,
    augment: EpochData | None = None,
    same_dropout: bool = False,
    arrays: bool = False,
    jit: bool = False,
    on_epoch: Callable[[int, int], None] | None = None,
) -> PlainFit:
    """Train the task's classifiers one after the other.

    Parameters
    ----------
    seed : int or None
        None: the task's.
    validation, augment
        As `fer_core.training.landmarks.stacked.fit_stacked` takes them.
    same_dropout : bool
        Feed the states that `fit_stacked` drops instead of letting Keras draw its own.
    arrays : bool
        Hand the task's arrays over and let Keras choose the order of the clips, from the same seed;
        not with ``augment`` or ``same_dropout``.
    jit : bool
        Compile each model with XLA, which Keras does not do by itself on a processor.
    on_epoch : called with (classifier, epoch) at the end of every epoch
    """
    import keras

    from fer_core.models.recurrent import get_weights

    seed = task.seed if seed is None else seed
    keras.utils.set_random_seed(seed % SEEDS)  # its own dropout, and its own order of the clips
    epochs = None if arrays else _Epochs(task, seed, augment)
    start = initial_weights(task.shape, len(task.losses), seed)
    fit = PlainFit([])
    for k in range(len(task.losses)):
        masks = _masks(task, seed, k) if same_dropout and task.settings.dropout else None
        model = _classifier(task, start, k, masks is not None, jit)
        _train(model, task, k, epochs, masks, validation, fit, on_epoch)
    fit.weights = get_weights(fit.models, task.shape)
    return fit


class _Epochs:
    """Which features and which order of the clips every epoch has, drawn as `fit_stacked` draws them."""

    def __init__(self, task: TrainingTask, seed: int, augment: EpochData | None) -> None:
        generator = np.random.default_rng([seed, 1])
        features, rows = [task.x], []
        for epoch in range(task.settings.epochs):
            if augment is not None:
                features.append(augment(epoch, generator))
            rows.append(generator.permutation(len(task.x)))
        self.rows = np.stack(rows)  # (epochs, n) positions in y
        self.x = features[0] if augment is None else np.concatenate(features[1:])
        first = np.arange(len(rows))[:, None] * len(task.x)
        self.places = self.rows if augment is None else self.rows + first  # positions in x


def _masks(task: TrainingTask, seed: int, classifier: int) -> npt.NDArray[np.float32]:
    """(epochs n, Q): what the last states are multiplied by, in the order of use; 0 or 1 / (1 - rate)."""
    rate, generator = task.settings.dropout, np.random.default_rng([seed, classifier, 2])
    sizes = [len(b) for b in task.batches(np.arange(len(task.x)))] * task.settings.epochs
    draws = [generator.random((n, task.shape.Q), dtype=np.float32) for n in sizes]
    return (np.concatenate(draws) >= rate).astype(np.float32) / np.float32(1.0 - rate)


def _classifier(task: TrainingTask, start: Weights, classifier: int, fed: bool, jit: bool) -> Any:
    import keras

    from fer_core.losses.binary import keras_loss
    from fer_core.models.recurrent import build_classifier, set_weights

    model = build_classifier(task.shape, task.x.shape[1], task.settings.dropout)
    set_weights(model, start, classifier)
    if fed:
        model = _with_fed_dropout(model, task.shape.Q)
    adam = keras.optimizers.Adam(task.settings.learning_rate)
    model.compile(adam, keras_loss(task.losses[classifier]), jit_compile=jit)
    return model


def _with_fed_dropout(model: Any, units: int) -> Any:
    """The same layers, but dropout is a product with a second input (B, units)."""
    import keras

    mask = keras.Input((units,))
    value = clips = keras.Input(model.input_shape[1:])
    for layer in model.layers:
        dropout = isinstance(layer, keras.layers.Dropout)
        value = keras.layers.Multiply()([value, mask]) if dropout else layer(value)
    return keras.Model([clips, mask], value)


def _train(
    model: Any,
    task: TrainingTask,
    classifier: int,
    epochs: _Epochs | None,
    masks: npt.NDArray[np.float32] | None,
    validation: tuple[FloatArray, Labels] | None,
    fit: PlainFit,
    on_epoch: Callable[[int, int], None] | None,
) -> None:
    import keras

    marks = [time.perf_counter()]

    def ended(epoch: int, _logs: Any) -> None:
        marks.append(time.perf_counter())
        if on_epoch is not None:
            on_epoch(classifier, epoch)

    callbacks = _callbacks(task, validation is not None)
    if epochs is None:
        y = task.y[:, classifier : classifier + 1]
        fed: dict[str, Any] = {"x": task.x, "y": y, "batch_size": task.settings.batch_size}
    else:
        fed = {"x": _batches(task, classifier, epochs, masks), "steps_per_epoch": task.steps, "shuffle": False}
    history = model.fit(
        **fed,
        epochs=task.settings.epochs,
        validation_data=_held(validation, classifier, masks),
        validation_batch_size=4096,
        callbacks=[*callbacks, keras.callbacks.LambdaCallback(on_epoch_end=ended)],
        verbose=0,
    ).history
    fit.models.append(model)
    fit.marks.append(marks)
    fit.train_loss.append(history["loss"])
    fit.validation_loss.append(history.get("val_loss", []))
    fit.best_epoch.append(callbacks[0].best_epoch if validation is not None else len(marks) - 2)


def _callbacks(task: TrainingTask, monitored: bool) -> list[Any]:
    """Early stopping and the learning rate's schedule."""
    import keras

    s, c = task.settings, keras.callbacks
    if not monitored:
        cosine = [s.learning_rate * 0.5 * (1 + np.cos(np.pi * e / s.epochs)) for e in range(s.epochs)]
        return [c.LearningRateScheduler(lambda epoch: cosine[epoch])]
    return [
        c.EarlyStopping("val_loss", patience=s.patience, restore_best_weights=True),
        c.ReduceLROnPlateau("val_loss", factor=s.plateau_factor, patience=s.plateau_patience, min_lr=0),
    ]


def _batches(task: TrainingTask, classifier: int, epochs: _Epochs, masks: npt.NDArray[np.float32] | None) -> Any:
    """All batches of all epochs, one after the other, as a ``tf.data`` dataset."""
    import tensorflow as tf

    x, y = tf.constant(epochs.x), tf.constant(task.y[:, classifier : classifier + 1])
    uses = np.arange(epochs.rows.size).reshape(epochs.rows.shape)
    index = tf.data.Dataset.from_tensor_slices((epochs.places, epochs.rows, uses))
    index = index.flat_map(lambda *row: tf.data.Dataset.from_tensor_slices(row).batch(task.settings.batch_size))
    if masks is None:
        chosen = index.map(lambda place, row, use: (tf.gather(x, place), tf.gather(y, row)))
    else:
        fed = tf.constant(masks)
        chosen = index.map(lambda place, row, use: ((tf.gather(x, place), tf.gather(fed, use)), tf.gather(y, row)))
    return chosen.prefetch(tf.data.AUTOTUNE)


def _held(validation: tuple[FloatArray, Labels] | None, classifier: int, masks: npt.NDArray[np.float32] | None) -> Any:
    if validation is None:
        return None
    x, y = validation[0], validation[1][:, classifier : classifier + 1]
    return (x, y) if masks is None else ((x, np.ones((len(x), masks.shape[1]), dtype=np.float32)), y)
