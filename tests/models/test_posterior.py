"""Outputs read by their loss: against brute-force minimisation of the expected loss."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from fer_core.losses.imbalance import LossChoice
from fer_core.models.posterior import posterior_log_odds, prior_offset


def best_output(eta: float, choice: LossChoice) -> float:
    """The output that minimises the expected loss where a share ``eta`` is positive."""
    positive = choice.alpha if choice.name == "focal" else (choice.weight or 1.0)
    negative = 1 - choice.alpha if choice.name == "focal" else 1.0
    gamma = choice.gamma or 0.0

    def expected(z: float) -> float:
        p = 1 / (1 + np.exp(-z))
        shown = eta * positive * (1 - p) ** gamma * np.log(p)
        return -shown - (1 - eta) * negative * p**gamma * np.log(1 - p)

    return float(minimize_scalar(expected, bounds=(-12, 12), method="bounded", options={"xatol": 1e-10}).x)


@pytest.mark.parametrize(
    "choice",
    [
        LossChoice("bce"),
        LossChoice("weighted_bce", weight=5.9),
        LossChoice("focal", alpha=0.75, gamma=2.0),
        LossChoice("focal", alpha=0.8, gamma=0.5),
        LossChoice("focal", alpha=0.25, gamma=5.0),
    ],
)
@pytest.mark.parametrize("eta", [0.01, 0.08, 0.3, 0.5, 0.77, 0.97])
def test_the_minimiser_of_each_loss_is_read_back_as_the_true_share(choice: LossChoice, eta: float) -> None:
    output = np.array([best_output(eta, choice)], dtype=np.float32)
    implied = 1 / (1 + np.exp(-posterior_log_odds(output, choice)[0]))
    assert implied == pytest.approx(eta, abs=2e-4)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0, 5.0])
def test_order_is_kept_however_sure_a_classifier_is(gamma: float) -> None:
    z = np.linspace(-200, 200, 1601).astype(np.float32)
    for choice in (LossChoice("weighted_bce", weight=9.0), LossChoice("focal", alpha=0.75, gamma=gamma)):
        implied = posterior_log_odds(z, choice)
        assert np.isfinite(implied).all()
        assert (np.diff(implied) > 0).all()


def test_the_inverse_far_out_is_a_straight_line() -> None:
    """At z the odds of the focal loss's inverse are (1-a)/a e^(z (g+1)) / (1+g), but for what e^-z adds."""
    choice = LossChoice("focal", alpha=0.75, gamma=2.0)
    z = np.array([20.0, 40.0, -40.0], dtype=np.float32)
    expected = 3 * z - np.sign(z) * np.log(3) + np.log(0.25 / 0.75)
    np.testing.assert_allclose(posterior_log_odds(z, choice), expected, rtol=1e-6)


def test_a_full_offset_makes_emotion_and_rest_equally_frequent() -> None:
    """By Bayes: odds at share 1/(1+r) times r are the odds at share 1/2."""
    ratio, likelihood_ratio = 11.8, 3.0
    at_corpus_share = np.log(likelihood_ratio / ratio)
    assert at_corpus_share + prior_offset(ratio, 1.0) == pytest.approx(np.log(likelihood_ratio))
    assert prior_offset(ratio, 0.0) == 0.0
