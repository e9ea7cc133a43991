"""What an F statistic says about the size of an effect: shares of variance, their intervals, power."""

from __future__ import annotations


def partial_eta_squared(f: float, df: float, df_error: float) -> float:
    """The sample's share, SS / (SS + SS_error) = F df / (F df + df_error) (Cohen, 1973). In [0, 1]."""
    return f * df / (f * df + df_error)


def partial_omega_squared(f: float, df: float, n: int) -> float:
    """The population's share, estimated with less bias: df (F - 1) / (df (F - 1) + n), n rows in all.

    Olejnik and Algina (2003), for factors whose levels were chosen. Below 0 where F is below 1: no
    effect to be seen; it is not set to 0, so that its mean over studies stays right.
    """
    return df * (f - 1) / (df * (f - 1) + n)


def share_interval(
    f: float, df: float, df_error: float, n: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Interval of the population's partial share of variance, by inverting the noncentral F.

    The ends are L / (L + n), where L are the noncentralities under which the observed F is the
    (1 + confidence) / 2 and the (1 - confidence) / 2 quantile, or 0 where there is none (Steiger, 2004); an
    F smaller than chance alone makes it has both ends 0. Partial eta squared and partial omega squared
    estimate the same share, so the interval is that of both. With a confidence of 0.90 its lower end is
    above 0 exactly where the F test at 0.05 rejects, which Steiger recommends; that of 0.95 is wider.
    """
    tail = (1 - confidence) / 2
    ends = (noncentrality(f, df, df_error, p) for p in (1 - tail, tail))
    low, high = (at / (at + n) for at in ends)
    return low, high


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

    P(F' > F_crit) with F' noncentral F(df, df_error, F df). It restates p in another form: a test with
    p = alpha has about 0.5. It is no evidence for the absence of an effect (Hoenig and Heisey, 2001).
    """
    from scipy.special import ncfdtr
    from scipy.stats import f as central

    critical = central.isf(alpha, df, df_error)
    return 1.0 - float(ncfdtr(df, df_error, f * df, critical))  # scipy.stats.ncf.sf is -0.95 where F is 0
