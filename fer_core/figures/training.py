"""Pictures of training: loss curves per emotion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from fer_core.emotions import EMOTIONS
from fer_core.figures.theme import EMOTION_COLOURS, GREY, base

SYMBOLS = dict(
    zip(
        EMOTIONS, ("circle", "square", "diamond", "cross", "x", "star", "triangle-up", "hexagon"), strict=True
    )
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
