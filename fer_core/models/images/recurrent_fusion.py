"""Deep residual recurrent fusion of Munsarif & Ku-Mahamud (2026), as far as it is described; see
`specs_munsarif`.

A "deep spatial network" and a "deep temporal network", each of convolutions with residual blocks (equation
1), are fused, and a recurrent layer reads what they found. The study feeds it still images and names no
time axis. Here the rows of the fused map are the sequence, from the forehead down: the recurrent layer
reads a face as text is read, and "temporal" is the network's name alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import keras
from keras import layers

from fer_core.models.images.blocks import conv_bn, head, image_input, shortcut

Recurrent = Literal["bilstm", "lstm", "gru"]
DROPOUT = 0.3
"""The study tunes a rate and does not print it."""


@dataclass(frozen=True)
class Case:
    """A column of the study's Table 2: each branch's filters and kernel side, the recurrent layer's units."""

    temporal: tuple[int, int]
    spatial: tuple[int, int]
    units: int
    batch_size: int


CASES: dict[int, Case] = {
    1: Case(temporal=(64, 4), spatial=(32, 3), units=100, batch_size=32),
    2: Case(temporal=(128, 5), spatial=(128, 3), units=228, batch_size=64),
}
"""Table 2 read as it must be meant: its "kernel" holds numbers of filters and its "filter" sizes of
kernels. The spatial network's "filter" repeats the number above it (32, 128), so that its kernel is not
printed; 3x3 is ours."""


def residual_fusion(
    size: int = 48,
    channels: int = 1,
    classes: int = 7,
    dropout: float | None = None,
    weights: None = None,
    recurrent: Recurrent = "gru",
    case: int = 1,
) -> keras.Model:
    """Both branches on the same picture, side by side; their rows through a recurrent layer; softmax.

    Pictures are brought to mean 0 and variance 1, each by itself (section 3.2). Each branch is a
    convolution of stride 2, normalization, pooling, a residual block, and pooling again: 48 pixels become 6
    rows.

    Parameters
    ----------
    size, channels, classes : int
        Input side in pixels, channels, and classes to tell apart.
    dropout : float, default 0.3
        Before the last layer.
    weights : None
        There are none to be had.
    recurrent : {"bilstm", "lstm", "gru"}
    case : {1, 2}
        A column of Table 2.
    """
    setting = CASES[case]
    pixels = image_input(size, channels)
    x = layers.LayerNormalization(axis=(1, 2, 3), center=False, scale=False, epsilon=1e-6)(pixels)
    fused = layers.Concatenate()([_branch(x, *setting.spatial), _branch(x, *setting.temporal)])
    rows = layers.Reshape((fused.shape[1], fused.shape[2] * fused.shape[3]))(fused)
    read = _recurrent(recurrent, setting.units)(rows)
    outputs = head(read, classes, DROPOUT if dropout is None else dropout, "softmax")
    return keras.Model(pixels, outputs, name=f"residual_{recurrent}_{case}")


def _branch(x: Any, filters: int, kernel: int) -> Any:
    x = layers.MaxPooling2D(2)(layers.ReLU()(conv_bn(x, filters, kernel, strides=2)))
    return layers.MaxPooling2D(2)(_residual(x, filters, kernel))


def _residual(x: Any, filters: int, kernel: int) -> Any:
    """y = F(x) + x (equation 1), F of two convolutions."""
    y = conv_bn(layers.ReLU()(conv_bn(x, filters, kernel)), filters, kernel)
    return layers.ReLU()(layers.Add()([shortcut(x, filters), y]))


def _recurrent(kind: Recurrent, units: int) -> Any:
    if kind == "bilstm":
        return layers.Bidirectional(layers.LSTM(units))
    return layers.LSTM(units) if kind == "lstm" else layers.GRU(units)


def residual_bilstm_1(**arguments: Any) -> keras.Model:
    """Case I with a bidirectional LSTM."""
    return residual_fusion(**arguments, recurrent="bilstm", case=1)


def residual_bilstm_2(**arguments: Any) -> keras.Model:
    """Case II with a bidirectional LSTM."""
    return residual_fusion(**arguments, recurrent="bilstm", case=2)


def residual_lstm_1(**arguments: Any) -> keras.Model:
    """Case I with an LSTM."""
    return residual_fusion(**arguments, recurrent="lstm", case=1)


def residual_lstm_2(**arguments: Any) -> keras.Model:
    """Case II with an LSTM."""
    return residual_fusion(**arguments, recurrent="lstm", case=2)


def residual_gru_1(**arguments: Any) -> keras.Model:
    """Case I with a GRU."""
    return residual_fusion(**arguments, recurrent="gru", case=1)


def residual_gru_2(**arguments: Any) -> keras.Model:
    """Case II with a GRU."""
    return residual_fusion(**arguments, recurrent="gru", case=2)
