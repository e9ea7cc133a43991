"""What the networks of studies 002 and 004 are put together from. Tensors are (n, h, w, c)."""

from __future__ import annotations

from typing import Any, Literal

import keras
from keras import layers

from fer_core.models.images.layers import Mish, Sparsemax, SqueezeExcite

Activation = Literal["mish", "relu"]
MOMENTUM = 0.9
"""Of batch normalization's running statistics: they follow within tens of steps, so that early epochs can be
judged."""


def activated(x: Any, activation: Activation) -> Any:
    """``x`` through an activation of its own layer."""
    return Mish()(x) if activation == "mish" else layers.ReLU()(x)


def conv_bn(x: Any, filters: int, kernel: int = 3, strides: int = 1) -> Any:
    """Plain convolution without a bias, then batch normalization; "same" borders."""
    x = layers.Conv2D(filters, kernel, strides=strides, padding="same", use_bias=False, kernel_initializer="he_normal")(
        x
    )
    return layers.BatchNormalization(momentum=MOMENTUM)(x)


def separable_bn(x: Any, filters: int, kernel: int = 3) -> Any:
    """Depthwise convolution, one of 1x1, batch normalization.

    As in Howard et al. (2017), but without their normalization and activation between the two, each of which
    costs a pass over the map.
    """
    x = layers.DepthwiseConv2D(kernel, padding="same", use_bias=False)(x)
    return conv_bn(x, filters, kernel=1)


def shortcut(x: Any, filters: int) -> Any:
    """``x`` itself, or through a 1x1 convolution where the number of channels changes (He et al., 2016)."""
    return x if x.shape[-1] == filters else conv_bn(x, filters, kernel=1)


def residual_se(x: Any, filters: int, first: Literal["plain", "separable"], activation: Activation, ratio: int) -> Any:
    """Two convolutions, the second depthwise separable, squeeze-and-excitation, and the sum with ``x``."""
    y = conv_bn(x, filters) if first == "plain" else separable_bn(x, filters)
    y = separable_bn(activated(y, activation), filters)
    y = SqueezeExcite(ratio)(y)
    return activated(layers.Add()([shortcut(x, filters), y]), activation)


LEAK = 0.1
"""Softmax's share beside sparsemax while a network is trained (`layers.Sparsemax`)."""


def head(x: Any, classes: int, dropout: float, output: Literal["softmax", "sparsemax"]) -> Any:
    """Dropout, logits, and the distribution, in float32 whatever the policy of the rest.

    Before sparsemax the logits begin near 0: there every class is in the support and learns. Spread as usual,
    most images would begin with one class alone, which has no gradient (`fer_core.losses.classes.EPSILON`).
    """
    x = layers.Dropout(dropout)(x)
    start = keras.initializers.RandomNormal(stddev=0.001) if output == "sparsemax" else "glorot_uniform"
    logits = layers.Dense(classes, kernel_initializer=start, dtype="float32", name="head_logits")(x)
    if output == "sparsemax":
        return Sparsemax(LEAK, dtype="float32", name="head_probabilities")(logits)
    return layers.Softmax(dtype="float32", name="head_probabilities")(logits)


def image_input(size: int, channels: int) -> Any:
    """Pixels (n, size, size, channels), float32 in [0, 1]."""
    return keras.Input((size, size, channels), name="pixels")
