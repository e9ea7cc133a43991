"""What figures with one row per emotion share: the same rows, so that they can stand side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from fer_core.figures.theme import base

ROW = 38
"""Pixels per emotion."""


def lay_out(figure: go.Figure, emotions: Sequence[str], title: str, *, right: int = 16, **layout: object) -> go.Figure:
    """Height, margins and axes; ``title`` is the x axis's, ``right`` the room for words in pixels."""
    rangemode = layout.pop("rangemode", None)
    height = ROW * max(3, len(emotions)) + 110
    base(figure, height=height, bargap=0.28, margin={"l": 8, "r": right, "t": 58, "b": 48}, **layout)
    figure.update_yaxes(autorange="reversed", showgrid=False, type="category")
    figure.update_xaxes(title={"text": title, "standoff": 8}, rangemode=rangemode)
    return figure


def beside(figure: go.Figure, emotion: str, text: str) -> None:
    """Words to the right of an emotion's row, outside the axes, where no mark can cover them."""
    figure.add_annotation(x=1.02, xref="paper", y=emotion, text=text, showarrow=False, xanchor="left", align="left")


def log_ticks(figure: go.Figure, low: float, high: float, ticks: Sequence[float]) -> None:
    """A log axis from ``low`` to ``high`` with those of the ticks that lie in it."""
    shown = [t for t in ticks if low <= t <= high]
    figure.update_xaxes(
        type="log", range=[math.log10(low), math.log10(high)], tickvals=shown, ticktext=[f"{t:g}" for t in shown]
    )
