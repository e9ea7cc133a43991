"""Pictures of landmarks: a clip to play and scrub, two ways to mirror a face, mean displacements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fer_core.figures.theme import ALARM, EMOTION_COLOURS, FAINT, GREY, SLATE, base
from fer_core.landmarks import mesh
from fer_core.landmarks.landmark_set import FrameStatus
from fer_core.landmarks.track import FloatArray
from fer_core.landmarks.view import Field, Playback

MILLISECONDS = 80
"""Time that a played moment stands; CK+ was filmed at 30 frames a second, this is slower on purpose."""

LEFT, RIGHT = "#0072B2", "#D55E00"
"""The filmed person's left and right half, where a picture must tell them apart."""

_STATUS: dict[int, tuple[str, str, str]] = {
    FrameStatus.OBSERVED: ("observed", SLATE, "circle"),
    FrameStatus.INTERPOLATED: ("interpolated", "#8FA3BA", "diamond-open"),
    FrameStatus.MISSED: ("missed, filled from its neighbours", ALARM, "x"),
}


def player_figure(clip: Playback, *, arrows: bool = False, enlarge: float = 1.0, colour: str = SLATE) -> go.Figure:
    """A clip's mesh with a play button, a scrubber and a time axis that marks the sampled frames.

    Played by the browser: no request per frame. It opens on the last moment, where the expression is;
    playing starts at the first. With ``arrows``, each landmark's displacement from
    the neutral frame is drawn, ``enlarge`` times its length.
    """
    last = len(clip.points) - 1
    figure = go.Figure(data=_moment(clip, last, arrows, enlarge, colour))
    moving = list(range(len(figure.data)))
    _time_axis(figure, clip)
    figure.frames = [
        go.Frame(data=_moment(clip, i, arrows, enlarge, colour), traces=moving, name=str(i))
        for i in range(len(clip.points))
    ]
    base(figure, height=620, margin={"l": 8, "r": 8, "t": 8, "b": 8})
    figure.update_layout(
        legend={"orientation": "h", "y": 0.205, "yanchor": "bottom", "x": 0},
        updatemenus=[_buttons()],
        sliders=[_scrubber(clip)],
    )
    _face_axes(figure, clip.points, "", y_domain=(0.30, 0.94))
    still = {"visible": False, "fixedrange": True, "range": [0, 1]}
    figure.update_layout(xaxis3=still | {"anchor": "y3"}, yaxis3=still | {"anchor": "x3", "domain": [0.95, 1]})
    return figure


def mirror_figure(original: FloatArray, mirrored: FloatArray, flipped: FloatArray) -> go.Figure:
    """The original face, its true mirror image, and equation 3's flip, left and right told apart.

    All three are (468, 2); each is moved to the same centre. In the two flips a thin line leads from
    each landmark of the original to the same landmark of the flip.
    """
    titles = ("As filmed", "True mirror", "Equation 3 as printed")
    figure = make_subplots(cols=3, subplot_titles=titles, horizontal_spacing=0.02)
    centred = [p - p.mean(axis=0) for p in (original, mirrored, flipped)]
    for column, points in enumerate(centred, start=1):
        if column > 1:
            threads = _segments(np.stack([centred[0], points], axis=1)[::3])
            figure.add_scatter(
                x=threads[:, 0],
                y=threads[:, 1],
                mode="lines",
                line={"color": FAINT, "width": 1},
                hoverinfo="skip",
                showlegend=False,
                row=1,
                col=column,
            )
        for side, (name, colour, dash) in _sides().items():
            lines = _segments(points[_side_edges(side)])
            figure.add_scatter(
                x=lines[:, 0],
                y=lines[:, 1],
                mode="lines",
                name=name,
                legendgroup=side,
                showlegend=column == 1,
                line={"color": colour, "width": 2.5, "dash": dash},
                hoverinfo="skip",
                row=1,
                col=column,
            )
            x, y = points[mesh.regions()[f"{side}_eye"]].mean(axis=0)
            figure.add_annotation(
                x=x,
                y=y,
                text=f"{side} eye",
                showarrow=False,
                yshift=-22,
                font={"color": colour, "size": 12},
                row=1,
                col=column,
            )
        _face_axes(figure, np.stack(centred), "" if column == 1 else str(column))
    base(figure, height=380, margin={"l": 8, "r": 8, "t": 56, "b": 30})
    figure.update_layout(legend={"y": -0.02, "yanchor": "top"})
    return figure


