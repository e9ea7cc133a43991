"""The picture of the Leak Lab: five protocols, one model, one corpus."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from fer_core.figures.theme import ALARM, FAINT, GREY, SLATE, base

_ROW = 62


def protocols_figure(result: dict[str, Any]) -> go.Figure:
    """A dot with its interval for each protocol, and how far it lies above the subject-independent one.

    The sound protocol is a filled dot, its interval the band behind all; leaky ones are open diamonds.
    """
    protocols = result["protocols"]
    honest = next(p for p in protocols if p["inflation"] is None)
    figure = go.Figure()
    figure.add_vrect(*honest["interval"], fillcolor=FAINT, opacity=0.5, line_width=0, layer="below")
    figure.add_vline(honest["accuracy"], line={"color": GREY, "dash": "dot", "width": 1})
    for sound in (False, True):
        rows = [p for p in protocols if (p["inflation"] is None) == sound]
        _dots(figure, rows, sound)
    for p in protocols:
        figure.add_annotation(
            x=1.01, xref="paper", xanchor="left", y=p["title"], text=_above(p), showarrow=False, align="left"
        )
    low = min(p["interval"][0] for p in protocols)
    base(figure, height=_ROW * len(protocols) + 90, margin={"l": 8, "r": 190, "t": 34, "b": 8})
    figure.update_xaxes(title="Frames classified as labelled", tickformat=".0%", range=[max(0, low - 0.04), 1.005])
    figure.update_yaxes(
        type="category",
        categoryorder="array",
        categoryarray=[p["title"] for p in protocols][::-1],
        showgrid=False,
        zeroline=False,
    )
    return figure


def _dots(figure: go.Figure, rows: list[dict[str, Any]], sound: bool) -> None:
    colour = SLATE if sound else ALARM
    values = [p["accuracy"] for p in rows]
    figure.add_scatter(
        x=values,
        y=[p["title"] for p in rows],
        mode="markers",
        name="sound" if sound else "leaky",
        marker={
            "color": colour,
            "size": 13,
            "symbol": "circle" if sound else "diamond-open",
            "line": {"width": 2.5, "color": colour},
        },
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [p["interval"][1] - v for p, v in zip(rows, values, strict=True)],
            "arrayminus": [v - p["interval"][0] for p, v in zip(rows, values, strict=True)],
            "color": colour,
            "thickness": 2.5,
            "width": 6,
        },
        customdata=[[*p["interval"], p["n"], p["training_rows"]] for p in rows],
        hovertemplate="%{y}: %{x:.1%}, 95% interval %{customdata[0]:.1%} to %{customdata[1]:.1%}<br>"
        "%{customdata[2]} tested frames; %{customdata[3]:.0f} rows in an average fit<extra></extra>",
    )


def _above(p: dict[str, Any]) -> str:
    """``+12.7 points [9.6, 15.7]``."""
    if p["inflation"] is None:
        return "what the others are<br>compared with"
    low, high = (100 * v for v in p["inflation_interval"])
    return f"<b>{100 * p['inflation']:+.1f} points</b><br>{low:+.1f} to {high:+.1f}"
