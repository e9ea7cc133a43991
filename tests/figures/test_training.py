"""Loss curves: every value, one colour and marker per emotion, an axis that does not jump."""

from __future__ import annotations

from fer_core.base.emotions import EMOTIONS
from fer_core.figures.theme import EMOTION_COLOURS
from fer_core.figures.training import SYMBOLS, curves_figure

CURVES = [
    {"fold": 0, "emotion": "fear", "train": [0.9, 0.5, 0.4], "val": [1.0, 0.7, 0.6]},
    {"fold": 0, "emotion": "anger", "train": [0.8, 0.6, 0.3], "val": []},
]


def test_lines_hold_the_values() -> None:
    figure = curves_figure(CURVES)
    lines = {t.name: t for t in figure.data}
    assert list(lines) == ["anger", "fear", "fear, validation"]
    assert list(lines["fear"].y) == [0.9, 0.5, 0.4]
    assert list(lines["fear"].x) == [1, 2, 3]
    assert lines["fear, validation"].line.dash == "dash"
    assert {n: t.line.color for n, t in lines.items()} == {
        "anger": EMOTION_COLOURS["anger"],
        "fear": EMOTION_COLOURS["fear"],
        "fear, validation": EMOTION_COLOURS["fear"],
    }


def test_emotions_are_told_apart_without_colour() -> None:
    assert len({SYMBOLS[e] for e in EMOTIONS}) == len(EMOTIONS)


def test_the_axis_is_as_long_as_the_run_will_be() -> None:
    assert curves_figure(CURVES, 60).layout.xaxis.range[1] == 60.5
    assert curves_figure(CURVES).layout.xaxis.range[1] == 3.5
    assert len(curves_figure([]).data) == 0
