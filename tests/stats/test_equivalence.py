"""TOST against the published table, statsmodels, pingouin, R and simulation; verdicts and words."""

from __future__ import annotations

import math
import warnings
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import pingouin
import pytest
from pair_samples import PRINTED, PUBLISHED, SLEEP, TABLE_3, random_table, table_of
from scipy import stats
from statsmodels.stats.weightstats import ttost_ind, ttost_paired

from fer_core.base.errors import SettingError, TableError
from fer_core.stats.equivalence import (
    MARGINS,
    Equivalence,
    equivalence,
    sentence,
    tost,
    tost_independent,
    verdicts_by_margin,
)
from fer_core.stats.frames import as_frame
from fer_core.stats.pairwise import pairs
from fer_core.stats.table import evaluations, reconstructed
from fer_core.stats.tost_power import tost_power

Key = tuple[str, str]

# Winarno et al., Table 5: the one comparison called practically equivalent.
PUBLISHED_YES = {("accuracy", "tuning")}
# The larger one-sided p and the 90 % interval of a standard TOST on the 24 pairs.
STANDARD: dict[Key, tuple[float, float, float]] = {
    ("accuracy", "architecture"): (0.041, -0.0030, 0.0193),
    ("accuracy", "tuning"): (0.0006, -0.0095, 0.0086),
    ("accuracy", "loss"): (0.146, -0.0033, 0.0253),
    ("f1", "architecture"): (0.092, -0.0615, 0.0532),
    ("f1", "tuning"): (0.138, -0.0697, 0.0430),
    ("f1", "loss"): (0.385, -0.0953, 0.0141),
    ("precision", "architecture"): (0.346, -0.069, 0.124),
    ("precision", "tuning"): (0.452, -0.055, 0.141),
    ("precision", "loss"): (0.616, -0.023, 0.153),
    ("recall", "architecture"): (0.656, -0.147, 0.010),
    ("recall", "tuning"): (0.527, -0.116, 0.011),
    ("recall", "loss"): (0.9905, -0.209, -0.080),
}


def of_study(**options: Any) -> dict[Key, Equivalence]:
    margins = {name: MARGINS[name] for name in PRINTED}
    found = equivalence(reconstructed(), margins, orders=PUBLISHED, **options)
    assert [(e.metric, e.factor) for e in found] == list(TABLE_3)
    return {(e.metric, e.factor): e for e in found}


# --- the published study ----------------------------------------------------------------------------


def test_the_published_verdicts_follow_the_named_rule() -> None:
    found = of_study()
    assert {key for key, e in found.items() if e.published_rule} == PUBLISHED_YES
    for key, e in found.items():
        low, high = TABLE_3[key][2:4]  # the interval as printed
        assert e.published_rule == (e.low < low and high < e.high)


def test_the_standard_test_turns_exactly_one_verdict() -> None:
    found = of_study()
    shown = {key for key, e in found.items() if e.verdict in ("equivalent", "both")}
    assert shown ^ PUBLISHED_YES == {("accuracy", "architecture")}
    assert found["recall", "loss"].verdict == "different"
    assert sum(e.verdict == "undecided" for e in found.values()) == 9
    for key, (p, low, high) in STANDARD.items():
        e = found[key]
        digits = 3 if key[0] in ("precision", "recall") else 4
        assert e.p == pytest.approx(p, abs=0.00051 if p > 0.001 else 0.000051)
        assert e.ci90 == pytest.approx((low, high), abs=0.51 * 10**-digits)
        assert (e.n, e.df) == (24, 23)


def test_over_emotions_the_turned_verdict_turns_back() -> None:
    """24 pairs share 6 emotions: with those as units the architecture's accuracy is undecided again."""
    e = of_study(unit="emotion")["accuracy", "architecture"]
    assert (e.n, e.df, e.verdict) == (6, 5, "undecided")
    table = pairs(reconstructed(), "accuracy", "architecture")
    means = table.groupby("emotion")["difference"].mean().to_numpy()
    assert e.p == pytest.approx(ttost_paired(means, 0 * means, -0.02, 0.02)[0], abs=1e-10)


