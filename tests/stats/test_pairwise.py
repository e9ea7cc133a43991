"""Paired comparisons against the published table, scipy, statsmodels, pingouin, R and simulation."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pingouin
import pytest
from pair_samples import PRINTED, PUBLISHED, SLEEP, TABLE_3, random_table, sleep_table, table_of
from scipy import integrate, stats
from statsmodels.stats.multitest import multipletests

from fer_core.base.errors import SettingError, TableError
from fer_core.stats.descriptive import mean_interval
from fer_core.stats.effect_sizes import noncentrality_limits, paired_effects, signed_rank, spread
from fer_core.stats.pairwise import COLUMNS, corrected, corrected_t, mcnemar, pairs, pairwise
from fer_core.stats.table import Evaluations, evaluations, reconstructed


def row(frame: pd.DataFrame, metric: str, factor: str) -> Any:
    found = frame[(frame["metric"] == metric) & (frame["factor"] == factor)]
    assert len(found) == 1
    return found.iloc[0]


def without(table: Evaluations, gone: pd.Series[bool]) -> Evaluations:
    return evaluations(table.frame[~gone].reset_index(drop=True), "Less", "table")


# --- the published study ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    return pairwise(reconstructed(), PRINTED, orders=PUBLISHED, interval="normal")


@pytest.mark.parametrize(("metric", "factor"), TABLE_3)
def test_table_3_is_reproduced(published: pd.DataFrame, metric: str, factor: str) -> None:
    """To the printed digits; one value only after rounding twice: -1/2088 is -0.0005 and then -0.001."""
    got, printed = row(published, metric, factor), TABLE_3[metric, factor]
    names = ("d_z", "mean_difference", "low", "high", "p_corrected")
    for name, value in zip(names, printed, strict=True):
        twice = (metric, factor, name) == ("accuracy", "tuning", "mean_difference")
        found = math.copysign(round(abs(got[name]) + 1e-12, 4), got[name]) if twice else got[name]
        assert abs(found - value) <= 0.0005 + 1e-9, name
    assert got["n"] == 24
    assert bool(got["reject"]) == ((metric, factor) == ("recall", "loss"))


def test_raw_p_is_scipys(published: pd.DataFrame) -> None:
    table = reconstructed()
    for metric, factor in TABLE_3:
        matched = pairs(table, metric, factor, PUBLISHED.get(factor))
        theirs = stats.ttest_rel(matched["first"], matched["second"])
        got = row(published, metric, factor)
        assert (got["t"], got["p"], got["df"]) == pytest.approx((theirs.statistic, theirs.pvalue, theirs.df), abs=1e-10)


def test_the_adaptive_loss_raises_recall() -> None:
    """The headline with its sign put right: advanced minus standard, +14.5 points."""
    got = row(pairwise(reconstructed(), ["recall"]), "recall", "loss")
    assert (got["first"], got["second"]) == ("advanced", "standard")
    assert got["mean_difference"] == pytest.approx(0.1446, abs=5e-5)
    assert got["d_z"] == pytest.approx(0.787, abs=5e-4)


def test_over_all_twelve_and_by_emotion_less_remains() -> None:
    def of(**options: Any) -> Any:
        return row(pairwise(reconstructed(), PRINTED, **options), "recall", "loss")

    assert of(correction="bonferroni", family="all")["p_corrected"] == pytest.approx(0.0097, abs=5e-5)
    by_emotion = of(unit="emotion")
    assert (by_emotion["n"], by_emotion["df"]) == (6, 5)
    assert by_emotion["p"] == pytest.approx(0.026, abs=5e-4)
    assert by_emotion["p_corrected"] == pytest.approx(0.078, abs=5e-4)
    assert not by_emotion["reject"]


# --- pairs --------------------------------------------------------------------------------------------


def test_pairs_share_everything_else() -> None:
    table = reconstructed()
    found = pairs(table, "recall", "loss")
    assert list(found.columns) == [
        "first",
        "second",
        "difference",
        "architecture",
        "tuning",
        "emotion",
        "replicate",
        "fold",
        "person",
    ]
    assert len(found) == 24 and found.attrs["unpaired"] == 0
    frame = table.frame.set_index(["architecture", "tuning", "loss", "emotion"])["recall"]
    for r in found.to_dict("records"):
        for side, level in (("first", "advanced"), ("second", "standard")):
            assert r[side] == frame[r["architecture"], r["tuning"], level, r["emotion"]]
        assert r["difference"] == r["first"] - r["second"]


def test_the_order_turns_the_sign_and_nothing_else() -> None:
    one, other = (
        row(pairwise(reconstructed(), ["f1"], ["loss"], orders={"loss": order}), "f1", "loss")
        for order in (("advanced", "standard"), ("standard", "advanced"))
    )
    for name in ("mean_difference", "d_z", "d_av", "g", "t"):
        assert one[name] == pytest.approx(-other[name], abs=1e-12)
    assert (one["low"], one["d_z_low"]) == pytest.approx((-other["high"], -other["d_z_high"]), abs=1e-9)
    for name in ("p", "W", "p_wilcoxon", "sd"):
        assert one[name] == pytest.approx(other[name], abs=1e-12)


def test_rows_without_a_partner_are_left_out_and_counted() -> None:
    table = reconstructed()
    frame = table.frame
    gone = (frame["loss"] == "standard") & (frame["emotion"] == "fear") & (frame["architecture"] == "gru")
    less = without(table, gone)
    found = pairs(less, "recall", "loss")
    assert (len(found), found.attrs["unpaired"]) == (22, 2)
    got = row(pairwise(less, ["recall"], ["loss"]), "recall", "loss")
    assert got["n"] == 22 and "2 rows without a partner" in got["note"]
    assert got["mean_difference"] == pytest.approx(found["difference"].mean(), abs=1e-12)


def test_three_levels_are_compared_two_by_two() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        [(a, k, v) for a in ("lstm", "tcn", "gru") for k, v in enumerate(rng.uniform(0, 1, 5))],
        columns=["architecture", "replicate", "recall"],
    ).assign(emotion="anger")
    table = evaluations(frame, "Three", "table")
    found = pairwise(table)
    assert list(zip(found["first"], found["second"], strict=True)) == [("gru", "lstm"), ("gru", "tcn"), ("lstm", "tcn")]
    with pytest.raises(TableError, match="3 levels"):
        pairs(table, "recall", "architecture")
    with pytest.raises(TableError, match="no architecture 'rnn'"):
        pairs(table, "recall", "architecture", ("gru", "rnn"))


# --- numbers, each against another source ---------------------------------------------------------------


def test_the_paired_t_test_is_rs() -> None:
    """R: t.test(extra ~ group, data = sleep, paired = TRUE)."""
    got = row(pairwise(sleep_table()), "recall", "architecture")
    assert got["t"] == pytest.approx(-4.0621, abs=5e-5)
    assert got["p"] == pytest.approx(0.002833, abs=5e-7)
    assert got["mean_difference"] * 20 == pytest.approx(-1.58, abs=1e-9)
    assert (got["low"] * 20, got["high"] * 20) == pytest.approx((-2.4598858, -0.7001142), abs=1e-6)


def test_effect_sizes_are_pingouins_and_rs() -> None:
    """R: effectsize::cohens_d(Pair(extra[group == 1], extra[group == 2]) ~ 1, data = sleep)."""
    first, second = SLEEP
    found = paired_effects(first, second)
    assert found.d_av == pytest.approx(pingouin.compute_effsize(first, second, paired=True), abs=1e-10)
    hedges = pingouin.compute_effsize(first, second, paired=True, eftype="hedges")
    assert found.g == pytest.approx(hedges, abs=1e-10)
    one_sample = pingouin.compute_effsize(first - second, 0)
    assert found.d_z == pytest.approx(one_sample, abs=1e-10)
    assert (found.d_z, found.d_z_low, found.d_z_high) == pytest.approx((-1.28, -2.12, -0.41), abs=0.005)
    assert abs(found.d_z - found.d_av) > 0.4, "the two differ: one is not the other"


def test_noncentrality_limits_are_rs() -> None:
    """R: MBESS::conf.limits.nct(ncp = 2.83, df = 126, conf.level = 0.95)."""
    assert noncentrality_limits(2.83, 126) == pytest.approx((0.8337502, 4.815359), abs=2e-6)


@pytest.mark.parametrize(("t", "df"), [(-4.0621, 9), (0.0, 5), (1.25, 23), (60.0, 5), (-3.855, 23)])
@pytest.mark.parametrize("confidence", [0.9, 0.99])
def test_noncentrality_limits_solve_their_equation(t: float, df: int, confidence: float) -> None:
    """P(T <= t) by its definition: normal over the root of chi-square, integrated over the latter."""

    def below(shift: float) -> float:
        def part(u: float) -> float:
            return float(stats.norm.cdf(t * u - shift) * stats.chi.pdf(u * math.sqrt(df), df) * math.sqrt(df))

        return float(integrate.quad(part, 0, 8, epsabs=1e-13, limit=400, points=[0.5, 1, 1.5])[0])

    low, high = noncentrality_limits(t, df, confidence)
    assert below(low) == pytest.approx((1 + confidence) / 2, abs=1e-8)
    assert below(high) == pytest.approx((1 - confidence) / 2, abs=1e-8)


def test_the_interval_of_g_is_that_of_d_av() -> None:
    """Algina and Keselman (2003): the limits of d_z, rescaled; times the correction of g."""
    first, second = SLEEP
    found = paired_effects(first, second)
    for z, g in ((found.d_z_low, found.g_low), (found.d_z_high, found.g_high), (found.d_z, found.g)):
        assert g / z == pytest.approx(found.g / found.d_z, abs=1e-12)


@pytest.mark.parametrize("interval", ["normal", "t", "percentile", "bca"])
def test_intervals_are_scipys(interval: Any) -> None:
    values = SLEEP[0] - SLEEP[1]
    low, high = mean_interval(values, interval, 0.9)
    if interval in ("normal", "t"):
        centre, error = values.mean(), stats.sem(values)
        spec = {"normal": stats.norm(), "t": stats.t(9)}[interval]
        assert (low, high) == pytest.approx((centre + spec.ppf(0.05) * error, centre + spec.ppf(0.95) * error))
        return
    theirs = stats.bootstrap(
        (values,), np.mean, confidence_level=0.9, n_resamples=20_000, method=interval, rng=np.random.default_rng(5)
    ).confidence_interval
    mine = mean_interval(values, interval, 0.9, resamples=20_000)
    assert mine == pytest.approx((theirs.low, theirs.high), abs=0.04)  # the ends' Monte-Carlo error


def test_the_signed_rank_test_is_rs() -> None:
    """R: wilcox.test(x, y, paired = TRUE), the depression data of Hollander and Wolfe: V = 40, 0.03906."""
    x = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
    y = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])
    assert signed_rank(x - y) == (5.0, pytest.approx(0.0390625, abs=1e-12))  # 45 - 40
    assert signed_rank(SLEEP[0] - SLEEP[1]) == (0.0, pytest.approx(2 / 2**9))  # 9 of one sign, one zero


@pytest.mark.parametrize("n", [5, 9, 20, 50, 80, 300])
def test_the_signed_rank_test_is_scipys_without_ties(n: int) -> None:
    values = np.random.default_rng(n).normal(0.3, 1, n)
    theirs = stats.wilcoxon(values, method="exact")
    assert signed_rank(values) == pytest.approx((theirs.statistic, theirs.pvalue), abs=1e-10)


@pytest.mark.parametrize("seed", range(4))
def test_the_signed_rank_test_with_ties_counts_all_signs(seed: int) -> None:
    values = np.random.default_rng(seed).integers(-3, 5, 9) / 10
    kept = values[values != 0]
    theirs = stats.wilcoxon(kept, method=stats.PermutationMethod(n_resamples=2**9))
    assert signed_rank(values) == pytest.approx((theirs.statistic, theirs.pvalue), abs=1e-10)


def test_ties_survive_rounding_of_floats() -> None:
    """0.3 - 0.2 and 0.2 - 0.1 differ in the last bit, yet are the same difference of counts."""
    noisy = np.array([0.3 - 0.2, 0.2 - 0.1, 0.1, -0.3, 0.5])
    assert noisy[0] != noisy[1]
    assert signed_rank(noisy) == signed_rank(np.array([0.1, 0.1, 0.1, -0.3, 0.5]))


@pytest.mark.parametrize("correction", ["bonferroni", "holm", "fdr_bh"])
@pytest.mark.parametrize("family", ["metric", "all"])
def test_corrections_are_statsmodels(correction: Any, family: Any) -> None:
    raw = pairwise(reconstructed(), PRINTED, correction="none")["p"].to_numpy()
    got = pairwise(reconstructed(), PRINTED, correction=correction, family=family)["p_corrected"].to_numpy()
    groups = [slice(0, 12)] if family == "all" else [slice(k, k + 3) for k in range(0, 12, 3)]
    for group in groups:
        np.testing.assert_allclose(got[group], multipletests(raw[group], method=correction)[1], atol=1e-12)
    if correction == "fdr_bh" and family == "all":
        np.testing.assert_allclose(got, stats.false_discovery_control(raw), atol=1e-12)


def test_corrections_are_rs() -> None:
    """R: p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm") and "BH"."""
    p = [0.01, 0.02, 0.03, 0.04, 0.05]
    assert corrected(p, "holm") == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09], abs=1e-12)
    assert corrected(p, "fdr_bh") == pytest.approx([0.05] * 5, abs=1e-12)
    assert corrected([0.01, math.nan, 0.04], "bonferroni") == pytest.approx([0.02, math.nan, 0.08], nan_ok=True)


