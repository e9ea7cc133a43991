"""Results on disk: which there are, reading them, and taking a bundle away."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from image_bundle_samples import band_bundle, change
from run_samples import finished_run, made_result

from fer_core import runs
from fer_core.base.errors import BundleError, PathError
from fer_core.models.bundle import load_bundle
from fer_core.models.images.bundle import GRAPH
from fer_core.results import bundles_and_runs

NAME = "train-20260102-030405"


@pytest.fixture(autouse=True)
def nothing_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Shipped bundles of the test's own."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    monkeypatch.setattr(bundles_and_runs, "bundles_dir", lambda: folder)
    return folder


def test_runs_come_newest_first_then_what_ships(own_home: Path, nothing_shipped: Path) -> None:
    assert bundles_and_runs.sources() == []
    finished_run(own_home, NAME)
    newer = finished_run(own_home, "train-20260103-000000", bundle=False)
    (finished_run(own_home, "train-20260104-000000") / bundles_and_runs.RESULT).unlink()
    (own_home / "runs" / NAME / "bundle").rename(nothing_shipped / "good")
    assert [s.name for s in bundles_and_runs.sources()] == [newer.name, NAME, "shipped:good"]
    assert [s.name for s in bundles_and_runs.bundles()] == ["shipped:good"]
    assert bundles_and_runs.find("shipped:good").folder == nothing_shipped / "good"
    assert bundles_and_runs.find("shipped:../x") is None
    assert bundles_and_runs.find(None) is None


def test_a_result_is_read_from_a_run_and_from_a_bundle(own_home: Path, nothing_shipped: Path) -> None:
    folder = finished_run(own_home, NAME)
    expected, _ = made_result()
    run = bundles_and_runs.find(NAME)
    assert bundles_and_runs.read_result(run) == json.loads(json.dumps(expected))
    (folder / "bundle").rename(nothing_shipped / "good")
    shipped = bundles_and_runs.read_result(bundles_and_runs.find("shipped:good"))
    assert shipped["accuracy"] == expected["accuracy"]
    assert bundles_and_runs.read_predictions(bundles_and_runs.find("shipped:good")) == []


def test_predictions_agree_with_the_confusion_matrix(own_home: Path) -> None:
    finished_run(own_home, NAME)
    source = bundles_and_runs.find(NAME)
    result, rows = bundles_and_runs.read_result(source), bundles_and_runs.read_predictions(source)
    for i, labelled in enumerate(result["emotions"]):
        for j, classified in enumerate(result["emotions"]):
            n = sum(r["emotion"] == labelled and r["classified"] == classified for r in rows)
            assert n == result["confusion"][i][j]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"n": 1}', "\x00"])
def test_a_damaged_result_is_one_sentence(own_home: Path, nothing_shipped: Path, text: str) -> None:
    folder = finished_run(own_home, NAME)
    (folder / bundles_and_runs.RESULT).write_text(text)
    with pytest.raises(PathError, match="train it again"):
        bundles_and_runs.read_result(bundles_and_runs.find(NAME))
    assert "unreadable" in bundles_and_runs.label(bundles_and_runs.find(NAME))
    (nothing_shipped / "bad").mkdir()
    (nothing_shipped / "bad" / "bundle.json").write_text(text)
    with pytest.raises(BundleError):
        bundles_and_runs.read_result(bundles_and_runs.find("shipped:bad"))


def test_a_bundle_in_a_zip_is_the_same_bundle(own_home: Path, tmp_path: Path) -> None:
    finished_run(own_home, NAME)
    data = bundles_and_runs.zipped(bundles_and_runs.find(NAME).bundle)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert sorted(archive.namelist()) == ["tiny/bundle.json", "tiny/card.md", "tiny/weights.npz"]
        archive.extractall(tmp_path / "out")
    assert load_bundle(tmp_path / "out" / "tiny").emotions == ("anger", "happiness", "surprise")


def test_labels_say_what_and_when(own_home: Path, nothing_shipped: Path) -> None:
    folder = finished_run(own_home, NAME, balanced_accuracy=0.75)
    label = bundles_and_runs.label(bundles_and_runs.find(NAME))
    assert label == "tiny: made, subject-kfold, balanced accuracy 0.750, 2026-01-02 03:04"
    (folder / "bundle").rename(nothing_shipped / "good")
    assert bundles_and_runs.label(bundles_and_runs.find("shipped:good")).endswith("balanced accuracy 0.750, shipped")
    assert bundles_and_runs.label(bundles_and_runs.find(NAME)).startswith("made, subject-kfold")


def test_cards(own_home: Path) -> None:
    folder = finished_run(own_home, NAME)
    assert bundles_and_runs.card_of(folder / "bundle") == "# tiny\n"
    assert bundles_and_runs.card_of(folder) == ""
    assert bundles_and_runs.describe(folder / "bundle")["name"] == "tiny"
    assert bundles_and_runs.describe(folder) == {}


def test_image_models_are_found_apart_from_results(own_home: Path, nothing_shipped: Path) -> None:
    band_bundle(nothing_shipped / "small")
    run = own_home / "runs" / "images-20260105-060708"
    runs.RunFolder(run).finish()
    bare = band_bundle(run / "models" / "bare")
    (bare / GRAPH).unlink()
    found = bundles_and_runs.image_bundles()
    assert [s.name for s in found] == ["image:shipped/small", "image:images-20260105-060708/bare"]
    assert [s.name for s in bundles_and_runs.readers()] == ["image:shipped/small"]  # the other cannot be read yet
    assert bundles_and_runs.sources() == bundles_and_runs.bundles() == []
    assert bundles_and_runs.find("image:shipped/small").bundle == nothing_shipped / "small"
    assert bundles_and_runs.find("image:images-20260105-060708/bare").is_run is False
    assert bundles_and_runs.find("image:shipped/../x") is None
    labels = [bundles_and_runs.label(s) for s in found]
    assert labels[0] == "small: image model, bands, balanced accuracy 0.500, shipped"
    assert labels[1].endswith("2026-01-05 06:07")
    change(bare, training=3, metrics=None)  # damaged by somebody
    assert bundles_and_runs.label(found[1]) == "bare: image model, 2026-01-05 06:07"
    with zipfile.ZipFile(io.BytesIO(bundles_and_runs.zipped(nothing_shipped / "small"))) as archive:
        assert "small/model.onnx" in archive.namelist()
