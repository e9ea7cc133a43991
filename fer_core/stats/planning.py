"""A design looked at from four sides: effect, n, alpha and power, each from the other three."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import SettingError
from fer_core.stats.power import SIZES, curve, power_of, required_n, smallest
from fer_core.stats.tost_power import Margin, tost_curve, tost_power, tost_required_n, tost_smallest_margin

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.stats.table import Evaluations

Kind = Literal["paired", "independent", "anova", "equivalence"]
"""What is planned. paired: effect d_z, n pairs. independent: d, n per group. anova: main effect f, n per
cell. equivalence: TOST on pairs, effect is half of the margin in standard deviations of the differences."""

CONVENTIONS: dict[Kind, dict[str, float]] = {
    "paired": SIZES["paired"],
    "independent": SIZES["independent"],
    "anova": SIZES["anova"],
    "equivalence": {"narrow": 0.2, "medium": 0.5, "wide": 0.8},
}
"""Cohen's (1988) sizes; for TOST the same numbers, as margins. None of them says what matters."""

PUBLISHED_N = 6
"""Of the published study's own calculation of power, for paired tests."""


@dataclass(frozen=True)
class Plan:
    """A test of one kind, with two-sided ``alpha`` (TOST: of each one-sided test).

    Attributes
    ----------
    effect : d_z, d, f, or half of a symmetric margin in standard deviations, above 0
    n : pairs, members per group, or evaluations per cell, 2 or more
    power : what is asked for, between alpha and 1
    cells : of an ANOVA's design; the effect has one degree of freedom
    """

    kind: Kind
    effect: float
    n: int
    alpha: float = 0.05
    power: float = 0.8
    cells: int = 8

    @property
    def achieved(self) -> float:
        """Power with this effect and n; for TOST if the true difference is 0."""
        if self.kind == "equivalence":
            return tost_power(self.effect, 1.0, self.n, alpha=self.alpha)
        return power_of(self.kind, self.effect, self.n, self.alpha, **self._design)

    @property
    def needed(self) -> int:
        """The smallest n with which the effect is shown with the power asked for."""
        if self.kind == "equivalence":
            return tost_required_n(self.effect, 1.0, self.power, alpha=self.alpha)
        return required_n(self.kind, self.effect, self.power, self.alpha, **self._design)

    @property
    def smallest(self) -> float:
        """The smallest effect (TOST: margin) that n shows with the power asked for."""
        if self.kind == "equivalence":
            return tost_smallest_margin(1.0, self.n, self.power, alpha=self.alpha)
        return smallest(self.kind, self.n, self.power, self.alpha, **self._design)

    def curves(self, ns: npt.ArrayLike) -> pd.DataFrame:
        """Power over n (M,) of the conventional sizes and of the chosen effect.

        Columns size (a convention's name, or "chosen"), effect, n, power.
        """
        sizes = {**CONVENTIONS[self.kind], "chosen": self.effect}
        effects = np.array(list(sizes.values()))
        if self.kind == "equivalence":
            found = tost_curve(effects, ns, 1.0, alpha=self.alpha).rename(columns={"margin": "effect"})
        else:
            found = curve(self.kind, effects, ns, self.alpha, **self._design)
        found.insert(0, "size", np.repeat(list(sizes), len(found) // len(sizes)))
        return found

    @property
    def _design(self) -> dict[str, Any]:
        return {"groups": self.cells, "df_effect": 1} if self.kind == "anova" else {}


@dataclass(frozen=True)
class Sizes:
    """How many observations a table offers to each kind of test.

    Attributes
    ----------
    pairs : matched pairs of a factor; the fewest, where factors differ
    emotions : emotions among them, each of which can be reduced to one difference
    per_level : evaluations of a level; the fewest
    per_cell : evaluations of a cell of the design, rounded down where cells differ
    cells : of the design
    replicates : seeds or runs
    """

    pairs: int
    emotions: int
    per_level: int
    per_cell: int
    cells: int
    replicates: int

    def own(self, kind: Kind) -> int:
        """The n of a test of that kind."""
        if kind not in get_args(Kind):
            raise SettingError(f"{kind!r} is not a kind of test", fix=f"use one of {', '.join(get_args(Kind))}")
        return {"independent": self.per_level, "anova": self.per_cell}.get(kind, self.pairs)


def sizes_of(table: Evaluations) -> Sizes:
    """What the table offers. Raises `TableError` where no factor has two levels."""
    from fer_core.stats.matching import comparisons

    matched = comparisons(table)
    groups = table.frame.groupby(list(table.factors), sort=False).size()
    levels = [int(table.frame[f].value_counts().min()) for f in table.factors]
    return Sizes(
        pairs=min(len(m.first_rows) for m in matched),
        emotions=len(table.emotions),
        per_level=min(levels),
        per_cell=len(table) // len(groups),
        cells=len(groups),
        replicates=len(table.replicates),
    )


def effects_found(found: pd.DataFrame, alpha: float = 0.05, power: float = 0.8) -> pd.DataFrame:
    """What a test of each effect found could show.

    ``found``: `fer_core.stats.pairwise.pairwise`. Columns metric, factor, first, second, d_z, n, power (of a
    paired t test if the true d_z were the one found; it says no more than p does: Hoenig and Heisey, 2001),
    n_needed (for ``power``), smallest_d (that n shows with ``power``), note. NaN where a number does not
    exist: no spread, or more than 10^8 pairs.
    """
    import pandas as pd

    rows = []
    for row in found.to_dict("records"):
        plan = Plan("paired", abs(row["d_z"]), int(row["n"]), alpha, power)
        there = math.isfinite(row["d_z"])
        rows.append(
            {name: row[name] for name in ("metric", "factor", "first", "second", "d_z", "n")}
            | {
                "power": plan.achieved if there else math.nan,
                "n_needed": _needed(plan) if there else math.nan,
                "smallest_d": plan.smallest if plan.n > 1 else math.nan,
                "note": row["note"],
            }
        )
    return pd.DataFrame(rows)


def margins_found(
    found: pd.DataFrame, margins: dict[str, Margin], alpha: float = 0.05, power: float = 0.8
) -> pd.DataFrame:
    """How likely each comparison is to show equivalence within its margin, if the true difference is 0.

    ``found``: `fer_core.stats.pairwise.pairwise`, of which n and sd count. Columns metric, factor, first,
    second, sd, margin (half of it; the narrower side of unequal ones), margin_sd (in standard deviations),
    n, power, n_needed, smallest_margin (shown with ``power``), note.
    """
    import pandas as pd

    rows = []
    for row in found.to_dict("records"):
        margin, sd = margins[row["metric"]], float(row["sd"])
        half = min(-margin[0], margin[1]) if isinstance(margin, tuple) else margin
        there = math.isfinite(sd) and sd > 0
        plan = Plan("equivalence", half / sd if there else math.nan, int(row["n"]), alpha, power)
        rows.append(
            {name: row[name] for name in ("metric", "factor", "first", "second", "sd")}
            | {
                "margin": half,
                "margin_sd": plan.effect,
                "n": plan.n,
                "power": plan.achieved if there else math.nan,
                "n_needed": _needed(plan) if there else math.nan,
                "smallest_margin": plan.smallest * sd if there else math.nan,
                "note": row["note"],
            }
        )
    return pd.DataFrame(rows)


def _needed(plan: Plan) -> float:
    """NaN where no feasible n is enough."""
    try:
        return float(plan.needed)
    except SettingError:
        return math.nan
