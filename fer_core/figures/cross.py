"""The picture of a cross-corpus matrix: a result, its N and the drop in each cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from fer_core.base.text import for_html
from fer_core.figures.matrix import matrix_figure

WORDS = {"accuracy": "accuracy", "balanced_accuracy": "balanced accuracy", "macro_f1": "macro F1"}
_ROW = 74


def cross_figure(matrix: Mapping[str, Any], metric: str = "accuracy") -> go.Figure:
    """Recognisers by corpora; a frame marks a recogniser's own test side, an empty cell has none.

    Parameters
    ----------
    matrix : as `fer_core.studies.cross.matrix.cross_matrix` gives it
    metric : a key of `WORDS`
    """
    rows = _unique([f"{for_html(r['name'])}<br>trained on {for_html(r['corpus'] or '?')}" for r in matrix["rows"]])
    columns = _unique([for_html(c["name"]) for c in matrix["columns"]])
    cells = matrix["cells"]
    shares = [[cell[metric] if cell["n"] else float("nan") for cell in row] for row in cells]
    text = [[cell_text(cell, metric) for cell in row] for row in cells]
    hover = [
        [_hover(r, c, cell, metric) for c, cell in zip(matrix["columns"], row, strict=True)]
        for r, row in zip(matrix["rows"], cells, strict=True)
    ]
    figure = matrix_figure(rows, columns, shares, text, hover)
    for i, row in enumerate(cells):
        for j, cell in enumerate(row):
            if cell.get("own"):
                figure.add_shape(
                    type="rect",
                    x0=j - 0.47,
                    x1=j + 0.47,
                    y0=i - 0.46,
                    y1=i + 0.46,
                    line={"color": "#E69F00", "width": 3},
                )
    figure.update_layout(height=_ROW * len(rows) + 110)
    figure.update_xaxes(side="top")
    return figure


def cell_text(cell: Mapping[str, Any], metric: str = "accuracy") -> str:
    """``0.62``, the drop below it, and N; empty for an empty cell."""
    if not cell["n"]:
        return ""
    fell = "own test side" if cell.get("own") else _drop(cell, metric)
    return "<br>".join(t for t in (f"{cell[metric]:.3f}", fell, f"n {cell['n']:,}") if t)


def _drop(cell: Mapping[str, Any], metric: str) -> str:
    if cell.get("drop") is None:
        return ""
    value = cell["drop"][metric]["value"]
    return f"−{value:.3f}" if value >= 0 else f"+{-value:.3f}"


def _hover(row: Mapping[str, Any], column: Mapping[str, Any], cell: Mapping[str, Any], metric: str) -> str:
    named = for_html(f"{row['name']} on {column['name']}")
    if not cell["n"]:
        return f"{named}: {for_html(cell['why'])}"
    low, high = cell["intervals"][metric]
    lines = [named, f"{WORDS[metric]} {cell[metric]:.3f} [{low:.3f}, {high:.3f}], n {cell['n']:,}"]
    if cell.get("drop") is not None:
        low, high = cell["drop"][metric]["interval"]
        lines.append(f"lost against its own result {cell['drop'][metric]['value']:.3f} [{low:.3f}, {high:.3f}]")
    return "<br>".join([*lines, *map(for_html, [cell["labels"], *cell["notes"]])])


def _unique(names: list[str]) -> list[str]:
    """Equal names would fall into one row: the second gets a number."""
    return [n if n not in names[:k] else f"{n} ({names[:k].count(n) + 1})" for k, n in enumerate(names)]
