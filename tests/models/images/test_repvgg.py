"""RepVGG's two forms say the same."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from fer_core.base.errors import SettingError
from fer_core.models.images.registry import find
from fer_core.models.images.repvgg import deployed

IMAGES = np.random.default_rng(5).random((4, 48, 48, 3), dtype=np.float32)
IMAGES *= np.linspace(1, 0, 4, dtype=np.float32)[:, None, None, None]
"""From bright to black, so that what a network says of them differs."""


@pytest.fixture(scope="module")
def trained(request: pytest.FixtureRequest) -> keras.Model:
    """As after training: each batch normalisation has its own numbers; the last layer tells images apart.

    In double precision, in which the two forms must agree to far more digits than a fault would leave.
    """
    keras.config.set_dtype_policy("float64")
    request.addfinalizer(lambda: keras.config.set_dtype_policy("float32"))  # noqa: PT021
    model = find("repvgg").build(size=48, classes=5)
    generator = np.random.default_rng(4)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            gamma, beta, mean, variance = (array.shape for array in layer.get_weights())
            layer.set_weights(
                [
                    generator.uniform(0.4, 0.8, gamma),
                    generator.normal(0, 0.2, beta),
                    generator.normal(0, 0.2, mean),
                    generator.uniform(0.5, 1.5, variance),
                ]
            )
    told = np.asarray(keras.Model(model.input, model.get_layer("head_pool").output)(IMAGES, training=False))
    kernel = generator.normal(size=(told.shape[1], 5)) / (told.std(axis=0) + 1e-6)[:, None] / 40
    model.get_layer("head_classes").set_weights([kernel, -told.mean(axis=0) @ kernel])
    return model


def test_the_deployed_form_gives_equal_probabilities_with_fewer_weights(trained: keras.Model) -> None:
    images = IMAGES
    plain = deployed(trained)
    said, again = np.asarray(trained(images, training=False)), np.asarray(plain(images, training=False))
    assert np.ptp(said, axis=0).max() > 1e-3, "an output that ignores its input proves nothing"
    np.testing.assert_allclose(again, said, rtol=1e-8, atol=1e-9)
    assert plain.count_params() < 0.91 * trained.count_params()
    kinds = {type(layer).__name__ for layer in plain.layers}
    assert "BatchNormalization" not in kinds
    assert "Add" not in kinds


def test_a_branch_that_is_forgotten_would_be_noticed(trained: keras.Model) -> None:
    images = IMAGES
    plain = deployed(trained)
    kernel, bias = plain.get_layer("block_3").get_weights()
    kernel[1, 1] -= np.eye(kernel.shape[-1])  # the identity
    plain.get_layer("block_3").set_weights([kernel, bias])
    said, again = np.asarray(trained(images, training=False)), np.asarray(plain(images, training=False))
    assert not np.allclose(again, said, rtol=1e-3, atol=1e-5)


def test_other_networks_and_the_deployed_form_are_refused(trained: keras.Model) -> None:
    for model in (deployed(trained), find("lenet5").build()):
        with pytest.raises(SettingError, match="only a RepVGG in its training form"):
            deployed(model)
