"""Folders of images by emotion: with and without parts, FER2013's own parts in its file names, strangers."""

from __future__ import annotations

from pathlib import Path

import pytest

from fer_core.base.errors import CorpusError
from fer_core.datasets.images.base import held_out, require_two_emotions
from fer_core.datasets.images.catalog import open_images, recognise_images

from ..builders import put, whys
from .trees import put_by_emotion


def test_btfer_is_read_by_emotion(tmp_path: Path) -> None:
    names = [f"BTFER/{e}/{k}.jpg" for e in ("Angry", "Disgust", "Happy", "Neutral") for k in (1, 2, 10)]
    corpus = open_images(put_by_emotion(tmp_path, names))
    assert corpus.format == "folder" and corpus.name == "BTFER" and corpus.size == 24
    assert corpus.counts == {"anger": 3, "disgust": 3, "happiness": 3, "neutral": 3}
    assert corpus.item[:3].tolist() == ["Angry/1.jpg", "Angry/2.jpg", "Angry/10.jpg"]
    assert not corpus.subjects_known and corpus.subjects == ()
    assert (corpus.subject == corpus.item).all() and held_out(corpus)[1] == ""


def test_emotion_folders_beside_parts_are_told_with_their_count(tmp_path: Path) -> None:
    """Nothing else is left out here: nobody had told of these pictures then."""
    names = ["train/happy/a.png", "happy/b.png", "happy/c.png", "sad/d.png"]
    corpus = open_images(put_by_emotion(tmp_path, names))
    assert corpus.item.tolist() == names[:1]
    assert {o.where: o.count for o in corpus.omissions} == {"happy": 2, "sad": 1}


def test_parts_are_kept(tmp_path: Path) -> None:
    names = [
        "train/happy/a.png",
        "train/sad/b.png",
        "valid/happy/c.png",
        "Test/sad/d.png",
        "angry/e.png",
        "train/odd/f.png",
        "train/g.png",
        "notes/h.png",
    ]
    corpus = open_images(put_by_emotion(tmp_path, names))
    assert dict(zip(corpus.item.tolist(), corpus.part.tolist(), strict=True)) == {
        "train/happy/a.png": "train",
        "train/sad/b.png": "train",
        "valid/happy/c.png": "validation",
        "Test/sad/d.png": "test",
    }
    assert whys(corpus) == {
        "angry": "an emotion folder beside folders of parts",
        "train/odd": "the folder is not named as an emotion",
        "train/g.png": "the image lies outside any emotion folder",
        "notes": "the folder is not named as an emotion",
    }


def test_fer2013_in_folders_keeps_its_own_parts(tmp_path: Path) -> None:
    """The usual copy has both held-out parts in 'test'; the public one is not the test part."""
    names = [
        "train/angry/Training_3908.jpg",
        "train/happy/Training_1.jpg",
        "test/angry/PublicTest_88.jpg",
        "test/happy/PrivateTest_99.jpg",
        "test/happy/extra.jpg",
    ]
    corpus = open_images(put_by_emotion(tmp_path, names))
    assert corpus.format == "fer2013-folders"
    assert dict(zip(corpus.item.tolist(), corpus.part.tolist(), strict=True)) == {
        names[0]: "train",
        names[1]: "train",
        names[2]: "validation",
        names[3]: "test",
        names[4]: "test",
    }


def test_what_is_no_still_image_is_left_out_by_name(tmp_path: Path) -> None:
    put_by_emotion(tmp_path, ["happy/a.png", "sad/b.png"])
    for name in ("a.psd", "c.mp4", "labels.csv", ".hidden.png", "Thumbs.db"):
        put(tmp_path / "happy" / name, b"x")
    (tmp_path / "happy" / "more").mkdir()
    (tmp_path / "happy" / "dead.png").symlink_to(tmp_path / "happy" / "nothing.png")
    secret = put(tmp_path.parent / f"{tmp_path.name}-secret" / "face.png")
    (tmp_path / "sad" / "secret.png").symlink_to(secret)
    corpus = open_images(tmp_path)
    assert corpus.item.tolist() == ["happy/a.png", "sad/b.png"]
    told = whys(corpus)
    assert told["happy/c.mp4"] == "it is a video, not an image"
    assert told["happy/a.psd"] == "it is no image by its name"
    assert told["happy/more"] == "a folder among the images of an emotion"
    assert "happy/dead.png" in told
    assert told["sad/secret.png"] == "it is a link, and it leads out of the corpus"
    assert len(told) == 5


def test_a_corpus_of_one_class_opens_and_says_so(tmp_path: Path) -> None:
    corpus = open_images(put_by_emotion(tmp_path, ["happy/a.png", "happy/b.png"]))
    assert len(corpus) == 2 and corpus.note.startswith("All images show happiness")
    with pytest.raises(CorpusError, match="all images show happiness, so that there is nothing to tell apart"):
        require_two_emotions(corpus)
    require_two_emotions(open_images(put_by_emotion(tmp_path, ["sad/c.png"])))


@pytest.mark.parametrize("names", [[], ["a.png"], ["cats/a.png"], ["happy/a.txt"]])
def test_a_folder_without_labelled_images_is_one_sentence(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        put(tmp_path / name, b"x")
    assert recognise_images(tmp_path) in (None, "clips")
    with pytest.raises(CorpusError) as caught:
        open_images(tmp_path)
    assert "\n" not in str(caught.value) and caught.value.fix
    if not names:
        assert caught.value.what == "the folder is empty"


@pytest.mark.parametrize("path", ["", "absent", "x" * 5000, "a\0b"])
def test_a_path_that_is_none_is_one_sentence(path: str) -> None:
    assert recognise_images(path) is None
    with pytest.raises(CorpusError):
        open_images(path)


def test_files_of_no_known_format_are_one_sentence(tmp_path: Path) -> None:
    for name in ("a.csv", "a.npz", "a.zip", "a.png"):
        with pytest.raises(CorpusError):
            open_images(put(tmp_path / name, b"a,b\n1,2\n"))