# --- against other sources ------------------------------------------------------------------------------


@pytest.mark.parametrize("margin", [(-0.5, 0.5), (-2.0, 0.5), (-2.5, 3.0), (-0.1, 4.0)])
def test_tost_is_statsmodels(margin: tuple[float, float]) -> None:
    first, second = SLEEP
    theirs = ttost_paired(first, second, *margin)
    e = tost(first - second, *margin)
    assert e.p == pytest.approx(theirs[0], abs=1e-10)
    assert (e.t_low, e.p_low, e.df) == pytest.approx(theirs[1], abs=1e-10)
    assert (e.t_high, e.p_high, e.df) == pytest.approx(theirs[2], abs=1e-10)
    if margin[0] == -margin[1]:
        ours = pingouin.tost(first, second, bound=margin[1], paired=True)
        assert e.p == pytest.approx(ours["pval"].iloc[0], abs=1e-10)


@pytest.mark.parametrize("margin", [(-0.5, 0.5), (-4.0, 1.0), (-3.5, 3.5)])
def test_welch_tost_is_statsmodels(margin: tuple[float, float]) -> None:
    first, second = SLEEP[0], SLEEP[1][:7]
    theirs = ttost_ind(first, second, *margin, usevar="unequal")
    e = tost_independent(first, second, *margin)
    assert e.p == pytest.approx(theirs[0], abs=1e-10)
    assert (e.t_low, e.p_low, e.df) == pytest.approx(theirs[1], abs=1e-10)
    assert (e.t_high, e.p_high, e.df) == pytest.approx(theirs[2], abs=1e-10)
    assert e.n == 17


def test_intervals_are_rs() -> None:
    """R: t.test(extra ~ group, data = sleep, paired = TRUE) and without paired: df = 17.776."""
    first, second = SLEEP
    e = tost(first - second, -1, 1)
    assert e.ci95 == pytest.approx((-2.4598858, -0.7001142), abs=1e-6)
    ninety = stats.ttest_1samp(first - second, 0).confidence_interval(0.9)
    assert e.ci90 == pytest.approx((ninety.low, ninety.high), abs=1e-10)
    welch = tost_independent(first, second, -1, 1)
    assert welch.ci95 == pytest.approx((-3.3654832, 0.2054832), abs=1e-6)
    assert welch.df == pytest.approx(17.776, abs=5e-4)


def test_power_is_that_of_the_design() -> None:
    differences = SLEEP[0] - SLEEP[1]
    e = tost(differences, -1.5, 2.0, 0.01)
    expected = tost_power((-1.5, 2.0), float(differences.std(ddof=1)), 10, alpha=0.01)
    assert e.power == pytest.approx(expected, abs=1e-12)


# --- what must hold anyway ------------------------------------------------------------------------------


@pytest.mark.parametrize("alpha", [0.05, 0.01, 0.2])
def test_p_and_interval_say_the_same(alpha: float) -> None:
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(300):
        e = tost(rng.normal(rng.uniform(-0.08, 0.08), 0.05, 12), -0.04, 0.06, alpha)
        inside = e.low < e.ci90[0] and e.ci90[1] < e.high
        different = not e.ci95[0] <= 0 <= e.ci95[1]
        assert (e.p < alpha) == inside
        expected = {(1, 0): "equivalent", (0, 1): "different", (1, 1): "both", (0, 0): "undecided"}
        assert e.verdict == expected[inside, different]
        seen.add(e.verdict)
    assert len(seen) >= 3


def test_each_of_the_four_verdicts_is_reached() -> None:
    spread = np.array([-1.0, -0.5, 0, 0.5, 1.0])
    planted = {
        "equivalent": spread * 0.01,
        "both": spread * 0.01 + 0.02,
        "different": spread * 0.01 + 0.2,
        "undecided": spread,
    }
    for verdict, differences in planted.items():
        assert tost(differences, -0.05, 0.05).verdict == verdict


def test_the_smallest_margin_is_where_the_verdict_turns() -> None:
    differences = SLEEP[0] - SLEEP[1]
    least = tost(differences, -1, 1).smallest_margin
    assert tost(differences, -least * 1.000001, least * 1.000001).p < 0.05
    assert tost(differences, -least * 0.999999, least * 0.999999).p > 0.05


