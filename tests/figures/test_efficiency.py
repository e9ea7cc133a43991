"""The Efficiency page's figures hold the measurement's own numbers, told apart in more than colour."""

from __future__ import annotations

from html import unescape

import pytest
from efficiency_samples import made_measurement

from fer_core.figures.efficiency import latency_figure, ratio_figure, shared_figure
from fer_core.studies.efficiency import summary
from fer_core.studies.efficiency.counted import Sizes, counted
from fer_core.studies.efficiency.formats import FORMATS

MADE = made_measurement()


def test_every_ratio_is_a_mark_beside_its_name() -> None:
    told, measured = counted(Sizes()), summary.measured_rows(MADE)
    figure = ratio_figure(told, measured, 0.75)
    names = dict(zip(figure.layout.yaxis.tickvals, map(unescape, figure.layout.yaxis.ticktext), strict=True))
    drawn = {}
    for trace in figure.data:
        for x, y, low, high in zip(trace.x, trace.y, trace.error_x.arrayminus, trace.error_x.array, strict=True):
            drawn[trace.name, names[y]] = (x, x - low, x + high)
    for row in told:
        assert drawn["counted", row["what"]][0] == pytest.approx(row["ratio"])
    for row in measured:
        kind = "measured, 95% interval" if row["low"] is not None else "measured once"
        ends = (row["low"], row["high"]) if row["low"] is not None else (row["ratio"],) * 2
        assert drawn[kind, row["what"]] == pytest.approx((row["ratio"], *ends))
    assert len(drawn) == len(told) + len(measured)
    assert len({trace.marker.symbol for trace in figure.data}) == 3
    claim = [s for s in figure.layout.shapes if s.x0 == 0.75]
    assert len(claim) == 1 and claim[0].line.dash == "dash"
    words = {a.text: a for a in figure.layout.annotations}
    assert set(words) == {"claimed 0.75", "equal"}
    assert all((a.y, a.yanchor) == (1, "bottom") for a in words.values()), "above the picture, over no row"
    low, high = figure.layout.xaxis.range
    assert low < 0.75 and high > 1


def test_an_interval_beyond_all_measure_does_not_hide_the_others() -> None:
    rows = [{**summary.measured_rows(MADE)[0], "low": 0.001, "high": 400.0}]
    low, high = ratio_figure(counted(Sizes()), rows, 0.75).layout.xaxis.range
    assert low > 0 and high < 3


@pytest.mark.parametrize("each", [False, True])
def test_latency_has_a_line_per_format_and_architecture(each: bool) -> None:
    figure = latency_figure(MADE["latency"], FORMATS, each)
    lines = [t for t in figure.data if t.x[0] is not None]
    assert len(lines) == 2 * len(FORMATS)
    first = lines[0]
    assert list(first.x) == MADE["batches"]
    row = next(r for r in MADE["latency"] if (r["format"], r["batch"]) == ("numpy", 256))
    middle = sorted(row["gru-many"])[1:3]
    assert first.y[-1] == pytest.approx(sum(middle) / 2 / (256 if each else 1))
    assert {t.line.dash for t in lines} == {"solid", "dash"}
    assert len({t.marker.symbol for t in lines}) == 2 * len(FORMATS)
    assert [t.name for t in figure.data if t.showlegend is not False] == [*FORMATS.values(), "GRU", "LSTM"]


def test_one_against_all_stands_beside_its_count() -> None:
    figure = shared_figure(summary.shared_rows(MADE), FORMATS, 5.996, 6)
    lines = [t for t in figure.data if t.x[0] is not None]
    assert len(lines) == 2 * len(FORMATS)
    for trace in lines:
        assert list(trace.y) == pytest.approx([5.0] * 3)
    named = [t.name for t in figure.data if t.showlegend is not False]
    assert named == [*FORMATS.values(), "GRU", "LSTM", "counted: 6.00"]
    assert not figure.layout.annotations, "no words over the lines"
    assert {s.y0 for s in figure.layout.shapes} == {5.996, 1.0}
    assert figure.layout.yaxis.range[1] > 6
