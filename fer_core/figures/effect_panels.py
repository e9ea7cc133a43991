"""Small multiples of what factors do: the means of each one's levels, and of each pair's combinations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fer_core.figures.effects import Zone, estimate_words, level_words, metric_words, records
from fer_core.figures.forest import ZONE
from fer_core.figures.theme import CONDITIONS, FAINT, GREY, SLATE, base

if TYPE_CHECKING:
    import pandas as pd

_MARKS = ("circle", "square-open", "diamond", "triangle-up-open")
_DASHES = ("solid", "dash", "dot", "dashdot")
_PANEL = 200  # pixels


def panels_figure(
    mains: Mapping[str, pd.DataFrame],
    pairs: Mapping[tuple[str, str], pd.DataFrame],
    metric: str,
    grand: float,
    zone: Zone,
) -> go.Figure:
    """Small multiples on one scale: a panel per factor, below it one per pair of factors.

    ``mains``: factor → its levels' means; ``pairs``: (across, by) → means of both factors' combinations.
    All have mean, low, high. The margin around the grand mean is shaded.
    """
    columns, lines = max(len(mains), len(pairs), 1), 1 + bool(pairs)
    titles = [f.capitalize() for f in mains] + [""] * (columns - len(mains))
    titles += [f"{a.capitalize()}<br>× {b}" for a, b in pairs]
    figure = make_subplots(
        lines, columns, shared_yaxes=True, subplot_titles=titles, horizontal_spacing=0.03, vertical_spacing=0.24
    )
    styles = _styles(pairs)
    groups: tuple[Mapping[Any, pd.DataFrame], ...] = (mains, pairs)[:lines]
    traces: list[tuple[go.Scatter, int, int]] = []
    shapes: list[dict[str, Any]] = []
    axes: dict[str, Any] = {}
    for row, group in enumerate(groups, 1):
        for column, (factors, rows) in enumerate(group.items(), 1):
            across, by = (factors, None) if isinstance(factors, str) else factors
            traces += [(trace, row, column) for trace in _lines(rows, across, by, styles)]
            number = (row - 1) * columns + column
            number_words = "" if number == 1 else str(number)
            axes[f"xaxis{number_words}_range"] = [-0.45, rows[across].nunique() - 0.55]
            shapes += _zone(number_words, grand, zone)
    for name, style in styles.items():
        entry = go.Scatter(x=[None], y=[None], name=level_words(name[1]), mode="lines+markers", **style)
        traces.append((entry, 1, 1))
    drawn, at_rows, at_columns = zip(*traces, strict=True)
    figure.add_traces(drawn, rows=at_rows, cols=at_columns)
    figure.update_layout(shapes=shapes, **axes)  # at once: one by one takes plotly ten times as long
    base(figure, height=(_PANEL + 70) * lines + 40, margin={"l": 8, "r": 8, "t": 40, "b": 60})
    figure.update_layout(legend={"y": 0, "yref": "container", "yanchor": "bottom"}, showlegend=bool(pairs))
    figure.update_annotations(font_size=13)
    figure.update_xaxes(type="category", showgrid=False, fixedrange=True, tickfont_size=11, tickangle=0)
    figure.update_yaxes(zeroline=False, range=_range(mains, pairs, grand, zone), fixedrange=True)
    for row in range(1, lines + 1):
        figure.update_yaxes(title=f"Mean {metric_words(metric)}", row=row, col=1)
    return figure


# --- inside --------------------------------------------------------------------------------------


def _zone(number: str, grand: float, zone: Zone) -> list[dict[str, Any]]:
    """The margin around the grand mean and the mean itself, across one panel."""
    across = {"xref": f"x{number} domain", "yref": f"y{number}", "x0": 0, "x1": 1, "layer": "below"}
    line = {"color": GREY, "width": 1, "dash": "dash"}
    return [
        {
            **across,
            "type": "rect",
            "y0": grand + zone[0],
            "y1": grand + zone[1],
            "fillcolor": ZONE,
            "line": {"width": 0},
        },
        {**across, "type": "line", "y0": grand, "y1": grand, "line": line},
    ]


def _lines(rows: pd.DataFrame, across: str, by: str | None, styles: Mapping[Any, Any]) -> Iterator[go.Scatter]:
    """Means over a factor's levels; with a second factor one line per level of it."""
    found = records(rows)
    for level in dict.fromkeys(r[by] for r in found) if by else [None]:
        mine = [r for r in found if by is None or r[by] == level]
        style = (
            styles[by, level] if by else {"line": {"color": FAINT, "width": 2}, "marker": {"color": SLATE, "size": 9}}
        )
        also = f", {level_words(str(level))}" if by else ""
        yield go.Scatter(
            x=[level_words(r[across]) for r in mine],
            y=[r["mean"] for r in mine],
            mode="lines+markers",
            error_y={
                "type": "data",
                "array": [r["high"] - r["mean"] for r in mine],
                "arrayminus": [r["mean"] - r["low"] for r in mine],
                "color": style["marker"]["color"],
                "thickness": 1.5,
                "width": 0 if by is None else 3,
            },
            hovertext=[f"{level_words(r[across])}{also}<br>{estimate_words(r)}" for r in mine],
            hovertemplate="%{hovertext}<extra></extra>",
            showlegend=False,
            **style,
        )


def _styles(pairs: Mapping[tuple[str, str], pd.DataFrame]) -> dict[tuple[str, str], dict[str, Any]]:
    """(factor, level) → line and marker, for every factor that lines stand for."""
    levels = dict.fromkeys((by, r[by]) for (_, by), rows in pairs.items() for r in records(rows))
    colours = (CONDITIONS[1], GREY)
    styles: dict[tuple[str, str], dict[str, Any]] = {}
    factors = list(dict.fromkeys(by for by, _ in levels))
    for by, level in levels:
        k, place = sum(key[0] == by for key in styles), factors.index(by)
        mark = _MARKS[(2 * place + k) % len(_MARKS)]
        colour = colours[k % 2]
        styles[by, level] = {
            "line": {"color": colour, "width": 2, "dash": _DASHES[k % len(_DASHES)]},
            "marker": {"color": colour, "size": 9, "symbol": mark, "line": {"width": 2, "color": colour}},
        }
    return styles


def _range(
    mains: Mapping[Any, pd.DataFrame], pairs: Mapping[Any, pd.DataFrame], grand: float, zone: Zone
) -> tuple[float, float]:
    frames = [*mains.values(), *pairs.values()]
    low = min([grand + zone[0], *(float(f[["low", "mean"]].min().min()) for f in frames)])
    high = max([grand + zone[1], *(float(f[["high", "mean"]].max().max()) for f in frames)])
    pad = 0.05 * (high - low)
    return low - pad, high + pad
