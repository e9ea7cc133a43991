"""The same differences under several answers to one question: what counts as one independent observation?

The differences hardly change; how sure one can be of them does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np

from fer_core.base.errors import FerError
from fer_core.results.differences import ALL
from fer_core.stats.design import design_of
from fer_core.stats.mixed import mixed_model
from fer_core.stats.repeated import within_contrasts
from fer_core.stats.settings import check_share

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.stats.table import Evaluations

Unit = Literal["published", "emotion", "mixed", "people"]
UNITS: tuple[Unit, ...] = ("published", "emotion", "mixed", "people")
"""Every row as a replicate of its condition, with one pooled error; emotions, each effect against how
differently they react to it; the mixed model in which emotions have intercepts and slopes; people."""

COLUMNS = ("unit", "factor", "first", "second", "difference", "low", "high", "p", "shown")


def contrasts(table: Evaluations, metric: str, blocks: Sequence[str] = (), confidence: float = 0.95) -> pd.DataFrame:
    """Differences between the levels of each factor, as the ANOVA with these blocks sees them.

    A difference is l'b, l the codes of one level minus those of the other, with the interval
    l'b ± t(df_error) s sqrt(l' (X'X)^-1 l) (Searle, 1971, section 3.6). In a balanced table the p of a factor
    with two levels is that of its F.

    Columns: factor, first, second, difference (first minus second), low, high, p. Order of levels as in
    `fer_core.stats.columns.ORDERS`. Raises as `fer_core.stats.anova.anova`.
    """
    import pandas as pd
    from scipy.stats import t

    check_share(confidence, "confidence")
    design = design_of(table, metric, blocks)
    design.require_error(metric)
    beta, rss = design.fit
    variance, df = rss / design.df_residual, design.df_residual
    inverse = np.linalg.inv(design.matrix.T @ design.matrix)
    rows = []
    for factor, first, second in _comparisons(table):
        codes = design.codes[factor]
        of = np.zeros(len(beta))
        of[design.places[factor]] = codes[first] - codes[second]
        value, se = float(of @ beta), math.sqrt(variance * float(of @ inverse @ of))
        half = float(t.ppf((1 + confidence) / 2, df)) * se
        p = float(2 * t.sf(abs(value) / se, df))
        rows.append((factor, first, second, value, value - half, value + half, p))
    return pd.DataFrame(rows, columns=list(COLUMNS[1:-1]))


def differences_by_unit(
    table: Evaluations,
    metric: str,
    people: pd.DataFrame | None = None,
    confidence: float = 0.95,
    within: str = "emotion",
) -> pd.DataFrame:
    """One row per unit, factor and pair of levels: what each unit says of the same difference.

    Parameters
    ----------
    people : DataFrame, optional
        `fer_core.results.differences.level_differences` of the study behind the table, where there is one:
        intervals are then bootstraps over people (95 %), without a p.
    within : str
        The column whose levels are compared within, and the group of the mixed model.

    Returns
    -------
    DataFrame
        unit (of `UNITS`), factor, first, second, difference (first minus second), low, high, p,
        shown (whether the interval leaves out 0). ``attrs["notes"]``: unit → why it has no rows;
        ``attrs["within"]``.

    Raises as `contrasts` where even the unit "published" cannot be computed.
    """
    import pandas as pd

    parts = [contrasts(table, metric, (), confidence).assign(unit="published")]
    notes = {}
    others = {
        "emotion": lambda: within_contrasts(table, metric, within, confidence).drop(columns="n"),
        "mixed": lambda: _mixed(table, metric, within, confidence),
    }
    for unit, compute in others.items():
        try:
            parts.append(compute().assign(unit=unit))
        except FerError as error:
            notes[unit] = str(error)
    if people is not None:
        parts.append(_people(people, metric).assign(unit="people"))
    frame = pd.concat(parts, ignore_index=True)
    frame["shown"] = (frame["low"] > 0) | (frame["high"] < 0)
    frame = frame[list(COLUMNS)]
    frame.attrs |= {"notes": notes, "within": within}
    return frame


# --- inside ---------------------------------------------------------------------------------------


def _comparisons(table: Evaluations) -> list[tuple[str, str, str]]:
    """(factor, first, second) of all pairs of levels."""
    return [(factor, *pair) for factor in table.factors for pair in combinations(table.levels(factor), 2)]


def _mixed(table: Evaluations, metric: str, within: str, confidence: float) -> pd.DataFrame:
    """Main effects of the mixed model with slopes; of three levels or more, those against the last."""
    import pandas as pd

    model = mixed_model(table, metric, within, slopes=True, confidence=confidence)
    found = {str(r["effect"]): r for r in model.coefficients.to_dict("records")}
    rows = []
    for factor in table.factors:
        levels = table.levels(factor)
        for level in levels[:-1]:
            name = factor if len(levels) == 2 else f"{factor}: {level} - {levels[-1]}"
            row = found[name]
            numbers = (row["estimate"], row["low"], row["high"], row["p"])
            rows.append((factor, level, levels[-1], *numbers))
    return pd.DataFrame(rows, columns=list(COLUMNS[1:-1]))


def _people(people: pd.DataFrame, metric: str) -> pd.DataFrame:
    named = {"level": "first", "minus": "second", "value": "difference"}
    rows = people[(people["emotion"] == ALL) & (people["metric"] == f"mean_binary_{metric}")]
    return rows.rename(columns=named).assign(p=math.nan)[list(COLUMNS[1:-1])]
