"""The linear model of a factorial design: which effects it holds, and their columns in effect coding.

Every effect's columns sum to zero over its levels, so that the intercept is the mean of all cells and a main
effect is read at the average of the other factors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import SettingError, TableError
from fer_core.stats.coding import BETWEEN, Floats, code_levels, coded_column, product
from fer_core.stats.columns import UNITS

if TYPE_CHECKING:
    from fer_core.stats.table import Evaluations

MAX_NUMBERS, MAX_CELLS = 40_000_000, 500
"""Rows times columns of a model, 320 MB; a block with thousands of levels would go beyond any memory."""

_NO_SPREAD = 1e-12


@dataclass(frozen=True, eq=False)
class Design:
    """A metric and the model that is fitted to it.

    Attributes
    ----------
    y : (n,) array
        The metric.
    effects : dict
        "architecture", "architecture x loss", ... → columns (n, k), main effects first.
    blocks : dict
        "emotion", ... → columns (n, k).
    codes : dict
        Factor → level → its codes (k,).
    counts : (cells,) array
        Rows in each combination of levels that occurs.
    notes : list
        Sentences: what was left out.
    """

    y: Floats
    effects: dict[str, Floats]
    blocks: dict[str, Floats]
    codes: dict[str, dict[str, Floats]]
    counts: npt.NDArray[np.int64]
    notes: list[str] = field(default_factory=list)

    @cached_property
    def matrix(self) -> Floats:
        """(n, p): intercept, blocks, effects."""
        return np.column_stack([np.ones(len(self.y)), *self.blocks.values(), *self.effects.values()])

    @property
    def df_residual(self) -> int:
        """Rows less columns."""
        return self.matrix.shape[0] - self.matrix.shape[1]

    @cached_property
    def fit(self) -> tuple[Floats, float]:
        """Coefficients (p,) and the residual sum of squares."""
        beta, *_ = np.linalg.lstsq(self.matrix, self.y, rcond=None)
        return beta, float(np.sum((self.y - self.matrix @ beta) ** 2))

    @property
    def residuals(self) -> Floats:
        """(n,) what the model leaves."""
        return self.y - self.matrix @ self.fit[0]

    @property
    def places(self) -> dict[str, slice]:
        """Where each effect's columns stand in `matrix`."""
        at = 1 + sum(columns.shape[1] for columns in self.blocks.values())
        found = {}
        for name, columns in self.effects.items():
            found[name] = slice(at, at + columns.shape[1])
            at += columns.shape[1]
        return found

    def require_error(self, metric: str) -> None:
        """Raises `TableError` where the rows leave no error to compare the effects with."""
        if np.ptp(self.y) == 0:
            raise TableError(
                f"{metric} is the same in every row, so there is nothing to explain",
                where=f"{len(self.y)} rows",
                fix="choose another metric",
            )
        if self.fit[1] <= _NO_SPREAD * np.sum((self.y - self.y.mean()) ** 2):
            raise TableError(
                f"the model explains {metric} without remainder, so there is no error to compare with",
                where=f"{len(self.y)} rows",
                fix="choose another metric, or add replicates that differ",
            )


def design_of(table: Evaluations, metric: str, blocks: Sequence[str] = ()) -> Design:
    """The full factorial model of a table, as far as its cells allow.

    Parameters
    ----------
    table : Evaluations
        At least one factor with two levels.
    metric : str
        One of ``table.metrics``.
    blocks : sequence of str
        Of `fer_core.stats.columns.UNITS`: added as they are, without interactions.

    An interaction with an empty cell is left out and named in the notes, and so is what rests on it.

    Raises
    ------
    TableError
        For an unknown metric or block, no factor with two levels, effects that cannot be told apart,
        and too few rows.
    """
    table.require(metric)
    factors = varied_factors(table)
    notes = [f"{name} has one level and is left out." for name in table.single_levels]
    blocks = _blocks(table, blocks, notes)
    _check_size(table, factors, blocks)
    codes = {name: code_levels(table.order(name)) for name in (*factors, *blocks)}
    coded = {name: coded_column(table.frame[name], codes[name]) for name in codes}
    kept = dict(_estimable(table, coded, factors, blocks, notes))
    counts = np.asarray(table.frame.groupby(factors, observed=True).size(), dtype=np.int64)
    y = table.frame[metric].to_numpy(dtype=float)
    found = Design(y, kept, {b: coded[b] for b in blocks}, codes, counts, notes)
    if found.df_residual < 1:
        raise TableError(
            "as many effects as rows leave nothing to estimate the error from",
            where=f"{len(y)} rows, {found.matrix.shape[1]} coefficients",
            fix="add replicates or emotions, or use fewer blocks",
        )
    return found


