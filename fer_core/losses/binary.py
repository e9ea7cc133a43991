"""Losses of a one-vs-all classifier, on keras.ops so that any Keras backend can train with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import ops

from fer_core.losses.imbalance import LossChoice

EPSILON = 1e-7
"""Probabilities are kept this far from 0 and 1, as Keras does."""

Loss = Callable[[Any, Any], Any]


def binary_cross_entropy(y_true: Any, y_pred: Any) -> Any:
    """Mean of -log p_t over the batch (Winarno et al., equation 8). Tensors of equal shape."""
    return ops.mean(-ops.log(_p_t(y_true, y_pred)))


def weighted_binary_cross_entropy(weight: float) -> Loss:
    """Equation 7: positives count ``weight`` times, negatives once; mean over the batch.

    The weights are not divided by their sum, as printed, so the loss grows with ``weight``.
    """

    def loss(y_true: Any, y_pred: Any) -> Any:
        y = ops.cast(y_true, "float32")
        return ops.mean(-(y * weight + (1.0 - y)) * ops.log(_p_t(y_true, y_pred)))

    return loss


def focal(alpha: float, gamma: float) -> Loss:
    """Equation 6 (after Lin et al., 2017): -alpha_t (1 - p_t)^gamma log p_t, mean over the batch.

    alpha_t is ``alpha`` for positives and 1 - ``alpha`` for negatives; the study leaves that
    open, this is Lin et al.'s definition.
    """

    def loss(y_true: Any, y_pred: Any) -> Any:
        y = ops.cast(y_true, "float32")
        p_t = _p_t(y_true, y_pred)
        alpha_t = y * alpha + (1.0 - y) * (1.0 - alpha)
        return ops.mean(-alpha_t * ops.power(1.0 - p_t, gamma) * ops.log(p_t))

    return loss


def keras_loss(choice: LossChoice) -> Loss:
    """The loss function a choice stands for."""
    if choice.name == "focal":
        assert choice.alpha is not None and choice.gamma is not None
        return focal(choice.alpha, choice.gamma)
    if choice.name == "weighted_bce":
        assert choice.weight is not None
        return weighted_binary_cross_entropy(choice.weight)
    return binary_cross_entropy


def _p_t(y_true: Any, y_pred: Any) -> Any:
    """Probability given to what is true: p where y is 1, 1 - p where y is 0."""
    y = ops.cast(y_true, "float32")
    p = ops.clip(ops.cast(y_pred, "float32"), EPSILON, 1.0 - EPSILON)
    return y * p + (1.0 - y) * (1.0 - p)
