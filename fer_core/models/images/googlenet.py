"""GoogLeNet (Szegedy et al., 2015), without the two auxiliary classifiers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from fer_core.models.images.public_blocks import LARGE, conv, head, images
from fer_core.models.images.public_layers import LocalResponseNormalization

POOL = "pool"
MODULES: tuple[tuple[int, ...] | str, ...] = (
    (64, 96, 128, 16, 32, 32),
    (128, 128, 192, 32, 96, 64),
    POOL,
    (192, 96, 208, 16, 48, 64),
    (160, 112, 224, 24, 64, 64),
    (128, 128, 256, 24, 64, 64),
    (112, 144, 288, 32, 64, 64),
    (256, 160, 320, 32, 128, 128),
    POOL,
    (256, 160, 320, 32, 128, 128),
    (384, 192, 384, 48, 128, 128),
)
"""Their Table 1: 1 × 1, reduce and 3 × 3, reduce and 5 × 5, after pooling; and where is pooled."""


def inception(x: Any, widths: Sequence[int]) -> Any:
    """One module: four branches side by side, (n, h, w, c) to (n, h, w, the four widths together)."""
    one, reduce_three, three, reduce_five, five, pooled = widths
    branches = [
        conv(x, one, 1),
        conv(conv(x, reduce_three, 1), three, 3),
        conv(conv(x, reduce_five, 1), five, 5),
        conv(layers.MaxPooling2D(3, 1, "same")(x), pooled, 1),
    ]
    return layers.Concatenate()(branches)


def googlenet(*, size: int, channels: int, classes: int, dropout: float | None, weights: str | None) -> keras.Model:
    """Nine modules; averaged below `LARGE` pixels, flattened into wide dense layers from there."""
    given = images(size, channels)
    large = size >= LARGE
    x = conv(given, 64, 7, strides=2) if large else conv(given, 64, 3)
    x = LocalResponseNormalization()(layers.MaxPooling2D(3, 2, "same")(x))
    x = LocalResponseNormalization()(conv(conv(x, 64, 1), 192, 3))
    x = layers.MaxPooling2D(3, 2, "same")(x)
    for module in MODULES:
        x = layers.MaxPooling2D(3, 2, "same")(x) if isinstance(module, str) else inception(x, module)
    if large:
        out = head(x, classes, dropout, pooling="flatten", units=(1024, 1024, 512), own_rate=0.4)
    else:
        out = head(layers.Dropout(0.4 if dropout is None else dropout)(x), classes, dropout, units=())
    return keras.Model(given, out)
