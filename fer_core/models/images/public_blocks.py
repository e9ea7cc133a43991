"""What the networks of the benchmark study share: inputs, convolutions, classifying heads.

Layers of a head have names that begin with `HEAD`, by which initial weights know where the trunk ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import keras
from keras import layers

HEAD = "head_"
"""How the names of a head's layers begin."""

LARGE = 112
"""Sides in pixels from which a network gets the stem that its authors gave it for 224 pixels.

Smaller images would be little more than a point after such a stem: they get 3 × 3 at stride 1.
"""

Pooling = Literal["average", "flatten"]


def images(size: int, channels: int) -> Any:
    """The input (n, size, size, channels), float32 in [0, 1]."""
    return keras.Input((size, size, channels), name="images")


def rate(own: float, dropout: float | None) -> float:
    """The dropout rate to use: the one asked for, or else the study's ``own``."""
    return own if dropout is None else dropout


def conv(
    x: Any,
    filters: int,
    kernel: int = 3,
    *,
    strides: int = 1,
    padding: Literal["same", "valid"] = "same",
    name: str | None = None,
) -> Any:
    """A convolution and ReLU, with biases."""
    return layers.Conv2D(filters, kernel, strides, padding, activation="relu", name=name)(x)


def conv_norm(x: Any, filters: int, kernel: int = 3, *, strides: int = 1, activate: bool = True) -> Any:
    """A convolution without biases, batch normalisation and, if asked, ReLU."""
    x = layers.Conv2D(filters, kernel, strides, "same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    return layers.ReLU()(x) if activate else x


def head(
    x: Any,
    classes: int,
    dropout: float | None,
    *,
    pooling: Pooling = "average",
    units: Sequence[int] = (256, 256),
    own_rate: float = 0.2,
) -> Any:
    """The study's head (section 3.5): pooling, dense layers with dropout after the first, softmax.

    Takes feature maps (n, h, w, c) and gives probabilities (n, classes).
    """
    pool = layers.Flatten if pooling == "flatten" else layers.GlobalAveragePooling2D
    x = pool(name=f"{HEAD}pool")(x)
    for number, width in enumerate(units, start=1):
        x = layers.Dense(width, "relu", name=f"{HEAD}dense_{number}")(x)
        if number == 1:
            x = layers.Dropout(rate(own_rate, dropout), name=f"{HEAD}dropout")(x)
    return probabilities(x, classes)


def probabilities(x: Any, classes: int) -> Any:
    """The last layer: vectors (n, c) to probabilities (n, classes)."""
    return layers.Dense(classes, "softmax", name=f"{HEAD}classes")(x)
