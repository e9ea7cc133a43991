"""Image bundles come back as they were written; damaged and foreign ones are refused in a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from fer_core.base.errors import BundleError
from fer_core.models import bundle_files
from fer_core.models.images import bundle, registry
from fer_core.models.images.bundle import (
    ImageBundle,
    image_bundles_in,
    is_image_bundle,
    load_image_bundle,
    save_image_bundle,
)

SHOWN = ("anger", "happiness", "surprise")
FEW = [np.arange(6, dtype=np.float32).reshape(2, 3) / 7, np.array([0.5, -2.25], dtype=np.float32)]


def made(**changes: object) -> ImageBundle:
    plain = {
        "name": "a net",
        "model": "lenet5",
        "size": 32,
        "channels": 1,
        "emotions": SHOWN,
        "weights": FEW,
        "temperature": 1.25,
        "mirrored": True,
        "metrics": {"accuracy": 0.5},
        "training": {"corpus": "bars"},
        "card": "# A net\n",
    }
    return ImageBundle(**(plain | changes))  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_image_bundle(made(), tmp_path / "net é")
    return tmp_path / "net é"


def test_it_comes_back_as_it_was(folder: Path) -> None:
    back, before = load_image_bundle(folder), made()
    same = "name model size channels emotions temperature mirrored metrics training card"
    for name in same.split():
        assert getattr(back, name) == getattr(before, name), name
    assert back.folder == folder
    for a, b in zip(back.weights, FEW, strict=True):
        np.testing.assert_array_equal(a, b)
    assert load_image_bundle(folder, arrays=False).weights == []


def test_many_arrays_keep_their_order(tmp_path: Path) -> None:
    many = [np.full(2, k, dtype=np.float32) for k in range(1200)]
    save_image_bundle(made(weights=many), tmp_path)
    assert [int(w[0]) for w in load_image_bundle(tmp_path).weights] == list(range(1200))


def test_half_the_bits_cost_little(tmp_path: Path) -> None:
    save_image_bundle(made(), tmp_path, half=True)
    for a, b in zip(load_image_bundle(tmp_path).weights, FEW, strict=True):
        assert a.dtype == np.float32
        np.testing.assert_allclose(a, b, rtol=1e-3)


def test_the_largest_network_is_read_and_more_than_any_is_not(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    largest = max(n for counts in registry.counted().values() for n in counts.values())
    assert bundle.MAX_BYTES > 4 * largest > bundle_files.MAX_BYTES, "a landmark bundle's limit is too low"
    monkeypatch.setattr(bundle, "MAX_BYTES", 30)
    with pytest.raises(BundleError, match="larger than any"):
        load_image_bundle(folder)


def test_they_are_found_among_other_folders(folder: Path) -> None:
    (folder.parent / "empty").mkdir()
    (folder.parent / "other").mkdir()
    (folder.parent / "other" / "bundle.json").write_text('{"format": "fer-lab-bundle"}')
    assert image_bundles_in(folder.parent) == [folder]
    assert is_image_bundle(folder) and not is_image_bundle(folder.parent / "other")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": "fer-lab-bundle"}, "does not describe an image bundle"),
        ({"version": 2}, "version 2"),
        ({"emotions": ["anger"]}, "list of at least 2"),
        ({"emotions": ["anger", "bliss"]}, "not fit"),
        ({"input": {"size": 0, "channels": 1}}, "0 where a number of at least 1"),
        ({"input": {"size": 32, "channels": 4}}, "channels"),
        ({"dropout": 1}, "dropout"),
        ({"temperature": 0}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"metrics": None}, "metrics"),
    ],
)
def test_a_description_that_cannot_be_is_refused(folder: Path, change: dict, said: str) -> None:  # type: ignore[type-arg]
    file = folder / "bundle.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(BundleError, match=said):
        load_image_bundle(folder)


@pytest.mark.parametrize("damage", ["missing", "cut", "objects", "words", "not finite"])
def test_arrays_that_are_none_are_refused(folder: Path, damage: str) -> None:
    file = folder / "weights.npz"
    if damage == "missing":
        file.unlink()
    elif damage == "cut":
        file.write_bytes(file.read_bytes()[:-40])
    else:
        planted = {
            "objects": np.array([{}], dtype=object),
            "words": np.array(["a"]),
            "not finite": np.array([np.nan], dtype=np.float32),
        }
        np.savez(file, **{"w/0000": planted[damage]})
    with pytest.raises(BundleError):
        load_image_bundle(folder)
    assert load_image_bundle(folder, arrays=False).name == "a net"


def test_weights_of_another_architecture_are_refused() -> None:
    pytest.importorskip("keras")
    with pytest.raises(BundleError, match="not those of lenet5"):
        made().network()


def test_the_network_has_the_weights() -> None:
    pytest.importorskip("keras")
    from fer_core.models.images.registry import find

    model = find("lenet5").build(32, 1, 3)
    weights = [np.random.default_rng(0).normal(0, 0.1, w.shape).astype(np.float32) for w in model.get_weights()]
    for a, b in zip(made(weights=weights).network().get_weights(), weights, strict=True):
        np.testing.assert_array_equal(a, b)
