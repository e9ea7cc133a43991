"""Which evaluations belong together: matched pairs that differ in one factor alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import SettingError, TableError
from fer_core.stats.table import FACTORS, KEYS, ORDERS

MOST_COMPARISONS = 2_000
"""Pairs of levels: of 64 levels there are 2,016, and each pair is matched, tested and drawn."""

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.stats.table import Evaluations

Floats = npt.NDArray[np.float64]
Unit = Literal["pair", "emotion"]
"""What counts as one observation: each matched pair, or the mean of an emotion's pairs."""


@dataclass(frozen=True, eq=False)
class Matching:
    """Rows of a table that agree in everything but one factor.

    Attributes
    ----------
    first_rows, second_rows : int (pairs,)
        Positions in ``table.frame``; row i of one belongs to row i of the other.
    unpaired : int
        Rows of the two levels that have no partner.
    """

    table: Evaluations
    factor: str
    first: str
    second: str
    first_rows: npt.NDArray[np.intp]
    second_rows: npt.NDArray[np.intp]
    unpaired: int

    def values(self, metric: str, unit: Unit = "pair") -> tuple[Floats, Floats]:
        """The metric of the first and of the second level, (n,) each.

        With unit "emotion" each is the mean of an emotion's pairs, in the order of the emotions' names.
        Raises `TableError` for a metric that the table has not.
        """
        values = self.table.frame[self.table.require(metric)].to_numpy(dtype=float)
        first, second = values[self.first_rows], values[self.second_rows]
        if unit == "pair":
            return first, second
        if unit != "emotion":
            raise SettingError(f"{unit!r} is not a unit of analysis", fix='use "pair" or "emotion"')
        emotion = self.table.frame["emotion"].to_numpy(dtype=str)[self.first_rows]
        _, group = np.unique(emotion, return_inverse=True)
        size = np.bincount(group)
        return np.bincount(group, first) / size, np.bincount(group, second) / size

    @property
    def note(self) -> str:
        """How many rows were left out, as a clause; empty if none was."""
        rows = f"{self.unpaired} row" + ("s" if self.unpaired != 1 else "")
        return f"{rows} without a partner left out" if self.unpaired else ""


def match(table: Evaluations, factor: str, order: tuple[str, str] | None = None) -> Matching:
    """Find the pairs of rows that share every other factor, emotion, replicate and fold.

    ``order`` names the two levels, the one that stands first in a difference first; if it is not given,
    the factor must have two levels, and `fer_core.stats.table.ORDERS` decides, then the alphabet.
    Raises `TableError` for a factor with one level, or levels that the table has not, and `SettingError`
    for what is not a factor.
    """
    first, second = order or _only_order(table, factor)
    levels = _levels(table, factor)
    for named in (first, second):
        if named not in levels:
            raise TableError(f"the table has no {factor} {named!r}", fix=f"use two of {', '.join(levels)}")
    if first == second:
        raise SettingError(f"{factor} {first!r} cannot be compared with itself", fix="name two levels")
    keys = [name for name in KEYS if name != factor]
    group = table.frame.groupby(keys, sort=False, dropna=False).ngroup().to_numpy()
    level = table.frame[factor].to_numpy(dtype=str)
    rows = [np.flatnonzero(level == name) for name in (first, second)]
    place = np.full(group.max(initial=-1) + 1, -1, dtype=np.intp)
    place[group[rows[1]]] = rows[1]
    partner = place[group[rows[0]]]
    paired = partner >= 0
    unpaired = len(rows[0]) + len(rows[1]) - 2 * int(paired.sum())
    return Matching(table, factor, first, second, rows[0][paired], partner[paired], unpaired)


def pairs(table: Evaluations, metric: str, factor: str, order: tuple[str, str] | None = None) -> pd.DataFrame:
    """Matched pairs of one metric: columns first, second, difference (first minus second) and the keys.

    ``attrs`` say the two levels ("levels") and how many of their rows have no partner ("unpaired").
    Arguments and errors as for `match`.
    """
    found = match(table, factor, order)
    first, second = found.values(metric)
    keys = [name for name in KEYS if name != factor]
    frame = table.frame[keys].iloc[found.first_rows].reset_index(drop=True)
    for place, (name, values) in enumerate({"first": first, "second": second, "difference": first - second}.items()):
        frame.insert(place, name, values)
    frame.attrs.update(levels=(found.first, found.second), unpaired=found.unpaired)
    return frame


def comparisons(
    table: Evaluations, factors: Iterable[str] | None = None, orders: Mapping[str, tuple[str, str]] = ORDERS
) -> list[Matching]:
    """Every planned comparison: of each factor, all pairs of its levels.

    ``factors``: those with two or more levels if not given. ``orders`` says which level stands first;
    where it names levels that the table has not, the table's own order of levels holds.
    """
    chosen = tuple(table.factors if factors is None else factors)
    if not chosen:
        raise TableError(
            "nothing can be compared: every factor has one level",
            where=table.title,
            fix="use a table in which a factor has two levels",
        )
    found = []
    number = sum(comb(len(_levels(table, factor)), 2) for factor in chosen)
    if number > MOST_COMPARISONS:
        most = max(chosen, key=lambda factor: len(table.levels(factor)))
        raise TableError(
            f"{len(table.levels(most)):,} levels of {most} make {number:,} comparisons, more than {MOST_COMPARISONS:,}",
            where=table.title,
            fix="use a table with fewer levels, or another factor",
        )
    for factor in chosen:
        levels = list(_levels(table, factor))
        if len(levels) < 2:
            raise _one_level(table, factor)
        for one, other in combinations(levels, 2):
            turned = tuple(orders.get(factor, ())) == (other, one)
            found.append(match(table, factor, (other, one) if turned else (one, other)))
    return found


def _levels(table: Evaluations, factor: str) -> tuple[str, ...]:
    if factor not in FACTORS:
        raise SettingError(f"{factor!r} is not a factor", fix=f"use one of {', '.join(FACTORS)}")
    return table.levels(factor)


def _only_order(table: Evaluations, factor: str) -> tuple[str, str]:
    levels = _levels(table, factor)
    if len(levels) < 2:
        raise _one_level(table, factor)
    if len(levels) > 2:
        raise TableError(f"{factor} has {len(levels)} levels", where=table.title, fix="name the two to compare")
    return levels[0], levels[1]


def _one_level(table: Evaluations, factor: str) -> TableError:
    return TableError(
        f"{factor} has one level, {table.levels(factor)[0]!r}",
        where=table.title,
        fix="choose a factor with two or more",
    )
