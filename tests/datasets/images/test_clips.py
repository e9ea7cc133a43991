"""Clips as images: which frames show the expression, whose they are, and what is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from fer_core.base.errors import CorpusError, SettingError
from fer_core.datasets.base import Clip, Corpus
from fer_core.datasets.catalog import open_corpus
from fer_core.datasets.images.catalog import open_images, recognise_images
from fer_core.datasets.images.clips import images_of
from fer_core.datasets.media import read_image

from ..builders import put, put_sequence, put_video, whys


def test_ckplus_gives_its_last_frames(tmp_path: Path) -> None:
    put_sequence(tmp_path, "S005/001", "3.0000000e+00", (1, 2, 3, 4))
    put_sequence(tmp_path, "S010/002", "7.0", (1, 2))
    put_sequence(tmp_path, "S010/003")
    corpus = open_images(tmp_path)
    assert recognise_images(tmp_path) == "clips" and corpus.format == "ckplus"
    assert corpus.item.tolist() == ["S005/001/4", "S010/002/2"]
    assert corpus.emotion.tolist() == ["disgust", "surprise"]
    assert corpus.subject.tolist() == ["S005", "S010"] and corpus.subjects_known
    assert whys(corpus)["S010/003"] == "it is unlabelled"
    three = open_images(tmp_path, frames=3)
    assert three.item.tolist() == ["S005/001/2", "S005/001/3", "S005/001/4", "S010/002/2"]
    rest = open_images(tmp_path, neutral=True)
    assert rest.emotion.tolist() == ["neutral", "disgust", "neutral", "surprise"]
    assert rest.item[0] == "S005/001/1"
    with pytest.raises(SettingError):
        open_images(tmp_path, frames=0)


def test_ckplus48_gives_every_frame_of_the_expression(tmp_path: Path) -> None:
    for name in (
        "anger/S010_004_00000017",
        "anger/S010_004_00000018",
        "anger/S010_004_00000019",
        "neutral/S010_004_00000001",
        "happy/S011_001_00000009",
    ):
        put(tmp_path / f"{name}.png")
    corpus = open_images(tmp_path)
    assert corpus.format == "ckplus48"
    assert corpus.item.tolist() == ["S010/004/17", "S010/004/18", "S010/004/19", "S011/001/9"]
    assert corpus.emotion.tolist() == ["anger"] * 3 + ["happiness"]
    assert open_images(tmp_path, neutral=True).counts["neutral"] == 1


def test_folders_of_clips_give_their_last_frames_and_no_videos(tmp_path: Path) -> None:
    for n in range(1, 5):
        put(tmp_path / "happy" / "anna_1" / f"{n}.png")
    put_video(tmp_path / "sad" / "bert_1.mp4")
    put(tmp_path / "sad" / "bert_2.png")
    corpus = open_images(tmp_path)
    assert corpus.format == "folder" and corpus.subjects_known
    assert corpus.item.tolist() == ["happy/anna_1/4", "sad/bert_2/1"]
    assert corpus.subject.tolist() == ["anna", "bert"]
    assert "it is a video" in whys(corpus)["sad/bert_1"]


def test_a_clip_with_no_frame_of_its_emotion_is_left_out(tmp_path: Path) -> None:
    frame = put(tmp_path / "S1_001_00000001.png")
    clip = Clip("S1/001", "S1", "fear", (frame,), (1,))
    with pytest.raises(CorpusError, match="none of its frames shows its emotion"):
        images_of(Corpus("c", "ckplus", tmp_path, (clip,)))


def test_a_frame_outside_the_corpus_is_left_out(tmp_path: Path) -> None:
    secret = put(tmp_path / "secret.png")
    root = tmp_path / "corpus"
    put_sequence(root, "S005/001", "3", (1, 2))
    put_sequence(root, "S006/001", "3", (1, 2))
    frame = root / "cohn-kanade-images" / "S005" / "001" / "S005_001_00000002.png"
    frame.unlink()
    frame.symlink_to(secret)
    corpus = open_images(root)
    assert corpus.item.tolist() == ["S006/001/2"]
    assert whys(corpus)["S005/001"] == "a frame of it leads out of the corpus"


def test_the_demo_has_no_pictures() -> None:
    with pytest.raises(CorpusError, match="no pictures, only landmarks"):
        images_of(open_corpus("demo"))


def test_real_pairs(shared_data: Path) -> None:
    """The last frame of each of 269 sequences; people and labels as the clips have them."""
    clips = open_corpus(shared_data / "ckplus_pairs")
    corpus = open_images(shared_data / "ckplus_pairs")
    assert len(corpus) == 269 and corpus.size == 350 and len(corpus.subjects) == 100
    assert corpus.counts == clips.counts
    assert corpus.subject.tolist() == [c.subject for c in clips.clips]
    assert (corpus.source.read(7) == read_image(clips.clips[7].frames[-1])).all()
    assert open_images(shared_data / "ckplus_pairs", neutral=True).counts["neutral"] == 269
