"""The power curves show the numbers they are given, and the designs they are told of."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fer_core.figures.power import power_figure
from fer_core.stats.planning import Plan

PLAN = Plan("paired", 0.6, 24)
NS = np.array([2, 5, 24, 100, 500])


def drawn(**changes):  # type: ignore[no-untyped-def]
    values = {
        "curves": PLAN.curves(NS),
        "symbol": "d_z",
        "marks": {24: "24 pairs", 6: "n = 6"},
        "at": (24, PLAN.achieved),
        "needed": PLAN.needed,
        "power": 0.8,
        "unit": "pairs",
    }
    return power_figure(**(values | changes))


def test_every_curve_is_there_and_told_apart_without_colour() -> None:
    figure = drawn()
    lines = [t for t in figure.data if t.mode == "lines"]
    assert [t.name for t in lines] == ["small, 0.2", "medium, 0.5", "large, 0.8", "chosen, 0.6"]
    for line, effect in zip(lines, (0.2, 0.5, 0.8, 0.6), strict=True):
        np.testing.assert_array_equal(line.x, NS)
        np.testing.assert_allclose(line.y, [Plan("paired", effect, int(n)).achieved for n in NS])
    assert len({(t.line.dash, t.line.width) for t in lines}) == 4


def test_designs_stand_as_lines_with_their_words() -> None:
    figure = drawn()
    assert sorted(s.x0 for s in figure.layout.shapes if s.x0 == s.x1) == [6, 24]
    assert {s.y0 for s in figure.layout.shapes if s.y0 == s.y1} == {0.8}
    said = {a.text: a.x for a in figure.layout.annotations}
    assert said == pytest.approx({"24 pairs": math.log10(24), "n = 6": math.log10(6)})


def test_the_chosen_n_and_the_one_needed_are_marked() -> None:
    marks = {t.name: (t.x[0], t.y[0]) for t in drawn().data if t.mode == "markers"}
    assert marks == {"chosen n": (24, PLAN.achieved), "n needed": (PLAN.needed, 0.8)}
    assert "n needed" not in [t.name for t in drawn(needed=None).data]


def test_effects_found_stand_at_their_n() -> None:
    figure = drawn(effects=[(24, 0.3, "recall by loss"), (24, 0.9, "f1 by loss")])
    (found,) = [t for t in figure.data if t.name == "effects found"]
    assert (list(found.x), list(found.y)) == ([24, 24], [0.3, 0.9])
    assert list(found.customdata) == ["recall by loss", "f1 by loss"]


def test_a_design_beyond_the_axis_makes_it_longer() -> None:
    assert 10 ** drawn(marks={2000: "2000 pairs"}).layout.xaxis.range[1] > 2000
    assert drawn(marks={}).layout.annotations == ()
