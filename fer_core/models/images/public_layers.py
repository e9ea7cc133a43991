"""Layers of the public networks: what ImageNet's networks expect, and local response normalisation."""

from __future__ import annotations

from typing import Any, Literal

import keras
from keras import ops

PACKAGE = "fer_core"
"""The name these layers are registered under with Keras."""

Mode = Literal["caffe", "signed", "torch", "bytes", "unit"]

RGB_MEAN, RGB_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's pixels in 0..1, as torchvision publishes them."""

BGR_MEAN = (103.939, 116.779, 123.68)
"""Of ImageNet's pixels in 0..255, as Simonyan and Zisserman published theirs."""


@keras.saving.register_keras_serializable(PACKAGE)
class ImagenetInput(keras.layers.Layer):
    """Images as a network of keras.applications expects them.

    Takes (n, size, size, 1 or 3) in [0, 1] and gives (n, size, size, 3); grey is repeated.

    Parameters
    ----------
    mode : str
        "caffe": 0..255, blue first, less the mean; "signed": -1..1; "torch": less the mean, by the
        deviation; "bytes": 0..255; "unit": as it is.
    """

    def __init__(self, mode: Mode, **options: Any) -> None:
        super().__init__(**options)
        self.mode = mode

    def call(self, images: Any) -> Any:
        """The images, rescaled and with three channels."""
        if images.shape[-1] == 1:
            images = ops.repeat(images, 3, axis=-1)
        if self.mode == "caffe":
            return ops.flip(images, axis=-1) * 255.0 - self._constant(BGR_MEAN, images)
        if self.mode == "torch":
            return (images - self._constant(RGB_MEAN, images)) / self._constant(RGB_DEVIATION, images)
        if self.mode == "signed":
            return images * 2.0 - 1.0
        return images * 255.0 if self.mode == "bytes" else images

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The same size with three channels."""
        return (*input_shape[:-1], 3)

    def get_config(self) -> dict[str, Any]:
        """What it is built again from."""
        return {**super().get_config(), "mode": self.mode}

    @staticmethod
    def _constant(values: tuple[float, ...], like: Any) -> Any:
        return ops.cast(ops.convert_to_tensor(values), like.dtype)


@keras.saving.register_keras_serializable(PACKAGE)
class LocalResponseNormalization(keras.layers.Layer):
    """a / (k + alpha · the sum of a² over ``width`` neighbouring channels)^beta, any shape.

    Krizhevsky et al. (2012), section 3.3, with their k = 2, n = 5, alpha = 1e-4 and beta = 0.75.
    """

    def __init__(self, width: int = 5, k: float = 2.0, alpha: float = 1e-4, beta: float = 0.75, **options: Any) -> None:
        super().__init__(**options)
        self.width, self.k, self.alpha, self.beta = width, k, alpha, beta

    def call(self, x: Any) -> Any:
        """Every element by the activity around it."""
        before = self.width // 2
        edges = [(0, 0)] * (len(x.shape) - 1) + [(before, self.width - 1 - before)]
        squares = ops.pad(ops.square(x), edges)
        channels = x.shape[-1]
        around = sum(squares[..., shift : shift + channels] for shift in range(self.width))
        return x / ops.power(self.k + self.alpha * around, self.beta)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """As the input's."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """What it is built again from."""
        ours = {"width": self.width, "k": self.k, "alpha": self.alpha, "beta": self.beta}
        return {**super().get_config(), **ours}
