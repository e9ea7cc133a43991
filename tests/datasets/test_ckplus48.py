"""CK+48: real images written out as the folder others share, and planted faults."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_core.base.emotions import canonical
from fer_core.base.errors import CorpusError
from fer_core.datasets.catalog import open_corpus, recognise
from fer_core.datasets.ckplus48 import open_ckplus48
from fer_core.datasets.media import iter_frames

from .builders import put, put_empty, whys


def write_real(shared_data: Path, root: Path, sequences: int) -> dict[tuple[str, str], tuple[str, list[int]]]:
    """The first labelled sequences as a CK+48 folder; returns (emotion, frames) by (subject, sequence)."""
    data = np.load(shared_data / "ckplus48.npz")
    keys = list(zip(data["subject"], data["sequence"], strict=True))
    apex = data["phase"] == "apex"
    chosen = list(dict.fromkeys(key for key, is_apex in zip(keys, apex, strict=True) if is_apex))[:sequences]
    written: dict[tuple[str, str], tuple[str, list[int]]] = {}
    frames: dict[tuple[str, str], list[int]] = defaultdict(list)
    images = data["images"]
    for i, key in enumerate(keys):
        if key in chosen and apex[i]:
            frame = int(data["frame"][i])
            folder = root / str(data["emotion"][i])
            folder.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(folder / f"{key[0]}_{key[1]}_{frame:08d}.png"), images[i])
            frames[key].append(frame)
            written[key] = (str(data["emotion"][i]), frames[key])
    return written


def test_real_images_are_grouped_to_their_sequences(shared_data: Path, tmp_path: Path) -> None:
    written = write_real(shared_data, tmp_path / "CK+48", 40)
    corpus = open_corpus(tmp_path / "CK+48")
    assert corpus.format == "ckplus48"
    assert len(corpus.clips) == 40 and corpus.omissions == () and corpus.unlabelled == ()
    for clip in corpus.clips:
        emotion, frames = written[clip.subject, clip.clip_id.split("/")[1]]
        assert clip.emotion == canonical(emotion)
        assert clip.frame_numbers == tuple(sorted(frames)) and len(clip.frames) == 3
        assert not clip.starts_neutral
    shapes = {rgb.shape for _, rgb in iter_frames(corpus.clips[0])}
    assert shapes == {(48, 48, 3)}


def test_a_folder_around_it_may_be_named(tmp_path: Path) -> None:
    put(tmp_path / "CK+48" / "fear" / "S010_004_00000017.png")
    assert recognise(tmp_path) == "ckplus48"
    assert open_corpus(tmp_path).clips[0].clip_id == "S010/004"


@pytest.mark.parametrize(
    ("folder", "emotion"),
    [("angry", "anger"), ("Happy", "happiness"), ("SADNESS", "sadness"), ("contempt", "contempt")],
)
def test_folders_are_spelled_in_many_ways(tmp_path: Path, folder: str, emotion: str) -> None:
    put(tmp_path / folder / "S010_004_00000017.png")
    assert open_ckplus48(tmp_path).counts == {emotion: 1}


def test_a_clip_from_frame_one_starts_neutral(tmp_path: Path) -> None:
    for frame in (1, 17):
        put(tmp_path / "fear" / f"S010_004_{frame:08d}.png")
    put(tmp_path / "fear" / "S010_005_00000002.png")
    assert [c.starts_neutral for c in open_ckplus48(tmp_path).clips] == [True, False]


def test_neutral_first_frames_open_their_own_clips(tmp_path: Path) -> None:
    put(tmp_path / "neutral" / "S010_004_00000001.png")
    put(tmp_path / "fear" / "S010_004_00000017.png")
    put(tmp_path / "neutral" / "S011_001_00000001.png")
    corpus = open_ckplus48(tmp_path)
    assert corpus.counts == {"fear": 1, "neutral": 1}
    fear = next(c for c in corpus.clips if c.emotion == "fear")
    assert fear.frame_numbers == (1, 17) and fear.starts_neutral


@pytest.mark.parametrize(("other", "frame"), [("anger", 16), ("anger", 17), ("neutral", 18)])
def test_one_sequence_under_two_emotions_is_left_out_of_both(tmp_path: Path, other: str, frame: int) -> None:
    put(tmp_path / "fear" / "S010_004_00000017.png")
    put(tmp_path / other / f"S010_004_{frame:08d}.png")
    put(tmp_path / "fear" / "S011_001_00000005.png")
    corpus = open_ckplus48(tmp_path)
    assert [c.clip_id for c in corpus.clips] == ["S011/001"]
    reasons = whys(corpus)
    assert f"under {other}" in reasons["fear/S010_004"] and "under fear" in reasons[f"{other}/S010_004"]


def test_unlabelled_images_are_kept_apart(tmp_path: Path) -> None:
    put(tmp_path / "fear" / "S010_004_00000017.png")
    put(tmp_path / "unlabelled" / "S010_005_00000003.png")
    corpus = open_ckplus48(tmp_path)
    assert [c.clip_id for c in corpus.unlabelled] == ["S010/005"]
    assert len(corpus.clips) == 1


def test_faults_are_told_and_cost_nothing_else(tmp_path: Path) -> None:
    put(tmp_path / "fear" / "S010_004_00000017.png")
    put(tmp_path / "fear" / "S010_004_00000017.jpg")
    put_empty(tmp_path / "fear" / "S010_004_00000018.png")
    put(tmp_path / "fear" / "S010_004_00000019.png", "no picture")
    put(tmp_path / "fear" / "face.png")
    put(tmp_path / "fear" / "readme.txt", "x")
    put(tmp_path / "fear" / "more" / "S010_004_00000020.png")
    put(tmp_path / "boredom" / "S010_009_00000001.png")
    put(tmp_path / "S010_004_00000021.png")
    corpus = open_ckplus48(tmp_path)
    assert corpus.clips[0].frame_numbers == (17,)
    reasons = whys(corpus)
    assert "0 bytes" in reasons["fear/S010_004_00000018.png"]
    assert "not a PNG" in reasons["fear/S010_004_00000019.png"]
    assert "no subject, sequence and frame" in reasons["fear/face.png"]
    assert "readme.txt" in reasons["fear"]
    assert "inside an emotion folder" in reasons["fear/more"]
    assert "not named as an emotion" in reasons["boredom"]
    assert "outside any emotion folder" in reasons["S010_004_00000021.png"]
    assert "frame 17 of its sequence is there twice" in reasons.values()
    assert len(reasons) == 8


def test_a_plain_folder_is_not_ckplus48(tmp_path: Path) -> None:
    put(tmp_path / "fear" / "anna_1.png")
    with pytest.raises(CorpusError, match=r"no CK\+48 images"):
        open_ckplus48(tmp_path)


def test_only_damaged_images_are_one_sentence(tmp_path: Path) -> None:
    put_empty(tmp_path / "fear" / "S010_004_00000017.png")
    with pytest.raises(CorpusError, match="no usable sequence was found; first left out: fear/S010_004_00000017"):
        open_corpus(tmp_path)