def test_turned_around_everything_turns() -> None:
    differences = SLEEP[0] - SLEEP[1]
    one, other = tost(differences, -2, 0.5), tost(-differences, -0.5, 2)
    assert (one.p_low, one.p_high) == pytest.approx((other.p_high, other.p_low), abs=1e-12)
    assert one.ci90 == pytest.approx((-other.ci90[1], -other.ci90[0]))
    assert (one.verdict, one.power, one.smallest_margin) == (
        other.verdict,
        pytest.approx(other.power),
        pytest.approx(other.smallest_margin),
    )


@pytest.mark.parametrize("sign", [1, -1])
def test_verdicts_by_margin_are_those_of_each(sign: int) -> None:
    differences = sign * pairs(reconstructed(), "accuracy", "architecture")["difference"].to_numpy()
    margins = np.linspace(0.001, 0.05, 60)
    found = verdicts_by_margin(differences, margins)
    for r in found.to_dict("records"):
        e = tost(differences, -r["margin"], r["margin"])
        assert (r["p"], r["verdict"]) == (pytest.approx(e.p, abs=1e-12), e.verdict)
    assert list(found["verdict"].unique()) == ["undecided", "equivalent"]


# --- simulation ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", [-1, 1])
def test_at_the_margin_it_errs_in_5_percent(side: int) -> None:
    """True difference exactly at a limit, spread small against the margin: the level is reached."""
    rng, runs = np.random.default_rng(side + 5), 1500
    low, high = -0.04, 0.06
    draws = rng.normal(low if side < 0 else high, 0.03, (runs, 15))
    wrong = np.mean([tost(d, low, high).p < 0.05 for d in draws])
    assert wrong == pytest.approx(0.05, abs=4 * math.sqrt(0.05 * 0.95 / runs))


def test_welch_errs_in_5_percent_at_the_margin_with_unequal_spreads() -> None:
    rng, runs = np.random.default_rng(9), 1500
    wrong = [
        tost_independent(rng.normal(0.5, 0.2, 25), rng.normal(0.0, 0.6, 15), -0.5, 0.5).p < 0.05 for _ in range(runs)
    ]
    assert np.mean(wrong) == pytest.approx(0.05, abs=4 * math.sqrt(0.05 * 0.95 / runs))


def test_it_is_shown_as_often_as_power_says() -> None:
    rng, runs, sd = np.random.default_rng(4), 1500, 0.0319  # the study's accuracy, GRU minus LSTM
    shown = np.mean([tost(d, -0.02, 0.02).p < 0.05 for d in rng.normal(0, sd, (runs, 24))])
    assert shown == pytest.approx(tost_power(0.02, sd, 24), abs=4 * math.sqrt(0.25 / runs))


