"""The track cache: what it is keyed by, and that no damage on disk gets past it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from samples import made_track

from fer_core.datasets.base import Clip
from fer_core.landmarks.cache import TrackCache, clip_key
from fer_core.landmarks.extract import DetectSettings
from fer_core.landmarks.track import Track

SETTINGS = DetectSettings()


def clip_in(folder: Path) -> Clip:
    folder.mkdir(parents=True)
    files = [folder / f"{n}.png" for n in (1, 2)]
    for n, file in enumerate(files):
        file.write_bytes(b"picture %d" % n)
    return Clip("a/1", "a", "anger", tuple(files), (1, 2))


def same(a: Track, b: Track) -> bool:
    return all(np.array_equal(getattr(a, f), getattr(b, f), equal_nan=f == "points") for f in vars(a))


def test_what_is_stored_comes_back(own_home: Path) -> None:
    cache, track = TrackCache(), made_track(5, missed=(2,))
    cache.store("ab12", track)
    loaded = TrackCache().load("ab12")
    assert loaded is not None
    assert same(loaded, track)
    assert cache.load("ab13") is None
    assert not list(own_home.rglob("*.part"))


def test_a_moved_and_renamed_clip_keeps_its_key(tmp_path: Path) -> None:
    clip = clip_in(tmp_path / "one")
    moved = Path(shutil.copytree(tmp_path / "one", tmp_path / "elsewhere é"))
    renamed = replace(clip, clip_id="b/7", subject="b", emotion="fear", frames=(moved / "1.png", moved / "2.png"))
    assert clip_key(renamed, SETTINGS) == clip_key(clip, SETTINGS)


def test_a_changed_byte_changes_the_key(tmp_path: Path) -> None:
    clip = clip_in(tmp_path / "one")
    before = clip_key(clip, SETTINGS)
    clip.frames[1].write_bytes(b"picture 2")
    assert clip_key(clip, SETTINGS) != before


def test_order_numbers_and_settings_change_the_key(tmp_path: Path) -> None:
    clip = clip_in(tmp_path / "one")
    others = [
        clip_key(replace(clip, frames=clip.frames[::-1]), SETTINGS),
        clip_key(replace(clip, frame_numbers=(1, 9)), SETTINGS),
        clip_key(clip, replace(SETTINGS, min_confidence=0.3)),
        clip_key(clip, replace(SETTINGS, detector="mediapipe-tasks:x.task")),
        clip_key(clip, replace(SETTINGS, max_faces=1)),
    ]
    assert len({*others, clip_key(clip, SETTINGS)}) == 6


def test_bytes_moved_between_files_change_the_key(tmp_path: Path) -> None:
    clip = clip_in(tmp_path / "one")
    before = clip_key(clip, SETTINGS)
    clip.frames[0].write_bytes(b"picture 0pic")
    clip.frames[1].write_bytes(b"ture 1")
    assert clip_key(clip, SETTINGS) != before


@pytest.mark.parametrize("length", [0, 1, 40, 2000, -1])
def test_a_cut_off_file_counts_as_absent(length: int, own_home: Path) -> None:
    cache = TrackCache()
    cache.store("ab12", made_track(3))
    (file,) = own_home.rglob("ab12.npz")
    file.write_bytes(file.read_bytes()[:length])
    assert cache.load("ab12") is None
    cache.store("ab12", made_track(3))
    assert cache.load("ab12") is not None


def test_no_flipped_byte_raises(own_home: Path) -> None:
    """A byte turned over in its place: in the headers, in the directory at the end, in between."""
    cache, track = TrackCache(), made_track(2)
    cache.store("ab12", track)
    (file,) = own_home.rglob("ab12.npz")
    whole = file.read_bytes()
    tail = len(whole) - 600  # the central directory
    for at in [*range(0, 140, 2), *range(140, tail, 331), *range(tail, len(whole), 5)]:
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        loaded = cache.load("ab12")
        assert loaded is None or same(loaded, track), at


def test_arrays_that_are_no_track_count_as_absent(own_home: Path) -> None:
    cache = TrackCache()
    cache.store("ab12", made_track(3))
    (file,) = own_home.rglob("ab12.npz")
    for damage in (
        {"points": np.zeros((3, 4, 2), np.float32)},
        {"found": np.ones(5, bool)},
        {"aspect": np.array([1.0, 2.0])},
        {"points": np.array(["x"])},
    ):
        np.savez(file, **(vars(made_track(3)) | damage))
        assert cache.load("ab12") is None, damage


def test_why_a_clip_failed_is_kept_beside_the_tracks(own_home: Path) -> None:
    cache = TrackCache()
    assert cache.load_failure("ab12") is None
    cache.store_failure("ab12", "the video is damaged (ünï.mp4).")
    assert cache.load_failure("ab12") == "the video is damaged (ünï.mp4)."
    assert cache.load("ab12") is None
