"""Planned comparisons: the two levels of each factor on matched pairs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from fer_core.base.errors import SettingError
from fer_core.stats.classifiers import CorrectedT, McNemar, corrected_t, mcnemar
from fer_core.stats.descriptive import Interval, mean_interval
from fer_core.stats.effect_sizes import paired_effects, signed_rank, spread, undefined
from fer_core.stats.matching import Matching, Unit, comparisons, pairs
from fer_core.stats.settings import check_share
from fer_core.stats.table import ORDERS

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.stats.table import Evaluations

__all__ = [
    "COLUMNS",
    "CorrectedT",
    "Correction",
    "Family",
    "Interval",
    "McNemar",
    "Unit",
    "corrected",
    "corrected_t",
    "mcnemar",
    "pairs",
    "pairwise",
]

Correction = Literal["none", "bonferroni", "holm", "fdr_bh"]
Family = Literal["metric", "all"]

_METHODS: dict[Correction, str] = {"bonferroni": "bonf", "holm": "holm", "fdr_bh": "fdr_bh"}

COLUMNS = (
    "metric",
    "factor",
    "first",
    "second",
    "n",
    "mean_difference",
    "low",
    "high",
    "sd",
    "d_z",
    "d_z_low",
    "d_z_high",
    "d_av",
    "g",
    "g_low",
    "g_high",
    "t",
    "df",
    "p",
    "W",
    "p_wilcoxon",
    "p_corrected",
    "reject",
    "note",
)


def pairwise(
    table: Evaluations,
    metrics: Sequence[str] | None = None,
    factors: Iterable[str] | None = None,
    orders: Mapping[str, tuple[str, str]] = ORDERS,
    interval: Interval = "t",
    confidence: float = 0.95,
    correction: Correction = "fdr_bh",
    family: Family = "metric",
    unit: Unit = "pair",
    *,
    alpha: float = 0.05,
    resamples: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """One row per metric and comparison of two levels, columns `COLUMNS`.

    Parameters
    ----------
    orders : {factor: (first, second)}
        Differences are first minus second. The published study has loss as ("standard", "advanced").
    interval : {"normal", "t", "percentile", "bca"}
        Of the mean difference; see `fer_core.stats.descriptive.mean_interval`. The published: "normal".
    correction : {"none", "bonferroni", "holm", "fdr_bh"}
        Of the t test's p within a ``family``: the comparisons of one metric, or all of them. "holm" is Holm
        (1979), "fdr_bh" Benjamini and Hochberg (1995), by pingouin. Tests that do not exist do not count.
    unit : {"pair", "emotion"}
        Pairs as published, or their means within each emotion: pairs of one emotion share its test items
        and its difficulty, so they are not independent, and p and intervals over pairs are too narrow.

    t is that of pingouin's paired `ttest`, with n - 1 degrees of freedom; W is the smaller sum
    of signed ranks; effect sizes as in `fer_core.stats.effect_sizes.paired_effects`. Where a number does
    not exist (one pair, no variance) it is NaN and ``note`` says why; ``reject`` is then False.
    Raises `SettingError` for unknown options and a confidence or an alpha outside (0, 1), `TableError` for
    what the table has not, or where nothing can be compared.
    """
    import pandas as pd

    _choices(interval, correction, family)
    check_share(confidence, "confidence")
    check_share(alpha, "alpha")
    names = [table.require(name) for name in (table.metrics if metrics is None else metrics)]
    matched = comparisons(table, factors, orders)
    rows = [_row(m, name, unit, interval, confidence, resamples, seed) for name in names for m in matched]
    for group in [[r for r in rows if r["metric"] == name] for name in names] if family == "metric" else [rows]:
        for row, p in zip(group, corrected([r["p"] for r in group], correction), strict=True):
            row["p_corrected"], row["reject"] = p, bool(p < alpha)
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame.attrs.update(
        interval=interval, confidence=confidence, correction=correction, family=family, unit=unit, alpha=alpha
    )
    return frame


def corrected(p_values: Sequence[float], correction: Correction) -> list[float]:
    """The p values of one family after correction; NaN stays NaN and does not count."""
    import pingouin as pg

    values = np.asarray(p_values, dtype=float)
    if correction == "none" or not np.isfinite(values).any():
        return [float(v) for v in values]
    return [float(v) for v in pg.multicomp(values, method=_METHODS[correction])[1]]


def _row(
    matched: Matching, metric: str, unit: Unit, interval: Interval, confidence: float, resamples: int, seed: int
) -> dict[str, Any]:
    first, second = matched.values(metric, unit)
    differences = first - second
    n, sd = len(differences), spread(differences)
    mean = float(differences.mean()) if n else math.nan
    low = high = math.nan
    if spread(differences) > 0:
        low, high = mean_interval(differences, interval, confidence, resamples, seed)
    t, p = _paired_t(first, second) if sd > 0 else (math.nan, math.nan)
    rank_sum, p_rank = signed_rank(differences)
    head = {"metric": metric, "factor": matched.factor, "first": matched.first, "second": matched.second}
    numbers = {"n": n, "mean_difference": mean, "low": low, "high": high, "sd": sd}
    df = n - 1 if n > 1 else math.nan
    tests = {"t": t, "df": df, "p": p, "W": rank_sum, "p_wilcoxon": p_rank}
    note = "; ".join(filter(None, (undefined(n, sd, mean), matched.note)))
    effects = asdict(paired_effects(first, second, confidence))
    return head | numbers | effects | tests | {"note": note}


def _paired_t(first: Any, second: Any) -> tuple[float, float]:
    import pingouin as pg

    result = pg.ttest(first, second, paired=True).iloc[0]
    return float(result["T"]), float(result["p_val"])


def _choices(interval: str, correction: str, family: str) -> None:
    for what, value, kind in (
        ("interval", interval, Interval),
        ("correction", correction, Correction),
        ("family", family, Family),
    ):
        if value not in get_args(kind):
            known = ", ".join(get_args(kind))
            raise SettingError(f"{value!r} is not a kind of {what}", fix=f"use one of {known}")