# --- degenerate data ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("differences", "why"),
    [
        ([0.01], "one difference"),
        ([0.01] * 5, "all differences are equal"),
        ([0.0] * 5, "all differences are 0"),
        ([0.3 - 0.2, 0.2 - 0.1], "equal"),
    ],
)
def test_without_spread_nothing_is_decided(differences: list[float], why: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        e = tost(differences, -0.05, 0.05)
        found = verdicts_by_margin(differences, [0.02, 0.05])
    assert e.verdict == "undecided" and why in e.note and not e.published_rule
    assert e.mean == pytest.approx(differences[0])
    assert all(math.isnan(v) for v in (e.p, e.t_low, *e.ci90, *e.ci95, e.smallest_margin, e.power))
    assert set(found["verdict"]) == {"undecided"} and found["p"].isna().all()
    assert sentence(e).startswith("Nothing can be said") and why in sentence(e)


def test_two_groups_without_spread() -> None:
    for x, y, why in (([0.1], [0.2, 0.3], "one value"), ([0.1, 0.1], [0.2, 0.2], "no variance")):
        e = tost_independent(x, y, -1, 1)
        assert e.verdict == "undecided" and why in e.note and math.isnan(e.p)
    half = tost_independent([0.1, 0.1, 0.1], [0.2, 0.4, 0.3], -1, 1)  # one group varies: enough
    assert half.df == pytest.approx(2) and half.verdict == "equivalent"


def test_comparisons_without_pairs_say_so() -> None:
    frame = pd.DataFrame({"architecture": ["gru", "lstm"], "emotion": ["anger", "fear"], "recall": [0.5, 0.4]})
    (e,) = equivalence(evaluations(frame, "Apart", "table"), MARGINS)
    assert (e.n, e.verdict) == (0, "undecided")
    assert "no matched pair" in sentence(e)


def test_rows_left_out_are_named() -> None:
    frame = table_of([0.5, 0.6, 0.7, 0.4], [0.2, 0.3, 0.5, 0.3]).frame.drop(index=2)
    (e,) = equivalence(evaluations(frame.reset_index(drop=True), "Gap", "table"), MARGINS)
    assert e.n == 3 and "1 row without a partner left out" in e.note


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: tost([0.1, math.nan], -1, 1), "number 2 of 2"),
        (lambda: tost([], -1, 1), "no difference"),
        (lambda: tost([0.1, 0.2], 0.1, 1), "0 inside"),
        (lambda: tost([0.1, 0.2], -1, math.nan), "0 inside"),
        (lambda: tost([0.1, 0.2], -1, 1, 0.5), "alpha"),
        (lambda: tost_independent([0.1, math.inf], [0.1], -1, 1), "value"),
        (lambda: verdicts_by_margin([0.1, 0.2], [0.0]), "margin"),
        (lambda: equivalence(reconstructed(), {"auc": 0.1}), "'auc' is not a metric"),
        (lambda: equivalence(reconstructed(), {"f1": -0.1}), "0 inside"),
        (lambda: equivalence(reconstructed(), MARGINS, unit="clip"), "not a unit"),  # type: ignore[arg-type]
    ],
)
def test_bad_arguments_are_one_sentence(call: Any, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        call()


def test_a_table_with_one_condition_cannot_be_asked() -> None:
    frame = pd.DataFrame({"architecture": ["gru"], "emotion": ["anger"], "recall": [0.5]})
    with pytest.raises(TableError, match="one level"):
        equivalence(evaluations(frame, "Alone", "table"), MARGINS)


# --- words and frames -----------------------------------------------------------------------------------


def test_sentences_say_what_was_found() -> None:
    found = of_study()
    assert sentence(found["accuracy", "architecture"]) == (
        "GRU and LSTM are equivalent in accuracy within ±0.020: the difference, GRU minus LSTM, is 0.008, "
        "and its 90% interval [−0.003, 0.019] lies inside the margin (TOST p = 0.041, n = 24)."
    )
    recall = sentence(found["recall", "loss"])
    assert recall.startswith("Standard and advanced loss differ in recall: the difference, standard minus")
    assert "−0.145" in recall and "leaves out zero" in recall
    assert sentence(found["f1", "tuning"]).startswith("It is undecided whether Bayesian and predefined tuning")
    both = tost(np.array([0.019, 0.02, 0.021]), -0.1, 0.2)
    assert "by less than matters" in sentence(both) and "+0.200" in sentence(both)
    quarter = tost(np.array([-0.1, 0.12, 0.03]), -0.4, 0.4, 0.0125)
    assert "97.5% interval" in sentence(quarter) and "98.75% interval" in sentence(quarter)


def test_the_frame_holds_every_field() -> None:
    found = list(of_study().values())
    frame = as_frame(found)
    assert len(frame) == 12
    for e, r in zip(found, frame.to_dict("records"), strict=True):
        for name, value in asdict(e).items():
            if name in ("ci90", "ci95"):
                assert (r[f"{name}_low"], r[f"{name}_high"]) == value
            else:
                assert r[name] == value


def test_two_thousand_rows_have_a_verdict_each() -> None:
    table = random_table(42)
    found = equivalence(table, dict.fromkeys(PRINTED, 0.03))
    assert len(found) == len(PRINTED) * 3 and all(math.isfinite(e.p) for e in found)
