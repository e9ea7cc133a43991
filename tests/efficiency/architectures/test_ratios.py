"""Ratios of paired times and their intervals, against SciPy's own paired t interval."""

from __future__ import annotations

import numpy as np
import pytest
from efficiency_samples import RATIO, made_measurement
from scipy.stats import ttest_rel

from fer_core.studies.efficiency import summary
from fer_core.studies.efficiency.formats import FORMATS
from fer_core.studies.efficiency.ratios import joint, of_logs, paired


def test_the_interval_is_the_paired_t_interval_of_the_logs() -> None:
    g = np.random.default_rng(0)
    under = g.uniform(1, 5, 9)
    over = under * np.exp(g.normal(-0.2, 0.1, 9))
    found = paired(over, under)
    told = ttest_rel(np.log(over), np.log(under)).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((np.exp(told.low), np.exp(told.high)))
    assert found.value == pytest.approx(np.exp(np.log(over / under).mean()))
    assert found.turns == 9
    back = paired(under, over)
    assert (1 / back.value, 1 / back.high) == pytest.approx((found.value, found.low)), "either way round"


def test_it_covers_the_truth_as_often_as_it_says() -> None:
    g = np.random.default_rng(1)
    hits = [of_logs(g.normal(np.log(0.8), 0.2, 5)).holds(0.8) for _ in range(2000)]
    assert 0.93 < np.mean(hits) < 0.97


def test_a_slow_turn_hits_both_and_changes_nothing() -> None:
    found = paired([8.0, 80.0, 0.8], [10.0, 100.0, 1.0])
    assert (found.value, found.low, found.high) == pytest.approx((0.8, 0.8, 0.8))


def test_one_turn_has_no_interval() -> None:
    found = paired([3.0], [4.0])
    assert (found.value, found.low, found.high, found.words) == (pytest.approx(0.75), None, None, "0.75")
    assert not found.holds(0.75)


def test_several_comparisons_are_averaged_within_their_turns() -> None:
    found = joint([([0.8, 0.8], [1.0, 1.0]), ([0.2, 0.2], [1.0, 1.0])])
    assert found.value == pytest.approx(0.4), "the geometric mean"
    assert found.turns == 2, "turns are the unit, however many formats and batch sizes"


def test_a_measurement_is_read_back() -> None:
    made = made_measurement()
    for kind in FORMATS:
        found = summary.latency_ratio(made, kind)
        assert found.value == pytest.approx(RATIO[kind])
        assert found.low is not None and found.high is not None and found.low < RATIO[kind] < found.high
    whole = summary.latency_ratio(made)
    assert whole.value == pytest.approx(np.prod(list(RATIO.values())) ** (1 / 5))
    assert whole.turns == 4
    assert summary.training_ratio(made, "ours").value == pytest.approx(0.88)
    assert summary.shared_ratio(made, "onnx", 16).value == pytest.approx(5)
    rows = summary.measured_rows(made)
    groups = [r["group"] for r in rows]
    assert groups == sorted(groups, key=["classifying", "training", "memory", "disk"].index)
    assert groups.count("memory") == 4, "where the system does not say, there is no row"
    numpy = rows[0]
    assert numpy["lstm"] == pytest.approx(np.median([1.0, 1.1, 0.9, 1.2]) * 1.125)
    assert {r["unit"] for r in rows} == {"ms", "s", "MB"}
    assert len(summary.latency_rows(made)) == 15
    told = summary.summary(made)
    assert told["claimed"] == pytest.approx(0.75) and told["claimed_in_interval"] is False
