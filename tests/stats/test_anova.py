"""ANOVA, its shares of variance, assumptions and means: against the published table, R, pingouin, scipy,
statsmodels' other routes, plain least squares, and simulation."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pingouin
import pytest
from scipy import stats
from scipy.optimize import brentq
from scipy.special import ncfdtr
from statsmodels.stats.anova import AnovaRM
from table_samples import design_frame, noisy, row_of, table_of, without

from fer_core.base.emotions import SIX
from fer_core.base.errors import SettingError, TableError
from fer_core.stats.anova import COLUMNS, anova, assumptions, marginal_means
from fer_core.stats.noncentral import achieved_power, eta_interval, noncentrality, omega_interval, partial_omega_squared
from fer_core.stats.table import Evaluations, evaluations, reconstructed

EFFECTS = (
    "architecture",
    "tuning",
    "loss",
    "architecture x tuning",
    "architecture x loss",
    "tuning x loss",
    "architecture x tuning x loss",
)


def effect_of(table: Evaluations, metric: str, effect: str, **settings: Any) -> pd.Series:
    return row_of(anova(table, metric, **settings), effect=effect)


# --- the published study ---------------------------------------------------------------------------------

PUBLISHED = {
    ("accuracy", "architecture"): (0.282, 0.598, 0.007),
    ("accuracy", "tuning"): (0.001, 0.975, 0.000),
    ("accuracy", "loss"): (0.516, 0.477, 0.013),
    ("f1", "architecture"): (0.002, 0.963, 0.000),
    ("f1", "tuning"): (0.022, 0.882, 0.001),
    ("f1", "loss"): (0.207, 0.652, 0.005),
    ("precision", "architecture"): (0.103, 0.750, 0.003),
    ("precision", "tuning"): (0.255, 0.616, 0.006),
    ("recall", "architecture"): (0.497, 0.485, 0.012),
    ("recall", "tuning"): (0.292, 0.592, 0.007),
    ("recall", "loss"): (2.210, 0.145, 0.052),
}
"""Winarno et al., Table 2: F, p, partial eta squared (precision by loss stands in a test of its own)."""


@pytest.mark.parametrize("cell", PUBLISHED)
def test_the_published_table_is_that_of_48_independent_rows(cell: tuple[str, str]) -> None:
    row = effect_of(reconstructed(), *cell)
    assert [round(row[name], 3) for name in ("F", "p", "eta2p")] == list(PUBLISHED[cell])
    assert (row["df"], row["n"]) == (1, 48)


def test_one_published_share_was_rounded_twice() -> None:
    """Precision by loss: F 0.587, p 0.448, printed share 0.015."""
    row = effect_of(reconstructed(), "precision", "loss")
    assert (round(row["F"], 3), round(row["p"], 3)) == (0.587, 0.448)
    assert round(row["eta2p"], 3) == 0.014 and round(row["eta2p"], 4) == 0.0145


@pytest.mark.parametrize("metric", ["accuracy", "f1", "precision", "recall"])
def test_main_effects_follow_from_means_and_cell_variances_alone(metric: str) -> None:
    """Balanced, two levels: F = 12 (difference of the means)^2 / (mean of the eight cells' variances)."""
    frame = reconstructed().frame
    cells = frame.groupby(["architecture", "tuning", "loss"])[metric].var(ddof=1)
    for factor in ("architecture", "tuning", "loss"):
        first, second = frame.groupby(factor)[metric].mean()
        expected = 12 * (first - second) ** 2 / cells.mean()
        row = effect_of(reconstructed(), metric, factor)
        assert row["F"] == pytest.approx(expected, abs=1e-9)
        assert row["p"] == pytest.approx(stats.f.sf(expected, 1, 40), abs=1e-9)
        assert row["eta2p"] == pytest.approx(expected / (expected + 40), abs=1e-9)


@pytest.mark.parametrize(
    ("metric", "interactions"),
    [
        ("accuracy", [(0.430, 0.516), (0.024, 0.877), (0.352, 0.556), (0.009, 0.926)]),
        ("f1", [(0.133, 0.717), (0.003, 0.955), (0.449, 0.507), (0.230, 0.634)]),
        ("precision", [(0.924, 0.342), (0.036, 0.850), (0.083, 0.774), (1.120, 0.296)]),
        ("recall", [(0.013, 0.908), (0.000, 0.999), (0.598, 0.444), (0.132, 0.719)]),
    ],
)
def test_interactions_are_those_of_an_earlier_analysis(metric: str, interactions: list[Any]) -> None:
    """Of the same counts, computed apart from this code with other versions of statsmodels."""
    found = anova(reconstructed(), metric).set_index("effect").loc[list(EFFECTS[3:])]
    np.testing.assert_allclose(found[["F", "p"]], interactions, atol=6e-4)


@pytest.mark.parametrize(
    ("metric", "effect", "f", "p"),
    [("recall", "loss", 10.48, 0.0026), ("f1", "tuning x loss", 4.27, 0.046), ("precision", EFFECTS[-1], None, 0.057)],
)
def test_with_emotion_as_a_block_the_picture_changes(metric: str, effect: str, f: float | None, p: float) -> None:
    found = anova(reconstructed(), metric, blocks=("emotion",))
    row = row_of(found, effect=effect)
    assert row["p"] == pytest.approx(p, abs=6e-4)
    assert f is None or row["F"] == pytest.approx(f, abs=6e-3)
    assert row_of(found, effect="residual")["df"] == 35 and row_of(found, effect="emotion")["df"] == 5


@pytest.mark.parametrize(
    ("metric", "powers"),
    [
        ("accuracy", (0.081, 0.050, 0.108)),
        ("f1", (0.050, 0.052, 0.073)),
        ("precision", (0.061, 0.078, 0.116)),
        ("recall", (0.106, 0.082, 0.306)),
    ],
)
def test_achieved_power_is_not_the_published_column(metric: str, powers: tuple[float, ...]) -> None:
    """The table prints 0.050 to 0.053 for all twelve; with one degree of freedom F' is a squared t'."""
    found = anova(reconstructed(), metric).set_index("effect")
    for factor, expected in zip(EFFECTS[:3], powers, strict=True):
        row = found.loc[factor]
        critical, shift = stats.t.isf(0.025, 40), np.sqrt(row["F"])
        by_t = stats.nct.sf(critical, 40, shift) + stats.nct.cdf(-critical, 40, shift)
        assert row["power"] == pytest.approx(by_t, abs=1e-6)
        assert row["power"] == pytest.approx(expected, abs=6e-4)


# --- other oracles ----------------------------------------------------------------------------------------


def test_a_balanced_table_is_pingouins() -> None:
    table = noisy(3, lambda f: 0.03 * (f["loss"] == "advanced") * (f["tuning"] == "bayesian"), replicates=2)
    theirs = pingouin.anova(data=table.frame, dv="f1", between=list(table.factors), ss_type=2, detailed=True)
    theirs["Source"] = theirs["Source"].str.replace(" * ", " x ", regex=False).str.lower()
    mine = anova(table, "f1").set_index("effect")
    for _, row in theirs.set_index("Source").iterrows():
        own = mine.loc[row.name]
        assert [own["ss"], own["df"], own["ms"]] == pytest.approx([row["SS"], row["DF"], row["MS"]], abs=1e-9)
        if row.name != "residual":
            found = [own["F"], own["p"], own["eta2p"]]
            assert found == pytest.approx([row["F"], row["p_unc"], row["np2"]], abs=1e-6)


def rss(y: Any, *columns: Any) -> float:
    x = np.column_stack([np.ones(len(y)), *columns])
    return float(np.sum((y - x @ np.linalg.lstsq(x, y, rcond=None)[0]) ** 2))


def test_an_unbalanced_table_compares_models_as_type_ii_does() -> None:
    """By dummy variables and plain least squares: SS(A | B, C, BC, emotion), and so on."""
    whole = noisy(4, lambda f: 0.05 * (f["loss"] == "advanced"))
    table = without(whole, np.random.default_rng(1).random(48) < 0.3)
    assert len(table) < 42
    frame, y = table.frame, table.frame["f1"].to_numpy()
    a, b, c = ((frame[n] == table.levels(n)[0]).to_numpy(float) for n in ("architecture", "tuning", "loss"))
    block = pd.get_dummies(frame["emotion"], drop_first=True).to_numpy(float)
    full = rss(y, block, a, b, c, a * b, a * c, b * c, a * b * c)
    df = len(y) - 13
    expected = {
        "architecture": rss(y, block, b, c, b * c) - rss(y, block, a, b, c, b * c),
        "tuning x loss": rss(y, block, a, b, c, a * b, a * c) - rss(y, block, a, b, c, a * b, a * c, b * c),
        EFFECTS[-1]: rss(y, block, a, b, c, a * b, a * c, b * c) - full,
    }
    found = anova(table, "f1", blocks=("emotion",))
    for effect, ss in expected.items():
        row = row_of(found, effect=effect)
        assert row["ss"] == pytest.approx(ss, abs=1e-12)
        assert row["F"] == pytest.approx(ss / (full / df), rel=1e-9)
    assert any("unbalanced" in note for note in found.attrs["notes"])


def one_factor(seed: int = 0) -> Evaluations:
    frame = design_frame(tuning=("bayesian",), loss=("standard",))
    return table_of(frame, np.random.default_rng(seed).normal(0.6, 0.1, len(frame)).clip(0, 1))


def test_two_levels_are_a_t_test_and_blocks_make_it_paired() -> None:
    table = one_factor()
    gru, lstm = (table.frame.loc[table.frame["architecture"] == m, "f1"].to_numpy() for m in ("gru", "lstm"))
    loose, blocked = (effect_of(table, "f1", "architecture", blocks=b) for b in ((), ("emotion",)))
    independent, paired = stats.ttest_ind(gru, lstm), stats.ttest_rel(gru, lstm)
    assert (loose["F"], loose["p"]) == pytest.approx((independent.statistic**2, independent.pvalue), abs=1e-9)
    assert (blocked["F"], blocked["p"]) == pytest.approx((paired.statistic**2, paired.pvalue), abs=1e-9)
    theirs = AnovaRM(table.frame, "f1", "emotion", within=["architecture"]).fit().anova_table
    assert blocked["F"] == pytest.approx(theirs["F Value"].iloc[0], abs=1e-9)


def test_three_levels_are_scipys_one_way_anova() -> None:
    frame = design_frame(architecture=("gru", "lstm", "cnn"), tuning=("bayesian",), loss=("standard",))
    table = table_of(frame, np.random.default_rng(2).uniform(0, 1, len(frame)))
    theirs = stats.f_oneway(*(g["f1"].to_numpy() for _, g in table.frame.groupby("architecture")))
    row = effect_of(table, "f1", "architecture")
    assert (row["F"], row["p"], row["df"]) == pytest.approx((theirs.statistic, theirs.pvalue, 2), abs=1e-9)


WARPBREAKS = """26 30 54 25 70 52 51 26 67 18 21 29 17 12 18 35 30 36 36 21 24 18 10 43 28 15 26
27 14 29 19 29 31 41 20 44 42 26 19 16 39 28 21 39 29 20 21 24 17 13 15 15 16 28"""
"""R's data set warpbreaks: wool A, then B; tension L, M, H; nine looms each."""


def warpbreaks() -> Evaluations:
    frame = design_frame(
        emotions=("all",), replicates=9, architecture=("a", "b"), tuning=("l", "m", "h"), loss=("standard",)
    )
    return table_of(frame, np.array(WARPBREAKS.split(), dtype=float) / 100)


def test_two_factors_are_rs() -> None:
    """R: summary(aov(breaks ~ wool * tension, warpbreaks))."""
    found = anova(warpbreaks(), "f1").set_index("effect")
    assert found.loc["architecture", ["F", "p"]].tolist() == pytest.approx([3.765, 0.058213], abs=6e-4)
    assert found.loc["tuning", ["F", "p"]].tolist() == pytest.approx([8.498, 0.000693], abs=6e-4)
    assert found.loc["architecture x tuning", ["F", "p"]].tolist() == pytest.approx([4.189, 0.021044], abs=6e-4)
    assert (found["ss"] * 1e4).round().tolist() == [451, 2034, 1003, 5745]
    assert found["df"].tolist() == [1, 2, 2, 48]


def test_normality_is_rs() -> None:
    """R: shapiro.test(residuals(aov(breaks ~ wool * tension, warpbreaks))): W = 0.98686, p-value = 0.8162."""
    row = row_of(assumptions(warpbreaks(), "f1"), check="normal residuals")
    assert (row["statistic"], row["p"]) == pytest.approx((0.98686, 0.8162), abs=6e-5)


NPK = """1 0 1 1 49.5|1 1 1 0 62.8|1 0 0 0 46.8|1 1 0 1 57.0
|2 1 0 0 59.8|2 1 1 1 58.5|2 0 0 1 55.5|2 0 1 0 56.0
|3 0 1 0 62.8|3 1 1 1 55.8|3 1 0 0 69.5|3 0 0 1 55.0|4 1 0 0 62.0|4 1 1 1 48.8|4 0 0 1 45.5|4 0 1 0 44.2
|5 1 1 0 52.0|5 0 0 0 51.5|5 1 0 1 49.8|5 0 1 1 48.8|6 1 0 1 57.2|6 1 1 0 59.0|6 0 1 1 53.2|6 0 0 0 56.0"""
"""R's data set npk: block, N, P, K, yield."""


def npk() -> Evaluations:
    rows = [line.split() for line in NPK.replace("\n", "").split("|")]
    frame = pd.DataFrame(rows, columns=["replicate", "architecture", "tuning", "loss", "f1"])
    return evaluations(frame.assign(emotion="all", f1=frame["f1"].astype(float) / 100), "npk", "table")


def test_an_effect_that_its_blocks_hide_is_left_out_and_the_others_are_rs() -> None:
    """R: summary(aov(yield ~ block + N * P * K, npk)); N:P:K is confounded with the blocks and not shown."""
    found = anova(npk(), "f1", blocks=("replicate",)).set_index("effect")
    expected = {
        "replicate": (343.3, 4.447, 0.01594),
        "architecture": (189.3, 12.259, 0.00437),
        "tuning": (8.4, 0.544, 0.47490),
        "loss": (95.2, 6.166, 0.02880),
        "architecture x tuning": (21.3, 1.378, 0.26317),
        "architecture x loss": (33.1, 2.146, 0.16865),
        "tuning x loss": (0.5, 0.031, 0.86275),
    }
    assert set(found.index) == {*expected, "residual"}
    for effect, (ss, f, p) in expected.items():
        assert found.loc[effect, "ss"] * 1e4 == pytest.approx(ss, abs=0.051)
        assert found.loc[effect, ["F", "p"]].tolist() == pytest.approx([f, p], abs=6e-4)
    assert found.loc["residual", "df"] == 12
    assert any("architecture x tuning x loss cannot be estimated" in n for n in found.attrs["notes"])


# --- shares of variance ----------------------------------------------------------------------------------


def test_the_noncentral_interval_is_the_literatures() -> None:
    """Fleishman (1980), again in Steiger (2004): F(4, 50) = 11.221, 90 %: noncentrality 19.380 to 71.549,
    share 0.261 to 0.565 of 55 observations."""
    assert noncentrality(11.221, 4, 50, 0.95) == pytest.approx(19.380, abs=6e-4)
    assert noncentrality(11.221, 4, 50, 0.05) == pytest.approx(71.549, abs=6e-4)
    assert omega_interval(11.221, 4, 50, 55, 0.90) == pytest.approx((0.261, 0.565), abs=6e-4)


@pytest.mark.parametrize("f", [0.3, 2.21, 10.48, 60.0])
def test_with_one_degree_of_freedom_the_interval_follows_from_the_noncentral_t(f: float) -> None:
    t = np.sqrt(f)

    def below(shift: float, p: float) -> float:
        """P(-t < T' < t) less p; scipy's T' gives NaN for a lower tail that is 0."""
        return float(stats.nct.cdf(t, 40, shift) - np.nan_to_num(stats.nct.cdf(-t, 40, shift)) - p)

    def ends(p: float) -> float:
        return 0.0 if below(1e-9, p) < 0 else float(brentq(below, 1e-9, 20, args=(p,))) ** 2

    low, high = ends(0.975), ends(0.025)
    assert omega_interval(f, 1, 40, 48) == pytest.approx((low / (low + 48), high / (high + 48)), abs=1e-6)


def test_the_90_percent_interval_leaves_0_exactly_where_the_test_rejects() -> None:
    for p in (0.049, 0.051, 0.2, 0.001):
        low, _ = omega_interval(stats.f.isf(p, 2, 40), 2, 40, 48, 0.90)
        assert (low > 0) == (p < 0.05)


def test_partial_eta_squared_lies_in_its_own_interval() -> None:
    """R's effectsize 0.8.3, F_to_eta2(399.8, 1, 56): 0.877 [0.817, 0.912]; Steiger's share of all 84 rows has
    its upper end at 0.874."""
    low, high = eta_interval(399.8, 1, 56)
    assert (low, high) == pytest.approx((0.817, 0.912), abs=6e-4)
    assert omega_interval(399.8, 1, 56, 84)[1] == pytest.approx(0.874, abs=6e-4)
    row = row_of(anova(reconstructed(), "recall"), effect="loss")
    assert row["eta2p_high"] == pytest.approx(0.231, abs=6e-4)
    assert row["omega2p_high"] == pytest.approx(0.200, abs=6e-4)
    for f in (0.01, 1.2, 7.0, 90.0, 4e4):
        for df in (1, 2, 6):
            low, high = eta_interval(f, df, 40)
            assert low <= f * df / (f * df + 40) <= high


def test_power_is_1_where_scipy_gives_no_number() -> None:
    """The review's case: F(5, 80) = 304.2."""
    assert np.isnan(ncfdtr(5, 80, 5 * 304.2, stats.f.isf(0.05, 5, 80)))
    assert achieved_power(304.2, 5, 80) == 1.0


def test_type_iii_is_statsmodels_with_sum_coding() -> None:
    whole = noisy(4, lambda f: 0.05 * (f["loss"] == "advanced"))
    table = without(whole, np.random.default_rng(1).random(48) < 0.3)
    two, three = (anova(table, "f1", sums=s).set_index("effect") for s in ("II", "III"))
    assert abs(two.loc["loss", "F"] - three.loc["loss", "F"]) > 1e-3, "the case tells them apart"
    frame, y = table.frame, table.frame["f1"].to_numpy()
    a, b, c = (np.where(frame[n] == table.levels(n)[0], 1.0, -1.0) for n in table.factors)
    full = rss(y, a, b, c, a * b, a * c, b * c, a * b * c)
    expected = rss(y, a, b, a * b, a * c, b * c, a * b * c) - full
    assert three.loc["loss", "ss"] == pytest.approx(expected, rel=1e-9)
    assert any("of Type III" in n for n in anova(table, "f1", sums="III").attrs["notes"])
    assert anova(table, "f1").attrs["sums"] == "II"
    with pytest.raises(SettingError, match="of type I: use II or III"):
        anova(table, "f1", sums="I")  # type: ignore[arg-type]


def test_the_interval_holds_the_share_as_often_as_it_says() -> None:
    shift = 6.0
    drawn = stats.ncf.rvs(2, 40, shift, size=2000, random_state=0)
    ends = np.array([omega_interval(f, 2, 40, 48) for f in drawn])
    held = ((ends[:, 0] <= shift / (shift + 48)) & (shift / (shift + 48) <= ends[:, 1])).mean()
    assert held == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / 2000))


