"""The mixed model against closed forms of balanced designs, statsmodels, and covariance matrices written out.

R's lme4 and lmerTest are in test_r.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.formula.api import mixedlm, ols
from table_samples import LEVELS, design_frame, noisy, row_of, table_of, without

from fer_core.base.errors import TableError
from fer_core.stats.anova import anova
from fer_core.stats.design import design_of
from fer_core.stats.mixed import mixed_model
from fer_core.stats.repeated import repeated_measures
from fer_core.stats.table import Evaluations, evaluations, reconstructed


@pytest.mark.parametrize("metric", ["accuracy", "f1", "precision", "recall"])
def test_a_balanced_table_has_the_answer_of_the_blocked_anova(metric: str) -> None:
    """REML in a balanced design (Searle, Casella and McCulloch, 1992): the estimate is the difference of
    means, its variance 4 MS_error / 48, z squared the blocked F; the group's variance is
    (MS_emotion - MS_error) / 8."""
    table = reconstructed()
    blocked = anova(table, metric, ("emotion",)).set_index("effect")
    model = mixed_model(table, metric)
    found = model.coefficients
    for factor in ("architecture", "tuning", "loss"):
        row = row_of(found, effect=factor)
        means = table.frame.groupby(factor)[metric].mean()
        first, second = (means[level] for level in table.levels(factor))
        assert row["estimate"] == pytest.approx(first - second, abs=1e-8)
        assert row["se"] == pytest.approx(np.sqrt(4 * blocked.loc["residual", "ms"] / 48), rel=1e-6)
    for _, row in found.iterrows():
        assert row["t"] ** 2 == pytest.approx(blocked.loc[row["effect"], "F"], rel=1e-6, abs=1e-9)
        assert row["df"] == pytest.approx(35, rel=1e-6), "of the blocked residual"
        assert row["p"] == pytest.approx(blocked.loc[row["effect"], "p"], rel=1e-6)
        half = stats.t.ppf(0.975, row["df"]) * row["se"]
        assert (row["low"], row["high"]) == pytest.approx((row["estimate"] - half, row["estimate"] + half), abs=1e-12)
    group = (blocked.loc["emotion", "ms"] - blocked.loc["residual", "ms"]) / 8
    assert model.group_sd == pytest.approx(np.sqrt(group), rel=1e-6)
    assert model.residual_sd == pytest.approx(np.sqrt(blocked.loc["residual", "ms"]), rel=1e-6)


def test_an_interaction_is_a_difference_of_differences() -> None:
    table = reconstructed()
    cells = table.frame.groupby(["tuning", "loss"])["recall"].mean()
    expected = (cells["bayesian", "advanced"] - cells["bayesian", "standard"]) - (
        cells["predefined", "advanced"] - cells["predefined", "standard"]
    )
    row = row_of(mixed_model(table, "recall").coefficients, effect="tuning x loss")
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
    found = mixed_model(table, "f1").coefficients.set_index("effect")
    names = {"architecture": "A", "loss": "C", "architecture x loss": "A:C", "architecture x tuning x loss": "A:B:C"}
    for mine, name in names.items():
        assert found.loc[mine, "estimate"] == pytest.approx(theirs.params[name], abs=1e-6)
        assert found.loc[mine, "se"] == pytest.approx(theirs.bse[name], rel=5e-3)


def test_standard_errors_are_those_of_the_whole_covariance_matrix() -> None:
    """(X' V^-1 X)^-1 with V written out, at the variances that were estimated."""
    whole = noisy(6, replicates=2)
    table = without(whole, np.random.default_rng(3).random(len(whole)) < 0.3)
    model = mixed_model(table, "f1")
    found, frame = model.coefficients, table.frame
    a, b, c = (np.where(frame[n] == table.levels(n)[0], 0.5, -0.5) for n in table.factors)
    x = np.column_stack([np.ones(len(a)), a, b, c, a * b, a * c, b * c, a * b * c])
    same = frame["emotion"].to_numpy()[:, None] == frame["emotion"].to_numpy()[None]
    v = model.group_sd**2 * same + model.residual_sd**2 * np.eye(len(a))
    covariance = np.linalg.inv(x.T @ np.linalg.inv(v) @ x)
    assert model.group_sd > 0.01
    np.testing.assert_allclose(found["se"], np.sqrt(np.diag(covariance))[1:], rtol=1e-9)
    by_gls = (covariance @ x.T @ np.linalg.inv(v) @ frame["f1"].to_numpy())[1:]
    np.testing.assert_allclose(found["estimate"], by_gls, atol=1e-9)


def test_the_edge_of_no_variance_is_where_the_blocked_f_is_1() -> None:
    """In a balanced table REML has a variance between groups exactly where their F is above 1."""
    both = set()
    for seed in range(8):
        frame = design_frame()
        table = table_of(frame, np.random.default_rng(seed).normal(0.5, 0.05, len(frame)))
        f = row_of(anova(table, "f1", ("emotion",)), effect="emotion")["F"]
        assert (mixed_model(table, "f1").group_sd > 0) == (f > 1)
        both.add(f > 1)
    assert len(both) == 2, "the cases lie on both sides"


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
        row = row_of(found.coefficients, effect=factor)
        assert row["estimate"] == pytest.approx(plain.params[factor], abs=1e-6)
        assert row["se"] == pytest.approx(plain.bse[factor], rel=1e-3)
    assert any(n.startswith("No variance between the levels of emotion") for n in found.notes)


def test_three_levels_have_two_rows_against_the_last() -> None:
    frame = design_frame(architecture=("gru", "lstm", "cnn"), tuning=("bayesian",), replicates=2)
    table = table_of(frame, np.random.default_rng(4).uniform(0.3, 0.7, len(frame)))
    found = mixed_model(table, "f1").coefficients
    assert list(found["effect"]) == [
        "architecture: gru - cnn",
        "architecture: lstm - cnn",
        "loss",
        "architecture: gru - cnn x loss",
        "architecture: lstm - cnn x loss",
    ]
    means = table.frame.groupby("architecture")["f1"].mean()
    row = row_of(found, effect="architecture: lstm - cnn")
    assert row["estimate"] == pytest.approx(means["lstm"] - means["cnn"], abs=1e-6)


def test_several_levels_have_one_f_of_several_degrees() -> None:
    """On a balanced table F is that of the blocked ANOVA, whatever its degrees of freedom."""
    frame = design_frame(architecture=("gru", "lstm", "cnn"), tuning=("bayesian",), replicates=2)
    table = table_of(frame, np.random.default_rng(4).uniform(0.3, 0.7, len(frame)))
    blocked = anova(table, "f1", ("emotion",)).set_index("effect")
    model = mixed_model(table, "f1")
    assert list(model.tests["df"]) == [2, 1, 2]
    if model.group_sd > 0:
        for row in model.tests.to_dict("records"):
            assert row["F"] == pytest.approx(blocked.loc[row["effect"], "F"], rel=1e-6)


def reacting(seed: int, emotions: int = 12) -> Evaluations:
    """Emotions with a level, a reaction of their own to each factor and to each pair of them, and noise."""
    frame = design_frame([f"e{k:02d}" for k in range(emotions)])
    generator = np.random.default_rng(seed)
    number = frame["emotion"].str[1:].astype(int).to_numpy()
    signs = [np.where(frame[f] == LEVELS[f][0], 1.0, -1.0) for f in LEVELS]
    signs += [signs[a] * signs[b] for a, b in ((0, 1), (0, 2), (1, 2))]
    values = 0.5 + generator.normal(0, 0.08, emotions)[number] + generator.normal(0, 0.01, len(frame))
    for sign in signs:
        values = values + generator.normal(0, 0.03, emotions)[number] * sign
    return table_of(frame, values.clip(0, 1))


@pytest.mark.parametrize("seed", range(4))
def test_with_slopes_a_balanced_table_has_the_own_error_terms(seed: int) -> None:
    table = reacting(seed)
    model = mixed_model(table, "f1", slopes=True)
    assert model.settled and min(model.slope_sd.values()) > 0, "the case has every variance above 0"
    repeated = repeated_measures(table, "f1").set_index("effect")
    for row in model.tests.to_dict("records"):
        expected = repeated.loc[row["effect"]]
        found = [row["F"], row["df"], row["df_error"], row["p"]]
        assert found == pytest.approx(expected[["F", "df", "df_error", "p"]].tolist(), rel=1e-4)
    assert any("architecture x tuning x loss occurs once per emotion" in n for n in model.notes)


def test_slopes_reach_the_optimum_of_a_plain_search() -> None:
    """-2 log restricted likelihood with V written out whole: no nearby variances are better."""
    table = without(reacting(7), np.random.default_rng(1).random(96) < 0.2)
    model = mixed_model(table, "f1", slopes=True)
    frame, y = table.frame, table.frame["f1"].to_numpy()
    x = design_of(table, "f1").matrix
    same = frame["emotion"].to_numpy()[:, None] == frame["emotion"].to_numpy()[None]
    signs = {f: np.where(frame[f] == LEVELS[f][0], 1.0, -1.0) for f in LEVELS}
    of = [np.prod([signs[f] for f in effect.split(" x ")], axis=0) for effect in model.slope_sd]
    alike = [np.eye(len(y)), same, *(same * np.outer(s, s) for s in of)]  # of a reaction in one cell
    best = np.array([model.residual_sd, model.group_sd, *model.slope_sd.values()]) ** 2

    def criterion(variances: np.ndarray) -> float:
        v = sum(s * a for s, a in zip(variances, alike, strict=True))
        inverse = np.linalg.inv(v)
        inner = x.T @ inverse @ x
        left = y - x @ np.linalg.solve(inner, x.T @ inverse @ y)
        return float(np.linalg.slogdet(v)[1] + np.linalg.slogdet(inner)[1] + left @ inverse @ left)

    at_best, generator = criterion(best), np.random.default_rng(0)
    for _ in range(300):
        near = best * np.exp(generator.normal(0, 0.1, len(best))) + (best == 0) * generator.uniform(0, 1e-5)
        assert criterion(near) >= at_best - 1e-7


def test_study_like_tables_reach_their_optimum() -> None:
    """48 rows, a fifth missing, small differences between emotions: where MixedLM stopped short."""
    for seed in range(12):
        whole = noisy(seed)
        table = without(whole, np.random.default_rng(seed).random(len(whole)) < 0.2)
        model = mixed_model(table, "f1")
        assert model.settled
        x = design_of(table, "f1").matrix
        group = table.frame["emotion"].factorize()[0]
        y = table.frame["f1"].to_numpy()

        def criterion(ratio: float, x: Any = x, y: Any = y, group: Any = group) -> float:
            v = np.eye(len(y)) + ratio * (group[:, None] == group[None])
            inverse = np.linalg.inv(v)
            inner = x.T @ inverse @ x
            left = y - x @ np.linalg.solve(inner, x.T @ inverse @ y)
            degrees = len(y) - x.shape[1]
            return float(
                np.linalg.slogdet(v)[1] + np.linalg.slogdet(inner)[1] + degrees * np.log(left @ inverse @ left)
            )

        mine = criterion((model.group_sd / model.residual_sd) ** 2)
        assert mine <= min(criterion(r) for r in [0.0, *np.geomspace(1e-4, 1e3, 60)]) + 1e-8


def test_refusals() -> None:
    table = reconstructed()
    with pytest.raises(TableError, match=r"'fold' does not part the rows .*use one of emotion"):
        mixed_model(table, "f1", group="fold")
    with pytest.raises(TableError, match="'loss' does not part"):
        mixed_model(table, "f1", group="loss")
    with pytest.raises(TableError, match="the same in every row"):
        mixed_model(table_of(design_frame(), 0.25), "f1")
    once = without(table, (table.frame["tuning"] == "bayesian") | (table.frame["loss"] == "standard"))
    with pytest.raises(TableError, match="no reaction of emotion to a factor can be told from the residual"):
        mixed_model(once, "f1", slopes=True)
    inside = table_of(design_frame(("a", "b"), tuning=("bayesian",), loss=("standard",), replicates=3), 0.0).frame
    inside = inside[(inside["emotion"] == "a") == (inside["architecture"] == "gru")]
    noise = np.random.default_rng(0).uniform(0.4, 0.6, len(inside))
    with pytest.raises(TableError, match="the factors already tell the levels of emotion apart"):
        mixed_model(evaluations(inside.assign(f1=noise), "Inside", "table"), "f1")


def test_an_interaction_with_an_empty_cell_is_left_out() -> None:
    whole = noisy(5)
    gap = (whole.frame["architecture"] == "gru") & (whole.frame["tuning"] == "bayesian")
    found = mixed_model(without(whole, gap), "f1")
    assert "architecture x tuning" not in set(found.tests["effect"])
    assert any("cannot be estimated" in n for n in found.notes)
