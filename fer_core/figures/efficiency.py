"""Pictures of the Efficiency page: GRU over LSTM, latency by batch size, one-vs-all against one network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from fer_core.base.text import for_html
from fer_core.figures.theme import ALARM, CONDITIONS, GREY, SLATE, base

Rows = Sequence[Mapping[str, Any]]

GROUPS = {
    "counted": "Counted",
    "classifying": "Time to classify",
    "training": "Time for an epoch",
    "memory": "Peak memory",
    "disk": "Size on disk",
}
_LINE = 26  # pixels
_WIDEST = (0.3, 2.0)  # an interval that reaches further is cut off, or it would hide all others
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross")
_BELOW = {"orientation": "h", "x": 0, "y": -0.2, "yanchor": "top", "title": {"text": ""}}
_ARCHITECTURES = {"gru": ("GRU", "solid"), "lstm": ("LSTM", "dash")}


def ratio_figure(counted: Rows, measured: Rows, claimed: float) -> go.Figure:
    """GRU over LSTM: counted as open diamonds, measured as dots with intervals, the claim as a line.

    Rows as `counted` and `measured_rows` of `fer_core.efficiency` give them. What has no interval
    (memory, disk) is an open dot.
    """
    none = {"group": "counted", "low": None, "high": None, "turns": 0}
    rows = [*({**none, **r} for r in counted), *measured]
    places, ticks = _places(rows)
    figure = go.Figure()
    _named_line(figure, 1.0, "equal", {"color": GREY, "dash": "dot", "width": 1})
    _named_line(figure, claimed, f"claimed {claimed:.2f}", {"color": ALARM, "dash": "dash", "width": 2})
    for name, symbol, chosen in _kinds(rows):
        figure.add_trace(_marks(name, symbol, [(rows[k], places[k]) for k in chosen]))
    ends = [v for r in rows for v in (r["ratio"], r["low"], r["high"]) if v is not None]
    low, high = max(_WIDEST[0], min(*ends, claimed)), min(_WIDEST[1], max(*ends, 1.0))
    tall = _LINE * len(ticks)
    base(figure, height=tall + 100, margin={"l": 8, "r": 16, "t": 60, "b": 8})
    figure.update_yaxes(tickvals=list(ticks), ticktext=list(ticks.values()), range=[len(ticks) - 0.4, -0.6])
    figure.update_yaxes(showgrid=False, zeroline=False, fixedrange=True)
    figure.update_xaxes(title="GRU / LSTM", range=[low - 0.05, high + 0.05], zeroline=False)
    figure.update_layout(legend_y=1 + 24 / tall)
    return figure


def _named_line(figure: go.Figure, x: float, name: str, line: Mapping[str, Any]) -> None:
    """An upright line, its name above the picture: beside it lie the rows' names and their marks."""
    figure.add_vline(
        x,
        line=line,
        annotation={"text": name, "x": x, "xanchor": "center", "y": 1, "yanchor": "bottom", "showarrow": False},
    )


def _places(rows: Rows) -> tuple[list[int], dict[int, str]]:
    """Where each row stands, and what is written at every place: groups' headings and the rows' names."""
    places: list[int] = []
    ticks: dict[int, str] = {}
    for k, row in enumerate(rows):
        if k == 0 or row["group"] != rows[k - 1]["group"]:
            ticks[len(ticks)] = f"<b>{GROUPS[row['group']]}</b>"
        places.append(len(ticks))
        ticks[len(ticks)] = for_html(row["what"])
    return places, ticks


def _kinds(rows: Rows) -> list[tuple[str, str, list[int]]]:
    counted = [k for k, r in enumerate(rows) if r["group"] == "counted"]
    timed = [k for k, r in enumerate(rows) if r["low"] is not None]
    other = [k for k in range(len(rows)) if k not in counted and k not in timed]
    every = [
        ("counted", "diamond-open", counted),
        ("measured, 95% interval", "circle", timed),
        ("measured once", "circle-open", other),
    ]
    return [kind for kind in every if kind[2]]


