"""Power of paired comparisons against pingouin, the published numbers and simulation."""

from __future__ import annotations

import math

import numpy as np
import pingouin
import pytest

from fer_core.errors import SettingError
from fer_core.stats.power import paired_power, smallest_effect


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
