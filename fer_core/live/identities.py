"""Which face of this frame is which face of the last one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import dist

import numpy as np

from fer_core.landmarks.track import FloatArray

FARTHEST = 1.0
"""A face is the same as before if its centre moved by less than this share of its height."""


def _pairs(cost: FloatArray) -> list[tuple[int, int]]:
    """Rows and columns matched so that the costs add up to least."""
    if 1 in cost.shape:  # one face or one known: no need for more than the smallest
        return [divmod(int(cost.argmin()), cost.shape[1])]
    from scipy.optimize import linear_sum_assignment

    return list(zip(*linear_sum_assignment(cost), strict=True))


@dataclass
class _Known:
    centre: tuple[float, float]
    size: float
    time_s: float


@dataclass
class Identities:
    """Gives faces numbers that stay with them."""

    _known: dict[int, _Known] = field(default_factory=dict)
    _last: int = 0

    def of(self, faces: Sequence[FloatArray], time_s: float, remembered: float = 2.0) -> list[int]:
        """Identity of each face (468, 2) of this frame.

        Faces are matched to the known ones so that the centres move least in all (the assignment
        of Kuhn, 1955); a face too far from every known one, or away
        for longer than ``remembered`` seconds, is new.
        """
        known = self._alive(time_s, remembered)
        centres = [(float(x), float(y)) for x, y in (f.sum(axis=0) / len(f) for f in faces)]
        sizes = [float(f[:, 1].max() - f[:, 1].min()) for f in faces]
        result = [0] * len(faces)
        if known and len(faces):
            numbers = sorted(known)
            away = np.array(
                [
                    [dist(c, known[k].centre) / max(s, known[k].size, 1e-6) for k in numbers]
                    for c, s in zip(centres, sizes, strict=True)
                ]
            )
            for row, column in _pairs(np.minimum(away, FARTHEST)):
                if away[row, column] < FARTHEST:
                    result[row] = numbers[column]
        for k in range(len(faces)):
            if not result[k]:
                self._last += 1
                result[k] = self._last
            self._known[result[k]] = _Known(centres[k], sizes[k], time_s)
        return result

    def alive(self, time_s: float, remembered: float = 2.0) -> set[int]:
        """Identities that are seen, or were lost no longer ago than ``remembered`` seconds."""
        return set(self._alive(time_s, remembered))

    def clear(self) -> None:
        """Forget everybody; numbers are not given twice."""
        self._known.clear()

    def _alive(self, time_s: float, remembered: float) -> dict[int, _Known]:
        self._known = {k: v for k, v in self._known.items() if time_s - v.time_s <= remembered}
        return self._known
