"""Permutation tests against exact enumerations, the F test, a slow loop, and their own promise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm
from table_samples import design_frame, noisy, row_of, table_of, without

from fer_core.base.errors import SettingError, TableError
from fer_core.stats.anova import anova
from fer_core.stats.permutation import permutation_anova, permutation_within
from fer_core.stats.table import reconstructed

CHANCE = 3.5 * np.sqrt(0.25 / 9999)


def one_factor(values: Any) -> Any:
    frame = design_frame(tuning=("bayesian",), loss=("standard",))
    return table_of(frame, values)


def test_two_groups_are_every_way_to_part_the_rows() -> None:
    """All 924 ways, by scipy; the absolute difference of means orders them as F does."""
    table = one_factor(np.random.default_rng(0).exponential(0.1, 12).clip(0, 1))
    gru, lstm = (table.frame.loc[table.frame["architecture"] == m, "f1"] for m in ("gru", "lstm"))
    exact = stats.permutation_test(
        (gru, lstm),
        lambda a, b, axis: np.abs(a.mean(axis) - b.mean(axis)),
        vectorized=True,
        n_resamples=np.inf,
        alternative="greater",
    )
    found = permutation_anova(table, "f1", permutations=9999)
    assert found["p_permutation"].iloc[0] == pytest.approx(exact.pvalue, abs=CHANCE)


def test_in_blocks_of_two_they_are_every_choice_of_signs() -> None:
    """All 64 of six pairs, by scipy."""
    table = one_factor(np.linspace(0.1, 0.9, 12) + np.random.default_rng(4).normal(0, 0.03, 12))
    gru, lstm = (table.frame.loc[table.frame["architecture"] == m, "f1"] for m in ("gru", "lstm"))
    exact = stats.permutation_test(
        (gru, lstm),
        lambda a, b, axis: np.abs((a - b).mean(axis)),
        vectorized=True,
        n_resamples=np.inf,
        permutation_type="samples",
        alternative="greater",
    )
    found = permutation_anova(table, "f1", blocks=("emotion",), permutations=9999)
    assert found["p_permutation"].iloc[0] == pytest.approx(exact.pvalue, abs=CHANCE)


def test_freedman_and_lane_step_by_step() -> None:
    """A plain loop through statsmodels' formulas on an unbalanced table: fit without the effect, permute
    residuals within emotions, refit, compare Type II F."""
    whole = noisy(3, lambda f: 0.04 * (f["loss"] == "advanced"), tuning=("bayesian",))
    table = without(whole, np.random.default_rng(0).random(len(whole)) < 0.15)
    frame = table.frame.copy()
    terms = {"architecture": "A", "loss": "B", "architecture x loss": "A:B"}
    frame["A"] = np.where(frame["architecture"] == "gru", 1.0, -1.0)
    frame["B"] = np.where(frame["loss"] == "advanced", 1.0, -1.0)
    found = permutation_anova(table, "f1", blocks=("emotion",), permutations=1999).set_index("effect")
    generator, rounds = np.random.default_rng(7), 30
    for effect, term in terms.items():
        others = " + ".join(t for t in terms.values() if t != term)
        reduced = ols(f"f1 ~ C(emotion) + {others}", frame).fit()
        full = "C(emotion) + A + B + A:B"
        observed = anova_lm(ols(f"f1 ~ {full}", frame).fit(), typ=2).loc[term, "F"]
        assert found.loc[effect, "F"] == pytest.approx(observed, rel=1e-9)
        larger = 0
        for _ in range(rounds):
            mixed = reduced.resid.groupby(frame["emotion"]).transform(lambda r: generator.permutation(r.to_numpy()))
            model = ols(f"y ~ {full}", frame.assign(y=reduced.fittedvalues + mixed)).fit()
            larger += anova_lm(model, typ=2).loc[term, "F"] >= observed
        by_hand = (1 + larger) / (1 + rounds)
        assert found.loc[effect, "p_permutation"] == pytest.approx(by_hand, abs=3.5 * np.sqrt(0.25 / rounds))


def test_in_normal_data_it_agrees_with_the_f_test() -> None:
    table = noisy(5, lambda f: 0.02 * (f["loss"] == "advanced"), replicates=2)
    by_f = anova(table, "f1", ("emotion",)).set_index("effect")
    found = permutation_anova(table, "f1", ("emotion",), permutations=9999).set_index("effect")
    for effect, row in found.iterrows():
        assert row["F"] == pytest.approx(by_f.loc[effect, "F"], rel=1e-9)
        assert row["p_permutation"] == pytest.approx(by_f.loc[effect, "p"], abs=0.025)


@pytest.mark.parametrize("blocks", [(), ("emotion",)])
def test_the_published_recall_is_found_by_blocks_only(blocks: tuple[str, ...]) -> None:
    row = row_of(permutation_anova(reconstructed(), "recall", blocks), effect="loss")
    assert (row["p_permutation"] < 0.01) == bool(blocks)


def test_a_seed_fixes_it() -> None:
    first = permutation_anova(reconstructed(), "f1", seed=1)
    again = permutation_anova(reconstructed(), "f1", seed=1)
    assert first.equals(again) and not first.equals(permutation_anova(reconstructed(), "f1", seed=2))


def test_without_an_effect_one_in_twenty_is_significant_whatever_the_noise() -> None:
    """Strongly skewed noise, one factor and an interaction to disturb: 60 studies, three effects."""
    frame = design_frame(tuning=("bayesian",))
    generator, p = np.random.default_rng(8), []
    for _ in range(60):
        noise = generator.exponential(0.1, len(frame))
        found = permutation_anova(table_of(frame, noise.clip(0, 1)), "f1", permutations=199)
        p.append(found["p_permutation"])
    share = float((np.array(p) <= 0.05).mean())
    assert share == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 180))


def test_large_tables_get_fewer_permutations_and_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fer_core.stats.permutation.MOST_NUMBERS", 100_000)  # of 40 million
    table = noisy(6, lambda f: 0.05 * (f["loss"] == "advanced"), replicates=20)
    assert len(table) == 960
    found = permutation_anova(table, "f1", blocks=("emotion",))
    assert found.attrs["permutations"] == 199
    assert "199 permutations instead of 1,999, because the table is large." in found.attrs["notes"]
    assert row_of(found, effect="loss")["p_permutation"] == pytest.approx(1 / 200)


def test_what_cannot_be_permuted_is_refused() -> None:
    rows = noisy(9, replicates=8)
    i = np.arange(len(rows))  # a Latin square: each emotion and replicate meet once
    square = without(rows, rows.frame["replicate"] != (i // 48 + i // 8 % 6) % 8)
    assert len(square) == 48
    with pytest.raises(TableError, match="each combination of emotion and replicate has one row"):
        permutation_anova(square, "f1", blocks=("emotion", "replicate"))
    with pytest.raises(SettingError, match="number of draws"):
        permutation_anova(noisy(), "f1", permutations=10)
    with pytest.raises(TableError, match="the same in every row"):
        permutation_anova(table_of(design_frame(), 0.5), "f1")


# --- within units -----------------------------------------------------------------------------------------


def test_six_units_have_every_choice_of_signs() -> None:
    """All 64 of six emotions, by scipy; 32 are enough, for turning all signs over changes nothing."""
    table = reconstructed()
    wide = table.frame.pivot_table("recall", "emotion", "loss")
    exact = stats.permutation_test(
        (wide["advanced"], wide["standard"]),
        lambda a, b, axis: np.abs((a - b).mean(axis)),
        vectorized=True,
        n_resamples=np.inf,
        permutation_type="samples",
        alternative="greater",
    )
    row = row_of(permutation_within(table, "recall"), effect="loss")
    assert (row["p_permutation"], row["ways"]) == (pytest.approx(exact.pvalue, abs=1e-12), 32)


def test_three_levels_change_places_within_each_unit() -> None:
    """A plain loop that computes F anew from permuted values."""
    frame = design_frame(architecture=("gru", "lstm", "cnn"), tuning=("bayesian",), loss=("standard",))
    table = table_of(frame, np.random.default_rng(11).uniform(0.4, 0.6, len(frame)))
    found = permutation_within(table, "f1", permutations=1999).iloc[0]
    values = table.frame.pivot_table("f1", "emotion", "architecture").to_numpy()

    def f_of(rows: Any) -> float:
        means, units = rows.mean(axis=0), rows.mean(axis=1, keepdims=True)
        error = np.sum((rows - units - means + rows.mean()) ** 2)
        return float(len(rows) * np.sum((means - rows.mean()) ** 2) / 2 / (error / 10))

    generator = np.random.default_rng(5)
    permuted = [f_of(generator.permuted(values, axis=1)) for _ in range(1999)]
    expected = (1 + np.sum(np.array(permuted) >= f_of(values))) / 2000
    assert found["F"] == pytest.approx(f_of(values), rel=1e-9)
    assert found["p_permutation"] == pytest.approx(expected, abs=0.04)


def test_units_that_react_alike_have_no_permutation_test() -> None:
    frame = design_frame(tuning=("bayesian",), loss=("standard",))
    table = table_of(frame, 0.5 + 0.05 * (frame["architecture"] == "gru"))
    row = permutation_within(table, "f1").iloc[0]
    assert np.isnan(row["p_permutation"]) and row["ways"] == 0
