"""Each classifier's own probability as one distribution over the emotions and rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from samples import tiny_bundle

from fer_core.live.outcomes import outcomes
from fer_core.models.calibration import Calibration

OWN = {"anger": 0.2, "happiness": 0.9, "surprise": 0.5}


def test_they_sum_to_one_with_rest_last() -> None:
    values = outcomes(tiny_bundle(), OWN)
    assert list(values) == ["anger", "happiness", "surprise", "neutral"]
    assert sum(values.values()) == pytest.approx(1)


def test_without_a_calibration_they_are_the_odds_against_rest() -> None:
    values = outcomes(tiny_bundle(), OWN)
    odds = np.array([0.25, 9.0, 1.0, 1.0])
    assert list(values.values()) == pytest.approx(list(odds / odds.sum()), rel=1e-4)


def test_a_calibration_moves_rest_and_keeps_the_order_of_the_emotions() -> None:
    plain = outcomes(tiny_bundle(), OWN)
    shy = outcomes(replace(tiny_bundle(), calibration=Calibration(0.5, -2.0)), OWN)
    assert shy["neutral"] > plain["neutral"]
    assert sorted(OWN, key=shy.__getitem__) == sorted(OWN, key=plain.__getitem__)


def test_a_classifier_that_is_quite_sure_does_no_harm() -> None:
    values = outcomes(tiny_bundle(), {"anger": 1.0, "happiness": 0.0, "surprise": 0.0})
    assert np.isfinite(list(values.values())).all()
    assert values["anger"] == pytest.approx(1, abs=1e-4)
