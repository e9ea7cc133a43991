"""Recall, precision and F1 by the highest probability: scikit-learn's numbers, intervals that cover."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.results.images.emotions import READ, emotion_rows
from fer_core.results.metrics import wilson

EMOTIONS = ("anger", "happiness", "surprise")


def test_each_number_is_scikit_learns() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    g = np.random.default_rng(0)
    true = g.integers(0, 3, 400)
    said = np.where(g.random(400) < 0.6, true, g.integers(0, 3, 400))
    rows = emotion_rows(metrics.confusion_matrix(true, said).tolist(), EMOTIONS)
    precision, recall, f1, n = metrics.precision_recall_fscore_support(true, said)
    for k, row in enumerate(rows):
        assert (row["emotion"], row["n"]) == (EMOTIONS[k], n[k])
        assert [row[m] for m in READ] == pytest.approx([recall[k], precision[k], f1[k]])
        assert all(row[f"{m}_low"] < row[m] < row[f"{m}_high"] for m in READ)


def test_the_interval_of_a_recall_is_as_wide_as_wilsons() -> None:
    rows = emotion_rows([[60, 40, 0], [10, 190, 0], [0, 0, 100]], EMOTIONS)
    low, high = wilson(60, 100)
    assert rows[0]["recall_low"] == pytest.approx(low, abs=0.02)
    assert rows[0]["recall_high"] == pytest.approx(high, abs=0.02)


def test_what_never_failed_is_no_certainty_and_what_never_occurred_is_none() -> None:
    perfect, never, _ = emotion_rows([[10, 0, 0], [0, 0, 0], [0, 0, 50]], EMOTIONS)
    assert perfect["recall"] == 1 and perfect["recall_low"] == pytest.approx(wilson(10, 10)[0])
    assert [never[m] for m in READ] == [0, 0, 0] and (never["recall_low"], never["recall_high"]) == (0, 1)
    assert [r["n"] for r in emotion_rows([[0] * 3] * 3, EMOTIONS)] == [0, 0, 0]
