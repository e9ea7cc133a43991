"""Metrics of a one-vs-all recogniser, each with an interval and its N.

Two readings of the same scores are kept apart: each classifier alone at its threshold (the study's
binary metrics, among them its "accuracy", which a constant "no" already brings to 5/6), and the
argmax over all of them (the clip gets exactly one emotion). Scores are probabilities, at a threshold of
1/2, or log odds, at 0: the same readings, but for classifiers that are so sure that their probabilities
are equal when rounded.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.unknown_people import drawn_words

Floats = npt.NDArray[np.float64]

THRESHOLD, EVEN_ODDS = 0.5, 0.0
"""Where a classifier says its emotion: of a probability, and of log odds."""
RESAMPLES = 1000
MANY = 2000
"""Subjects beyond which equal rows of counts are drawn together."""
CONFIDENCE = 0.95


def interval_method(subjects_known: bool = True, unit: str = "clips") -> str:
    """How the intervals of `evaluate` are made, and what is drawn: subjects, or clips where nobody knows."""
    drawn = f"{unit} of a subject are drawn together"
    if not subjects_known:
        drawn = f"{unit} of one person count as independent, so the intervals may be too narrow"
    return (
        f"{CONFIDENCE:.0%} percentile bootstrap over {drawn_words(subjects_known, unit)} ({RESAMPLES} "
        f"resamples); {drawn}; where all resamples agree, Wilson's interval"
    )


BINARY = ("accuracy", "f1", "precision", "recall", "specificity")
"""Of each classifier alone."""

WHOLE = ("accuracy", "balanced_accuracy", "macro_f1", *(f"mean_binary_{name}" for name in BINARY))
"""Of all together: the first three by argmax, the others means of the classifiers' own."""