def test_mcnemar_is_the_published_example() -> None:
    """Fagerland, Lydersen and Laake (2013): 1 against 7 of 21; exact 0.070, mid-p 0.039."""
    first = [1] * 1 + [1] * 1 + [0] * 7 + [0] * 12
    second = [1] * 1 + [0] * 1 + [1] * 7 + [0] * 12
    found = mcnemar(first, second)
    assert (found.n, found.both, found.first_only, found.second_only, found.neither) == (21, 1, 1, 7, 12)
    assert found.p_exact == pytest.approx(2 * (1 + 8) / 2**8, abs=1e-12)
    assert found.p_mid == pytest.approx(found.p_exact - 8 / 2**8, abs=1e-12)
    assert (round(found.p_exact, 3), round(found.p_mid, 3)) == (0.070, 0.039)
    assert found.difference == pytest.approx(-6 / 21)
    same = mcnemar([True, False], [True, False])
    assert (same.p_exact, same.p_mid) == (1.0, 1.0)
    even = mcnemar([1, 0], [0, 1])
    assert (even.p_exact, even.p_mid) == pytest.approx((1.0, 1.0))


@pytest.mark.parametrize(("n_train", "n_test"), [(90, 10), (200, 87)])
def test_the_corrected_t_is_the_plain_one_shrunk(n_train: int, n_test: int) -> None:
    values = SLEEP[1] - SLEEP[0]
    plain = stats.ttest_1samp(values, 0)
    found = corrected_t(values, n_train, n_test)
    shrunk = plain.statistic / math.sqrt(1 + len(values) * n_test / n_train)
    assert found.t == pytest.approx(shrunk, abs=1e-10)
    assert found.p == pytest.approx(2 * stats.t.sf(abs(shrunk), 9), abs=1e-12)
    assert (found.low + found.high) / 2 == pytest.approx(values.mean())
    assert found.p > plain.pvalue


