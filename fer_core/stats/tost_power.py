"""Power of the two one-sided t tests (TOST): how likely a design is to show equivalence."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import SettingError
from fer_core.stats.power import smallest_n

if TYPE_CHECKING:
    import pandas as pd

Margin = float | tuple[float, float]
"""Half of a symmetric margin, or its two limits, low < 0 < high; in the units of the difference."""

_NODES = 128
_TAIL = 1e-15
"""Of the sample standard deviation's distribution, left out at either end."""


def limits(margin: Margin) -> tuple[float, float]:
    """A margin's two limits. Raises `SettingError` unless they are finite and low < 0 < high."""
    low, high = margin if isinstance(margin, tuple) else (-margin, margin)
    if not (math.isfinite(low) and math.isfinite(high) and low < 0 < high):
        raise SettingError(
            f"a margin of {low:g} to {high:g} does not hold 0 inside",
            fix="use a negative lower and a positive upper limit",
        )
    return float(low), float(high)


def tost_power(
    margin: Margin, sd: float, n: int, true_difference: float = 0.0, alpha: float = 0.05, paired: bool = True
) -> float:
    """The chance that both one-sided t tests reject at ``alpha``, so that equivalence is shown.

    Parameters
    ----------
    margin : float or (low, high)
        Equivalence margin, in the units of the difference.
    sd : float
        Standard deviation: of the differences if ``paired``, else of each group.
    n : int
        Pairs, or members of each of two groups; 2 or more.
    true_difference : float
        Where the true mean difference lies; at a limit of the margin the power is at most ``alpha``.

    Exact for normal data: the integral, over the distribution of the sample standard deviation, of the
    chance that the mean lies far enough inside both limits (Phillips, 1990; Owen, 1965). Not the difference
    of two normal or noncentral t probabilities, which is too high where power is low.
    Raises `SettingError` for anything out of range.
    """
    low, high = limits(margin)
    _check(sd, alpha, true_difference)
    if n < 2:
        raise SettingError(f"{n} have no spread", fix="use 2 or more pairs, or members per group")
    se, df = _error(sd, n, paired)
    return float(exact_power(low, high, true_difference, se, df, alpha))


def tost_required_n(
    margin: Margin,
    sd: float,
    power: float = 0.8,
    true_difference: float = 0.0,
    alpha: float = 0.05,
    paired: bool = True,
) -> int:
    """The smallest n with which `tost_power` reaches ``power``.

    Raises `SettingError` where the true difference lies outside the margin, or beyond 10^8.
    """
    low, high = limits(margin)
    _check(sd, alpha, true_difference)
    _check_power(power, alpha)
    if not low < true_difference < high:
        raise SettingError(
            f"a true difference of {true_difference:g} is not inside the margin",
            where=f"{low:g} to {high:g}",
            fix="widen the margin",
        )
    return smallest_n(lambda n: tost_power((low, high), sd, n, true_difference, alpha, paired), power)


def tost_smallest_margin(
    sd: float, n: int, power: float = 0.8, true_difference: float = 0.0, alpha: float = 0.05, paired: bool = True
) -> float:
    """Half of the smallest symmetric margin that `tost_power` shows with ``power``; infinite below n = 2."""
    from scipy.optimize import brentq

    _check(sd, alpha, true_difference)
    _check_power(power, alpha)
    if n < 2:
        return math.inf
    se, df = _error(sd, n, paired)

    def short(margin: float) -> float:
        return float(exact_power(-margin, margin, true_difference, se, df, alpha)) - power

    high = abs(true_difference) + se
    while short(high) < 0:
        high *= 2
    return float(brentq(short, 0.0, high, xtol=1e-12 * high, rtol=1e-12))


def tost_curve(
    margins: npt.ArrayLike,
    ns: npt.ArrayLike,
    sd: float,
    true_difference: float = 0.0,
    alpha: float = 0.05,
    paired: bool = True,
) -> pd.DataFrame:
    """Power for symmetric margins (E,) and n (M,): columns margin, n, power; E M rows, by margin."""
    import pandas as pd

    margin, n = np.atleast_1d(np.asarray(margins, float)), np.atleast_1d(np.asarray(ns, float))
    _check(sd, alpha, true_difference)
    if not (margin > 0).all() or not (n >= 2).all():
        raise SettingError("a margin or an n is out of range", fix="use margins above 0 and n of 2 or more")
    se, df = _error(sd, n[None], paired)
    values = exact_power(-margin[:, None], margin[:, None], true_difference, se, df, alpha)
    return pd.DataFrame({"margin": np.repeat(margin, len(n)), "n": np.tile(n, len(margin)), "power": values.ravel()})


def exact_power(low: Any, high: Any, difference: Any, se: Any, df: Any, alpha: float) -> Any:
    """Power of TOST from the standard error of the mean difference and its degrees of freedom.

    All but ``alpha`` may be arrays that broadcast; ``se`` is the true one, above 0. With u = s / sigma, of
    density 2 df u chi2(df u^2; df), both tests reject where the mean lies in
    [low + t u se, high - t u se], t the critical value; this integrates that chance by Gauss and Legendre.
    """
    from scipy.special import chdtri, gammaln, ndtr, stdtrit, xlogy

    low, high, difference, se, df = np.broadcast_arrays(low, high, difference, se, df)
    low, high, difference, se, df = (np.asarray(a, float)[..., None] for a in (low, high, difference, se, df))
    critical = stdtrit(df, 1 - alpha)
    start, end = (np.sqrt(chdtri(df, share) / df) for share in (1 - _TAIL, _TAIL))
    end = np.minimum(end, (high - low) / (2 * critical * se))  # beyond, no mean is far enough inside
    start = np.minimum(start, end)
    nodes, weights = _legendre(_NODES)
    u = start + (end - start) * (nodes + 1) / 2
    inside = ndtr((high - difference) / se - critical * u) - ndtr((low - difference) / se + critical * u)
    half = df / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        log = xlogy(df - 1, u) - half * u**2 + math.log(2) + half * np.log(half) - gammaln(half)
    density = np.where((u > 0) | (df == 1), np.exp(log), 0.0)
    values = ((end - start) / 2 * weights * np.maximum(inside, 0.0) * density).sum(axis=-1)
    return np.clip(values, 0.0, 1.0)


@lru_cache(maxsize=1)
def _legendre(count: int) -> tuple[Any, Any]:
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return nodes, weights


def _error(sd: float, n: Any, paired: bool) -> tuple[Any, Any]:
    """Standard error of the mean difference, and its degrees of freedom."""
    n = np.asarray(n, dtype=float)
    return (sd / np.sqrt(n), n - 1) if paired else (sd * np.sqrt(2 / n), 2 * n - 2)


def _check(sd: float, alpha: float, difference: float) -> None:
    if not (math.isfinite(sd) and sd > 0):
        raise SettingError(f"a standard deviation of {sd:g} is out of range", fix="use one above 0")
    if not 0 < alpha < 0.5:
        raise SettingError(f"an alpha of {alpha:g} is out of range", fix="use a value between 0 and 0.5")
    if not math.isfinite(difference):
        raise SettingError("the true difference is not a finite number", fix="use 0 or a small difference")


def _check_power(power: float, alpha: float) -> None:
    # With few pairs and a margin far too narrow, power falls with n before it rises; above alpha it rises.
    if not alpha < power < 1:
        raise SettingError(f"a power of {power:g} is out of range", fix="use a value between alpha and 1")
