"""Conditions of one image experiment against each other: differences on the same pictures, with intervals.

Two intervals that overlap say nothing of a difference; both models were asked about the same pictures, so
that subjects (or pictures) are drawn once for both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.results.images.study import ImageStudy
from fer_core.results.metrics import CONFIDENCE, RESAMPLES, counts_by_subject, metrics_of_counts
from fer_core.store.records import Prediction

COMPARED = ("accuracy", "macro_f1")
AT_ONCE = 100
"""Resamples whose weights are in memory together: (AT_ONCE, subjects)."""

Floats = npt.NDArray[np.float64]


def differences(study: ImageStudy) -> list[dict[str, Any]]:
    """Every two conditions that were tested on the same pictures, for each of `COMPARED`.

    Returns
    -------
    Rows with metric, first, second (slugs), difference (first minus second), low, high: a 95% percentile
    bootstrap over subjects, drawn once for both.
    """
    counts = _counts(study)
    subjects = {slug: len(c) for slug, (_, c) in counts.items()}
    found = []
    for pictures in dict.fromkeys(key for key, _ in counts.values()):
        mine = [slug for slug, (key, _) in counts.items() if key == pictures]
        if len(mine) < 2 or not subjects[mine[0]]:
            continue
        e = len(study.emotions)
        points = {s: metrics_of_counts(counts[s][1].sum(axis=0, keepdims=True), e) for s in mine}
        drawn = _resampled([counts[s][1] for s in mine], e)
        for (a, first), (b, second) in combinations(enumerate(mine), 2):
            for m, metric in enumerate(COMPARED):
                apart = drawn[a, m] - drawn[b, m]
                low, high = np.quantile(apart, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
                point = float(points[first][metric][0] - points[second][metric][0])
                found.append(
                    {
                        "metric": metric,
                        "first": first,
                        "second": second,
                        "difference": round(point, 6),
                        "low": round(float(low), 6),
                        "high": round(float(high), 6),
                    }
                )
    return found


def between(
    rows: Sequence[Mapping[str, Any]], metric: str, first: str, second: str
) -> tuple[float, float, float] | None:
    """Difference, low and high of first minus second, whichever way it is kept; None where it is not."""
    for row in rows:
        if row["metric"] == metric and {row["first"], row["second"]} == {first, second}:
            if row["first"] == first:
                return row["difference"], row["low"], row["high"]
            return -row["difference"], -row["high"], -row["low"]
    return None


def _counts(study: ImageStudy) -> dict[str, tuple[frozenset[tuple[int, int, str]], Floats]]:
    """By condition: which pictures were tested in which fits, and the counts of each subject."""
    rows: dict[str, list[Prediction]] = {}
    tested: dict[str, set[tuple[int, int, str]]] = {}
    for key, said in study.predictions.items():
        rows.setdefault(key.condition, []).extend(said)
        tested.setdefault(key.condition, set()).update((key.seed, key.fold, p.clip) for p in said)
    everyone = np.unique([p.subject for some in rows.values() for p in some])
    return {slug: (frozenset(tested[slug]), _table(some, study.emotions, everyone)) for slug, some in rows.items()}


def _table(said: Sequence[Prediction], emotions: tuple[str, ...], subjects: npt.NDArray[np.str_]) -> Floats:
    numbers = np.array([p.probabilities for p in said])
    shown, who = np.array([p.emotion for p in said]), np.array([p.subject for p in said])
    return counts_by_subject(shown, numbers, who, emotions, subjects)


def _resampled(counts: Sequence[Floats], emotions: int) -> Floats:
    """(conditions, metrics, RESAMPLES) of one draw of subjects for all."""
    n = len(counts[0])
    generator = np.random.default_rng(0)
    found = np.empty((len(counts), len(COMPARED), RESAMPLES))
    for start in range(0, RESAMPLES, AT_ONCE):
        weights = generator.multinomial(n, np.full(n, 1 / n), size=AT_ONCE).astype(float)
        for k, table in enumerate(counts):
            values = metrics_of_counts(weights @ table, emotions)
            for m, metric in enumerate(COMPARED):
                found[k, m, start : start + AT_ONCE] = values[metric]
    return found
