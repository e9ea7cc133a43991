"""What a design can show: power of paired comparisons."""

from __future__ import annotations

import math

from fer_core.errors import SettingError


def paired_power(effect: float, pairs: int, alpha: float = 0.05) -> float:
    """Power of a two-sided paired t test.

    Parameters
    ----------
    effect : float
        d_z, the mean of the differences over their standard deviation.
    pairs : int
        Independent matched pairs, 2 or more.

    The test statistic is noncentral t with ``pairs - 1`` degrees of freedom and noncentrality
    d_z sqrt(pairs) (Cohen, 1988, section 2.3; tested against pingouin).
    """
    from scipy.stats import nct, t

    _check(pairs, alpha)
    df = pairs - 1
    critical = t.ppf(1 - alpha / 2, df)
    shift = abs(effect) * math.sqrt(pairs)
    # scipy's nct gives NaN in its far lower tail, where the probability is 0 for all purposes.
    lower = nct.cdf(-critical, df, shift)
    return float(nct.sf(critical, df, shift) + (lower if math.isfinite(lower) else 0.0))


def smallest_effect(pairs: int, power: float = 0.8, alpha: float = 0.05) -> float:
    """The smallest d_z that so many matched pairs show with the given power; infinite below 2 pairs."""
    from scipy.optimize import brentq

    if pairs < 2:
        return math.inf
    _check(pairs, alpha)
    if not alpha < power < 1:
        raise SettingError(f"a power of {power:g} is out of range", fix="use a value between alpha and 1")
    high = 1.0
    while paired_power(high, pairs, alpha) < power:
        high *= 2
    return float(brentq(lambda d: paired_power(d, pairs, alpha) - power, 0.0, high, xtol=1e-6))


def _check(pairs: int, alpha: float) -> None:
    if pairs < 2:
        raise SettingError(f"{pairs} pairs have no spread", fix="use 2 or more")
    if not 0 < alpha < 1:
        raise SettingError(f"an alpha of {alpha:g} is out of range", fix="use a value between 0 and 1")
