"""LeNet5, AlexNet, ZFNet and VGGNet, as far as the study's text and parameter counts tell them."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from fer_core.models.images.public_blocks import HEAD, conv, head, images, probabilities, rate
from fer_core.models.images.public_layers import LocalResponseNormalization


def lenet5(*, size: int, channels: int, classes: int, dropout: float | None, weights: str | None) -> keras.Model:
    """LeCun et al. (1998): two convolutions, mean pooling, Flatten, 120 and 84 units; tanh throughout."""
    x = given = images(size, channels)
    for filters in (6, 16):
        x = layers.Conv2D(filters, 5, activation="tanh")(x)
        x = layers.AveragePooling2D(2)(x)
    x = layers.Flatten(name=f"{HEAD}pool")(x)
    for number, width in enumerate((120, 84), start=1):
        x = layers.Dense(width, "tanh", name=f"{HEAD}dense_{number}")(x)
    if dropout is not None:  # the authors have none
        x = layers.Dropout(dropout, name=f"{HEAD}dropout")(x)
    return keras.Model(given, probabilities(x, classes))


def alexnet(*, size: int, channels: int, classes: int, dropout: float | None, weights: str | None) -> keras.Model:
    """Krizhevsky et al. (2012) in one column, with their local response normalisation."""
    given = images(size, channels)
    x = conv(given, 96, 11, strides=4, padding="valid")
    x = layers.MaxPooling2D(3, 2)(LocalResponseNormalization()(x))
    x = LocalResponseNormalization()(conv(x, 256, 5))
    return keras.Model(given, _two_wide_layers(layers.MaxPooling2D(3, 2)(x), classes, dropout))


def zfnet(*, size: int, channels: int, classes: int, dropout: float | None, weights: str | None) -> keras.Model:
    """Zeiler and Fergus (2014): AlexNet with 7 × 7 at stride 2 first."""
    given = images(size, channels)
    x = conv(given, 96, 7, strides=2, padding="valid")
    x = layers.MaxPooling2D(3, 2)(x)
    x = conv(x, 256, 5, strides=2)
    return keras.Model(given, _two_wide_layers(layers.MaxPooling2D(3, 2)(x), classes, dropout))


def _two_wide_layers(x: Any, classes: int, dropout: float | None) -> Any:
    """What AlexNet and ZFNet end with: three convolutions, pooling, Flatten, twice 4096 units."""
    for filters in (384, 384, 256):
        x = conv(x, filters)
    x = layers.MaxPooling2D(3, 2, "same" if x.shape[1] < 3 else "valid")(x)
    x = layers.Flatten(name=f"{HEAD}pool")(x)
    for number in (1, 2):
        x = layers.Dense(4096, "relu", name=f"{HEAD}dense_{number}")(x)
        x = layers.Dropout(rate(0.5, dropout), name=f"{HEAD}dropout_{number}")(x)
    return probabilities(x, classes)


def vggnet(*, size: int, channels: int, classes: int, dropout: float | None, weights: str | None) -> keras.Model:
    """Four blocks after Khaireddin and Chen (2021), Flatten, 2048 and 256 units."""
    return _four_blocks(size, channels, classes, dropout, first=2048)


def mediapipe_vggnet(
    *, size: int, channels: int, classes: int, dropout: float | None, weights: str | None
) -> keras.Model:
    """The same four blocks with the study's small head, for faces cut out upright by their landmarks."""
    return _four_blocks(size, channels, classes, dropout, first=256)


def _four_blocks(size: int, channels: int, classes: int, dropout: float | None, first: int) -> keras.Model:
    x = given = images(size, channels)
    for filters in (64, 128, 256, 512):
        for _ in range(2):
            x = layers.Conv2D(filters, 3, padding="same")(x)
            x = layers.ReLU()(layers.BatchNormalization()(x))
        x = layers.MaxPooling2D()(x)
    # 48 pixels end as 3 × 3; larger images are averaged to that, or Flatten would dwarf everything before it.
    x = layers.AveragePooling2D(max(1, x.shape[1] // 3))(x)
    return keras.Model(given, head(x, classes, dropout, pooling="flatten", units=(first, 256)))
