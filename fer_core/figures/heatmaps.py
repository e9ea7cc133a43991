"""Heatmaps of classifiers: condition by emotion, emotion by metric, and one classifier's own matrix.

They take the cells of `fer_core.stats.heatmap_table`. Colours run from pale to deep; emotions keep theirs elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from fer_core.base.text import for_html
from fer_core.figures.effects import metric_words, records
from fer_core.figures.matrix import matrix_figure
from fer_core.figures.results import counted
from fer_core.results.words import BINARY_METRICS, condition_words
from fer_core.stats.heatmap_table import MEAN

if TYPE_CHECKING:
    import pandas as pd

BINARY_KEYS = (("found", "missed"), ("called", "rest"))
"""What the cells of a classifier's own matrix hold: rows its emotion and the others, columns yes and no."""


def conditions_figure(cells: pd.DataFrame, metric: str) -> go.Figure:
    """Condition by emotion, the mean over conditions last where there are several; a click gives
    [emotion, condition].
    """
    conditions = list(dict.fromkeys(cells["condition"]))
    conditions = [c for c in conditions if c != MEAN] + ([MEAN] if len(conditions) > 2 else [])
    mine = {(c["condition"], c["emotion"]): c for c in records(cells[cells["metric"] == metric])}
    emotions = list(dict.fromkeys(cells["emotion"]))
    places = [[(c, e) for e in emotions] for c in conditions]
    titles = ["<b>mean</b>" if c == MEAN else _two_lines(c) for c in conditions]
    keys = [[[e, c] for e in emotions] for c in conditions]
    return _heatmap(mine, places, titles, [for_html(e) for e in emotions], keys)


def metrics_figure(cells: pd.DataFrame, condition: str) -> go.Figure:
    """Emotion by metric of one condition, or of the mean over all; a click gives [emotion, metric]."""
    cells = cells[cells["condition"] == condition]
    mine = {(c["emotion"], c["metric"]): c for c in records(cells)}
    metrics = [m for m in BINARY_METRICS if m in set(cells["metric"])]
    emotions = list(dict.fromkeys(cells["emotion"]))
    places = [[(e, m) for m in metrics] for e in emotions]
    titles = [BINARY_METRICS[m].replace(" ", "<br>") for m in metrics]
    return _heatmap(mine, places, [for_html(e) for e in emotions], titles, [[list(k) for k in row] for row in places])


def binary_figure(cell: Mapping[str, Any]) -> go.Figure:
    """One classifier alone at 0.5: labelled so or not by called so or not; counts and row shares.

    ``cell``: emotion, tp, fp, fn, tn, n and tests. A click gives one of `BINARY_KEYS`.
    """
    emotion, unit = for_html(str(cell["emotion"])), unit_of(cell)
    counts = np.array([[cell["tp"], cell["fn"]], [cell["fp"], cell["tn"]]], dtype=int)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    rows, columns = ([f"labelled<br>{emotion}", "labelled<br>otherwise"], [f"called {emotion}", "not called so"])
    text = [[f"{c}<br>{s:.0%}" for c, s in zip(*pair, strict=True)] for pair in zip(counts, shares, strict=True)]
    hover = [
        [
            f"{row.replace('<br>', ' ')}, {column}: {counts[i, j]} {unit}, {shares[i, j]:.0%} of the row"
            for j, column in enumerate(columns)
        ]
        for i, row in enumerate(rows)
    ]
    keys = [[[key, emotion] for key in row] for row in BINARY_KEYS]
    figure = matrix_figure(rows, columns, shares, text, hover, keys)
    figure.update_layout(height=250)
    return figure


def cell_words(cell: Mapping[str, Any]) -> str:
    """``0.84, 95% interval 0.72 to 0.93`` and what it is made of, in lines parted by ``<br>``."""
    metric, lines = cell["metric"], [f"{cell['value']:.3g}"]
    if cell["low"] == cell["low"]:
        lines[0] += f", 95% interval {cell['low']:.2f} to {cell['high']:.2f}"
    if cell["conditions"] > 1:
        spread = f"{cell['lowest']:.3g} to {cell['highest']:.3g}"
        lines[0] += f"<br>mean of {cell['conditions']} conditions, which reach {spread}"
        lines += [f"together: {counted(cell, metric, 'tests')}"] if cell["tp"] >= 0 else []
    elif cell["tp"] >= 0:
        lines += [counted(cell, metric, unit_of(cell))]
    elif cell["rows"] > 1:
        lines += [f"mean of {cell['rows']} rows"]
    if cell["tp"] >= 0:
        lines += [f"tp {cell['tp']}, fp {cell['fp']}, fn {cell['fn']}, tn {cell['tn']}"]
    return "<br>".join(lines)


def unit_of(cell: Mapping[str, Any]) -> str:
    """What counts count: clips, or tests where a clip was tested several times."""
    return "clips" if cell["tests"] == cell["n"] else "tests"


def _heatmap(
    cells: Mapping[tuple[str, str], dict[str, Any]],
    places: Sequence[Sequence[tuple[str, str]]],
    rows: Sequence[str],
    columns: Sequence[str],
    keys: Sequence[Sequence[Any]],
) -> go.Figure:
    """``places``: (rows, columns) of keys of ``cells``; those that are not there stay empty."""
    found = [[cells.get(key) for key in row] for row in places]
    values = [[np.nan if c is None else c["value"] for c in row] for row in found]
    text = [["" if c is None else f"{c['value']:.2f}" for c in row] for row in found]
    hover = [["not tested" if c is None else f"{_title(c)}:<br>{cell_words(c)}" for c in row] for row in found]
    return matrix_figure(rows, columns, values, text, hover, keys)


def _two_lines(condition: str) -> str:
    """``GRU, Bayesian`` above ``advanced``, so that narrow pages leave room for the cells."""
    before, comma, last = condition_words(for_html(condition)).rpartition(", ")
    return f"{before},<br>{last}" if comma and ", " in before else f"{before}{comma}{last}"


def _title(cell: Mapping[str, Any]) -> str:
    where = "all conditions" if cell["condition"] == MEAN else condition_words(for_html(cell["condition"]))
    return f"{for_html(cell['emotion'])}, {where}, {metric_words(cell['metric'])}"
