"""Descriptions by group against the published table, scipy, statsmodels and R."""

from __future__ import annotations

import statistics
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW
from table_samples import design_frame, noisy, row_of, table_of, without

from fer_core.base.errors import SettingError, TableError
from fer_core.stats.descriptive import describe, mean_interval
from fer_core.stats.table import reconstructed

PUBLISHED = {
    ("accuracy", "gru", "bayesian", "advanced"): (0.927, 0.870, 0.985, 0.072, 0.943),
    ("accuracy", "gru", "predefined", "standard"): (0.946, 0.922, 0.971, 0.031, 0.948),
    ("accuracy", "lstm", "predefined", "advanced"): (0.908, 0.869, 0.947, 0.049, 0.914),
    ("f1", "gru", "bayesian", "advanced"): (0.727, 0.528, 0.926, 0.249, 0.755),
    ("f1", "gru", "bayesian", "standard"): (0.579, 0.286, 0.871, 0.366, 0.667),
    ("f1", "lstm", "bayesian", "standard"): (0.663, 0.448, 0.879, 0.269, 0.647),
    ("f1", "lstm", "predefined", "standard"): (0.661, 0.381, 0.941, 0.350, 0.697),
}
"""Winarno et al., Table 1: mean, interval, SD, median."""


@pytest.mark.parametrize("cell", PUBLISHED)
def test_the_published_table_holds_normal_intervals(cell: tuple[str, ...]) -> None:
    metric, architecture, tuning, loss = cell
    row = row_of(
        describe(reconstructed(), metric, interval="normal"), architecture=architecture, tuning=tuning, loss=loss
    )
    found = [row[name] for name in ("mean", "low", "high", "sd", "median")]
    assert [round(v, 3) for v in found] == pytest.approx(PUBLISHED[cell], abs=1e-9)
    assert row["n"] == 6


def test_no_other_interval_fits_the_published_one() -> None:
    cell = ("f1", "gru", "bayesian", "advanced")
    for interval in ("t", "percentile", "bca"):
        row = row_of(
            describe(reconstructed(), "f1", interval=interval),  # type: ignore[arg-type]
            architecture="gru",
            tuning="bayesian",
            loss="advanced",
        )
        assert abs(row["low"] - PUBLISHED[cell][1]) > 0.01


def test_the_overall_accuracy_is_that_of_all_48() -> None:
    """The abstract's 92.7 % ± 5.0 %; it is not that of GRU alone."""
    row = row_of(describe(reconstructed(), "accuracy", by=()))
    assert (row["n"], round(row["mean"], 4), round(row["sd"], 3)) == (48, 0.9274, 0.050)
    by_model = describe(reconstructed(), "accuracy", by=("architecture",)).set_index("architecture")
    assert list(by_model["mean"].round(4)) == [0.9315, 0.9234]
    counts = reconstructed().frame
    for model, found in by_model["sd"].items():
        rows = counts[counts["architecture"] == model]
        exact = [Fraction(int(right), 87) for right in rows["tp"] + rows["tn"]]
        assert found == pytest.approx(statistics.stdev(exact), abs=1e-12)
        assert round(found, 3) != 0.050


@pytest.mark.parametrize(
    ("metric", "advanced", "standard"),
    [("accuracy", 0.9219, 0.9330), ("f1", 0.6983, 0.6577), ("precision", 0.6612, 0.7265), ("recall", 0.7842, 0.6396)],
)
def test_the_advanced_loss_has_the_higher_recall(metric: str, advanced: float, standard: float) -> None:
    found = describe(reconstructed(), metric, by=("loss",)).set_index("loss")["mean"]
    assert (found["advanced"], found["standard"]) == pytest.approx((advanced, standard), abs=5e-5)


def test_t_is_scipys_and_statsmodels() -> None:
    table = noisy(replicates=3)
    for _, row in describe(table, "f1", by=("emotion", "loss"), confidence=0.9).iterrows():
        rows = table.frame[(table.frame["emotion"] == row["emotion"]) & (table.frame["loss"] == row["loss"])]
        values = rows["f1"].to_numpy()
        theirs = stats.t.interval(0.9, len(values) - 1, values.mean(), stats.sem(values))
        assert (row["low"], row["high"]) == pytest.approx(theirs, abs=1e-12)
        assert (row["low"], row["high"]) == pytest.approx(DescrStatsW(values).tconfint_mean(0.1), abs=1e-12)
        assert (row["n"], row["median"]) == (12, np.median(values))
        assert row["sd"] == pytest.approx(DescrStatsW(values, ddof=1).std, abs=1e-12)


