"""The factorial model with random effects of a group, for designs whose rows come in groups."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from fer_core.base.errors import TableError
from fer_core.stats import reml
from fer_core.stats.coding import BETWEEN, names_of, product
from fer_core.stats.columns import UNITS
from fer_core.stats.design import MAX_NUMBERS, Design, design_of
from fer_core.stats.settings import check_share

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.stats.table import Evaluations

COEFFICIENTS = ("effect", "estimate", "se", "df", "t", "p", "low", "high")
TESTS = ("effect", "F", "df", "df_error", "p")

MOST_COLUMNS = 150
_MOST_IN_A_LEVEL = 2000
"""Rows of one level of the group: a matrix of their covariance is inverted some hundred times."""
_NO_SPREAD = 1e-12


@dataclass(frozen=True, eq=False)
class MixedModel:
    """A fitted mixed model.

    Attributes
    ----------
    tests : DataFrame
        One row per effect: effect, F, df, df_error, p. Type III: each beside all others, coded to sum to 0.
    coefficients : DataFrame
        effect, estimate, se, df, t, p, low, high. Levels are coded +0.5 (first) and -0.5, so a main effect
        is first level minus second, averaged over the other factors, in units of the metric, and an
        interaction is a difference of differences. A factor with more levels has a row for each of them
        minus the last ("architecture: gru - lstm").
    group : str
        The column whose levels are drawn at random.
    group_sd, residual_sd : float
        Standard deviations of the levels' intercepts and of what is left.
    slope_sd : dict
        Effect → standard deviation of what the levels' own reactions add to one cell of it; empty without
        slopes.
    settled : bool
        Whether the fit is at an optimum.
    notes : tuple of str
        What was left out, what is 0, and what could not be told apart.
    """

    tests: pd.DataFrame
    coefficients: pd.DataFrame
    group: str
    group_sd: float
    residual_sd: float
    slope_sd: dict[str, float]
    settled: bool
    notes: tuple[str, ...]


def mixed_model(
    table: Evaluations, metric: str, group: str = "emotion", slopes: bool = False, confidence: float = 0.95
) -> MixedModel:
    """A linear mixed model by restricted maximum likelihood (`fer_core.stats.reml`).

    Parameters
    ----------
    table : Evaluations
        Every combination of levels must occur for its interaction to be estimated.
    metric : str
        One of ``table.metrics``.
    group : str
        One of `fer_core.stats.columns.UNITS` with two levels or more: each has an intercept of its own.
    slopes : bool
        Whether each level of the group also has a reaction of its own to every effect (uncorrelated slopes
        in orthonormal coding, each effect with a variance of its own), as far as rows can tell it from the
        residual. Without, a factor to which the levels react differently is called significant far too
        often. On balanced tables, with all variances above 0, the F are those of
        `fer_core.stats.repeated.repeated_measures`.
    confidence : float
        Of the intervals.

    F, t and intervals have Satterthwaite's degrees of freedom, as R's lmerTest has them.

    Raises
    ------
    TableError
        As `fer_core.stats.design.design_of`; for a group with one level, a level per row, differences
        without any spread within groups, or a group that the factors already tell apart: what lme4
        refuses, too.
    """
    check_share(confidence, "confidence")
    _check_group(table, group)
    design = design_of(table, metric)
    design.require_error(metric)
    numbers, _ = table.frame[group].factorize()
    _check_apart(table, design, numbers, group, metric)
    effects, notes = _reactions(table, design, numbers, group) if slopes else ({}, [])
    fitted = reml.fit(design.y, design.matrix, numbers, list(effects.values()))
    spreads = np.sqrt(fitted.variances[1:])
    return MixedModel(
        tests=_tests(design, fitted),
        coefficients=_coefficients(table, design, fitted, confidence),
        group=group,
        group_sd=float(fitted.variances[0]) ** 0.5,
        residual_sd=fitted.residual**0.5,
        slope_sd={
            effect: float(spread) * _share_of_cell(table, effect)
            for effect, spread in zip(effects, spreads, strict=True)
        },
        settled=fitted.settled,
        notes=(*design.notes, *notes, *_notes(group, fitted, list(effects), slopes)),
    )


# --- what cannot be told apart --------------------------------------------------------------------


def _check_group(table: Evaluations, group: str) -> None:
    possible = [u for u in UNITS if 1 < len(table.order(u)) < len(table)]
    fix = f"use one of {', '.join(possible)}" if possible else "add rows"
    if group not in UNITS or len(table.order(group)) < 2:
        raise TableError(f"{group!r} does not part the rows into groups", where=table.title, fix=fix)
    if len(table.order(group)) == len(table):
        raise TableError(
            f"{group} has a level for every row, so its variance cannot be told from the residual",
            where=f"{len(table)} rows",
            fix=fix,
        )
    most = int(table.frame[group].value_counts().max())
    if most > _MOST_IN_A_LEVEL:
        raise TableError(
            f"a level of {group} has {most:,} rows, more than {_MOST_IN_A_LEVEL:,}",
            where=table.title,
            fix="average the table over replicates or folds",
        )


def _check_apart(table: Evaluations, design: Design, numbers: Any, group: str, metric: str) -> None:
    """Refuses a group inside the factors, and a table that group and factors explain without remainder."""
    columns, groups = design.matrix.shape[1], int(numbers.max()) + 1
    if columns > MOST_COLUMNS or (columns + groups) * len(numbers) > MAX_NUMBERS:
        raise TableError(
            f"a mixed model of {columns:,} columns and {groups:,} levels of {group} for {len(numbers):,} "
            f"rows is too large: {MOST_COLUMNS} columns and {MAX_NUMBERS:,} numbers are allowed",
            where=table.title,
            fix="use a table with fewer levels, or another group",
        )
    levels = np.eye(groups)[numbers]
    both = np.hstack([design.matrix, levels])
    if np.linalg.matrix_rank(both) == np.linalg.matrix_rank(design.matrix):
        raise TableError(
            f"the factors already tell the levels of {group} apart, so neither can be told from the other",
            where=table.title,
            fix="use another group",
        )
    fitted = both @ np.linalg.lstsq(both, design.y, rcond=None)[0]
    left = float(np.sum((design.y - fitted) ** 2))
    if left <= _NO_SPREAD * float(np.sum((design.y - design.y.mean()) ** 2)):
        raise TableError(
            f"every level of {group} differs between conditions by the same {metric}, "
            "so there is no error to compare with",
            where=f"{len(table)} rows",
            fix="choose another metric, or add replicates that differ",
        )


def _reactions(table: Evaluations, design: Design, numbers: Any, group: str) -> tuple[dict[str, Any], list[str]]:
    """Effects to which each level can have a reaction of its own → its columns (n, q), and notes.

    Not those that occur once in each level (with a row per cell that is the residual), nor those that do
    not vary within any level.
    """
    kept: dict[str, Any] = {}
    residual = []
    for effect in design.effects:
        columns = product([_orthonormal(table, factor) for factor in names_of(effect)])
        means = np.column_stack([np.bincount(numbers, c) for c in columns.T]) / np.bincount(numbers)[:, None]
        if np.allclose(columns, means[numbers]):
            continue
        cells = table.frame.groupby([group, *names_of(effect)], observed=True).ngroups
        if cells == len(table):
            residual.append(effect)
        else:
            kept[effect] = columns
    if not kept:
        raise TableError(
            f"no reaction of {group} to a factor can be told from the residual: each occurs once",
            where=table.title,
            fix="leave the slopes out, or add replicates",
        )
    notes = [f"Slopes of {group} for {', '.join(kept)}."]
    if residual:
        notes.append(f"The reaction to {', '.join(residual)} occurs once per {group}: it is the residual.")
    return kept, notes


def _orthonormal(table: Evaluations, factor: str) -> Any:
    """(n, levels - 1): a factor in columns of length 1 over its levels that sum to 0."""
    from scipy.linalg import helmert

    levels = table.levels(factor)
    place = table.frame[factor].map({level: k for k, level in enumerate(levels)}).to_numpy(dtype=int)
    return helmert(len(levels)).T[place]


def _share_of_cell(table: Evaluations, effect: str) -> float:
    """Standard deviation in one cell of an effect whose orthonormal slopes have 1."""
    return float(np.sqrt(np.prod([1 - 1 / len(table.levels(f)) for f in names_of(effect)])))


# --- results --------------------------------------------------------------------------------------


def _tests(design: Design, fitted: reml.Fit) -> pd.DataFrame:
    import pandas as pd
    from scipy.stats import f as central

    identity = np.eye(len(fitted.estimates))
    rows = []
    for effect, place in design.places.items():
        f, df, df_error = fitted.test(identity[place])
        rows.append((effect, f, df, df_error, float(central.sf(f, df, df_error))))
    return pd.DataFrame(rows, columns=list(TESTS))


def _coefficients(table: Evaluations, design: Design, fitted: reml.Fit, confidence: float) -> pd.DataFrame:
    """Of levels coded as differences, from the coefficients of the same model in effect coding."""
    import pandas as pd
    from scipy.stats import t as student

    names, columns = _halves(table, tuple(design.effects))
    halves = np.column_stack([np.ones(len(table)), columns])
    turn = np.linalg.lstsq(halves, design.matrix, rcond=None)[0]  # halves @ turn = design.matrix
    rows = []
    for name, contrast in zip(names, turn[1:], strict=True):
        value = float(contrast @ fitted.estimates)
        se = float(contrast @ fitted.covariance @ contrast) ** 0.5
        df = fitted.degrees(contrast)
        half = float(student.ppf((1 + confidence) / 2, df)) * se
        p = 2 * float(student.sf(abs(value) / se, df))
        rows.append((name, value, se, df, value / se, p, value - half, value + half))
    return pd.DataFrame(rows, columns=list(COEFFICIENTS))


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


def _notes(group: str, fitted: reml.Fit, effects: list[str], slopes: bool) -> list[str]:
    notes = []
    if not fitted.settled:
        notes.append("The fit did not settle on a best value; read the repeated measures beside it.")
    none = [name for name, v in zip([group, *effects], fitted.variances, strict=True) if v == 0]
    if group in none:
        notes.append(f"No variance between the levels of {group} is left: the same as without groups.")
    if reactions := [name for name in none if name != group]:
        notes.append(f"No variance of the reactions to {', '.join(reactions)} is left: their error is the residual.")
    if not slopes:
        notes.append(
            f"All levels of {group} are taken to react alike to the factors; where they do not, p is too "
            "small. Random slopes allow it."
        )
    return notes
