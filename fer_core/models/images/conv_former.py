"""ConvFormer of Suwartono et al. (2025), as far as it is described; see `specs_suwartono`."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from fer_core.models.images.blocks import activated, conv_bn, head, image_input
from fer_core.models.images.layers import PACKAGE

DROPOUT = 0.3
HEADS, EXPANSION = 4, 4


def conv_former(
    size: int = 48,
    channels: int = 1,
    classes: int = 7,
    dropout: float | None = None,
    weights: None = None,
    width: int = 128,
    depth: int = 4,
) -> keras.Model:
    """A convolutional stem, ``depth`` pre-norm transformer blocks, sparsemax.

    The stem quarters the side by pooling, so that 48 pixels give 144 tokens of ``width`` numbers. Each
    block is h = x + MHSA(LN(x)), then h + MLP(LN(h)) with GELU (section 3.3). The mean of the tokens is
    classified.

    Parameters
    ----------
    size, channels, classes : int
        Input side in pixels, channels, and classes to tell apart.
    dropout : float, default 0.3
        Before the last layer; a third of it within the blocks.
    weights : None
        There are none to be had.
    width, depth : int
        Numbers per token, and blocks (the study's L, which it does not print).
    """
    rate = DROPOUT if dropout is None else dropout
    x = pixels = image_input(size, channels)
    x = layers.Rescaling(2.0, -1.0)(x)
    for filters in (width // 4, width // 2):
        x = layers.MaxPooling2D(2)(activated(conv_bn(x, filters), "mish"))
    x = activated(conv_bn(x, width), "mish")
    x = Positions()(layers.Reshape((x.shape[1] * x.shape[2], width))(x))
    for _ in range(depth):
        x = _block(x, width, rate / 3)
    x = layers.GlobalAveragePooling1D()(layers.LayerNormalization(epsilon=1e-6)(x))
    return keras.Model(pixels, head(x, classes, rate, "sparsemax"), name="conv_former")


def _block(x: Any, width: int, rate: float) -> Any:
    attention = layers.MultiHeadAttention(HEADS, width // HEADS, dropout=rate)
    normed = layers.LayerNormalization(epsilon=1e-6)(x)
    h = layers.Add()([x, attention(normed, normed)])
    y = layers.LayerNormalization(epsilon=1e-6)(h)
    y = layers.Dense(EXPANSION * width, activation="gelu")(y)
    y = layers.Dropout(rate)(layers.Dense(width)(y))
    return layers.Add()([h, y])


@keras.saving.register_keras_serializable(PACKAGE)
class Positions(keras.layers.Layer):
    """A learned vector added to each token (n, t, d): attention alone does not know where they are."""

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """One vector per place."""
        self.table = self.add_weight(
            shape=tuple(input_shape[1:]), initializer=keras.initializers.RandomNormal(stddev=0.02), name="table"
        )

    def call(self, x: Any) -> Any:
        """Tokens that know their place."""
        return x + self.table

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """As the input's."""
        return input_shape
