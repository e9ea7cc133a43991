"""Pictures of a sensitivity study: planes of the grid emotion by emotion, ranges, ways to a point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fer_core.base.text import for_html
from fer_core.figures.matrix import SCALE
from fer_core.figures.theme import CONDITIONS, GREY, SLATE, base
from fer_core.losses.grid import AXES, Place
from fer_core.studies.sensitivity.loss_outputs import Reading
from fer_core.studies.sensitivity.results import Cell, Sensitivity

AXIS_WORDS = {"moderate": "Moderate threshold", "severe": "Severe threshold", "gamma": "γ", "alpha": "α"}
MEASURE_WORDS = {"recall": "Recall", "precision": "Precision", "f1": "F1"}
READING_WORDS: dict[Reading, str] = {"outputs": "outputs as they are", "probabilities": "read by their loss"}
WAY_WORDS = {
    "plain": "plain BCE for all",
    "own": "the study's own point",
    "chosen": "chosen on inner folds",
    "best": "best on the test side (optimistic)",
}
OWN, AT = "the study's own values", "the point looked at"
RATIO = "the emotion's own ratio (whole corpus)"

_LOSS = [[0.0, "#9C3D20"], [0.5, "#EEF0F2"], [1.0, "#264C7A"]]
"""Worse, equal, better; told apart by colour-blind eyes, and the sign stands in the cell."""
_DARK, _PALE = "#0B0F14", "#FFFFFF"
_PANEL, _ACROSS = 270, 3
_MOST_LETTERED = 48
_SHORT = {"b": "plain BCE", "w": "weighted BCE", "f": "focal loss"}


def plane_figure(
    study: Sensitivity,
    reading: Reading,
    measure: str,
    axes: tuple[str, str],
    at: Place,
    kind: int | None = None,
    difference: bool = False,
) -> go.Figure:
    """One heatmap per emotion over two of the four numbers, the other two as in ``at``.

    Parameters
    ----------
    axes : names of the number across and of the one upwards
    kind : gives every emotion this kind of loss, whatever its ratio (`Sensitivity.cell`)
    difference : from the study's own point, instead of the value
    """
    emotions = study.emotions
    planes = {e: study.plane(e, reading, axes, at, kind) for e in emotions}
    values = {e: _values(study, e, planes[e], reading, measure, difference) for e in emotions}
    rows = -(-len(emotions) // _ACROSS)
    figure = make_subplots(
        rows,
        min(_ACROSS, len(emotions)),
        horizontal_spacing=0.05,
        vertical_spacing=0.34 / rows,
        subplot_titles=[_title(study, e, planes[e]) for e in emotions],
    )
    for i, emotion in enumerate(emotions):
        place = {"row": i // _ACROSS + 1, "col": i % _ACROSS + 1}
        hover = [[_hover(emotion, cell, measure) for cell in row] for row in planes[emotion]]
        figure.add_trace(_heat(study, axes, values[emotion], hover, difference), **place)
        _ratio_lines(figure, study, emotion, axes, place, first=i == 0)
        _marks(figure, study, axes, at, place, first=i == 0)
        _ticks(figure, study, axes, place, outer=(place["col"] == 1, i + _ACROSS >= len(emotions)))
    base(figure, height=_PANEL * rows + 110, margin={"l": 8, "r": 8, "t": 92, "b": 48})
    figure.update_layout(
        coloraxis=_colours(list(values.values()), difference, measure),
        legend={"y": 1 + 62 / (_PANEL * rows), "yanchor": "bottom"},
    )
    return figure


def spans_figure(study: Sensitivity, measure: str) -> go.Figure:
    """Per emotion the range over every loss, as outputs and as read; dots are further seeds of one point."""
    figure = go.Figure()
    for reading, offset, colour in (("outputs", -0.17, CONDITIONS[1]), ("probabilities", 0.17, CONDITIONS[2])):
        xs: list[float | None] = []
        ys: list[float | None] = []
        dots: list[tuple[float, float, str]] = []
        for k, emotion in enumerate(study.emotions):
            low, high = study.all_losses(emotion, reading, measure)  # type: ignore[arg-type]
            wide = max(0.0, 0.004 - (high - low)) / 2  # a range of nothing is seen too
            xs += [low - wide, high + wide, None]
            ys += [k + offset, k + offset, None]
            seeds = study.seeds(emotion, reading, measure)  # type: ignore[arg-type]
            dots += [(v, k + offset, f"{emotion}, seed {n + 1} of {len(seeds)}") for n, v in enumerate(seeds)]
        name = READING_WORDS[reading]  # type: ignore[index]
        figure.add_scatter(
            x=xs,
            y=ys,
            mode="lines",
            line={"color": colour, "width": 9},
            opacity=0.75,
            name=f"all losses, {name}",
            hovertemplate="%{x:.3f}<extra>" + name + "</extra>",
        )
        figure.add_scatter(
            x=[d[0] for d in dots],
            y=[d[1] for d in dots],
            mode="markers",
            text=[d[2] for d in dots],
            marker={"symbol": "line-ns", "size": 11, "line": {"width": 2, "color": GREY}},
            name="the study's own point, seed by seed",
            showlegend=reading == "outputs",
            hovertemplate="%{text}: %{x:.3f}<extra>" + name + "</extra>",
        )
    base(figure, height=46 * len(study.emotions) + 110, margin={"l": 8, "r": 16, "t": 56, "b": 44})
    figure.update_yaxes(
        tickvals=list(range(len(study.emotions))),
        ticktext=list(study.emotions),
        autorange="reversed",
        zeroline=False,
        fixedrange=True,
    )
    figure.update_xaxes(title=MEASURE_WORDS[measure], zeroline=False, fixedrange=True)
    return figure


def ways_figure(study: Sensitivity, reading: Reading, objective: str, measures: Sequence[str]) -> go.Figure:
    """How four ways to come to a point do, mean over the emotions, one panel per measure."""
    figure = make_subplots(
        1,
        len(measures),
        shared_yaxes=True,
        horizontal_spacing=0.04,
        subplot_titles=[f"Mean {MEASURE_WORDS[m]}" if m == "f1" else f"Mean {m}" for m in measures],
    )
    ways = [study.way(reading, w, objective if w in ("chosen", "best") else "") for w in WAY_WORDS]
    names = list(WAY_WORDS.values())
    for column, measure in enumerate(measures, 1):
        three = [w["mean"][measure] for w in ways]
        figure.add_trace(_dots(three, names, [w["way"] for w in ways]), row=1, col=column)
    base(figure, height=44 * len(names) + 96, showlegend=False, margin={"l": 8, "r": 16, "t": 44, "b": 30})
    figure.update_yaxes(type="category", autorange="reversed", fixedrange=True)
    figure.update_xaxes(zeroline=False, tickformat=".2f", nticks=6, fixedrange=True)
    return figure


def _values(
    study: Sensitivity, emotion: str, plane: list[list[Cell]], reading: Reading, measure: str, difference: bool
) -> np.ndarray:
    found = np.array([[np.nan if c.values is None else c.values[measure] for c in row] for row in plane])
    if not difference:
        return found
    own = study.way(reading, "own")["per_emotion"][emotion]
    return found - (np.nan if own is None else own[study.plain["row"].index(measure)])


def _heat(
    study: Sensitivity, axes: tuple[str, str], z: np.ndarray, hover: list[list[str]], difference: bool
) -> go.Heatmap:
    lettered = z.size <= _MOST_LETTERED
    text = [[("" if np.isnan(v) else f"{v:+.2f}" if difference else f"{v:.2f}") for v in row] for row in z]
    x, y = (list(range(len(getattr(study.grid, a)))) for a in axes)
    return go.Heatmap(
        z=z,
        x=x,
        y=y,
        coloraxis="coloraxis",
        xgap=1,
        ygap=1,
        customdata=hover,
        hovertemplate="%{customdata}<extra></extra>",
        hoverongaps=False,
        text=text if lettered else None,
        texttemplate="%{text}" if lettered else None,
        textfont={"size": 11},
    )


def _hover(emotion: str, cell: Cell, measure: str) -> str:
    if cell.values is None:
        return f"{emotion}: a fit failed here"
    v = cell.values
    return (
        f"{for_html(emotion)}, {for_html(cell.words)}<br>{MEASURE_WORDS[measure]} {v[measure]:.3f}, "
        f"95% interval {v[measure + '_low']:.2f} to {v[measure + '_high']:.2f}<br>"
        f"{v['tp']} of {v['tp'] + v['fn']} clips of it found, {v['fp']} others called so"
    )


def _title(study: Sensitivity, emotion: str, plane: list[list[Cell]]) -> str:
    """Emotion, ratio, and which losses occur; where there is but one, that the axes change nothing."""
    patterns = {cell.pattern for row in plane for cell in row}
    said = ", ".join(words for kind, words in _SHORT.items() if any(kind in p for p in patterns))
    if len(patterns) == 1 and "f" not in (only := patterns.pop()):
        said += (" everywhere" if len(set(only)) == 1 else " by fold") + ": nothing changes"
    return f"<b>{emotion}</b>, ratio {study.ratio(emotion):.1f}<br><span style='font-size:11px'>{said}</span>"


def _ratio_lines(
    figure: go.Figure, study: Sensitivity, emotion: str, axes: tuple[str, str], place: dict[str, int], first: bool
) -> None:
    """The emotion's own ratio on every threshold's axis that reaches so far."""
    sizes = [len(getattr(study.grid, a)) for a in axes]
    shown = first
    for along, axis in enumerate(axes):
        thresholds = getattr(study.grid, axis)
        ratio = study.ratio(emotion)
        if axis in ("gamma", "alpha") or not thresholds[0] <= ratio <= thresholds[-1]:
            continue
        where = float(np.interp(ratio, thresholds, range(len(thresholds))))
        ends = [-0.5, sizes[1 - along] - 0.5]
        x, y = ([where, where], ends) if along == 0 else (ends, [where, where])
        for colour, width, dash in ((_PALE, 5, "solid"), (_DARK, 2, "dot")):
            figure.add_scatter(
                x=x,
                y=y,
                mode="lines",
                line={"color": colour, "width": width, "dash": dash},
                hoverinfo="skip",
                showlegend=False,
                **place,
            )
    if shown and {"moderate", "severe"} & set(axes):
        figure.add_scatter(
            x=[None], y=[None], mode="lines", line={"color": GREY, "width": 2, "dash": "dot"}, name=RATIO, **place
        )


def _marks(
    figure: go.Figure, study: Sensitivity, axes: tuple[str, str], at: Place, place: dict[str, int], first: bool
) -> None:
    """The study's own values as a cross in their cell's corner, a frame round the cell looked at."""
    sizes = [len(getattr(study.grid, a)) for a in axes]
    corner = 0.3 if sizes[0] * sizes[1] <= _MOST_LETTERED else 0.0  # beside the letters
    own, looked = ([p[AXES.index(a)] for a in axes] for p in (study.grid.own_place, at))
    box = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5)]
    cross = {"x": [own[0] - corner], "y": [own[1] + corner], "mode": "markers"}
    frame = {"x": [looked[0] + d for d, _ in box], "y": [looked[1] + d for _, d in box], "mode": "lines"}
    for colour, width in ((_PALE, 5), (_DARK, 2)):  # seen on cells of every colour
        line = {"width": width, "color": colour}
        marker = {"symbol": "x-thin", "size": 7, "color": colour, "line": line}
        figure.add_scatter(**frame, name=AT, line=line, hoverinfo="skip", showlegend=False, **place)
        figure.add_scatter(**cross, name=OWN, marker=marker, hoverinfo="skip", showlegend=False, **place)
    if first:
        for name, symbol in ((OWN, "x-thin"), (AT, "square-open")):
            marker = {"symbol": symbol, "size": 10, "color": GREY, "line": {"width": 2, "color": GREY}}
            figure.add_scatter(x=[None], y=[None], mode="markers", name=name, marker=marker, **place)


def _ticks(
    figure: go.Figure, study: Sensitivity, axes: tuple[str, str], place: dict[str, int], outer: tuple[bool, bool]
) -> None:
    left, bottom = outer
    for update, axis, titled in ((figure.update_xaxes, axes[0], bottom), (figure.update_yaxes, axes[1], left)):
        values = getattr(study.grid, axis)
        step = 2 if len(values) > 7 else 1
        update(
            tickvals=list(range(0, len(values), step)),
            ticktext=[f"{v:g}" for v in values[::step]],
            range=[-0.5, len(values) - 0.5],
            showgrid=False,
            zeroline=False,
            fixedrange=True,
            title=AXIS_WORDS[axis] if titled else "",
            **place,
        )


def _colours(values: list[np.ndarray], difference: bool, measure: str) -> dict[str, Any]:
    every = np.concatenate([v[np.isfinite(v)] for v in values] or [np.zeros(1)])
    every = every if len(every) else np.zeros(1)
    bar = {"thickness": 12, "outlinewidth": 0, "title": {"text": MEASURE_WORDS[measure], "side": "right"}}
    if difference:
        far = max(0.05, float(np.ceil(np.abs(every).max() * 20) / 20))
        return {"colorscale": _LOSS, "cmin": -far, "cmax": far, "colorbar": bar | {"tickformat": "+.2f"}}
    low, high = np.floor(every.min() * 20) / 20, np.ceil(every.max() * 20) / 20
    return {"colorscale": SCALE, "cmin": low, "cmax": max(high, low + 0.05), "colorbar": bar}


def _dots(three: list[list[float | None]], names: list[str], ways: list[str]) -> go.Scatter:
    x = [t[0] for t in three]
    known = [[v if v is not None else float("nan") for v in t] for t in three]
    return go.Scatter(
        x=x,
        y=names,
        mode="markers",
        marker={
            "size": 12,
            "color": SLATE,
            "line": {"width": 2, "color": SLATE},
            "symbol": ["circle-open" if w == "best" else "diamond" if w == "chosen" else "circle" for w in ways],
        },
        error_x={
            "type": "data",
            "array": [t[2] - t[0] for t in known],
            "arrayminus": [t[0] - t[1] for t in known],
            "thickness": 2,
            "width": 0,
            "color": GREY,
        },
        hovertext=[
            f"{n}: {t[0]:.3f}, 95% interval {t[1]:.3f} to {t[2]:.3f}" for n, t in zip(names, known, strict=True)
        ],
        hovertemplate="%{hovertext}<extra></extra>",
    )