def field_figure(emotion: str, field: Field, *, enlarge: float = 1.0) -> go.Figure:
    """Mean displacement of one emotion's clips from neutral, ``enlarge`` times its length."""
    figure = go.Figure(_field(emotion, field, enlarge))
    _face_axes(figure, _extent([field], enlarge), "")
    return base(figure, height=430, showlegend=False, margin={"l": 8, "r": 8, "t": 8, "b": 8})


def fields_figure(fields: Mapping[str, Field], *, enlarge: float = 1.0, columns: int = 4) -> go.Figure:
    """Mean displacement from neutral per emotion, small multiples at one scale."""
    emotions = list(fields)
    columns = min(columns, max(1, len(emotions)))
    rows = -(-len(emotions) // columns)
    titles = [f"<b>{e}</b>, n = {fields[e].n}" for e in emotions]
    figure = make_subplots(
        rows=rows, cols=columns, subplot_titles=titles, horizontal_spacing=0.01, vertical_spacing=0.08
    )
    extent = _extent(list(fields.values()), enlarge)
    for i, emotion in enumerate(emotions):
        for trace in _field(emotion, fields[emotion], enlarge):
            figure.add_trace(trace, row=i // columns + 1, col=i % columns + 1)
        _face_axes(figure, extent, "" if i == 0 else str(i + 1))
    return base(figure, height=290 * rows + 40, showlegend=False, margin={"l": 8, "r": 8, "t": 56, "b": 8})


def _field(emotion: str, field: Field, enlarge: float) -> list[go.Scatter]:
    """Traces of one field: the mean neutral face, the arrows, and points that answer to the pointer."""
    edges = _segments(field.neutral[_contour_edges()])
    face = go.Scatter(x=edges[:, 0], y=edges[:, 1], mode="lines", line={"color": FAINT, "width": 1.5}, hoverinfo="skip")
    arrows = _arrows(field.neutral, field.displacement * enlarge, EMOTION_COLOURS.get(emotion, GREY))
    return [face, arrows, _hover_points(field)]


def _extent(fields: Sequence[Field], enlarge: float) -> FloatArray:
    """All points that the fields' pictures reach."""
    return np.stack([p for f in fields for p in (f.neutral, f.neutral + enlarge * f.displacement)])


def _moment(clip: Playback, i: int, arrows: bool, enlarge: float, colour: str) -> list[go.Scatter]:
    """Traces of one moment: mesh, contours, arrows, playhead, words. Always the same number of traces."""
    points, status = clip.points[i], int(clip.status[i])
    width, dash = (2.0, "solid") if status == FrameStatus.OBSERVED else (1.6, "dot")
    strong = ALARM if status == FrameStatus.MISSED else GREY if arrows else colour
    fine, bold = _segments(points[mesh.tessellation()]), _segments(points[_contour_edges()])
    line = {"mode": "lines", "hoverinfo": "skip", "showlegend": False}
    number = clip.frame_numbers[i]
    return [
        go.Scatter(x=fine[:, 0], y=fine[:, 1], line={"color": FAINT, "width": 0.6}, **line),
        go.Scatter(x=bold[:, 0], y=bold[:, 1], line={"color": strong, "width": width, "dash": dash}, **line),
        _arrows(clip.neutral, (points - clip.neutral) * (enlarge if arrows else 0.0), colour, visible=arrows),
        go.Scatter(
            x=[number, number], y=[-0.8, 0.8], xaxis="x2", yaxis="y2", line={"color": ALARM, "width": 2}, **line
        ),
        _moment_label(clip, i),
    ]


def _arrows(start: FloatArray, by: FloatArray, colour: str, visible: bool = True) -> go.Scatter:
    """Displacements (468, 2) as arrows from ``start``; heads only where there is something to point out."""
    length = np.hypot(by[:, 0], by[:, 1])
    lines = _segments(np.stack([start, start + by], axis=1))
    heads = np.zeros((len(start), 3), dtype=np.float32)
    heads[:, 1] = np.where(length > 0.02 * np.ptp(start[:, 0]), 6, 0)
    return go.Scatter(
        x=lines[:, 0],
        y=lines[:, 1],
        mode="lines+markers",
        line={"color": colour, "width": 1.2},
        marker={
            "symbol": "arrow",
            "angleref": "previous",
            "size": heads.ravel(),
            "color": colour,
            "opacity": 1,
            "line": {"width": 0},
        },
        hoverinfo="skip",
        showlegend=False,
        visible=visible,
    )


def _hover_points(field: Field) -> go.Scatter:
    """Invisible points that tell a landmark's number and displacement."""
    length = np.hypot(field.displacement[:, 0], field.displacement[:, 1])
    return go.Scatter(
        x=field.neutral[:, 0],
        y=field.neutral[:, 1],
        mode="markers",
        marker={"size": 6, "opacity": 0},
        customdata=np.stack([np.arange(len(length)), 100 * length], axis=1),
        hovertemplate="landmark %{customdata[0]}: %{customdata[1]:.1f}% of the eye distance<extra></extra>",
    )


def _time_axis(figure: go.Figure, clip: Playback) -> None:
    """Frames as small ticks, samples as large markers, on a second pair of axes."""
    frames = np.isclose(clip.frame_numbers % 1, 0)
    frames &= ~((clip.status == FrameStatus.INTERPOLATED) & clip.sampled)
    figure.add_scatter(
        x=clip.frame_numbers[frames],
        y=np.full(frames.sum(), -0.35),
        mode="markers",
        name="frame of the clip",
        marker={"symbol": "line-ns-open", "size": 9, "color": GREY},
        xaxis="x2",
        yaxis="y2",
        hovertemplate="frame %{x:.0f}<extra></extra>",
    )
    for status, (name, colour, symbol) in _STATUS.items():
        taken = clip.sampled & (clip.status == status)
        if taken.any():
            figure.add_scatter(
                x=clip.frame_numbers[taken],
                y=np.full(taken.sum(), 0.35),
                mode="markers",
                name=f"sample, {name}",
                marker={"symbol": symbol, "size": 12, "color": colour, "line": {"width": 2, "color": colour}},
                xaxis="x2",
                yaxis="y2",
                hovertemplate="sample at frame %{x:.1f}: " + name + "<extra></extra>",
            )
    pad = 0.03 * max(1.0, float(np.ptp(clip.frame_numbers)))
    span = [float(clip.frame_numbers[0]) - pad, float(clip.frame_numbers[-1]) + pad]
    figure.update_layout(
        xaxis2={
            "domain": [0, 1],
            "anchor": "y2",
            "range": span,
            "title": {"text": "Frame number", "standoff": 4},
            "zeroline": False,
            "showgrid": False,
            "fixedrange": True,
        },
        yaxis2={"domain": [0.13, 0.20], "anchor": "x2", "range": [-1, 1], "visible": False, "fixedrange": True},
    )


def _moment_label(clip: Playback, i: int) -> go.Scatter:
    """The words above the face: which frame, where it comes from, whether it is sampled.

    A trace and not an annotation, because annotations only change with a full redraw, which takes
    the browser half a second per moment.
    """
    number = f"{clip.frame_numbers[i]:.1f}".removesuffix(".0")
    words = _STATUS[int(clip.status[i])][0]
    text = f"frame {number}, {words}" + (", <b>sampled</b>" if clip.sampled[i] else "")
    return go.Scatter(
        x=[0.5], y=[0.5], xaxis="x3", yaxis="y3", mode="text", text=[text], hoverinfo="skip", showlegend=False
    )


def _buttons() -> dict[str, Any]:
    play = {"frame": {"duration": MILLISECONDS, "redraw": False}, "fromcurrent": True, "transition": {"duration": 0}}
    pause = {"frame": {"duration": 0, "redraw": False}, "mode": "immediate", "transition": {"duration": 0}}
    return {
        "type": "buttons",
        "direction": "left",
        "x": 0,
        "y": 1,
        "xanchor": "left",
        "yanchor": "top",
        "pad": {"t": 0, "l": 0},
        "showactive": False,
        "bgcolor": "rgba(128,136,144,0.15)",
        "borderwidth": 0,
        "buttons": [
            {"label": "▶ Play", "method": "animate", "args": [None, play]},
            {"label": "❚❚ Pause", "method": "animate", "args": [[None], pause]},
        ],
    }


def _scrubber(clip: Playback) -> dict[str, Any]:
    show = {"mode": "immediate", "frame": {"duration": 0, "redraw": False}, "transition": {"duration": 0}}
    steps = [
        {"label": f"{number:.1f}".removesuffix(".0"), "method": "animate", "args": [[str(i)], show]}
        for i, number in enumerate(clip.frame_numbers)
    ]
    return {
        "active": len(steps) - 1,
        "x": 0,
        "len": 1,
        "y": 0.0,
        "yanchor": "bottom",
        "pad": {"t": 0, "b": 0},
        "steps": steps,
        "currentvalue": {"visible": False},
        "ticklen": 0,
        "minorticklen": 0,
        "font": {"size": 1, "color": "rgba(0,0,0,0)"},
        "bgcolor": FAINT,
        "activebgcolor": SLATE,
        "borderwidth": 0,
        "transition": {"duration": 0},
    }


def _face_axes(figure: go.Figure, points: FloatArray, number: str, y_domain: tuple[float, float] | None = None) -> None:
    """Axes without marks that hold all the given faces, y down, both directions at one scale."""
    low, high = points.reshape(-1, 2).min(axis=0), points.reshape(-1, 2).max(axis=0)
    pad = 0.06 * float((high - low).max())
    hidden = {"visible": False, "fixedrange": True}
    figure.update_layout(
        {
            f"xaxis{number}": hidden | {"range": [float(low[0] - pad), float(high[0] + pad)], "constrain": "domain"},
            f"yaxis{number}": hidden
            | {"range": [float(high[1] + pad), float(low[1] - pad)], "scaleanchor": f"x{number}", "constrain": "domain"}
            | ({"domain": list(y_domain)} if y_domain else {}),
        }
    )


def _sides() -> dict[str, tuple[str, str, str]]:
    return {"left": ("the person's left", LEFT, "solid"), "right": ("the person's right", RIGHT, "5px,2px")}


def _side_edges(side: str) -> npt.NDArray[np.int64]:
    """Contour edges whose landmarks lie on the person's left or right half of the template."""
    edges = _contour_edges()
    x = mesh.template()[edges, 0].mean(axis=1)
    return edges[x > 0] if side == "left" else edges[x <= 0]


def _contour_edges() -> npt.NDArray[np.int64]:
    return np.concatenate(list(mesh.contours().values()))


def _segments(ends: npt.NDArray[np.generic]) -> FloatArray:
    """Line pieces (m, 2 ends, 2) as one broken line (3 m, 2), NaN between the pieces."""
    ends = np.asarray(ends, dtype=np.float32)
    gap = np.full((len(ends), 1, 2), np.nan, dtype=np.float32)
    return np.concatenate([ends, gap], axis=1).reshape(-1, 2)
