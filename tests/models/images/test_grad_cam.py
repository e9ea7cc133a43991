"""Grad-CAM: the formula, a network whose answer rests on one quadrant, and the process that works it out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
from image_bundle_samples import band_bundle
from keras import layers

from fer_core.base.errors import BundleError
from fer_core.models.images import grad_cam
from fer_core.models.images.bundle import ImageBundle, save_image_bundle
from fer_core.models.images.grad_cam import GradCam, class_map, final_maps, heat_of
from fer_core.models.images.grad_cam_service import GradCamService
from fer_core.models.images.layers import Sparsemax
from fer_core.models.images.registry import find

EMOTIONS = ("anger", "happiness")


def quadrant_network(end: str = "dense", size: int = 16) -> keras.Model:
    """Two maps, the picture and its negative; class 0 asks the upper left quadrant of the first alone."""
    given = keras.Input((size, size, 1))
    maps = layers.Conv2D(2, 1, name="maps")(given)
    flat = layers.Flatten()(layers.AveragePooling2D(size // 2, name="quarters")(maps))
    if end == "dense":
        out = layers.Dense(2, "softmax", name="end")(flat)
    elif end == "softmax":
        out = layers.Softmax()(layers.Dense(2, name="end")(flat))
    elif end == "sparsemax":
        out = Sparsemax()(layers.Dense(2, name="end")(flat))
    else:
        out = layers.Average()([layers.Dense(2, "softmax", name="end")(flat)] * 2)
    network = keras.Model(given, out)
    network.get_layer("maps").set_weights([np.array([[[[1.0, -1.0]]]]), np.array([0.0, 1.0])])
    kernel = np.zeros((2, 2, 2, 2))  # row, column, map, class
    kernel[0, 0, 0, 0] = 4.0
    kernel[1, 1, 1, 1] = 4.0
    network.get_layer("end").set_weights([kernel.reshape(8, 2), np.zeros(2)])
    return network


def test_the_sum_of_weighted_maps_as_written_out_by_hand() -> None:
    maps = np.array([[[1.0, 2.0], [0.0, 1.0]], [[3.0, 0.0], [1.0, 4.0]]])  # (2, 2, 2)
    gradients = np.array([[[1.0, -1.0], [1.0, -2.0]], [[2.0, 0.0], [0.0, -1.0]]])
    # Weights: (1 + 1 + 2 + 0) / 4 = 1 and (-1 - 2 + 0 - 1) / 4 = -1; then max(A1 - A2, 0).
    np.testing.assert_allclose(class_map(maps, gradients), [[0.0, 0.0], [3.0, 0.0]])


@pytest.mark.parametrize("end", ["dense", "softmax", "sparsemax", "average"])
def test_it_is_the_formula_with_gradients_of_the_score(end: str) -> None:
    """Gradients by finite differences of the score, in numpy, on the network's own maps."""
    network, generator = quadrant_network(end), np.random.default_rng(0)
    picture = generator.integers(0, 256, (16, 16, 1)).astype(np.uint8)
    cam = GradCam(network)
    assert cam.layers == ("quarters",)
    heat, said, grid = cam.heat(picture)
    assert grid == (2, 2)
    np.testing.assert_allclose(said, network(picture[None] / 255.0)[0], atol=1e-6)
    maps = np.stack([picture[..., 0] / 255, 1 - picture[..., 0] / 255], axis=-1)
    maps = maps.reshape(2, 8, 2, 8, 2).mean(axis=(1, 3))
    kernel = np.asarray(network.get_layer("end").kernel).reshape(2, 2, 2, 2)

    def score(m: np.ndarray, c: int) -> float:
        z = np.einsum("ijk,ijkc->c", m, kernel)
        return z[c] if end != "average" else z[c] - np.log(np.exp(z).sum())

    for c in range(2):
        gradient = np.zeros_like(maps)
        for place in np.ndindex(maps.shape):
            step = np.zeros_like(maps)
            step[place] = 1e-4
            gradient[place] = (score(maps + step, c) - score(maps - step, c)) / 2e-4
        expected = grad_cam.scaled(grad_cam.enlarged(class_map(maps, gradient), 16))
        np.testing.assert_allclose(heat[c], expected, atol=2e-3)


def test_heat_lies_on_the_quadrant_that_decides() -> None:
    """Class 0 asks for light, class 1 for dark. Grad-CAM weighs maps, not places: all that is dark is hot."""
    picture = np.zeros((16, 16, 1), np.uint8)
    picture[:8, :8] = 255
    heat = heat_of(quadrant_network(), picture, EMOTIONS)
    assert (heat.emotions, heat.score, heat.grid) == (EMOTIONS, "logit", (2, 2))
    first, second = heat.heat
    assert first[:4, :4].min() > 0.8 and first[9:, 9:].max() < 0.1
    assert first.max() == 1 and first.min() >= 0
    assert second[12:, 12:].min() > 0.8 and second[:3, :3].max() < 0.1


def test_a_mirrored_reader_gives_the_mean_of_both() -> None:
    generator = np.random.default_rng(1)
    picture = generator.integers(0, 256, (16, 16, 1)).astype(np.uint8)
    network = quadrant_network()
    once, turned = (heat_of(network, np.ascontiguousarray(p), EMOTIONS) for p in (picture, picture[:, ::-1]))
    both = heat_of(network, picture, EMOTIONS, mirrored=True)
    np.testing.assert_allclose(both.probabilities, (once.probabilities + turned.probabilities) / 2, atol=1e-6)
    mean = (once.heat + turned.heat[:, :, ::-1]) / 2
    np.testing.assert_allclose(both.heat, mean / mean.max(axis=(1, 2), keepdims=True), atol=1e-5)


