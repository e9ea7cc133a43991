"""The course of a clip: probabilities above, what was said of each stretch below."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fer_core.figures.theme import EMOTION_COLOURS, FAINT, GREY, base
from fer_core.live.videos.timeline import Timeline

_ROW = 22
"""Pixels of a row of the lower picture."""
_STATE_COLOURS = {"rest": EMOTION_COLOURS["neutral"], "unsure": FAINT, "no face": FAINT, "calibrating": GREY}
_STATES = ("rest", "unsure", "calibrating", "no face")


def clip_figure(course: Timeline, emotions: Sequence[str], threshold: float | None = None) -> go.Figure:
    """Lines of probability, and under them a row for each emotion and state with its stretches.

    A row says by its place what its colour says. Gaps in the lines are times without a face.
    """
    shown = [e for e in emotions if e != "neutral"]
    labels = [*shown, *(s for s in _STATES if s != "calibrating" or _occurs(course, s))]
    scale, unit = _unit(course.end_s - course.start_s)
    low = _ROW * len(labels)
    share = 230 / (230 + low)
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.06, row_heights=[share, 1 - share])
    times = course.times / scale
    for name in shown:
        figure.add_scatter(
            x=times,
            y=course.probabilities[name],
            mode="lines",
            name=name,
            row=1,
            col=1,
            connectgaps=False,
            line={"color": EMOTION_COLOURS.get(name, GREY), "width": 1.8},
            hovertemplate=f"{name} %{{y:.2f}} at %{{x:.4g}} {unit}<extra></extra>",
        )
    if threshold is not None:
        figure.add_hline(y=threshold, line={"color": GREY, "width": 1.2, "dash": "dash"}, row=1, col=1)
    for label in labels:
        mine = [s for s in course.stretches if s.label == label]
        figure.add_bar(
            x=[(s.end_s - s.start_s) / scale for s in mine],
            base=[s.start_s / scale for s in mine],
            y=[label] * len(mine),
            orientation="h",
            name=label,
            showlegend=False,
            row=2,
            col=1,
            marker={"color": EMOTION_COLOURS.get(label, _STATE_COLOURS.get(label, GREY)), "line_width": 0},
            customdata=[[s.start_s / scale, s.end_s / scale] for s in mine],
            hovertemplate=f"{label}, %{{customdata[0]:.4g}} to %{{customdata[1]:.4g}} {unit}<extra></extra>",
        )
    base(figure, height=230 + low + 132, bargap=0.25, barmode="overlay")
    figure.update_layout(margin={"l": 8, "r": 12, "t": 40, "b": 8})
    # Below: above, on a telephone, the figure's buttons would lie on it.
    figure.update_layout(legend={"y": -56 / (230 + low), "yanchor": "top"})
    figure.update_xaxes(range=[course.start_s / scale, course.end_s / scale])
    figure.update_xaxes(title=f"Time ({unit})", row=2, col=1)
    figure.update_yaxes(range=[0, 1.02], title="Probability", dtick=0.5, row=1, col=1)
    figure.update_yaxes(
        categoryorder="array",
        categoryarray=labels[::-1],
        type="category",
        showgrid=False,
        range=[-0.5, len(labels) - 0.5],
        row=2,
        col=1,
    )
    return figure


def _occurs(course: Timeline, label: str) -> bool:
    return any(s.label == label for s in course.stretches)


def _unit(seconds: float) -> tuple[float, str]:
    """What one unit of the axis is in seconds, and its name."""
    if seconds <= 300:
        return 1.0, "s"
    return (60.0, "min") if seconds <= 3 * 3600 else (3600.0, "h")
