"""Permutation tests for every effect of a factorial design, beside the F tests that assume normal errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import TableError
from fer_core.base.limits import DRAWS
from fer_core.stats.coding import Floats, contains
from fer_core.stats.design import Design, design_of
from fer_core.stats.repeated import Units, repeated_measures, units_of

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.stats.table import Evaluations

MOST_NUMBERS = 40_000_000
"""Rows times permutations; beyond it fewer permutations are drawn, though never fewer than `LEAST`."""
LEAST = 199

_AT_ONCE = 4_000_000
_TIE = 1e-9


def permutation_within(
    table: Evaluations, metric: str, within: str = "emotion", permutations: int = 1999, seed: int = 0
) -> pd.DataFrame:
    """p of every effect with the levels of its factors permuted within each unit.

    If a factor changes nothing on average, and units react to its levels alike in spread, then what a unit
    adds to each level could as well have belonged to another one. So the levels are permuted in every unit
    apart (of two levels: the sign of the unit's reaction is flipped; Pesarin, 2001), and the F of
    `fer_core.stats.repeated.repeated_measures` is computed anew; the unit's reactions stay together. Where
    there are no more than ``permutations`` ways, each is taken once and p is exact; else
    p = (1 + permuted F at least as large) / (1 + permutations).

    Parameters
    ----------
    table, metric, within
        As for `repeated_measures`.
    permutations : int
        99 or more.
    seed : int
        Of the permutations; the same for every effect.

    Returns
    -------
    DataFrame
        effect, F, p_permutation (NaN where there is no F), ways (how many were taken).
        ``attrs["notes"]``.

    Raises as `repeated_measures`, and `SettingError` for too few permutations.
    """
    import pandas as pd

    _check_number(permutations)
    tests = repeated_measures(table, metric, within)
    units = units_of(table, metric, within)
    rows = []
    for effect, f in zip(tests["effect"], tests["F"], strict=True):
        p, ways = (np.nan, 0) if np.isnan(f) else _permuted_within(units, effect, permutations, seed)
        rows.append((effect, f, p, ways))
    frame = pd.DataFrame(rows, columns=["effect", "F", "p_permutation", "ways"])
    frame.attrs["notes"] = list(tests.attrs["notes"])
    return frame


def permutation_anova(
    table: Evaluations, metric: str, blocks: Sequence[str] = (), permutations: int = 1999, seed: int = 0
) -> pd.DataFrame:
    """p of every effect from permuted residuals of the model without it (Freedman and Lane, 1983).

    The statistic is the F of `fer_core.stats.anova.anova` (Type II, pooled error), and like it takes
    how a block reacts to a factor for chance; `permutation_within` does not. What is permuted are the
    residuals of the model that holds all other effects and the blocks, within each combination of the
    blocks' levels (Anderson and ter Braak, 2003). p = (1 + permuted F at least as large) / (1 +
    permutations).

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

    _check_number(permutations)
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


def _orders(groups: list[npt.NDArray[np.int64]], count: int, generator: np.random.Generator) -> npt.NDArray[np.int64]:
    """(count, n): for each row the row whose residual it is given."""
    order = np.empty((count, sum(map(len, groups))), dtype=np.int64)
    for rows in groups:
        order[:, rows] = generator.permuted(np.broadcast_to(rows, (count, len(rows))), axis=1)
    return order


# --- within units ---------------------------------------------------------------------------------


def _permuted_within(units: Units, effect: str, permutations: int, seed: int) -> tuple[float, int]:
    """p of one effect, and how many ways of permuting it rests on.

    The sum of squares of all reactions stays as it is, so F grows with the squared length of their mean.
    """
    reactions = units.reactions(effect)
    observed = float(np.sum(reactions.mean(axis=0) ** 2)) * (1 - _TIE)
    if max(reactions.shape[1:]) == 2:
        single = reactions.reshape(len(reactions), -1)[:, 0]  # the others differ by their sign
        observed /= reactions[0].size
        signs = _signs(len(single), permutations, np.random.default_rng(seed))
        lengths = (signs @ single / len(single)) ** 2
        exact = len(signs) == 2 ** (len(single) - 1)
    else:
        lengths = _permuted_lengths(reactions, permutations, np.random.default_rng(seed))
        exact = False
    as_large = int(np.sum(lengths >= observed))
    if exact:
        return as_large / len(lengths), len(lengths)
    return (1 + as_large) / (1 + len(lengths)), len(lengths)


def _signs(n: int, permutations: int, generator: np.random.Generator) -> Floats:
    """(ways, n) of -1 and 1: each once with the first at 1 (all turned over are as far from 0), or drawn."""
    if 2 ** (n - 1) <= permutations:
        bits = np.arange(2 ** (n - 1))[:, None] >> np.arange(n)[None] & 1
        return 1.0 - 2.0 * bits
    return generator.choice([-1.0, 1.0], size=(permutations, n))


def _permuted_lengths(reactions: Floats, permutations: int, generator: np.random.Generator) -> Floats:
    """(permutations,): squared length of the mean over units, levels permuted along every axis of each."""
    n, *sizes = reactions.shape
    lengths = np.empty(permutations)
    units = np.arange(n)
    for k in range(permutations):
        orders = [generator.permuted(np.tile(np.arange(size), (n, 1)), axis=1) for size in sizes]
        index = [
            order.reshape(n, *(size if axis == place else 1 for axis in range(len(sizes))))
            for place, (size, order) in enumerate(zip(sizes, orders, strict=True))
        ]
        moved = reactions[(units.reshape(n, *(1,) * len(sizes)), *index)]
        lengths[k] = np.sum(moved.mean(axis=0) ** 2)
    return lengths


# --- pooled ---------------------------------------------------------------------------------------


def _check_number(permutations: int) -> None:
    DRAWS.check(permutations)
