"""Colours and the look that all figures share: transparent, legible on a light and on a dark page."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import plotly.graph_objects as go

EMOTION_COLOURS: dict[str, str] = {
    "anger": "#D55E00",
    "contempt": "#CC79A7",
    "disgust": "#009E73",
    "fear": "#0072B2",
    "happiness": "#E69F00",
    "sadness": "#56B4E9",
    "surprise": "#B39B00",
    "neutral": "#808080",
}
"""One colour per emotion on every page, told apart by colour-blind eyes (after Okabe and Ito, 2008)."""

GREY = "#808890"
"""Lines and marks that must show on both a light and a dark ground (contrast above 3 on either)."""

_LINK = re.compile(r"<(?=\s*/?\s*a\b)", re.IGNORECASE)

FAINT = "rgba(128, 136, 144, 0.35)"
"""Grids, mesh edges, bands."""

SLATE = "#5B7FA6"
"""What is neither an emotion nor an axis: subjects, frames, one condition."""

CONDITIONS: tuple[str, ...] = ("#7D97B5", "#4A78A8", "#9DB4CC", "#5F6F80")
"""Grey-blue scale for conditions; dashes and markers tell them apart as well."""

ALARM = "#C44536"
"""Misses and rejections."""


def emotion_colours(emotions: tuple[str, ...]) -> list[str]:
    """The colours of the named emotions, in their order."""
    return [EMOTION_COLOURS.get(e, GREY) for e in emotions]


def template() -> go.layout.Template:
    """For figures that leave the page: dark letters, pale grid, the emotions' colours."""
    axis = {"gridcolor": "#E3E7EB", "zerolinecolor": "#9AA5B1", "linecolor": "#9AA5B1"}
    return go.layout.Template(
        layout={
            "font": {"family": "system-ui, sans-serif", "size": 14, "color": "#1F2933"},
            "colorway": list(EMOTION_COLOURS.values()),
            "xaxis": axis,
            "yaxis": axis,
        }
    )


def without_links(figure: go.Figure) -> go.Figure:
    """The figure, with links in its labels as text: plotly would make one of ``<a`` in a name."""
    plain = figure.to_plotly_json()
    return go.Figure(_unlinked(plain)) if _linked(plain) else figure


def _linked(part: Any) -> bool:
    if isinstance(part, dict):
        return any(map(_linked, part.values()))
    if isinstance(part, (list, tuple)) or (isinstance(part, np.ndarray) and part.dtype.kind in "OU"):
        return any(map(_linked, part))
    return isinstance(part, str) and _LINK.search(part) is not None


def _unlinked(part: Any) -> Any:
    if isinstance(part, str):
        return _LINK.sub("&lt;", part)
    if isinstance(part, dict):
        return {key: _unlinked(value) for key, value in part.items()}
    if isinstance(part, (list, tuple)) or (isinstance(part, np.ndarray) and part.dtype.kind in "OU"):
        return [_unlinked(value) for value in part]
    return part


def base(figure: go.Figure, *, height: int, **layout: Any) -> go.Figure:
    """The shared layout. Letters' colours are left to the page's theme, so that both modes read well."""
    figure.update_layout(
        height=height,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 8, "r": 8, "t": 34, "b": 8},
        hoverlabel={"align": "left"},
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": GREY, "activecolor": SLATE},
        legend={
            "orientation": "h",
            "y": 1.02,
            "yanchor": "bottom",
            "x": 0,
            "title": {"text": ""},
            "traceorder": "normal",
        },
        separators=". ",
    )
    figure.update_xaxes(automargin=True, gridcolor=FAINT, zerolinecolor=GREY)
    figure.update_yaxes(automargin=True, gridcolor=FAINT, zerolinecolor=GREY)
    figure.update_layout(layout)
    return figure
