"""Small multiples: one panel per emotion, one legend for all."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fer_core.figures.theme import FAINT, GREY, base

_PANEL, _LEGEND = 210, 40  # pixels


def panels_figure(emotions: Sequence[str], across: int = 3) -> tuple[go.Figure, list[dict[str, int]]]:
    """An empty panel per emotion, and each one's place (``row`` and ``col``)."""
    columns = min(across, max(1, len(emotions)))
    lines = -(-max(1, len(emotions)) // columns)
    figure = make_subplots(
        lines, columns, subplot_titles=list(emotions), vertical_spacing=0.2 / lines + 0.05, horizontal_spacing=0.06
    )
    base(figure, height=_PANEL * lines + 60 + _LEGEND, margin={"l": 8, "r": 8, "t": 34 + _LEGEND, "b": 40})
    figure.update_layout(legend={"y": 1 + _LEGEND / (_PANEL * lines)})
    figure.update_xaxes(zeroline=False)
    figure.update_yaxes(zerolinecolor=FAINT)
    return figure, [{"row": k // columns + 1, "col": k % columns + 1} for k in range(len(emotions))]


def legend_entry(figure: go.Figure, name: str, dash: str | None) -> None:
    """A line of the legend in grey, which holds for every panel's colour; no dash: a cross."""
    figure.add_scatter(
        x=[None],
        y=[None],
        name=name,
        mode="markers" if dash is None else "lines",
        line={"color": GREY, "width": 3, "dash": dash or "solid"},
        marker={"symbol": "x", "color": GREY},
    )