def test_extreme_statistics_have_finite_answers() -> None:
    low, high = omega_interval(1e5, 1, 200_000, 200_008)
    assert low < 1e5 / (1e5 + 200_008) < high and high - low < 0.01
    assert omega_interval(1e-9, 1, 40, 48) == (0.0, 0.0)
    assert achieved_power(1e5, 1, 200_000) == pytest.approx(1.0)
    assert achieved_power(0.0, 1, 40) == pytest.approx(0.05, abs=1e-9)


def test_omega_squared_is_its_definition_in_sums_of_squares() -> None:
    """(SS - df MS_error) / (SS + (n - df) MS_error) (Olejnik and Algina, 2003)."""
    found = anova(noisy(7), "f1", blocks=("emotion",)).set_index("effect")
    error = found.loc["residual", "ms"]
    for effect in (*EFFECTS, "emotion"):
        row = found.loc[effect]
        expected = (row["ss"] - row["df"] * error) / (row["ss"] + (48 - row["df"]) * error)
        assert row["omega2p"] == pytest.approx(expected, abs=1e-12)
    assert partial_omega_squared(1.0, 3, 48) == 0.0


# --- assumptions -----------------------------------------------------------------------------------------


def test_equal_variances_are_an_anova_of_distances_from_medians() -> None:
    table = noisy(8, replicates=2)
    cells = [g["f1"].to_numpy() for _, g in table.frame.groupby(list(table.factors))]
    theirs = stats.f_oneway(*(np.abs(c - np.median(c)) for c in cells))
    row = row_of(assumptions(table, "f1"), check="equal variances")
    assert (row["statistic"], row["p"]) == pytest.approx((theirs.statistic, theirs.pvalue), abs=1e-9)


