"""The "novel attention CNN" of Suwartono et al. (2025), as far as it is described; see `specs_suwartono`."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from fer_core.models.images.blocks import activated, conv_bn, head, image_input, residual_se

DROPOUT = 0.3
"""The study's best of 0.1, 0.3, 0.5 (section 3)."""
RATIO = 8
"""Of squeeze-and-excitation."""


def attention_cnn(
    size: int = 48,
    channels: int = 1,
    classes: int = 7,
    dropout: float | None = None,
    weights: None = None,
    width: int = 64,
    blocks: tuple[int, ...] = (2, 2),
) -> keras.Model:
    """Mish, squeeze-and-excitation and residual depthwise blocks, global average pooling, softmax.

    A stem of two plain 3x3 convolutions, each followed by a pooling, brings 48 pixels to 12. Stages at 12
    and 6 pixels follow, of twice and four times ``width`` channels. In each residual block the second
    convolution is depthwise separable; the first one of a stage is plain. For a processor that is the shape
    that learns most in a time: a depthwise convolution at 24 pixels takes as long as a plain one of nine
    times its operations.

    Parameters
    ----------
    size, channels, classes : int
        Input side in pixels, channels, and classes to tell apart.
    dropout : float, default 0.3
        Before the last layer.
    weights : None
        There are none to be had.
    width : int
        Channels at the end of the stem, an even number.
    blocks : tuple of int
        Residual blocks of each stage.
    """
    x = pixels = image_input(size, channels)
    x = layers.MaxPooling2D(2)(conv_bn(layers.Rescaling(2.0, -1.0)(x), width // 2))
    x = activated(conv_bn(activated(x, "mish"), width), "mish")
    for stage, count in enumerate(blocks, start=1):
        x = _stage(x, width << stage, count)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = head(x, classes, DROPOUT if dropout is None else dropout, "softmax")
    return keras.Model(pixels, outputs, name="attention_cnn")


def _stage(x: Any, filters: int, count: int) -> Any:
    x = layers.MaxPooling2D(2)(x)
    for block in range(count):
        x = residual_se(x, filters, "separable" if block else "plain", "mish", RATIO)
    return x
