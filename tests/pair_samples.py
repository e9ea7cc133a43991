"""Small tables of evaluations for tests of paired comparisons, and the published numbers about pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from fer_core.stats.table import Evaluations, evaluations

PUBLISHED = {"loss": ("standard", "advanced")}
"""The published study's orientation of the loss, proved by its own means."""

# Winarno et al., Table 3: d, mean difference, interval, corrected p; tuning is their "optimization".
TABLE_3: dict[tuple[str, str], tuple[float, float, float, float, float]] = {
    ("accuracy", "architecture"): (0.255, 0.008, -0.005, 0.021, 0.335),
    ("accuracy", "tuning"): (-0.018, -0.001, -0.011, 0.010, 0.929),
    ("accuracy", "loss"): (0.269, 0.011, -0.005, 0.027, 0.335),
    ("f1", "architecture"): (-0.025, -0.004, -0.070, 0.061, 0.902),
    ("f1", "tuning"): (-0.083, -0.013, -0.078, 0.051, 0.902),
    ("f1", "loss"): (-0.260, -0.041, -0.103, 0.022, 0.648),
    ("precision", "architecture"): (0.099, 0.027, -0.083, 0.138, 0.633),
    ("precision", "tuning"): (0.154, 0.043, -0.069, 0.155, 0.633),
    ("precision", "loss"): (0.260, 0.065, -0.035, 0.166, 0.633),
    ("recall", "architecture"): (-0.306, -0.069, -0.158, 0.021, 0.171),
    ("recall", "tuning"): (-0.288, -0.053, -0.125, 0.020, 0.171),
    ("recall", "loss"): (-0.787, -0.145, -0.218, -0.071, 0.002),
}
PRINTED = ("accuracy", "f1", "precision", "recall")

# Student's sleep data, R's `sleep`: extra hours under two drugs, the same ten people.
SLEEP = (
    np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]),
    np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]),
)


def table_of(gru: Sequence[float] | np.ndarray[Any, Any], lstm: Any, metric: str = "recall") -> Evaluations:
    """One pair per replicate, all of one emotion."""
    rows = [
        {"architecture": name, "emotion": "anger", "replicate": k, metric: value}
        for name, values in (("gru", gru), ("lstm", lstm))
        for k, value in enumerate(values)
    ]
    return evaluations(pd.DataFrame(rows), "Made up", "table")


def sleep_table() -> Evaluations:
    """`SLEEP` as a metric: hours shifted and divided by 20, so that they lie in [0, 1]."""
    return table_of(*[(hours + 5) / 20 for hours in SLEEP])


def random_table(replicates: int, seed: int = 0) -> Evaluations:
    """All 8 conditions, 6 emotions, all metrics: 48 rows per replicate."""
    import itertools

    levels = (("gru", "lstm"), ("bayesian", "predefined"), ("advanced", "standard"))
    emotions = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
    keys = list(itertools.product(*levels, emotions, range(replicates)))
    frame = pd.DataFrame(keys, columns=["architecture", "tuning", "loss", "emotion", "replicate"])
    drawn = np.random.default_rng(seed).uniform(0, 1, (len(frame), 4))
    frame[list(PRINTED)] = drawn
    return evaluations(frame, "Random", "table")