def test_planted_faults_are_seen() -> None:
    frame = design_frame(replicates=4)
    generator = np.random.default_rng(0)
    skewed = table_of(frame, (generator.exponential(0.08, len(frame)) + 0.3).clip(0, 1))
    assert row_of(assumptions(skewed, "f1"), check="normal residuals")["p"] < 0.001
    spread = np.where(frame["loss"] == "advanced", 0.1, 0.02)
    uneven = assumptions(table_of(frame, (0.5 + generator.normal(0, spread)).clip(0, 1)), "f1")
    row = row_of(uneven, check="equal variances")
    assert row["p"] < 0.001 and "differ in spread" in row["words"]


def test_a_check_that_cannot_be_done_says_why() -> None:
    table = without(one_factor(), [False, False] + [True] * 4 + [False, False] + [True] * 4)
    assert len(table) == 4
    row = row_of(assumptions(table, "f1"), check="equal variances")
    assert np.isnan(row["p"]) and "fewer than three" in row["words"]


# --- means -----------------------------------------------------------------------------------------------


def test_balanced_means_are_plain_means_with_the_pooled_error() -> None:
    table = noisy(9)
    found = anova(table, "f1", blocks=("emotion",))
    error = row_of(found, effect="residual")
    for factors in (["loss"], ["architecture", "loss"], ["architecture", "tuning", "loss"]):
        means = table.frame.groupby(factors)["f1"].agg(["mean", "size"])
        made = marginal_means(table, "f1", factors, blocks=("emotion",), confidence=0.9)
        assert len(made) == len(means)
        for _, row in made.iterrows():
            mean, n = means.loc[tuple(row[f] for f in factors) if len(factors) > 1 else row[factors[0]]]
            half = stats.t.ppf(0.95, error["df"]) * np.sqrt(error["ms"] / n)
            assert (row["mean"], row["n"]) == pytest.approx((mean, n), abs=1e-12)
            assert (row["low"], row["high"]) == pytest.approx((mean - half, mean + half), abs=1e-12)


