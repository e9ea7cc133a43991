"""Pictures of a result: metric per emotion, confusion matrix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from fer_core.figures.matrix import matrix_figure
from fer_core.results.words import BINARY_METRICS as METRICS

_FORMULAS = {
    "recall": "{tp} of {positives} {unit} of it were called so",
    "precision": "{tp} of {called} {unit} called so were it",
    "f1": "2 × {tp} / (2 × {tp} + {fp} + {fn})",
    "specificity": "{tn} of {negatives} other {unit} were not called so",
    "accuracy": "{right} of {n} {unit} right; always answering no: {no}",
}


def metrics_figure(result: dict[str, Any]) -> go.Figure:
    """Emotion by metric, annotated; counts and intervals on hover."""
    per_emotion = result["per_emotion"]
    emotions = list(per_emotion)
    values = [[per_emotion[e][m] for m in METRICS] for e in emotions]
    columns = [title.replace(" ", "<br>") for title in METRICS.values()]
    hover = [[f"{e}, {title}: {told(per_emotion[e], m)}" for m, title in METRICS.items()] for e in emotions]
    return matrix_figure(emotions, columns, values, [[f"{v:.2f}" for v in row] for row in values], hover)


def confusion_figure(result: dict[str, Any], unit: str = "clips") -> go.Figure:
    """Rows are labels, columns what the clips were classified as; counts and row shares.

    A click gives [label, classified, count, share]. ``unit`` names what is counted.
    """
    emotions = list(result["emotions"])
    counts = np.asarray(result["confusion"], dtype=int)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    text = [
        [f"{c}<br>{s:.0%}" if c else "" for c, s in zip(*row, strict=True)] for row in zip(counts, shares, strict=True)
    ]
    keys = [
        [[e, f, int(counts[i, j]), float(shares[i, j])] for j, f in enumerate(emotions)] for i, e in enumerate(emotions)
    ]
    hover = [
        [f"labelled {e}, classified as {f}: {n} {unit}, {share:.0%} of the row" for e, f, n, share in row]
        for row in keys
    ]
    figure = matrix_figure(emotions, emotions, shares, text, hover, keys)
    figure.update_xaxes(title="Classified as", tickangle=-30)
    figure.update_yaxes(title="Labelled")
    return figure


def told(cell: dict[str, Any], metric: str, unit: str = "clips") -> str:
    """``0.84, 95% interval 0.72 to 0.93; 38 of 45 clips of it were called so``.

    ``cell`` holds the metric, its ``intervals`` and tp, fp, fn, tn (counts of ``unit``).
    """
    low, high = cell["intervals"][metric]
    return f"{cell[metric]:.3g}, 95% interval {low:.2f} to {high:.2f}<br>{counted(cell, metric, unit)}"


def counted(cell: Mapping[str, Any], metric: str, unit: str = "clips") -> str:
    """``38 of 45 clips of it were called so``: what a metric is made of; ``cell`` holds tp, fp, fn, tn."""
    positives, negatives = cell["tp"] + cell["fn"], cell["fp"] + cell["tn"]
    n = positives + negatives
    return _FORMULAS[metric].format(
        **{k: cell[k] for k in ("tp", "fp", "fn", "tn")},
        positives=positives,
        negatives=negatives,
        called=cell["tp"] + cell["fp"],
        n=n,
        right=cell["tp"] + cell["tn"],
        no=f"{negatives / max(n, 1):.2f}",
        unit=unit,
    )
