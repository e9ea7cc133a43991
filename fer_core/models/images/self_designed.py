"""The six networks the benchmark study designed itself (Tutuianu et al., 2024, section 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from fer_core.models.images.public_blocks import HEAD, LARGE, conv, images, probabilities, rate


def sequential_simple(
    *, size: int, channels: int, classes: int, dropout: float | None, weights: str | None
) -> keras.Model:
    """Four convolutions, Flatten, 512 units; the last convolution has 256 filters, 64 from `LARGE` pixels."""
    given = images(size, channels)
    x = conv(conv(given, 32, padding="valid"), 64, padding="valid")
    x = _pooled(x, rate(0.1, dropout))
    for filters in (128, 64 if size >= LARGE else 256):
        x = _pooled(conv(x, filters, padding="valid"), rate(0.1, dropout))
    x = layers.Flatten(name=f"{HEAD}pool")(x)
    x = layers.Dense(512, "relu", name=f"{HEAD}dense_1")(x)
    x = layers.Dropout(rate(0.2, dropout), name=f"{HEAD}dropout")(x)
    return keras.Model(given, probabilities(x, classes))


def sequential_3_conv(
    *, size: int, channels: int, classes: int, dropout: float | None, weights: str | None
) -> keras.Model:
    """Blocks of 32 and 64, 128 and 128, and 512 filters; mean pooling and 1024 units."""
    given = images(size, channels)
    x = _pooled(conv(conv(given, 32), 64, padding="valid"), rate(0.25, dropout))
    x = layers.MaxPooling2D()(_pair(x, 128))
    return keras.Model(given, _last_block(layers.MaxPooling2D()(_normed(x)), classes, None, dropout))


def sequential_4_conv(
    *, size: int, channels: int, classes: int, dropout: float | None, weights: str | None
) -> keras.Model:
    """As `sequential_3_conv` with a block of 256 and 256 filters before the last."""
    given = images(size, channels)
    x = _pooled(conv(conv(given, 32), 64, padding="valid"), rate(0.25, dropout))
    x = layers.MaxPooling2D()(_pair(x, 128))
    x = layers.MaxPooling2D()(_pair(x, 256))
    return keras.Model(given, _last_block(_normed(x), classes, 0.2, dropout))


def ensemble(*, size: int, channels: int, classes: int, dropout: float | None, weights: str | None) -> keras.Model:
    """Three networks side by side whose probabilities are averaged."""
    given = images(size, channels)
    plans = ((32, 64, 128), (32, 64, 128), (64, 128, 256))
    votes = [_member(given, plan, number, classes, dropout) for number, plan in enumerate(plans, start=1)]
    return keras.Model(given, layers.Average(name=f"{HEAD}average")(votes))


def modular(*, size: int, channels: int, classes: int, dropout: float | None, weights: str | None) -> keras.Model:
    """A local (3 × 3) and a global (5 × 5) sub-network, joined before the last layer."""
    given = images(size, channels)
    parts = []
    for kernel in (3, 5):
        x = given
        for filters in (32, 64, 128):
            x = layers.MaxPooling2D()(conv(x, filters, kernel))
        x = layers.Flatten()(x)
        for units in (512, 256):
            x = layers.Dropout(rate(0.5, dropout))(layers.Dense(units, "relu")(x))
        parts.append(x)
    return keras.Model(given, probabilities(layers.Concatenate()(parts), classes))


def smmb(*, size: int, channels: int, classes: int, dropout: float | None, weights: str | None) -> keras.Model:
    """Three shared convolutions, a branch for the face and one, with attention, for the emotion."""
    given = images(size, channels)
    shared = conv(conv(conv(given, 32), 64), 64)
    face = layers.Flatten()(conv(layers.MaxPooling2D()(shared), 128))
    face = layers.Dense(64, "relu")(face)
    emotion = layers.MaxPooling2D()(conv(shared, 128))
    emotion = layers.MaxPooling2D()(conv(emotion, 256))
    emotion = layers.MultiHeadAttention(num_heads=4, key_dim=32)(emotion, emotion)
    emotion = layers.Dense(128, "relu")(layers.LayerNormalization()(emotion))
    emotion = layers.Flatten()(layers.Dropout(rate(0.5, dropout))(emotion))
    return keras.Model(given, probabilities(layers.Concatenate()([face, emotion]), classes))


def _pooled(x: Any, dropout: float) -> Any:
    return layers.Dropout(dropout)(layers.MaxPooling2D()(x))


def _pair(x: Any, filters: int) -> Any:
    return conv(conv(x, filters, padding="valid"), filters, padding="valid")


def _normed(x: Any) -> Any:
    return layers.BatchNormalization()(conv(x, 512))


def _last_block(x: Any, classes: int, own_rate: float | None, dropout: float | None) -> Any:
    """From the normalised last convolution to probabilities."""
    if own_rate is not None:
        x = layers.Dropout(rate(own_rate, dropout))(x)
    x = layers.GlobalAveragePooling2D(name=f"{HEAD}pool")(x)
    x = layers.Dense(1024, "relu", name=f"{HEAD}dense_1")(x)
    x = layers.Dropout(rate(0.5, dropout), name=f"{HEAD}dropout")(x)
    return probabilities(x, classes)


def _member(x: Any, plan: Sequence[int], number: int, classes: int, dropout: float | None) -> Any:
    for filters in plan:
        for _ in range(2):
            x = layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same")(x))
            x = layers.ReLU()(x)
        x = _pooled(x, rate(0.25, dropout))
    x = layers.GlobalAveragePooling2D(name=f"{HEAD}pool_{number}")(x)
    x = layers.Dense(512, "relu", name=f"{HEAD}dense_{number}")(x)
    x = layers.Dropout(rate(0.25, dropout), name=f"{HEAD}dropout_{number}")(x)
    return layers.Dense(classes, "softmax", name=f"{HEAD}classes_{number}")(x)
