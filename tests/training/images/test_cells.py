"""A cell's result is plain data that says what was trained, what was said and what went wrong."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fer_core.base.errors import TrainingError
from fer_core.datasets.images.catalog import open_images
from fer_core.models.images.bundle import load_image_bundle
from fer_core.results.metrics import evaluate
from fer_core.training.images import tasks as module
from fer_core.training.images.protocols import ImageSplit, image_splits
from fer_core.training.images.save_trained import bundle_of, noted, saved
from fer_core.training.images.tasks import LOOKED_AT, ImageCell, ImageResult, ImagesRef, corpus_of, opened

from .image_samples import SHOWN, quick, write_npz

pytest.importorskip("keras")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_npz(tmp_path_factory.mktemp("bars") / "bars.npz", 60, 12)


def cell_on(file: Path, **changes: object) -> ImageCell:
    c = open_images(file)
    condition = quick(emotions=SHOWN, **changes)
    (split,) = image_splits(c, condition, np.arange(len(c)))
    return ImageCell(ImagesRef(str(file), "default", (), c.key), condition, split)


@pytest.fixture(scope="module")
def trained(file: Path, tmp_path_factory: pytest.TempPathFactory) -> ImageResult:
    corpus_of.cache_clear()
    return cell_on(file).carry_out()


def test_a_network_is_trained_tested_and_described(file: Path, trained: ImageResult) -> None:
    cell, c = cell_on(file), open_images(file)
    record = trained.record
    assert (record.state, record.n_train, record.n_test, record.error) == ("done", 54, 12, "")
    assert record.key == cell.key == (cell.condition.slug, 0, 0)
    network = record.network
    assert network["epochs"] == len(network["train"]) == len(network["seconds"]) == 3
    assert 0.2 <= network["temperature"] <= 5 and network["temperature"] == trained.temperature
    assert 0 <= network["train_accuracy"] <= 1 and network["notes"] == []
    assert [p.clip for p in trained.predictions] == c.item[cell.split.test].tolist()
    assert [p.emotion for p in trained.predictions] == c.emotion[cell.split.test].tolist()
    for p in trained.predictions:
        assert len(p.probabilities) == 3 and sum(p.probabilities) == pytest.approx(1, abs=1e-4)
    assert pickle.loads(pickle.dumps(trained)).record == record, "it crosses to another process"


def test_the_bundle_says_the_same(file: Path, trained: ImageResult, tmp_path: Path) -> None:
    cell, c = cell_on(file), open_images(file)
    made = bundle_of(cell, trained, c)
    assert saved(made, tmp_path / "net") == ""
    back = load_image_bundle(tmp_path / "net")
    from fer_core.datasets.images.pixels import pixels

    x = pixels(c, cell.split.test, 32, made.channels).astype(np.float32) / 255
    said = np.asarray(back.network().predict_on_batch(x))
    np.testing.assert_allclose(said, [p.probabilities for p in trained.predictions], atol=1e-5)
    shown = np.array([p.emotion for p in trained.predictions])
    expected = evaluate(shown, said, c.subject[cell.split.test], SHOWN)
    assert back.metrics["accuracy"] == expected["accuracy"]
    assert (back.training["corpus"], back.training["format"], back.training["tested"]) == (
        "bars",
        "arrays",
        "validation",
    )
    assert back.training["data_key"] == c.key and back.training["subjects"] == []
    assert "LeNet" in back.card and "12 pictures" in back.card


def test_no_room_for_the_network_keeps_the_result(
    file: Path, trained: ImageResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fer_core.training.images import save_trained

    def full(bundle: object, folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "weights.npz").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(save_trained, "save_image_bundle", full)
    said = saved(bundle_of(cell_on(file), trained, open_images(file)), tmp_path / "net")
    assert said.startswith("the trained network was not kept (No space left on device)") and said.count(". ") == 0
    assert list(tmp_path.iterdir()) == [], "no half a bundle is left"
    record = noted(trained.record, said)
    assert record.network["notes"] == [said] and record.state == "done"
    assert noted(record, "") is record


def test_a_cell_that_need_not_keep_its_network_sends_none(file: Path) -> None:
    result = replace(cell_on(file), keep=False).carry_out()
    assert result.record.state == "done" and result.weights == [] and len(result.predictions) == 12


def test_a_classical_model_reads_all_it_may(file: Path) -> None:
    result = cell_on(file, model="pca-logistic", size=48).carry_out()
    assert result.record.state == "done", result.record.error
    assert result.weights == [] and result.record.network["parameters"] > 0
    right = [p.emotion == SHOWN[int(np.argmax(p.probabilities))] for p in result.predictions]
    assert np.mean(right) > 0.8


def test_what_goes_wrong_comes_back_as_a_failed_record(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = cell_on(file)
    unknown = replace(unknown, condition=replace(unknown.condition, model="no-such-net")).carry_out()
    assert unknown.record.state == "failed" and "no-such-net" in unknown.record.error
    assert unknown.predictions == [] and unknown.weights == []

    def broken(*_: object) -> None:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(module, "_network", broken)
    failed = cell_on(file).carry_out().record
    assert (failed.state, failed.error) == ("failed", "ZeroDivisionError: by nothing")


def test_a_corpus_that_has_changed_ends_everything(file: Path, tmp_path: Path) -> None:
    cell = cell_on(file)
    other = write_npz(tmp_path / "bars.npz", 60, 12, seed=5)
    with pytest.raises(TrainingError, match="not the one"):
        replace(cell, data=replace(cell.data, path=str(other))).carry_out()
    assert len(opened(replace(cell.data, path=str(other), key=""))) == 72


@pytest.mark.parametrize("n", [1, 1999, 2000, 2001, 3999, 28_709])
def test_few_training_pictures_are_looked_at_again(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []

    class Fitted:
        emotions, channels = SHOWN, 1

        def read(self, pictures: object) -> np.ndarray:
            return np.eye(3)[np.zeros(looked[-1], dtype=int)]

    monkeypatch.setattr("fer_core.training.images.batches.Pictures", lambda c, some, *_: looked.append(len(some)))

    class Corpus:
        emotion = np.full(n, "anger")

    split = ImageSplit(0, np.arange(n), np.arange(0), np.arange(0), "")
    cell = ImageCell(ImagesRef("", "default", (), ""), quick(), split)
    assert module._train_accuracy(Corpus(), cell, Fitted()) == 1.0  # type: ignore[arg-type]
    assert min(n, LOOKED_AT // 2) <= looked[0] <= LOOKED_AT
