"""Ratios of paired times, with their interval: what a GRU costs of an LSTM, turn by turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Ratio:
    """A geometric mean of paired ratios and its 95% t interval over the turns.

    ``low`` and ``high`` are None with fewer than two turns.
    """

    value: float
    low: float | None
    high: float | None
    turns: int

    def holds(self, value: float) -> bool:
        """Whether the interval holds a value; never without an interval."""
        return self.low is not None and self.high is not None and self.low <= value <= self.high

    @property
    def words(self) -> str:
        """``0.91 [0.89, 0.93]``."""
        if self.low is None or self.high is None:
            return f"{self.value:.2f}"
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"


def paired(over: Sequence[float], under: Sequence[float]) -> Ratio:
    """Over by under, turn by turn: geometric mean and t interval of the log ratios.

    A turn measures both within moments of each other, so that a slow moment of the machine hits both
    (a paired comparison; the log makes a/b and b/a the same distance from 1).
    """
    return of_logs(np.log(np.asarray(over, dtype=np.float64) / np.asarray(under, dtype=np.float64)))


def of_logs(logs: Sequence[float] | np.ndarray) -> Ratio:
    """The ratio whose logarithm was seen so in each turn (turns,)."""
    each = np.asarray(logs, dtype=np.float64)
    mean = float(each.mean())
    if len(each) < 2:
        return Ratio(float(np.exp(mean)), None, None, len(each))
    from scipy.stats import t

    half = float(t.ppf(0.975, len(each) - 1) * each.std(ddof=1) / np.sqrt(len(each)))
    return Ratio(float(np.exp(mean)), float(np.exp(mean - half)), float(np.exp(mean + half)), len(each))


def joint(pairs: Sequence[tuple[Sequence[float], Sequence[float]]]) -> Ratio:
    """Several paired comparisons of the same turns as one: their log ratios averaged within each turn."""
    logs = [np.log(np.asarray(over) / np.asarray(under)) for over, under in pairs]
    return of_logs(np.mean(logs, axis=0))