def evaluate(
    true: npt.NDArray[np.str_],
    scores: npt.NDArray[np.floating[Any]],
    subject: npt.NDArray[np.str_],
    emotions: tuple[str, ...],
    seed: int = 0,
    repeats: float = 1.0,
    threshold: float = THRESHOLD,
    *,
    subjects_known: bool = True,
    unit: str = "clips",
) -> dict[str, Any]:
    """All metrics as plain data.

    Parameters
    ----------
    true : str (n,)
        Canonical emotion of each clip, among ``emotions``.
    scores : (n, E)
        Probabilities, or log odds with a ``threshold`` of `EVEN_ODDS`; one column per emotion.
    subject : str (n,)
        Whose clips are resampled together.
    repeats : float
        How often each clip was tested (by recognisers of several seeds). A subject's tests are drawn
        together whatever this is; it keeps Wilson's interval from counting a clip several times.
    subjects_known : bool
        Whether ``subject`` holds people's names; where not, clips (or a ``unit`` of another name) are
        drawn, and the result says so.

    Returns
    -------
    dict with n (tests), subjects (None where they are not known), subjects_known, all of `WHOLE`,
    emotions, per_emotion (`BINARY` and counts), confusion (rows true, columns classified), intervals,
    interval_method.
    Undefined ratios (nothing classified so) count as 0, as the study does.
    """
    counts = counts_by_subject(true, scores, subject, emotions, threshold=threshold)
    point = metrics_of_counts(counts.sum(axis=0, keepdims=True), len(emotions))
    resampled = metrics_of_counts(resampled_counts(counts, seed), len(emotions))
    low, high = (1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2

    def interval(name: str, n: int, column: int | None = None) -> list[float]:
        values = resampled[name] if column is None else resampled[name][:, column]
        ends = np.quantile(values, [low, high])
        if ends[0] == ends[1]:  # 15 of 15 right is no certainty: a bootstrap cannot see what never occurred
            ends = np.array(wilson(float(ends[0]) * n / repeats, n / repeats))
        return [round(float(q), 6) for q in ends]

    total = counts.sum(axis=0)
    per_emotion = _per_emotion(total, emotions)
    for k, found in enumerate(per_emotion.values()):
        n = _denominators(found)
        found["intervals"] = {name: interval("binary_" + name, n[name], k) for name in BINARY}
    return {
        "n": len(true),
        "subjects": len(np.unique(subject)) if subjects_known else None,
        "subjects_known": subjects_known,
        **{name: round(float(point[name][0]), 6) for name in WHOLE},
        "emotions": list(emotions),
        "per_emotion": per_emotion,
        "confusion": _confusion_part(total, len(emotions)).astype(int).tolist(),
        "intervals": {name: interval(name, len(true)) for name in WHOLE},
        "interval_method": interval_method(subjects_known, unit),
    }


def binary_metrics(
    true: npt.NDArray[np.str_], probabilities: npt.NDArray[np.floating[Any]], emotions: tuple[str, ...]
) -> dict[str, dict[str, Any]]:
    """{emotion: `BINARY` and tp, fp, fn, tn} without intervals; arguments as for `evaluate`."""
    return _per_emotion(counts_by_subject(true, probabilities, true, emotions).sum(axis=0), emotions)


def confusion_counts(
    true: npt.NDArray[np.str_], probabilities: npt.NDArray[np.floating[Any]], emotions: tuple[str, ...]
) -> npt.NDArray[np.int64]:
    """(E, E): rows true, columns what the argmax says."""
    total = counts_by_subject(true, probabilities, true, emotions).sum(axis=0)
    return _confusion_part(total, len(emotions)).astype(np.int64)


def _per_emotion(total: Floats, emotions: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Each classifier's metrics and counts, from the totals over all subjects."""
    point = metrics_of_counts(total[None], len(emotions))
    names = ("tp", "fp", "fn", "tn")
    found: dict[str, dict[str, Any]] = {}
    for k, emotion in enumerate(emotions):
        values = {name: round(float(point["binary_" + name][0, k]), 6) for name in BINARY}
        cells = (int(v) for v in _binary_part(total, len(emotions))[k])
        found[emotion] = values | dict(zip(names, cells, strict=True))
    return found


def _denominators(cells: dict[str, Any]) -> dict[str, int]:
    """How many clips each binary metric is a share of."""
    tp, fp, fn, tn = (cells[k] for k in ("tp", "fp", "fn", "tn"))
    return {
        "accuracy": tp + fp + fn + tn,
        "f1": tp + fp + fn,
        "precision": tp + fp,
        "recall": tp + fn,
        "specificity": fp + tn,
    }


def wilson(successes: float, n: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Wilson's score interval for a share (Wilson, 1927); for counts without clustering.

    Counts that are means over repeated tests of the same clips need not be whole, and are not rounded.
    """
    if n == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    p = successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def counts_by_subject(
    true: npt.NDArray[np.str_],
    scores: npt.NDArray[np.floating[Any]],
    subject: npt.NDArray[np.str_],
    emotions: tuple[str, ...],
    subjects: npt.NDArray[np.str_] | None = None,
    threshold: float = THRESHOLD,
) -> Floats:
    """(subjects, E E + 4 E): each subject's confusion matrix and binary counts, flattened.

    ``scores`` and ``threshold`` as of `evaluate`.
    ``subjects``: sorted and unique, which subject each row is; of those in ``subject`` if not given.
    """
    n_emotions = len(emotions)
    row = np.array([emotions.index(t) for t in true], dtype=int)
    column = scores.argmax(axis=1)
    subjects = np.unique(subject) if subjects is None else subjects
    who = np.searchsorted(subjects, subject)
    counts = np.zeros((len(subjects), n_emotions * n_emotions + 4 * n_emotions))
    np.add.at(counts, (who, row * n_emotions + column), 1)
    is_true = row[:, None] == np.arange(n_emotions)[None]
    said = scores > threshold
    cells = np.stack([is_true & said, ~is_true & said, is_true & ~said, ~is_true & ~said], axis=-1)
    np.add.at(counts[:, n_emotions * n_emotions :], who, cells.reshape(len(true), 4 * n_emotions))
    return counts


def draws(n: int, seed: int = 0) -> Floats:
    """(RESAMPLES, n): how often each of n subjects is drawn when n are drawn with replacement."""
    weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
    return weights.astype(float)


def resampled_counts(counts: Floats, seed: int = 0) -> Floats:
    """(RESAMPLES, columns): totals of subjects drawn with replacement from counts (subjects, columns).

    Of many subjects (pictures of a corpus that names nobody) most rows are equal. Then how often each
    *kind* of row is drawn is drawn at once, which has the same distribution and needs no table of
    resamples times subjects.
    """
    if len(counts) <= MANY:
        return draws(len(counts), seed) @ counts
    kinds, times = np.unique(counts, axis=0, return_counts=True)
    generator = np.random.default_rng(seed)
    return np.asarray(generator.multinomial(len(counts), times / len(counts), RESAMPLES) @ kinds)


def _confusion_part(counts: Floats, n_emotions: int) -> Floats:
    return counts[..., : n_emotions * n_emotions].reshape(*counts.shape[:-1], n_emotions, n_emotions)


def _binary_part(counts: Floats, n_emotions: int) -> Floats:
    """(..., E, 4): tp, fp, fn, tn."""
    return counts[..., n_emotions * n_emotions :].reshape(*counts.shape[:-1], n_emotions, 4)


def metrics_of_counts(counts: Floats, n_emotions: int) -> dict[str, Floats]:
    """Every metric for each row of counts (m, ...): (m,), and (m, E) for ``binary_<name>`` of `BINARY`."""
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
    for name in BINARY:
        metrics["mean_binary_" + name] = metrics["binary_" + name].mean(axis=-1)
    return metrics


def _ratio(above: Floats, below: Floats) -> Floats:
    """above / below, 0 where below is 0."""
    return np.divide(above, below, out=np.zeros(np.broadcast(above, below).shape), where=below > 0)
