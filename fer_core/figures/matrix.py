"""A matrix of shares between 0 and 1: solid cells with letters, hover text and a way to click them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from fer_core.figures.theme import base

_PALE, _DEEP = (228, 233, 239), (38, 76, 122)
"""Cell colours at 0 and 1. They are solid, and each cell's letters are dark or white by its own
colour, so that a cell reads the same on a light page, a dark one and on paper."""
SCALE = [[0, f"rgb{_PALE}"], [1, f"rgb{_DEEP}"]]
_INK, _PAPER = "#0B0F14", "#FFFFFF"
_ROW = 44


def matrix_figure(
    rows: Sequence[str],
    columns: Sequence[str],
    shares: Any,
    text: Sequence[Sequence[str]],
    hover: Sequence[Sequence[str]],
    keys: Sequence[Sequence[Any]] | None = None,
) -> go.Figure:
    """Cells coloured by share, with letters and hover text.

    Parameters
    ----------
    shares : (rows, columns)
        0 to 1; NaN leaves a cell empty.
    keys : (rows, columns) of lists, optional
        What a click on the cell gives as ``customdata``. A heatmap's own cells cannot be selected, so
        each cell then holds an unseen square marker.
    """
    shares = np.asarray(shares, dtype=float)
    told = (
        {"hoverinfo": "skip"}
        if keys is not None
        else {"customdata": hover, "hovertemplate": "%{customdata}<extra></extra>", "hoverongaps": False}
    )
    heat = go.Heatmap(
        z=shares, x=columns, y=rows, zmin=0, zmax=1, colorscale=SCALE, showscale=False, xgap=2, ygap=2, **told
    )
    figure = go.Figure(heat)
    _letters(figure, rows, columns, text, shares)
    if keys is not None:
        _selectable(figure, rows, columns, hover, keys)
    base(figure, height=_ROW * len(rows) + 110, margin={"l": 8, "r": 8, "t": 36, "b": 8})
    figure.update_xaxes(type="category", showgrid=False, zeroline=False, fixedrange=True)
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False, zeroline=False, fixedrange=True)
    return figure


def ink_on(share: float) -> str:
    """Dark or white letters, whichever stands out more (WCAG 2 contrast) on a cell of this share."""
    cell = [p + share * (d - p) for p, d in zip(_PALE, _DEEP, strict=True)]
    light = _luminance(cell)
    dark = _luminance([int(_INK[i : i + 2], 16) for i in (1, 3, 5)])
    return _INK if (light + 0.05) / (dark + 0.05) > 1.05 / (light + 0.05) else _PAPER


def _letters(
    figure: go.Figure, rows: Sequence[str], columns: Sequence[str], text: Sequence[Sequence[str]], shares: np.ndarray
) -> None:
    """Each cell's text, dark or white; a selection elsewhere must not fade it, as it would by default."""
    filled = [(i, j) for i in range(len(rows)) for j in range(len(columns)) if np.isfinite(shares[i, j])]
    for ink in (_INK, _PAPER):
        cells = [(i, j) for i, j in filled if ink_on(float(shares[i, j])) == ink]
        font = {"color": ink}
        figure.add_scatter(
            x=[columns[j] for _, j in cells],
            y=[rows[i] for i, _ in cells],
            text=[text[i][j] for i, j in cells],
            mode="text",
            textfont=font,
            selected={"textfont": font},
            unselected={"textfont": font},
            hoverinfo="skip",
            showlegend=False,
        )


def _selectable(
    figure: go.Figure,
    rows: Sequence[str],
    columns: Sequence[str],
    hover: Sequence[Sequence[str]],
    keys: Sequence[Sequence[Any]],
) -> None:
    cells = [(i, j) for i in range(len(rows)) for j in range(len(columns))]
    figure.add_scatter(
        x=[columns[j] for _, j in cells],
        y=[rows[i] for i, _ in cells],
        mode="markers",
        marker={"symbol": "square", "size": 34, "color": "rgba(0,0,0,0)", "line": {"width": 0}},
        selected={"marker": {"color": "rgba(127,127,127,0.35)"}},
        unselected={"marker": {"color": "rgba(0,0,0,0)"}},
        customdata=[keys[i][j] for i, j in cells],
        hovertext=[hover[i][j] for i, j in cells],
        hovertemplate="%{hovertext}<extra></extra>",
        showlegend=False,
    )


def _luminance(rgb: list[float]) -> float:
    """Relative luminance of an sRGB colour (WCAG 2)."""
    linear = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
