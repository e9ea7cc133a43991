"""Means over a study's conditions, with intervals over people: of all, of levels, of their combinations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from fer_core.results.differences import ALL
from fer_core.results.metrics import BINARY, CONFIDENCE, WHOLE, counts_by_subject, draws, metrics_of_counts
from fer_core.results.study import FACTOR_NAMES, Reading, Study, predictions_of, readings

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    *FACTOR_NAMES,
    "emotion",
    "metric",
    "value",
    "low",
    "high",
    "conditions",
    "lowest",
    "highest",
    "n",
    "subjects",
)


def level_means(study: Study, reading: Reading = "outputs") -> pd.DataFrame:
    """One row per combination of levels of none, one, two or all factors, emotion and metric.

    The value is the mean over the conditions that have these levels, each read on its own pooled tests.
    Intervals are 95 % percentile bootstraps over subjects, the same draw for every condition (Efron and
    Tibshirani, 1993, ch. 8); NaN where all draws agree. They do not hold how the answer would vary over
    other seeds.

    Columns: architecture, tuning, loss (a level, or `ALL`), emotion (`ALL` for metrics of all classifiers
    together, `WHOLE`; else `BINARY`), metric, value, low, high, conditions (how many), lowest and highest
    (of these conditions), n (clips), subjects (None where people are unknown:
    clips are drawn). No rows where nothing is tested.
    """
    import pandas as pd

    slugs = study.tested
    rows: list[dict[str, Any]] = []
    if slugs:
        clips, subjects, values = _values(study, slugs, reading)
        found = np.stack(list(values.values()))
        for group in _groups():
            for levels, members in _members(slugs, group):
                size = {"conditions": len(members), "n": clips, "subjects": subjects}
                for (emotion, metric), summary in zip(values, _summaries(found[:, members]), strict=True):
                    rows.append({**levels, "emotion": emotion, "metric": metric, **summary, **size})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _values(study: Study, slugs: Sequence[str], reading: Reading) -> tuple[int, int | None, dict[tuple[str, str], Any]]:
    """Clips, subjects, and (emotion, metric) → (conditions, 1 + draws): as it is, then each draw."""
    parts = [predictions_of(study, slug) for slug in slugs]
    subjects = np.unique(np.concatenate([part["subject"].to_numpy(dtype=str) for part in parts]))
    weights = np.vstack([np.ones(len(subjects)), draws(len(subjects))])
    found = []
    for part in parts:
        true, who = (part[name].to_numpy(dtype=str) for name in ("emotion", "subject"))
        counts = counts_by_subject(true, readings(study, part, reading), who, study.emotions, subjects)
        found.append(metrics_of_counts(weights @ counts, len(study.emotions)))
    values = {(ALL, metric): np.stack([f[metric] for f in found]) for metric in WHOLE}
    for k, emotion in enumerate(study.emotions):
        values |= {(emotion, m): np.stack([f[f"binary_{m}"][:, k] for f in found]) for m in BINARY}
    clips = len({clip for part in parts for clip in part["clip"]})
    return clips, len(subjects) if study.people_known else None, values


def _groups() -> Iterator[tuple[str, ...]]:
    for size in range(len(FACTOR_NAMES) + 1):
        yield from combinations(FACTOR_NAMES, size)


def _members(slugs: Sequence[str], group: Sequence[str]) -> Iterator[tuple[dict[str, str], list[int]]]:
    """Each combination of the group's levels that occurs, and the places of its conditions."""
    found: dict[tuple[str, ...], list[int]] = {}
    for place, slug in enumerate(slugs):
        levels = zip(FACTOR_NAMES, slug.split("-"), strict=True)
        found.setdefault(tuple(level if name in group else ALL for name, level in levels), []).append(place)
    for key, places in found.items():
        yield dict(zip(FACTOR_NAMES, key, strict=True)), places


def _summaries(values: Any) -> Iterator[dict[str, float]]:
    """A row for each metric of values (metrics, conditions, 1 + draws)."""
    each, drawn = np.ascontiguousarray(values[:, :, 0]), values[:, :, 1:].mean(axis=1)
    low, high = np.quantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=1)
    same = low == high
    low, high = np.where(same, np.nan, low), np.where(same, np.nan, high)
    columns = (each.mean(axis=1), low, high, each.min(axis=1), each.max(axis=1))
    for row in np.stack(columns, axis=1).tolist():
        yield dict(zip(("value", "low", "high", "lowest", "highest"), row, strict=True))
