"""The forest holds every interval before its own metric's margin; verdicts do not depend on colour."""

from __future__ import annotations

import math

import pytest

from fer_core.figures.equivalence import BAND, SIGNS, forest_figure, smallest_margin_figure
from fer_core.stats.equivalence import MARGINS
from fer_core.stats.judging import Judged, Summary, judge, judge_all, summaries
from fer_core.stats.table import reconstructed

REACH = 0.25


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    return judge_all(summaries(reconstructed()), MARGINS)


def spans(figure, width: int) -> list[tuple[float, float, float]]:  # type: ignore[no-untyped-def]
    """(low, high, y) of the lines of that width."""
    found = []
    for t in figure.data:
        if t.mode == "lines" and t.line.width == width and t.x and t.x[0] is not None:
            found += [(t.x[i], t.x[i + 1], t.y[i]) for i in range(0, len(t.x), 3)]
    return sorted(found, key=lambda s: s[2])


def means(figure):  # type: ignore[no-untyped-def]
    return next(t for t in figure.data if t.name == "difference")


def test_thick_is_the_inner_interval_and_thin_the_outer(judged: list[Judged]) -> None:
    figure = forest_figure(judged, "accuracy", REACH)
    for width, column in ((9, "inner"), (2, "outer")):
        assert [s[:2] for s in spans(figure, width)] == [getattr(j, column) for j in judged]
    assert list(means(figure).x) == [j.mean for j in judged]
    ys = list(means(figure).y)
    assert ys == [s[2] for s in spans(figure, 9)]
    labels = dict(zip(figure.layout.yaxis.tickvals, figure.layout.yaxis.ticktext, strict=True))
    assert labels[ys[0]] == "GRU − LSTM" and labels[0] == "<b>Accuracy</b>"


def test_each_metric_stands_before_its_own_margin(judged: list[Judged]) -> None:
    figure = forest_figure(judged, "recall", REACH)
    bands = {s.name: s for s in figure.layout.shapes if s.type == "rect"}
    assert {m: (b.x0, b.x1) for m, b in bands.items()} == MARGINS
    assert [m for m, b in bands.items() if b.fillcolor == BAND] == ["recall"]
    for j, y in zip(judged, means(figure).y, strict=True):
        assert [m for m, b in bands.items() if b.y0 < y < b.y1] == [j.metric]


def test_a_margin_beyond_the_axis_ends_with_it(judged: list[Judged]) -> None:
    wide = judge_all(summaries(reconstructed()), dict.fromkeys(MARGINS, (-0.01, 0.3)))
    figure = forest_figure(wide, "f1", 0.2)
    band = next(s for s in figure.layout.shapes if s.type == "rect")
    assert (band.x0, band.x1) == (-0.01, 0.2)
    assert 0.3 not in [s.x0 for s in figure.layout.shapes]
    assert tuple(figure.layout.xaxis.range) == (-0.2, 0.2)


def test_verdicts_are_told_by_shape_filling_and_sign(judged: list[Judged]) -> None:
    figure = forest_figure(judged, "f1", REACH)
    marker = means(figure).marker
    looks = {}
    for j, symbol, colour in zip(judged, marker.symbol, marker.color, strict=True):
        looks.setdefault(j.verdict, set()).add((symbol, colour != "#FFFFFF"))
    assert looks == {
        "equivalent": {("circle", True)},
        "both": {("diamond", True)},
        "different": {("diamond", False)},
        "undecided": {("circle", False)},
    }
    assert [a.text for a in figure.layout.annotations] == [f"<b>{SIGNS[j.verdict]}</b>" for j in judged]


def test_a_comparison_without_a_test_is_a_point_alone() -> None:
    none = judge(Summary("f1", "loss", "a", "b", "pair", 1, 0.02, note="one difference"), 0.05)
    figure = forest_figure([none], "f1", 0.1)
    assert spans(figure, 9) == [] and list(means(figure).x) == [0.02]
    small = smallest_margin_figure([none], {}, [0.05], 0.1)
    assert not [a for a in small.layout.annotations if "±" in a.text]


def test_the_smallest_margin_is_where_equivalence_begins(judged: list[Judged]) -> None:
    mine = [j for j in judged if j.metric == "accuracy"]
    published = judge_all(summaries(reconstructed()), MARGINS, rule="published")
    other = [j for j in published if j.metric == "accuracy"]
    figure = smallest_margin_figure(mine, {"published": other}, [0.02], 0.05)
    thick = next(t for t in figure.data if t.mode == "lines" and t.line.width == 11)
    dotted = next(t for t in figure.data if t.mode == "lines" and t.line.dash == "dot")
    for i, j in enumerate(mine):
        assert thick.x[3 * i : 3 * i + 2] == (j.smallest_margin, 0.05)
        assert dotted.x[3 * i : 3 * i + 2] == (0, j.smallest_margin)
    marks = {t.name: list(t.x) for t in figure.data if t.mode == "markers"}
    assert marks["published"] == [j.smallest_margin for j in other]
    assert marks["as chosen above"] == [j.smallest_margin for j in mine]
    assert [s.x0 for s in figure.layout.shapes] == [0.02]
    assert f"<b>±{mine[0].smallest_margin:.3f}</b>" in [a.text for a in figure.layout.annotations]
    assert all(math.isfinite(v) for v in marks["published"])
