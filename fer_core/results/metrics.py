"""Metrics of a one-vs-all recogniser, each with an interval and its N.

Two readings of the same probabilities are kept apart: each classifier alone at 0.5 (the study's
binary metrics, among them its "accuracy", which a constant "no" already brings to 5/6), and the
argmax over all of them (the clip gets exactly one emotion).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

THRESHOLD = 0.5
RESAMPLES = 1000
CONFIDENCE = 0.95

INTERVAL_METHOD = (
    f"{CONFIDENCE:.0%} percentile bootstrap over subjects ({RESAMPLES} resamples); "
    "clips of a subject are drawn together; where all resamples agree, Wilson's interval"
)

BINARY = ("accuracy", "f1", "precision", "recall", "specificity")


def evaluate(
    true: npt.NDArray[np.str_],
    probabilities: npt.NDArray[np.floating[Any]],
    subject: npt.NDArray[np.str_],
    emotions: tuple[str, ...],
    seed: int = 0,
) -> dict[str, Any]:
    """All metrics as plain data.

    Parameters
    ----------
    true : str (n,)
        Canonical emotion of each clip, among ``emotions``.
    probabilities : (n, E)
        One column per emotion.
    subject : str (n,)
        Whose clips are resampled together.

    Returns
    -------
    dict with n, subjects, accuracy, balanced_accuracy, macro_f1, mean_binary_accuracy, emotions,
    per_emotion, confusion (rows true, columns classified), intervals, interval_method.
    Undefined ratios (nothing classified so) count as 0, as the study does.
    """
    counts = _counts_by_subject(true, probabilities, subject, emotions)
    point = _metrics(counts.sum(axis=0, keepdims=True), len(emotions))
    resampled = _metrics(_resample(counts, seed), len(emotions))
    low, high = (1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2

    def interval(name: str, n: int, column: int | None = None) -> list[float]:
        values = resampled[name] if column is None else resampled[name][:, column]
        ends = np.quantile(values, [low, high])
        if ends[0] == ends[1]:  # 15 of 15 right is no certainty: a bootstrap cannot see what never occurred
            ends = np.array(wilson(round(float(ends[0]) * n), n))
        return [round(float(q), 6) for q in ends]

    whole = ("accuracy", "balanced_accuracy", "macro_f1", "mean_binary_accuracy")
    total = counts.sum(axis=0)
    per_emotion = {}
    for k, emotion in enumerate(emotions):
        cells = dict(
            zip(
                ("tp", "fp", "fn", "tn"), (int(v) for v in _binary_part(total, len(emotions))[k]), strict=True
            )
        )
        values = {name: round(float(point["binary_" + name][0, k]), 6) for name in BINARY}
        n = _denominators(cells)
        intervals = {name: interval("binary_" + name, n[name], k) for name in BINARY}
        per_emotion[emotion] = values | cells | {"intervals": intervals}
    return {
        "n": len(true),
        "subjects": len(np.unique(subject)),
        **{name: round(float(point[name][0]), 6) for name in whole},
        "emotions": list(emotions),
        "per_emotion": per_emotion,
        "confusion": _confusion_part(total, len(emotions)).astype(int).tolist(),
        "intervals": {name: interval(name, len(true)) for name in whole},
        "interval_method": INTERVAL_METHOD,
    }


def _denominators(cells: dict[str, int]) -> dict[str, int]:
    """How many clips each binary metric is a share of."""
    tp, fp, fn, tn = (cells[k] for k in ("tp", "fp", "fn", "tn"))
    return {
        "accuracy": tp + fp + fn + tn,
        "f1": tp + fp + fn,
        "precision": tp + fp,
        "recall": tp + fn,
        "specificity": fp + tn,
    }


def wilson(successes: int, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Wilson's score interval for a share (Wilson, 1927); for counts without clustering."""
    if n == 0:
        return 0.0, 1.0
    from scipy.stats import norm

    z = float(norm.ppf((1 + confidence) / 2))
    p = successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def _counts_by_subject(
    true: npt.NDArray[np.str_],
    probabilities: npt.NDArray[np.floating[Any]],
    subject: npt.NDArray[np.str_],
    emotions: tuple[str, ...],
) -> Floats:
    """(subjects, E E + 4 E): each subject's confusion matrix and binary counts, flattened."""
    n_emotions = len(emotions)
    row = np.array([emotions.index(t) for t in true])
    column = probabilities.argmax(axis=1)
    _, who = np.unique(subject, return_inverse=True)
    counts = np.zeros((who.max() + 1, n_emotions * n_emotions + 4 * n_emotions))
    np.add.at(counts, (who, row * n_emotions + column), 1)
    is_true = row[:, None] == np.arange(n_emotions)[None]
    said = probabilities > THRESHOLD
    cells = np.stack([is_true & said, ~is_true & said, is_true & ~said, ~is_true & ~said], axis=-1)
    np.add.at(counts[:, n_emotions * n_emotions :], who, cells.reshape(len(true), -1))
    return counts


def _resample(counts: Floats, seed: int) -> Floats:
    """(RESAMPLES, ...): totals over subjects drawn with replacement."""
    n = len(counts)
    weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
    return weights @ counts


def _confusion_part(counts: Floats, n_emotions: int) -> Floats:
    return counts[..., : n_emotions * n_emotions].reshape(*counts.shape[:-1], n_emotions, n_emotions)


def _binary_part(counts: Floats, n_emotions: int) -> Floats:
    """(..., E, 4): tp, fp, fn, tn."""
    return counts[..., n_emotions * n_emotions :].reshape(*counts.shape[:-1], n_emotions, 4)


def _metrics(counts: Floats, n_emotions: int) -> dict[str, Floats]:
    """Every metric for each row of counts (m, ...): (m,) or, for the binary ones, (m, E)."""
    confusion = _confusion_part(counts, n_emotions)
    right = np.diagonal(confusion, axis1=-2, axis2=-1)
    actual, said = confusion.sum(axis=-1), confusion.sum(axis=-2)
    occurs = actual > 0
    recall = _ratio(right, actual)
    shown = occurs | (said > 0)
    f1 = _ratio(2 * right, actual + said)
    tp, fp, fn, tn = np.moveaxis(_binary_part(counts, n_emotions), -1, 0)
    metrics = {
        "accuracy": _ratio(right.sum(axis=-1), actual.sum(axis=-1)),
        "balanced_accuracy": _ratio((recall * occurs).sum(axis=-1), occurs.sum(axis=-1)),
        "macro_f1": _ratio((f1 * shown).sum(axis=-1), shown.sum(axis=-1)),
        "binary_accuracy": _ratio(tp + tn, tp + fp + fn + tn),
        "binary_f1": _ratio(2 * tp, 2 * tp + fp + fn),
        "binary_precision": _ratio(tp, tp + fp),
        "binary_recall": _ratio(tp, tp + fn),
        "binary_specificity": _ratio(tn, tn + fp),
    }
    metrics["mean_binary_accuracy"] = metrics["binary_accuracy"].mean(axis=-1)
    return metrics


def _ratio(above: Floats, below: Floats) -> Floats:
    """above / below, 0 where below is 0."""
    return np.divide(above, below, out=np.zeros(np.broadcast(above, below).shape), where=below > 0)
