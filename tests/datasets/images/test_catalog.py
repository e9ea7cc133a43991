"""One door for all formats, and the command line: JSON for images, clips first, duplicates."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fer_core.base.errors import CorpusError, SettingError
from fer_core.cli.main import main
from fer_core.datasets.images.catalog import open_images, recognise_images, summary

from .trees import (
    blobs,
    put,
    put_affectnet_list,
    put_affectnet_set,
    put_by_emotion,
    put_fer2013,
    put_rafdb,
    put_votes,
    text,
    usual_rows,
)

Captured = pytest.CaptureFixture[str]


def ask(capsys: Captured, *words: object) -> dict[str, Any]:
    status = main([*(str(w) for w in words), "--json"])
    out, err = capsys.readouterr()
    assert status == 0, err
    answer: dict[str, Any] = json.loads(out, parse_constant=pytest.fail)
    return answer


def test_each_format_is_told_by_its_folder(tmp_path: Path) -> None:
    put_fer2013(tmp_path / "fer2013" / "fer2013.csv", usual_rows(1)[:2])
    put_fer2013(tmp_path / "ferplus" / "fer2013.csv", usual_rows(1)[:1])
    put_votes(tmp_path / "ferplus" / "fer2013new.csv", ["Training"], [[10, *[0] * 9]])
    put_rafdb(tmp_path / "rafdb", ["train_1.jpg 1"], ["train_1"])
    put(tmp_path / "rafdb-folders" / "DATASET" / "train" / "1" / "a.jpg")
    put_affectnet_list(tmp_path / "affectnet" / "training.csv", [("1/a.jpg", 1)])
    put(tmp_path / "affectnet" / "1" / "a.jpg")
    put_affectnet_set(tmp_path / "affectnet-sets" / "val_set", {"1": "1"})
    put_by_emotion(tmp_path / "folder", ["happy/a.png"])
    for kind in ("fer2013", "ferplus", "rafdb", "rafdb-folders", "affectnet", "affectnet-sets", "folder"):
        assert recognise_images(tmp_path / kind) == kind
        assert len(open_images(tmp_path / kind)) >= 1
    assert recognise_images(tmp_path) is None
    assert recognise_images(tmp_path / "affectnet" / "training.csv") == "affectnet"


def test_unknown_labels_and_soft_labels_without_votes_are_refused(tmp_path: Path) -> None:
    file = put_fer2013(tmp_path / "fer2013.csv", usual_rows(1))
    with pytest.raises(SettingError, match="labels 'hard'"):
        open_images(file, labels="hard")  # type: ignore[arg-type]
    with pytest.raises(CorpusError, match="no votes"):
        open_images(file, labels="soft")
    assert len(open_images(file, labels="majority")) == len(open_images(file, labels="own")) == 21


def test_corpus_answers_for_images_with_the_keys_of_clips(tmp_path: Path, capsys: Captured) -> None:
    answer = ask(capsys, "corpus", put_fer2013(tmp_path / "fer2013.csv", usual_rows(2)))
    assert answer["kind"] == "images" and answer["images"] == answer["labelled"] == 42
    assert answer["parts"]["validation"]["anger"] == 2 and answer["counts"]["anger"] == 6
    assert answer["imbalance"]["anger"] == {"ratio": 6}, "no image model has a loss by it"
    assert set(answer["class_weights"]) == {"simple", "conservative", "effective"}
    clips = ask(capsys, "corpus", "demo")
    assert set(clips) <= set(answer) and clips["clips"] == 327
    assert main(["corpus", str(tmp_path)]) == 0
    assert "42 images (train 14, validation 14, test 14)" in capsys.readouterr().out


def test_clips_come_first_where_a_folder_is_both(tmp_path: Path, capsys: Captured) -> None:
    put_by_emotion(tmp_path, ["happy/anna_1.png", "sad/bert_1.png"])
    clips = ask(capsys, "corpus", tmp_path)
    assert clips["clips"] == 2 and "images" not in clips
    images = ask(capsys, "corpus", tmp_path, "--images")
    assert images["images"] == 2 and images["kind"] == "images"


def test_what_is_neither_is_one_sentence(tmp_path: Path, capsys: Captured) -> None:
    for words in (["corpus", tmp_path], ["corpus", tmp_path / "absent.csv"], ["duplicates", tmp_path]):
        assert main([str(w) for w in words]) == 1
        out, err = capsys.readouterr()
        assert out == "" and err.startswith("fer_core: ") and err.count("\n") == 1


def test_duplicates_reports_progress_and_counts(tmp_path: Path, capsys: Captured) -> None:
    rows: list[tuple[object, str, str]] = [
        (0, text(blobs(1)), "Training"),
        (1, text(blobs(2)), "Training"),
        (2, text(blobs(1)), "PublicTest"),
    ]
    file = put_fer2013(tmp_path / "fer2013.csv", rows)
    answer = ask(capsys, "duplicates", file)
    assert answer["images"] == 3 and answer["across"][0]["exact"] == 1
    assert answer["across"][0]["share"] == 1.0
    assert main(["duplicates", str(file), "--against", str(file), "--bits", "4"]) == 0
    out, err = capsys.readouterr()
    assert "all of fer2013" in out and "reading images" in err and "comparing images: 100%" in err
    assert main(["duplicates", str(file), "--bits", "99"]) == 1
    assert "0 to 31" in capsys.readouterr().err


def test_a_summary_is_plain_data(tmp_path: Path) -> None:
    corpus = open_images(put_by_emotion(tmp_path, ["happy/a.png", "sad/b.png", "notes.txt"][:2]))
    told = summary(corpus)
    assert json.loads(json.dumps(told)) == told and told["parts"] == {"none": {"happiness": 1, "sadness": 1}}


def test_importing_the_catalog_loads_neither_opencv_nor_scipy() -> None:
    code = (
        "import sys, fer_core.datasets.images.catalog, fer_core.datasets.copies.duplicates;"
        "print([m for m in ('cv2', 'scipy', 'keras', 'tensorflow') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
