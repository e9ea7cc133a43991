"""Forest plots: a point with its interval per line, lines in groups under a heading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fer_core.base.text import for_html
from fer_core.figures.theme import FAINT, GREY, SLATE, base

ZONE = "rgba(91, 127, 166, 0.16)"
"""The equivalence zone, on either ground."""

_LINE = 27  # pixels


@dataclass(frozen=True)
class Line:
    """One line: a name, and in each panel a value with its interval and hover text (None: nothing there).

    ``strong`` lines stand out by their colour, ``filled`` ones by their marker.
    """

    group: str
    name: str
    cells: tuple[tuple[float, float, float, str] | None, ...]
    strong: bool = True
    filled: bool = True


def forest_figure(
    lines: Sequence[Line], titles: Sequence[str], zones: Sequence[tuple[float, float] | None] = ()
) -> go.Figure:
    """Panels side by side that share their lines, with a line at 0.

    Parameters
    ----------
    titles : one per panel, below its axis
    zones : per panel, limits of a shaded zone
    """
    places, headings = _places(lines)
    figure = make_subplots(1, len(titles), shared_yaxes=True, horizontal_spacing=0.04)
    panels = range(1, len(titles) + 1)
    traces = [(_marks(lines, places, k - 1, strong), k) for k in panels for strong in (False, True)]
    figure.add_traces([t for t, _ in traces], rows=[1] * len(traces), cols=[k for _, k in traces])
    shapes: list[dict[str, Any]] = [
        {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": at - 0.5,
            "y1": at - 0.5,
            "line": {"color": FAINT, "width": 1},
        }
        for at in headings.values()
    ]
    for k in panels:
        shapes += _upright(k, zones[k - 1] if k <= len(zones) else None)
    rows = max(places, default=0) + 1
    base(figure, height=round(_LINE * rows) + 80, showlegend=False, margin={"l": 8, "r": 16, "t": 8, "b": 8})
    figure.update_yaxes(
        range=[rows - 0.4, -0.6],
        fixedrange=True,
        showgrid=False,
        zeroline=False,
        tickvals=[*headings.values(), *places],
        ticktext=[*(f"<b>{for_html(h)}</b>" for h in headings), *(for_html(line.name) for line in lines)],
    )
    axes = {f"xaxis{'' if k == 1 else k}_title_text": title for k, title in zip(panels, titles, strict=True)}
    figure.update_xaxes(zeroline=False, nticks=7)
    figure.update_layout(shapes=shapes, **axes)  # at once: one by one takes plotly ten times as long
    return figure


def _places(lines: Sequence[Line]) -> tuple[list[float], dict[str, float]]:
    """Where each line stands, and each group's heading above its first."""
    places: list[float] = []
    headings: dict[str, float] = {}
    at = 0.0
    for line in lines:
        if line.group not in headings:
            headings[line.group] = at
            at += 1
        places.append(at)
        at += 1
    return places, headings


def _upright(panel: int, zone: tuple[float, float] | None) -> list[dict[str, Any]]:
    """A panel's line at 0, and its zone."""
    number = "" if panel == 1 else str(panel)
    whole = {"xref": f"x{number}", "yref": "paper", "y0": 0, "y1": 1, "layer": "below"}
    zero = {**whole, "type": "line", "x0": 0, "x1": 0, "line": {"color": GREY, "width": 1}}
    if zone is None:
        return [zero]
    return [{**whole, "type": "rect", "x0": zone[0], "x1": zone[1], "fillcolor": ZONE, "line": {"width": 0}}, zero]


def _marks(lines: Sequence[Line], places: Sequence[float], panel: int, strong: bool) -> go.Scatter:
    """The strong or the other lines' values in a panel; those that do not exist are left out."""
    shown = [
        (line, place, cell)
        for line, place in zip(lines, places, strict=True)
        if line.strong == strong and (cell := line.cells[panel]) is not None and cell[0] == cell[0]
    ]
    colour = SLATE if strong else GREY
    return go.Scatter(
        x=[c[0] for _, _, c in shown],
        y=[place for _, place, _ in shown],
        mode="markers",
        marker={
            "color": colour,
            "size": 10 if strong else 7,
            "symbol": ["circle" if line.filled else "circle-open" for line, _, _ in shown],
            "line": {"width": 2, "color": colour},
        },
        error_x={
            "type": "data",
            "array": [c[2] - c[0] for _, _, c in shown],
            "arrayminus": [c[0] - c[1] for _, _, c in shown],
            "color": colour,
            "thickness": 2.5 if strong else 1.5,
            "width": 0,
        },
        hovertext=[c[3] for _, _, c in shown],
        hovertemplate="%{hovertext}<extra></extra>",
    )
