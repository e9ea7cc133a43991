"""Calibration: likelihood against another library, order kept, error measured by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logsumexp

from fer_core.base.errors import TrainingError
from fer_core.models.calibration import (
    Calibration,
    expected_calibration_error,
    fit_calibration,
    fit_temperature,
    log_odds_of,
    tempered,
)


def made(n: int, scale: float, bias: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Log odds of 3 emotions, and outcomes drawn from the distribution that this calibration gives."""
    g = np.random.default_rng(seed)
    z = g.normal(-1, 2.5, (n, 3)).astype(np.float32)
    p = Calibration(scale, bias).distribution(z).astype(np.float64)
    return z, (p.cumsum(axis=1) > g.uniform(size=(n, 1))).argmax(axis=1)


def test_a_distribution_sums_to_one_and_keeps_the_order() -> None:
    z, _ = made(200, 1, 0)
    p = Calibration(0.4, -2.0).distribution(z)
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-6)
    assert np.array_equal(np.argsort(p[:, :3], axis=1), np.argsort(z, axis=1))


def test_without_correction_it_is_the_odds_normalised() -> None:
    p = np.array([[0.8, 0.3, 0.1]])
    odds = p / (1 - p)
    got = Calibration().distribution(np.log(odds).astype(np.float32))
    np.testing.assert_allclose(got[0], np.append(odds, 1) / (odds.sum() + 1), rtol=1e-5)


def test_huge_log_odds_overflow_nothing() -> None:
    p = Calibration(3.0, 5.0).distribution(np.array([[1e4, -1e4, 0.0]], dtype=np.float32))
    np.testing.assert_allclose(p[0], [1, 0, 0, 0], atol=1e-7)


@pytest.mark.parametrize(("scale", "bias"), [(0.5, -1.0), (2.0, 0.7)])
def test_it_finds_what_made_the_outcomes(scale: float, bias: float) -> None:
    found = fit_calibration(*made(6000, scale, bias))
    assert found.scale == pytest.approx(scale, rel=0.06)
    assert found.bias == pytest.approx(bias, abs=0.12)


def test_one_emotion_is_platts_scaling() -> None:
    """With one classifier it is logistic regression on the log odds; scikit-learn is the oracle."""
    from sklearn.linear_model import LogisticRegression

    g = np.random.default_rng(1)
    z = g.normal(0, 2, (4000, 1)).astype(np.float32)
    shown = g.uniform(size=4000) < 1 / (1 + np.exp(-(0.6 * z[:, 0] - 0.8)))
    ours = fit_calibration(z, np.where(shown, 0, 1))
    theirs = LogisticRegression(C=1e6).fit(z, shown)
    assert ours.scale == pytest.approx(float(theirs.coef_[0, 0]), abs=5e-3)
    assert ours.bias == pytest.approx(float(theirs.intercept_[0]), abs=5e-3)


def test_weights_count_as_repetitions() -> None:
    z, target = made(300, 0.7, -0.5)
    doubled = fit_calibration(np.repeat(z, 2, axis=0), np.repeat(target, 2))
    weighted = fit_calibration(z, target, np.full(300, 2.0))
    assert weighted.scale == pytest.approx(doubled.scale, rel=1e-3)
    assert weighted.bias == pytest.approx(doubled.bias, abs=1e-3)


def test_a_perfect_recogniser_is_not_made_infinitely_sure() -> None:
    z = np.array([[5.0], [-5.0]] * 10, dtype=np.float32)
    found = fit_calibration(z, np.array([0, 1] * 10))
    assert 1 < found.scale < 5


def test_what_cannot_be_fitted_on_is_refused() -> None:
    with pytest.raises(TrainingError, match="finite"):
        fit_calibration(np.zeros((0, 3), dtype=np.float32), np.zeros(0, dtype=np.int64))
    with pytest.raises(TrainingError, match="finite"):
        fit_calibration(np.array([[np.nan]], dtype=np.float32), np.array([0]))


