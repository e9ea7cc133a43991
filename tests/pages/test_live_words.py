"""What the Live page says, in words."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.efficiency.stream.browser import SAYS
from fer_core.live.state import FaceReading, LiveState
from ui.live import words as live_words

VALUES = {"anger": 0.1, "happiness": 0.62, "surprise": 0.08, "neutral": 0.2}


def reading(face: int, kind: str, emotion: str | None) -> FaceReading:
    points = np.zeros((468, 2), dtype=np.float32)
    return FaceReading(face, kind, emotion, VALUES, points, 0.1, "running", "")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (LiveState(), "Waiting for the first frame"),
        (LiveState("no face"), "The face is lost"),
        (LiveState("calibrating", None, VALUES), "Calibrating the resting face"),
        (LiveState("rest", None, VALUES), "At rest"),
        (LiveState("unsure", None, VALUES), "Unsure: happiness comes first with 0.62"),
        (LiveState("emotion", "happiness", VALUES), "Classified as happiness, probability 0.62"),
    ],
)
def test_every_state_has_its_words(state: LiveState, words: str) -> None:
    assert live_words.state_words(state) == words


def test_a_face_that_was_never_there_is_not_lost() -> None:
    assert live_words.state_words(LiveState("no face"), seen=False) == "No face is seen"
    assert "from the front" in live_words.hint(LiveState("no face"), seen=False)


def test_a_camera_that_fell_silent_is_said_before_all_else() -> None:
    state = LiveState("emotion", "happiness", VALUES)
    assert live_words.state_words(state, silence=7.2) == "No picture has come for 7 seconds"
    assert "plugged in" in live_words.hint(state, silence=7.2)
    assert live_words.hint(state, silence=0.1) == ""


def test_people_are_listed_largest_first() -> None:
    lines = live_words.people_lines((reading(2, "rest", None), reading(1, "emotion", "happiness")))
    assert lines.splitlines() == ["- **Face 2**: At rest", "- **Face 1**: Classified as happiness, probability 0.62"]


def test_the_speed() -> None:
    state = LiveState(fps=24.6, latency_p50=11.4, latency_p95=20.6, frames=90, dropped=10)
    words = live_words.speed_words(state)
    assert words == (
        "**25** frames a second, half of them read within **11 ms**, 95% within **21 ms**; **10** of 100 dropped"
    )
    assert SAYS.search(words.replace("*", "")), "the benchmark reads it from the page"


def test_before_a_frame_is_read_no_rate_is_claimed() -> None:
    for state in (LiveState(), LiveState("rest", None, VALUES, frames=1, fps=0.0)):
        assert live_words.speed_words(state) == "Starting: the first frames are being read."


def test_which_parts_speak() -> None:
    changes = {"lips": 2.0, "oval": 1.0, "left_brow": -0.5, "nose": 0.2}
    assert live_words.why_sentence(changes, "fear") == (
        "The lips and face outline speak for fear; the left brow against it."
    )
    assert live_words.why_sentence({"lips": -1.0}, "fear") == "No region speaks for fear; the lips against it."
    assert live_words.why_sentence({"lips": 1.0}, "fear") == "The lips speak for fear."
    assert live_words.why_sentence({"nose": 1.0}, "fear") == "The nose speaks for fear."
    assert live_words.why_sentence({"nose": 1.0}, "fear", said=False) == (
        "Fear is not said, it only comes first among the emotions. The nose speaks for fear."
    )
