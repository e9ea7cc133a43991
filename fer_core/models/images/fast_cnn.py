"""FastCNN-SE of Suwartono et al. (2025), as far as it is described; see `specs_suwartono`."""

from __future__ import annotations

from typing import Any, Literal

import keras
from keras import layers

from fer_core.models.images.blocks import Activation, activated, conv_bn, head, image_input, separable_bn, shortcut
from fer_core.models.images.layers import SqueezeExcite

STAGES: tuple[tuple[int, int, Activation], ...] = (
    (64, 2, "mish"),
    (128, 2, "mish"),
    (256, 4, "relu"),
    (512, 7, "relu"),
)
"""Channels, blocks and activation of each stage, at 24, 12, 6 and 3 pixels: "Mish in earlier layers and
ReLU in later stages". Chosen so that there are about 3 million parameters, the only size the study
prints."""
DENSE = 512
DROPOUT = 0.3


def fast_cnn_se(
    size: int = 48,
    channels: int = 1,
    classes: int = 7,
    dropout: float | None = None,
    weights: None = None,
    output: Literal["softmax", "sparsemax"] = "sparsemax",
) -> keras.Model:
    """Depthwise separable blocks SE(act(BN(W * x))) with residual sums (section 3.3), sparsemax at the end.

    Parameters
    ----------
    size, channels, classes : int
        Input side in pixels, channels, and classes to tell apart.
    dropout : float, default 0.3
        Before and after the dense layer.
    weights : None
        There are none to be had.
    output : {"sparsemax", "softmax"}
        The study's ablation replaces sparsemax by softmax.
    """
    rate = DROPOUT if dropout is None else dropout
    x = pixels = image_input(size, channels)
    x = activated(conv_bn(layers.Rescaling(2.0, -1.0)(x), 32), "mish")
    for filters, count, activation in STAGES:
        x = layers.MaxPooling2D(2)(x)
        for _ in range(count):
            x = _block(x, filters, activation)
    x = layers.Dropout(rate)(layers.GlobalAveragePooling2D()(x))
    x = layers.Dense(DENSE, activation="relu", kernel_initializer="he_normal", name="head_dense")(x)
    return keras.Model(pixels, head(x, classes, rate, output), name="fast_cnn_se")


def _block(x: Any, filters: int, activation: Activation) -> Any:
    y = SqueezeExcite()(activated(separable_bn(x, filters), activation))
    return layers.Add()([shortcut(x, filters), y])
