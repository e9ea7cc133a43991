"""Pictures of image results: models with intervals, accuracy against cost, emotions, learning curves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fer_core.base.text import for_html
from fer_core.figures.forest import Line, forest_figure
from fer_core.figures.models import SYMBOLS
from fer_core.figures.theme import ALARM, CONDITIONS, EMOTION_COLOURS, FAINT, GREY, SLATE, base
from fer_core.results.images.board import METRICS, ordered, study_words, words

Row = Mapping[str, Any]
Rows = Sequence[Row]

PRINTED = "printed in the study"
_OTHER = "diamond"
_READ = {"recall": "circle", "precision": "diamond", "f1": "square"}
_TITLES = {"recall": "Recall", "precision": "Precision", "f1": "F1"}
_LINE = 40  # pixels
_LABELLED = 14
"""More points than this are named on hover only."""
_NEAR_COST, _NEAR_VALUE = 0.2, 0.05
"""Shares of the picture's width and height within which two names would lie over each other."""


def results_figure(rows: Rows, metric: str, printed: Mapping[str, Sequence[float]], chosen: str = "") -> go.Figure:
    """A line per condition with its 95% interval, best first, groups of the same pictures together.

    Parameters
    ----------
    rows : of `fer_core.results.images.board.board`
    metric : of `METRICS`
    printed : by a row's key what its study prints, shown as an open diamond
    chosen : key of the row that stands out
    """
    lines_of = ordered(rows, metric)
    lines = [
        Line(
            r["group"],
            words(r, rows) + (" (doubted)" if r["warnings"] else ""),
            ((r[metric], r[f"{metric}_low"], r[f"{metric}_high"], result_hover(r, metric)),),
            strong=r["key"] == chosen or not chosen,
            filled=not r["warnings"],
        )
        for r in lines_of
    ]
    figure = forest_figure(lines, [f"{METRICS[metric]}, 95% interval"])
    places = _named(figure, lines)
    shown = [(v, y, r) for r, y in zip(lines_of, places, strict=True) for v in printed.get(r["key"], ())]
    if shown:
        figure.add_scatter(
            x=[v for v, _, _ in shown],
            y=[y for _, y, _ in shown],
            mode="markers",
            name=PRINTED,
            cliponaxis=False,
            marker={"symbol": "diamond-open", "size": 11, "color": ALARM, "line": {"width": 2}},
            hovertext=[f"{for_html(r['label'])}<br>{PRINTED}: {v:.4g}" for v, _, r in shown],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    ends = [r[f"{metric}_{end}"] for r in rows for end in ("low", "high")] + [v for v, _, _ in shown]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    room = max(0.02, 0.06 * (high - low))
    figure.update_xaxes(range=[max(0.0, low - room), min(1.02, high + room)])
    return figure


def _named(figure: go.Figure, lines: Sequence[Line]) -> list[float]:
    """Names in two lines and groups over the whole width, so that the picture is wide on a telephone too.

    Returns the lines' places.
    """
    groups = list(dict.fromkeys(line.group for line in lines))
    at = list(figure.layout.yaxis.tickvals or ())
    headings, places = at[: len(groups)], at[len(groups) :]
    names = [for_html(line.name).replace(", ", "<br>", 1) for line in lines]
    figure.update_yaxes(tickvals=places, ticktext=names)
    for group, y in zip(groups, headings, strict=True):
        first, _, rest = for_html(group).partition(", ")
        figure.add_annotation(
            text=f"<b>{first}</b><br>{rest}", xref="paper", x=1, xanchor="right", y=y, align="right", showarrow=False
        )
    figure.update_layout(height=_LINE * len(at) + 104, margin_t=32)
    figure.update_xaxes(nticks=5, tickangle=0)
    return places


def result_hover(row: Row, metric: str) -> str:
    """A row in words: its value with the interval, how it was trained, and what is doubted."""
    low, high = row[f"{metric}_low"], row[f"{metric}_high"]
    parts = [
        f"<b>{for_html(words(row))}</b>, {row['size']} pixels",
        f"{METRICS[metric]} {row[metric]:.3f} [{low:.3f}, {high:.3f}], {row['pictures']:,} pictures",
        f"{row['parameters']:,} parameters, {row['minutes']:.0f} minutes of training",
        *("doubted: " + for_html(w.split(":")[0]) for w in row["warnings"]),
    ]
    return "<br>".join(parts)


def cost_figure(rows: Rows, metric: str, cost: str, title: str) -> go.Figure:
    """A metric against what a model costs (log axis), a marker per study, named where there are few.

    ``cost`` is a key of the rows, parameters or a latency in milliseconds; rows without it are left out.
    """
    shown = [r for r in rows if r.get(cost)]
    places = dict(zip([r["key"] for r in shown], name_places([(r[cost], r[metric]) for r in shown]), strict=True))
    figure = go.Figure()
    for study in dict.fromkeys(r["study"] for r in shown):
        mine = [r for r in shown if r["study"] == study]
        names = [for_html(_short(r, shown)) for r in mine] if len(shown) <= _LABELLED else None
        figure.add_trace(_points(mine, metric, cost, names, [places[r["key"]] for r in mine]))
    base(figure, height=430, showlegend=True, margin={"l": 8, "r": 24, "t": 60, "b": 8})
    figure.update_yaxes(title=METRICS[metric])
    figure.update_xaxes(type="log", title=title, **_log_axis([r[cost] for r in shown]))
    return figure


def _short(row: Row, rows: Rows) -> str:
    """The model alone where that names a row."""
    return row["label"] if sum(r["label"] == row["label"] for r in rows) == 1 else words(row, rows)


def name_places(points: Sequence[tuple[float, float]]) -> list[str]:
    """Where each point's name goes, by its cost and value, for a log axis of costs.

    Left of points dearer than the middle, or they would be cut off; of points whose names would lie over
    each other, the better one's above and the worse one's below.
    """
    costs, values = [c for c, _ in points], [v for _, v in points]
    middle = math.sqrt(min(costs) * max(costs)) if len(set(costs)) > 1 else math.inf
    wide = math.log(max(costs, default=1) / min(costs, default=1)) or 1.0
    high = max(values, default=0) - min(values, default=0)
    places = []
    for k, (cost, value) in enumerate(points):
        near = [
            (v, j)
            for j, (c, v) in enumerate(points)
            if j != k and abs(math.log(c / cost)) < _NEAR_COST * wide and abs(v - value) <= _NEAR_VALUE * high
        ]
        above = not near or (value, k) > max(near)
        level = ("top" if above else "bottom") if near else "middle"
        places.append(f"{level} {'left' if cost > middle else 'right'}")
    return places


def _log_axis(costs: Sequence[float]) -> dict[str, Any]:
    """Range with some room, and ticks at 1, 2 and 5 where there are few decades."""
    low, high = min(costs, default=1.0) / 1.5, max(costs, default=10.0) * 1.5
    near = high / low < 300
    steps = (1, 2, 5) if near else (1,)
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    ticks = [s * 10.0**k for k in range(first, last + 1) for s in steps if low <= s * 10.0**k <= high]
    return {"range": [math.log10(low), math.log10(high)], "tickvals": ticks, "ticktext": [_tick(t) for t in ticks]}


def _tick(value: float) -> str:
    if value >= 1e6:
        return f"{value / 1e6:g} million"
    return f"{value:,.0f}".replace(",", " ") if value >= 1 else f"{value:g}"


def _points(rows: Rows, metric: str, cost: str, names: Sequence[str] | None, places: Sequence[str]) -> go.Scatter:
    ends = [(r[f"{metric}_low"], r[f"{metric}_high"]) for r in rows]
    return go.Scatter(
        x=[r[cost] for r in rows],
        y=[r[metric] for r in rows],
        name=study_words(rows[0]["study"]),
        mode="markers+text" if names else "markers",
        text=names,
        textfont={"size": 12},
        textposition=places,
        marker={"symbol": SYMBOLS.get(rows[0]["study"], _OTHER), "size": 11, "color": SLATE},
        error_y={
            "type": "data",
            "symmetric": False,
            "color": SLATE,
            "thickness": 1.5,
            "width": 0,
            "array": [high - r[metric] for (_, high), r in zip(ends, rows, strict=True)],
            "arrayminus": [r[metric] - low for (low, _), r in zip(ends, rows, strict=True)],
        },
        hovertext=[result_hover(r, metric) for r in rows],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def emotions_figure(rows: Rows) -> go.Figure:
    """Recall, precision and F1 of each emotion with 95% intervals: a colour per emotion, a marker per metric.

    Rows of `fer_core.results.images.emotions.emotion_rows`.
    """
    figure = go.Figure()
    for k, (metric, symbol) in enumerate(_READ.items()):
        _emotion_marks(figure, rows, metric, 0.22 * (k - 1), symbol)
    base(figure, height=52 * len(rows) + 110)
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[for_html(r["emotion"]) for r in rows],
        zeroline=False,
        fixedrange=True,
        range=[len(rows) - 0.5, -0.5],
        showgrid=False,
    )
    figure.update_xaxes(range=[0, 1.02], title="Share, 95% interval", zeroline=False)
    return figure


def _emotion_marks(figure: go.Figure, rows: Rows, metric: str, off: float, symbol: str) -> None:
    title = _TITLES[metric]
    colours = [EMOTION_COLOURS.get(r["emotion"], GREY) for r in rows]
    figure.add_scatter(
        x=[r[metric] for r in rows],
        y=[i + off for i in range(len(rows))],
        name=title,
        mode="markers",
        showlegend=False,
        marker={"symbol": symbol, "size": 9, "color": colours},
        error_x={
            "type": "data",
            "symmetric": False,
            "color": GREY,
            "thickness": 1.5,
            "width": 0,
            "array": [r[f"{metric}_high"] - r[metric] for r in rows],
            "arrayminus": [r[metric] - r[f"{metric}_low"] for r in rows],
        },
        hovertext=[
            f"{for_html(r['emotion'])}, {title} {r[metric]:.3f} "
            f"[{r[f'{metric}_low']:.3f}, {r[f'{metric}_high']:.3f}]<br>"
            f"{r['n']:,} labelled so, {r['called']:,} classified so"
            for r in rows
        ],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    figure.add_scatter(
        x=[None], y=[None], mode="markers", name=title, marker={"symbol": symbol, "size": 9, "color": GREY}
    )


def image_curves_figure(rows: Rows) -> go.Figure:
    """Loss above, accuracy on the validation side below, by epoch; a star where the weights were taken from.

    Rows of `fer_core.results.images.study.curves`: one per seed, fold and epoch. Several fits are told apart by
    their dashes.
    """
    figure = make_subplots(2, 1, shared_xaxes=True, vertical_spacing=0.08, row_heights=[0.5, 0.5])
    fits = list(dict.fromkeys((r["seed"], r["fold"]) for r in rows))
    for k, fit in enumerate(fits):
        mine = [r for r in rows if (r["seed"], r["fold"]) == fit]
        name = "" if len(fits) == 1 else f", seed {fit[0]}, fold {fit[1] + 1}"
        _curve(figure, mine, "train", f"training{name}", 1, CONDITIONS[0], "solid", k)
        _curve(figure, mine, "validation", f"validation{name}", 1, CONDITIONS[1], "dash", k)
        _curve(figure, mine, "accuracy", f"accuracy{name}", 2, CONDITIONS[1], "dash", k, best=True)
    base(figure, height=480, hovermode="x unified", margin={"l": 8, "r": 16, "t": 44, "b": 8})
    longest = max((r["epoch"] for r in rows), default=1)
    figure.update_xaxes(range=[0.5, max(2, longest) + 0.5])
    figure.update_xaxes(title="Epoch", row=2, col=1)
    figure.update_yaxes(title="Loss", row=1, col=1)
    figure.update_yaxes(title="Accuracy, validation", range=_room([r["accuracy"] for r in rows]), row=2, col=1)
    return figure


def _room(values: Sequence[float | None]) -> list[float]:
    """A range around shares; of one value alone a figure would show -1 to 1."""
    noted = [v for v in values if v is not None]
    return [max(0.0, min(noted, default=0.0) - 0.03), min(1.0, max(noted, default=1.0) + 0.03)]


def _curve(
    figure: go.Figure,
    rows: Rows,
    what: str,
    name: str,
    panel: int,
    colour: str,
    dash: str,
    k: int,
    *,
    best: bool = False,
) -> None:
    noted = [r for r in rows if r[what] is not None]
    if not noted:
        return
    epochs, values = [r["epoch"] for r in noted], [r[what] for r in noted]
    figure.add_scatter(
        x=epochs,
        y=values,
        name=name,
        row=panel,
        col=1,
        showlegend=k == 0 and panel == 1,
        mode="lines+markers" if len(epochs) < 4 else "lines",
        line={"color": colour, "dash": dash, "width": 2 if k == 0 else 1},
        hovertemplate="%{y:.4f}",
    )
    if best:
        at = next((r for r in noted if r["best"]), None)
        if at is not None:
            figure.add_scatter(
                x=[at["epoch"]],
                y=[at[what]],
                mode="markers",
                name="weights taken from here",
                row=panel,
                col=1,
                showlegend=k == 0,
                marker={"symbol": "star", "size": 15, "color": SLATE, "line": {"color": FAINT}},
                hovertemplate=f"epoch {at['epoch']}: %{{y:.4f}}",
            )
