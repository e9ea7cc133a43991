"""ResNet18 with the study's dense head, and SeNet50."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from fer_core.models.images.public_blocks import HEAD, LARGE, conv_norm, head, images, probabilities, rate
from fer_core.models.images.public_layers import ImagenetInput


def resnet18(*, size: int, channels: int, classes: int, dropout: float | None, weights: str | None) -> keras.Model:
    """He et al. (2016), 18 layers; dropout 0.2, 1024 units and dropout 0.5 before the last layer (3.2)."""
    given = images(size, channels)
    x = _stem(given) if size >= LARGE else conv_norm(given, 64)
    for stage, filters in enumerate((64, 128, 256, 512)):
        for block in range(2):
            x = _basic(x, filters, strides=2 if stage and not block else 1)
    x = layers.GlobalAveragePooling2D(name=f"{HEAD}pool")(x)
    x = layers.Dropout(rate(0.2, dropout), name=f"{HEAD}dropout_1")(x)
    x = layers.Dense(1024, "relu", name=f"{HEAD}dense_1")(x)
    x = layers.Dropout(rate(0.5, dropout), name=f"{HEAD}dropout_2")(x)
    return keras.Model(given, probabilities(x, classes))


def senet50(*, size: int, channels: int, classes: int, dropout: float | None, weights: str | None) -> keras.Model:
    """SE-ResNet-50 (Hu et al., 2020): ResNet50 whose blocks weigh their channels, and the study's head."""
    given = images(size, channels)
    x = _stem(ImagenetInput("caffe", name="pixels")(given))
    for stage, (narrow, blocks) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3))):
        for block in range(blocks):
            x = _bottleneck(x, (narrow, narrow, 4 * narrow), strides=2 if stage and not block else 1)
    return keras.Model(given, head(x, classes, dropout))


def squeeze_excite(x: Any, ratio: int = 16) -> Any:
    """Feature maps (n, h, w, c) with every channel weighted by 0..1 (Hu et al., 2020, equations 2 to 4)."""
    channels = x.shape[-1]
    weight = layers.GlobalAveragePooling2D(keepdims=True)(x)
    weight = layers.Conv2D(channels // ratio, 1, activation="relu")(weight)
    weight = layers.Conv2D(channels, 1, activation="sigmoid")(weight)
    return layers.Multiply()([x, weight])


def _stem(x: Any) -> Any:
    return layers.MaxPooling2D(3, 2, "same")(conv_norm(x, 64, 7, strides=2))


def _basic(x: Any, filters: int, strides: int) -> Any:
    short = x
    x = conv_norm(x, filters, strides=strides)
    x = conv_norm(x, filters, activate=False)
    if strides > 1 or short.shape[-1] != filters:
        short = conv_norm(short, filters, 1, strides=strides, activate=False)
    return layers.ReLU()(layers.Add()([x, short]))


def _bottleneck(x: Any, filters: Sequence[int], strides: int) -> Any:
    """Strides in the first 1 × 1, as in the networks that VGGFace2's weights were published for."""
    short = x
    x = conv_norm(x, filters[0], 1, strides=strides)
    x = conv_norm(x, filters[1])
    x = squeeze_excite(conv_norm(x, filters[2], 1, activate=False))
    if strides > 1 or short.shape[-1] != filters[2]:
        short = conv_norm(short, filters[2], 1, strides=strides, activate=False)
    return layers.ReLU()(layers.Add()([x, short]))
