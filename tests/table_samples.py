"""Tables of results for tests of statistics: balanced designs filled from a function or a generator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from fer_core.base.emotions import SIX
from fer_core.stats.table import Evaluations, evaluations

LEVELS = {"architecture": ("gru", "lstm"), "tuning": ("bayesian", "predefined"), "loss": ("advanced", "standard")}
NAMES = ("architecture", "tuning", "loss", "emotion", "replicate", "fold")


def design_frame(
    emotions: Sequence[str] = SIX, replicates: int = 1, folds: int = 1, **levels: Sequence[str]
) -> pd.DataFrame:
    """Every combination once, without a metric; levels as in the study unless given."""
    factors = [levels.get(name, LEVELS[name]) for name in LEVELS]
    rows = product(*factors, emotions, range(replicates), range(folds))
    return pd.DataFrame(list(rows), columns=list(NAMES))


def table_of(frame: pd.DataFrame, values: Any, metric: str = "f1") -> Evaluations:
    """The frame with a metric, checked."""
    return evaluations(frame.assign(**{metric: values}), "Made for a test", "table")


def noisy(seed: int = 0, effect: Callable[[pd.DataFrame], Any] | None = None, **sizes: Any) -> Evaluations:
    """A balanced table: 0.6, plus differences between emotions, plus an effect, plus normal noise."""
    frame = design_frame(**sizes)
    generator = np.random.default_rng(seed)
    by_emotion = dict(zip(dict.fromkeys(frame["emotion"]), generator.normal(0, 0.05, 99), strict=False))
    values = 0.6 + frame["emotion"].map(by_emotion) + generator.normal(0, 0.04, len(frame))
    return table_of(frame, (values + (effect(frame) if effect else 0)).clip(0, 1))


def without(table: Evaluations, rows: Any) -> Evaluations:
    """The table less some rows, by a mask."""
    return evaluations(table.frame[~np.asarray(rows)], "Incomplete", "table")


def row_of(frame: pd.DataFrame, **where: object) -> pd.Series:
    """The one row with these values."""
    for name, value in where.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1, where
    return frame.iloc[0]