def test_unbalanced_means_weigh_cells_equally() -> None:
    whole = noisy(10, lambda f: 0.1 * (f["tuning"] == "bayesian"))
    table = without(
        whole,
        (whole.frame["loss"] == "advanced")
        & (whole.frame["tuning"] == "bayesian")
        & whole.frame["emotion"].isin(["fear", "anger", "sadness", "disgust"]),
    )
    cells = table.frame.groupby(["loss", "architecture", "tuning"])["f1"].agg(["mean", "size"])
    error = row_of(anova(table, "f1"), effect="residual")
    for _, row in marginal_means(table, "f1", ["loss"]).iterrows():
        four = cells.loc[row["loss"]]
        half = stats.t.ppf(0.975, error["df"]) * np.sqrt(error["ms"] * (1 / four["size"]).sum()) / 4
        assert row["mean"] == pytest.approx(four["mean"].mean(), abs=1e-12)
        assert row["high"] - row["mean"] == pytest.approx(half, abs=1e-12)
    plain = table.frame.groupby("loss")["f1"].mean()
    assert abs(plain["advanced"] - cells.loc["advanced"]["mean"].mean()) > 0.01, "the case tells them apart"


# --- bad tables ------------------------------------------------------------------------------------------


def test_an_empty_cell_leaves_out_what_rests_on_it() -> None:
    whole = noisy(11)
    gap = (whole.frame[["architecture", "tuning"]] == ["gru", "bayesian"]).all(axis=1)
    table = without(whole, gap)
    found = anova(table, "f1")
    kept = ["architecture", "tuning", "loss", "architecture x loss", "tuning x loss", "residual"]
    assert list(found["effect"]) == kept
    assert found.loc[found["effect"] != "residual", ["F", "p", "power"]].notna().all().all()
    note = next(n for n in found.attrs["notes"] if "cannot be estimated" in n)
    assert "architecture x tuning, architecture x tuning x loss" in note
    assert len(marginal_means(table, "f1", ["architecture", "tuning"])) == 3


