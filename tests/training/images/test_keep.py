"""A trained model taken out of its experiment: the files that stand there are those that were judged."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from image_bundle_samples import band_bundle, band_weights, write_graph

from fer_core import runs
from fer_core.base.errors import BundleError, PathError, TrainingError
from fer_core.cli.main import main
from fer_core.datasets.copies.digests import pixel_digests
from fer_core.datasets.images.catalog import open_images
from fer_core.models.images.bundle import GRAPH, load_image_bundle
from fer_core.models.images.graph import ImageReader
from fer_core.models.images.half_graph import halve_graph
from fer_core.models.images.trained_pictures import load_seen
from fer_core.results.images.evaluation import evaluate_images
from fer_core.study.image_design import ImageDesign
from fer_core.training.images.experiment import ImageOrder, run_images, write_order
from fer_core.training.images.promote_bundle import keep

from .image_samples import quick, write_npz

ID = "images-20261126-120000"
MODEL = "lenet5_32_none_scratch_0_0"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a finished experiment of one model, and its corpus beside it."""
    home = tmp_path_factory.mktemp("kept")
    order = ImageOrder(str(write_npz(home / "bars.npz")), ImageDesign((quick(),), (0,)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_LAB_HOME", str(home))
        folder = runs.runs_dir() / ID
        run = runs.RunFolder(folder)
        write_order(order, folder)
        run_images(order, folder)
        run.finish()
    return home


@pytest.fixture
def home(made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FER_LAB_HOME", str(made))
    return made


@pytest.mark.parametrize("half", [False, True])
def test_what_is_written_is_what_was_judged(half: bool, home: Path, tmp_path: Path) -> None:
    out = tmp_path / "small"
    kept = keep(ID, "lenet5", out, half=half)
    found, trained = load_image_bundle(out), load_image_bundle(runs.runs_dir() / ID / "models" / MODEL)
    assert (found.name, found.emotions) == ("small", trained.emotions)
    assert "# small" in found.card and ("16 bits" in found.card) == half
    corpus = open_images(home / "bars.npz")
    again = evaluate_images(ImageReader(out), corpus)
    assert again["n"] == kept.tested == 12
    assert (again["accuracy"], again["confusion"]) == (found.metrics["accuracy"], found.metrics["confusion"])
    for stored, was in zip(found.weights, trained.weights, strict=True):
        np.testing.assert_array_equal(stored, was.astype(np.float16) if half else was)
    assert (kept.moved is not None) == half
    assert kept.moved is None or 0 < kept.moved < 0.05
    assert kept.difference < 1e-4
    assert set(kept.bytes) == {"bundle.json", "card.md", "model.onnx", "seen.npy", "weights.npz"}
    assert kept.total == sum(f.stat().st_size for f in out.iterdir())


def test_half_the_bits_are_half_the_bytes(home: Path, tmp_path: Path) -> None:
    whole, half = (keep(ID, MODEL, tmp_path / str(h), half=h) for h in (False, True))
    for file in ("weights.npz", "model.onnx"):
        assert half.bytes[file] < 0.62 * whole.bytes[file]


def test_it_knows_the_pictures_it_was_trained_on(home: Path, tmp_path: Path) -> None:
    keep(ID, MODEL, tmp_path / "out")
    corpus = open_images(home / "bars.npz")
    seen = np.isin(pixel_digests(corpus, np.arange(len(corpus)))[0], load_seen(tmp_path / "out"))
    np.testing.assert_array_equal(seen, corpus.part == "train")


def test_what_is_meant_must_be_clear_and_nothing_is_overwritten(home: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=f"no trained model.*{MODEL}"):
        keep(ID, "vgg", tmp_path / "out")
    models = runs.runs_dir() / ID / "models"
    shutil.copytree(models / MODEL, models / "lenet5_32_none_scratch_1_0")
    try:
        with pytest.raises(TrainingError, match="2 trained models"):
            keep(ID, "lenet5", tmp_path / "out")
    finally:
        shutil.rmtree(models / "lenet5_32_none_scratch_1_0")
    with pytest.raises(PathError, match="something already"):
        keep(ID, MODEL, home)
    with pytest.raises(PathError):
        keep("images-19990101-000000", MODEL, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_another_corpus_in_its_place_is_noticed(home: Path, tmp_path: Path) -> None:
    before = (home / "bars.npz").read_bytes()
    try:
        write_npz(home / "bars.npz", seed=1)
        with pytest.raises(TrainingError, match="not the one the model was trained on"):
            keep(ID, MODEL, tmp_path / "out")
    finally:
        (home / "bars.npz").write_bytes(before)


def test_from_the_command_line(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["images", "keep", ID, "lenet5", "--out", str(tmp_path / "cli"), "--half", "--name", "tiny", "--json"]
    assert main(words) == 0
    got = json.loads(capsys.readouterr().out)
    assert got["total"] == sum(got["bytes"].values())
    assert load_image_bundle(tmp_path / "cli", arrays=False).name == "tiny"


# --- the graph in 16 bits --------------------------------------------------------------------------------


def test_only_what_loses_nothing_is_halved(tmp_path: Path) -> None:
    folder = band_bundle(tmp_path / "b", size=24)
    picture = np.random.default_rng(0).integers(0, 256, (3, 24, 24, 1)).astype(np.uint8)
    exact = np.random.default_rng(0).normal(size=(576, 3)).astype(np.float16).astype(np.float32)
    write_graph(folder / GRAPH, exact)
    before, size = ImageReader(folder).read(picture), (folder / GRAPH).stat().st_size
    assert halve_graph(folder / GRAPH) == 1
    np.testing.assert_array_equal(ImageReader(folder).read(picture), before)
    assert (folder / GRAPH).stat().st_size < 0.6 * size
    write_graph(folder / GRAPH, band_weights(24, 1, 3) + np.float32(1e-5))
    assert halve_graph(folder / GRAPH) == 0
    assert halve_graph(folder / GRAPH) == 0


def test_a_kernel_with_a_factor_for_each_channel_folded_in_is_taken_apart(tmp_path: Path) -> None:
    """As the converter folds batch normalization into convolutions, plain and depthwise."""
    from onnx import TensorProto, helper, load, numpy_helper, save

    generator = np.random.default_rng(1)
    plain = generator.normal(size=(3, 3, 8, 16)).astype(np.float16).astype(np.float32)
    deep = generator.normal(size=(3, 3, 32, 1)).astype(np.float16).astype(np.float32)
    factors = generator.uniform(0.1, 3, 32).astype(np.float32)
    folded = {
        "plain": plain.transpose(3, 2, 0, 1) * factors[:16, None, None, None],
        "deep": deep.transpose(2, 3, 0, 1) * factors[:, None, None, None],
        "other": generator.normal(size=(16, 8, 3, 3)).astype(np.float32),
    }
    sums = [helper.make_node("ReduceSum", [n], [f"s{n}"], keepdims=0) for n in folded]
    outputs = [helper.make_tensor_value_info(f"s{n}", TensorProto.FLOAT, []) for n in folded]
    arrays = [numpy_helper.from_array(np.ascontiguousarray(v), n) for n, v in folded.items()]
    model = helper.make_model(
        helper.make_graph(sums, "g", [], outputs, arrays), opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    )
    save(model, str(tmp_path / "g.onnx"))
    assert halve_graph(tmp_path / "g.onnx", [plain, deep]) == 2
    made = {i.name: numpy_helper.to_array(i) for i in load(str(tmp_path / "g.onnx")).graph.initializer}
    for name in ("plain", "deep"):
        assert made[f"{name}__16"].dtype == np.float16
        again = made[f"{name}__16"].astype(np.float32) * made[f"{name}__scale"]
        np.testing.assert_allclose(again, folded[name], rtol=3e-7)
    np.testing.assert_array_equal(made["other"], folded["other"])


def test_what_is_no_graph_is_refused(tmp_path: Path) -> None:
    folder = band_bundle(tmp_path / "b")
    (folder / GRAPH).write_bytes(b"no graph")
    with pytest.raises(BundleError, match="cannot be read"):
        halve_graph(folder / GRAPH)
