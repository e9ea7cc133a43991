"""One colour per emotion, the same as in the app's own theme, and figures that fit both grounds."""

from __future__ import annotations

from pathlib import Path

import plotly.graph_objects as go
import pytest

from fer_core.base.emotions import EMOTIONS
from fer_core.figures.theme import EMOTION_COLOURS, GREY, base, emotion_colours, template

CONFIG = Path(__file__).resolve().parents[2] / ".streamlit" / "config.toml"


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.1)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_each_emotion_has_its_own_colour_and_the_app_uses_the_same() -> None:
    assert tuple(EMOTION_COLOURS) == EMOTIONS
    assert len(set(EMOTION_COLOURS.values())) == len(EMOTIONS)
    listed = ", ".join(f'"{c}"' for c in EMOTION_COLOURS.values())
    assert f"chartCategoricalColors = [{listed}]" in CONFIG.read_text(encoding="utf-8")


@pytest.mark.parametrize("ground", ["#FCFCFB", "#15191E"])
def test_marks_show_on_both_grounds(ground: str) -> None:
    assert contrast(GREY, ground) >= 3.0
    assert min(contrast(c, ground) for c in EMOTION_COLOURS.values()) >= 2.0


def test_unknown_emotions_are_grey_not_an_error() -> None:
    assert emotion_colours(("fear", "boredom")) == [EMOTION_COLOURS["fear"], GREY]


def test_the_base_is_transparent_and_leaves_letters_to_the_page() -> None:
    figure = base(go.Figure(), height=200, showlegend=False)
    assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert figure.layout.font.color is None
    assert (figure.layout.height, figure.layout.showlegend) == (200, False)
    assert template().layout.font.color == "#1F2933"
