"""The model card says what was measured, on whom, and what it is not for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from samples import THREE, tiny_bundle

from fer_core.results.metrics import evaluate
from fer_core.training.landmarks.card import model_card


def card(synthetic: bool) -> str:
    g = np.random.default_rng(0)
    true = np.array(THREE * 10)
    subject = np.repeat([f"S{i}" for i in range(10)], 3)
    metrics = evaluate(true, g.random((30, 3)), subject, THREE) | {"protocol": "subject-kfold", "folds": 5, "seed": 7}
    training = {
        "corpus": {"name": "mine", "format": "folder", "synthetic": synthetic, "note": ""},
        "clips": 30,
        "subjects": sorted(set(subject)),
        "counts": dict.fromkeys(THREE, 10),
    }
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


def test_what_the_folds_were_worth_as_streams_is_said_where_they_were_trained_for_it() -> None:
    assert "As a stream" not in card(synthetic=False)
    g = np.random.default_rng(0)
    true = np.array(THREE * 10)
    metrics = evaluate(true, g.random((30, 3)), np.repeat([f"S{i}" for i in range(10)], 3), THREE) | {
        "protocol": "subject-kfold",
        "folds": 5,
        "seed": 7,
        "stream": {
            "windows": 180,
            "subjects": 10,
            "shown_accuracy": 0.8125,
            "unsure_rate": 0.05,
            "rest_false_alarm": 0.0125,
            "ece": 0.031,
            "intervals": {"shown_accuracy": [0.7, 0.9], "unsure_rate": [0.01, 0.1], "rest_false_alarm": [0.0, 0.03]},
        },
    }
    training = {
        "corpus": {"name": "mine", "format": "folder", "synthetic": False, "note": ""},
        "clips": 30,
        "subjects": ["S0"],
        "counts": dict.fromkeys(THREE, 10),
    }
    text = model_card(replace(tiny_bundle(), metrics=metrics, training=training))
    assert "180 windows of 10 subjects" in text
    assert "0.812 [0.700, 0.900]" in text
    assert "0.013 [0.000, 0.030]" in text or "0.012 [0.000, 0.030]" in text
    assert "not filmed" in text
