"""Differences against margins of equivalence. Verdicts are told by filling and shape, and by a sign."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from math import isfinite
from typing import Any

import plotly.graph_objects as go

from fer_core.figures.theme import CONDITIONS, GREY, SLATE, base
from fer_core.stats.judging import Judged
from fer_core.stats.tost import Verdict
from fer_core.stats.verdict_words import capital, words

SIGNS: dict[Verdict, str] = {"equivalent": "≈", "different": "≠", "both": "≈≠", "undecided": "?"}
SHAPES: dict[Verdict, str] = {"equivalent": "circle", "both": "diamond", "different": "diamond", "undecided": "circle"}
"""Diamond: 0 is left out. Filled: equivalence is shown."""

BAND = "rgba(91, 127, 166, 0.30)"
PALE_BAND = "rgba(128, 136, 144, 0.20)"
_HEADER = 0.9  # rows above a metric's first
_MARKS = ("square", "diamond", "triangle-up", "triangle-down", "star")


def forest_figure(judged: Sequence[Judged], focus: str, reach: float) -> go.Figure:
    """Every comparison with its two intervals, by metric, before its metric's margin (shaded).

    ``focus`` is the metric whose band is the darker one; ``reach`` half of the axis, in the metric's units.
    """
    y, places, shapes = 0.0, [], []
    ticks: dict[float, str] = {}
    for metric, part in groupby(judged, key=lambda j: j.metric):
        rows = list(part)
        ticks[y] = f"<b>{capital(words(metric))}</b>"
        start, y = y + 0.45, y + _HEADER
        for row in rows:
            ticks[y] = _compared(row)
            places.append(y)
            y += 1
        shapes += _band(rows[0], (start, y - 0.5), metric == focus, reach)
        y += 0.15
    names = _interval_names(judged[0])
    traces = [
        trace
        for name, column, width in ((names[1], "outer", 2), (names[0], "inner", 9))
        for trace in _intervals(judged, places, focus, name, column, width)
    ]
    traces += [_means(judged, places, focus), *_key(names)]
    shapes.append(_line(0, 0, 1, GREY, 1.5) | {"yref": "paper"})
    figure = base(go.Figure(traces), height=int(27 * y) + 130, margin={"l": 8, "r": 34, "t": 64, "b": 48})
    signs = [_sign(j, at) for j, at in zip(judged, places, strict=True)]
    figure.update_layout(shapes=shapes, annotations=signs)
    figure.update_yaxes(
        tickvals=list(ticks),
        ticktext=list(ticks.values()),
        range=[y - 0.3, -0.5],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        ticks="",
    )
    figure.update_xaxes(
        range=[-reach, reach],
        tickformat="+.2f",
        zeroline=False,
        fixedrange=True,
        nticks=7,
        title="Difference, first minus second",
    )
    return figure


def smallest_margin_figure(
    judged: Sequence[Judged], others: Mapping[str, Sequence[Judged]], margins: Sequence[float], reach: float
) -> go.Figure:
    """One metric's verdicts as a function of the margin: thick where equivalence would be shown.

    Parameters
    ----------
    judged : of one metric, under the chosen rule and unit
    others : the words of another rule or unit → its verdicts on the same comparisons
    margins : the chosen margin, or its two sides' sizes where they are unequal
    reach : where the axis ends
    """
    rows = [_compared(j) for j in judged]
    starts = [min(j.smallest_margin, reach) if isfinite(j.smallest_margin) else reach for j in judged]
    differ = [j.outer[0] > 0 or j.outer[1] < 0 for j in judged]
    traces = [
        _stretch(
            rows,
            [(0.0, v) for v in starts],
            ["different" if d else "undecided" for d in differ],
            {"color": GREY, "width": 3, "dash": "dot"},
        ),
        _stretch(
            rows,
            [(v, reach) for v in starts],
            ["both" if d else "equivalent" for d in differ],
            {"color": SLATE, "width": 11},
        ),
    ]
    for (name, verdicts), symbol in zip(others.items(), _MARKS, strict=False):
        mark = {"symbol": f"{symbol}-open", "size": 10, "color": GREY, "line": {"width": 2}}
        traces.append(_margins_of(name, rows, judged, verdicts, mark))
    disc = {"symbol": "circle", "size": 15, "color": SLATE, "line": {"width": 2, "color": "#FFFFFF"}}
    traces.append(_margins_of("as chosen above", rows, judged, judged, disc))
    figure = base(
        go.Figure(traces), height=64 * len(rows) + 180, margin={"l": 8, "r": 24, "t": 116, "b": 48}, legend={"y": 1.12}
    )
    notes = [
        {
            "x": j.smallest_margin,
            "y": row,
            "text": f"<b>±{j.smallest_margin:.3f}</b>",
            "yshift": 20,
            "showarrow": False,
            "font": {"size": 12},
        }
        for row, j in zip(rows, judged, strict=True)
        if j.smallest_margin <= reach
    ]
    notes.append(
        {
            "x": max(margins),
            "y": 1,
            "yref": "paper",
            "yanchor": "bottom",
            "text": "margin",
            "showarrow": False,
            "font": {"size": 12},
        }
    )
    dashed = [_line(x, 0, 1, GREY, 2) | {"yref": "paper"} for x in margins]
    for line in dashed:
        line["line"] = {**line["line"], "dash": "dash"}
    figure.update_layout(annotations=notes, shapes=dashed)
    figure.update_yaxes(
        type="category",
        categoryorder="array",
        categoryarray=rows,
        range=[len(rows) - 0.4, -0.8],
        fixedrange=True,
        showgrid=False,
    )
    figure.update_xaxes(
        range=[0, reach], title="Margin, ±", tickformat=".2f", zeroline=False, fixedrange=True, nticks=8
    )
    return figure


# --- parts of the forest ----------------------------------------------------------------------------


def _intervals(
    judged: Sequence[Judged], places: Sequence[float], focus: str, name: str, column: str, width: int
) -> Iterator[dict[str, Any]]:
    """Lines of one thickness: those of the metric in focus, then the others'."""
    for mine in (False, True):
        rows = [
            (j, y, getattr(j, column))
            for j, y in zip(judged, places, strict=True)
            if (j.metric == focus) is mine and isfinite(getattr(j, column)[0])
        ]
        told = [f"{_title(j)}<br>{name}: {low:+.4f} to {high:+.4f}" for j, _, (low, high) in rows]
        yield {
            "type": "scatter",
            "mode": "lines",
            "showlegend": False,
            "name": name,
            "x": [v for _, _, (low, high) in rows for v in (low, high, None)],
            "y": [v for _, y, _ in rows for v in (y, y, None)],
            "hovertext": [t for t in told for _ in range(3)],
            "hovertemplate": "%{hovertext}<extra></extra>",
            "line": {"color": SLATE if mine else CONDITIONS[3], "width": width},
            "opacity": 1 if width == 2 else 0.55,
        }


