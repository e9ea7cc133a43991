"""What a design can show: power of paired and independent t tests and of F tests.

All three tests are noncentral: their statistic under an effect is noncentral t or F, and power is the chance
that it passes the critical value (Cohen, 1988). That of t tests is pingouin's `power_ttest`; it has no F test
of a main effect in a factorial design, and its searches for n and d end too early (d above 10), so those are
here. Power of TOST is in `fer_core.stats.tost_power`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import SettingError
from fer_core.stats.noncentral import f_power
from fer_core.stats.settings import check_share

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["paired", "independent", "anova"]
"""paired: effect d_z, n pairs. independent: effect d, n per group. anova: effect Cohen's f, n per cell."""

SIZES: dict[Kind, dict[str, float]] = {
    "paired": {"small": 0.2, "medium": 0.5, "large": 0.8},
    "independent": {"small": 0.2, "medium": 0.5, "large": 0.8},
    "anova": {"small": 0.1, "medium": 0.25, "large": 0.4},
}
"""Cohen's (1988) conventions, for want of knowledge of what matters."""

_CONTRASTS = {"paired": "paired", "independent": "two-samples"}
_LARGEST_N = 10**8


def power_of(
    kind: Kind, effect: float, n: float, alpha: float = 0.05, *, groups: int = 2, df_effect: int | None = None
) -> float:
    """Power of a two-sided t test or of an F test.

    Parameters
    ----------
    kind : {"paired", "independent", "anova"}
        - paired: t with n - 1 degrees of freedom, noncentrality d_z sqrt(n);
        - independent: two groups of n, 2 n - 2 degrees of freedom, noncentrality d sqrt(n / 2);
        - anova: F with ``df_effect`` (groups - 1 if not given) and groups (n - 1) degrees of freedom,
          noncentrality f^2 groups n. For a main effect of the study's 2 x 2 x 2 design: groups=8,
          df_effect=1.
    effect : float
        d_z, d or f (0 or more); the sign of d does not matter.
    n : float
        Pairs, members per group, or evaluations per cell; 2 or more.

    Raises `SettingError` for anything out of range.
    """
    return float(_power(kind, effect, n, alpha, groups, df_effect))


def required_n(
    kind: Kind, effect: float, power: float = 0.8, alpha: float = 0.05, *, groups: int = 2, df_effect: int | None = None
) -> int:
    """The smallest whole n with which `power_of` reaches ``power``. Raises `SettingError` beyond 10^8."""
    _check_power(power, alpha)
    return smallest_n(lambda n: power_of(kind, effect, n, alpha, groups=groups, df_effect=df_effect), power)


def smallest(
    kind: Kind, n: float, power: float = 0.8, alpha: float = 0.05, *, groups: int = 2, df_effect: int | None = None
) -> float:
    """The smallest effect that `power_of` shows with ``power``; infinite for n below 2."""
    from scipy.optimize import brentq

    if n < 2:
        return math.inf
    _check_power(power, alpha)

    def short(effect: float) -> float:
        return power_of(kind, effect, n, alpha, groups=groups, df_effect=df_effect) - power

    high = 1.0
    while short(high) < 0:
        high *= 2
    return float(brentq(short, 0.0, high, xtol=1e-9))


def curve(
    kind: Kind,
    effects: npt.ArrayLike,
    ns: npt.ArrayLike,
    alpha: float = 0.05,
    *,
    groups: int = 2,
    df_effect: int | None = None,
) -> pd.DataFrame:
    """Power of every effect (E,) at every n (M,): columns effect, n, power; E M rows, by effect."""
    import pandas as pd

    effect, n = np.atleast_1d(np.asarray(effects, float)), np.atleast_1d(np.asarray(ns, float))
    values = _power(kind, effect[:, None], n[None], alpha, groups, df_effect)
    return pd.DataFrame({"effect": np.repeat(effect, len(n)), "n": np.tile(n, len(effect)), "power": values.ravel()})


def paired_power(effect: float, pairs: int, alpha: float = 0.05) -> float:
    """`power_of` a two-sided paired t test with d_z ``effect`` and 2 or more ``pairs``."""
    return power_of("paired", effect, pairs, alpha)


def smallest_effect(pairs: int, power: float = 0.8, alpha: float = 0.05) -> float:
    """The smallest d_z that so many matched pairs show with the given power; infinite below 2 pairs."""
    return smallest("paired", pairs, power, alpha)


def smallest_n(power_at: Callable[[int], float], power: float) -> int:
    """The smallest n, 2 or more, at which a power that grows with n reaches ``power``.

    Raises `SettingError` where 10^8 are not enough.
    """
    low, high = 1, 2
    while power_at(high) < power:
        if high >= _LARGEST_N:
            raise SettingError(f"more than {_LARGEST_N:,} observations would be needed", fix="ask for a larger effect")
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power_at(middle) >= power else (middle, high)
    return high


def _power(kind: str, effect: Any, n: Any, alpha: float, groups: int, df_effect: int | None) -> Any:
    """`power_of` over arrays that broadcast."""
    effect, n = np.asarray(effect, dtype=float), np.asarray(n, dtype=float)
    _check(kind, effect, n, alpha)
    if kind in _CONTRASTS:
        import pingouin as pg

        effect, n = np.broadcast_arrays(effect, n)
        return np.clip(pg.power_ttest(d=effect, n=n, alpha=alpha, contrast=_CONTRASTS[kind]), 0.0, 1.0)
    df = groups - 1 if df_effect is None else df_effect
    if groups < 2 or not 1 <= df < groups:
        raise SettingError(
            f"an effect with {df} degrees of freedom in {groups} cells", fix="use 1 to one less than the cells"
        )
    return f_power(effect**2 * groups * n, df, groups * (n - 1), alpha)


def _check(kind: str, effect: Any, n: Any, alpha: float) -> None:
    if kind not in get_args(Kind):
        raise SettingError(f"{kind!r} is not a kind of test", fix=f"use one of {', '.join(get_args(Kind))}")
    if not np.isfinite(effect).all() or (kind == "anova" and (effect < 0).any()):
        raise SettingError("an effect is out of range", fix="use a finite number, for Cohen's f 0 or more")
    if not (n >= 2).all() or not np.isfinite(n).all():
        what = "pairs have" if kind == "paired" else "in a group have"
        raise SettingError(f"{float(n.min()):g} {what} no spread", fix="use 2 or more")
    check_share(alpha, "alpha")


def _check_power(power: float, alpha: float) -> None:
    check_share(alpha, "alpha")
    if not alpha < power < 1:
        raise SettingError(f"a power of {power:g} is out of range", fix="use a value between alpha and 1")
