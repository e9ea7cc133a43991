"""Standardised mean differences of matched pairs, with exact intervals, and the exact signed-rank test."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

EXACT_UP_TO = 500
"""Non-zero differences for which the signed-rank test is exact; a normal approximation beyond."""

_DECIMALS = 12
"""Differences that agree so far are ties: shares of the same counts differ in the last bits."""


@dataclass(frozen=True)
class PairedEffects:
    """Effect sizes of matched pairs; NaN where one does not exist."""

    d_z: float
    d_z_low: float
    d_z_high: float
    d_av: float
    g: float
    g_low: float
    g_high: float


def paired_effects(first: Floats, second: Floats, confidence: float = 0.95) -> PairedEffects:
    """Standardised mean differences of pairs (n,) and (n,), first minus second.

    - d_z: mean of the differences over their standard deviation (Cohen, 1988, section 2.3).
    - d_av: over s_av, the root of the mean of the two variances (Cumming, 2012, eq. 11.9; pingouin's
      `compute_effsize`). Lakens (2013) divides by the mean of the two standard deviations under the same
      name, which is another number.
    - g: d_av times 1 - 3 / (4 (2 n) - 9) (Hedges, 1981; pingouin's). The factor takes the pairs for two
      independent groups and removes most of the bias of weakly correlated ones; with a correlation of 0.9
      about 7 % are left of n = 6 and 2 % of n = 24, where the interval covers 0.92 and 0.95
      (`scripts/error_rates.py`).

    The limits of d_z are those noncentralities, over sqrt(n), under which the t of the pairs lies at a
    tail's edge (Steiger and Fouladi, 1997); those of g rescale them by sd / s_av (Algina and Keselman, 2003).
    """
    n = len(first)
    differences = first - second
    if n < 2:
        return PairedEffects(*[math.nan] * 7)
    mean = float(differences.mean())
    sd = spread(differences)
    d_av, g = (_over_both(first, second, kind) for kind in ("cohen", "hedges"))
    if sd == 0:
        return PairedEffects(math.nan, math.nan, math.nan, d_av, g, math.nan, math.nan)
    low, high = noncentrality_limits(mean / sd * math.sqrt(n), n - 1, confidence)
    low, high = low / math.sqrt(n), high / math.sqrt(n)
    scale = _over_both(first, second, "hedges", 1.0) * sd
    return PairedEffects(mean / sd, low, high, d_av, g, low * scale, high * scale)


def _over_both(first: Floats, second: Floats, kind: str, mean: float | None = None) -> float:
    """pingouin's paired effect size, of a mean difference of ``mean`` where one is given; NaN without
    spread.
    """
    import pingouin as pg

    if not (first.var() + second.var()) > 0:
        return math.nan
    if mean is not None:
        first = first - first.mean() + mean
        second = second - second.mean()
    return float(pg.compute_effsize(first, second, paired=True, eftype=kind))


def spread(values: Floats) -> float:
    """Standard deviation with ddof 1; exactly 0 where the values differ by rounding alone, NaN if n < 2."""
    if len(values) < 2:
        return math.nan
    return 0.0 if np.ptp(values) <= 10.0**-_DECIMALS else float(values.std(ddof=1))


def undefined(n: int, sd: float, mean: float) -> str:
    """Why there is no test of n differences; empty if there is one."""
    if n == 0:
        return "no matched pair"
    if n == 1:
        return "one difference: no spread, so no interval and no test"
    if sd == 0:
        what = "all differences are 0" if abs(mean) < 1e-12 else "all differences are equal"
        return f"{what}: no variance, so no interval and no test"
    return ""


def noncentrality_limits(t: float, df: float, confidence: float = 0.95) -> tuple[float, float]:
    """The noncentralities of a t distribution between which an observed t is not surprising.

    At the lower limit, so large a t or a larger one has probability (1 - confidence) / 2; at the upper
    limit, so small a one or a smaller one has.
    """
    from scipy.optimize import brentq
    from scipy.special import nctdtr, nctdtrinc

    def limit(share: float) -> float:
        def above(shift: float) -> float:
            return float(nctdtr(df, shift, t)) - share

        near = float(nctdtrinc(df, share, t))  # good to about 1e-7: where to look
        step = 1e-6 * max(1.0, abs(near))
        while not above(near - step) > 0 > above(near + step):
            step *= 10
            if step > abs(near) + 10:
                return near
        return float(brentq(above, near - step, near + step, xtol=1e-12))

    tail = (1 - confidence) / 2
    return limit(1 - tail), limit(tail)


def signed_rank(differences: Floats) -> tuple[float, float]:
    """Wilcoxon's signed-rank test: the smaller of the two rank sums and the two-sided p.

    Zeros are dropped, ties share their mean rank (Wilcoxon, 1945). With up to `EXACT_UP_TO` differences p
    comes from all 2^n signs given these ranks, ties included (Hollander and Wolfe, 1999, section 3.1);
    beyond, from scipy's normal approximation without a continuity correction (R's `wilcox.test` has one).
    R's V is the sum of the positive ranks. (NaN, NaN) where all differences are 0.
    """
    from scipy.stats import rankdata, wilcoxon

    rounded = np.round(differences, _DECIMALS)
    rounded = rounded[rounded != 0]
    if not len(rounded):
        return math.nan, math.nan
    if len(rounded) > EXACT_UP_TO:
        found = wilcoxon(rounded, method="asymptotic")
        return float(found.statistic), float(found.pvalue)
    doubled = np.round(2 * rankdata(np.abs(rounded))).astype(int)  # mean ranks are halves
    chance = np.zeros(doubled.sum() + 1)
    chance[0] = 1.0
    for rank in doubled:
        chance[rank:] = (chance[rank:] + chance[: len(chance) - rank]) / 2
        chance[:rank] /= 2
    positive = int(doubled[rounded > 0].sum())
    smaller = min(positive, int(doubled.sum()) - positive)
    return smaller / 2, min(1.0, 2 * float(chance[: smaller + 1].sum()))