def test_a_factor_with_one_level_is_left_out_with_a_note() -> None:
    whole = noisy(12)
    found = anova(without(whole, whole.frame["tuning"] == "predefined"), "f1")
    assert list(found["effect"]) == ["architecture", "loss", "architecture x loss", "residual"]
    assert "tuning has one level and is left out." in found.attrs["notes"]


def confounded() -> Evaluations:
    whole = noisy(13)
    same = (whole.frame["architecture"] == "gru") == (whole.frame["tuning"] == "bayesian")
    return without(whole, ~same)


def single(**where: str) -> Evaluations:
    whole = noisy(14)
    keep = np.logical_and.reduce([whole.frame[name] == value for name, value in where.items()])
    return without(whole, ~keep)


@pytest.mark.parametrize(
    ("table", "blocks", "words"),
    [
        (confounded(), (), "tuning cannot be told apart from the other factors"),
        (single(architecture="gru", tuning="bayesian", loss="standard"), (), "every factor has one level"),
        (single(emotion="fear"), (), "as many effects as rows .*8 rows, 8 coefficients"),
        (single(emotion="fear", tuning="bayesian", loss="standard"), (), "as many effects as rows"),
        (table_of(design_frame(), 0.5), (), "f1 is the same in every row"),
        (table_of(design_frame(), (design_frame()["loss"] == "advanced") * 0.5), (), "without remainder"),
        (noisy(), ("subject",), "'subject' is not a block: use emotion, replicate, fold, person"),
        (noisy(replicates=2), ("emotion", "loss"), "'loss' is not a block"),
    ],
)
def test_what_has_no_answer_is_refused_in_a_sentence(table: Evaluations, blocks: tuple[str, ...], words: str) -> None:
    for analysis in (anova, assumptions):
        with pytest.raises(TableError, match=words):
            analysis(table, "f1", blocks)


