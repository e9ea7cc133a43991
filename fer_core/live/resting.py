"""The resting face that displacements are measured from: calibrated, or estimated on the way."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from fer_core.landmarks import mesh
from fer_core.landmarks.alignment import align
from fer_core.landmarks.track import N_LANDMARKS, FloatArray
from fer_core.live.reader import StreamReader

BLOCK = 0.25
"""Seconds of faces that are averaged before they enter the running estimate."""
BLOCKS = 120
"""Blocks remembered: half a minute."""
SPREAD = 0.01
"""RMS of the guessed displacement, in eye distances, at which a face counts 61% as a resting one."""
PRIOR_BLOCKS = 2.0
"""Weight of the guessed resting face, in blocks of seen ones."""


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
        done = self.progress >= 1.0 - 1e-9 and self._n >= self.fewest
        return (self._sum / self._n).astype(np.float32) if done else None


class RunningRest:
    """An estimate of the resting face without calibration, better the longer a person is seen.

    Every quarter of a second of faces is weighed by how little expression the recogniser's guess
    (`fer_core.landmarks.neutral`) sees in it; the weighted mean is drawn towards the mean guess. So
    a face that is mostly at rest soon stands for itself, and one that never is stays guessed.
    """

    def __init__(self, reader: StreamReader) -> None:
        self._reader = reader
        self._blocks: deque[tuple[FloatArray, FloatArray, float]] = deque(maxlen=BLOCKS)
        self._sum, self._n, self._begun = np.zeros((N_LANDMARKS, 2), dtype=np.float32), 0, 0.0
        self.rest: FloatArray | None = None
        self.seen = False

    def add(self, time_s: float, upright: FloatArray) -> bool:
        """Take in a face on the template (468, 2); True where the estimate changed."""
        if self._n == 0:
            self._begun = time_s
        self._sum, self._n = self._sum + upright, self._n + 1
        first = self.rest is None
        if not first and time_s - self._begun < BLOCK:
            return False
        self._take_block((self._sum / self._n).astype(np.float32))
        if not first:
            self._sum, self._n = np.zeros_like(self._sum), 0
        else:
            self._blocks.clear()  # one frame is a guess to begin with, no block
        return True

    def _take_block(self, face: FloatArray) -> None:
        displacement = self._reader.guessed_displacement(face[None])
        moved = np.zeros_like(face) if displacement is None else displacement[0]
        size = float((moved**2).sum(axis=-1).mean())
        weight = float(np.exp(-size / (2 * SPREAD**2)))
        self._blocks.append((face, (face - moved).astype(np.float32), weight))
        weights = np.array([w for _, _, w in self._blocks], dtype=np.float32)
        shown = np.tensordot(weights, np.stack([f for f, _, _ in self._blocks]), 1)
        guess = np.mean([g for _, g, _ in self._blocks], axis=0)
        total = float(weights.sum())
        self.rest = ((shown + PRIOR_BLOCKS * guess) / (total + PRIOR_BLOCKS)).astype(np.float32)
        self.seen = total >= PRIOR_BLOCKS
