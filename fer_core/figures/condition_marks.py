"""How conditions are told apart in a picture: by marker, by fill and by shade, with the legend that says so.

Only factors with several levels among the conditions drawn are marked, so that the legend names no level
that is not there and none that is there differs from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from fer_core.figures.theme import CONDITIONS, GREY
from fer_core.results.words import LEVELS

Levels = Mapping[str, str]

_SHAPES = {"gru": "circle", "lstm": "square"}
_FILLS = {"bayesian": "", "predefined": "-open"}
_SHADES = {"advanced": CONDITIONS[1], "standard": GREY}
_PLAIN = ("circle", CONDITIONS[1])
_ROOM, _LINE = 34, 20
"""Pixels of the legend, and of each further line of it."""
_LEGEND = CONDITIONS[3]
"""Of entries that stand for a marker or a fill, whatever the shade."""


def condition_marks(conditions: Sequence[Levels]) -> list[tuple[str, str]]:
    """Symbol and colour of each condition; ``conditions`` give the level of each factor."""
    varied = _varied(conditions)
    shown = [{f: c[f] for f in varied} for c in conditions]
    return [
        (
            _SHAPES.get(c.get("architecture", ""), _PLAIN[0]) + _FILLS.get(c.get("tuning", ""), ""),
            _SHADES.get(c.get("loss", ""), _PLAIN[1]),
        )
        for c in shown
    ]


def add_legend(figure: go.Figure, conditions: Sequence[Levels], *, narrow: bool = False) -> None:
    """An entry for each level that `condition_marks` marks, above the picture; none where nothing varies.

    ``narrow``: the picture takes half a page, so that two entries fill a line.
    """
    varied = _varied(conditions)
    entries = [
        (level, factor, *style)
        for factor, styles in _ENTRIES.items()
        if factor in varied
        for level, style in styles.items()
        if level in varied[factor]
    ]
    for level, factor, symbol, colour in entries:
        name = f"{LEVELS.get(level, level)} loss" if factor == "loss" else LEVELS.get(level, level)
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            name=name,
            marker={"symbol": symbol, "color": colour, "size": 11, "line": {"width": 2, "color": colour}},
        )
    for trace in figure.data[: len(figure.data) - len(entries)]:
        trace.showlegend = False
    figure.update_layout(showlegend=bool(entries), legend={"y": 1, "yref": "container", "yanchor": "top"})
    if entries:  # room for it
        room = _ROOM + (_LINE * (len(entries) // 2 - 1) if narrow else 0)
        layout = figure.layout
        figure.update_layout(height=(layout.height or 0) + room, margin_t=(layout.margin.t or 0) + room)


_ENTRIES: dict[str, dict[str, tuple[str, str]]] = {
    "architecture": {level: (symbol, _LEGEND) for level, symbol in _SHAPES.items()},
    "tuning": {level: (f"diamond{fill}", _LEGEND) for level, fill in _FILLS.items()},
    "loss": {level: ("diamond", colour) for level, colour in _SHADES.items()},
}


def _varied(conditions: Sequence[Levels]) -> dict[str, list[str]]:
    """The study's factors that have several levels here, with those levels."""
    found = {f: list(dict.fromkeys(c[f] for c in conditions if f in c)) for f in _ENTRIES}
    return {f: levels for f, levels in found.items() if len(levels) > 1}
