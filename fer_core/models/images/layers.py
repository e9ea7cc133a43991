"""Layers the image models share, on keras.ops: Mish, squeeze-and-excitation, sparsemax.

Each is a registered, serialisable layer without code in its configuration, so that a model can be built again
from its arguments and take its weights as plain arrays.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from fer_core.base.errors import SettingError

PACKAGE = "fer_core"
"""The name these layers are registered under with Keras."""


@keras.saving.register_keras_serializable(PACKAGE)
class Mish(keras.layers.Layer):
    """x · tanh(softplus(x)), any shape (Misra, 2020).

    Left as it stands: with one exponential instead of three functions it was slower to train, because
    backends have the derivatives of these two ready made.
    """

    def call(self, x: Any) -> Any:
        """The activation of every element."""
        return x * ops.tanh(ops.softplus(x))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """As the input's."""
        return input_shape


@keras.saving.register_keras_serializable(PACKAGE)
class SqueezeExcite(keras.layers.Layer):
    """Channels scaled by sigmoid(W2 relu(W1 GAP(x))), for x (n, h, w, c) (Hu et al., 2018, equations 2 to 4).

    Parameters
    ----------
    ratio : int
        The hidden layer has c / ratio units, at least `LEAST`. Hu et al. use 16, on far wider networks.
    """

    LEAST = 4

    def __init__(self, ratio: int = 8, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ratio = int(ratio)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """The two dense layers, by the number of channels."""
        channels = int(input_shape[-1] or 0)
        hidden = max(self.LEAST, channels // self.ratio)
        policy = self.dtype_policy
        self.squeeze = keras.layers.Dense(hidden, activation="relu", name="squeeze", dtype=policy)
        self.excite = keras.layers.Dense(channels, activation="sigmoid", name="excite", dtype=policy)
        self.squeeze.build((None, channels))
        self.excite.build((None, hidden))

    def call(self, x: Any) -> Any:
        """``x`` with each channel scaled."""
        scale = self.excite(self.squeeze(ops.mean(x, axis=(1, 2))))
        return x * ops.expand_dims(ops.expand_dims(scale, 1), 1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """As the input's."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """What `__init__` takes."""
        return {**super().get_config(), "ratio": self.ratio}


@keras.saving.register_keras_serializable(PACKAGE)
class Sparsemax(keras.layers.Layer):
    """Logits (n, k) to the nearest point of the probability simplex, worked out in float32.

    Parameters
    ----------
    leak : float in [0, 1), default 0
        In training alone, softmax's share of the probabilities. A class outside sparsemax's support has no
        gradient, and under a logarithm one at its edge has one without bound: with 0.1 FastCNN-SE learns
        FER2013, with none it was no better than always saying happiness after nine epochs. Ours; no study
        says it.
    """

    def __init__(self, leak: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0.0 <= leak < 1.0:
            raise SettingError(f"a leak of {leak} is outside [0, 1)", fix="use a share such as 0.1")
        self.leak = leak

    def call(self, z: Any, training: bool = False) -> Any:
        """See `sparsemax`."""
        p = sparsemax(z)
        if training and self.leak:
            return (1.0 - self.leak) * p + self.leak * ops.softmax(ops.cast(z, "float32"), axis=-1)
        return p

    def get_config(self) -> dict[str, Any]:
        """As Keras asks."""
        return super().get_config() | {"leak": self.leak}

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """As the input's."""
        return input_shape


def sparsemax(z: Any) -> Any:
    """The Euclidean projection of the rows of ``z`` (n, k) onto the simplex (Martins & Astudillo, 2016).

    p = max(z - tau, 0), with tau found exactly by sorting (their algorithm 1). The gradient is theirs too
    (their section 2.5): with S the classes that get something, the Jacobian is diag(1_S) - 1_S 1_Sᵀ / |S|. It
    comes by itself: S is held constant and tau is the mean of z over S less 1 / |S|, so that differentiating
    this line gives that matrix, without a way back through the sort. A class outside S gets no gradient.
    """
    z = ops.cast(z, "float32")
    z = z - ops.stop_gradient(ops.max(z, axis=-1, keepdims=True))  # the projection does not change by it
    inside = ops.cast(ops.stop_gradient(z) > _threshold(ops.stop_gradient(z)), "float32")
    size = ops.sum(inside, axis=-1, keepdims=True)
    tau = (ops.sum(inside * z, axis=-1, keepdims=True) - 1.0) / size
    return ops.relu(z - tau) * inside


def _threshold(z: Any) -> Any:
    """tau of each row, (n, 1): from the largest k with 1 + k z_(k) > the sum of the k largest."""
    falling = -ops.sort(-z, axis=-1)
    sums = ops.cumsum(falling, axis=-1)
    k = ops.arange(1, z.shape[-1] + 1, dtype="float32")
    members = ops.cast(1.0 + k * falling > sums, "float32")
    size = ops.sum(members, axis=-1, keepdims=True)
    return (ops.sum(members * falling, axis=-1, keepdims=True) - 1.0) / size
