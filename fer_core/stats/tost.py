"""Two one-sided t tests (TOST) of one difference, paired or independent."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy.typing as npt

from fer_core.base.errors import SettingError
from fer_core.stats.classifiers import finite
from fer_core.stats.effect_sizes import spread, undefined
from fer_core.stats.tost_power import exact_power, limits

Verdict = Literal["equivalent", "different", "both", "undecided"]
"""both: significantly different from 0, yet equivalent; undecided: neither shown."""

_Z = 1.96  # as the published intervals have it, not 1.959964


@dataclass(frozen=True)
class Equivalence:
    """What TOST says of one difference, first minus second; NaN where ``note`` says why.

    ``t_low, p_low`` test that the difference lies above the margin's lower limit, ``t_high, p_high`` that it
    lies below the upper one; ``p`` is the larger. ``ci90`` is the 1 - 2 alpha interval, which lies inside the
    margin exactly where p < alpha; ``ci95`` the 1 - alpha interval, which leaves out 0 exactly where the
    two-sided t test rejects. ``smallest_margin`` is the half-width of the narrowest symmetric margin that
    TOST would accept, ``power`` the chance to show equivalence if the true difference is 0 and the
    standard deviation is the one found. ``published_rule``: the normal 95 % interval lies inside the margin.
    ``p_holm, verdict_holm``: after Holm's (1979) correction over all tests of one
    `fer_core.stats.equivalence.equivalence`; NaN and None for a single test.
    """

    metric: str
    factor: str
    first: str
    second: str
    n: int
    mean: float
    se: float
    df: float
    alpha: float
    low: float
    high: float
    t_low: float = math.nan
    p_low: float = math.nan
    t_high: float = math.nan
    p_high: float = math.nan
    p: float = math.nan
    ci90: tuple[float, float] = (math.nan, math.nan)
    ci95: tuple[float, float] = (math.nan, math.nan)
    verdict: Verdict = "undecided"
    smallest_margin: float = math.nan
    power: float = math.nan
    published_rule: bool = False
    note: str = ""
    p_holm: float = math.nan
    verdict_holm: Verdict | None = None

    @property
    def different(self) -> bool:
        """Whether the 1 - alpha interval leaves out 0."""
        return self.ci95[0] > 0 or self.ci95[1] < 0


def tost(differences: npt.ArrayLike, low: float, high: float, alpha: float = 0.05) -> Equivalence:
    """Two one-sided t tests of the mean of paired differences (n,) against a margin, low < 0 < high.

    Schuirmann (1987); t with n - 1 degrees of freedom. The limits may be unequal. One difference, or
    differences without variance, give no test: verdict "undecided", with a note.
    Raises `SettingError` for differences that are no finite numbers, a margin without 0 inside, or an alpha
    outside (0, 0.5).
    """
    values = finite(differences)
    n, mean, sd = len(values), float(values.mean()), spread(values)
    se = sd / math.sqrt(n)
    return tested(n, mean, se, n - 1, (low, high), alpha, undefined(n, sd, mean))


def tost_independent(x: npt.ArrayLike, y: npt.ArrayLike, low: float, high: float, alpha: float = 0.05) -> Equivalence:
    """TOST of the difference of two independent means, x minus y; n is the number of both together.

    Welch's standard error and degrees of freedom (Welch, 1947). Arguments and errors as for `tost`.
    """
    a, b = finite(x, "value"), finite(y, "value")
    shares = [spread(v) ** 2 / len(v) for v in (a, b)]
    note = ""
    if min(len(a), len(b)) < 2:
        note = "a group has one value: no spread, so no interval and no test"
    elif not sum(shares) > 0:
        note = "all values of either group are equal: no variance, so no interval and no test"
    se = math.nan if math.isnan(sum(shares)) else math.sqrt(sum(shares))
    df = math.nan
    if not note:
        df = sum(shares) ** 2 / sum(s**2 / (len(v) - 1) for s, v in zip(shares, (a, b), strict=True))
    return tested(len(a) + len(b), float(a.mean() - b.mean()), se, df, (low, high), alpha, note)


def tested(
    n: int, mean: float, se: float, df: float, margin: tuple[float, float], alpha: float, note: str
) -> Equivalence:
    """TOST from a mean, its standard error and degrees of freedom; none where a note says why."""
    from scipy.special import stdtr, stdtrit

    low, high = limits(margin)
    if not 0 < alpha < 0.5:
        raise SettingError(f"an alpha of {alpha:g} is out of range", fix="use a value between 0 and 0.5")
    bare = Equivalence("", "", "first", "second", n, mean, se, float(df), alpha, low, high, note=note)
    if note:
        return bare
    t_low, t_high = (mean - low) / se, (mean - high) / se
    p_low, p_high = float(stdtr(df, -t_low)), float(stdtr(df, t_high))
    halves = [se * float(stdtrit(df, 1 - tail)) for tail in (alpha, alpha / 2)]
    ci90, ci95 = ((mean - half, mean + half) for half in halves)
    p = max(p_low, p_high)
    return replace(
        bare,
        t_low=t_low,
        p_low=p_low,
        t_high=t_high,
        p_high=p_high,
        p=p,
        ci90=ci90,
        ci95=ci95,
        verdict=verdict_of(p, ci95[0] > 0 or ci95[1] < 0, alpha),
        smallest_margin=max(abs(ci90[0]), abs(ci90[1])),
        power=float(exact_power(low, high, 0.0, se, df, alpha)),
        published_rule=low < mean - _Z * se and mean + _Z * se < high,
    )


def verdict_of(p: float, different: bool, alpha: float) -> Verdict:
    """The verdict from TOST's p and whether the two-sided test at ``alpha`` rejects; NaN shows nothing."""
    if p < alpha:
        return "both" if different else "equivalent"
    return "different" if different else "undecided"
