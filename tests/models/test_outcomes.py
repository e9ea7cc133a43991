"""From log odds of any size to one distribution over the emotions and rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from samples import THREE, tiny_bundle
from scipy.special import logsumexp

from fer_core.base.errors import BundleError
from fer_core.models.bundle import Bundle
from fer_core.models.calibration import Calibration
from fer_core.models.distribution import Outcomes, with_rest


def outcomes(bundle: Bundle, *log_odds: float) -> dict[str, float]:
    ends = Outcomes(bundle)
    values = ends.probabilities(np.array([log_odds], dtype=np.float32))[0]
    return dict(zip(ends.names, values.tolist(), strict=True))


def test_they_sum_to_one_with_rest_last() -> None:
    values = outcomes(tiny_bundle(), -1.4, 2.2, 0.0)
    assert list(values) == ["anger", "happiness", "surprise", "neutral"]
    assert sum(values.values()) == pytest.approx(1)


def test_without_a_calibration_they_are_the_odds_against_rest() -> None:
    values = outcomes(tiny_bundle(), np.log(0.25), np.log(9.0), 0.0)
    odds = np.array([0.25, 9.0, 1.0, 1.0])
    assert list(values.values()) == pytest.approx(list(odds / odds.sum()), rel=1e-5)


def test_a_calibration_moves_rest_and_keeps_the_order_of_the_emotions() -> None:
    plain = outcomes(tiny_bundle(), -1.4, 2.2, 0.0)
    shy = outcomes(replace(tiny_bundle(), calibration=Calibration(0.5, -2.0)), -1.4, 2.2, 0.0)
    assert shy["neutral"] > plain["neutral"]
    assert sorted(THREE, key=shy.__getitem__) == sorted(THREE, key=plain.__getitem__)


@pytest.mark.parametrize("log_odds", [(20, 18, -40), (40, 38, 0), (-40, -38, -20), (300, 290, -300)])
@pytest.mark.parametrize("calibration", [None, Calibration(0.78, -0.12)])
def test_however_sure_the_classifiers_are_none_is_rounded_away(
    log_odds: tuple[float, ...], calibration: Calibration | None
) -> None:
    values = outcomes(replace(tiny_bundle(), calibration=calibration), *log_odds)
    scale, bias = (calibration.scale, calibration.bias) if calibration else (1.0, 0.0)
    z = np.append(scale * np.array(log_odds, dtype=np.float64) + bias, 0.0)
    expected = np.exp(z - logsumexp(z))
    np.testing.assert_allclose(list(values.values()), expected, rtol=1e-5, atol=1e-37)


def test_a_rest_that_is_next_to_nothing_is_no_rounding() -> None:
    """1 minus the sum of the others would be 0, or less."""
    assert outcomes(tiny_bundle(), 20.0, 19.0, 18.0)["neutral"] == pytest.approx(
        1 / (np.exp(20.0) + np.exp(19.0) + np.exp(18.0) + 1), rel=1e-5
    )


def test_neutral_among_the_emotions_is_rest() -> None:
    bundle = tiny_bundle(("anger", "neutral", "surprise"))
    assert Outcomes(bundle).names == with_rest(bundle.emotions) == ("anger", "surprise", "neutral")
    odds = np.exp([1.0, 0.5, -1.0, 0.0])
    assert outcomes(bundle, 1.0, 0.5, -1.0)["neutral"] == pytest.approx((odds[1] + 1) / odds.sum())


@pytest.mark.parametrize("damage", [np.nan, np.inf, -np.inf])
def test_damaged_weights_are_one_sentence(damage: float) -> None:
    with pytest.raises(BundleError, match=r"outputs are not finite numbers \(tiny\)"):
        outcomes(tiny_bundle(), 0.0, damage, 0.0)
