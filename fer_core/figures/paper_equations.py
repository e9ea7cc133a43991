"""Pictures of what the published study's equations and settings do: ratios, alpha, sampling, cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from fer_core.figures.theme import ALARM, CONDITIONS, FAINT, GREY, SLATE, base
from fer_core.landmarks.sampling import equation_indices
from fer_core.losses.imbalance import focal_alpha

if TYPE_CHECKING:
    import pandas as pd

RATIOS = {
    "test": ("test set, reconstructed", "circle-open"),
    "six": ("CK+, six emotions", "square"),
    "seven": ("CK+, with contempt", "diamond"),
}
"""Column of the evidence → what its ratios are of, and their marker."""
POSSIBLE, IMPOSSIBLE = "printed", "printed, outside all others"


def ratios_figure(evidence: pd.DataFrame, moderate: float, severe: float) -> go.Figure:
    """Printed imbalance ratios against those that the known sets give, on a log axis, with both thresholds.

    ``evidence``: columns emotion, printed, test, six, seven, possible.
    """
    rows = [str(e) for e in evidence["emotion"]]
    figure = go.Figure()
    for column, (name, symbol) in RATIOS.items():
        figure.add_scatter(
            x=evidence[column],
            y=rows,
            mode="markers",
            name=name,
            marker={"symbol": symbol, "size": 10, "color": CONDITIONS[1], "line": {"width": 2, "color": CONDITIONS[1]}},
            hovertemplate="%{y}, " + name + ": %{x:.2f}<extra></extra>",
        )
    for good, name, colour in ((True, POSSIBLE, GREY), (False, IMPOSSIBLE, ALARM)):
        part = evidence[evidence["possible"] == good]
        figure.add_scatter(
            x=part["printed"],
            y=part["emotion"],
            mode="markers",
            name=name,
            marker={"symbol": "x-thin", "size": 11, "line": {"width": 3.5, "color": colour}},
            hovertemplate="%{y}, " + name + ": %{x:.1f}<extra></extra>",
        )
    base(figure, height=360, margin={"l": 8, "r": 16, "t": 84, "b": 44})
    bands = (("plain", 1.8, moderate), ("weighted", moderate, severe), ("focal", severe, 15))
    for words, low, high in bands:
        figure.add_annotation(
            x=float(np.log10(low * high) / 2),
            y=0,
            yref="paper",
            yanchor="bottom",
            text=words,
            showarrow=False,
            font={"size": 12, "color": GREY},
        )
    for threshold in (moderate, severe):
        figure.add_vline(x=threshold, line={"color": GREY, "width": 1.5, "dash": "dash"}, layer="below")
    figure.update_yaxes(
        type="category", categoryorder="array", categoryarray=rows, range=[len(rows) - 0.2, -0.6], fixedrange=True
    )
    ticks = [2, moderate, 5, 8, severe]
    figure.update_xaxes(
        type="log",
        range=[float(np.log10(1.8)), float(np.log10(15))],
        tickvals=ticks,
        zeroline=False,
        ticktext=[f"{t:g}" for t in ticks],
        title="Imbalance ratio (log axis)",
        fixedrange=True,
    )
    return figure


def alpha_figure(ratio: float, extreme: float) -> go.Figure:
    """Equation 9 over the ratio: its second term, what it gives, and the ratio looked at."""
    ratios = np.linspace(8, 30, 221)
    beyond = ratios > extreme
    figure = go.Figure()
    figure.add_scatter(
        x=ratios,
        y=0.25 + 0.1 * (ratios - 5),
        mode="lines",
        name="0.25 + 0.1 (ratio - 5)",
        line={"color": GREY, "width": 2, "dash": "dot"},
        hovertemplate="ratio %{x:.1f}: second term %{y:.2f}<extra></extra>",
    )
    for part, name, dash in ((~beyond, "alpha, fixed", "dash"), (beyond, "alpha by equation 9", "solid")):
        figure.add_scatter(
            x=ratios[part],
            y=[focal_alpha(float(r)) for r in ratios[part]],
            mode="lines",
            name=name,
            line={"color": SLATE, "width": 4, "dash": dash},
            hovertemplate="ratio %{x:.1f}: alpha %{y:.2f}<extra></extra>",
        )
    at = focal_alpha(ratio)
    figure.add_scatter(
        x=[ratio],
        y=[at],
        mode="markers+text",
        text=[f"<b>{at:.2f}</b>"],
        textposition="bottom center",
        marker={"size": 14, "color": SLATE, "line": {"width": 2, "color": GREY}},
        showlegend=False,
        hovertemplate="ratio %{x:.1f}: alpha %{y:.2f}<extra></extra>",
    )
    base(figure, height=320, margin={"l": 8, "r": 16, "t": 60, "b": 44})
    figure.add_vline(x=extreme, line={"color": GREY, "width": 1.5, "dash": "dash"}, layer="below")
    figure.update_xaxes(title="Imbalance ratio", range=[7.5, 30.5], fixedrange=True, zeroline=False)
    figure.update_yaxes(title="Alpha", range=[0.4, 1.35], tickformat=".1f", fixedrange=True)
    return figure


def sampling_figure(lengths: tuple[int, ...], frames: int = 10) -> go.Figure:
    """Which frames equation 2 takes of clips of several lengths: a line per clip, a dot per frame taken."""
    rows = [f"{n} frames" for n in lengths]
    figure = go.Figure()
    for n, row in zip(lengths, rows, strict=True):
        taken = equation_indices(n, frames) + 1
        figure.add_scatter(
            x=[1, n], y=[row, row], mode="lines", line={"color": FAINT, "width": 7}, hoverinfo="skip", showlegend=False
        )
        figure.add_scatter(
            x=[1, taken[0]],
            y=[row, row],
            mode="lines",
            line={"color": ALARM, "width": 3, "dash": "dot"},
            name="not used before the first frame taken",
            hoverinfo="skip",
            showlegend=n == lengths[0],
        )
        figure.add_scatter(
            x=taken,
            y=[row] * len(taken),
            mode="markers",
            name="frame taken",
            showlegend=n == lengths[0],
            marker={"size": 9, "color": SLATE},
            hovertemplate=f"clip of {row}: frame %{{x}} is taken<extra></extra>",
        )
    base(figure, height=28 * len(rows) + 130, margin={"l": 8, "r": 16, "t": 60, "b": 44})
    figure.update_xaxes(title="Frame of the clip, 1 = neutral", zeroline=False, fixedrange=True)
    figure.update_yaxes(
        type="category", categoryorder="array", categoryarray=rows, range=[len(rows) - 0.4, -0.6], fixedrange=True
    )
    return figure


def saving_figure(here: float, span: tuple[float, float], claimed: float) -> go.Figure:
    """Cost of a GRU over that of an LSTM: this network, the range over all, and the claim."""
    figure = go.Figure()
    figure.add_scatter(
        x=list(span),
        y=["", ""],
        mode="lines",
        line={"color": FAINT, "width": 22},
        name="all networks of the study's ranges",
        hovertemplate=f"all: {span[0]:.3f} to {span[1]:.3f}<extra></extra>",
    )
    figure.add_scatter(
        x=[here],
        y=[""],
        mode="markers+text",
        name="this network",
        text=[f"<b>{here:.3f}</b>"],
        textposition="bottom center",
        marker={"size": 15, "color": SLATE},
        hovertemplate="this network: %{x:.3f}<extra></extra>",
    )
    figure.add_scatter(
        x=[claimed],
        y=[""],
        mode="markers+text",
        name="claimed",
        text=[f"<b>{claimed:g}</b>"],
        textposition="bottom center",
        marker={"symbol": "line-ns-open", "size": 30, "color": ALARM, "line": {"width": 3, "color": ALARM}},
        hovertemplate="claimed: %{x:g}<extra></extra>",
    )
    base(figure, height=190, margin={"l": 8, "r": 16, "t": 60, "b": 44})
    figure.update_xaxes(range=[0.7, 1.0], title="GRU over LSTM, whole network", fixedrange=True)
    figure.update_yaxes(visible=False, fixedrange=True)
    return figure


def layers_figure(work: Mapping[str, Mapping[str, int]]) -> go.Figure:
    """Multiplications of each layer as stacked bars, one per architecture: {architecture: {layer: count}}."""
    figure = go.Figure()
    layers = list(next(iter(work.values())))
    for layer, colour, shape in zip(layers, (CONDITIONS[2], CONDITIONS[1], ALARM), ("", "/", "x"), strict=True):
        figure.add_bar(
            x=[work[a][layer] for a in work],
            y=[a.upper() for a in work],
            orientation="h",
            name=layer,
            marker={
                "color": colour,
                "pattern": {"shape": shape, "fillmode": "overlay", "fgcolor": "rgba(255,255,255,0.5)"},
            },
            hovertemplate="%{y}, " + layer + ": %{x:,}<extra></extra>",
        )
    base(figure, height=230, barmode="stack", margin={"l": 8, "r": 16, "t": 60, "b": 44})
    figure.update_xaxes(title="Multiplications per clip", fixedrange=True, zeroline=False)
    figure.update_yaxes(autorange="reversed", fixedrange=True)
    return figure
