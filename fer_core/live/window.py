"""The last second and a half of a face, read as the clips a recogniser was trained on."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from fer_core.landmarks import mesh
from fer_core.landmarks.alignment import align
from fer_core.landmarks.landmark_set import FrameStatus, LandmarkSet
from fer_core.landmarks.sampling import interpolate
from fer_core.landmarks.track import N_LANDMARKS, FloatArray

MOST_FRAMES = 240
"""Faces a window holds at most, whatever the camera's rate: memory stays bounded."""


@dataclass
class Window:
    """Faces with their time stamps, none older than ``seconds``."""

    seconds: float
    _faces: deque[tuple[float, FloatArray]] = field(default_factory=lambda: deque(maxlen=MOST_FRAMES))

    def __len__(self) -> int:
        return len(self._faces)

    def add(self, time_s: float, points: FloatArray) -> None:
        """Take in a face (468, 2); time stamps must rise."""
        self._faces.append((time_s, points))
        # One face older than the window stays: the window's beginning lies between it and the next.
        while len(self._faces) > 2 and self._faces[1][0] <= time_s - self.seconds:
            self._faces.popleft()

    def clear(self) -> None:
        """Forget every face."""
        self._faces.clear()

    def sampled(self, frames: int) -> FloatArray:
        """P moments evenly over the window, float32 (P, 468, 2), interpolated in time."""
        times = np.array([t for t, _ in self._faces])
        points = np.stack([p for _, p in self._faces])
        return interpolate(points, times, np.linspace(times[-1] - self.seconds, times[-1], frames))


@dataclass
class Calibration:
    """Gathers a resting face for ``seconds``: the mean of the faces seen, aligned to the first."""

    seconds: float
    fewest: int = 5
    _begun: float | None = None
    _now: float = 0.0
    _n: int = 0
    _sum: FloatArray = field(default_factory=lambda: np.zeros((N_LANDMARKS, 2), dtype=np.float32))
    _first: FloatArray | None = None

    def add(self, time_s: float, points: FloatArray) -> None:
        """Take in a face (468, 2)."""
        if self._first is None or self._begun is None or time_s < self._begun:
            self._begun, self._n, self._first = time_s, 0, points
            self._sum = np.zeros_like(points)
        self._sum = self._sum + align(points, self._first, mesh.STABLE)
        self._n, self._now = self._n + 1, time_s

    @property
    def progress(self) -> float:
        """Share of the time gone by, 0 to 1."""
        if self._begun is None:
            return 0.0
        return min(1.0, (self._now - self._begun) / self.seconds)

    @property
    def neutral(self) -> FloatArray | None:
        """The resting face (468, 2) in image heights once enough was seen, else None."""
        done = self.progress >= 1.0 and self._n >= self.fewest
        return (self._sum / self._n).astype(np.float32) if done else None


def as_clip(points: FloatArray, aspect: float, neutral: FloatArray | None) -> LandmarkSet:
    """A window (P, 468, 2) as a clip that begins at rest and ends at what is shown now.

    A recogniser has learnt clips that grow from the neutral face to the apex; a held expression
    does not grow. So, with a calibrated ``neutral`` (468, 2), each moment's displacement from it is
    let grow from none to all over the window; without one, the features guess a neutral face and
    do the same (`fer_core.landmarks.features.coordinates`).
    """
    frames = len(points)
    if neutral is not None:
        # The resting face is brought to where the head is, so that raw coordinates keep their place.
        rest = align(np.broadcast_to(neutral, points.shape), points, mesh.STABLE)
        growth = np.linspace(0, 1, frames, dtype=np.float32)[:, None, None]
        points = (rest + growth * (points - rest)).astype(np.float32)
    return LandmarkSet(
        points=points[None],
        neutral=(points[:1] if neutral is None else neutral[None]),
        has_neutral=np.array([neutral is not None]),
        emotion=np.array([""]),
        subject=np.array([""]),
        clip=np.array(["live"]),
        frame_numbers=np.arange(1, frames + 1, dtype=np.float32)[None],
        status=np.full((1, frames), FrameStatus.INTERPOLATED, dtype=np.uint8),
        aspect=np.array([aspect], dtype=np.float32),
    )


def motion(points: FloatArray, neutral: FloatArray) -> float:
    """How far a face (468, 2) is from a resting one: RMS over landmarks, in eye distances."""
    right, left = neutral[mesh.EYE_CORNERS]
    moved = align(points, neutral, mesh.STABLE) - neutral
    return float(np.sqrt((moved**2).sum(axis=-1).mean()) / np.hypot(*(left - right)))
