"""The figure of a clip's course."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.figures.clip import clip_figure
from fer_core.figures.theme import EMOTION_COLOURS
from fer_core.live.videos.timeline import Stretch, Timeline


def course(seconds: float = 10.0) -> Timeline:
    times = np.linspace(0, seconds, 5, dtype=np.float32)
    values = {"anger": np.array([0.1, 0.2, np.nan, 0.2, 0.1]), "happiness": np.array([0.8, 0.7, np.nan, 0.1, 0])}
    stretches = (
        Stretch("happiness", 0.0, 0.4 * seconds),
        Stretch("no face", 0.4 * seconds, 0.6 * seconds),
        Stretch("rest", 0.6 * seconds, seconds),
    )
    return Timeline(times, values, stretches, 0.0, 0.0, seconds)


def test_lines_have_their_emotions_colour_and_gaps_without_a_face() -> None:
    figure = clip_figure(course(), ("anger", "happiness"), threshold=0.5)
    lines = {t.name: t for t in figure.data if t.type == "scatter"}
    assert list(lines) == ["anger", "happiness"]
    assert lines["happiness"].line.color == EMOTION_COLOURS["happiness"]
    assert np.isnan(lines["anger"].y[2]) and lines["anger"].connectgaps is False
    assert figure.layout.shapes[0].y0 == 0.5


def test_what_was_said_has_a_row_of_its_own_so_that_colour_is_not_needed() -> None:
    figure = clip_figure(course(), ("anger", "happiness"))
    bars = {t.name: t for t in figure.data if t.type == "bar"}
    assert list(bars) == ["anger", "happiness", "rest", "unsure", "no face"]
    assert list(bars["happiness"].base) == [0.0]
    assert list(bars["happiness"].x) == pytest.approx([4.0])
    assert set(bars["no face"].y) == {"no face"}
    assert list(figure.layout.yaxis2.categoryarray) == list(bars)[::-1]


@pytest.mark.parametrize(("seconds", "unit"), [(10.0, "s"), (600.0, "min"), (4 * 3600.0, "h")])
def test_the_time_axis_counts_in_what_fits(seconds: float, unit: str) -> None:
    figure = clip_figure(course(seconds), ("anger", "happiness"))
    assert figure.layout.xaxis2.title.text == f"Time ({unit})"
    scale = {"s": 1, "min": 60, "h": 3600}[unit]
    assert figure.layout.xaxis2.range[1] == pytest.approx(seconds / scale)