def test_where_nothing_speaks_for_a_class_there_is_no_heat() -> None:
    network = quadrant_network()
    weights = network.get_layer("end").get_weights()
    network.get_layer("end").set_weights([-np.abs(weights[0]), weights[1]])
    heat = heat_of(network, np.full((16, 16, 1), 200, np.uint8), EMOTIONS).heat
    assert not heat.any()


def test_branches_that_meet_late_are_all_weighed_and_gates_are_not_maps() -> None:
    given = keras.Input((12, 12, 1))
    left = layers.Conv2D(2, 3, padding="same", name="left")(given)
    gate = layers.Conv2D(2, 1, name="gate")(layers.GlobalAveragePooling2D(keepdims=True)(left))
    left = layers.Multiply(name="gated")([left, gate])
    right = layers.MaxPooling2D(name="right")(layers.Conv2D(3, 3)(given))
    joined = layers.Concatenate()([layers.GlobalAveragePooling2D()(b) for b in (left, right)])
    network = keras.Model(given, layers.Dense(2, "softmax")(joined))
    assert {layer.name for layer in final_maps(network)} == {"gated", "right"}
    heat = heat_of(network, np.random.default_rng(0).integers(0, 256, (12, 12, 1)).astype(np.uint8), EMOTIONS)
    assert heat.heat.shape == (2, 12, 12)


def test_a_network_without_maps_is_refused() -> None:
    given = keras.Input((8, 8, 1))
    with pytest.raises(BundleError, match="no feature maps"):
        GradCam(keras.Model(given, layers.Dense(2, "softmax")(layers.Flatten()(given))))


@pytest.mark.parametrize("name", ["attention-cnn", "residual-gru-1", "modular"])
def test_networks_of_the_registry_can_be_looked_at(name: str) -> None:
    network = find(name).build(48, 1, 7)
    picture = np.random.default_rng(0).integers(0, 256, (48, 48, 1)).astype(np.uint8)
    heat = heat_of(network, picture, tuple("abcdefg"))
    assert heat.heat.shape == (7, 48, 48)
    assert np.isfinite(heat.heat).all() and heat.heat.max() <= 1
    assert min(heat.grid) >= 2 and heat.score == "logit"


# --- the process ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def service() -> Iterator[GradCamService]:
    made = GradCamService()
    yield made
    made.close()


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> ImageBundle:
    folder = tmp_path_factory.mktemp("heat") / "tiny"
    network = find("lenet5").build(32, 1, 2)
    weights = [np.asarray(w, np.float32) for w in network.get_weights()]
    made = ImageBundle("tiny", "lenet5", 32, 1, EMOTIONS, weights=weights, folder=folder)
    save_image_bundle(made, folder)
    return made


PICTURE = np.random.default_rng(5).integers(0, 256, (32, 32, 1)).astype(np.uint8)


def test_the_process_answers_as_the_function_does_and_stays(
    service: GradCamService, bundle: ImageBundle, tmp_path: Path
) -> None:
    assert bundle.folder is not None
    asked = service.ask(bundle.folder, PICTURE)
    got = asked.result(120)
    expected = heat_of(bundle.network(), PICTURE, EMOTIONS)
    np.testing.assert_allclose(got.heat, expected.heat, atol=1e-4)
    np.testing.assert_allclose(got.probabilities, expected.probabilities, atol=1e-5)
    assert (got.emotions, got.grid, got.score) == (expected.emotions, expected.grid, expected.score)
    assert service.ask(bundle.folder, PICTURE) is asked  # kept
    process = service._process
    with pytest.raises(BundleError, match=r"cannot be read|missing"):
        service.ask(_broken(tmp_path), PICTURE).result(60)
    with pytest.raises(BundleError, match="could not be worked out"):
        service.ask(bundle.folder, PICTURE[:8]).result(60)
    assert service.ask(bundle.folder, 255 - PICTURE).result(60).emotions == EMOTIONS
    assert service._process is process


def test_a_process_that_dies_is_said_and_replaced(service: GradCamService, bundle: ImageBundle) -> None:
    assert bundle.folder is not None
    service.ask(bundle.folder, PICTURE).result(120)
    assert service._process is not None
    os.kill(service._process.pid, signal.SIGKILL)
    service._process.wait()
    assert service.ask(bundle.folder, PICTURE // 2).result(120).grid == (5, 5)


def test_a_process_left_alone_is_let_go(bundle: ImageBundle, monkeypatch: pytest.MonkeyPatch) -> None:
    from fer_core.models.images import grad_cam_service

    monkeypatch.setattr(grad_cam_service, "CHILD", "fer_core")  # it ends at once, with its usage
    short = GradCamService(idle_seconds=0.1)
    assert bundle.folder is not None
    with pytest.raises(BundleError, match="ended without a word"):
        short.ask(bundle.folder, PICTURE).result(60)
    short.close()
    assert short._process is None and short.words == ""


def _broken(folder: Path) -> Path:
    made = band_bundle(folder / "torn")
    (made / "weights.npz").write_bytes(b"no")
    return made


def test_asking_does_not_load_tensorflow() -> None:
    code = "import fer_core.models.images.grad_cam_service, sys; print('keras' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "False", done.stderr
