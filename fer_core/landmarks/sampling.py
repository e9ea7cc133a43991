"""Choosing P frames of a clip: the study's equations 1 and 2, and what to do where they break."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import LandmarkError
from fer_core.landmarks.landmark_set import FrameStatus
from fer_core.landmarks.track import FloatArray, Track


class SamplingRule(str, Enum):
    """Which frames are taken.

    EQUATIONS
        Equations 1 and 2 (Winarno et al.) where the clip has at least P frames; shorter clips
        are interpolated evenly in time by frame number, and flagged. The default.
    PAPER
        Equations 1 and 2 to the letter: with fewer than P frames K is 0 and the last frame is
        taken P times, so that the clip shows no motion at all.
    EVEN
        P moments evenly from the first frame to the last, by frame number; moments between two
        frames are interpolated. Unlike equation 2 it always begins with the onset.
    """

    EQUATIONS = "equations"
    PAPER = "paper"
    EVEN = "even"


@dataclass(frozen=True)
class Sample:
    """P frames of one clip: points (P, 468, 2), frame_numbers (P,), status (P,) of `FrameStatus`."""

    points: FloatArray
    frame_numbers: FloatArray
    status: npt.NDArray[np.uint8]


def equation_indices(n_frames: int, frames: int) -> npt.NDArray[np.int64]:
    """0-based positions by equations 1 and 2: K = floor(N / P), position N - (P - h) K for h = 1..P."""
    step = n_frames // frames
    return n_frames - 1 - (frames - np.arange(1, frames + 1)) * step


def sample_times(
    numbers: npt.NDArray[np.int64], frames: int = 10, rule: SamplingRule = SamplingRule.EQUATIONS
) -> npt.NDArray[np.float64]:
    """The P moments (in frame numbers, possibly fractional) at which a clip is sampled."""
    if len(numbers) == 0:
        raise LandmarkError("a clip without frames cannot be sampled", fix="leave the clip out")
    by_equation = rule is SamplingRule.PAPER or (rule is SamplingRule.EQUATIONS and len(numbers) >= frames)
    if by_equation:
        return numbers[equation_indices(len(numbers), frames)].astype(np.float64)
    return np.linspace(numbers[0], numbers[-1], frames)


def sample_track(track: Track, frames: int = 10, rule: SamplingRule = SamplingRule.EQUATIONS) -> Sample:
    """Sample a track at P moments.

    Where a moment falls on a frame with a face, its landmarks are taken as observed; on a frame
    where none was found, they are filled from the neighbours and flagged missed; between two
    frames they are linearly interpolated and flagged so. Raises `LandmarkError` where no frame
    of the clip has a face.
    """
    if not track.found.any():
        raise LandmarkError("no face was found in any frame", fix="leave the clip out")
    times = sample_times(track.frame_numbers, frames, rule)
    points = interpolate(track.points[track.found], track.frame_numbers[track.found], times)
    return Sample(points, times.astype(np.float32), _status(track, times))


def _status(track: Track, times: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    nearest = np.abs(track.frame_numbers[None] - times[:, None]).argmin(axis=1)
    on_frame = np.abs(track.frame_numbers[nearest] - times) < 1e-6
    status = np.full(len(times), FrameStatus.INTERPOLATED, dtype=np.uint8)
    status[on_frame & track.found[nearest]] = FrameStatus.OBSERVED
    status[on_frame & ~track.found[nearest]] = FrameStatus.MISSED
    return status


def interpolate(points: FloatArray, at: npt.NDArray[np.generic], times: npt.NDArray[np.float64]) -> FloatArray:
    """Landmarks (T, 468, 2) known at rising moments ``at`` (T,), linearly interpolated at ``times``.

    Before the first and after the last known moment the nearest landmarks are held.
    """
    known = np.asarray(at, dtype=np.float64)
    right = np.clip(np.searchsorted(known, times), 1, max(len(known) - 1, 1))
    left = right - 1
    right = np.minimum(right, len(known) - 1)
    gap = np.where(right > left, known[right] - known[left], 1.0)
    share = np.clip((times - known[left]) / gap, 0.0, 1.0)[:, None, None]
    return ((1 - share) * points[left] + share * points[right]).astype(np.float32)
