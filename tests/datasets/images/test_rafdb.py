"""RAF-DB: the list as distributed, folders 1 to 7, and what is wrong with either."""

from __future__ import annotations

from pathlib import Path

import pytest

from fer_core.base.emotions import RAFDB_CODES
from fer_core.base.errors import CorpusError
from fer_core.datasets.images.base import held_out
from fer_core.datasets.images.catalog import open_images, recognise_images

from ..builders import put, whys
from .trees import put_numbered, put_rafdb

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
    lines = [
        *LINES,
        "train_00099.jpg 3",
        "train_00001.jpg 8",
        "train_00002.jpg x",
        "alone.jpg",
        "",
        "extra_0001.jpg 3",
        "train_../../../../etc/passwd.jpg 3",
        "train_00003.jpg 4",
    ]
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


def put_parts(root: Path, *parts: str, each: int = 1) -> Path:
    put_numbered(root, range(1, 8), each, parts)
    return root


@pytest.mark.parametrize("held", ["test", "valid", "val", "Valid", "VAL"])
@pytest.mark.parametrize("train", ["train", "Train"])
def test_no_part_is_dropped(tmp_path: Path, train: str, held: str) -> None:
    put_numbered(tmp_path, range(1, 8), 3, [train])
    put_numbered(tmp_path, range(1, 8), 1, [held])
    corpus = open_images(tmp_path)
    part = "test" if held == "test" else "validation"
    assert corpus.format == "rafdb-folders" and corpus.omissions == ()
    assert {p: sum(n.values()) for p, n in corpus.parts.items()} == {"train": 21, part: 7}
    assert corpus.emotion[0] == "surprise" and "RAF-DB's by their layout: 1 surprise" in corpus.note


def test_all_three_parts_and_any_further_folder(tmp_path: Path) -> None:
    put_parts(tmp_path, "train", "valid", "test")
    put_parts(tmp_path, "extra", each=3)
    put_parts(tmp_path, "dev")
    (tmp_path / "notes").mkdir()
    corpus = open_images(tmp_path)
    assert {p: sum(n.values()) for p, n in corpus.parts.items()} == {"train": 7, "validation": 7, "test": 7}
    told = {o.where: (o.count, o.why) for o in corpus.omissions}
    assert set(told) == {"extra", "dev"} and told["extra"][0] == 21 and told["dev"][0] == 7
    assert "21 images, is no part" in told["extra"][1]


def test_a_folder_that_is_no_number_and_loose_images_are_told(tmp_path: Path) -> None:
    put_parts(tmp_path, "train", "val")
    put(tmp_path / "train" / "blurred" / "a.jpg")
    put(tmp_path / "val" / "b.jpg")
    put(tmp_path / "c.jpg")
    told = {o.where: o.count for o in open_images(tmp_path).omissions}
    assert told == {"train/blurred": 1, "val/b.jpg": 1, "c.jpg": 1}


def test_six_numbers_that_nothing_calls_rafdb_are_asked_for(tmp_path: Path) -> None:
    put_numbered(tmp_path, range(1, 7), 1, ["train", "test"])
    with pytest.raises(CorpusError, match="named 1 to 6, and corpora differ"):
        open_images(tmp_path)


def test_named_folders_in_parts_of_any_case_open(tmp_path: Path) -> None:
    for part in ("Train", "Valid"):
        for emotion in ("Surprise", "Fear", "Disgust", "Happy", "Sad", "Angry", "Neutral"):
            put(tmp_path / part / emotion / "a.jpg")
    corpus = open_images(tmp_path)
    assert len(corpus) == 14 and set(corpus.parts) == {"train", "validation"} and corpus.omissions == ()


@pytest.mark.parametrize("name", ["list_patition_label.txt", "list_partition_label.txt", "List_Partition_Label.TXT"])
@pytest.mark.parametrize(("lists", "images"), [("EmoLabel", "Image/aligned"), ("", "aligned")])
def test_the_list_under_other_names_and_places(tmp_path: Path, name: str, lists: str, images: str) -> None:
    for face in NAMES:
        put(tmp_path / images / f"{face}_aligned.jpg")
    put(tmp_path / images / "train_77777_aligned.jpg")
    put(tmp_path / lists / name, "\r".join(LINES).encode("utf-16"))
    corpus = open_images(tmp_path)
    assert corpus.format == "rafdb" and corpus.item.tolist() == NAMES
    assert whys(corpus) == {f"{images}/train_77777_aligned.jpg": "the list does not name it"}


def test_parts_called_valid_in_the_list_are_kept(tmp_path: Path) -> None:
    put_rafdb(tmp_path, [*LINES, "valid_0001.jpg 3"], [*NAMES, "valid_0001"])
    corpus = open_images(tmp_path)
    assert corpus.parts["validation"] == {"disgust": 1} and corpus.omissions == ()


def test_pictures_that_lie_elsewhere_are_counted(tmp_path: Path) -> None:
    put_rafdb(tmp_path, LINES, NAMES)
    for name in ("more/a.png", "more/b.png", "._c.png", "__MACOSX/d.png"):
        put(tmp_path / name)
    assert [(o.where, o.count) for o in open_images(tmp_path).omissions] == [(".", 2)]
