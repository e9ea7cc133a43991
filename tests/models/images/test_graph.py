"""The graph says what Keras says, is read without TensorFlow, and a foreign or damaged one is refused."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fer_core.base.errors import BundleError
from fer_core.base.paths import REPOSITORY
from fer_core.models.calibration import tempered
from fer_core.models.images import graph as module
from fer_core.models.images.bundle import GRAPH, ImageBundle, save_image_bundle
from fer_core.models.images.graph import ImageReader, with_graph, write_graph
from fer_core.models.images.registry import find

pytest.importorskip("keras")
pytest.importorskip("onnxruntime")
SHOWN = ("anger", "happiness", "surprise")


def network_of(emotions: tuple[str, ...], name: str) -> ImageBundle:
    weights = find("lenet5").build(32, 1, len(emotions)).get_weights()
    return ImageBundle(name, "lenet5", 32, 1, emotions, temperature=1.7, mirrored=True, weights=weights)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> tuple[ImageBundle, Path]:
    folder = tmp_path_factory.mktemp("graphs") / "net"
    made = network_of(SHOWN, "net")
    save_image_bundle(made, folder)
    assert with_graph(folder) <= module.LIMIT
    return made, folder


@pytest.fixture
def copied(bundle: tuple[ImageBundle, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundle[1], tmp_path / "copy"))


def test_it_says_what_keras_says_mirrored_and_tempered(bundle: tuple[ImageBundle, Path]) -> None:
    made, folder = bundle
    drawn = np.random.default_rng(0).integers(0, 256, (7, 32, 32, 1)).astype(np.uint8)
    x = drawn.astype(np.float32) / 255
    network = made.network()
    plain, turned = (np.asarray(network.predict_on_batch(a)) for a in (x, np.ascontiguousarray(x[:, :, ::-1])))
    said = ImageReader(folder).read(drawn)
    np.testing.assert_allclose(said, tempered((plain + turned) / 2, 1.7), atol=2e-4)
    np.testing.assert_allclose(said.sum(axis=1), 1, atol=1e-5)
    one = ImageReader(folder).read(drawn[:1])
    np.testing.assert_allclose(one, said[:1], atol=1e-5)


def test_pages_read_pictures_without_tensorflow(bundle: tuple[ImageBundle, Path]) -> None:
    code = (
        "import sys, numpy as np\n"
        "from fer_core.models.images.graph import ImageReader\n"
        f"p = ImageReader({str(bundle[1])!r}).read(np.zeros((2, 32, 32, 1), np.uint8))\n"
        "sys.exit(p.shape != (2, 3) or 'tensorflow' in sys.modules or 'keras' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_a_graph_that_says_something_else_is_not_left_behind(
    bundle: tuple[ImageBundle, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = module._session

    class Wrong(session):  # type: ignore[misc, valid-type]
        def __call__(self, x: np.ndarray) -> np.ndarray:
            return session.__call__(self, x) + np.float32(0.01)

    monkeypatch.setattr(module, "_session", Wrong)
    with pytest.raises(BundleError, match="differ by"):
        write_graph(bundle[0], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_a_graph_the_way_to_one_is_said(copied: Path) -> None:
    (copied / GRAPH).unlink()
    with pytest.raises(BundleError, match="images graph"):
        ImageReader(copied)


@pytest.mark.parametrize("damage", ["cut", "text", "empty"])
def test_a_damaged_graph_is_refused(copied: Path, damage: str) -> None:
    file = copied / GRAPH
    content = file.read_bytes()
    file.write_bytes({"cut": content[: len(content) // 2], "text": b"no graph", "empty": b""}[damage])
    with pytest.raises(BundleError, match="graph"):
        ImageReader(copied)


def test_the_graph_of_another_network_is_refused(copied: Path, bundle: tuple[ImageBundle, Path]) -> None:
    other = replace(bundle[0], emotions=(*SHOWN, "neutral"))
    save_image_bundle(other, copied)
    with pytest.raises(BundleError, match="does not tell the bundle's emotions apart"):
        ImageReader(copied)
    save_image_bundle(replace(bundle[0], size=40), copied)
    with pytest.raises(BundleError, match="does not take the bundle's pictures"):
        ImageReader(copied)


def test_an_oversized_graph_is_refused(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 1000)
    with pytest.raises(BundleError, match="larger than any"):
        ImageReader(copied)
