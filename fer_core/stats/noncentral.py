"""What an F statistic says about the size of an effect: shares of variance, their intervals, power."""

from __future__ import annotations

from typing import Any

Interval = tuple[float, float]

_FAR = 1e3  # in standard deviations beyond the critical value: certain, and scipy's series give up


def partial_eta_squared(f: float, df: float, df_error: float) -> float:
    """The sample's share, SS / (SS + SS_error) = F df / (F df + df_error) (Cohen, 1973). In [0, 1]."""
    return f * df / (f * df + df_error)


def partial_omega_squared(f: float, df: float, n: int) -> float:
    """The population's share, estimated with less bias: df (F - 1) / (df (F - 1) + n), n rows in all.

    Olejnik and Algina (2003), for factors whose levels were chosen. Below 0 where F is below 1: no
    effect to be seen; it is not set to 0, so that its mean over studies stays right.
    """
    return df * (f - 1) / (df * (f - 1) + n)


def eta_interval(f: float, df: float, df_error: float, confidence: float = 0.95) -> Interval:
    """Interval of partial eta squared: L / (L + df_error) at both ends of `noncentrality_interval`.

    What R's effectsize prints (Ben-Shachar, Lüdecke and Makowski, 2020): the share that an F of L / df would
    have. It is on the scale of the sample's share, which runs above the population's; that one's interval is
    `omega_interval`. Of an F smaller than chance alone makes it both ends are 0; the interval is then widened
    to hold the estimate.
    """
    estimate = partial_eta_squared(f, df, df_error)
    low, high = (at / (at + df_error) for at in noncentrality_interval(f, df, df_error, confidence))
    return min(low, estimate), max(high, estimate)


def omega_interval(f: float, df: float, df_error: float, n: int, confidence: float = 0.95) -> Interval:
    """Interval of the population's partial share of variance, for partial omega squared: L / (L + n).

    Steiger (2004), n rows in all. With a confidence of 0.90 its lower end is above 0 exactly where the F
    test at 0.05 rejects, which Steiger recommends; that of 0.95 is wider.
    """
    low, high = noncentrality_interval(f, df, df_error, confidence)
    return low / (low + n), high / (high + n)


def noncentrality_interval(f: float, df: float, df_error: float, confidence: float) -> Interval:
    """The noncentralities under which the observed F is the (1 + confidence) / 2 and the
    (1 - confidence) / 2 quantile, or 0 where there is none: an F smaller than chance alone makes it has
    both ends 0.
    """
    tail = (1 - confidence) / 2
    return noncentrality(f, df, df_error, 1 - tail), noncentrality(f, df, df_error, tail)


def noncentrality(f: float, df: float, df_error: float, p: float) -> float:
    """The noncentrality under which F is at most ``f`` with probability ``p``; 0 where even 0 is too much."""
    from scipy.optimize import brentq
    from scipy.special import ncfdtr

    def above(shift: float) -> float:
        return float(ncfdtr(df, df_error, shift, f)) - p

    if above(0.0) <= 0:
        return 0.0
    high = max(4.0, 2 * f * df)
    while above(high) > 0:
        high *= 2
    return float(brentq(above, 0.0, high, xtol=1e-9, rtol=1e-12))


def achieved_power(f: float, df: float, df_error: float, alpha: float = 0.05) -> float:
    """Power of the F test if the noncentrality were what was observed, F df (Cohen, 1988, chapter 8).

    It restates p in another form: a test with p = alpha has about 0.5. It is no evidence for the absence
    of an effect (Hoenig and Heisey, 2001).
    """
    return float(f_power(f * df, df, df_error, alpha))


def f_power(shift: Any, df: Any, df_error: Any, alpha: float) -> Any:
    """P(F' > F_crit), F' noncentral F(df, df_error, ``shift``); arrays broadcast.

    scipy's noncentral F gives NaN in its far lower tail, where the probability is 0 for all purposes: the
    power is 1 there.
    """
    import numpy as np
    from scipy.special import ncfdtr
    from scipy.stats import f as central

    critical = central.isf(alpha, df, df_error)
    far = np.sqrt(shift) - np.sqrt(df * critical) > _FAR
    inside = np.nan_to_num(ncfdtr(df, df_error, np.where(far, 0.0, shift), critical))
    return np.where(far, 1.0, np.clip(1 - inside, 0.0, 1.0))
