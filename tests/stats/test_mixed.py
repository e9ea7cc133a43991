"""The mixed model against closed forms of balanced designs and statsmodels' own formulas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.formula.api import mixedlm, ols
from table_samples import design_frame, noisy, row_of, table_of, without

from fer_core.errors import TableError
from fer_core.stats.anova import anova, mixed_model
from fer_core.stats.table import reconstructed


@pytest.mark.parametrize("metric", ["accuracy", "f1", "precision", "recall"])
def test_a_balanced_table_has_the_answer_of_the_blocked_anova(metric: str) -> None:
    """REML in a balanced design (Searle, Casella and McCulloch, 1992): the estimate is the difference of
    means, its variance 4 MS_error / 48, z squared the blocked F; the group's variance is
    (MS_emotion - MS_error) / 8."""
    table = reconstructed()
    blocked = anova(table, metric, ("emotion",)).set_index("effect")
    found = mixed_model(table, metric)
    for factor in ("architecture", "tuning", "loss"):
        row = row_of(found, effect=factor)
        means = table.frame.groupby(factor)[metric].mean()
        first, second = (means[level] for level in table.levels(factor))
        assert row["estimate"] == pytest.approx(first - second, abs=1e-8)
        assert row["se"] == pytest.approx(np.sqrt(4 * blocked.loc["residual", "ms"] / 48), rel=1e-4)
    for _, row in found.iterrows():
        assert row["z"] ** 2 == pytest.approx(blocked.loc[row["effect"], "F"], rel=1e-3, abs=1e-6)
        assert row["p"] == pytest.approx(2 * stats.norm.sf(abs(row["z"])), abs=1e-12)
        half = 1.959964 * row["se"]
        assert (row["low"], row["high"]) == pytest.approx(
            (row["estimate"] - half, row["estimate"] + half), abs=1e-7
        )
    group = (blocked.loc["emotion", "ms"] - blocked.loc["residual", "ms"]) / 8
    assert found.attrs["group_sd"] == pytest.approx(np.sqrt(group), rel=1e-3)


def test_an_interaction_is_a_difference_of_differences() -> None:
    table = reconstructed()
    cells = table.frame.groupby(["tuning", "loss"])["recall"].mean()
    expected = (cells["bayesian", "advanced"] - cells["bayesian", "standard"]) - (
        cells["predefined", "advanced"] - cells["predefined", "standard"]
    )
    row = row_of(mixed_model(table, "recall"), effect="tuning x loss")
    assert row["estimate"] == pytest.approx(expected, abs=1e-8)


def test_an_unbalanced_table_is_statsmodels_own() -> None:
    whole = noisy(1, lambda f: 0.05 * (f["loss"] == "advanced"), replicates=3)
    table = without(whole, np.random.default_rng(2).random(len(whole)) < 0.3)
    frame = table.frame.assign(
        A=np.where(table.frame["architecture"] == "gru", 0.5, -0.5),
        B=np.where(table.frame["tuning"] == "bayesian", 0.5, -0.5),
        C=np.where(table.frame["loss"] == "advanced", 0.5, -0.5),
    )
    theirs = mixedlm("f1 ~ A * B * C", frame, groups=frame["emotion"]).fit()
    found = mixed_model(table, "f1").set_index("effect")
    names = {
        "architecture": "A",
        "loss": "C",
        "architecture x loss": "A:C",
        "architecture x tuning x loss": "A:B:C",
    }
    for mine, name in names.items():
        assert found.loc[mine, "estimate"] == pytest.approx(theirs.params[name], abs=1e-6)
        assert found.loc[mine, "se"] == pytest.approx(theirs.bse[name], rel=5e-3)


def test_standard_errors_are_those_of_the_whole_covariance_matrix() -> None:
    """(X' V^-1 X)^-1 with V written out, at the variances that were estimated."""
    whole = noisy(6, replicates=2)
    table = without(whole, np.random.default_rng(3).random(len(whole)) < 0.3)
    found = mixed_model(table, "f1")
    frame = table.frame
    a, b, c = (np.where(frame[n] == table.levels(n)[0], 0.5, -0.5) for n in table.factors)
    x = np.column_stack([np.ones(len(a)), a, b, c, a * b, a * c, b * c, a * b * c])
    same = frame["emotion"].to_numpy()[:, None] == frame["emotion"].to_numpy()[None]
    v = found.attrs["group_sd"] ** 2 * same + found.attrs["residual_sd"] ** 2 * np.eye(len(a))
    covariance = np.linalg.inv(x.T @ np.linalg.inv(v) @ x)
    assert found.attrs["group_sd"] > 0.01
    np.testing.assert_allclose(found["se"], np.sqrt(np.diag(covariance))[1:], rtol=1e-9)
    by_gls = (covariance @ x.T @ np.linalg.inv(v) @ frame["f1"].to_numpy())[1:]
    np.testing.assert_allclose(found["estimate"], by_gls, atol=1e-9)


def test_the_edge_of_no_variance_is_where_the_blocked_f_is_1() -> None:
    """In a balanced table REML has a variance between groups exactly where their F is above 1."""
    for seed in range(30):
        frame = design_frame()
        table = table_of(frame, np.random.default_rng(seed).normal(0.5, 0.05, len(frame)))
        f = row_of(anova(table, "f1", ("emotion",)), effect="emotion")["F"]
        assert (mixed_model(table, "f1").attrs["group_sd"] > 0) == (f > 1)


def test_groups_that_do_not_differ_leave_least_squares() -> None:
    """Each emotion's mean is made the same, so the variance between emotions is 0."""
    frame = design_frame(replicates=4)
    y = pd.Series(np.random.default_rng(3).normal(0.5, 0.05, len(frame)))
    y = y - y.groupby(frame["emotion"]).transform("mean") + 0.5
    table = table_of(frame, y)
    x = {n: np.where(table.frame[n] == table.levels(n)[0], 0.5, -0.5) for n in table.factors}
    plain = ols("f1 ~ architecture * tuning * loss", pd.DataFrame({**x, "f1": table.frame["f1"]})).fit()
    found = mixed_model(table, "f1")
    for factor in table.factors:
        row = row_of(found, effect=factor)
        assert row["estimate"] == pytest.approx(plain.params[factor], abs=1e-6)
        assert row["se"] == pytest.approx(plain.bse[factor], rel=1e-3)
    assert any(n.startswith("No variance between the levels of emotion") for n in found.attrs["notes"])


def test_three_levels_have_two_rows_against_the_last() -> None:
    frame = design_frame(architecture=("gru", "lstm", "cnn"), tuning=("bayesian",), replicates=2)
    table = table_of(frame, np.random.default_rng(4).uniform(0.3, 0.7, len(frame)))
    found = mixed_model(table, "f1")
    assert list(found["effect"]) == [
        "architecture: gru - cnn", "architecture: lstm - cnn", "loss",
        "architecture: gru - cnn x loss", "architecture: lstm - cnn x loss",
    ]  # fmt: skip
    means = table.frame.groupby("architecture")["f1"].mean()
    row = row_of(found, effect="architecture: lstm - cnn")
    assert row["estimate"] == pytest.approx(means["lstm"] - means["cnn"], abs=1e-6)


def test_notes_and_refusals() -> None:
    table = reconstructed()
    assert any("Emotion has 6 levels" in n for n in mixed_model(table, "f1").attrs["notes"])
    with pytest.raises(TableError, match=r"'fold' does not part the rows .*use one of emotion"):
        mixed_model(table, "f1", group="fold")
    with pytest.raises(TableError, match="'loss' does not part"):
        mixed_model(table, "f1", group="loss")
    with pytest.raises(TableError, match="the same in every row"):
        mixed_model(table_of(design_frame(), 0.25), "f1")
    whole = noisy(5)
    gap = (whole.frame["architecture"] == "gru") & (whole.frame["tuning"] == "bayesian")
    found = mixed_model(without(whole, gap), "f1")
    assert "architecture x tuning" not in set(found["effect"])
    assert any("cannot be estimated" in n for n in found.attrs["notes"])


def test_intervals_hold_a_planted_effect_about_as_often_as_they_say() -> None:
    """With 12 emotions z is close to right: 77 error degrees of freedom."""
    held = []
    for seed in range(60):
        table = noisy(
            seed, lambda f: 0.03 * (f["loss"] == "advanced"), emotions=[f"e{k:02d}" for k in range(12)]
        )
        row = row_of(mixed_model(table, "f1"), effect="loss")
        held.append(row["low"] <= 0.03 <= row["high"])
    assert np.mean(held) == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / 60))
