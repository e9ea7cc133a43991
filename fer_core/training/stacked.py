"""All one-vs-all classifiers of a recogniser trained at once, in one compiled graph.

The classifiers share nothing but the order of the batches: the first layer of all of them is a
single matrix product, the rest are batched ones. Each keeps its own loss, early stopping, best
weights and learning rate, so the result is what separate training would give
(`fer_core.models.recurrent` is the plain path; a test holds the two together).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.imbalance import LossChoice
from fer_core.landmarks.track import FloatArray
from fer_core.models.forward import logits
from fer_core.models.weights import MOVING, TRAINED, NetworkShape, Weights, initial_weights
from fer_core.quiet import quiet
from fer_core.training.conditions import FitSettings

with quiet():
    import tensorflow as tf

BN_EPSILON, BN_MOMENTUM = 1e-3, 0.99
BETA_1, BETA_2, ADAM_EPSILON = 0.9, 0.999, 1e-7

Tensors = dict[str, Any]


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
    """
    generator = np.random.default_rng([seed, 1])
    trainer = _Trainer(shape, settings, losses, initial_weights(shape, y.shape[1], seed), seed)
    watch = _Watch(y.shape[1], settings)
    fit = Fit({})
    for epoch in range(settings.epochs):
        features = x if augment is None else augment(epoch, generator)
        if validation is None:
            watch.rate[:] = settings.learning_rate * 0.5 * (1 + np.cos(np.pi * epoch / settings.epochs))
        fit.train_loss.append(trainer.epoch(features, y, generator.permutation(len(x)), watch.rate))
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
    """Weights, optimizer state and the compiled steps."""

    def __init__(
        self,
        shape: NetworkShape,
        settings: FitSettings,
        losses: Sequence[LossChoice],
        start: Weights,
        seed: int,
    ) -> None:
        self._shape, self._settings = shape, settings
        self._loss = _loss_terms(losses)
        self._weights: Tensors = {k: tf.constant(v) for k, v in start.items()}
        self._m: Tensors = {k: tf.zeros_like(self._weights[k]) for k in TRAINED}
        self._v: Tensors = {k: tf.zeros_like(self._weights[k]) for k in TRAINED}
        self._step = tf.constant(0.0)
        self._seed = seed
        self.best: Weights = {k: v.copy() for k, v in start.items()}
        self._compiled = False

    def epoch(
        self,
        x: FloatArray,
        y: npt.NDArray[np.float32],
        order: npt.NDArray[np.int64],
        rate: npt.NDArray[np.float32],
    ) -> npt.NDArray[np.float64]:
        """One pass over the clips in the given order; mean loss per classifier (E,)."""
        batch = self._settings.batch_size
        total = np.zeros(y.shape[1], dtype=np.float64)
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            total += self._batch(x[rows], y[rows], rate)
        return total / len(order)

    def _batch(
        self, x: FloatArray, y: npt.NDArray[np.float32], rate: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float64]:
        """One step on up to a batch of clips, padded to a full one so that the graph compiles once."""
        missing = self._settings.batch_size - len(x)
        real = np.r_[np.ones(len(x)), np.zeros(missing)].astype(np.float32)
        x = np.concatenate([x, np.zeros((missing, *x.shape[1:]), dtype=np.float32)])
        y = np.concatenate([y, np.zeros((missing, y.shape[1]), dtype=np.float32)])
        with nullcontext() if self._compiled else quiet():
            self._weights, self._m, self._v, self._step, summed = _train_step(
                tf.constant(x), tf.constant(y), tf.constant(real), tf.constant(rate),
                self._weights, self._m, self._v, self._step, tf.constant([self._seed, 7], dtype=tf.int32),
                *self._loss, architecture=self._shape.architecture, dropout=self._settings.dropout,
                decay=self._settings.weight_decay,
            )  # fmt: skip
        self._compiled = True
        return np.asarray(summed.numpy(), dtype=np.float64)

    def loss(self, x: FloatArray, y: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Mean loss (E,) on other clips, in inference mode.

        In numpy: validation sides of every size and shape come along, and each would cost the
        compiler another graph.
        """
        weights = {name: value.numpy() for name, value in self._weights.items()}
        each = _point_loss(logits(weights, x, self._shape.architecture), y, *self._loss)
        return np.asarray(each.numpy().mean(axis=0), dtype=np.float64)

    def remember(self, which: npt.NDArray[np.bool_]) -> None:
        """Keep the present weights of the given classifiers as their best."""
        for name, value in self._weights.items():
            self.best[name][which] = value.numpy()[which]


def _loss_terms(losses: Sequence[LossChoice]) -> tuple[Any, Any, Any]:
    """BCE, weighted BCE and focal loss as one form: weight(y) (1 - p_t)^gamma (-log p_t)."""
    positive, negative, gamma = [], [], []
    for choice in losses:
        focal = choice.name == "focal"
        positive.append(choice.alpha if focal else (choice.weight or 1.0))
        negative.append(1.0 - (choice.alpha or 0.0) if focal else 1.0)
        gamma.append(choice.gamma if focal else 0.0)
    return tuple(tf.constant(np.array(v, dtype=np.float32)) for v in (positive, negative, gamma))


def _point_loss(logits: Any, y: Any, positive: Any, negative: Any, gamma: Any) -> Any:
    sign = 2.0 * y - 1.0
    log_pt = tf.math.log_sigmoid(sign * logits)
    focus = tf.exp(gamma * tf.math.log_sigmoid(-sign * logits))  # (1 - p_t)^gamma
    return -(y * positive + (1.0 - y) * negative) * focus * log_pt


def _forward(
    w: Tensors, x: Any, architecture: str, real: Any, dropout_mask: Any = None
) -> tuple[Any, Any, Any]:
    """Logits (B, E), and the mean and variance (E, F) of the batch's ``real`` clips (B,)."""
    frames = x.shape[1]
    classifiers, _, f = w["dense_kernel"].shape
    flat = tf.reshape(x, (-1, x.shape[2]))
    kernel = tf.reshape(tf.transpose(w["dense_kernel"], (1, 0, 2)), (x.shape[2], -1))
    dense = tf.reshape(flat @ kernel, (-1, classifiers, f)) + w["dense_bias"][None]
    dense = tf.reshape(dense, (-1, frames, classifiers, f))
    share = (real / (tf.reduce_sum(real) * frames))[:, None, None, None]
    mean = tf.reduce_sum(dense * share, axis=(0, 1))
    variance = tf.reduce_sum(tf.square(dense - mean) * share, axis=(0, 1))
    normal = (dense - mean) * (w["bn_gamma"] * tf.math.rsqrt(variance + BN_EPSILON)) + w["bn_beta"]
    state = _recur(w, tf.transpose(normal, (2, 1, 0, 3)), architecture)  # (E, B, Q)
    if dropout_mask is not None:
        state = state * dropout_mask
    hidden = tf.nn.relu(state @ w["hidden_kernel"] + w["hidden_bias"][:, None])
    logits = (hidden @ w["out_kernel"] + w["out_bias"][:, None])[..., 0]
    return tf.transpose(logits), mean, variance


def _recur(w: Tensors, x: Any, architecture: str) -> Any:
    """Last state (E, B, Q) of the recurrent layer over frames x (E, P, B, F)."""
    q = w["recurrent"].shape[1]
    h = tf.zeros((x.shape[0], tf.shape(x)[2], q))
    c = tf.zeros_like(h)
    # One product for the inputs of all frames: half of the work outside the sequential loop.
    bias = w["bias"][:, 0] if architecture == "gru" else w["bias"]
    frames, batch = x.shape[1], tf.shape(x)[2]
    flat = tf.reshape(x, (x.shape[0], -1, x.shape[3]))
    inputs = tf.reshape(flat @ w["kernel"] + bias[:, None], (x.shape[0], frames, batch, -1))
    for t in range(frames):
        from_x = inputs[:, t]
        if architecture == "gru":
            from_h = h @ w["recurrent"] + w["bias"][:, 1][:, None]
            z = tf.sigmoid(from_x[..., :q] + from_h[..., :q])
            r = tf.sigmoid(from_x[..., q : 2 * q] + from_h[..., q : 2 * q])
            new = tf.tanh(from_x[..., 2 * q :] + r * from_h[..., 2 * q :])
            h = z * h + (1.0 - z) * new
        else:
            gates = from_x + h @ w["recurrent"]
            i, f, g, o = tf.split(gates, 4, axis=-1)
            c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
            h = tf.sigmoid(o) * tf.tanh(c)
    return h


@tf.function(jit_compile=True)
def _train_step(
    x: Any, y: Any, real: Any, rate: Any, w: Tensors, m: Tensors, v: Tensors, step: Any, seed: Any,
    positive: Any, negative: Any, gamma: Any, architecture: str, dropout: float, decay: float,
) -> tuple[Tensors, Tensors, Tensors, Any, Any]:  # fmt: skip
    mask = None
    if dropout > 0:
        size = (w["recurrent"].shape[0], x.shape[0], w["recurrent"].shape[1])
        draw = tf.random.stateless_uniform(size, seed + tf.stack([tf.cast(step, tf.int32), 0]))
        mask = tf.cast(draw >= dropout, tf.float32) / (1.0 - dropout)
    with tf.GradientTape() as tape:
        trained = {k: w[k] for k in TRAINED}
        tape.watch(trained)
        logits, mean, variance = _forward({**w, **trained}, x, architecture, real, mask)
        summed = tf.reduce_sum(_point_loss(logits, y, positive, negative, gamma) * real[:, None], axis=0)
        objective = tf.reduce_sum(summed) / tf.reduce_sum(real)
    gradient = tape.gradient(objective, trained)
    step = step + 1.0
    w, m, v = _adam(w, m, v, gradient, rate, step, decay)
    running = (rate > 0)[:, None]
    for name, seen in (("bn_mean", mean), ("bn_variance", variance)):
        w[name] = tf.where(running, BN_MOMENTUM * w[name] + (1 - BN_MOMENTUM) * seen, w[name])
    return w, m, v, step, summed


def _adam(
    w: Tensors, m: Tensors, v: Tensors, gradient: Tensors, rate: Any, step: Any, decay: float
) -> tuple[Tensors, Tensors, Tensors]:
    """Adam (Kingma and Ba, 2015) as Keras computes it, with one learning rate per classifier."""
    correction = tf.sqrt(1.0 - tf.pow(BETA_2, step)) / (1.0 - tf.pow(BETA_1, step))
    new_w, new_m, new_v = dict(w), {}, {}
    for k in TRAINED:
        new_m[k] = m[k] + (gradient[k] - m[k]) * (1.0 - BETA_1)
        new_v[k] = v[k] + (tf.square(gradient[k]) - v[k]) * (1.0 - BETA_2)
        lr = tf.reshape(rate, (-1,) + (1,) * (len(w[k].shape) - 1))
        start = w[k] * (1.0 - decay * lr) if decay and k.endswith("kernel") else w[k]
        new_w[k] = start - lr * correction * new_m[k] / (tf.sqrt(new_v[k]) + ADAM_EPSILON)
    return new_w, new_m, new_v


assert set(TRAINED) | set(MOVING) == set(NetworkShape().shapes())  # every weight is trained or moving
