"""Repeated measures with own error terms: against pingouin, statsmodels, t tests, and planted cases.

R's afex is in test_r.py.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pingouin
import pytest
from scipy import stats
from statsmodels.stats.anova import AnovaRM
from table_samples import design_frame, noisy, row_of, table_of, without

from fer_core.base.errors import SettingError, TableError
from fer_core.stats.pairwise import pairwise
from fer_core.stats.repeated import (
    default_within,
    repeated_measures,
    sphericity,
    units_of,
    within_contrasts,
    within_means,
)
from fer_core.stats.table import Evaluations, evaluations, reconstructed

from .oracles import table_of as r_table


def three_levels(seed: int = 0, **levels: tuple[str, ...]) -> Evaluations:
    """Eight emotions that react differently to three architectures."""
    names = tuple(f"e{k}" for k in range(8))
    frame = design_frame(names, architecture=("gru", "lstm", "cnn"), tuning=("bayesian",), **levels)
    generator = np.random.default_rng(seed)
    keys = frame["emotion"] + frame["architecture"]
    reaction = dict(zip(dict.fromkeys(keys), generator.normal(0, 0.05, 99), strict=False))
    values = 0.5 + keys.map(reaction) + generator.normal(0, 0.03, len(frame))
    return table_of(frame, values.clip(0, 1))


def test_one_factor_of_three_levels_is_pingouins() -> None:
    table = three_levels(loss=("standard",))
    theirs = pingouin.rm_anova(
        data=table.frame, dv="f1", within="architecture", subject="emotion", correction=True, effsize="np2"
    ).iloc[0]
    mine = row_of(repeated_measures(table, "f1"), effect="architecture")
    names = {"F": "F", "p": "p_unc", "p_gg": "p_GG_corr", "epsilon_gg": "eps", "eta2p": "np2"}
    for own, other in names.items():
        assert mine[own] == pytest.approx(theirs[other], rel=1e-6), own
    checked = row_of(sphericity(table, "f1"), check="sphericity of architecture")
    assert (checked["statistic"], checked["p"]) == pytest.approx((theirs["W_spher"], theirs["p_spher"]), rel=1e-6)


def test_two_factors_are_pingouins() -> None:
    table = three_levels(1)
    theirs = pingouin.rm_anova(
        data=table.frame, dv="f1", within=["architecture", "loss"], subject="emotion", effsize="ng2"
    ).set_index("Source")
    mine = repeated_measures(table, "f1").set_index("effect")
    for source, effect in (
        ("architecture", "architecture"),
        ("loss", "loss"),
        ("architecture * loss", "architecture x loss"),
    ):
        row = theirs.loc[source]
        found = mine.loc[effect, ["F", "p", "ges", "df", "df_error"]].tolist()
        expected = [row["F"], row["p_unc"], row["ng2"], row["ddof1"], row["ddof2"]]
        assert found == pytest.approx(expected, rel=1e-6), effect


def test_three_factors_are_statsmodels() -> None:
    table = noisy(5, lambda f: 0.02 * (f["loss"] == "advanced"))
    theirs = AnovaRM(table.frame, "f1", "emotion", within=list(table.factors)).fit().anova_table
    mine = repeated_measures(table, "f1").set_index("effect")
    for source, row in theirs.iterrows():
        found = mine.loc[str(source).replace(":", " x ")]
        assert [found["F"], found["p"], found["df"], found["df_error"]] == pytest.approx(
            [row["F Value"], row["Pr > F"], row["Num DF"], row["Den DF"]], rel=1e-9
        )


def test_the_review_case_that_a_pooled_error_hides() -> None:
    """w222, replicate: architecture x tuning has F(1, 19) = 29.97, p = 2.8e-5."""
    row = row_of(repeated_measures(r_table("w222"), "f1", "replicate"), effect="architecture x tuning")
    assert (row["df"], row["df_error"]) == (1, 19)
    assert row["F"] == pytest.approx(29.974, abs=1e-3) and row["p"] == pytest.approx(2.8e-5, abs=5e-7)


def test_a_factor_of_two_levels_is_a_t_test_of_the_units_means() -> None:
    table = reconstructed()
    f = row_of(repeated_measures(table, "recall"), effect="loss")
    wide = table.frame.pivot_table("recall", "emotion", "loss")
    t = stats.ttest_rel(wide["advanced"], wide["standard"])
    assert (f["F"], f["p"]) == pytest.approx((t.statistic**2, t.pvalue), rel=1e-9)
    assert f["p"] == pytest.approx(0.0259, abs=5e-5)
    contrast = row_of(within_contrasts(table, "recall"), factor="loss")
    paired = row_of(pairwise(table, ["recall"], unit="emotion"), factor="loss")
    assert contrast[["difference", "low", "high", "p", "n"]].tolist() == pytest.approx(
        paired[["mean_difference", "low", "high", "p", "n"]].tolist(), rel=1e-9
    )


def test_generalised_eta_squared_counts_the_units_too() -> None:
    table = noisy(2)
    found = repeated_measures(table, "f1")
    units = units_of(table, "f1").values.reshape(6, -1)
    between = 8 * np.sum((units.mean(axis=1) - units.mean()) ** 2)
    for row in found.to_dict("records"):
        assert row["ges"] == pytest.approx(row["ss"] / (row["ss"] + found["ss_error"].sum() + between))
        assert row["ges"] <= row["eta2p"]
        assert row["eta2p_low"] <= row["eta2p"] <= row["eta2p_high"]
        assert row["ges_low"] <= row["ges"] <= row["ges_high"]
    assert found["ss"].sum() + found["ss_error"].sum() + between == pytest.approx(np.sum((units - units.mean()) ** 2))


def test_people_are_units_too() -> None:
    """A column of people, under a name that others give it."""
    frame = design_frame(("any",), replicates=7, tuning=("bayesian",), loss=("standard",))
    frame = frame.rename(columns={"replicate": "person"})
    values = np.random.default_rng(3).uniform(0.3, 0.9, len(frame))
    table = table_of(frame, values)
    assert default_within(table) == "person"
    wide = table.frame.pivot_table("f1", "person", "architecture")
    t = stats.ttest_rel(wide["gru"], wide["lstm"])
    row = repeated_measures(table, "f1", "person").iloc[0]
    assert (row["p"], row["n"]) == (pytest.approx(t.pvalue, rel=1e-9), 7)


def test_units_that_lack_a_condition_are_left_out_by_name() -> None:
    whole = noisy(4)
    gap = (whole.frame["emotion"] == "fear") & (whole.frame["loss"] == "advanced")
    gap &= whole.frame["architecture"] == "gru"
    table = without(whole, gap)
    found = repeated_measures(table, "f1")
    without_fear = repeated_measures(without(whole, whole.frame["emotion"] == "fear"), "f1")
    pd.testing.assert_frame_equal(found, without_fear, check_exact=False)
    assert "1 of 6 levels of emotion lack a condition and are left out: fear." in found.attrs["notes"]
    assert found.attrs["units"] == ("anger", "disgust", "happiness", "sadness", "surprise")


def test_rows_are_averaged_over_what_is_neither_unit_nor_factor() -> None:
    table = noisy(6, replicates=3)
    mean = table.frame.groupby([*table.factors, "emotion"], as_index=False)["f1"].mean()
    found = repeated_measures(table, "f1")
    once = repeated_measures(evaluations(mean, "Means", "table"), "f1")
    np.testing.assert_allclose(found["F"], once["F"], rtol=1e-9)
    assert "Each value is a mean over replicate." in found.attrs["notes"]


def test_where_units_react_alike_there_is_no_test() -> None:
    table = r_table("s25_constant_difference")
    found = repeated_measures(table, "f1").iloc[0]
    assert np.isnan([found["F"], found["p"], found["power"]]).all()
    assert found["eta2p"] == 1 and 0 < found["ges"] < 1
    notes = repeated_measures(table, "f1").attrs["notes"]
    assert any("Every emotion reacts alike to architecture" in note for note in notes)
    contrast = within_contrasts(table, "f1").iloc[0]
    assert contrast["difference"] == pytest.approx(0.05) and np.isnan(contrast["p"])


def test_too_few_units_for_sphericity_say_so() -> None:
    found = repeated_measures(r_table("s12_4x2x3_balanced"), "f1").set_index("effect")
    wide = found.loc["architecture x loss"]
    assert np.isnan(wide["epsilon_gg"]) and wide["p_gg"] == wide["p"]
    assert (
        found.loc["architecture", "epsilon_gg"] < 1 < found.loc["architecture", "p_gg"] / found.loc["architecture", "p"]
    )
    notes = repeated_measures(r_table("s12_4x2x3_balanced"), "f1").attrs["notes"]
    assert any("too few to estimate the sphericity of architecture x loss" in note for note in notes)


def test_intervals_of_means_leave_out_what_units_have_in_common() -> None:
    """Morey (2008), by hand; adding a constant to each emotion changes no width."""
    table = reconstructed()
    found = within_means(table, "recall", ("loss",))
    wide = table.frame.pivot_table("recall", "emotion", "loss")[list(table.levels("loss"))]
    centred = wide.sub(wide.mean(axis=1), axis=0)
    half = stats.t.ppf(0.975, 5) * centred.std(ddof=1) * np.sqrt(2) / np.sqrt(6)
    np.testing.assert_allclose(found["mean"], wide.mean())
    np.testing.assert_allclose(found["high"] - found["mean"], half)
    eight = within_means(table, "recall", table.factors)
    assert len(eight) == 8 and (eight["n"] == 6).all()
    assert list(eight.columns) == [*table.factors, "n", "mean", "low", "high"]


@pytest.mark.parametrize(
    ("table", "within", "why"),
    [
        (noisy(), "clip", "'clip' is not a unit"),
        (noisy(), "fold", "the table has one fold"),
        (noisy(emotions=("fear",), replicates=2), "emotion", "the table has one emotion.*use replicate"),
        (r_table("pg_tips"), "replicate", "fewer than two levels of replicate occur in every condition"),
        (table_of(design_frame(), 0.4), "emotion", "the same in every row"),
    ],
    ids=["unknown", "one fold", "one emotion", "between", "constant"],
)
def test_what_cannot_be_compared_within_is_one_sentence(table: Evaluations, within: str, why: str) -> None:
    with pytest.raises((TableError, SettingError), match=why):
        repeated_measures(table, "f1", within)


def test_which_unit_is_taken_unasked() -> None:
    assert default_within(reconstructed()) == "emotion"
    assert default_within(r_table("w222")) == "replicate"
    assert default_within(r_table("pg_tips")) is None