def test_normal_is_scipys() -> None:
    values = np.random.default_rng(0).beta(4, 2, 9)
    theirs = stats.norm.interval(0.99, values.mean(), stats.sem(values))
    assert mean_interval(values, "normal", 0.99) == pytest.approx(theirs, abs=1e-12)


def test_t_is_rs() -> None:
    """R: t.test(sleep$extra)$conf.int gives 0.5955845 2.4844155."""
    extra = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0, 1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    assert mean_interval(np.array(extra)) == pytest.approx((0.5955845, 2.4844155), abs=5e-8)


@pytest.mark.parametrize(("interval", "method"), [("percentile", "percentile"), ("bca", "BCa")])
def test_bootstraps_are_scipys_within_chance(interval: str, method: str) -> None:
    values = reconstructed().frame["recall"].to_numpy()
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method=method, rng=np.random.default_rng(1)
    ).confidence_interval
    row = row_of(describe(reconstructed(), "recall", by=(), interval=interval, resamples=20_000))  # type: ignore[arg-type]
    assert (row["low"], row["high"]) == pytest.approx((theirs.low, theirs.high), abs=0.004)


def test_a_seed_fixes_a_bootstrap() -> None:
    def low(seed: int) -> float:
        return float(describe(reconstructed(), "f1", by=(), interval="bca", seed=seed)["low"].iloc[0])

    first = low(3)
    assert low(3) == first and low(4) != first


def test_groups_stand_in_the_order_of_the_table_and_gaps_have_no_row() -> None:
    table = reconstructed()
    found = describe(table, "f1", by=("loss", "emotion"))
    assert list(found["emotion"][:6]) == list(table.emotions) and list(found["loss"][:6]) == ["advanced"] * 6
    gap = (table.frame["loss"] == "standard") & (table.frame["emotion"] == "fear")
    less = describe(without(table, gap), "f1", by=("loss", "emotion"))
    assert len(less) == 11
    pd.testing.assert_frame_equal(less, found.drop(index=8).reset_index(drop=True))


def test_one_value_and_equal_values_say_so() -> None:
    one = describe(reconstructed(), "f1", by=("architecture", "tuning", "loss", "emotion"))
    assert len(one) == 48 and one[["sd", "low", "high"]].isna().all().all()
    assert set(one["note"]) == {"One value has no spread, so no interval."}
    for interval in ("normal", "t", "percentile", "bca"):
        same = describe(table_of(design_frame(), 0.5), "f1", interval=interval)  # type: ignore[arg-type]
        assert set(same["low"]) == set(same["high"]) == {0.5} and set(same["sd"]) == {0.0}
        assert all("equal" in note for note in same["note"])


def test_bad_requests_are_refused() -> None:
    table = read = noisy()
    with pytest.raises(TableError, match=r"has no recall .*choose one of f1"):
        describe(read, "recall")
    with pytest.raises(TableError, match="'f1' is not a column to group by"):
        describe(table, "f1", by=("f1",))
    with pytest.raises(SettingError, match="'hdi' is not a kind of interval"):
        describe(table, "f1", interval="hdi")  # type: ignore[arg-type]
    with pytest.raises(SettingError, match="confidence of 95"):
        describe(table, "f1", confidence=95)


def test_t_holds_the_mean_in_95_percent_and_normal_in_fewer() -> None:
    """Six values per group; mean ± 1.96 s / sqrt(6) holds it with P(|T5| < 1.96) = 0.893."""
    frame = design_frame(emotions=[f"e{k:02d}" for k in range(6)], replicates=200)
    table = table_of(frame, np.random.default_rng(5).normal(0.5, 0.05, len(frame)).clip(0, 1))
    by = ("architecture", "tuning", "loss", "replicate")
    expected = {"t": 0.95, "normal": 1 - 2 * stats.t.sf(1.96, 5)}
    for interval, share in expected.items():
        found = describe(table, "f1", by=by, interval=interval)  # type: ignore[arg-type]
        assert len(found) == 1600
        held = ((found["low"] <= 0.5) & (found["high"] >= 0.5)).mean()
        assert held == pytest.approx(share, abs=3.3 * np.sqrt(share * (1 - share) / 1600))


def test_in_20_000_rows_every_interval_is_nearly_normal() -> None:
    table = noisy(replicates=42, folds=10)
    for interval in ("t", "percentile", "bca"):
        found = describe(table, "f1", interval=interval)  # type: ignore[arg-type]
        assert len(found) == 8 and found["n"].sum() == len(table)
        np.testing.assert_allclose(found["high"] - found["low"], 2 * 1.96 * found["sd"] / np.sqrt(found["n"]), rtol=0.1)
