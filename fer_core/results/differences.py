"""What each factor of a study changes: its two levels compared on the same clips of the same people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fer_core.results.metrics import BINARY, CONFIDENCE, WHOLE, counts_by_subject, draws, metrics_of_counts
from fer_core.results.study import FACTOR_NAMES, Reading, Study, predictions_of, readings

if TYPE_CHECKING:
    import pandas as pd

LEVELS = {"architecture": ("gru", "lstm"), "tuning": ("bayesian", "predefined"), "loss": ("advanced", "standard")}
"""Of each factor, the level that stands first in a difference, and the one subtracted from it."""
ALL = "all"
"""In place of an emotion: metrics of all classifiers together."""
COLUMNS = ("factor", "level", "minus", "emotion", "metric", "value", "low", "high", "pairs", "n", "subjects")


INNER = ("low90", "high90")
INNER_CONFIDENCE = 0.90


def level_differences(study: Study, reading: Reading = "outputs", inner: bool = False) -> pd.DataFrame:
    """One row per factor, emotion and metric: the mean over matched pairs of first level minus second.

    A pair is two conditions that share the other two factors, read on the tests (clip, seed) that both
    have. Intervals are 95 % percentile bootstraps over subjects, the same draw for every condition, so
    that they hold the differences between the same people (Efron and Tibshirani, 1993, ch. 8). They do
    not hold how the answer would vary over other seeds or corpora.

    Columns: factor, level, minus, emotion (`ALL` for metrics of all classifiers together, `WHOLE`),
    metric, value, low, high, pairs, n (clips), subjects (None where people are unknown: clips
    are drawn); with ``inner`` also low90 and high90, the 90 % interval of the same
    draws, by which equivalence is judged.
    """
    import pandas as pd

    rows = [row for factor in FACTOR_NAMES for row in _of_factor(study, factor, reading)]
    return pd.DataFrame(rows, columns=[*COLUMNS, *(INNER if inner else ())])


def _of_factor(study: Study, factor: str, reading: Reading) -> Iterator[dict[str, Any]]:
    pairs = _pairs(study.tested, factor)
    tests = [_common(study, *pair) for pair in pairs]
    if not pairs or any(first.empty for first, _ in tests):
        return
    subjects = np.unique(np.concatenate([first["subject"].to_numpy(dtype=str) for first, _ in tests]))
    weights = np.vstack([np.ones(len(subjects)), draws(len(subjects))])  # the first row: as it is

    def metrics(part: pd.DataFrame) -> dict[str, Any]:
        true, who = (part[name].to_numpy(dtype=str) for name in ("emotion", "subject"))
        counts = counts_by_subject(true, readings(study, part, reading), who, study.emotions, subjects)
        return metrics_of_counts(weights @ counts, len(study.emotions))

    found = [(metrics(first), metrics(second)) for first, second in tests]
    clips = len({clip for first, _ in tests for clip in first["clip"]})
    level, minus = LEVELS[factor]
    size = {"pairs": len(pairs), "n": clips, "subjects": len(subjects) if study.people_known else None}
    head = {"factor": factor, "level": level, "minus": minus}

    def row(emotion: str, metric: str, values: Any) -> dict[str, Any]:
        tails = [(1 + side * share) / 2 for share in (CONFIDENCE, INNER_CONFIDENCE) for side in (-1, 1)]
        found = map(float, (values[0], *np.quantile(values[1:], tails)))
        numbers = dict(zip(("value", "low", "high", *INNER), found, strict=True))
        return {**head, "emotion": emotion, "metric": metric, **numbers, **size}

    for metric in WHOLE:
        yield row(ALL, metric, np.mean([a[metric] - b[metric] for a, b in found], axis=0))
    for k, emotion in enumerate(study.emotions):
        for metric in BINARY:
            name = f"binary_{metric}"
            yield row(emotion, metric, np.mean([a[name][:, k] - b[name][:, k] for a, b in found], axis=0))


def _pairs(conditions: Sequence[str], factor: str) -> list[tuple[str, str]]:
    """Conditions (slugs) that differ in one factor alone, first level first."""
    place, (level, minus) = FACTOR_NAMES.index(factor), LEVELS[factor]
    pairs = []
    for slug in conditions:
        levels = slug.split("-")
        if levels[place] == level:
            other = "-".join([*levels[:place], minus, *levels[place + 1 :]])
            if other in conditions:
                pairs.append((slug, other))
    return pairs


def _common(study: Study, first: str, second: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The predictions of two conditions on the tests that both have."""
    parts = [predictions_of(study, slug).set_index(["seed", "clip"], drop=False) for slug in (first, second)]
    shared = parts[0].index.intersection(parts[1].index)
    return parts[0].loc[shared], parts[1].loc[shared]
