"""Metrics against scikit-learn, Wilson's interval against statsmodels, the bootstrap against a plain loop."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fer_core.base.emotions import SIX
from fer_core.results.metrics import (
    MANY,
    counts_by_subject,
    draws,
    evaluate,
    metrics_of_counts,
    resampled_counts,
    wilson,
)

sklearn_metrics = pytest.importorskip("sklearn.metrics")


def said(n: int = 120, seed: int = 0, emotions: tuple[str, ...] = SIX) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, probabilities that are right somewhat more often than not, and subjects."""
    g = np.random.default_rng(seed)
    true = g.integers(0, len(emotions), n)
    p = g.random((n, len(emotions))) * 0.7
    p[np.arange(n), true] += g.random(n) * 0.6
    return np.array(emotions)[true], np.clip(p, 0, 1), np.array([f"S{i // 3:03d}" for i in range(n)])


@pytest.mark.parametrize("seed", range(4))
def test_every_number_is_scikit_learns(seed: int) -> None:
    true, p, subject = said(seed=seed)
    got = evaluate(true, p, subject, SIX)
    one = np.array(SIX)[p.argmax(axis=1)]
    m = sklearn_metrics
    assert got["n"] == 120
    assert got["subjects"] == 40
    assert got["accuracy"] == pytest.approx(m.accuracy_score(true, one), abs=1e-6)
    assert got["balanced_accuracy"] == pytest.approx(m.balanced_accuracy_score(true, one), abs=1e-6)
    assert got["macro_f1"] == pytest.approx(m.f1_score(true, one, average="macro"), abs=1e-6)
    np.testing.assert_array_equal(got["confusion"], m.confusion_matrix(true, one, labels=list(SIX)))
    binary = []
    for k, e in enumerate(SIX):
        y, yes = true == e, p[:, k] > 0.5
        mine = got["per_emotion"][e]
        tn, fp, fn, tp = m.confusion_matrix(y, yes).ravel()
        assert (mine["tp"], mine["fp"], mine["fn"], mine["tn"]) == (tp, fp, fn, tn)
        assert mine["accuracy"] == pytest.approx(m.accuracy_score(y, yes), abs=1e-6)
        assert mine["f1"] == pytest.approx(m.f1_score(y, yes), abs=1e-6)
        assert mine["precision"] == pytest.approx(m.precision_score(y, yes), abs=1e-6)
        assert mine["recall"] == pytest.approx(m.recall_score(y, yes), abs=1e-6)
        assert mine["specificity"] == pytest.approx(m.recall_score(~y, ~yes), abs=1e-6)
        binary.append(mine["accuracy"])
    assert got["mean_binary_accuracy"] == pytest.approx(np.mean(binary), abs=1e-5)


def test_emotions_that_do_not_occur_are_left_out_of_the_means() -> None:
    true, p, subject = said(60)
    keep = np.isin(true, SIX[:4])
    true, p, subject = true[keep], p[keep], subject[keep]
    got = evaluate(true, p, subject, SIX)
    one = np.array(SIX)[p.argmax(axis=1)]
    assert got["macro_f1"] == pytest.approx(sklearn_metrics.f1_score(true, one, average="macro"), abs=1e-6)
    recalls = [(one[true == e] == e).mean() for e in SIX[:4]]
    assert got["balanced_accuracy"] == pytest.approx(np.mean(recalls), abs=1e-6)


def test_always_no_is_five_sixths_right_and_recalls_nothing() -> None:
    true = np.array(SIX * 5)
    got = evaluate(true, np.full((30, 6), 0.1), np.arange(30).astype(str), SIX)
    assert got["mean_binary_accuracy"] == pytest.approx(5 / 6, abs=1e-6)
    assert all(e["recall"] == e["precision"] == e["f1"] == 0 for e in got["per_emotion"].values())


def test_a_perfect_recogniser_is_certain_up_to_its_n() -> None:
    true = np.array(SIX * 5)
    got = evaluate(true, np.tile(np.eye(6), (5, 1)), np.repeat(np.arange(5), 6).astype(str), SIX)
    assert got["accuracy"] == got["macro_f1"] == got["mean_binary_accuracy"] == 1
    assert got["intervals"]["accuracy"] == pytest.approx(wilson(30, 30), abs=1e-5)


def test_every_interval_is_ordered_and_holds_a_plausible_value() -> None:
    true, p, subject = said()
    got = evaluate(true, p, subject, SIX)
    for name, (low, high) in got["intervals"].items():
        assert 0 <= low <= got[name] + 0.02 <= high + 0.04 <= 1.04, name
    for e in got["per_emotion"].values():
        for name, (low, high) in e["intervals"].items():
            assert 0 <= low <= e[name] <= high <= 1, name
    assert "bootstrap over subjects" in got["interval_method"]


def test_the_bootstrap_is_a_plain_loop_over_subjects() -> None:
    true, p, subject = said(90, seed=3)
    right = (np.array(SIX)[p.argmax(axis=1)] == true).astype(float)
    names = np.unique(subject)
    groups = [right[subject == s] for s in names]
    g = np.random.default_rng(99)
    means = []
    for _ in range(4000):
        drawn = np.concatenate([groups[i] for i in g.integers(0, len(groups), len(groups))])
        means.append(drawn.mean())
    low, high = evaluate(true, p, subject, SIX)["intervals"]["accuracy"]
    assert low == pytest.approx(np.quantile(means, 0.025), abs=0.025)
    assert high == pytest.approx(np.quantile(means, 0.975), abs=0.025)


