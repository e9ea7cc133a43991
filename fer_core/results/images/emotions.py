"""Recall, precision and F1 of each emotion where a picture gets exactly one: read from the confusion matrix.

`fer_core.results.metrics` reads each emotion's probability alone at 0.5, as a one-vs-all classifier's; a
network that spreads one distribution over seven emotions is seldom above that, and is read by its highest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.results.metrics import CONFIDENCE, RESAMPLES, wilson

READ = ("recall", "precision", "f1")

Floats = npt.NDArray[np.float64]


def emotion_rows(confusion: Sequence[Sequence[int]], emotions: Sequence[str], seed: int = 0) -> list[dict[str, Any]]:
    """One row per emotion: emotion, n (pictures of it), called (so), and each of `READ` with _low and _high.

    The intervals are 95% bootstraps over pictures, taken as independent; where all resamples agree,
    Wilson's. A ratio of nothing counts as 0.

    Parameters
    ----------
    confusion : (E, E) counts, rows labelled, columns classified
    """
    counts = np.asarray(confusion, dtype=float)
    point = _read(counts[None])
    drawn = _read(_resampled(counts, seed))
    ends = (1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2
    rows = []
    for k, emotion in enumerate(emotions):
        n, called = int(counts[k].sum()), int(counts[:, k].sum())
        row: dict[str, Any] = {"emotion": emotion, "n": n, "called": called}
        of = {"recall": n, "precision": called, "f1": n + called}
        for name in READ:
            low, high = np.quantile(drawn[name][:, k], ends)
            if low == high:
                low, high = wilson(float(point[name][0, k]) * of[name], of[name])
            row |= {name: float(point[name][0, k]), f"{name}_low": float(low), f"{name}_high": float(high)}
        rows.append(row)
    return rows


def _resampled(counts: Floats, seed: int) -> Floats:
    n = int(counts.sum())
    shares = counts.ravel() / max(1, n)
    drawn = np.random.default_rng(seed).multinomial(
        n, shares if n else np.full(counts.size, 1 / counts.size), RESAMPLES
    )
    return drawn.reshape(RESAMPLES, *counts.shape).astype(float)


def _read(counts: Floats) -> dict[str, Floats]:
    """(m, E, E) → each of `READ` as (m, E)."""
    right = np.diagonal(counts, axis1=1, axis2=2)
    shown, called = counts.sum(axis=2), counts.sum(axis=1)
    return {"recall": _ratio(right, shown), "precision": _ratio(right, called), "f1": _ratio(2 * right, shown + called)}


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