def varied_factors(table: Evaluations) -> list[str]:
    """Factors with two levels or more; raises `TableError` where there is none."""
    if not table.factors:
        raise TableError(
            "every factor has one level, so nothing can be compared",
            where=table.title,
            fix="use a table with two levels of architecture, tuning or loss",
        )
    return list(table.factors)


def check_factors(table: Evaluations, factors: Sequence[str]) -> None:
    """Raises `SettingError` unless each of them is a factor that the table varies."""
    unknown = [name for name in factors if name not in table.factors]
    if unknown or not factors:
        there = ", ".join(table.factors) or "none"
        raise SettingError(f"the table does not vary {' or '.join(unknown) or 'nothing'}", fix=f"use {there}")


# --- inside ---------------------------------------------------------------------------------------


def _blocks(table: Evaluations, blocks: Sequence[str], notes: list[str]) -> list[str]:
    kept = []
    for name in dict.fromkeys(blocks):
        if name not in UNITS:
            raise TableError(f"{name!r} is not a block", fix=f"use {', '.join(UNITS)}")
        if len(table.order(name)) > 1:
            kept.append(name)
        else:
            notes.append(f"The table has one {name}, so it is not a block.")
    return kept


def _check_size(table: Evaluations, factors: Sequence[str], blocks: Sequence[str]) -> None:
    cells = int(np.prod([len(table.levels(name)) for name in factors]))
    columns = cells + sum(len(table.order(name)) - 1 for name in blocks)
    if cells > MAX_CELLS:
        raise TableError(
            f"the factors make {cells:,} conditions: {MAX_CELLS:,} are allowed",
            where=table.title,
            fix="use a table with fewer levels",
        )
    if columns * len(table) > MAX_NUMBERS:
        raise TableError(
            f"a model of {columns:,} columns for {len(table):,} rows is too large",
            fix="use fewer blocks, or average the table over them",
        )


def _estimable(
    table: Evaluations, coded: dict[str, Floats], factors: Sequence[str], blocks: Sequence[str], notes: list[str]
) -> Iterator[tuple[str, Floats]]:
    """Effects whose columns add to the model's rank, main effects first."""
    rows = table.frame[[*factors, *blocks]].drop_duplicates().index.to_numpy()
    basis = np.ones((len(rows), 1))
    for name in blocks:
        basis = _grown(basis, coded[name][rows], f"the block {name}", "the blocks before it")
    left: list[str] = []
    for size in range(1, len(factors) + 1):
        for some in combinations(factors, size):
            effect = BETWEEN.join(some)
            columns = product([coded[name] for name in some])
            if size > 1 and (_has_gap(table, some) or not _adds(basis, columns[rows])):
                left.append(effect)
                continue
            basis = _grown(basis, columns[rows], effect, "the other factors and blocks")
            yield effect, columns
    if left:
        notes.append(f"Not every combination of levels occurs, so {', '.join(left)} cannot be estimated.")


def _has_gap(table: Evaluations, factors: Sequence[str]) -> bool:
    """Whether a combination of levels does not occur."""
    possible = np.prod([len(table.levels(name)) for name in factors])
    return len(table.frame[list(factors)].drop_duplicates()) < int(possible)


def _adds(basis: Floats, columns: Floats) -> bool:
    """Whether all of the columns add to the rank."""
    both = np.hstack([basis, columns])
    return int(np.linalg.matrix_rank(both)) == both.shape[1]


def _grown(basis: Floats, columns: Floats, what: str, others: str) -> Floats:
    if not _adds(basis, columns):
        raise TableError(
            f"{what} cannot be told apart from {others}: they always change together",
            fix="add the missing combinations, or leave one of them out",
        )
    return np.hstack([basis, columns])
