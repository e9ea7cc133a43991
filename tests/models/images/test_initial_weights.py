"""Initial weights: from files of each kind, refused where they belong to another network, and ImageNet's."""

from __future__ import annotations

import urllib.error
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving import legacy_h5_format

from fer_core.base.errors import BundleError
from fer_core.models.images.initial_weights import load_initial_weights
from fer_core.models.images.registry import find

KINDS = ("new.weights.h5", "old.h5", "whole.h5", "plain.npz")


def saved(model: keras.Model, file: Path) -> Path:
    if file.name.endswith(".weights.h5"):
        model.save_weights(file)
    elif file.suffix == ".npz":
        np.savez(file, **{weight.path: np.asarray(weight) for weight in model.weights})
    elif file.name.startswith("whole"):
        model.save(file)
    else:
        with h5py.File(file, "w") as root:
            legacy_h5_format.save_weights_to_hdf5_group(root, model)
    return file


def randomised(model: keras.Model, seed: int) -> keras.Model:
    generator = np.random.default_rng(seed)
    model.set_weights([generator.normal(size=array.shape).astype(np.float32) for array in model.get_weights()])
    return model


def trunk(model: keras.Model) -> keras.Model:
    """What stands before the head, as "notop" files hold it."""
    return keras.Model(model.input, model.get_layer("head_pool").input)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["sequential-4-conv", "resnet18", "smmb"])
def test_a_whole_network_is_taken(name: str, kind: str, tmp_path: Path) -> None:
    other = randomised(find(name).build(), 1)
    model = find(name).build(weights=str(saved(other, tmp_path / kind)))
    for ours, theirs in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("kind", KINDS)
def test_a_trunk_is_taken_and_the_head_stays_fresh(kind: str, tmp_path: Path) -> None:
    other = randomised(find("resnet18").build(), 2)
    model = find("resnet18").build(classes=3)
    fresh = model.get_layer("head_dense_1").get_weights()[0]
    load_initial_weights(model, saved(trunk(other), tmp_path / kind))
    expected = trunk(other).get_weights()
    for ours, theirs in zip(trunk(model).get_weights(), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(model.get_layer("head_dense_1").get_weights()[0], fresh)


@pytest.mark.parametrize("kind", KINDS)
def test_a_network_of_other_classes_gives_its_trunk(kind: str, tmp_path: Path) -> None:
    other = randomised(find("sequential-3-conv").build(classes=11), 3)
    model = find("sequential-3-conv").build(weights=str(saved(other, tmp_path / kind)))
    np.testing.assert_array_equal(model.get_weights()[0], other.get_weights()[0])
    assert np.abs(model.get_layer("head_classes").get_weights()[1]).max() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_another_architecture_is_refused_by_the_layer_that_differs(kind: str, tmp_path: Path) -> None:
    file = saved(find("sequential-simple").build(), tmp_path / kind)
    model = find("sequential-4-conv").build()
    before = model.get_weights()
    with pytest.raises(BundleError, match=r"another architecture: layer 4, \w+, needs 3 × 3 × 128 × 128"):
        load_initial_weights(model, file)
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_a_file_that_ends_too_early_is_refused(tmp_path: Path) -> None:
    model = find("lenet5").build()
    np.savez(tmp_path / "short.npz", *model.get_weights()[:2])
    with pytest.raises(BundleError, match=r"layer 2, \w+, needs .* the file has no such layer any more"):
        load_initial_weights(model, tmp_path / "short.npz")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("damaged.h5", b"no HDF5", "cannot be read"),
        ("damaged.npz", b"PK no zip", "cannot be read"),
        ("weights.pkl", b"", "must end in"),
        ("absent.npz", None, "no such file"),
    ],
)
def test_files_that_are_no_weights_are_named(name: str, content: bytes | None, words: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BundleError, match=f"{words}.*{name}"):
        load_initial_weights(find("lenet5").build(), tmp_path / name)


def test_nothing_in_a_file_is_run(tmp_path: Path) -> None:
    np.savez(tmp_path / "objects.npz", a=np.array([print], dtype=object))
    with pytest.raises(BundleError, match="cannot be read"):
        load_initial_weights(find("lenet5").build(), tmp_path / "objects.npz")


def test_imagenet_without_a_network_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: Any, **__: Any) -> None:
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", offline)
    monkeypatch.setattr("keras.src.backend.config.keras_home", lambda: str(tmp_path))
    with pytest.raises(BundleError, match=r"ImageNet weights of VGG16 cannot be downloaded.*name a file of weights"):
        find("vgg16").build(weights="imagenet")


def test_imagenet_is_taken_from_where_keras_keeps_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = randomised(keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(48, 48, 3)), 5)
    file = saved(kept, tmp_path / "old.h5")
    monkeypatch.setattr("keras.src.utils.file_utils.get_file", lambda *_, **__: str(file))
    model = find("mobilenetv2").build(size=48, channels=1, weights="imagenet")
    for ours, theirs in zip(trunk(model).get_weights(), kept.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
