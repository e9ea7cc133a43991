"""What is said of probabilities, and that it does not flicker."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.live.decision import Decision, Smoothing
from fer_core.live.settings import LiveSettings

SETTINGS = LiveSettings(threshold=0.5, hysteresis=0.1)


def of(anger: float, fear: float) -> dict[str, float]:
    return {"anger": anger, "fear": fear, "neutral": 1 - anger - fear}


@pytest.mark.parametrize(
    ("anger", "fear", "expected"),
    [
        (0.7, 0.1, ("emotion", "anger")),
        (0.5, 0.1, ("emotion", "anger")),
        (0.45, 0.35, ("unsure", None)),
        (0.3, 0.3, ("rest", None)),
    ],
)
def test_what_is_said_at_first(anger: float, fear: float, expected: tuple[str, str | None]) -> None:
    assert Decision().decide(of(anger, fear), SETTINGS, still=False) == expected


def test_an_emotion_is_kept_until_it_falls_below_the_lower_bound() -> None:
    decision = Decision()
    said = [decision.decide(of(p, 0.3), SETTINGS, still=False)[1] for p in (0.45, 0.55, 0.45, 0.41, 0.39, 0.45, 0.55)]
    assert said == [None, "anger", "anger", "anger", None, None, "anger"]


def test_a_rival_takes_over_only_when_it_is_sure() -> None:
    decision = Decision()
    decision.decide(of(0.55, 0.4), SETTINGS, still=False)
    assert decision.decide(of(0.45, 0.48), SETTINGS, still=False) == ("emotion", "anger")
    assert decision.decide(of(0.42, 0.55), SETTINGS, still=False) == ("emotion", "fear")


def test_a_still_face_is_at_rest_and_forgets() -> None:
    decision = Decision()
    decision.decide(of(0.9, 0.0), SETTINGS, still=False)
    assert decision.decide(of(0.9, 0.0), SETTINGS, still=True) == ("rest", None)
    assert decision.decide(of(0.45, 0.3), SETTINGS, still=False) == ("unsure", None)


def test_without_hysteresis_the_threshold_alone_decides() -> None:
    decision, plain = Decision(), LiveSettings(threshold=0.5, hysteresis=0.0)
    said = [decision.decide(of(p, 0.35), plain, still=False)[0] for p in (0.51, 0.49, 0.51)]
    assert said == ["emotion", "unsure", "emotion"]


def test_smoothing_goes_by_time_and_not_by_steps() -> None:
    values = []
    for step in (0.01, 0.1):
        smoothing, now = Smoothing(), 0.0
        smoothing.see(np.zeros(1, dtype=np.float32), now, 0.5)
        while now < 1.0 - 1e-9:
            now += step
            value = smoothing.see(np.ones(1, dtype=np.float32), now, 0.5)
        values.append(float(value[0]))
    assert values == pytest.approx([1 - np.exp(-2)] * 2, abs=1e-4)


def test_a_time_constant_of_zero_smooths_nothing() -> None:
    smoothing = Smoothing()
    smoothing.see(np.zeros(1, dtype=np.float32), 0.0, 0.0)
    assert smoothing.see(np.ones(1, dtype=np.float32), 0.04, 0.0)[0] == 1.0
