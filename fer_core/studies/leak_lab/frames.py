"""Single frames as rows: the way of image corpora, in which a clip's frames are separate examples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fer_core.base.errors import LandmarkError
from fer_core.base.progress import Progress, silent
from fer_core.datasets.base import Clip, Corpus
from fer_core.datasets.copies.picture_hash import Pictures, hash_files
from fer_core.landmarks.extract import DetectSettings, default_settings, extract_tracks
from fer_core.landmarks.landmark_set import FrameStatus, LandmarkSet
from fer_core.landmarks.track import Track


@dataclass(frozen=True)
class Frames:
    """Frames of a corpus, each a row of its own.

    Attributes
    ----------
    rows : LandmarkSet
        n rows of a single frame (P = 1), without a neutral face of their own.
    files : tuple
        The picture behind each row; None for videos and synthetic clips.
    """

    rows: LandmarkSet
    files: tuple[Path | None, ...]

    def pictures(self) -> Pictures | None:
        """Hashes of the pictures, or None where there are none."""
        if not any(self.files):
            return None
        return hash_files([(f,) if f is not None else () for f in self.files])


def last_frames(
    corpus: Corpus,
    last: int = 3,
    detect: DetectSettings | None = None,
    *,
    progress: Progress = silent,
    workers: int | None = None,
) -> Frames:
    """The last frames with a face of every labelled clip, at most ``last`` of each.

    CK+48, the form of CK+ that most image studies use, consists of the last three frames of every
    sequence. A clip's neutral onset is never among them.

    Raises
    ------
    LandmarkError
        Where no clip gives a frame with a face.
    """
    detect = detect or default_settings().detect
    tracks, _ = extract_tracks(corpus, corpus.clips, detect, progress=progress, workers=workers)
    chosen = [
        (clip, tracks[clip.clip_id], k)
        for clip in corpus.clips
        if clip.clip_id in tracks
        for k in _positions(clip, tracks[clip.clip_id], last)
    ]
    if not chosen:
        raise LandmarkError("no frame shows a face", where=corpus.name, fix="use another corpus")
    return Frames(_rows(corpus, chosen), tuple(_file(clip, track, k) for clip, track, k in chosen))


def _positions(clip: Clip, track: Track, last: int) -> list[int]:
    found = np.flatnonzero(track.found)
    if clip.starts_neutral and clip.emotion != "neutral":
        found = found[found > 0]
    return [int(k) for k in found[-last:]]


def _rows(corpus: Corpus, chosen: list[tuple[Clip, Track, int]]) -> LandmarkSet:
    points = np.stack([track.points[k] for _, track, k in chosen])
    return LandmarkSet(
        points=points[:, None],
        neutral=points.copy(),
        has_neutral=np.zeros(len(chosen), dtype=bool),
        emotion=np.array([clip.emotion or "" for clip, _, _ in chosen]),
        subject=np.array([clip.subject for clip, _, _ in chosen]),
        clip=np.array([clip.clip_id for clip, _, _ in chosen]),
        frame_numbers=np.array([[track.frame_numbers[k]] for _, track, k in chosen], dtype=np.float32),
        status=np.full((len(chosen), 1), FrameStatus.OBSERVED, dtype=np.uint8),
        aspect=np.array([track.aspect for _, track, _ in chosen], dtype=np.float32),
        corpus=corpus.name,
        synthetic=corpus.synthetic,
        subjects_known=corpus.subjects_known,
    )


def _file(clip: Clip, track: Track, k: int) -> Path | None:
    """The picture of a track's frame; tracks leave unreadable files out, so it goes by frame number."""
    by_number = dict(zip(clip.frame_numbers, clip.frames, strict=False))
    return by_number.get(int(track.frame_numbers[k]))