def test_the_calibration_error_by_hand() -> None:
    # Two bins: 0.85 on average with half right, 0.35 with all right: (2 * 0.35 + 1 * 0.65) / 3.
    got = expected_calibration_error(np.array([0.8, 0.9, 0.35]), np.array([True, False, True]), bins=2)
    assert got == pytest.approx((2 * 0.35 + 0.65) / 3)
    assert np.isnan(expected_calibration_error(np.zeros(0), np.zeros(0, dtype=bool)))


def test_what_is_as_sure_as_it_is_right_has_no_error() -> None:
    z, target = made(20000, 1, 0)
    p = Calibration().distribution(z)
    assert expected_calibration_error(p.max(axis=1), p.argmax(axis=1) == target) < 0.015
    sharp = Calibration(4.0).distribution(z)
    assert expected_calibration_error(sharp.max(axis=1), sharp.argmax(axis=1) == target) > 0.08


# --- one softmax, its temperature -------------------------------------------------------------------------


def overconfident(n: int, temperature: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities whose logarithms are too large by a factor, and labels drawn from the right ones."""
    g = np.random.default_rng(seed)
    z = g.normal(0, 1.5, (n, 4))
    right = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    said = np.exp(z * temperature) / np.exp(z * temperature).sum(axis=1, keepdims=True)
    return said, (right.cumsum(axis=1) > g.uniform(size=(n, 1))).argmax(axis=1)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_that_made_the_outcomes_is_found(temperature: float) -> None:
    said, shown = overconfident(6000, temperature)
    assert fit_temperature(said, shown) == pytest.approx(temperature, rel=0.06)


def test_a_temperature_is_a_softmax_of_smaller_logits() -> None:
    z = np.random.default_rng(0).normal(0, 2, (50, 5))
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    expected = np.exp(z / 3) / np.exp(z / 3).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(tempered(p, 3.0), expected, atol=1e-5)
    np.testing.assert_allclose(tempered(p, 1.0), p, atol=1e-6)
    assert np.array_equal(tempered(p, 3.0).argmax(axis=1), p.argmax(axis=1))


def test_zeros_of_sparsemax_stay_finite_and_small() -> None:
    p = np.array([[1.0, 0.0, 0.0], [0.6, 0.4, 0.0]])
    found = tempered(p, 1.5)
    assert np.isfinite(found).all() and found[1, 2] < 1e-4
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)
    assert 0.2 <= fit_temperature(p, np.array([1, 2])) <= 5


@pytest.mark.parametrize("temperature", [0.7, 1.0, 2.0])
def test_a_softmax_keeps_all_its_logits(temperature: float) -> None:
    """None is cut off at 1e-7, however sure the network is."""
    z = np.array([[0.0, -30.0, -40.0], [0.0, -5.0, -60.0]])
    p = np.exp(z - logsumexp(z, axis=1, keepdims=True)).astype(np.float32)
    wanted = np.exp(z / temperature - logsumexp(z / temperature, axis=1, keepdims=True))
    np.testing.assert_allclose(tempered(p, temperature), wanted, rtol=1e-4, atol=1e-37)


def test_log_odds_of_a_distribution_are_exact_at_both_ends() -> None:
    z = np.array([[30.0, 0.0, -20.0], [1.0, 0.5, 0.2]])
    p = np.exp(z - logsumexp(z, axis=1, keepdims=True)).astype(np.float32)
    others = np.stack([logsumexp(np.delete(z, k, axis=1), axis=1) for k in range(3)], axis=1)
    np.testing.assert_allclose(log_odds_of(p), z - others, atol=1e-4)
    assert np.isfinite(log_odds_of(np.array([[1.0, 0.0, 0.0]], dtype=np.float32))).all()


def test_calibrated_confidence_is_nearer_to_the_share_right() -> None:
    said, shown = overconfident(6000, 2.5)
    read = tempered(said, fit_temperature(said, shown))
    right = said.argmax(axis=1) == shown
    before = expected_calibration_error(said.max(axis=1), right)
    assert expected_calibration_error(read.max(axis=1), right) < before / 3


@pytest.mark.parametrize("said", [np.zeros((0, 3)), np.array([[np.nan, 0.5, 0.5]])])
def test_there_must_be_something_to_fit_a_temperature_on(said: np.ndarray) -> None:
    with pytest.raises(TrainingError):
        fit_temperature(said, np.zeros(len(said), dtype=int))
