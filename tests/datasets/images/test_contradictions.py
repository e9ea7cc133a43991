"""A csv beside emotion folders that says otherwise: told with counts, the folders believed."""

from __future__ import annotations

from pathlib import Path

import pytest

from fer_core.datasets.images.catalog import open_images

from .trees import put, put_by_emotion, put_numbered

IMAGES = [f"{emotion}/image{k}_{emotion}.png" for emotion in ("anger", "happy", "sad") for k in range(4)]


def test_the_copy_of_affectnet_whose_list_disagrees(tmp_path: Path) -> None:
    put_by_emotion(tmp_path, IMAGES)
    rows = [",pth,label,relFCs"] + [
        f"{k},{name},{'surprise' if k in (0, 5) else name.split('/')[0]},0.8" for k, name in enumerate(IMAGES)
    ]
    put(tmp_path / "labels.csv", "\n".join(rows))
    corpus = open_images(tmp_path)
    assert corpus.counts == {"anger": 4, "happiness": 4, "sadness": 4}
    assert "labels.csv gives 2 of 12 images another label than their folder" in corpus.note
    assert "anger/image0_anger.png" in corpus.note and "the folders are believed" in corpus.note


def test_a_list_that_agrees_is_silent(tmp_path: Path) -> None:
    put_by_emotion(tmp_path, IMAGES)
    put(tmp_path / "labels.csv", "image,label\n" + "\n".join(f"{n},{n.split('/')[0]}" for n in IMAGES))
    assert open_images(tmp_path).note == ""


@pytest.mark.parametrize("name", ["train_labels.csv", "train/train_labels.csv", "Labels.CSV"])
@pytest.mark.parametrize(("encoding", "end"), [("utf-8-sig", "\r"), ("utf-16", "\r\n"), ("latin-1", "\n")])
def test_lists_of_parts_in_any_text(tmp_path: Path, name: str, encoding: str, end: str) -> None:
    put_by_emotion(tmp_path, [f"train/{n}" for n in IMAGES] + ["test/sad/image0_sad.png"])
    rows = [f"C:/data/train/{image};Sad".replace("/", "\\") for image in IMAGES]
    lines = ["sep=;", "FILE_NAME;Emotion", *rows]
    put(tmp_path / name, end.join([*lines, '"never closed;happy', "só.png;happy"]).encode(encoding))
    assert "gives 8 of 12 images another label" in open_images(tmp_path).note


def test_numbers_are_compared_by_the_order_that_is_said(tmp_path: Path) -> None:
    put_numbered(tmp_path, range(8))
    put(tmp_path / "labels.csv", "path,label\n" + "\n".join(f"{c}/a_{c}_0.png,{c % 7}" for c in range(8)))
    assert "gives 1 of 8 images another label" in open_images(tmp_path, codes="affectnet").note


def test_numbers_beside_named_folders_are_not_guessed(tmp_path: Path) -> None:
    put_by_emotion(tmp_path, IMAGES)
    put(tmp_path / "labels.csv", "path,label\n" + "\n".join(f"{n},3" for n in IMAGES))
    note = open_images(tmp_path).note
    assert "labels.csv was not held against the folders" in note


def test_names_that_several_folders_hold_are_told_apart_by_the_folder(tmp_path: Path) -> None:
    put_by_emotion(tmp_path, ["anger/1.png", "happy/1.png", "sad/1.png"])
    put(tmp_path / "labels.csv", "path,label\nanger/1.png,sad\nhappy/1.png,happy\n1.png,fear\nnone.png,sad\n")
    assert "gives 1 of 2 images another label than their folder (anger/1.png)" in open_images(tmp_path).note


def test_a_csv_of_something_else_is_passed_over(tmp_path: Path) -> None:
    put_by_emotion(tmp_path, IMAGES)
    put(tmp_path / "results.csv", "epoch,loss\n1,0.3\n")
    put(tmp_path / "labels.csv", b"\0\xff\xfe" * 50)
    corpus = open_images(tmp_path)
    assert corpus.note == "" and len(corpus) == 12