def test_bad_settings_are_refused() -> None:
    with pytest.raises(TableError, match="has no recall"):
        anova(noisy(), "recall")
    with pytest.raises(SettingError, match="confidence of 95"):
        anova(noisy(), "f1", confidence=95)
    with pytest.raises(SettingError, match="alpha of 0"):
        anova(noisy(), "f1", alpha=0)
    for factors in ([], ["emotion"], ["loss", "speed"]):
        with pytest.raises(SettingError, match="the table does not vary"):
            marginal_means(noisy(), "f1", factors)


def test_blocks_too_large_for_memory_are_refused_at_once() -> None:
    table = noisy(replicates=500, folds=9)
    with pytest.raises(TableError, match="columns for 216,000 rows is too large"):
        anova(table, "f1", blocks=("replicate",))


def test_a_block_that_is_none_is_said_to_be_none() -> None:
    plain, blocked = anova(noisy(), "f1"), anova(noisy(), "f1", blocks=("replicate", "fold"))
    pd.testing.assert_frame_equal(plain, blocked)
    assert "The table has one replicate, so it is not a block." in blocked.attrs["notes"]


def test_columns_and_notes() -> None:
    found = anova(reconstructed(), "f1")
    assert tuple(found.columns) == COLUMNS and list(found["effect"]) == [*EFFECTS, "residual"]
    assert found.drop(index=7).notna().all().all(), "no NaN but in the residual's row"
    assert any("Rows that differ in emotion count as independent" in n for n in found.attrs["notes"])
    (note,) = anova(reconstructed(), "f1", ("emotion",)).attrs["notes"]
    assert "called significant in 22% of simulated tables" in note
    assert all(re.fullmatch(r"[A-Z].*\.", n) for n in found.attrs["notes"])


def test_of_many_rows_5000_are_drawn_for_the_check_of_normality() -> None:
    table = noisy(15, lambda f: 0.006 * (f["loss"] == "advanced"), replicates=42, folds=10)
    found = anova(table, "f1", blocks=("emotion", "fold"))
    assert row_of(found, effect="loss")["p"] < 1e-6
    normal = row_of(assumptions(table, "f1", ("emotion",)), check="normal residuals")
    assert normal["words"].endswith("(on 5,000 rows drawn from all).")


# --- simulation ------------------------------------------------------------------------------------------


def test_ignoring_emotions_that_differ_makes_the_test_blind() -> None:
    """What the block would take out stays in the error: far fewer than 5 % are significant."""
    frame = design_frame()
    shift = frame["emotion"].map(dict(zip(SIX, (-0.3, -0.2, 0, 0.1, 0.2, 0.3), strict=True)))

    def p(seed: int) -> float:
        noise = np.random.default_rng(seed).normal(0, 0.04, len(frame))
        return float(effect_of(table_of(frame, 0.5 + shift + noise), "f1", "loss")["p"])

    assert not any(p(k) < 0.05 for k in range(20))
