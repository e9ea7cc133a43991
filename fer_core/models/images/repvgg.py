"""RepVGG (Ding et al., 2021): three branches in training, one convolution when in use."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import layers

from fer_core.base.errors import SettingError
from fer_core.models.images.public_blocks import HEAD, images, probabilities

Array = npt.NDArray[np.floating]

BLOCKS, WIDTHS = (1, 2, 4, 14, 1), (64, 96, 192, 384, 1408)
"""Blocks and filters of each stage of RepVGG-A2 (their Tables 2 and 3: a = 1.5, b = 2.75)."""


def repvgg(*, size: int, channels: int, classes: int, dropout: float | None, weights: str | None) -> keras.Model:
    """RepVGG-A2 to be trained, mean pooling and the last layer; dropout only where asked for."""
    return _network(size, channels, classes, dropout, _branches)


def deployed(model: keras.Model) -> keras.Model:
    """The same function as a plain stack of 3 × 3 convolutions: fewer weights, the same probabilities.

    Raises
    ------
    SettingError
        The model is no RepVGG in its training form.
    """
    names = {layer.name for layer in model.layers}
    if "block_1_3x3" not in names:
        raise SettingError("only a RepVGG in its training form can be re-parameterised", fix="choose that model")
    _, size, _, channels = model.input_shape
    plain = _network(size, channels, model.output_shape[-1], None, _fused)
    for number in range(1, sum(BLOCKS) + 1):
        plain.get_layer(f"block_{number}").set_weights(fused(model, number))
    last = f"{HEAD}classes"
    plain.get_layer(last).set_weights(model.get_layer(last).get_weights())
    return plain


def fused(model: keras.Model, number: int) -> tuple[Array, Array]:
    """Kernel (3, 3, c, f) and bias (f,) that equal all branches of one block (their section 3.3)."""
    kernel, bias = _scaled(_weights(model, f"block_{number}_3x3")[0], _weights(model, f"block_{number}_3x3_norm"))
    small, shift = _scaled(_weights(model, f"block_{number}_1x1")[0], _weights(model, f"block_{number}_1x1_norm"))
    kernel[1:2, 1:2] += small
    bias += shift
    name = f"block_{number}_identity_norm"
    if any(layer.name == name for layer in model.layers):
        width = kernel.shape[-1]
        same, shift = _scaled(np.eye(width, dtype=kernel.dtype)[None, None], _weights(model, name))
        kernel[1:2, 1:2] += same
        bias += shift
    return kernel, bias


def _network(size: int, channels: int, classes: int, dropout: float | None, block: Any) -> keras.Model:
    x = given = images(size, channels)
    number = 0
    for blocks, filters in zip(BLOCKS, WIDTHS, strict=True):
        for place in range(blocks):
            number += 1
            x = block(x, filters, 1 if place else 2, number)
    x = layers.GlobalAveragePooling2D(name=f"{HEAD}pool")(x)
    if dropout is not None:
        x = layers.Dropout(dropout, name=f"{HEAD}dropout")(x)
    return keras.Model(given, probabilities(x, classes))


def _branches(x: Any, filters: int, strides: int, number: int) -> Any:
    sums = []
    for kernel in (3, 1):
        name = f"block_{number}_{kernel}x{kernel}"
        branch = layers.Conv2D(filters, kernel, strides, use_bias=False, name=name)(_edged(x, kernel))
        sums.append(layers.BatchNormalization(name=f"{name}_norm")(branch))
    if strides == 1 and x.shape[-1] == filters:
        sums.append(layers.BatchNormalization(name=f"block_{number}_identity_norm")(x))
    return layers.ReLU()(layers.Add()(sums))


def _fused(x: Any, filters: int, strides: int, number: int) -> Any:
    return layers.Conv2D(filters, 3, strides, activation="relu", name=f"block_{number}")(_edged(x, 3))


def _edged(x: Any, kernel: int) -> Any:
    """Zeros on all sides: with "same", a 3 × 3 at stride 2 would not be centred on the 1 × 1's pixel."""
    return layers.ZeroPadding2D(1)(x) if kernel == 3 else x


def _weights(model: keras.Model, name: str) -> list[Array]:
    layer = model.get_layer(name)
    arrays = [np.array(a) for a in layer.get_weights()]
    return [*arrays, np.asarray(layer.epsilon, arrays[0].dtype)] if name.endswith("_norm") else arrays


def _scaled(kernel: Array, norm: list[Array]) -> tuple[Array, Array]:
    """A kernel and the batch normalisation after it as one kernel and a bias."""
    gamma, beta, mean, variance, epsilon = norm
    scale = gamma / np.sqrt(variance + epsilon)
    return kernel * scale, beta - mean * scale
