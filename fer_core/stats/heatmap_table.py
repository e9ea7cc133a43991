"""What each emotion's classifier reached in each condition: the cells of the heatmaps, with counts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from fer_core.results.differences import ALL
from fer_core.results.level_means import level_means
from fer_core.results.metrics import wilson
from fer_core.results.study import Reading, Study, per_emotion
from fer_core.stats.columns import COUNTS, FACTORS, METRICS

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.stats.table import Evaluations

MEAN = "mean"
"""In place of a condition: the mean over all of them."""
BETWEEN = "-"
"""Between the levels of a condition's name."""

COLUMNS = (
    "condition",
    "emotion",
    "metric",
    "value",
    "low",
    "high",
    "conditions",
    "lowest",
    "highest",
    "rows",
    "n",
    "tests",
    *COUNTS,
)


def cells_of_table(table: Evaluations) -> pd.DataFrame:
    """One row per condition (and `MEAN`), emotion and metric.

    Counts are pooled over replicates and folds, and metrics computed from them, with Wilson's interval
    (1927) for what is a share: recall, precision, specificity, accuracy. Replicates test the same clips
    again, so they do not make the interval narrower. F1 is no share of clips and has none, nor has a table
    without counts; there the value is the mean of the rows. The mean over conditions has no interval either:
    they were tested on the same clips, and the table does not say which.

    Columns: condition (its levels of the factors that vary), emotion, metric, value, low, high (95 %, or
    NaN), conditions (how many), lowest and highest (of the conditions), rows (of the table), n (clips, 0 if
    not known), tests, tp, fp, fn, tn (tests; -1 if not known).
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for emotion in table.emotions:
        mine = table.frame[table.frame["emotion"] == emotion]
        found = [
            {"condition": condition, "emotion": emotion, **cell}
            for condition, part in _by_condition(table, mine)
            for cell in _cells(table, part)
        ]
        rows += [*found, *_means(found, emotion, table.metrics)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def cells_of_study(study: Study, reading: Reading = "outputs") -> pd.DataFrame:
    """The same of an experiment, with intervals over people (`per_emotion`, `level_means`)."""
    import pandas as pd

    each = per_emotion(study, reading)
    each = each.assign(conditions=1, lowest=each["value"], highest=each["value"], rows=each["seeds"])
    means = level_means(study, reading)
    means = means[(means[list(FACTORS)] == ALL).all(axis=1) & (means["emotion"] != ALL)]
    counts = each.groupby(["emotion", "metric"], as_index=False)[["rows", "tests", *COUNTS]].sum()
    means = means.merge(counts, on=["emotion", "metric"], how="left").assign(condition=MEAN)
    return pd.concat([each[list(COLUMNS)], means[list(COLUMNS)]], ignore_index=True)


# --- inside ---------------------------------------------------------------------------------------


def _by_condition(table: Evaluations, rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """(name, rows) of each combination of levels that occurs, in the order in which levels are shown."""
    factors = list(table.factors or FACTORS)
    places = [{level: k for k, level in enumerate(table.levels(name))} for name in factors]
    groups = {tuple(map(str, key)): part for key, part in rows.groupby(factors, observed=True)}
    for key in sorted(groups, key=lambda k: [p[level] for p, level in zip(places, k, strict=True)]):
        yield BETWEEN.join(key), groups[key]


def _cells(table: Evaluations, part: pd.DataFrame) -> Iterator[dict[str, Any]]:
    repeats = part["replicate"].nunique()
    counts = [int(n) for n in part[list(COUNTS)].sum()] if table.has_counts else [-1] * len(COUNTS)
    tests = sum(counts) if table.has_counts else 0
    size = {"rows": len(part), "n": round(tests / repeats), "tests": tests}
    for metric in table.metrics:
        value, low, high = float(part[metric].mean()), math.nan, math.nan
        if table.has_counts:
            above, below = _ratio(metric, *counts)
            value = above / below if below else 0.0
            clips = below / repeats
            low, high = (math.nan, math.nan) if metric == "f1" else wilson(value * clips, clips)
        same = {"value": value, "conditions": 1, "lowest": value, "highest": value}
        head = {"metric": metric, "low": low, "high": high}
        yield {**head, **same, **size, **dict(zip(COUNTS, counts, strict=True))}


def _ratio(metric: str, tp: int, fp: int, fn: int, tn: int) -> tuple[int, int]:
    """What a metric is a ratio of."""
    return {
        "accuracy": (tp + tn, tp + fp + fn + tn),
        "f1": (2 * tp, 2 * tp + fp + fn),
        "precision": (tp, tp + fp),
        "recall": (tp, tp + fn),
        "specificity": (tn, tn + fp),
    }[metric]


def _means(found: list[dict[str, Any]], emotion: str, metrics: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    assert set(metrics) <= set(METRICS)
    for metric in metrics:
        mine = [c for c in found if c["metric"] == metric]
        values = np.array([c["value"] for c in mine])
        known = mine[0]["tp"] >= 0
        sums = {k: sum(c[k] for c in mine) for k in ("rows", "tests", *COUNTS)}
        yield {
            "condition": MEAN,
            "emotion": emotion,
            "metric": metric,
            "value": float(values.mean()),
            "low": math.nan,
            "high": math.nan,
            "conditions": len(mine),
            "lowest": float(values.min()),
            "highest": float(values.max()),
            "n": max(c["n"] for c in mine),
            **sums,
            **({} if known else dict.fromkeys(COUNTS, -1)),
        }
