"""The last second and a half of a face, by time stamps."""

from __future__ import annotations

from bisect import bisect_left
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
        times, known = [f.time_s for f in self._faces], [f.features for f in self._faces]
        last, step = len(times) - 1, self.seconds / max(frames - 1, 1)
        before, after, shares = [], [], []
        for k in range(frames):  # of ten moments: numpy would take longer to begin than this to end
            moment = times[last] - self.seconds + k * step
            right = bisect_left(times, moment, 1, last) if last else 0
            left = max(right - 1, 0)
            gap = times[right] - times[left]
            before.append(known[left])
            after.append(known[right])
            shares.append(min(max((moment - times[left]) / gap, 0.0), 1.0) if gap > 0 else 0.0)
        start, share = np.array(before, dtype=np.float32), np.array(shares, dtype=np.float32)[:, None]
        return np.asarray(start + share * (np.array(after, dtype=np.float32) - start))