def _means(judged: Sequence[Judged], places: Sequence[float], focus: str) -> dict[str, Any]:
    colours = [SLATE if j.metric == focus else CONDITIONS[3] for j in judged]
    return {
        "type": "scatter",
        "mode": "markers",
        "showlegend": False,
        "name": "difference",
        "x": [j.mean for j in judged],
        "y": list(places),
        "marker": {
            "symbol": [SHAPES[j.verdict] for j in judged],
            "size": 13,
            "color": [c if j.inside else "#FFFFFF" for j, c in zip(judged, colours, strict=True)],
            "line": {"width": 2.5, "color": colours},
        },
        "hovertext": [f"{_title(j)}<br>{j.mean:+.4f}, n = {j.n}: {j.verdict}" for j in judged],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _key(names: tuple[str, str]) -> list[dict[str, Any]]:
    """What the legend shows."""
    none: dict[str, Any] = {"type": "scatter", "x": [None], "y": [None]}
    lines = [
        {**none, "mode": "lines", "name": name, "line": {"color": SLATE, "width": width}}
        for name, width in zip((n.replace(" interval", "") for n in names), (9, 2), strict=True)
    ]
    square = {"symbol": "square", "size": 14, "color": BAND}
    return [*lines, {**none, "mode": "markers", "name": "margin", "marker": square}]


def _sign(j: Judged, y: float) -> dict[str, Any]:
    return {
        "x": 1,
        "xref": "paper",
        "xanchor": "left",
        "xshift": 6,
        "y": y,
        "text": f"<b>{SIGNS[j.verdict]}</b>",
        "showarrow": False,
        "font": {"size": 15},
        "hovertext": j.verdict,
    }


def _band(j: Judged, ends: tuple[float, float], focus: bool, reach: float) -> list[dict[str, Any]]:
    band = {
        "type": "rect",
        "x0": max(j.low, -reach),
        "x1": min(j.high, reach),
        "y0": ends[0],
        "y1": ends[1],
        "line": {"width": 0},
        "layer": "below",
        "fillcolor": BAND if focus else PALE_BAND,
        "name": j.metric,
    }
    colour, width = (SLATE, 2.0) if focus else (GREY, 1.0)
    return [band, *(_line(x, *ends, colour, width) for x in (j.low, j.high) if abs(x) <= reach)]


def _line(x: float, y0: float, y1: float, colour: str, width: float) -> dict[str, Any]:
    return {
        "type": "line",
        "x0": x,
        "x1": x,
        "y0": y0,
        "y1": y1,
        "layer": "below",
        "line": {"color": colour, "width": width},
    }


# --- parts of the smallest margins --------------------------------------------------------------------


def _stretch(
    rows: Sequence[str], ends: Sequence[tuple[float, float]], verdicts: Sequence[str], line: dict[str, Any]
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "showlegend": False,
        "line": line,
        "opacity": 0.75,
        "x": [v for pair in ends for v in (*pair, None)],
        "y": [v for row in rows for v in (row, row, None)],
        "hovertext": [f"{r}: {v}" for r, v in zip(rows, verdicts, strict=True) for _ in range(3)],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _margins_of(
    name: str, rows: Sequence[str], judged: Sequence[Judged], verdicts: Sequence[Judged], mark: dict[str, Any]
) -> dict[str, Any]:
    found = {j.name: j.smallest_margin for j in verdicts}
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "marker": mark,
        "y": list(rows),
        "x": [found.get(j.name) for j in judged],
        "cliponaxis": False,
        "hovertemplate": "%{y}, " + name + ": from ±%{x:.4f} on<extra></extra>",
    }


def _title(j: Judged) -> str:
    return f"{capital(words(j.metric))}, {words(j.first)} minus {words(j.second)}"


def _compared(j: Judged) -> str:
    return f"{words(j.first)} − {words(j.second)}"


def _interval_names(j: Judged) -> tuple[str, str]:
    inner, outer = f"{100 * (1 - 2 * j.alpha):g}% interval", f"{100 * (1 - j.alpha):g}% interval"
    return inner, ("95% interval, normal" if j.rule == "published" and j.basis != "people" else outer)
