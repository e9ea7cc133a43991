"""Results on disk: which there are, reading them, and taking a bundle away."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from run_samples import finished_run, made_result

from fer_core.errors import BundleError, PathError
from fer_core.models.bundle import load_bundle
from fer_core.results import store

NAME = "train-20260102-030405"


@pytest.fixture(autouse=True)
def nothing_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Shipped bundles of the test's own."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    monkeypatch.setattr(store, "bundles_dir", lambda: folder)
    return folder


def test_runs_come_newest_first_then_what_ships(own_home: Path, nothing_shipped: Path) -> None:
    assert store.sources() == []
    finished_run(own_home, NAME)
    newer = finished_run(own_home, "train-20260103-000000", bundle=False)
    (finished_run(own_home, "train-20260104-000000") / store.RESULT).unlink()
    (own_home / "runs" / NAME / "bundle").rename(nothing_shipped / "good")
    assert [s.name for s in store.sources()] == [newer.name, NAME, "shipped:good"]
    assert [s.name for s in store.bundles()] == ["shipped:good"]
    assert store.find("shipped:good").folder == nothing_shipped / "good"
    assert store.find("shipped:../x") is None
    assert store.find(None) is None


def test_a_result_is_read_from_a_run_and_from_a_bundle(own_home: Path, nothing_shipped: Path) -> None:
    folder = finished_run(own_home, NAME)
    expected, _ = made_result()
    run = store.find(NAME)
    assert store.read_result(run) == json.loads(json.dumps(expected))
    (folder / "bundle").rename(nothing_shipped / "good")
    shipped = store.read_result(store.find("shipped:good"))
    assert shipped["accuracy"] == expected["accuracy"]
    assert store.read_predictions(store.find("shipped:good")) == []


def test_predictions_agree_with_the_confusion_matrix(own_home: Path) -> None:
    finished_run(own_home, NAME)
    source = store.find(NAME)
    result, rows = store.read_result(source), store.read_predictions(source)
    for i, labelled in enumerate(result["emotions"]):
        for j, classified in enumerate(result["emotions"]):
            n = sum(r["emotion"] == labelled and r["classified"] == classified for r in rows)
            assert n == result["confusion"][i][j]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"n": 1}', "\x00"])
def test_a_damaged_result_is_one_sentence(own_home: Path, nothing_shipped: Path, text: str) -> None:
    folder = finished_run(own_home, NAME)
    (folder / store.RESULT).write_text(text)
    with pytest.raises(PathError, match="train it again"):
        store.read_result(store.find(NAME))
    assert "unreadable" in store.label(store.find(NAME))
    (nothing_shipped / "bad").mkdir()
    (nothing_shipped / "bad" / "bundle.json").write_text(text)
    with pytest.raises(BundleError):
        store.read_result(store.find("shipped:bad"))


def test_a_bundle_in_a_zip_is_the_same_bundle(own_home: Path, tmp_path: Path) -> None:
    finished_run(own_home, NAME)
    data = store.zipped(store.find(NAME).bundle)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert sorted(archive.namelist()) == ["tiny/bundle.json", "tiny/card.md", "tiny/weights.npz"]
        archive.extractall(tmp_path / "out")
    assert load_bundle(tmp_path / "out" / "tiny").emotions == ("anger", "happiness", "surprise")


def test_labels_say_what_and_when(own_home: Path, nothing_shipped: Path) -> None:
    folder = finished_run(own_home, NAME, balanced_accuracy=0.75)
    label = store.label(store.find(NAME))
    assert label == "tiny: made, subject-kfold, balanced accuracy 0.750, 2026-01-02 03:04"
    (folder / "bundle").rename(nothing_shipped / "good")
    assert store.label(store.find("shipped:good")).endswith("balanced accuracy 0.750, shipped")
    assert store.label(store.find(NAME)).startswith("made, subject-kfold")


def test_cards(own_home: Path) -> None:
    folder = finished_run(own_home, NAME)
    assert store.card_of(folder / "bundle") == "# tiny\n"
    assert store.card_of(folder) == ""
    assert store.describe(folder / "bundle")["name"] == "tiny"
    assert store.describe(folder) == {}
