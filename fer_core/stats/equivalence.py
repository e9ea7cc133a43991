"""Equivalence: whether differences are small enough not to matter."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import SettingError
from fer_core.stats.effect_sizes import undefined
from fer_core.stats.matching import Unit, comparisons
from fer_core.stats.pairwise import corrected
from fer_core.stats.table import METRICS, ORDERS
from fer_core.stats.tost import Equivalence, Verdict, tested, tost, tost_independent, verdict_of
from fer_core.stats.tost_power import Margin, limits
from fer_core.stats.verdict_words import sentence

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.stats.table import Evaluations

__all__ = [
    "MARGINS",
    "Equivalence",
    "Margin",
    "Unit",
    "Verdict",
    "equivalence",
    "sentence",
    "tost",
    "tost_independent",
    "verdicts_by_margin",
]

MARGINS: dict[str, tuple[float, float]] = {
    "accuracy": (-0.02, 0.02),
    "f1": (-0.05, 0.05),
    "precision": (-0.05, 0.05),
    "recall": (-0.05, 0.05),
    "specificity": (-0.05, 0.05),
}
"""The published study's margins; it has none for specificity, which takes that of recall here."""


def equivalence(
    table: Evaluations,
    margins: Mapping[str, Margin] = MARGINS,
    factors: Iterable[str] | None = None,
    alpha: float = 0.05,
    unit: Unit = "pair",
    orders: Mapping[str, tuple[str, str]] = ORDERS,
) -> list[Equivalence]:
    """TOST of every planned comparison, for each metric of the table that has a margin.

    Parameters
    ----------
    margins : {metric: margin}
        Half of a symmetric margin, or (low, high). Metrics that the table has not are passed over.
    factors, unit, orders
        As for `fer_core.stats.pairwise.pairwise`.

    A comparison without a matched pair has n = 0 and a note. Each has its p and verdict after Holm's
    correction over all of them as well. Errors as for `tost` and `pairwise`.
    """
    matched = comparisons(table, factors, orders)
    unknown = sorted(set(margins) - set(METRICS))
    if unknown:
        raise SettingError(f"{unknown[0]!r} is not a metric", fix=f"use some of {', '.join(METRICS)}")
    found = []
    for metric in (name for name in table.metrics if name in margins):
        low, high = limits(margins[metric])
        for pair in matched:
            first, second = pair.values(metric, unit)
            if len(first):
                result = tost(first - second, low, high, alpha)
            else:
                result = tested(0, math.nan, math.nan, math.nan, (low, high), alpha, undefined(0, 0, 0))
            note = "; ".join(filter(None, (result.note, pair.note)))
            result = replace(result, metric=metric, factor=pair.factor, note=note)
            found.append(replace(result, first=pair.first, second=pair.second))
    return [
        e if math.isnan(p) else replace(e, p_holm=p, verdict_holm=verdict_of(p, e.different, alpha))
        for e, p in zip(found, corrected([e.p for e in found], "holm"), strict=True)
    ]


def verdicts_by_margin(differences: npt.ArrayLike, margins: npt.ArrayLike, alpha: float = 0.05) -> pd.DataFrame:
    """What TOST says for each symmetric margin (m,): columns margin, p, verdict.

    Raises `SettingError` as `tost` does, and for a margin that is not above 0.
    """
    import pandas as pd
    from scipy.special import stdtr

    margin = np.atleast_1d(np.asarray(margins, dtype=float))
    if not (np.isfinite(margin).all() and (margin > 0).all()):
        raise SettingError("a margin is out of range", fix="use margins above 0")
    whole = tost(differences, -1.0, 1.0, alpha)  # any margin: its mean, error and interval are wanted
    p = np.full(len(margin), math.nan) if whole.note else stdtr(whole.df, (abs(whole.mean) - margin) / whole.se)
    different = whole.ci95[0] > 0 or whole.ci95[1] < 0
    verdicts = [verdict_of(value, different, alpha) for value in p]
    return pd.DataFrame({"margin": margin, "p": p, "verdict": verdicts})
