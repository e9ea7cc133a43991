"""Means by group, each with its spread, its n and an interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from fer_core.base.errors import SettingError, TableError
from fer_core.stats.bootstrap import RESAMPLES, bca, percentile
from fer_core.stats.columns import FACTORS, KEYS
from fer_core.stats.settings import check_share

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.stats.table import Evaluations

Interval = Literal["normal", "t", "percentile", "bca"]
INTERVALS: tuple[Interval, ...] = ("normal", "t", "percentile", "bca")

ONE_VALUE = "One value has no spread, so no interval."
NO_SPREAD = "All values are equal; an interval of no width is no certainty."


def describe(
    table: Evaluations,
    metric: str,
    by: Sequence[str] = FACTORS,
    interval: Interval = "t",
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> pd.DataFrame:
    """Each group's rows in numbers, taken as independent of each other.

    Parameters
    ----------
    table : Evaluations
        Its rows are grouped; groups that do not occur have no row.
    metric : str
        One of ``table.metrics``.
    by : sequence of str
        Columns among architecture, tuning, loss, emotion, replicate, fold; () for one row of all.
    interval : str
        Of the mean: "normal", mean ± z sd / sqrt(n) (what the published tables hold; too narrow for few
        rows); "t", the same with t of n - 1 degrees of freedom (Student, 1908); "percentile" and "bca",
        bootstraps (`fer_core.stats.bootstrap`). Only a bootstrap's ends stay within 0 and 1.
    confidence : float
        In (0, 1).
    resamples, seed : int
        Of the bootstrap.

    Returns
    -------
    DataFrame
        The columns of ``by``, n, mean, sd (ddof 1), median, low, high, note. With one row in a group sd, low
        and high are NaN and note says so.

    Raises
    ------
    TableError
        For an unknown metric or column.
    SettingError
        For an unknown interval, or settings outside their range.
    """
    import pandas as pd

    table.require(metric)
    _check(by, interval, confidence)
    names = list(dict.fromkeys(by))
    columns = [*names, "n", "mean", "sd", "median", "low", "high", "note"]
    rows: list[tuple[Any, ...]] = []
    for key, values in _groups(table, metric, names):
        ends = mean_interval(values, interval, confidence, resamples, seed)
        sd = float(values.std(ddof=1)) if len(values) > 1 else math.nan
        note = ONE_VALUE if len(values) == 1 else NO_SPREAD if np.ptp(values) == 0 else ""
        rows.append((*key, len(values), float(values.mean()), sd, float(np.median(values)), *ends, note))
    return pd.DataFrame(rows, columns=columns)


def mean_interval(
    values: np.ndarray[Any, Any],
    interval: Interval = "t",
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[float, float]:
    """Interval of the mean of values (n,), by the methods of `describe`; NaN for one value.

    Raises `SettingError` for an unknown interval or a confidence outside (0, 1).
    """
    from scipy.special import ndtri, stdtrit

    _check((), interval, confidence)
    n = len(values)
    if n < 2:
        return math.nan, math.nan
    if interval in ("percentile", "bca"):
        method = percentile if interval == "percentile" else bca
        low, high = method(values, "mean", confidence, resamples, seed)
        return float(low), float(high)
    tail = (1 + confidence) / 2
    factor = ndtri(tail) if interval == "normal" else stdtrit(n - 1, tail)
    mean, half = float(np.mean(values)), float(factor * np.std(values, ddof=1) / math.sqrt(n))
    return mean - half, mean + half


def _groups(table: Evaluations, metric: str, by: Sequence[str]) -> list[tuple[tuple[Any, ...], np.ndarray[Any, Any]]]:
    """(key, values) in the order in which levels are shown."""
    values = table.frame[metric].to_numpy(dtype=float)
    if not by:
        return [((), values)]
    places = [{level: k for k, level in enumerate(table.order(name))} for name in by]
    found = table.frame.groupby(list(by), observed=True, sort=False).indices
    keyed = [(key if isinstance(key, tuple) else (key,), rows) for key, rows in found.items()]
    keyed.sort(key=lambda item: [place[level] for place, level in zip(places, item[0], strict=True)])
    return [(key, values[rows]) for key, rows in keyed]


def _check(by: Sequence[str], interval: str, confidence: float) -> None:
    unknown = [name for name in by if name not in KEYS]
    if unknown:
        raise TableError(f"{unknown[0]!r} is not a column to group by", fix=f"use {', '.join(KEYS)}")
    if interval not in INTERVALS:
        raise SettingError(f"{interval!r} is not a kind of interval", fix=f"use {', '.join(INTERVALS)}")
    check_share(confidence, "confidence")
