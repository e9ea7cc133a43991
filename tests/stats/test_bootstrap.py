"""Bootstrap intervals against scipy, a textbook's example, brute force, and how often they hold the truth."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from fer_core.base.errors import SettingError
from fer_core.stats.bootstrap import _leave_one_out, bca, percentile, resampled

SPATIAL = np.array(
    [48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6, 0, 33, 28, 34, 4, 32, 24, 47, 41, 24, 26, 30, 41], dtype=float
)
"""Test A of the spatial test data (Efron and Tibshirani, 1993, Table 14.1)."""


def variance(values: Any, axis: int) -> Any:
    return values.var(axis=axis)


def sd(values: Any, axis: int = -1) -> Any:
    return np.std(values, axis=axis, ddof=1)


def sample(n: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).beta(5, 2, n)


@pytest.mark.parametrize(("name", "function"), [("mean", np.mean), ("median", np.median), ("sd", sd)])
@pytest.mark.parametrize(("n", "seed"), [(6, 0), (7, 1), (24, 2), (25, 3)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_of_the_same_draws_the_intervals_are_scipys(
    name: str, function: Any, n: int, seed: int, confidence: float
) -> None:
    values = sample(n, seed)
    drawn = SimpleNamespace(bootstrap_distribution=resampled(values, name, 999, seed))
    for method, mine in (("percentile", percentile), ("BCa", bca)):
        theirs = stats.bootstrap(
            (values,), function, n_resamples=0, bootstrap_result=drawn, method=method, confidence_level=confidence
        ).confidence_interval
        low, high = mine(values, name, confidence, 999, seed)
        assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_of_other_draws_they_are_scipys_within_chance() -> None:
    values = sample(20)
    for method, mine in (("percentile", percentile), ("BCa", bca)):
        theirs = stats.bootstrap(
            (values,), np.mean, n_resamples=40_000, method=method, rng=np.random.default_rng(9)
        ).confidence_interval
        low, high = mine(values, "mean", 0.95, 40_000, 5)
        assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=0.03 * (theirs.high - theirs.low))


def test_the_textbooks_example_is_found() -> None:
    """Efron and Tibshirani (1993), Table 14.2: 90 % intervals of the variance (n in the denominator) of test
    A, 2,000 resamples: percentile (100.8, 233.9), BCa (115.8, 259.6)."""
    assert SPATIAL.var() == pytest.approx(171.5, abs=0.05)
    assert percentile(SPATIAL, variance, 0.9, 20_000) == pytest.approx((100.8, 233.9), abs=5)
    assert bca(SPATIAL, variance, 0.9, 20_000) == pytest.approx((115.8, 259.6), abs=5)


@pytest.mark.parametrize("name", ["mean", "median", "sd"])
@pytest.mark.parametrize("values", [sample(5), sample(6), np.array([1.0, 1, 2, 2, 2, 3, 9]), np.array([0.0, 0, 1, 1])])
def test_leaving_one_out_is_what_it_says(name: str, values: Any) -> None:
    function = {"mean": np.mean, "median": np.median, "sd": sd}[name]
    expected = [function(np.delete(values, k)) for k in range(len(values))]
    np.testing.assert_allclose(_leave_one_out(values, name), expected, atol=1e-12)
    several = np.stack([values, values[::-1]], axis=1)
    np.testing.assert_allclose(_leave_one_out(several, name)[:, 1], expected[::-1], atol=1e-12)


@pytest.mark.parametrize("method", [percentile, bca])
def test_further_axes_are_variables_of_their_own_on_the_same_draws(method: Any) -> None:
    values = np.stack([sample(12, k) for k in range(6)], axis=1).reshape(12, 2, 3)
    low, high = method(values, "mean", seed=4)
    assert low.shape == high.shape == (2, 3)
    for i in range(2):
        for j in range(3):
            alone = method(values[:, i, j], "mean", seed=4)
            assert (low[i, j], high[i, j]) == pytest.approx(alone, abs=1e-12)


def test_a_statistic_of_ones_own_equals_the_named_one() -> None:
    values = sample(15)
    assert bca(values, lambda v, axis: v.mean(axis=axis)) == pytest.approx(bca(values, "mean"), abs=1e-12)


def test_drawing_in_parts_changes_no_meaning() -> None:
    """25,000 values are drawn in several parts; the interval of the mean is then nearly normal."""
    values = sample(25_000)
    half = 1.96 * values.std(ddof=1) / np.sqrt(len(values))
    for method in (percentile, bca):
        low, high = method(values)
        assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.15 * half)


def test_a_degenerate_sample_has_no_invented_width() -> None:
    assert bca([0.5] * 8) == percentile([0.5] * 8) == (0.5, 0.5)
    assert np.isnan([*bca([0.5]), *percentile([0.5]), *bca([0.5, 0.6], "sd")]).all()
    low, high = bca([0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
    assert 0 <= low < 1 / 6 < high <= 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([],), "empty"),
        (([0.1, np.nan],), "not all finite"),
        (([0.1, 0.2], "mode"), "'mode' is not a statistic"),
        (([0.1, 0.2], "mean", 1.0), "confidence of 1"),
        (([0.1, 0.2], "mean", 0.95, 10), "number of draws 10 is out of range"),
        ((np.zeros(5001), variance), "too many for a statistic of one's own"),
    ],
)
def test_bad_settings_are_refused(arguments: tuple[Any, ...], words: str) -> None:
    for method in (percentile, bca):
        with pytest.raises(SettingError, match=words):
            method(*arguments)


@pytest.mark.parametrize(("n", "expected"), [(6, 0.861), (30, 0.938)])
def test_the_percentile_interval_holds_a_normal_mean_as_often_as_theory_says(n: int, expected: float) -> None:
    """It is about mean ± 1.96 s sqrt((n - 1) / n) / sqrt(n), so it holds the mean with the probability
    P(|T| < 1.96 sqrt((n - 1) / n)), T of n - 1 degrees of freedom: 0.867 and 0.935."""
    studies = 1500  # a share of 0.86 within 0.033, one of 0.94 within 0.033
    held = coverage(percentile, np.random.default_rng(1).normal(0, 1, (n, studies)), 0.0)
    theory = 1 - 2 * stats.t.sf(1.96 * np.sqrt((n - 1) / n), n - 1)
    assert held == pytest.approx(expected, abs=4 * np.sqrt(0.1 / studies))
    assert held == pytest.approx(theory, abs=0.03)


def test_bca_holds_a_skewed_mean_more_often_than_percentile() -> None:
    drawn = np.random.default_rng(2).exponential(1, (20, 1000))
    by_percentile, by_bca = (coverage(method, drawn, 1.0) for method in (percentile, bca))
    assert by_bca > by_percentile
    assert 0.89 < by_bca < 0.95
    assert coverage(bca, np.random.default_rng(3).normal(0, 1, (50, 1000)), 0.0) == pytest.approx(0.945, abs=0.028)


def coverage(method: Any, drawn: Any, truth: float) -> float:
    """How many of the columns' intervals hold the truth."""
    low, high = method(drawn, resamples=600)
    return float(((low <= truth) & (truth <= high)).mean())
