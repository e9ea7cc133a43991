"""RAF-DB: the list as distributed, folders 1 to 7, and what is wrong with either."""

from __future__ import annotations

from pathlib import Path

import pytest

from fer_core.datasets.images.base import held_out
from fer_core.datasets.images.catalog import open_images, recognise_images
from fer_core.emotions import RAFDB_CODES
from fer_core.errors import CorpusError

from ..builders import put, whys
from .trees import put_rafdb

NAMES = [f"train_{k:05d}" for k in range(1, 8)] + ["test_0001", "test_0002"]
LINES = [f"{name}.jpg {k % 7 + 1}" for k, name in enumerate(NAMES)]


@pytest.mark.parametrize("inner", ["", "basic", "around"])
def test_the_list_names_faces_and_codes(tmp_path: Path, inner: str) -> None:
    put_rafdb(tmp_path / "around", LINES, NAMES)
    path = {"": tmp_path / "around", "basic": tmp_path / "around" / "basic", "around": tmp_path}[inner]
    corpus = open_images(path)
    assert corpus.format == "rafdb" and not corpus.subjects_known and corpus.omissions == ()
    assert corpus.emotion[:7].tolist() == list(RAFDB_CODES.values())
    assert corpus.emotion[0] == "surprise", "1 is surprise, not anger and not fear"
    assert corpus.item.tolist() == NAMES and corpus.part.tolist() == ["train"] * 7 + ["test"] * 2
    assert held_out(corpus)[1] == "test"
    assert corpus.source.read(8).shape == (12, 16, 3)


def test_what_is_wrong_with_the_list_is_left_out_by_line(tmp_path: Path) -> None:
    lines = [*LINES, "train_00099.jpg 3", "train_00001.jpg 8", "train_00002.jpg x", "alone.jpg", "",
             "extra_0001.jpg 3", "train_../../../../etc/passwd.jpg 3", "train_00003.jpg 4"]  # fmt: skip
    put_rafdb(tmp_path, lines, [*NAMES, "extra_0001"])
    corpus = open_images(tmp_path)
    told = whys(corpus)
    assert len(corpus) == 9
    assert told["line 10: Image/aligned/train_00099_aligned.jpg"] == "the image is missing"
    assert told["line 11"] == "its label 8 is out of range"
    assert told["line 12"] == "its label is no whole number"
    assert told["line 13"] == "it is not a file name and a label"
    assert "neither train_ nor test_" in told["extra_0001"]
    assert any(why == "it leads out of the corpus" for why in told.values())
    assert told["train_00003"] == "its name occurs twice, with another label; the first is kept"
    assert len(told) == 7


def test_a_link_out_of_the_corpus_is_not_followed(tmp_path: Path) -> None:
    put_rafdb(tmp_path / "raf", LINES, NAMES[1:])
    secret = put(tmp_path / "secret.jpg")
    link = tmp_path / "raf" / "basic" / "Image" / "aligned" / "train_00001_aligned.jpg"
    link.symlink_to(secret)
    inside = link.with_name("train_00002_aligned.jpg")
    inside.rename(link.with_name("elsewhere.jpg"))
    inside.symlink_to(link.with_name("elsewhere.jpg"))
    corpus = open_images(tmp_path / "raf")
    assert "train_00001" not in corpus.item.tolist() and "train_00002" in corpus.item.tolist()
    assert whys(corpus) == {
        "Image/aligned/train_00001_aligned.jpg": "it is a link, and it leads out of the corpus",
        "Image/aligned/elsewhere.jpg": "the list does not name it",
    }


def put_folders(root: Path) -> Path:
    for half, numbers in (("train", range(1, 8)), ("test", (3, 7))):
        for number in numbers:
            for k in range(2):
                put(root / "DATASET" / half / str(number) / f"{half}_{number}{k}_aligned.jpg")
    return root


@pytest.mark.parametrize("inner", ["", "DATASET"])
def test_folders_1_to_7_are_read(tmp_path: Path, inner: str) -> None:
    corpus = open_images(put_folders(tmp_path) / inner)
    assert corpus.format == "rafdb-folders"
    assert corpus.counts == dict.fromkeys(["anger", "fear", "happiness", "sadness", "surprise"], 2) | {
        "disgust": 4,
        "neutral": 4,
    }
    assert corpus.parts["test"] == {"disgust": 2, "neutral": 2}
    assert corpus.item[0] == "train/1/train_10_aligned.jpg" and corpus.emotion[0] == "surprise"


def test_a_csv_that_contradicts_the_folders_is_believed_by_neither(tmp_path: Path) -> None:
    put_folders(tmp_path)
    rows = ["image,label", "train_10_aligned.jpg,1", "train_11_aligned.jpg,4", "gone_aligned.jpg,2"]
    put(tmp_path / "train_labels.csv", "\n".join(rows))
    told = whys(open_images(tmp_path))
    assert told == {
        "train/1/train_11_aligned.jpg": "train_labels.csv gives it label 4",
        "train_labels.csv: gone_aligned.jpg": "the image is missing",
    }


def test_numbered_folders_of_another_corpus_are_not_taken_for_it(tmp_path: Path) -> None:
    """Copies of AffectNet have folders 0 to 7, where 1 is happiness."""
    put_folders(tmp_path)
    put(tmp_path / "DATASET" / "train" / "0" / "a.jpg")
    assert recognise_images(tmp_path) == "numbered"
    with pytest.raises(CorpusError, match="folders are named 0 to 7, and corpora differ"):
        open_images(tmp_path)


def test_a_list_without_images_is_one_sentence(tmp_path: Path) -> None:
    put_rafdb(tmp_path, LINES)
    with pytest.raises(CorpusError, match=r"no usable image was found; first left out: line 1: .*missing"):
        open_images(tmp_path)
