"""What a person can look at: a clip's moments in time, how many frames were missed, mean displacements."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fer_core.base.emotions import in_order
from fer_core.base.errors import LandmarkError
from fer_core.landmarks import mesh
from fer_core.landmarks.alignment import align
from fer_core.landmarks.features import FeatureSpec, aligned_neutral, coordinates
from fer_core.landmarks.landmark_set import FrameStatus, LandmarkSet
from fer_core.landmarks.sampling import Sample, interpolate
from fer_core.landmarks.track import FloatArray, Track

MOST_MOMENTS = 120
"""Moments a playback holds at most; a browser draws about 1400 mesh edges for each."""


@dataclass(frozen=True)
class Playback:
    """The moments of a clip worth showing: its frames and the sampled moments between them.

    Attributes
    ----------
    points : float32 (M, 468, 2)
        No NaN: frames without a face are filled from their neighbours.
    frame_numbers : float32 (M,)
        Rising; fractional between two frames.
    status : uint8 (M,)
        `FrameStatus` of each moment.
    sampled : bool (M,)
        Whether the moment is among the P samples.
    neutral : float32 (468, 2)
        The first observed frame.
    eye_distance : float
        Distance of the outer eye corners in `neutral`, in the points' units.
    """

    points: FloatArray
    frame_numbers: FloatArray
    status: npt.NDArray[np.uint8]
    sampled: npt.NDArray[np.bool_]
    neutral: FloatArray
    eye_distance: float


def playback(track: Track, sample: Sample, *, aligned: bool = False) -> Playback:
    """Frames and samples of a clip in one order of time.

    With ``aligned``, every moment is brought onto the first observed frame by its stable anchors,
    so that what still moves is the expression and not the head. Clips of more than
    `MOST_MOMENTS` frames are thinned evenly; samples are always kept.
    """
    if not track.found.any():
        raise LandmarkError("no face was found in any frame", fix="choose another clip")
    moments = _moments(track, sample)
    known = track.frame_numbers[track.found]
    points = interpolate(track.points[track.found], known, moments)
    neutral = track.points[track.found][0]
    if aligned:
        points = align(points, neutral, mesh.STABLE)
    return Playback(
        points=points,
        frame_numbers=moments.astype(np.float32),
        status=_status(track, moments),
        sampled=_among(moments, sample.frame_numbers.astype(np.float64)),
        neutral=neutral,
        eye_distance=eye_distance(neutral),
    )


def eye_distance(points: FloatArray) -> float:
    """Distance of the outer eye corners of one face (468, 2)."""
    right, left = points[mesh.EYE_CORNERS]
    return float(np.hypot(*(left - right)))


def mean_jump(points: FloatArray, other: FloatArray) -> float:
    """How far each landmark lies from itself in another face, on average, in eye distances.

    Both faces (468, 2) are first moved to the same centre.
    """
    apart = (points - points.mean(axis=0)) - (other - other.mean(axis=0))
    return float(np.hypot(apart[:, 0], apart[:, 1]).mean() / eye_distance(points))


@dataclass(frozen=True)
class Field:
    """Mean displacement of each landmark from neutral to the last sample, over one emotion's clips.

    ``neutral`` and ``displacement`` are (468, 2) in eye distances on the common template; ``n``
    clips of ``subjects`` people (None where they are unknown) with a neutral frame of their own entered.
    """

    neutral: FloatArray
    displacement: FloatArray
    n: int
    subjects: int | None


def mean_fields(landmarks: LandmarkSet) -> dict[str, Field]:
    """The `Field` of each emotion; clips that do not start neutral are left out."""
    usable = landmarks.take(landmarks.has_neutral)
    if not len(usable):
        return {}
    spec = FeatureSpec()
    neutral = aligned_neutral(usable, spec, None)
    last = coordinates(usable, spec)[:, -1].reshape(neutral.shape)
    fields = {}
    for emotion in usable.emotions:
        of = usable.emotion == emotion
        people = len(set(usable.subject[of].tolist())) if usable.subjects_known else None
        fields[emotion] = Field(neutral[of].mean(axis=0), last[of].mean(axis=0), int(of.sum()), people)
    return fields


@dataclass(frozen=True)
class Coverage:
    """Sampled frames of one emotion by their origin, and its clips used and rejected."""

    observed: int
    interpolated: int
    missed: int
    clips: int
    rejected: int

    @property
    def frames(self) -> int:
        """All sampled frames of the clips used."""
        return self.observed + self.interpolated + self.missed


def coverage(landmarks: LandmarkSet) -> dict[str, Coverage]:
    """How the sampled frames of each emotion came about, canonical order."""
    rejected = Counter(r.emotion for r in landmarks.rejected)
    found = {}
    for emotion in in_order({*landmarks.emotions, *rejected} - {""}):
        of = landmarks.emotion == emotion
        tally = np.bincount(landmarks.status[of].ravel(), minlength=len(FrameStatus))
        observed, interpolated, missed = (int(tally[status]) for status in FrameStatus)
        found[emotion] = Coverage(observed, interpolated, missed, int(of.sum()), rejected[emotion])
    return found


def _moments(track: Track, sample: Sample) -> npt.NDArray[np.float64]:
    numbers = track.frame_numbers.astype(np.float64)
    if len(numbers) > MOST_MOMENTS:
        numbers = numbers[np.unique(np.linspace(0, len(numbers) - 1, MOST_MOMENTS).astype(int))]
    return np.unique(np.round(np.concatenate([numbers, sample.frame_numbers]), 4))


def _status(track: Track, moments: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    status = np.full(len(moments), FrameStatus.INTERPOLATED, dtype=np.uint8)
    status[_among(moments, track.frame_numbers[track.found])] = FrameStatus.OBSERVED
    status[_among(moments, track.frame_numbers[~track.found])] = FrameStatus.MISSED
    return status


def _among(moments: npt.NDArray[np.float64], others: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
    apart = np.abs(moments[:, None] - np.asarray(others, dtype=np.float64)[None])
    return (apart < 1e-3).any(axis=1) if others.size else np.zeros(len(moments), dtype=bool)
