"""Power of t and F tests against pingouin, statsmodels, R, the published numbers and simulation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pingouin
import pytest
from pair_samples import PRINTED
from scipy import stats

from fer_core.base.errors import SettingError
from fer_core.stats.pairwise import pairwise
from fer_core.stats.power import SIZES, curve, paired_power, power_of, required_n, smallest, smallest_effect
from fer_core.stats.table import reconstructed


@pytest.mark.parametrize("pairs", [2, 6, 24, 200])
@pytest.mark.parametrize("effect", [0.0, 0.2, -0.787, 1.5])
def test_power_is_pingouins(effect: float, pairs: int) -> None:
    theirs = pingouin.power_ttest(d=abs(effect), n=pairs, alpha=0.05, contrast="paired")
    assert paired_power(effect, pairs) == pytest.approx(theirs, abs=1e-3)


@pytest.mark.parametrize(("pairs", "published"), [(6, 1.435), (24, 0.597)])
def test_the_smallest_effect_is_the_studys(pairs: int, published: float) -> None:
    """Table 6 prints 1.435 for n = 6; the tests behind it used 24 pairs."""
    assert smallest_effect(pairs) == pytest.approx(published, abs=6e-4)


def test_power_is_how_often_the_test_rejects() -> None:
    from scipy.stats import ttest_1samp

    draws = np.random.default_rng(0).normal(0.6, 1.0, (20_000, 12))
    rejected = (ttest_1samp(draws, 0.0, axis=1).pvalue < 0.05).mean()
    assert paired_power(0.6, 12) == pytest.approx(rejected, abs=0.012)


def test_without_pairs_nothing_can_be_shown() -> None:
    assert smallest_effect(1) == math.inf
    with pytest.raises(SettingError, match="no spread"):
        paired_power(0.5, 1)
    with pytest.raises(SettingError, match="power"):
        smallest_effect(10, power=1.0)
    with pytest.raises(SettingError, match="alpha"):
        smallest_effect(10, alpha=0.0)


# --- the published study ----------------------------------------------------------------------------

TABLE_6 = {"accuracy": (0.255, 0.081), "f1": (-0.025, 0.050), "precision": (0.099, 0.055), "recall": (-0.306, 0.095)}


@pytest.mark.parametrize("metric", TABLE_6)
def test_table_6_is_reproduced(metric: str) -> None:
    """Winarno et al., Table 6: the architecture's d and its power with n = 6, from the counts."""
    effect, printed = TABLE_6[metric]
    d = pairwise(reconstructed(), [metric], ["architecture"])["d_z"].iloc[0]
    assert abs(d - effect) < 0.0005
    assert abs(power_of("paired", d, 6) - printed) < 0.0005


def test_the_required_numbers_are_the_studys() -> None:
    assert required_n("paired", 0.5) == 34
    assert required_n("paired", 0.2) == 199
    assert (required_n("independent", 0.5), required_n("independent", 0.2)) == (64, 394)
    assert smallest("paired", 6) == pytest.approx(1.4345, abs=5e-5)
    assert smallest("independent", 6) == pytest.approx(1.796, abs=5e-4)


def test_with_the_24_pairs_that_were_tested_power_is_another() -> None:
    """The tests behind the effects had 24 pairs, not 6; so d = 0.787 could well be seen."""
    found = pairwise(reconstructed(), PRINTED, ["architecture"])
    power = [power_of("paired", d, 24) for d in found["d_z"]]
    assert power == pytest.approx([0.224, 0.052, 0.075, 0.301], abs=5e-4)
    assert smallest("paired", 24) == pytest.approx(0.597, abs=5e-4)
    assert power_of("paired", 0.787, 24) == pytest.approx(0.96, abs=5e-3)
    assert power_of("paired", 0.787, 6) == pytest.approx(0.35, abs=5e-3)


# --- against other sources ------------------------------------------------------------------------------


def test_power_of_t_tests_is_rs() -> None:
    """R: power.t.test(n = 20, delta = 1, sd = 1); power.t.test(power = .90, delta = 1): n = 22.02110;
    pwr::pwr.t.test(d = 0.2, n = 60, sig.level = 0.10, type = "one.sample")."""
    assert power_of("independent", 1.0, 20) == pytest.approx(0.8689528, abs=1e-6)
    assert required_n("independent", 1.0, 0.9) == 23
    assert power_of("independent", 1.0, 22.02110) == pytest.approx(0.9, abs=1e-5)
    assert power_of("paired", 0.2, 60, 0.10) == pytest.approx(0.4555818, abs=1e-6)


def test_power_of_anova_is_rs() -> None:
    """R: pwr::pwr.anova.test(f = 0.28, k = 4, n = 20); pwr.anova.test(f = 0.25, k = 5, power = 0.80)."""
    assert power_of("anova", 0.28, 20, groups=4) == pytest.approx(0.5149793, abs=1e-6)
    assert power_of("anova", 0.25, 39.15340, groups=5) == pytest.approx(0.8, abs=1e-5)
    assert required_n("anova", 0.25, groups=5) == 40


