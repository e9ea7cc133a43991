"""Every value of R for the tables of tests/stats/r: this package gives the same.

Tolerances: 1e-6 of the value (R's mixed model: 2e-4, it stops before its optimum; F and p with
Satterthwaite's degrees of freedom: 1e-3, variances 1e-4), and 1e-9 for what is 0.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fer_core.base.errors import TableError
from fer_core.stats.mixed import mixed_model
from fer_core.stats.permutation import permutation_within
from fer_core.stats.repeated import repeated_measures

from .oracles import HERE, ours, r_values, table_of

pytestmark = pytest.mark.slow
COUNTS = {
    "anova": 6091,
    "anova90": 6091,
    "assume": 460,
    "contrasts": 1932,
    "equivalence": 4736,
    "means": 1905,
    "mixed": 2460,
    "pairwise": 16197,
    "pairwiseall": 5399,
    "power": 2368,
}
"""Values compared of each kind: all that R has, less those of `R_IS_INEXACT` and `REFUSED`."""

FAR = ("s04_balanced_2x2x2", "s24_extreme", "s24b_very_extreme")
"""Tables with differences so large that R's noncentral t is inexact (beyond a noncentrality of 37)."""
REFUSED = "s25_constant_difference"
"""All differences between its conditions are equal, so that there is no error to compare with."""


def r_is_inexact(kind: str, table: str, case: str, value: float) -> bool:
    """Where adaptive quadrature sides with us (noncentral t and F of R far from 0)."""
    quantity = case.split("|")[-1]
    if kind.startswith("pairwise") and table in FAR:
        return quantity in ("d_z_low", "d_z_high", "g_low", "g_high") and "architecture" in case
    return kind.startswith("anova") and table == FAR[2] and quantity.startswith("eta2p_") and value > 0.9999


@pytest.mark.parametrize("kind", list(COUNTS))
def test_every_value_of_r(kind: str) -> None:
    rows = r_values()
    tolerance = 2e-4 if kind == "mixed" else 1e-6
    compared, wrong = 0, []
    for table, part in rows[rows["kind"] == kind].groupby("table"):
        if kind == "mixed" and table == REFUSED:
            continue
        mine = ours(kind, str(table), set(part["rest"]))
        for case, value in zip(part["rest"], part["value"], strict=True):
            if r_is_inexact(kind, str(table), case, value):
                continue
            compared += 1
            if not abs(mine[case] - value) <= tolerance * abs(value) + 1e-9:
                wrong.append((table, case, value, mine[case]))
    assert wrong == []
    assert compared == COUNTS[kind]


def test_what_lme4_gives_numbers_without_meaning_for_is_refused() -> None:
    with pytest.raises(TableError, match="differs between conditions by the same f1"):
        mixed_model(table_of(REFUSED), "f1")
    with pytest.raises(TableError, match="replicate has a level for every row"):
        mixed_model(table_of("r_mtcars"), "f1", "replicate")


def test_every_f_with_its_own_error_term() -> None:
    """afex `aov_ez(block, y, within = factors)`; what R calls infinite or undefined has no number here."""
    rows = pd.read_csv(HERE / "rm_anova.csv")
    compared, wrong = 0, []
    for (table, block, metric), part in rows.groupby(["case", "block", "metric"]):
        if (table, metric) == ("s29_counts_undefined", "specificity"):
            with pytest.raises(TableError, match="the same in every row"):
                repeated_measures(table_of(table), metric, block)
            continue
        mine = repeated_measures(table_of(table), metric, block).set_index("effect")
        for row in part.itertuples():
            value = mine.loc[str(row.effect).replace(":", " x "), row.quantity]
            if (table, metric, row.quantity) == ("s29_counts_undefined", "precision", "ges"):
                continue  # afex adds up the different error sums of squares: two that are equal count once
            compared += 1
            expected = np.nan if table == REFUSED and row.quantity in ("F", "p", "p_gg") else row.value
            same = np.isnan(value) if np.isnan(expected) else abs(value - expected) <= 1e-6 * abs(expected)
            if not (same or abs(value - expected) < 1e-12):
                wrong.append((table, metric, row.effect, row.quantity, row.value, value))
    assert wrong == []
    assert compared == 1975


def test_permutation_agrees_with_the_f_test_on_these_tables() -> None:
    """The same verdicts wherever F's p is clearly on one side of 0.05 and signs can tell at all."""
    rows = pd.read_csv(HERE / "rm_anova.csv")
    pairs = []
    for table, block, metric in rows[["case", "block", "metric"]].drop_duplicates().itertuples(index=False):
        if table == REFUSED or (table, metric) == ("s29_counts_undefined", "specificity"):
            continue
        f = repeated_measures(table_of(table), metric, block).set_index("effect")["p"]
        found = permutation_within(table_of(table), metric, block, permutations=1999).set_index("effect")
        pairs += list(zip(f, found["p_permutation"], found["ways"], strict=True))
    p, permuted, ways = np.array([row for row in pairs if np.isfinite(row[0])]).T
    clear = ways >= 32
    assert (permuted[clear & (p < 0.01)] < 0.05).all() and (permuted[clear & (p > 0.15)] > 0.05).all()
    assert np.corrcoef(p[clear], permuted[clear])[0, 1] > 0.97


def test_every_f_with_satterthwaites_degrees_of_freedom() -> None:
    """lmerTest, `lmer(y ~ factors + (1 | group))`, Type III with sum contrasts."""
    rows = pd.read_csv(HERE / "satterthwaite.csv").fillna({"effect": ""})
    compared, wrong = 0, []
    for (table, group, metric), part in rows.groupby(["case", "group", "metric"]):
        if table == REFUSED:
            continue
        model = mixed_model(table_of(table), metric, group)
        tests = model.tests.set_index("effect")
        assert model.settled
        for row in part.itertuples():
            of_model = row.quantity in ("group_sd", "residual_sd")
            effect = row.effect.replace(":", " x ")
            value = getattr(model, row.quantity) if of_model else tests.loc[effect, row.quantity]
            compared += 1
            if not abs(value - row.value) <= (1e-4 if of_model else 1e-3) * abs(row.value) + 1e-6:
                wrong.append((table, metric, row.effect, row.quantity, row.value, value))
    assert wrong == []
    assert compared == 1164