# --- simulation ---------------------------------------------------------------------------------------


def test_the_interval_of_d_z_covers() -> None:
    rng, runs, true = np.random.default_rng(3), 1000, 0.6
    draws = rng.normal(true, 1, (runs, 12))
    found = [paired_effects(d, np.zeros(12), 0.9) for d in draws]
    covered = np.mean([f.d_z_low <= true <= f.d_z_high for f in found])
    assert covered == pytest.approx(0.9, abs=4 * math.sqrt(0.9 * 0.1 / runs))


# --- degenerate data ------------------------------------------------------------------------------------


def test_one_pair_says_what_it_can() -> None:
    got = pairwise(table_of([0.5], [0.2]), interval="bca").iloc[0]
    assert (got["n"], got["mean_difference"]) == (1, pytest.approx(0.3))
    assert "one difference" in got["note"] and not got["reject"]
    assert all(math.isnan(got[c]) for c in ("low", "sd", "d_z", "d_av", "g", "t", "df", "p", "p_corrected"))


@pytest.mark.parametrize("interval", ["normal", "t", "percentile", "bca"])
def test_no_variance_says_what_it_can(interval: Any) -> None:
    """A constant shift, which floats do not keep constant to the last bit."""
    first = np.array([0.1, 0.2, 0.3, 0.7])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = pairwise(table_of(first, first + 0.1), interval=interval).iloc[0]
    assert (got["mean_difference"], got["sd"]) == (pytest.approx(-0.1), 0.0)
    assert got["d_av"] == pytest.approx(-0.1 / first.std(ddof=1))
    assert all(math.isnan(got[c]) for c in ("low", "high", "d_z", "t", "p", "p_corrected"))
    assert "all differences are equal" in got["note"] and not got["reject"]
    assert (got["W"], got["p_wilcoxon"]) == (0.0, pytest.approx(2 / 2**4))


