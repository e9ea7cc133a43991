"""Pictures of training: loss curves per emotion, of one run or of a study's condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from fer_core.base.emotions import EMOTIONS
from fer_core.figures.panels import legend_entry, panels_figure
from fer_core.figures.theme import EMOTION_COLOURS, GREY, base

SYMBOLS = dict(
    zip(EMOTIONS, ("circle", "square", "diamond", "cross", "x", "star", "triangle-up", "hexagon"), strict=True)
)
"""A marker per emotion, so that curves are told apart without colour too."""


def curves_figure(curves: Sequence[dict[str, Any]], epochs: int = 0) -> go.Figure:
    """Loss by epoch, one line per emotion; validation loss dashed.

    ``curves`` are the entries of one fold (see `fer_core.training.jobs.curves_of`). ``epochs``
    fixes the axis' length, so that the picture does not jump while lines grow.
    """
    figure = go.Figure()
    for curve in sorted(curves, key=lambda c: EMOTIONS.index(c["emotion"])):
        _line(figure, curve["emotion"], curve["train"], "")
        if curve["val"]:
            _line(figure, curve["emotion"], curve["val"], "validation")
    base(figure, height=340, hovermode="x unified", margin={"l": 8, "r": 24, "t": 40, "b": 40})
    longest = max((len(c["train"]) for c in curves), default=0)
    figure.update_xaxes(title="Epoch", range=[0.5, max(epochs, longest, 2) + 0.5])
    figure.update_yaxes(title="Loss (each emotion's own)", rangemode="tozero")
    return figure


def _line(figure: go.Figure, emotion: str, values: Sequence[float], kind: str) -> None:
    colour = EMOTION_COLOURS.get(emotion, GREY)
    every = max(1, len(values) // 6)
    figure.add_scatter(
        x=list(range(1, len(values) + 1)),
        y=list(values),
        mode="lines+markers",
        name=f"{emotion}, {kind}" if kind else emotion,
        legendgroup=emotion,
        showlegend=not kind,
        line={"color": colour, "width": 2, "dash": "dash" if kind else "solid"},
        marker={
            "symbol": SYMBOLS.get(emotion, "circle"),
            "size": [7 if i % every == 0 or i == len(values) - 1 else 0 for i in range(len(values))],
            "color": colour,
        },
        hovertemplate="%{y:.4f}",
    )


def learning_curves_figure(curves: Sequence[Mapping[str, Any]], emotions: Sequence[str]) -> go.Figure:
    """Loss by epoch, one panel per emotion: every fold and seed thin, their median thick.

    ``curves``: `fer_core.results.study.curves` of one condition. Validation loss is dashed.
    """
    figure, places = panels_figure(emotions)
    for emotion, place in zip(emotions, places, strict=True):
        mine = [c for c in curves if c["emotion"] == emotion]
        for kind, dash in (("train", "solid"), ("val", "dash")):
            lines = [c[kind] for c in mine if c[kind]]
            colour = EMOTION_COLOURS.get(emotion, GREY)
            if lines:
                figure.add_trace(_thin(lines, colour, dash), **place)
                figure.add_trace(_median(lines, colour, dash, kind), **place)
    for name, dash in (("training", "solid"), ("validation", "dash")):
        if any(c["train" if name == "training" else "val"] for c in curves):
            legend_entry(figure, name, dash)
    figure.update_xaxes(title="Epoch", row=places[-1]["row"])
    figure.update_yaxes(rangemode="tozero")
    figure.update_yaxes(title="Loss", col=1)
    return figure


def learning_curves_words(curves: Sequence[Mapping[str, Any]]) -> str:
    """What the lines of `learning_curves_figure` are."""
    fits = max((sum(c["emotion"] == e for c in curves) for e in {c["emotion"] for c in curves}), default=0)
    if fits < 2:
        return "One fit of each emotion."
    return f"{fits} fits of each emotion, one per fold and seed, thin; their median thick."


def _thin(lines: Sequence[Sequence[float]], colour: str, dash: str) -> go.Scatter:
    """All lines as one trace, with gaps between them."""
    x: list[float | None] = []
    y: list[float | None] = []
    for line in lines:
        x += [*range(1, len(line) + 1), None]
        y += [*line, None]
    return go.Scatter(
        x=x,
        y=y,
        mode="lines",
        line={"color": colour, "width": 1, "dash": dash},
        opacity=0.3,
        hoverinfo="skip",
        showlegend=False,
    )


def _median(lines: Sequence[Sequence[float]], colour: str, dash: str, kind: str) -> go.Scatter:
    """The median over the fits that still go on, as long as that is half of them."""
    longest = max(map(len, lines))
    values = np.full((len(lines), longest), np.nan)
    for row, line in zip(values, lines, strict=True):
        row[: len(line)] = [np.nan if v is None else v for v in line]
    going = np.isfinite(values).sum(axis=0)
    last = int(np.flatnonzero(going >= len(lines) / 2)[-1]) + 1
    middle = [float(np.median(v[np.isfinite(v)])) if n else None for v, n in zip(values.T, going, strict=True)]
    words = "training" if kind == "train" else "validation"
    return go.Scatter(
        x=list(range(1, last + 1)),
        y=middle[:last],
        mode="lines",
        line={"color": colour, "width": 3, "dash": dash},
        customdata=going[:last].tolist(),
        hovertemplate="epoch %{x}, " + words + ": %{y:.4f}, median of %{customdata} fits<extra></extra>",
        showlegend=False,
    )
