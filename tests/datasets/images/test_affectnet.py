"""AffectNet: lists and sets, labels left out by name, nothing unpickled, bounded time and memory."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from fer_core.base.emotions import AFFECTNET_CODES
from fer_core.base.errors import CorpusError
from fer_core.datasets.images.affectnet import read_code
from fer_core.datasets.images.base import held_out
from fer_core.datasets.images.catalog import open_images

from ..builders import put, whys
from .trees import npy, put_affectnet_list, put_affectnet_set


@pytest.mark.parametrize("images", ["", "Manually_Annotated_Images"])
@pytest.mark.parametrize("lists", ["", "Manually_Annotated_file_lists"])
def test_lists_are_found_beside_the_images(tmp_path: Path, images: str, lists: str) -> None:
    for code in range(8):
        put(tmp_path / images / "12" / f"{code}.jpg")
        put(tmp_path / images / "7" / f"v{code}.jpg")
    training = put_affectnet_list(tmp_path / lists / "training.csv", [(f"12/{c}.jpg", c) for c in range(8)])
    put_affectnet_list(tmp_path / lists / "validation.csv", [(f"7/v{c}.jpg", c) for c in range(8)])
    for path in (tmp_path, training):
        corpus = open_images(path)
        assert corpus.format == "affectnet" and corpus.omissions == ()
        assert corpus.emotion[:8].tolist() == list(AFFECTNET_CODES.values())
        assert corpus.part.tolist() == ["train"] * 8 + ["validation"] * 8
        assert held_out(corpus)[1] == "validation"
        assert corpus.item[9] == "7/v1.jpg" and corpus.source.read(9).shape == (12, 16, 3)


def test_rows_that_cannot_be_used_are_left_out(tmp_path: Path) -> None:
    put(tmp_path / "outside.jpg")
    root = tmp_path / "affectnet"
    for k in range(3):
        put(root / "1" / f"{k}.jpg")
    put(root / "1" / "moving.mp4", b"x")
    (root / "2").symlink_to(tmp_path)
    rows: list[tuple[str, object]] = [
        ("1/0.jpg", 1),
        ("1/1.jpg", 8),
        ("1/2.jpg", 9),
        ("1/0.jpg", 1),
        ("1/0.jpg", 2),
        ("1/1.jpg", 10),
        ("1/1.jpg", 11),
        ("1/1.jpg", "sad"),
        ("1/1.jpg", ""),
        ("1/gone.jpg", 3),
        ("../outside.jpg", 3),
        (str(tmp_path / "outside.jpg"), 3),
        ("2/outside.jpg", 3),
        ("1/moving.mp4", 3),
        ("1\\2.jpg", "4.0"),
        ("", 3),
        ("C:/a.jpg", 3),
    ]
    corpus = open_images(put_affectnet_list(root / "training.csv", rows).parent)
    assert list(zip(corpus.item, corpus.emotion, strict=True)) == [("1/0.jpg", "happiness"), ("1/2.jpg", "fear")]
    told = whys(corpus)
    assert told["training.csv row 3"] == "labelled 'none', which is no emotion"
    assert told["training.csv row 4"] == "labelled 'uncertain', which is no emotion"
    assert told["training.csv row 7"] == "labelled 'no face', which is no emotion"
    assert told["training.csv row 8"] == "its label 11 is out of range"
    assert told["training.csv row 9"] == told["training.csv row 10"] == "its label is no whole number"
    assert told["training.csv row 11: 1/gone.jpg"] == "the image is missing"
    assert told["training.csv row 12: '../outside.jpg'"] == "it leads out of the corpus"
    assert "out of the corpus" in told["training.csv row 14: 2/outside.jpg"]
    assert told["training.csv row 15: 1/moving.mp4"] == "it is a video, not an image"
    assert sum(why == "it leads out of the corpus" for why in told.values()) == 4
    again = [o.why for o in corpus.omissions if o.where == "1/0.jpg"]
    assert again == ["its name occurs twice", "its name occurs twice, with another label; the first is kept"]


def test_sets_keep_one_file_per_label(tmp_path: Path) -> None:
    put_affectnet_set(tmp_path / "train_set", {"0": "0", "1": "1", "2": "7", "10": "8", "11": "x"})
    put_affectnet_set(tmp_path / "val_set", {"0": 6, "1": 6.0, "2": b"5"})
    put(tmp_path / "train_set" / "images" / "3.jpg")
    put(tmp_path / "train_set" / "images" / "4.jpg")
    put(tmp_path / "train_set" / "annotations" / "4_exp.npy", b"\x93NUMPY")
    corpus = open_images(tmp_path)
    assert corpus.format == "affectnet-sets"
    assert corpus.emotion.tolist() == ["neutral", "happiness", "contempt", "anger", "anger", "disgust"]
    assert corpus.parts.keys() == {"train", "validation"}
    assert corpus.item[3] == "val_set/images/0.jpg"
    assert whys(corpus) == {
        "train_set/images/10.jpg": "labelled 'none', which is no emotion",
        "train_set/images/11.jpg": "its label is no whole number",
        "train_set/images/3.jpg": "it has no label",
        "train_set/images/4.jpg": "its label cannot be read",
    }


def test_no_set_and_no_label_is_dropped(tmp_path: Path) -> None:
    put_affectnet_set(tmp_path / "Train_Set", {"0": "0", "1": "1"})
    put_affectnet_set(tmp_path / "val_set", {"0": "6"})
    put_affectnet_set(tmp_path / "test_set", {"0": "3", "1": "4"})
    put_affectnet_set(tmp_path / "unseen_set", {"0": "3", "1": "4"})
    (tmp_path / "val_set" / "images" / "0.jpg").rename(tmp_path / "val_set" / "images" / "5.jpg")
    corpus = open_images(tmp_path)
    assert corpus.parts == {"train": {"happiness": 1, "neutral": 1}, "test": {"fear": 1, "surprise": 1}}
    assert {o.where: o.count for o in corpus.omissions} == {
        "val_set/images/5.jpg": 1,
        "val_set/annotations/0_exp.npy": 1,
        "unseen_set": 2,
    }


def test_lists_in_another_case_are_found(tmp_path: Path) -> None:
    put(tmp_path / "1" / "a.jpg")
    put_affectnet_list(tmp_path / "Training.CSV", [("1/a.jpg", 3)])
    assert open_images(tmp_path).emotion.tolist() == ["surprise"]


@pytest.mark.parametrize("value", ["3", b"3", 3, 3.0, np.int8(3), ["3"], [[3]]])
def test_a_label_of_any_usual_type_is_read(value: object) -> None:
    assert read_code(npy(np.array(value))) == 3


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"3",
        b"\x93NUMPY\x01\x00",
        npy(np.array(["3", "4"])),
        npy(np.array({"a": 1}, dtype=object)),
        npy(np.array("3"))[:-1],
        npy(np.array(3j)),
        npy(np.array("3")).replace(b"(), }", b"((, }"),
        npy(np.array("3"))[:-4] + b"\xff" * 4,
        npy(np.array("3")).replace(b"<U1", b"<\x1d1"),
    ],
)
def test_a_label_file_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        read_code(data)


def test_a_pickled_label_never_runs(tmp_path: Path) -> None:
    class Planted:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (tmp_path / "ran",)  # type: ignore[return-value]

    put_affectnet_set(tmp_path / "train_set", {"0": "0"})
    put(tmp_path / "train_set" / "images" / "1.jpg")
    bad = npy(np.array(Planted(), dtype=object))
    put(tmp_path / "train_set" / "annotations" / "1_exp.npy", bad)
    assert len(open_images(tmp_path)) == 1
    assert not (tmp_path / "ran").exists()


def test_five_thousand_rows_open_in_little_memory(tmp_path: Path) -> None:
    """An eightieth of AffectNet; memory grows in proportion, so that all of it is bounded, too."""
    shared = put(tmp_path / "one.jpg")
    names = [f"{k // 500}/{k:032x}.jpg" for k in range(5_000)]
    for folder in {n.partition("/")[0] for n in names}:
        (tmp_path / folder).mkdir()
    for name in names:
        (tmp_path / name).hardlink_to(shared)
    put_affectnet_list(tmp_path / "training.csv", [(n, k % 8) for k, n in enumerate(names)])
    tracemalloc.start()
    corpus = open_images(tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(corpus) == 5_000
    assert peak < 12e6, f"{peak / 1e6:.0f} MB: 80 times that must fit a small machine"
    assert corpus.source.read(700).shape == (12, 16, 3)


def test_nothing_usable_is_one_sentence(tmp_path: Path) -> None:
    put_affectnet_list(tmp_path / "training.csv", [("1/a.jpg", 8)])
    with pytest.raises(CorpusError, match=r"first left out: training\.csv row 2"):
        open_images(tmp_path)
    with pytest.raises(CorpusError, match="no usable image"):
        open_images(put_affectnet_list(tmp_path / "training.csv", []))


def test_a_pipe_in_the_place_of_a_label_is_not_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "train_set"
    put_affectnet_set(folder, {str(k): str(k) for k in range(4)})
    (folder / "annotations" / "2_exp.npy").unlink()
    os.mkfifo(folder / "annotations" / "2_exp.npy")
    corpus = open_images(tmp_path)
    assert len(corpus) == 3 and "its label cannot be read" in {o.why for o in corpus.omissions}
