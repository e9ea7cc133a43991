"""Single frames as rows: the last ones with a face, never the neutral onset."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from samples import demo_part, made_track

from fer_core.base.errors import LandmarkError
from fer_core.datasets.base import Clip, Corpus
from fer_core.landmarks.track import Track
from fer_core.studies.leak_lab import frames as frames_module
from fer_core.studies.leak_lab.frames import last_frames


def corpus_of(clips: dict[Clip, Track], monkeypatch: pytest.MonkeyPatch) -> Corpus:
    tracks = {clip.clip_id: track for clip, track in clips.items()}
    monkeypatch.setattr(frames_module, "extract_tracks", lambda *a, **k: (tracks, {"unreadable": "why"}))
    return Corpus("made", "folder", None, (*clips, Clip("unreadable", "S9", "fear")))


def clip(name: str, frames: int, **more: object) -> Clip:
    files = tuple(Path(f"{name}_{k}.png") for k in range(1, frames + 1))
    return Clip(name, name, "fear", files, tuple(range(1, frames + 1)), **more)  # type: ignore[arg-type]


def test_the_last_frames_with_a_face_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    clips = {clip("a", 6): made_track(6), clip("b", 6): made_track(6, missed=(5, 3))}
    found = last_frames(corpus_of(clips, monkeypatch), 3)
    rows = found.rows
    assert rows.clip.tolist() == ["a"] * 3 + ["b"] * 3
    assert rows.frame_numbers[:, 0].tolist() == [4, 5, 6, 2, 3, 5]
    assert [f.name for f in found.files if f] == ["a_4.png", "a_5.png", "a_6.png", "b_2.png", "b_3.png", "b_5.png"]
    np.testing.assert_array_equal(rows.points[5, 0], made_track(6, missed=(5, 3)).points[4])
    assert not rows.has_neutral.any()


def test_a_neutral_onset_is_no_example_of_its_clips_emotion(monkeypatch: pytest.MonkeyPatch) -> None:
    clips = {
        clip("pair", 2): made_track(2),
        clip("triplet", 3, starts_neutral=False): made_track(3),
        replace(clip("rest", 2), emotion="neutral"): made_track(2),
    }
    rows = last_frames(corpus_of(clips, monkeypatch), 3).rows
    assert rows.clip.tolist() == ["pair", *["triplet"] * 3, *["rest"] * 2]
    assert rows.frame_numbers[0, 0] == 2


def test_without_any_face_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LandmarkError, match="no frame shows a face"):
        last_frames(corpus_of({clip("a", 2): made_track(2, missed=(1,))}, monkeypatch))


def test_drawn_clips_have_frames_but_no_pictures() -> None:
    corpus = demo_part(3)
    found = last_frames(corpus, 2)
    assert len(found.rows) == 2 * len(corpus.clips)
    assert found.rows.points.shape[1] == 1
    assert found.pictures() is None
