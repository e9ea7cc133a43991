"""The factorial model with a random intercept, for designs whose rows come in groups."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from fer_core.errors import TableError
from fer_core.stats.coding import BETWEEN, product
from fer_core.stats.columns import UNITS
from fer_core.stats.design import design_of

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.stats.table import Evaluations

COLUMNS = ("effect", "estimate", "se", "z", "p", "low", "high")

_FEW_GROUPS = 10


def mixed_model(
    table: Evaluations, metric: str, group: str = "emotion", confidence: float = 0.95
) -> pd.DataFrame:
    """A linear mixed model by REML (statsmodels MixedLM; Laird and Ware, 1982), random intercept per group.

    Parameters
    ----------
    table : Evaluations
        Every combination of levels must occur for its interaction to be estimated.
    metric : str
        One of ``table.metrics``.
    group : str
        "emotion", "replicate" or "fold", with two levels or more.
    confidence : float
        Of the Wald intervals.

    Returns
    -------
    DataFrame
        effect, estimate, se, z, p, low, high. Levels are coded +0.5 (first) and -0.5, so a main effect is
        first level minus second, averaged over the other factors, in units of the metric, and an
        interaction is a difference of differences. A factor with more levels has a row for each of them
        minus the last ("architecture: gru - lstm"). ``attrs["notes"]``: what went wrong in
        fitting, and what z rests on; ``attrs["group_sd"]``, ``attrs["residual_sd"]``.

    Raises
    ------
    TableError
        As `fer_core.stats.design.design_of`; for a group with one level; where the fit fails.
    """
    import pandas as pd
    from scipy.stats import norm

    if group not in UNITS or len(table.order(group)) < 2:
        fix = f"use one of {', '.join(u for u in UNITS if len(table.order(u)) > 1) or 'more rows'}"
        raise TableError(f"{group!r} does not part the rows into groups", where=table.title, fix=fix)
    design = design_of(table, metric)
    design.require_error(metric)
    names, columns = _halves(table, tuple(design.effects))
    x = np.column_stack([np.ones(len(table)), columns])
    numbers, _ = table.frame[group].factorize()
    fit = _least_squares(design.y, x, numbers) or _restricted_likelihood(design.y, x, numbers)
    estimate, se = fit.estimates[1:], _standard_errors(x, numbers, fit)[1:]
    if not np.isfinite([*estimate, *se]).all():
        raise TableError(
            "the mixed model of this table has no finite answer", where=metric, fix=f"use {group} as a block"
        )
    z = estimate / se
    half = norm.ppf((1 + confidence) / 2) * se
    made = (names, estimate, se, z, 2 * norm.sf(np.abs(z)), estimate - half, estimate + half)
    frame = pd.DataFrame(dict(zip(COLUMNS, made, strict=True)))
    frame.attrs |= {
        "notes": [*design.notes, *_notes(table, group, fit)],
        "group_sd": fit.variance**0.5,
        "residual_sd": fit.scale**0.5,
    }
    return frame


@dataclass(frozen=True, eq=False)
class _Fit:
    estimates: Any
    variance: float
    scale: float
    settled: bool = True


def _least_squares(y: Any, x: Any, numbers: Any) -> _Fit | None:
    """The fit where REML has its best value at no variance between groups; None where it has not.

    It has where the derivative of the restricted likelihood at 0 is not positive: sum over groups of
    (sum of residuals)^2 <= s^2 (n - tr(S (X'X)^-1 S')), S the groups' sums of X (Searle, Casella and
    McCulloch, 1992). statsmodels fails there on a singular matrix.
    """
    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ (x.T @ y)
    residuals = y - x @ beta
    scale = float(residuals @ residuals) / (len(y) - x.shape[1])
    sums = _sums(x, numbers)
    between = float(np.sum(np.bincount(numbers, residuals) ** 2))
    expected = len(y) - float(np.trace(sums @ inverse @ sums.T))
    return _Fit(beta, 0.0, scale) if between <= expected * scale else None


def _restricted_likelihood(y: Any, x: Any, numbers: Any) -> _Fit:
    from statsmodels.regression.mixed_linear_model import MixedLM

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they say is in `converged`, or no fault (a small variance)
        try:
            fitted = MixedLM(y, x, numbers).fit(reml=True)
        except (np.linalg.LinAlgError, ValueError) as error:
            fix = "use the group as a block of the ANOVA"
            raise TableError("the mixed model cannot be fitted to this table", fix=fix) from error
    variance = max(float(np.asarray(fitted.cov_re).ravel()[0]), 0.0)
    return _Fit(np.asarray(fitted.fe_params), variance, float(fitted.scale), bool(fitted.converged))


def _standard_errors(x: Any, numbers: Any, fit: _Fit) -> Any:
    """sqrt diag (X' V^-1 X)^-1 (Laird and Ware, 1982), V with the random intercept's variance in each group.

    As in R's lme4. statsmodels' own also hold how the estimates move with the variance, which differs in
    the third digit in unbalanced tables and has no value at a variance of 0.
    """
    weights = fit.variance / (fit.scale + np.bincount(numbers) * fit.variance)
    sums = _sums(x, numbers)
    return np.sqrt(np.diag(np.linalg.inv((x.T @ x - (sums.T * weights) @ sums) / fit.scale)))


def _sums(x: Any, numbers: Any) -> Any:
    """(groups, p): the sum of each group's rows."""
    return np.column_stack([np.bincount(numbers, column) for column in x.T])


def _halves(table: Evaluations, effects: tuple[str, ...]) -> tuple[list[str], Any]:
    """Names and columns (n, k) of effects coded so that a coefficient is a level minus the last one."""
    single: dict[str, tuple[list[str], Any]] = {}
    for factor in table.factors:
        levels = table.levels(factor)
        is_level = table.frame[factor].to_numpy()[:, None] == np.array(levels[:-1], dtype=object)[None]
        two = len(levels) == 2
        names = [factor] if two else [f"{factor}: {level} - {levels[-1]}" for level in levels[:-1]]
        single[factor] = names, is_level - 1 / len(levels)
    names, columns = [], []
    for size in range(1, len(table.factors) + 1):
        for some in combinations(table.factors, size):
            if BETWEEN.join(some) in effects:
                columns.append(product([single[f][1] for f in some]))
                names += _joined([single[f][0] for f in some])
    return names, np.hstack(columns)


def _joined(parts: list[list[str]]) -> list[str]:
    joined = [""]
    for part in parts:
        joined = [f"{a}{BETWEEN}{b}" if a else b for a in joined for b in part]
    return joined


def _notes(table: Evaluations, group: str, fit: _Fit) -> list[str]:
    groups = len(table.order(group))
    notes = []
    if not fit.settled:
        notes.append(
            "The fit did not settle on a best value; read these numbers with the blocked ANOVA beside."
        )
    if fit.variance == 0:
        notes.append(f"No variance between the levels of {group} is left: the same as without groups.")
    if groups < _FEW_GROUPS:
        notes.append(
            f"{group.capitalize()} has {groups} levels: the normal distribution behind z makes p a little "
            "too small; the F test with it as a block does not."
        )
    return notes