def _marks(name: str, symbol: str, shown: Sequence[tuple[Mapping[str, Any], int]]) -> go.Scatter:
    colour = GREY if name == "counted" else SLATE
    values = [r["ratio"] for r, _ in shown]
    ends = [(r["low"], r["high"]) if r["low"] is not None else (r["ratio"],) * 2 for r, _ in shown]
    return go.Scatter(
        x=values,
        y=[place for _, place in shown],
        mode="markers",
        name=name,
        marker={"symbol": symbol, "size": 10, "color": colour, "line": {"width": 2, "color": colour}},
        error_x={
            "type": "data",
            "symmetric": False,
            "color": colour,
            "thickness": 2,
            "width": 4,
            "visible": any(r["low"] is not None for r, _ in shown),
            "array": [e[1] - v for e, v in zip(ends, values, strict=True)],
            "arrayminus": [v - e[0] for e, v in zip(ends, values, strict=True)],
        },
        hovertext=[_hover(r) for r, _ in shown],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _hover(r: Mapping[str, Any]) -> str:
    unit = f" {r['unit']}" if "unit" in r else ""
    gru, lstm = (f"{r[a]:,.0f}" if not unit else f"{r[a]:.3g}{unit}" for a in ("gru", "lstm"))
    spread = "" if r["low"] is None else f" [{r['low']:.2f}, {r['high']:.2f}], {r['turns']} turns"
    return f"{for_html(r['what'])}<br>GRU {gru}, LSTM {lstm}<br>ratio {r['ratio']:.3f}{spread}"


def latency_figure(rows: Rows, formats: Mapping[str, str], each: bool) -> go.Figure:
    """Milliseconds by batch size on log axes: a colour and marker per format, GRU solid and LSTM dashed.

    Rows of a measurement's ``latency``. ``each``: for one clip instead of for the whole batch.
    """
    figure = go.Figure()
    for k, (kind, words) in enumerate(formats.items()):
        own = [r for r in rows if r["format"] == kind]
        for a, (name, dash) in _ARCHITECTURES.items():
            times = [_median(r[f"{a}-many"]) / (r["batch"] if each else 1) for r in own]
            figure.add_trace(
                go.Scatter(
                    x=[r["batch"] for r in own],
                    y=times,
                    mode="lines+markers",
                    name=words,
                    legendgroup=kind,
                    showlegend=a == "gru",
                    line={"color": _colour(k), "dash": dash, "width": 2},
                    marker={"symbol": _SYMBOLS[k % 5] + ("" if a == "gru" else "-open"), "size": 8},
                    hovertemplate=f"{for_html(words)}, {name}, %{{x}} at once: %{{y:.3g}} ms<extra></extra>",
                )
            )
    for name, dash in _ARCHITECTURES.values():
        _explained(figure, name, GREY, dash)
    base(figure, height=450, legend=_BELOW)
    _batches(figure, rows)
    figure.update_yaxes(
        type="log",
        title="milliseconds for a clip" if each else "milliseconds for the batch",
        dtick=1,
        exponentformat="none",
    )
    return figure


def shared_figure(rows: Rows, formats: Mapping[str, str], counted: float, classifiers: int) -> go.Figure:
    """How many times as long one classifier per emotion takes as one network for all, by batch size.

    Rows of `fer_core.studies.efficiency.summary.shared_rows`; GRU solid, LSTM dashed. Lines at the
    count and at 1.
    """
    figure = go.Figure()
    figure.add_hline(counted, line={"color": ALARM, "dash": "dash", "width": 2})
    figure.add_hline(1.0, line={"color": GREY, "dash": "dot", "width": 1})
    for k, (kind, words) in enumerate(formats.items()):
        for a, (name, dash) in _ARCHITECTURES.items():
            own = [r for r in rows if (r["format"], r["architecture"]) == (kind, a)]
            figure.add_trace(
                go.Scatter(
                    x=[r["batch"] for r in own],
                    y=[r["ratio"] for r in own],
                    mode="lines+markers",
                    name=words,
                    legendgroup=kind,
                    showlegend=a == "gru",
                    line={"color": _colour(k), "dash": dash, "width": 2},
                    marker={"symbol": _SYMBOLS[k % 5] + ("" if a == "gru" else "-open"), "size": 8},
                    hovertemplate=f"{for_html(words)}, {name}, %{{x}} at once: %{{y:.2f}} times<extra></extra>",
                )
            )
    for name, dash in _ARCHITECTURES.values():
        _explained(figure, name, GREY, dash)
    _explained(figure, f"counted: {counted:.2f}", ALARM, "dash")
    base(figure, height=450, legend=_BELOW)
    _batches(figure, rows)
    top = max([classifiers + 0.5, *(r["ratio"] for r in rows)])
    figure.update_yaxes(title="one classifier per emotion / one network", range=[0, top + 0.3])
    return figure


def _explained(figure: go.Figure, name: str, colour: str, dash: str) -> None:
    """A kind of line in the legend only."""
    figure.add_trace(
        go.Scatter(x=[None], y=[None], mode="lines", name=name, line={"color": colour, "dash": dash, "width": 2})
    )


def _batches(figure: go.Figure, rows: Rows) -> None:
    batches = sorted({r["batch"] for r in rows})
    figure.update_xaxes(title="clips at once", type="log", tickvals=batches, ticktext=[str(b) for b in batches])


def _colour(k: int) -> str:
    return (SLATE, *CONDITIONS[1:], GREY)[k % 5]


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
