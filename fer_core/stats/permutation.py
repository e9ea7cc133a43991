"""A permutation test for every effect of a factorial design, beside the F test that assumes normal errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fer_core.errors import SettingError, TableError
from fer_core.stats.coding import Floats, contains
from fer_core.stats.design import Design, design_of

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.stats.table import Evaluations

MOST_NUMBERS = 40_000_000
"""Rows times permutations; beyond it fewer permutations are drawn, though never fewer than `LEAST`."""
LEAST = 199

_AT_ONCE = 4_000_000
_TIE = 1e-9


def permutation_anova(
    table: Evaluations, metric: str, blocks: Sequence[str] = (), permutations: int = 1999, seed: int = 0
) -> pd.DataFrame:
    """p of every effect from permuted residuals of the model without it (Freedman and Lane, 1983).

    The statistic is the F of `fer_core.stats.anova.anova` (Type II). What is permuted are the residuals of
    the model that holds all other effects and the blocks, within each combination of the blocks' levels
    (Anderson and ter Braak, 2003). p = (1 + permuted F at least as large) / (1 + permutations).

    Parameters
    ----------
    table, metric, blocks
        As for `anova`.
    permutations : int
        99 or more; fewer than asked for in tables of more than 20,000 rows, as a note says.
    seed : int
        Of the permutations; the same for every effect.

    Returns
    -------
    DataFrame
        effect, F, p_permutation; ``attrs["notes"]``, ``attrs["permutations"]``.

    Raises
    ------
    TableError
        As `anova`, and where every combination of the blocks' levels has one row.
    """
    import pandas as pd

    if permutations < 99:
        raise SettingError(f"{permutations} permutations are too few for a p", fix="use 99 or more")
    design = design_of(table, metric, blocks)
    design.require_error(metric)
    groups = _groups(table, design)
    notes = list(design.notes)
    allowed = max(LEAST, MOST_NUMBERS // len(table))
    if permutations > allowed:
        notes.append(f"{allowed:,} permutations instead of {permutations:,}, because the table is large.")
        permutations = allowed
    statistics = [_Statistic(design, effect) for effect in design.effects]
    as_large = np.zeros(len(statistics))
    generator = np.random.default_rng(seed)
    at_once = max(1, _AT_ONCE // len(table))
    for start in range(0, permutations, at_once):
        order = _orders(groups, min(at_once, permutations - start), generator)
        as_large += [s.as_large(order) for s in statistics]
    rows = [
        (effect, s.observed, (1 + count) / (1 + permutations))
        for effect, s, count in zip(design.effects, statistics, as_large, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["effect", "F", "p_permutation"])
    frame.attrs |= {"notes": notes, "permutations": permutations}
    return frame


class _Statistic:
    """The Type II F of one effect, with the residuals of the model without it in many orders.

    What the model fits stays as it is, and an order leaves the residuals' sum of squares as it is, so
    only their products with the model's basis are computed anew.
    """

    def __init__(self, design: Design, effect: str) -> None:
        y, ones = design.y, np.ones((len(design.y), 1))
        base = [ones, *design.blocks.values()]
        below = [c for name, c in design.effects.items() if name != effect and not contains(name, effect)]
        others = [c for name, c in design.effects.items() if name != effect]
        without = _basis(np.hstack([*base, *below]))
        own = design.effects[effect]
        self._own = _basis(own - without @ (without.T @ own))
        self._all = _basis(design.matrix)
        nuisance = _basis(np.hstack([*base, *others]))
        fitted = nuisance @ (nuisance.T @ y)
        self._residuals = y - fitted
        self._fitted_own = fitted @ self._own
        self._total = float(self._residuals @ self._residuals)
        self._df = own.shape[1], design.df_residual
        self.observed = float(self._f(self._residuals[None])[0])

    def as_large(self, order: npt.NDArray[np.int64]) -> int:
        """How many of the permutations (m, n) have an F at least as large as the observed one."""
        f = self._f(self._residuals[order])
        return int(np.sum(f >= self.observed * (1 - _TIE)))

    def _f(self, residuals: Floats) -> Floats:
        effect = np.sum((self._fitted_own + residuals @ self._own) ** 2, axis=1) / self._df[0]
        error = (self._total - np.sum((residuals @ self._all) ** 2, axis=1)) / self._df[1]
        return np.divide(effect, error, out=np.full(len(residuals), np.inf), where=error > 0)


def _basis(columns: Floats) -> Floats:
    return np.linalg.qr(columns)[0]


def _groups(table: Evaluations, design: Design) -> list[npt.NDArray[np.int64]]:
    """Rows that may change places: those that share the levels of all blocks."""
    if not design.blocks:
        return [np.arange(len(table))]
    grouped = table.frame.groupby(list(design.blocks), observed=True).indices
    groups = [np.asarray(rows) for rows in grouped.values()]
    if max(map(len, groups)) < 2:
        raise TableError(
            f"each combination of {' and '.join(design.blocks)} has one row, so none can change places",
            fix="use fewer blocks",
        )
    return groups


def _orders(
    groups: list[npt.NDArray[np.int64]], count: int, generator: np.random.Generator
) -> npt.NDArray[np.int64]:
    """(count, n): for each row the row whose residual it is given."""
    order = np.empty((count, sum(map(len, groups))), dtype=np.int64)
    for rows in groups:
        order[:, rows] = generator.permuted(np.broadcast_to(rows, (count, len(rows))), axis=1)
    return order
