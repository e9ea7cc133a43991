"""Every network of the registry builds, learns a step on real rows, travels as arrays, is counted right."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import numpy as np
import pytest

from fer_core.models.images.counts import parameters
from fer_core.models.images.registry import REGISTRY, counted
from fer_core.models.images.spec import ModelSpec

from .image_rows import fer2013_rows

NETWORKS = [spec for spec in REGISTRY.values() if spec.kind == "network"]
DIFFERENT = [spec for spec in NETWORKS if not spec.pretrained or spec.name in {"vgg16", "inceptionv3"}]
"""Those of keras.applications all come through one function, and take seconds each."""
FURTHER = [(spec, size) for spec in DIFFERENT for size in spec.sizes if size != 48]
DEEP = {"inceptionv3", "xception", "densenet121", "efficientnetv2b0", "nasnetmobile", "senet50", "repvgg"}
"""Building these takes a second or more."""


def each(specs: list[ModelSpec]) -> list[object]:
    return [pytest.param(s, id=s.name, marks=[pytest.mark.slow] if s.name in DEEP else []) for s in specs]


@pytest.fixture(scope="module", autouse=True)
def little_garbage() -> Iterator[None]:
    """Only what these tests leave is looked through each time, not all that was loaded before."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def a_clean_backend() -> Iterator[None]:
    """A hundred networks would not fit in memory together."""
    import keras

    yield
    keras.backend.clear_session()


def test_the_models_of_the_study_are_all_there() -> None:
    ours = {spec.name for spec in NETWORKS if spec.study == "tutuianu"}
    assert ours == {
        "lenet5",
        "alexnet",
        "zfnet",
        "vgg16",
        "vgg19",
        "vggnet",
        "googlenet",
        "inceptionv3",
        "xception",
        "resnet18",
        "resnet50",
        "senet50",
        "densenet121",
        "mobilenet",
        "mobilenetv2",
        "efficientnetv2b0",
        "nasnetmobile",
        "repvgg",
        "sequential-simple",
        "sequential-3-conv",
        "sequential-4-conv",
        "ensemble",
        "modular",
        "smmb",
        "mediapipe-vggnet",
    }


@pytest.mark.parametrize("spec", each(NETWORKS))
def test_it_learns_a_step_and_another_with_its_arrays_says_the_same(spec: ModelSpec) -> None:
    size = max(48, spec.least)
    images, targets = fer2013_rows(4, size, spec.channels)
    model = spec.build(size=size)
    assert size not in spec.sizes or model.count_params() == counted()[spec.name][size]
    before = model.get_weights()
    # Step by step: for one batch of a deep network, tracing costs ten times what computing does.
    model.compile("sgd", "categorical_crossentropy", run_eagerly=True)
    assert np.isfinite(model.train_on_batch(images, targets))
    arrays = model.get_weights()
    assert all(np.isfinite(array).all() for array in arrays)
    assert not np.array_equal(arrays[0], before[0]), "the first layer did not learn"
    assert any(not np.array_equal(a, b) for a, b in zip(arrays[-2:], before[-2:], strict=True))
    said = np.asarray(model(images, training=False))
    assert said.shape == (4, 7)
    np.testing.assert_allclose(said.sum(axis=1), 1.0, atol=1e-5)
    assert (said >= 0).all()
    if spec in DIFFERENT:
        again = spec.build(size=size)
        again.set_weights(arrays)
        np.testing.assert_allclose(np.asarray(again(images, training=False)), said, atol=1e-6)


@pytest.mark.parametrize(("spec", "size"), FURTHER, ids=[f"{spec.name}-{size}" for spec, size in FURTHER])
def test_it_builds_at_its_further_sizes_with_as_many_parameters_as_are_listed(spec: ModelSpec, size: int) -> None:
    assert parameters(spec, size) == counted()[spec.name][size]


def test_those_of_keras_have_as_many_parameters_at_every_size() -> None:
    """A mean over the map stands between trunk and head: of those not built above, one size was counted."""
    for spec in NETWORKS:
        if spec not in DIFFERENT:
            assert len(set(counted()[spec.name].values())) == 1, spec.name


@pytest.mark.parametrize("spec", each(DIFFERENT))
def test_it_takes_the_other_number_of_channels_and_any_number_of_classes(spec: ModelSpec) -> None:
    other = 4 - spec.channels
    model = spec.build(size=spec.least, channels=other, classes=3)
    assert model.input_shape == (None, spec.least, spec.least, other)
    assert model.output_shape == (None, 3)
