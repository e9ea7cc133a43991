"""The public networks' layers against plain numpy and against keras.applications' own preparation."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from fer_core.models.images.public_layers import ImagenetInput, LocalResponseNormalization

IMAGES = np.random.default_rng(1).random((2, 4, 5, 3), dtype=np.float32)


@pytest.mark.parametrize(
    ("mode", "prepared"),
    [
        ("caffe", keras.applications.vgg16.preprocess_input),
        ("torch", keras.applications.densenet.preprocess_input),
        ("signed", keras.applications.mobilenet.preprocess_input),
        ("bytes", keras.applications.efficientnet_v2.preprocess_input),
    ],
)
def test_pixels_are_prepared_as_keras_applications_does(mode: str, prepared: object) -> None:
    expected = prepared(IMAGES.copy() * 255.0)  # type: ignore[operator]
    np.testing.assert_allclose(ImagenetInput(mode)(IMAGES), expected, atol=1e-3)  # type: ignore[arg-type]


def test_grey_is_repeated() -> None:
    grey = IMAGES[..., :1]
    np.testing.assert_allclose(ImagenetInput("unit")(grey), np.repeat(grey, 3, axis=-1))
    layer = ImagenetInput("caffe")
    assert layer(grey).shape == layer.compute_output_shape(grey.shape) == (2, 4, 5, 3)


def test_response_normalisation_is_krizhevskys_sum() -> None:
    x = np.random.default_rng(2).normal(size=(2, 3, 3, 7)).astype(np.float32) * 30
    expected = np.empty_like(x)
    for i in range(7):  # section 3.3: from max(0, i - n/2) to min(N - 1, i + n/2)
        near = x[..., max(0, i - 2) : min(6, i + 2) + 1]
        expected[..., i] = x[..., i] / (2.0 + 1e-4 * (near**2).sum(axis=-1)) ** 0.75
    np.testing.assert_allclose(LocalResponseNormalization()(x), expected, rtol=1e-5)


@pytest.mark.parametrize(
    "layer", [ImagenetInput("torch"), LocalResponseNormalization(width=3, k=1.0, alpha=0.5, beta=0.25)]
)
def test_they_are_built_again_from_their_configuration(layer: keras.layers.Layer) -> None:
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    np.testing.assert_array_equal(again(IMAGES), layer(IMAGES))
