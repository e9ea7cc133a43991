"""The resting face that displacements are measured from: calibrated, or estimated on the way."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fer_core.landmarks import mesh
from fer_core.landmarks.alignment import align
from fer_core.landmarks.track import N_LANDMARKS, FloatArray
from fer_core.live.window_classifier import LandmarkReader

BLOCK = 0.25
"""Seconds of faces that are averaged before they enter the running estimate."""
BLOCKS = 120
"""Blocks remembered: half a minute."""
SPREAD = 0.01
"""RMS of the guessed displacement, in eye distances, at which a face counts 61% as a resting one."""
NOTICEABLE = 0.0005
"""RMS change of the estimate, in eye distances, below which it is left as it is."""
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


class _Block(NamedTuple):
    """A quarter of a second: its mean face times its weight, the guessed resting face, the weight."""

    shown: npt.NDArray[np.float64]
    guess: npt.NDArray[np.float64]
    weight: float


class RunningRest:
    """An estimate of the resting face without calibration, better the longer a person is seen.

    Every quarter of a second of faces is weighed by how little expression the recogniser's guess
    (`fer_core.landmarks.neutral`) sees in it; the weighted mean is drawn towards the mean guess. So
    a face that is mostly at rest soon stands for itself, and one that never is stays guessed.
    """

    def __init__(self, reader: LandmarkReader) -> None:
        self._reader = reader
        self._blocks: deque[_Block] = deque()
        none = np.zeros((N_LANDMARKS, 2))
        self._sums = _Block(none, none, 0.0)  # over the blocks: faces by weight, guesses, weights
        self._gathered, self._n, self._begun = none, 0, 0.0
        self.rest: FloatArray | None = None
        self.seen = False

    def add(self, time_s: float, upright: FloatArray) -> bool:
        """Take in a face on the template (468, 2); True where the estimate changed noticeably."""
        if self._n == 0:
            self._begun = time_s
        self._gathered, self._n = self._gathered + upright, self._n + 1
        if self.rest is None:  # one frame is a guess to begin with, no block
            self.rest = self._estimate(self._block(self._gathered))
            return True
        if time_s - self._begun < BLOCK:
            return False
        self._remember(self._block(self._gathered / self._n))
        self._gathered, self._n = np.zeros_like(self._gathered), 0
        self.seen = self._sums.weight >= PRIOR_BLOCKS
        rest = self._estimate(self._sums)
        changed = float(np.sqrt(((rest - self.rest) ** 2).sum(axis=-1).mean())) > NOTICEABLE
        self.rest = rest if changed else self.rest
        return changed

    def _block(self, face: npt.NDArray[np.float64]) -> _Block:
        displacement = self._reader.guessed_displacement(face[None].astype(np.float32))
        moved = np.zeros_like(face) if displacement is None else displacement[0]
        size = float((moved**2).sum(axis=-1).mean())
        weight = float(np.exp(-size / (2 * SPREAD**2)))
        return _Block(weight * face, face - moved, weight)

    def _remember(self, block: _Block) -> None:
        """Add it to the sums and take out what is older than half a minute."""
        self._blocks.append(block)
        gone = self._blocks.popleft() if len(self._blocks) > BLOCKS else None
        old = gone or _Block(np.zeros(1), np.zeros(1), 0.0)
        self._sums = _Block(
            self._sums.shown + block.shown - old.shown,
            self._sums.guess + block.guess - old.guess,
            self._sums.weight + block.weight - old.weight,
        )

    def _estimate(self, sums: _Block) -> FloatArray:
        guess = sums.guess / max(len(self._blocks), 1)
        rest = (sums.shown + PRIOR_BLOCKS * guess) / (sums.weight + PRIOR_BLOCKS)
        return np.asarray(rest, dtype=np.float32)
