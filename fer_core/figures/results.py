"""Pictures of a result: metric per emotion, confusion matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from fer_core.figures.theme import base

METRICS: dict[str, str] = {
    "recall": "Recall",
    "precision": "Precision",
    "f1": "F1",
    "specificity": "Specificity",
    "accuracy": "Binary accuracy",
}
"""A classifier's own metrics at probability 0.5, and how they are named on the page."""

_FORMULAS = {
    "recall": "{tp} of {positives} clips of it were called so",
    "precision": "{tp} of {called} clips called so were it",
    "f1": "2 × {tp} / (2 × {tp} + {fp} + {fn})",
    "specificity": "{tn} of {negatives} other clips were not called so",
    "accuracy": "{right} of {n} clips right; always answering no: {no}",
}
_PALE, _DEEP = (228, 233, 239), (38, 76, 122)
"""Cell colours at 0 and 1. They are solid, and each cell's letters are dark or white by its own
colour, so that a cell reads the same on a light page, a dark one and on paper."""
_SCALE = [[0, f"rgb{_PALE}"], [1, f"rgb{_DEEP}"]]
_INK, _PAPER = "#0B0F14", "#FFFFFF"
_ROW = 44


def metrics_figure(result: dict[str, Any]) -> go.Figure:
    """Emotion by metric, annotated; counts and intervals on hover."""
    per_emotion = result["per_emotion"]
    emotions = list(per_emotion)
    values = [[per_emotion[e][m] for m in METRICS] for e in emotions]
    columns = [title.replace(" ", "<br>") for title in METRICS.values()]
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=columns,
            y=emotions,
            zmin=0,
            zmax=1,
            colorscale=_SCALE,
            showscale=False,
            xgap=2,
            ygap=2,
            customdata=[[_told(per_emotion[e], m) for m in METRICS] for e in emotions],
            hovertemplate="%{y}, %{x}: %{customdata}<extra></extra>",
        )
    )
    _letters(figure, columns, emotions, [[f"{v:.2f}" for v in row] for row in values], np.asarray(values))
    return _matrix(figure, len(emotions))


def confusion_figure(result: dict[str, Any]) -> go.Figure:
    """Rows are labels, columns what the clips were classified as; counts and row shares.

    Every cell holds an unseen square marker, because a heatmap's own cells cannot be selected; its
    ``customdata`` is [label, classified, count, share].
    """
    emotions = list(result["emotions"])
    counts = np.asarray(result["confusion"], dtype=int)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    text = [
        [f"{c}<br>{s:.0%}" if c else "" for c, s in zip(*row, strict=True)]
        for row in zip(counts, shares, strict=True)
    ]
    figure = go.Figure(
        go.Heatmap(
            z=shares, x=emotions, y=emotions, zmin=0, zmax=1, colorscale=_SCALE, showscale=False,
            xgap=2, ygap=2, hoverinfo="skip",
        )
    )  # fmt: skip
    _letters(figure, emotions, emotions, text, shares)
    cells = [(i, j) for i in range(len(emotions)) for j in range(len(emotions))]
    figure.add_scatter(
        x=[emotions[j] for _, j in cells],
        y=[emotions[i] for i, _ in cells],
        mode="markers",
        marker={"symbol": "square", "size": 34, "color": "rgba(0,0,0,0)", "line": {"width": 0}},
        selected={"marker": {"color": "rgba(127,127,127,0.35)"}},
        unselected={"marker": {"color": "rgba(0,0,0,0)"}},
        customdata=[[emotions[i], emotions[j], int(counts[i, j]), float(shares[i, j])] for i, j in cells],
        hovertemplate="labelled %{customdata[0]}, classified as %{customdata[1]}: %{customdata[2]} clips, "
        "%{customdata[3]:.0%} of the row<extra></extra>",
        showlegend=False,
    )
    _matrix(figure, len(emotions))
    figure.update_xaxes(title="Classified as", tickangle=-30)
    figure.update_yaxes(title="Labelled")
    return figure


def _told(cell: dict[str, Any], metric: str) -> str:
    """``0.84, 95% interval 0.72 to 0.93; 38 of 45 clips of it were called so``."""
    low, high = cell["intervals"][metric]
    positives, negatives = cell["tp"] + cell["fn"], cell["fp"] + cell["tn"]
    n = positives + negatives
    counts = _FORMULAS[metric].format(
        **{k: cell[k] for k in ("tp", "fp", "fn", "tn")},
        positives=positives, negatives=negatives, called=cell["tp"] + cell["fp"], n=n,
        right=cell["tp"] + cell["tn"], no=f"{negatives / max(n, 1):.2f}",
    )  # fmt: skip
    return f"{cell[metric]:.3g}, 95% interval {low:.2f} to {high:.2f}<br>{counts}"


def _letters(
    figure: go.Figure, columns: list[str], rows: list[str], text: list[list[str]], shares: np.ndarray
) -> None:
    """Each cell's text, dark or white; a selection elsewhere must not fade it, as it would by default."""
    for ink in (_INK, _PAPER):
        cells = [
            (i, j)
            for i in range(len(rows))
            for j in range(len(columns))
            if ink_on(float(shares[i, j])) == ink
        ]
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


def ink_on(share: float) -> str:
    """Dark or white letters, whichever stands out more (WCAG 2 contrast) on a cell of this share."""
    cell = [p + share * (d - p) for p, d in zip(_PALE, _DEEP, strict=True)]
    light = _luminance(cell)
    dark = _luminance([int(_INK[i : i + 2], 16) for i in (1, 3, 5)])
    return _INK if (light + 0.05) / (dark + 0.05) > 1.05 / (light + 0.05) else _PAPER


def _luminance(rgb: list[float]) -> float:
    """Relative luminance of an sRGB colour (WCAG 2)."""
    linear = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _matrix(figure: go.Figure, rows: int) -> go.Figure:
    base(figure, height=_ROW * rows + 110, margin={"l": 8, "r": 8, "t": 36, "b": 8})
    figure.update_xaxes(type="category", showgrid=False, zeroline=False, fixedrange=True)
    figure.update_yaxes(
        autorange="reversed", type="category", showgrid=False, zeroline=False, fixedrange=True
    )
    return figure
