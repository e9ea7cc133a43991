"""Factorial analysis of variance with one pooled error, as published; its assumptions and its means.

Every effect is tested against what is left of all rows. Without blocks, rows of different emotions count as
replicates of a condition (the published analysis); with the block emotion, what emotions have in common over
all conditions is taken out, and how differently they react to a factor passes for chance. Where the same
emotions, seeds or people stand in every condition, `fer_core.stats.repeated` tests each effect against that.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import product as combinations_of
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from fer_core.base.errors import SettingError
from fer_core.stats.coding import names_of, product
from fer_core.stats.columns import UNITS
from fer_core.stats.design import Design, check_factors, design_of
from fer_core.stats.noncentral import (
    achieved_power,
    eta_interval,
    omega_interval,
    partial_eta_squared,
    partial_omega_squared,
)
from fer_core.stats.settings import check_share

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.stats.table import Evaluations

SumsOfSquares = Literal["II", "III"]

RESIDUAL = "residual"
COLUMNS = (
    "effect",
    "ss",
    "df",
    "ms",
    "F",
    "p",
    "eta2p",
    "eta2p_low",
    "eta2p_high",
    "omega2p",
    "omega2p_low",
    "omega2p_high",
    "power",
    "n",
)

ERROR_RATES = {"blocked": 0.22, "published": 0.135}
"""Of a pooled error, with and without emotions as blocks: share of 200 simulated tables in which a factor
without any mean effect has p < 0.05 because emotions react to it differently (`scripts/error_rates.py`)."""

_MOST_FOR_SHAPIRO = 5000
"""Beyond it Royston's approximation of the Shapiro-Wilk p does not hold (Royston, 1995)."""


def anova(
    table: Evaluations,
    metric: str,
    blocks: Sequence[str] = (),
    confidence: float = 0.95,
    alpha: float = 0.05,
    sums: SumsOfSquares = "II",
) -> pd.DataFrame:
    """Fixed-effects ANOVA with all interactions of the factors and one pooled error (statsmodels).

    Parameters
    ----------
    table : Evaluations
        Unbalanced tables are allowed; interactions with an empty cell are left out.
    metric : str
        One of ``table.metrics``.
    blocks : sequence of str
        Of `fer_core.stats.columns.UNITS`: additive, without interactions.
    confidence : float
        Of the intervals of the shares of variance; 0.90 matches the F test at 0.05.
    alpha : float
        Level of the test whose achieved power is given.
    sums : {"II", "III"}
        Sums of squares: II, each effect beside all that do not contain it; III, beside all others, with
        levels coded to sum to 0 (the default of SPSS, JASP and afex). The same in balanced tables.

    Returns
    -------
    DataFrame
        One row per effect ("architecture", "architecture x loss", ...), per block, and "residual":
        effect, ss, df, ms, F, p, eta2p, eta2p_low, eta2p_high, omega2p, omega2p_low, omega2p_high, power,
        n (rows of the table). The residual has no F and what follows from it: NaN. The two intervals are of
        different things (`fer_core.stats.noncentral.eta_interval`, `omega_interval`). ``attrs["notes"]``:
        sentences about what was left out, what is unbalanced and what passes for chance;
        ``attrs["sums"]``.

    Raises
    ------
    TableError
        As `fer_core.stats.design.design_of`, and where nothing varies.
    SettingError
        For a confidence or alpha that is not between 0 and 1, and sums of squares of another type.
    """
    import pandas as pd
    from statsmodels.formula.api import ols
    from statsmodels.stats.anova import anova_lm

    check_share(confidence, "confidence")
    check_share(alpha, "alpha")
    if sums not in get_args(SumsOfSquares):
        raise SettingError(f"there are no sums of squares of type {sums}", fix="use II or III")
    design = design_of(table, metric, blocks)
    design.require_error(metric)
    terms = {name: ":".join(f"C({f}, Sum)" for f in names_of(name)) for name in (*design.effects, *design.blocks)}
    fitted = ols(f"{metric} ~ {' + '.join(terms.values())}", table.frame).fit()
    found = anova_lm(fitted, typ={"II": 2, "III": 3}[sums])
    df_error = float(found.loc["Residual", "df"])
    rows = []
    for name, term in terms.items():
        ss, df, f, p = (float(found.loc[term, column]) for column in ("sum_sq", "df", "F", "PR(>F)"))
        shares = _shares(f, df, df_error, len(table), confidence)
        power = achieved_power(f, df, df_error, alpha)
        rows.append((name, ss, df, ss / df, f, p, *shares, power, len(table)))
    ss = float(found.loc["Residual", "sum_sq"])
    rows.append((RESIDUAL, ss, df_error, ss / df_error, *[math.nan] * 9, len(table)))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame.attrs |= {"notes": [*_size_notes(design, sums), *_unit_notes(table, design)], "sums": sums}
    return frame


def assumptions(table: Evaluations, metric: str, blocks: Sequence[str] = ()) -> pd.DataFrame:
    """Whether the ANOVA's residuals look normal and equally spread in every condition.

    Shapiro and Wilk (1965) on the residuals of the same model, and Brown and Forsythe (1974: Levene's test
    about medians) on the residuals between conditions, both by pingouin. In small samples a large p is weak
    comfort.

    Columns: check, statistic, p, words. A check that cannot be done has NaN and says why.
    """
    import pandas as pd

    design = design_of(table, metric, blocks)
    design.require_error(metric)
    rows = [_normal(design.residuals), _equal_spread(table, design)]
    return pd.DataFrame(rows, columns=["check", "statistic", "p", "words"])


