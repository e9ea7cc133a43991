"""Power of TOST against R's PowerTOST, its definition integrated otherwise, and simulation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from fer_core.base.errors import SettingError
from fer_core.stats.tost_power import exact_power, limits, tost_curve, tost_power, tost_required_n, tost_smallest_margin


def crossover(cv: float, n: int) -> float:
    """A 2 x 2 crossover as two groups of n / 2, whose sd is that of the log ratios over sqrt(2)."""
    sd = math.sqrt(math.log(cv**2 + 1) / 2)
    return tost_power((math.log(0.8), math.log(1.25)), sd, n // 2, math.log(0.95), paired=False)


def test_power_is_powertosts() -> None:
    """R: PowerTOST::power.TOST(CV = 0.25, n = 24); sampleN.TOST(CV = 0.30): n = 40, 0.815845."""
    assert crossover(0.25, 24) == pytest.approx(0.7391155, abs=1e-7)
    assert crossover(0.30, 40) == pytest.approx(0.815845, abs=1e-6)
    assert crossover(0.30, 38) < 0.8


@pytest.mark.parametrize(
    "case",
    [
        (-0.02, 0.02, 0.0, 0.0065, 23),
        (-0.5, 0.5, 0.1, 0.3, 1),
        (-0.5, 0.5, 0.4, 0.03, 2),
        (-0.5, 0.2, 0.0, 0.001, 3),
        (-0.5, 0.5, 0.0, 5.0, 4),
        (-0.1, 0.1, 0.05, 0.01, 400),
    ],
)
@pytest.mark.parametrize("alpha", [0.05, 0.001])
def test_power_is_its_definition(case: tuple[float, ...], alpha: float) -> None:
    low, high, true, se, df = case
    critical = stats.t.isf(alpha, df)

    def part(u: float) -> float:
        inside = stats.norm.cdf((high - true) / se - critical * u) - stats.norm.cdf((low - true) / se + critical * u)
        return float(max(inside, 0) * stats.chi.pdf(u * math.sqrt(df), df) * math.sqrt(df))

    end = min((high - low) / (2 * critical * se), 12)
    plain = integrate.quad(part, 0, end, epsabs=1e-13, limit=500)[0]
    assert float(exact_power(low, high, true, se, df, alpha)) == pytest.approx(plain, abs=1e-9)


@pytest.mark.parametrize(
    ("margin", "sd", "n", "true", "paired"),
    [
        ((-0.3, 0.5), 0.4, 6, 0.1, True),
        (0.5, 0.6, 2, 0.0, True),
        (1.0, 0.6, 3, 0.2, False),
        (0.4, 0.6, 24, -0.1, False),
    ],
)
def test_power_is_how_often_both_tests_reject(margin: Any, sd: float, n: int, true: float, paired: bool) -> None:
    rng, runs = np.random.default_rng(n), 100_000
    x = rng.normal(true, sd, (runs, n))
    if paired:
        df, mean, se = n - 1, x.mean(axis=1), x.std(axis=1, ddof=1) / math.sqrt(n)
    else:
        y = rng.normal(0, sd, (runs, n))
        df, mean = 2 * n - 2, x.mean(axis=1) - y.mean(axis=1)
        se = np.sqrt((x.var(axis=1, ddof=1) + y.var(axis=1, ddof=1)) / n)
    low, high = limits(margin)
    critical = stats.t.isf(0.05, df)
    shown = ((mean - low > critical * se) & (mean - high < -critical * se)).mean()
    bound = 4 * math.sqrt(0.25 / runs)
    assert tost_power(margin, sd, n, true, paired=paired) == pytest.approx(shown, abs=bound)


def test_at_a_limit_power_is_at_most_alpha() -> None:
    for n in (3, 10, 100, 10_000):
        assert tost_power(0.1, 0.5, n, 0.1) <= 0.05 + 1e-9
    assert tost_power(0.1, 0.5, 10_000, 0.1) == pytest.approx(0.05, abs=1e-9)
    assert tost_power((-0.1, 0.3), 0.5, 10_000, -0.1) == pytest.approx(0.05, abs=1e-9)


def test_with_few_pairs_small_spreads_happen_by_chance() -> None:
    """So that power may fall with n; but only far below alpha, where no design is planned."""
    assert 0.05 > tost_power(0.02, 0.1, 2) > tost_power(0.02, 0.1, 6)


def test_where_the_normal_approximation_says_nothing_it_is_still_a_probability() -> None:
    """2 Phi(x) - 1 would be negative here; the published margin of 0.05 with recall's own spread."""
    power = tost_power(0.05, 0.2238, 6)
    assert 0 < power < 0.05


def test_n_and_margin_are_the_smallest() -> None:
    for paired in (True, False):
        n = tost_required_n(0.05, 0.1, 0.9, 0.01, paired=paired)
        at = [tost_power(0.05, 0.1, k, 0.01, paired=paired) for k in (n - 1, n)]
        assert at[0] < 0.9 <= at[1]
        margin = tost_smallest_margin(0.1, n, 0.9, 0.01, paired=paired)
        assert margin <= 0.05
        assert tost_power(margin, 0.1, n, 0.01, paired=paired) == pytest.approx(0.9, abs=1e-9)
    assert tost_smallest_margin(0.1, 1) == math.inf


def test_it_scales() -> None:
    """Only the margin and the difference in units of the standard deviation matter."""
    assert tost_power(0.02, 0.03, 24, 0.005) == pytest.approx(tost_power(2.0, 3.0, 24, 0.5), abs=1e-12)
    assert tost_power((-0.02, 0.03), 0.03, 9, 0.005) == pytest.approx(
        tost_power((-0.03, 0.02), 0.03, 9, -0.005), abs=1e-12
    )


def test_curves_are_power_at_every_point() -> None:
    margins, ns = [0.02, 0.05, 0.1], np.arange(2, 201)
    tost_curve(margins, ns, 0.1)
    found = tost_curve(margins, ns, 0.1, 0.01)
    assert list(found.columns) == ["margin", "n", "power"] and len(found) == 3 * len(ns)
    for r in found.iloc[::53].to_dict("records"):
        assert r["power"] == pytest.approx(tost_power(r["margin"], 0.1, r["n"], 0.01), abs=1e-10)
    for _, part in found.groupby("margin"):
        assert (np.diff(part["power"])[part["power"][1:] > 0.05] >= -1e-9).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: tost_power(0.0, 1, 5), "0 inside"),
        (lambda: tost_power((0.1, 0.2), 1, 5), "0 inside"),
        (lambda: tost_power((-0.1, math.inf), 1, 5), "0 inside"),
        (lambda: tost_power(0.1, 0.0, 5), "standard deviation"),
        (lambda: tost_power(0.1, math.nan, 5), "standard deviation"),
        (lambda: tost_power(0.1, 1, 1), "no spread"),
        (lambda: tost_power(0.1, 1, 5, alpha=0.5), "alpha"),
        (lambda: tost_power(0.1, 1, 5, math.nan), "true difference"),
        (lambda: tost_required_n(0.1, 1, true_difference=0.1), "not inside the margin"),
        (lambda: tost_required_n(0.1, 1, 1.0), "power"),
        (lambda: tost_smallest_margin(1, 10, 0.05), "power"),
        (lambda: tost_required_n(1e-6, 1), "100,000,000"),
        (lambda: tost_curve([0.1, -0.1], [5], 1), "margin"),
    ],
)
def test_bad_arguments_are_one_sentence(call: Any, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        call()
