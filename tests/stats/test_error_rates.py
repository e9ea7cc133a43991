"""Which analyses hold their level where emotions react differently to a factor without a mean effect.

On balanced tables every analysis has a closed form here. Each is held against the analysis itself on a few
tables, and the rates are then those of thousands of tables, which take milliseconds.
"""

from __future__ import annotations

import importlib.util
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy import stats

from fer_core.stats.anova import ERROR_RATES

TABLES = 4000
CHANCE = 2.6 * np.sqrt(0.05 * 0.95 / TABLES)
"""Of a share of 5 % in so many tables; 99 %."""
SIGNS = np.tile([1.0, -1.0], 4)
"""Of the loss, in the order of the conditions."""


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """scripts/error_rates.py, whose figures docs/statistics.md prints."""
    file = Path(__file__).resolve().parents[2] / "scripts" / "error_rates.py"
    spec = importlib.util.spec_from_file_location("error_rates", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def contrasts(values: Any) -> Any:
    """Half the difference between the two losses, for each table and emotion."""
    return (values * SIGNS[:, None]).mean(axis=1)


def own(values: Any) -> Any:
    """The paired t test over emotions."""
    return stats.ttest_1samp(contrasts(values), 0, axis=1).pvalue


def permuted(values: Any) -> Any:
    """Every choice of signs of the emotions."""
    found = contrasts(values)
    signs = np.array(list(product((1.0, -1.0), repeat=found.shape[1])))
    observed = np.abs(found.sum(axis=1, keepdims=True))
    return (np.abs(found @ signs.T) >= observed - 1e-12).mean(axis=1)


def pooled(values: Any, blocked: bool) -> Any:
    """Against what the conditions' means, and the emotions' where they are blocks, leave."""
    n, left = values[0].size, values - values.mean(axis=2, keepdims=True)
    df = n - 8
    if blocked:
        left, df = left - left.mean(axis=1, keepdims=True), df - (values.shape[2] - 1)
    f = n * contrasts(values).mean(axis=1) ** 2 / ((left**2).sum(axis=(1, 2)) / df)
    return stats.f.sf(f, 1, df)


def rate(p: Any) -> float:
    return float((p < 0.05).mean())


def test_the_closed_forms_are_the_analyses(script: ModuleType) -> None:
    own_errors, permutation, _, intercepts, block, _, published = script.ANALYSES
    values = script.draws(8, 6, 0)
    expected = {
        own_errors: own(values),
        permutation: permuted(values),
        intercepts: pooled(values, True),
        block: pooled(values, True),
        published: pooled(values, False),
    }
    for k, table in enumerate(script.tables(8, 6, 0)):
        for name, p in expected.items():
            assert script.ANALYSES[name](table) == pytest.approx(p[k], rel=1e-4), name


@pytest.mark.parametrize("emotions", [6, 10])
def test_own_error_terms_hold_their_level_and_a_pooled_error_does_not(script: ModuleType, emotions: int) -> None:
    values = script.draws(TABLES, emotions, emotions)
    assert rate(own(values)) == pytest.approx(0.05, abs=CHANCE)
    assert rate(permuted(values)) == pytest.approx(0.05, abs=CHANCE + 2.0 ** (1 - emotions))  # steps of p
    assert rate(pooled(values, True)) > 0.15
    assert rate(pooled(values, False)) > 0.05 + 3 * CHANCE


def test_what_every_pooled_table_says_beside_its_numbers(script: ModuleType) -> None:
    values = script.draws(200, 6, 0)
    printed = {"blocked": rate(pooled(values, True)), "published": rate(pooled(values, False))}
    assert printed == pytest.approx(ERROR_RATES)


def test_a_mixed_model_with_slopes_decides_as_own_error_terms_do(script: ModuleType) -> None:
    """Where a variance is 0 it has more degrees of freedom; its level is nearly that of the others."""
    slopes = script.ANALYSES["mixed model, intercepts and slopes"]
    found = np.array([slopes(table) for table in script.tables(40, 6, 0)])
    expected = own(script.draws(40, 6, 0))
    assert np.sum((found < 0.05) != (expected < 0.05)) <= 2
    assert np.mean(np.isclose(found, expected, rtol=1e-3)) > 0.5


def test_hedges_g_keeps_a_bias_where_pairs_are_alike(script: ModuleType) -> None:
    """What its docstring says."""
    bias, coverage = script.hedges(6, 0.9, 1000, 0)
    assert bias == pytest.approx(0.07, abs=0.025) and coverage == pytest.approx(0.924, abs=0.025)