@pytest.mark.parametrize("n", [2, 6, 24, 150])
@pytest.mark.parametrize("effect", [0.0, 0.15, 0.6, 2.5])
def test_power_is_statsmodels(effect: float, n: int) -> None:
    from statsmodels.stats.power import FTestAnovaPower, TTestIndPower, TTestPower

    theirs = {"paired": TTestPower().power(effect, n, 0.05), "independent": TTestIndPower().power(effect, n, 0.05)}
    for kind, value in theirs.items():
        expected = np.nan_to_num(float(value), nan=1.0)  # theirs is NaN where the other tail is 1e-308
        assert power_of(kind, -effect, n) == pytest.approx(expected, abs=1e-6)  # type: ignore[arg-type]
    anova = FTestAnovaPower().power(effect, n * 8, 0.05, k_groups=8)
    assert power_of("anova", effect, n, groups=8) == pytest.approx(float(anova), abs=1e-6)
    eta2 = effect**2 / (1 + effect**2)
    if effect:
        assert power_of("anova", effect, n, groups=8) == pytest.approx(
            pingouin.power_anova(eta_squared=eta2, k=8, n=n), abs=1e-6
        )


def test_a_factor_of_the_design_is_simulated() -> None:
    """2 x 2 x 2 cells of 6: a main effect has 1 and 40 degrees of freedom, noncentrality 48 f^2."""
    rng, runs, f = np.random.default_rng(0), 20_000, 0.4
    sign = np.repeat([-1.0, 1.0], 4)
    draws = rng.normal(0, 1, (runs, 8, 6)) + f * sign[:, None]
    means = draws.mean(axis=2)
    error = draws.var(axis=2, ddof=1).mean(axis=1)
    ratio = 48 * ((means * sign).mean(axis=1)) ** 2 / error
    rejected = (stats.f.sf(ratio, 1, 40) < 0.05).mean()
    bound = 4 * np.sqrt(0.25 / runs)
    assert power_of("anova", f, 6, groups=8, df_effect=1) == pytest.approx(rejected, abs=bound)


# --- what must hold anyway ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["paired", "independent", "anova"])
def test_n_and_effect_are_the_smallest(kind: Any) -> None:
    how = {"groups": 4} if kind == "anova" else {}
    for effect in SIZES[kind].values():
        n = required_n(kind, effect, 0.9, 0.01, **how)
        assert power_of(kind, effect, n, 0.01, **how) >= 0.9 > power_of(kind, effect, n - 1, 0.01, **how)
        least = smallest(kind, n, 0.9, 0.01, **how)
        assert least <= effect and power_of(kind, least, n, 0.01, **how) == pytest.approx(0.9, abs=1e-7)


@pytest.mark.parametrize("kind", ["paired", "independent", "anova"])
def test_without_an_effect_power_is_alpha_and_it_ends_at_one(kind: Any) -> None:
    for n in (2, 30, 10**6):
        assert power_of(kind, 0.0, n) == pytest.approx(0.05, abs=1e-9)
    for effect in (30.0, 1e3, 1e6):
        assert power_of(kind, effect, 50) == 1.0
    grown = [power_of(kind, 0.3, n) for n in range(2, 400)]
    assert (np.diff(grown) >= -1e-12).all()


def test_curves_are_power_at_every_point() -> None:
    effects, ns = [0.2, 0.5, 0.8], np.arange(2, 201)
    curve("anova", effects, ns, groups=8, df_effect=1)  # imports
    found = curve("paired", effects, ns)
    assert list(found.columns) == ["effect", "n", "power"] and len(found) == 3 * len(ns)
    for r in found.iloc[::97].to_dict("records"):
        assert r["power"] == pytest.approx(power_of("paired", r["effect"], r["n"]), abs=1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: power_of("welch", 0.5, 10), "not a kind"),  # type: ignore[arg-type]
        (lambda: power_of("paired", math.nan, 10), "effect"),
        (lambda: power_of("anova", -0.1, 10), "effect"),
        (lambda: power_of("anova", 0.2, 10, groups=1), "degrees of freedom"),
        (lambda: power_of("anova", 0.2, 10, groups=4, df_effect=4), "degrees of freedom"),
        (lambda: power_of("independent", 0.2, 1), "no spread"),
        (lambda: power_of("independent", 0.2, math.nan), "no spread"),
        (lambda: required_n("paired", 0.0), "more than 100,000,000"),
        (lambda: required_n("paired", 0.5, 0.04), "power"),
        (lambda: smallest("paired", 10, alpha=1.0), "alpha"),
        (lambda: curve("paired", [0.2], [1, 2]), "no spread"),
    ],
)
def test_bad_arguments_are_one_sentence(call: Any, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        call()
