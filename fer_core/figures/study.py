"""Pictures of a study: emotions and conditions compared. They take tables of `fer_core.results.study`.

Conditions are told apart by words, marker and fill, in grey and blue; colours belong to emotions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fer_core.figures.condition_marks import add_legend, condition_marks
from fer_core.figures.matrix import matrix_figure
from fer_core.figures.results import METRICS, told
from fer_core.figures.theme import GREY, base
from fer_core.results.study import FACTOR_NAMES
from fer_core.results.words import BASELINES, WHOLE_METRICS, condition_words, size_words

if TYPE_CHECKING:
    import pandas as pd


# --- heatmaps -------------------------------------------------------------------------------------


def emotion_metrics_figure(rows: pd.DataFrame) -> go.Figure:
    """Emotion by metric of one condition; a click gives [emotion, metric].

    ``rows``: `fer_core.results.study.per_emotion` of that condition.
    """
    titles = [title.replace(" ", "<br>") for title in METRICS.values()]
    return _heatmap(rows, "metric", list(METRICS), titles, list(METRICS.values()))


def emotion_conditions_figure(rows: pd.DataFrame, metric: str) -> go.Figure:
    """Emotion by condition for one metric; a click gives [emotion, condition].

    ``rows``: `fer_core.results.study.per_emotion`.
    """
    conditions = list(dict.fromkeys(rows["condition"]))
    titles = [condition_words(c, "<br>") for c in conditions]
    words = [f"{condition_words(c)}, {METRICS[metric].lower()}" for c in conditions]
    return _heatmap(rows[rows["metric"] == metric], "condition", conditions, titles, words)


def _heatmap(rows: pd.DataFrame, across: str, names: list[str], titles: list[str], words: list[str]) -> go.Figure:
    emotions = list(dict.fromkeys(rows["emotion"]))
    cells = {(r["emotion"], r[across]): r for r in _records(rows)}
    values = [[cells[e, n]["value"] if (e, n) in cells else np.nan for n in names] for e in emotions]
    text = [["" if np.isnan(v) else f"{v:.2f}" for v in row] for row in values]
    hover = [
        [
            f"{e}, {w}: {_told(cells[e, n]) if (e, n) in cells else 'not tested'}"
            for n, w in zip(names, words, strict=True)
        ]
        for e in emotions
    ]
    return matrix_figure(emotions, titles, values, text, hover, [[[e, n] for n in names] for e in emotions])


def _told(row: dict[str, Any]) -> str:
    """A row of `per_emotion` in words, with its N."""
    metric = row["metric"]
    cell = {**row, metric: row["value"], "intervals": {metric: (row["low"], row["high"])}}
    return f"{told(cell, metric, _unit(row))}<br>{size_words(row)}"


def _unit(row: Mapping[str, Any]) -> str:
    return "clips" if row["tests"] == row["n"] else "tests"


# --- conditions -----------------------------------------------------------------------------------


def means_figure(rows: pd.DataFrame, metrics: Sequence[str], baselines: Mapping[str, float] | None = None) -> go.Figure:
    """Each condition's value with its interval, one panel per metric; a click gives [condition, metric].

    ``rows``: `fer_core.results.study.per_condition`. A baseline is drawn, as a dashed line, where it is near
    the values. The legend names the levels that are drawn.
    """
    conditions = list(dict.fromkeys(rows["condition"]))
    levels = {r["condition"]: {f: r[f] for f in FACTOR_NAMES} for r in _records(rows)}
    marks = dict(zip(levels, condition_marks(list(levels.values())), strict=True))
    figure = make_subplots(
        1,
        len(metrics),
        shared_yaxes=True,
        horizontal_spacing=0.03,
        subplot_titles=[WHOLE_METRICS[m].replace(" ", "<br>") for m in metrics],  # narrow enough for a phone
    )
    figure.update_annotations(font_size=12)
    for column, metric in enumerate(metrics, 1):
        part = _records(rows[rows["metric"] == metric])
        figure.add_trace(_dots(part, metric, marks), row=1, col=column)
        _frame_values(figure, column, part, metric, (baselines or {}).get(metric))
    base(figure, height=34 * len(conditions) + 126, margin={"l": 8, "r": 16, "t": 60, "b": 36})
    add_legend(figure, list(levels.values()))
    figure.update_yaxes(
        type="category",
        autorange="reversed",
        showgrid=True,
        fixedrange=True,
        categoryorder="array",
        categoryarray=[condition_words(c) for c in conditions],
    )
    figure.update_xaxes(zeroline=False, tickformat=".2f", nticks=5)
    return figure


def _dots(part: list[dict[str, Any]], metric: str, marks: Mapping[str, tuple[str, str]]) -> go.Scatter:
    above = [r["high"] - r["value"] for r in part]
    below = [r["value"] - r["low"] for r in part]
    symbols, colours = zip(*(marks[r["condition"]] for r in part), strict=True)
    hover = [
        f"{condition_words(r['condition'])}<br>{WHOLE_METRICS[metric]} {r['value']:.3f}, "
        f"95% interval {r['low']:.3f} to {r['high']:.3f}<br>{size_words(r)}"
        for r in part
    ]
    return go.Scatter(
        x=[r["value"] for r in part],
        y=[condition_words(r["condition"]) for r in part],
        mode="markers",
        marker={"symbol": symbols, "color": colours, "size": 11, "line": {"width": 2, "color": colours}},
        error_x={"type": "data", "array": above, "arrayminus": below, "thickness": 2, "width": 0, "color": GREY},
        customdata=[[r["condition"], metric] for r in part],
        hovertext=hover,
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _frame_values(
    figure: go.Figure, column: int, part: list[dict[str, Any]], metric: str, baseline: float | None
) -> None:
    """The axis holds every interval, and the baseline if it is no further away than they are wide."""
    low, high = min(r["low"] for r in part), max(r["high"] for r in part)
    near = baseline is not None and low - 0.5 * (high - low) <= baseline
    low = min(low, baseline) if near and baseline is not None else low
    pad = 0.06 * max(high - low, 0.02)
    figure.update_xaxes(range=[low - pad, high + pad], row=1, col=column)
    if near:
        figure.add_vline(x=baseline, line={"color": GREY, "width": 2, "dash": "dash"}, row=1, col=column)
        axis = "" if column == 1 else str(column)
        figure.add_annotation(
            x=baseline,
            xref=f"x{axis}",
            xanchor="left",
            y=0,
            yref=f"y{axis} domain",
            yanchor="bottom",
            text=BASELINES.get(metric, "baseline"),
            font={"size": 11},
            showarrow=False,
        )


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]
