"""Power against n, for conventional sizes and a chosen one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from fer_core.figures.theme import CONDITIONS, GREY, SLATE, base

if TYPE_CHECKING:
    import pandas as pd

_DASHES = ("dot", "dash", "dashdot")


def power_figure(
    curves: pd.DataFrame,
    symbol: str,
    marks: Mapping[int, str],
    at: tuple[int, float],
    needed: int | None,
    power: float,
    unit: str,
    effects: Sequence[tuple[int, float, str]] = (),
) -> go.Figure:
    """The curve family on a log axis of n.

    Parameters
    ----------
    curves : `fer_core.stats.planning.Plan.curves`
    symbol : what the effect is called: d_z, d, f, margin
    marks : n of a design → its words; vertical lines
    at : the chosen n and the power there
    needed : where the chosen curve reaches ``power``; None if beyond the axis
    unit : of n, for the axis
    effects : (n, power, words) of effects that were found
    """
    figure = go.Figure()
    sizes = list(dict.fromkeys(curves["size"]))
    for size in sizes:
        part = curves[curves["size"] == size]
        chosen, effect = size == "chosen", float(part["effect"].iloc[0])
        line = (
            {"color": SLATE, "width": 4}
            if chosen
            else {"color": CONDITIONS[3], "width": 2, "dash": _DASHES[sizes.index(size)]}
        )
        figure.add_scatter(
            x=part["n"],
            y=part["power"],
            mode="lines",
            line=line,
            name=f"{size}, {effect:g}",
            hovertemplate=f"{symbol} {effect:g}, n = %{{x:.0f}}: power %{{y:.2f}}<extra></extra>",
        )
    if effects:
        figure.add_scatter(
            x=[e[0] for e in effects],
            y=[e[1] for e in effects],
            mode="markers",
            name="effects found",
            customdata=[e[2] for e in effects],
            marker={"symbol": "circle-open", "size": 9, "color": GREY, "line": {"width": 2}},
            hovertemplate="%{customdata}: power %{y:.2f}<extra></extra>",
        )
    figure.add_scatter(
        x=[at[0]],
        y=[at[1]],
        mode="markers",
        name="chosen n",
        marker={"size": 15, "color": SLATE, "line": {"width": 2, "color": "#FFFFFF"}},
        hovertemplate="n = %{x}: power %{y:.2f}<extra>chosen</extra>",
    )
    if needed is not None:
        figure.add_scatter(
            x=[needed],
            y=[power],
            mode="markers",
            name="n needed",
            marker={"symbol": "diamond-open", "size": 14, "color": SLATE, "line": {"width": 3}},
            hovertemplate=f"{power:.0%} from n = %{{x}} on<extra></extra>",
        )
    base(figure, height=500, margin={"l": 8, "r": 16, "t": 110, "b": 48}, legend={"y": 1.1})
    figure.add_hline(y=power, line={"color": GREY, "width": 1.5, "dash": "dash"})
    _designs(figure, marks)
    last = max([float(curves["n"].max()), *marks])
    figure.update_xaxes(
        type="log",
        title=f"n, {unit}",
        range=[_log(1.9), _log(last * 1.04)],
        zeroline=False,
        fixedrange=True,
        tickvals=[t for t in (2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000) if t <= last],
    )
    figure.update_yaxes(title="Power", range=[-0.02, 1.03], tickformat=".0%", zeroline=False, fixedrange=True)
    return figure


def _designs(figure: go.Figure, marks: Mapping[int, str]) -> None:
    for n, words in sorted(marks.items()):
        figure.add_vline(x=n, line={"color": GREY, "width": 2})
        figure.add_annotation(
            x=_log(n), y=1, yref="paper", yanchor="bottom", text=words, showarrow=False, font={"size": 12}
        )  # of a log axis


def _log(value: float) -> float:
    from math import log10

    return log10(value)
