"""The model card says what was measured, on whom, and what it is not for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from samples import THREE, tiny_bundle

from fer_core.results.metrics import evaluate
from fer_core.training.card import model_card


def card(synthetic: bool) -> str:
    g = np.random.default_rng(0)
    true = np.array(THREE * 10)
    subject = np.repeat([f"S{i}" for i in range(10)], 3)
    metrics = evaluate(true, g.random((30, 3)), subject, THREE) | {
        "protocol": "subject-kfold", "folds": 5, "seed": 7,
    }  # fmt: skip
    training = {
        "corpus": {"name": "mine", "format": "folder", "synthetic": synthetic, "note": ""},
        "clips": 30, "subjects": sorted(set(subject)), "counts": dict.fromkeys(THREE, 10),
    }  # fmt: skip
    return model_card(replace(tiny_bundle(), metrics=metrics, training=training))


def test_it_holds_the_numbers_with_their_intervals_and_n() -> None:
    text = card(synthetic=False)
    assert "n = 30 clips of 10 subjects" in text
    assert "subject-independent k-fold, 5 folds, seed 7" in text
    assert "always answering no gives 0.667" in text
    for emotion in THREE:
        assert f"| {emotion} |" in text
    assert text.count("[") >= 4 + 9


def test_what_is_synthetic_is_said() -> None:
    assert "nothing about real faces" in card(synthetic=True)
    assert "synthetic" not in card(synthetic=False)


def test_it_says_what_it_is_not_for() -> None:
    assert "Not for" in card(synthetic=False)
    assert "not a feeling" in card(synthetic=False)
