"""Repeated measures: every effect tested against how differently the units react to it.

A unit (an emotion, a seed, a fold, a person) that was measured in every condition has a reaction of its own
to each factor. Whether the mean reaction differs from 0 can only be told against the spread of those
reactions: the error term of an effect is effect x unit. One error pooled over all of them takes effects for
certain to which units react differently, and hides those to which they react alike.

pingouin's `rm_anova` does the same for one or two factors and is an oracle of the tests; a study with three
has to be done here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from itertools import product as combinations_of
from typing import TYPE_CHECKING, Any

import numpy as np

from fer_core.base.errors import SettingError, TableError
from fer_core.stats.coding import BETWEEN, Floats, names_of
from fer_core.stats.columns import UNITS
from fer_core.stats.design import check_factors, varied_factors
from fer_core.stats.noncentral import achieved_power, eta_interval, partial_eta_squared
from fer_core.stats.settings import check_share

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.stats.table import Evaluations

COLUMNS = (
    "effect",
    "ss",
    "ss_error",
    "df",
    "df_error",
    "F",
    "p",
    "epsilon_gg",
    "p_gg",
    "eta2p",
    "eta2p_low",
    "eta2p_high",
    "ges",
    "ges_low",
    "ges_high",
    "power",
    "n",
)

_NO_SPREAD = 1e-20
"""Of a sum of squares beside that of the whole table: what rounding leaves of none."""
_TIE = 1e-12
_NAMED = 8


@dataclass(frozen=True, eq=False)
class Units:
    """A metric as units x conditions.

    Attributes
    ----------
    values : (n, levels of the first factor, levels of the second, ...) array
        Mean of each unit in each combination of levels, over whatever else tells rows apart.
    within : str
        What the units are: "emotion", "replicate", "fold" or "person".
    names : tuple
        The n units.
    factors : tuple of str
        Those that vary, in the order of the axes.
    notes : list of str
        What was left out and what was averaged.
    """

    values: Floats
    within: str
    names: tuple[Any, ...]
    factors: tuple[str, ...]
    notes: list[str]

    @property
    def effects(self) -> Iterator[str]:
        """ "architecture", ..., "architecture x loss", ...: main effects first."""
        for size in range(1, len(self.factors) + 1):
            yield from map(BETWEEN.join, combinations(self.factors, size))

    def reactions(self, effect: str) -> Floats:
        """(n, levels of the effect's factors): what each unit adds to its mean and its lower effects.

        The unit's means over the factors that do not take part, less all that fewer of the effect's
        factors explain: along each axis they sum to 0.
        """
        named = names_of(effect)
        others = tuple(1 + k for k, factor in enumerate(self.factors) if factor not in named)
        means = self.values.mean(axis=others)
        for axis in range(1, means.ndim):
            means = means - means.mean(axis=axis, keepdims=True)
        return means

    def averaged(self, effect: str) -> int:
        """Conditions behind each number of `reactions`."""
        return int(self.values[0].size // self.reactions(effect)[0].size)

    def df(self, effect: str) -> int:
        """Of the effect: the product of its factors' levels less one."""
        return math.prod(self.values.shape[1 + self.factors.index(f)] - 1 for f in names_of(effect))


def units_of(table: Evaluations, metric: str, within: str = "emotion") -> Units:
    """A table as units x conditions; units that lack a condition are left out, and named in the notes.

    Raises
    ------
    TableError
        For an unknown metric, no factor with two levels, and fewer than two units that were measured in
        every condition.
    SettingError
        For a unit that is none of `fer_core.stats.columns.UNITS`.
    """
    if within not in UNITS:
        raise SettingError(f"{within!r} is not a unit", fix=f"use one of {', '.join(UNITS)}")
    factors = tuple(varied_factors(table))
    table.require(metric)
    if len(table.order(within)) < 2:
        others = [u for u in UNITS if len(table.order(u)) > 1]
        raise TableError(
            f"the table has one {within}, so nothing can be compared within it",
            where=table.title,
            fix=f"use {' or '.join(others)}" if others else "add rows",
        )
    levels = [table.levels(name) for name in factors]
    wide = table.frame.pivot_table(metric, within, list(factors), aggfunc="mean", observed=True)
    places = list(combinations_of(*levels))
    columns = [key if len(factors) > 1 else key[0] for key in places]
    wide = wide.reindex(index=list(table.order(within)), columns=columns)
    whole = wide.notna().all(axis=1)
    if int(whole.sum()) < 2:
        raise TableError(
            f"fewer than two levels of {within} occur in every condition",
            where=f"{int(whole.sum())} of {len(wide)} in all {len(places)} conditions",
            fix="use another unit, or add the missing rows",
        )
    notes = [f"{name} has one level and is left out." for name in table.single_levels]
    if not whole.all():
        notes.append(_left_out(within, [str(name) for name in wide.index[~whole]], len(wide)))
    notes += _averaged(table, within)
    values = wide[whole].to_numpy(dtype=float).reshape(-1, *map(len, levels))
    return Units(values, within, tuple(wide.index[whole]), factors, notes)


def repeated_measures(
    table: Evaluations, metric: str, within: str = "emotion", confidence: float = 0.95, alpha: float = 0.05
) -> pd.DataFrame:
    """Analysis of variance of repeated measures, each effect with its own error term (effect x unit).

    Parameters
    ----------
    table : Evaluations
        Each unit in every combination of the factors' levels; units that lack one are left out.
    metric : str
        One of ``table.metrics``.
    within : str
        The repeated unit: "emotion", "replicate", "fold" or "person". Rows are averaged over the others.
    confidence : float
        Of the intervals of both shares of variance.
    alpha : float
        Level of the test whose achieved power is given.

    Returns
    -------
    DataFrame
        One row per effect, columns `COLUMNS`. F = (ss / df) / (ss_error / df_error), df_error = df (n - 1), n
        units (Winer, 1971). ``epsilon_gg`` (Greenhouse and Geisser, 1959) estimates how far an effect of
        two or more degrees of freedom departs from sphericity, ``p_gg`` is p with both degrees of freedom
        multiplied by it; with one degree there is nothing to correct, and with no more units than degrees
        nothing to estimate it from (a note says so): NaN, and p itself. ``eta2p`` is
        partial eta squared; ``ges`` generalised eta squared, ss / (ss + all error terms and units'
        differences) (Olejnik and Algina, 2003; Bakeman, 2005), comparable between designs; its interval is
        that of a partial share of its size, as in R's effectsize. Where all units react alike there is no
        error to compare with: F, p and what follows are NaN. ``attrs["notes"]``: what was left out and why;
        ``attrs["within"]``, ``attrs["units"]``.

    Raises as `units_of`; `TableError` where nothing varies.
    """
    import pandas as pd

    check_share(confidence, "confidence")
    check_share(alpha, "alpha")
    units = units_of(table, metric, within)
    whole = float(np.sum((units.values - units.values.mean()) ** 2))
    if np.ptp(units.values) <= _TIE:
        raise TableError(
            f"{metric} is the same in every row, so there is nothing to explain",
            where=f"{len(table)} rows",
            fix="choose another metric",
        )
    sums = {effect: _sums(units, effect, whole) for effect in units.effects}
    between = units.values.reshape(len(units.names), -1).mean(axis=1)
    errors = sum(error for _, error in sums.values())
    errors += units.values[0].size * float(np.sum((between - between.mean()) ** 2))
    rows = [_row(units, effect, *sums[effect], errors, confidence, alpha) for effect in units.effects]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    notes = [*units.notes]
    if alike := [str(r["effect"]) for r in rows if math.isnan(r["F"])]:
        notes.append(f"Every {within} reacts alike to {', '.join(alike)}: no error to compare with, so no test.")
    if singular := [str(r["effect"]) for r in rows if r["df"] >= r["n"] and not math.isnan(r["F"])]:
        notes.append(
            f"{len(units.names)} levels of {within} are too few to estimate the sphericity of "
            f"{', '.join(singular)}: p is not corrected there."
        )
    frame.attrs |= {"notes": notes, "within": within, "units": units.names}
    return frame


def sphericity(table: Evaluations, metric: str, within: str = "emotion") -> pd.DataFrame:
    """Mauchly's (1940) test of sphericity for every factor with three levels or more (pingouin).

    Columns: check, statistic (W), p, words; no rows where every factor has two levels.
    """
    import pandas as pd
    import pingouin as pg

    units = units_of(table, metric, within)
    rows = []
    for factor in units.factors:
        means = units.reactions(factor)
        if means.shape[1] < 3:
            continue
        result = pg.sphericity(pd.DataFrame(means))
        small = not math.isfinite(result.pval) or len(means) <= means.shape[1]
        words = (
            f"Too few levels of {within} to test the sphericity of {factor}; read the corrected p."
            if small
            else f"Mauchly sees no departure from sphericity for {factor}."
            if result.pval >= 0.05
            else f"Mauchly: the levels of {factor} do not vary alike; read the corrected p."
        )
        statistic, p = (math.nan, math.nan) if small else (float(result.W), float(result.pval))
        rows.append((f"sphericity of {factor}", statistic, p, words))
    return pd.DataFrame(rows, columns=["check", "statistic", "p", "words"])


def within_means(
    table: Evaluations, metric: str, factors: Sequence[str], within: str = "emotion", confidence: float = 0.95
) -> pd.DataFrame:
    """Means of the combinations of some factors' levels over units, with intervals for comparing them.

    Each unit's own mean is taken out before the spread is measured, times sqrt(c / (c - 1)) for c
    combinations (Cousineau, 2005; Morey, 2008), so that how high a unit lies in all of them does not count.
    Columns: the factors, n (units), mean, low, high (t with n - 1 degrees of freedom).
    Raises as `units_of`, and `SettingError` for a factor that the table does not vary.
    """
    import pandas as pd
    from scipy.stats import t

    check_share(confidence, "confidence")
    units = units_of(table, metric, within)
    check_factors(table, factors)
    others = tuple(1 + k for k, name in enumerate(units.factors) if name not in factors)
    order = [name for name in units.factors if name in factors]
    cells = units.values.mean(axis=others).reshape(len(units.names), -1)
    count, conditions = cells.shape
    centred = cells - cells.mean(axis=1, keepdims=True)
    spread = centred.std(axis=0, ddof=1) * math.sqrt(conditions / (conditions - 1))
    half = t.ppf((1 + confidence) / 2, count - 1) * spread / math.sqrt(count)
    frame = pd.DataFrame(list(combinations_of(*[table.levels(name) for name in order])), columns=order)
    frame = frame.assign(n=count, mean=cells.mean(axis=0))
    frame = frame.assign(low=frame["mean"] - half, high=frame["mean"] + half)
    frame = frame[[*factors, "n", "mean", "low", "high"]]
    frame.attrs["notes"] = list(units.notes)
    return frame


def within_contrasts(
    table: Evaluations, metric: str, within: str = "emotion", confidence: float = 0.95
) -> pd.DataFrame:
    """Differences between the levels of each factor, over units: a paired t test of each unit's two means.

    Of a factor with two levels p is that of its F. Columns: factor, first, second, difference (first minus
    second), low, high, p, n (units). Where all units differ by the same, low, high and p are NaN.
    Raises as `units_of`.
    """
    import pandas as pd
    import pingouin as pg

    from fer_core.stats.descriptive import mean_interval
    from fer_core.stats.effect_sizes import spread

    check_share(confidence, "confidence")
    units = units_of(table, metric, within)
    rows = []
    for factor in units.factors:
        means = units.reactions(factor)
        for (a, first), (b, second) in combinations(enumerate(table.levels(factor)), 2):
            differences = means[:, a] - means[:, b]
            low = high = p = math.nan
            if spread(differences) > 0:
                low, high = mean_interval(differences, "t", confidence)
                p = float(pg.ttest(differences, 0).iloc[0]["p_val"])
            rows.append((factor, first, second, float(differences.mean()), low, high, p, len(differences)))
    return pd.DataFrame(rows, columns=["factor", "first", "second", "difference", "low", "high", "p", "n"])


def default_within(table: Evaluations) -> str | None:
    """The unit that rows are compared within unless another is asked for: emotions, else people, replicates,
    folds; the first of which at least two occur in every condition, or None.
    """
    cells = int(np.prod([len(table.levels(name)) for name in table.factors]))
    for unit in ("emotion", "person", "replicate", "fold"):
        conditions = table.frame.drop_duplicates([unit, *table.factors])[unit].value_counts()
        if int((conditions == cells).sum()) > 1:
            return unit
    return None


# --- inside ---------------------------------------------------------------------------------------


def _sums(units: Units, effect: str, whole: float) -> tuple[float, float]:
    """Sums of squares of an effect and of effect x unit; exactly 0 where rounding alone is left."""
    reactions, times = units.reactions(effect), units.averaged(effect)
    mean = reactions.mean(axis=0)
    found = times * len(reactions) * float(np.sum(mean**2)), times * float(np.sum((reactions - mean) ** 2))
    ss, error = (0.0 if value <= _NO_SPREAD * whole else value for value in found)
    return ss, error


def _row(
    units: Units, effect: str, ss: float, error: float, errors: float, confidence: float, alpha: float
) -> dict[str, Any]:
    from scipy.stats import f as central

    n, df = len(units.names), units.df(effect)
    df_error = df * (n - 1)
    nothing = dict.fromkeys(COLUMNS, math.nan)
    ges = ss / (ss + errors) if ss + errors > 0 else math.nan
    row = nothing | {"effect": effect, "ss": ss, "ss_error": error, "df": df, "df_error": df_error, "ges": ges, "n": n}
    if ss + error > 0:
        row["eta2p"] = ss / (ss + error)
    if error == 0:
        return row
    f = (ss / df) / (error / df_error)
    p = float(central.sf(f, df, df_error))
    epsilon = _epsilon(units, effect) if 1 < df < n else math.nan
    p_gg = p if math.isnan(epsilon) else float(central.sf(f, df * epsilon, df_error * epsilon))
    row |= {"F": f, "p": p, "epsilon_gg": epsilon, "p_gg": p_gg}
    row["eta2p"] = partial_eta_squared(f, df, df_error)
    row["eta2p_low"], row["eta2p_high"] = eta_interval(f, df, df_error, confidence)
    partial = ges / (1 - ges) * df_error / df
    row["ges_low"], row["ges_high"] = eta_interval(partial, df, df_error, confidence)
    row["power"] = achieved_power(f, df, df_error, alpha)
    return row


def _epsilon(units: Units, effect: str) -> float:
    """tr(S)^2 / (df tr(S^2)), S the covariance of the reactions (Greenhouse and Geisser, 1959)."""
    reactions = units.reactions(effect).reshape(len(units.names), -1)
    covariance = np.cov(reactions, rowvar=False)
    return float(np.trace(covariance) ** 2 / (units.df(effect) * np.sum(covariance**2)))


def _left_out(within: str, names: Sequence[str], of: int) -> str:
    shown = ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")
    return f"{len(names)} of {of} levels of {within} lack a condition and are left out: {shown}."


def _averaged(table: Evaluations, within: str) -> list[str]:
    over = [name for name in UNITS if name != within and len(table.order(name)) > 1]
    return [f"Each value is a mean over {' and '.join(over)}."] if over else []