def marginal_means(
    table: Evaluations, metric: str, factors: Sequence[str], blocks: Sequence[str] = (), confidence: float = 0.95
) -> pd.DataFrame:
    """Estimated means of one factor's levels, or of the combinations of several, as the ANOVA sees them.

    A mean is that of the model at the average of everything else (Searle, Speed and Milliken, 1980); in a
    balanced table it is the plain mean. Its interval is t with the ANOVA's pooled error,
    mean ± t(df_error) s sqrt(l' (X'X)^-1 l), so a block takes the differences between its levels out of it.

    Columns: the factors, n (rows), mean, low, high. Combinations that do not occur have no row.
    Raises as `anova`, and `SettingError` for a factor that the table does not vary.
    """
    import pandas as pd
    from scipy.stats import t

    check_share(confidence, "confidence")
    check_factors(table, factors)
    design = design_of(table, metric, blocks)
    beta, rss = design.fit
    variance = rss / design.df_residual
    inverse = np.linalg.inv(design.matrix.T @ design.matrix)
    sizes = table.frame.groupby(list(factors), observed=True).size()
    half = t.ppf((1 + confidence) / 2, design.df_residual)
    rows: list[tuple[Any, ...]] = []
    for levels in combinations_of(*(table.levels(name) for name in factors)):
        size = int(sizes.get(levels if len(factors) > 1 else levels[0], 0))
        if not size:
            continue
        at = _at(design, dict(zip(factors, levels, strict=True)))
        mean, error = float(at @ beta), half * math.sqrt(variance * float(at @ inverse @ at))
        rows.append((*levels, size, mean, mean - error, mean + error))
    frame = pd.DataFrame(rows, columns=[*factors, "n", "mean", "low", "high"])
    frame.attrs["notes"] = list(design.notes)
    return frame


# --- inside ---------------------------------------------------------------------------------------


def _shares(f: float, df: float, df_error: float, n: int, confidence: float) -> Iterable[float]:
    return (
        partial_eta_squared(f, df, df_error),
        *eta_interval(f, df, df_error, confidence),
        partial_omega_squared(f, df, n),
        *omega_interval(f, df, df_error, n, confidence),
    )


def _size_notes(design: Design, sums: SumsOfSquares) -> list[str]:
    low, high = design.counts.min(), design.counts.max()
    unbalanced = [f"Cells hold {low} to {high} rows: unbalanced, and sums of squares are of Type {sums}."]
    return [*design.notes, *(unbalanced if low < high else [])]


def _unit_notes(table: Evaluations, design: Design) -> list[str]:
    """What the rows of a cell stand for when no block takes them up, and what a block passes over."""
    loose = [name for name in UNITS if len(table.order(name)) > 1 and name not in design.blocks]
    notes = []
    if loose:
        rows = f"Rows that differ in {' and '.join(loose)}"
        notes.append(f"{rows} count as independent replicates of a condition.")
    if len(table.emotions) > 1:
        rate = ERROR_RATES["blocked" if "emotion" in design.blocks else "published"]
        notes.append(
            "Pooled error: how differently emotions react to a factor passes for chance. Where they do, a "
            f"factor without any mean effect was called significant in {rate:.0%} of simulated tables, where "
            "5% is right."
        )
    return notes


def _at(design: Design, levels: dict[str, str]) -> Any:
    """The row of the model for these levels, at the average of everything else."""
    row = np.zeros(design.matrix.shape[1])
    row[0] = 1.0
    for effect, place in design.places.items():
        if set(names_of(effect)) <= set(levels):
            row[place] = product([design.codes[name][levels[name]] for name in names_of(effect)])
    return row


def _normal(residuals: Any) -> tuple[str, float, float, str]:
    import pingouin as pg

    check = "normal residuals"
    if len(residuals) < 3:
        return check, math.nan, math.nan, "Fewer than three rows cannot be checked."
    drawn = ""
    if len(residuals) > _MOST_FOR_SHAPIRO:
        residuals = np.random.default_rng(0).choice(residuals, _MOST_FOR_SHAPIRO, replace=False)
        drawn = f" (on {_MOST_FOR_SHAPIRO:,} rows drawn from all)"
    result = pg.normality(residuals, method="shapiro").iloc[0]
    p = float(result["pval"])
    words = (
        f"Shapiro-Wilk sees no departure from a normal distribution{drawn}."
        if p >= 0.05
        else f"Shapiro-Wilk: the residuals are not normal{drawn}; read the permutation test as well."
    )
    return check, float(result["W"]), p, words


def _equal_spread(table: Evaluations, design: Design) -> tuple[str, float, float, str]:
    import pingouin as pg

    check = "equal variances"
    residuals = table.frame.assign(_residual=design.residuals)
    groups = [g.to_numpy() for _, g in residuals.groupby(list(table.factors), observed=True)["_residual"]]
    groups = [g for g in groups if len(g) > 2]
    if len(groups) < 2 or max(float(np.ptp(g)) for g in groups) == 0:
        words = "Conditions with fewer than three different rows have no spread to compare."
        return check, math.nan, math.nan, words
    result = pg.homoscedasticity(groups, method="levene", center="median").iloc[0]
    p = float(result["pval"])
    words = (
        "Brown-Forsythe sees no difference in spread between conditions."
        if p >= 0.05
        else "Brown-Forsythe: conditions differ in spread; read the permutation test with care."
    )
    return check, float(result["W"]), p, words
