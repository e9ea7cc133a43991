"""Uploads sorted by what can be made of them; loose files made into a corpus; nothing lost without a word."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from fer_core.base.emotions import FERPLUS_COLUMNS
from fer_core.base.errors import CorpusError
from fer_core.datasets import upload_sets
from fer_core.datasets.catalog import open_corpus
from fer_core.datasets.images.catalog import open_images
from fer_core.datasets.signatures import IMAGE_SUFFIXES, VIDEO_SUFFIXES
from fer_core.datasets.upload_sets import Labelled, kind_of, sort_uploads, store_labelled, store_tables

from .builders import picture, put_video


def test_every_file_is_in_one_place() -> None:
    names = ["a.zip", "b.CSV", "c.npz", "labels.csv", "d.PNG", "e.mp4", "f.txt", "g", "h.rar", "", "i.mov"]
    found = sort_uploads([*((n, 5) for n in names), ("j.png", 0), ("d.PNG", 5), ("k.mp4", 10**12)])
    assert (found.archives, found.tables, found.lists) == ((0,), (1, 2), (3,))
    assert (found.pictures, found.videos, found.loose) == ((4,), (5, 10), (4, 5, 10))
    assert [u.name for u in found.unusable] == ["f.txt", "g", "h.rar", "", "j.png", "d.PNG", "k.mp4"]
    assert all(u.why for u in found.unusable)
    assert len(found.unusable) + sum(map(len, (found.archives, found.tables, found.lists, found.loose))) == 14
    assert found.unusable[2].fix == "unpack it and zip the folder"


def test_a_list_beside_loose_files_says_what_they_are() -> None:
    said = [Labelled("IMG_1.MOV", ""), Labelled("IMG_2.MOV", "fear"), Labelled("c.png", "")]
    lists = [
        ("labels.csv", b"File;Emotion\r\nclips/img_1.mov;Happy\r\nIMG_2;what\r\nz.png;sad\r\n"),
        ("subjects.csv", "clip,subject\nIMG_1,Zoë\nC.PNG,Ben\n".encode("utf-16")),
        ("labels.csv", b'file,emotion\n"open,1\n'),
        ("labels.csv", b"a,b\n1,2\n"),
    ]
    found, left = upload_sets.said_by_lists(said, lists)
    assert found == [Labelled("IMG_1.MOV", "happiness", "Zoë"), Labelled("IMG_2.MOV", ""), Labelled("c.png", "", "Ben")]
    assert left[0] == upload_sets.Unusable("labels.csv", "1 of its rows name no uploaded file")
    assert "never closed" in left[1].why and "lacks the columns" in left[2].why and len(left) == 3
    alone = sort_uploads([("labels.csv", 5)])
    assert not alone.lists and alone.unusable[0].fix == "upload them together"


def test_what_readers_go_by_is_what_uploads_take() -> None:
    for suffix in IMAGE_SUFFIXES | VIDEO_SUFFIXES:
        assert kind_of(f"x{suffix.upper()}") in ("picture", "video")
        assert f" {suffix.lstrip('.')}" in upload_sets.formats_words()


def test_there_are_at_most_so_many_loose_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_sets, "MOST_FILES", 2)
    found = sort_uploads([(f"{n}.png", 1) for n in range(4)] + [("a.zip", 1)])
    assert found.pictures == (0, 1) and len(found.unusable) == 2 and found.archives == (4,)


@pytest.mark.parametrize(
    ("name", "emotion"),
    [
        ("anna_happy.png", "happiness"),
        ("FEAR-2.mov", "fear"),
        ("annaSad1.png", "sadness"),
        ("1001_DFA_ANG_XX.flv", "anger"),
        ("IMG_4001.MOV", ""),
        ("an_di.png", ""),
        ("happy or sad.png", ""),
        ("happy_happy.png", "happiness"),
        ("", ""),
    ],
)
def test_emotions_are_read_from_words_of_a_name(name: str, emotion: str) -> None:
    assert upload_sets.said_by_names([name]) == [Labelled(name, emotion)]


def test_loose_videos_become_a_corpus_that_opens(tmp_path: Path) -> None:
    video = put_video(tmp_path / "v.mp4").read_bytes()
    rows = [
        (io.BytesIO(video), Labelled("IMG_1.mp4", "anger", "Zoë")),
        (io.BytesIO(video), Labelled("IMG_2.mp4", "fear", "Zoë")),
        (io.BytesIO(video), Labelled("../IMG_2.mp4", "fear", "Ben")),
        (io.BytesIO(video), Labelled("IMG_3.mp4", "")),
        (io.BytesIO(b""), Labelled("IMG_4.mp4", "fear")),
        (io.BytesIO(b"x"), Labelled("evil.sh", "fear")),
    ]
    place, left = store_labelled(rows, tmp_path / "uploads" / "mine")
    corpus = open_corpus(place)
    assert corpus.counts == {"anger": 1, "fear": 2} and corpus.subjects == ("Ben", "Zoë")
    assert corpus.subjects_known and not corpus.omissions
    assert [(u.name, u.why.split(" (")[0]) for u in left] == [
        ("IMG_3.mp4", "no emotion is said of it"),
        ("IMG_4.mp4", "the file is empty"),
        ("evil.sh", "the file is neither an image nor a video by its name"),
    ]
    assert [p.name for p in (tmp_path / "uploads").iterdir()] == ["mine"], "no parts are left"


def test_loose_pictures_of_unknown_people_open_as_images(tmp_path: Path) -> None:
    rows = [(picture(), Labelled("a.png", "anger")), (picture(".jpg"), Labelled("b.jpg", "neutral"))]
    place, left = store_labelled(rows, tmp_path / "mine")
    corpus = open_images(place)
    assert corpus.counts == {"anger": 1, "neutral": 1} and not corpus.subjects_known and left == ()


def test_a_corpus_of_nothing_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no file can be used"):
        store_labelled([(b"x", Labelled("a.png", ""))], tmp_path / "up" / "mine")
    with pytest.raises(CorpusError, match="already something"):
        store_labelled([], tmp_path / "up")
    assert list((tmp_path / "up").iterdir()) == []


def test_tables_that_belong_together_and_those_that_do_not(tmp_path: Path) -> None:
    pixels = " ".join(["120"] * 48 * 48)
    rows = f"emotion,pixels,Usage\n0,{pixels},Training\n3,{pixels},Training\n".encode()
    votes = "Usage,Image name," + ",".join(FERPLUS_COLUMNS)
    votes += "\nTraining,fer0000000.png,0,0,0,0,10,0,0,0,0,0\nTraining,fer0000001.png,0,10,0,0,0,0,0,0,0,0\n"
    files = [("fer2013.csv", io.BytesIO(rows)), ("fer2013new.csv", io.BytesIO(votes.encode()))]
    place = store_tables(files, tmp_path / "together")
    assert open_images(place).format == "ferplus" and open_images(place).counts == {"anger": 1, "happiness": 1}
    with pytest.raises(CorpusError, match="no corpus of images together"):
        store_tables([("a.csv", io.BytesIO(b"x,y\n1,2\n")), ("b.csv", io.BytesIO(b"x\n"))], tmp_path / "apart")
    assert not (tmp_path / "apart").exists()


def test_a_name_for_the_corpus_suggests_itself() -> None:
    assert upload_sets.corpus_name(["anna_1.png", "anna_2.png", "x.png"]) == "anna"
    assert upload_sets.corpus_name(["a.png", "b.png"]) == "my_clips" == upload_sets.corpus_name([])
