"""Which analyses hold their level where emotions react differently to a factor without a mean effect."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from fer_core.stats.anova import ERROR_RATES

TABLES = 200
CHANCE = 2.6 * np.sqrt(0.05 * 0.95 / TABLES)
"""Of a share of 5 % in so many tables; 99 %."""


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """scripts/error_rates.py, whose figures docs/statistics.md prints."""
    file = Path(__file__).resolve().parents[2] / "scripts" / "error_rates.py"
    spec = importlib.util.spec_from_file_location("error_rates", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_own_error_terms_hold_their_level_and_a_pooled_error_does_not(script: ModuleType) -> None:
    own, permuted, slopes, intercepts, pooled, _, published = script.ANALYSES
    rates = script.rates(TABLES, 6, 0, (own, permuted, slopes, intercepts, pooled, published))
    assert rates[own] == pytest.approx(0.05, abs=CHANCE)
    assert rates[permuted] == pytest.approx(0.05, abs=CHANCE)
    assert rates[slopes] == pytest.approx(0.05, abs=CHANCE)
    assert rates[pooled] > 0.15 and rates[intercepts] > 0.15
    printed = {"blocked": rates[pooled], "published": rates[published]}
    assert printed == pytest.approx(ERROR_RATES), "what every pooled table says beside its numbers"


def test_with_more_emotions_as_well(script: ModuleType) -> None:
    own, permuted, *_ = script.ANALYSES
    rates = script.rates(TABLES, 12, 1, (own, permuted))
    assert rates[own] == pytest.approx(0.05, abs=CHANCE)
    assert rates[permuted] == pytest.approx(0.05, abs=CHANCE)


def test_hedges_g_keeps_a_bias_where_pairs_are_alike(script: ModuleType) -> None:
    """What its docstring says."""
    bias, coverage = script.hedges(6, 0.9, 1000, 0)
    assert bias == pytest.approx(0.07, abs=0.025) and coverage == pytest.approx(0.924, abs=0.025)