def test_clips_that_stand_and_fall_together_widen_the_interval() -> None:
    """Twenty subjects, ten clips each, all right or all wrong: twenty observations, not two hundred."""
    emotions = ("anger", "fear")
    true = np.array(["anger", "fear"] * 100)
    correct = np.repeat(np.arange(20) % 2 == 0, 10)
    p = np.where((true == "anger")[:, None] == correct[:, None], [0.9, 0.1], [0.1, 0.9])
    clustered = evaluate(true, p, np.repeat(np.arange(20), 10).astype(str), emotions)["intervals"]["accuracy"]
    apart = evaluate(true, p, np.arange(200).astype(str), emotions)["intervals"]["accuracy"]
    assert np.diff(clustered)[0] > 2 * np.diff(apart)[0]
    assert np.diff(clustered)[0] == pytest.approx(2 * 1.96 * np.sqrt(0.25 / 20), rel=0.15)


def test_the_seed_decides_the_intervals_and_nothing_else() -> None:
    true, p, subject = said()
    a, b, c = (evaluate(true, p, subject, SIX, seed=s) for s in (0, 0, 1))
    assert a == b
    assert a["intervals"] != c["intervals"]
    assert a["confusion"] == c["confusion"]


def test_the_order_of_the_clips_makes_no_difference() -> None:
    true, p, subject = said()
    order = np.random.default_rng(0).permutation(len(true))
    assert evaluate(true[order], p[order], subject[order], SIX) == evaluate(true, p, subject, SIX)


def test_it_is_plain_json() -> None:
    true, p, subject = said(30)
    got = evaluate(true, p.astype(np.float32), subject, SIX)
    assert json.loads(json.dumps(got, allow_nan=False)) == got


def test_a_single_clip_is_no_trouble() -> None:
    got = evaluate(np.array(["fear"]), np.array([[0.2, 0.6]]), np.array(["a"]), ("anger", "fear"))
    assert got["accuracy"] == 1
    assert got["intervals"]["accuracy"] == pytest.approx(wilson(1, 1), abs=1e-5)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (10, 10), (3, 17), (250, 269), (1, 1)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_wilsons_interval_is_statsmodels(k: int, n: int, confidence: float) -> None:
    from statsmodels.stats.proportion import proportion_confint

    expected = proportion_confint(k, n, alpha=1 - confidence, method="wilson")
    np.testing.assert_allclose(wilson(k, n, confidence), expected, atol=1e-9)


def test_nothing_observed_is_nothing_known() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_all_right_is_not_reported_as_certain() -> None:
    """15 of 15: Wilson's interval for it (statsmodels), not the bootstrap's [1, 1]."""
    from statsmodels.stats.proportion import proportion_confint

    emotions = ("anger", "fear")
    true = np.array(["anger"] * 8 + ["fear"] * 7)
    probabilities = np.where(true[:, None] == np.array(emotions)[None], 0.9, 0.1)
    result = evaluate(true, probabilities, np.array([f"S{i}" for i in range(15)]), emotions)
    expected = proportion_confint(15, 15, method="wilson")
    assert result["accuracy"] == 1.0
    assert result["intervals"]["accuracy"] == pytest.approx(expected, abs=1e-5)
    recall = result["per_emotion"]["fear"]["intervals"]["recall"]
    assert recall == pytest.approx(proportion_confint(7, 7, method="wilson"), abs=1e-5)


def test_of_many_subjects_the_resampled_counts_are_distributed_as_single_draws() -> None:
    """Kinds of rows drawn at once, and subjects one by one: the same means, spreads and quantiles."""
    true, p, _ = said(3000)
    counts = counts_by_subject(true, p, np.arange(3000).astype(str), SIX)
    assert len(counts) > MANY
    at_once = resampled_counts(counts, seed=1)
    one_by_one = draws(len(counts), seed=2) @ counts
    assert at_once.shape == one_by_one.shape == (1000, counts.shape[1])
    np.testing.assert_array_equal(at_once[:, :36].sum(axis=1), 3000)
    spread = one_by_one.std(axis=0)
    error = 5 * np.sqrt(2 / 1000)  # five standard errors of a difference of two means of 1,000
    assert (np.abs(at_once.mean(axis=0) - one_by_one.mean(axis=0)) <= error * spread + 1e-9).all()
    assert (np.abs(at_once.std(axis=0) - spread) <= error * spread + 1e-9).all()
    ours, theirs = (metrics_of_counts(c, 6) for c in (at_once, one_by_one))
    for name in ("accuracy", "balanced_accuracy", "macro_f1", "mean_binary_f1"):
        ends = [np.quantile(m[name], [0.025, 0.5, 0.975]) for m in (ours, theirs)]
        np.testing.assert_allclose(ends[0], ends[1], atol=0.004)


def test_few_subjects_are_drawn_one_by_one_as_ever() -> None:
    true, p, subject = said()
    counts = counts_by_subject(true, p, subject, SIX)
    np.testing.assert_array_equal(resampled_counts(counts, 3), draws(len(counts), 3) @ counts)