def test_no_difference_at_all() -> None:
    got = pairwise(table_of([0.5, 0.5, 0.5], [0.5, 0.5, 0.5])).iloc[0]
    assert got["mean_difference"] == 0 and "all differences are 0" in got["note"]
    assert math.isnan(got["p_wilcoxon"]) and math.isnan(got["d_av"])


def test_a_test_that_does_not_exist_does_not_count_in_its_family() -> None:
    table = random_table(2)
    frame = table.frame.copy()
    for name in ("accuracy", "f1"):
        frame[name] = 0.5
    got = pairwise(evaluations(frame, "Flat", "table"), correction="bonferroni", family="all")
    known = got["p"].notna()
    assert known.sum() == 6
    expected = np.minimum(got["p"][known] * 6, 1)
    np.testing.assert_allclose(got["p_corrected"][known], expected, atol=1e-12)


def test_without_a_pair_there_is_a_row_and_a_reason() -> None:
    frame = pd.DataFrame({"architecture": ["gru", "lstm"], "emotion": ["anger", "fear"], "recall": [0.5, 0.4]})
    got = pairwise(evaluations(frame, "Apart", "table")).iloc[0]
    assert got["n"] == 0 and "no matched pair" in got["note"] and "2 rows" in got["note"]
    assert math.isnan(got["mean_difference"]) and not got["reject"]


