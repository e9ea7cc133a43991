"""The last second and a half of a face, by time stamps."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from fer_core.landmarks.track import FloatArray

MOST_FRAMES = 240
"""Faces a window holds at most, whatever the camera's rate: memory stays bounded."""


class Seen(NamedTuple):
    """One face of the past: its moment, points (468, 2) with their aspect, and features."""

    time_s: float
    points: FloatArray
    aspect: float
    features: FloatArray


@dataclass
class Window:
    """Faces with their time stamps, none older than ``seconds``."""

    seconds: float
    _faces: deque[Seen] = field(default_factory=lambda: deque(maxlen=MOST_FRAMES))

    def __len__(self) -> int:
        return len(self._faces)

    def add(self, face: Seen) -> None:
        """Take in a face; time stamps must rise."""
        self._faces.append(face)
        # One face older than the window stays: the window's beginning lies between it and the next.
        while len(self._faces) > 2 and self._faces[1].time_s <= face.time_s - self.seconds:
            self._faces.popleft()

    def clear(self) -> None:
        """Forget every face."""
        self._faces.clear()

    @property
    def faces(self) -> tuple[Seen, ...]:
        """The faces, oldest first."""
        return tuple(self._faces)

    def replace_features(self, features: FloatArray) -> None:
        """New features (len, d), for another resting face."""
        kept = [f._replace(features=row) for f, row in zip(self._faces, features, strict=True)]
        self._faces = deque(kept, maxlen=MOST_FRAMES)

    def sampled(self, frames: int) -> FloatArray:
        """Features at P moments evenly over the window, float32 (P, d), interpolated in time.

        Before the first face seen its features are held.
        """
        times = np.array([f.time_s for f in self._faces])
        moments = times[-1] + np.linspace(-self.seconds, 0.0, frames)
        right = np.clip(np.searchsorted(times, moments), 1, max(len(times) - 1, 1))
        left = right - 1
        right = np.minimum(right, len(times) - 1)
        gap = np.where(right > left, times[right] - times[left], 1.0)
        share = np.clip((moments - times[left]) / gap, 0.0, 1.0)[:, None].astype(np.float32)
        known = self._faces
        before = np.array([known[k].features for k in left])
        after = np.array([known[k].features for k in right])
        return np.asarray(before + share * (after - before), dtype=np.float32)