def test_spread_knows_rounding_from_variance() -> None:
    assert math.isnan(spread(np.array([1.0])))
    assert spread(np.array([0.3 - 0.2, 0.2 - 0.1])) == 0
    assert spread(np.array([0.0, 1e-6])) > 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"interval": "bayes"}, "'bayes' is not a kind of interval"),
        ({"correction": "fdr"}, "'fdr' is not a kind of correction"),
        ({"family": "some"}, "'some' is not a kind of family"),
        ({"unit": "clip"}, "'clip' is not a unit"),
        ({"confidence": 1.0}, "a confidence of 1 is out"),
        ({"alpha": 0.0}, "an alpha of 0 is out"),
        ({"interval": "bca", "resamples": 3}, "number of draws 3"),
        ({"factors": ["emotion"]}, "'emotion' is not a factor"),
    ],
)
def test_bad_settings_are_one_sentence(options: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingError, match=words):
        pairwise(reconstructed(), **options)


def test_bad_questions_to_a_table_are_one_sentence() -> None:
    table = table_of([0.5, 0.6], [0.2, 0.3])
    with pytest.raises(TableError, match="no f1"):
        pairwise(table, ["f1"])
    with pytest.raises(TableError, match="loss has one level"):
        pairwise(table, factors=["loss"])
    alone = without(table, table.frame["architecture"] == "lstm")
    with pytest.raises(TableError, match="every factor has one level"):
        pairwise(alone)
    with pytest.raises(TableError, match="one level"):
        pairs(alone, "recall", "architecture")
    with pytest.raises(SettingError, match="with itself"):
        pairs(table, "recall", "architecture", ("gru", "gru"))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([0.1, math.nan], "number 2 of 2"),
        ([], "no difference"),
        (["a"], "not a number"),
        ([[0.1]], "no list"),
        ([0.1, math.inf], "not a finite"),
    ],
)
def test_differences_that_are_no_numbers_are_refused(values: Any, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        corrected_t(values, 90, 10)


def test_other_bad_arguments_are_refused() -> None:
    with pytest.raises(SettingError, match="no split"):
        corrected_t([0.1, 0.2], 90, 0)
    with pytest.raises(SettingError, match="against"):
        mcnemar([1, 0], [1])
    with pytest.raises(SettingError, match="right and wrong"):
        mcnemar([0.3], [1])
    with pytest.raises(SettingError, match="no answers"):
        mcnemar([], [])
    flat = corrected_t([0.1, 0.1], 90, 10)
    assert math.isnan(flat.p) and "equal" in flat.note


# --- size -----------------------------------------------------------------------------------------------


def test_two_thousand_rows_work() -> None:
    table = random_table(42)
    assert len(table) == 2016
    pairwise(table, interval="bca")  # imports
    found = pairwise(table, interval="t")
    assert list(found.columns) == list(COLUMNS)


def test_two_hundred_thousand_rows_work() -> None:
    n = 100_000
    rng = np.random.default_rng(1)
    values = rng.uniform(0.2, 0.7, n)
    got = pairwise(table_of(values + 0.1, values + rng.normal(0, 0.05, n))).iloc[0]
    assert got["n"] == n
    assert got["mean_difference"] == pytest.approx(0.1, abs=4 * 0.05 / math.sqrt(n))
    assert got["p"] == 0 and got["p_wilcoxon"] == 0 and got["d_z_low"] < got["d_z"] < got["d_z_high"]
