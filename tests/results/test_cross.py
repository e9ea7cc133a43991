"""Across corpora: what is compared, answers among shared emotions or strictly, the drop and its interval."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.studies.cross.cross import METRICS, LabelMap, Said, drop, empty, filled, judge, own_result, table

FOUR = ("anger", "fear", "happiness", "neutral")


def said(shown: list[str], rows: list[list[float]], emotions: tuple[str, ...] = FOUR) -> Said:
    return Said(np.array(shown), np.array([f"p{k}" for k in range(len(shown))]), np.array(rows), emotions)


def drawn(right: float, n: int, seed: int = 0, emotions: tuple[str, ...] = FOUR) -> Said:
    """Answers that are right so often."""
    g = np.random.default_rng(seed)
    true = np.arange(n) % len(emotions)
    column = np.where(g.random(n) < right, true, (true + 1) % len(emotions))
    p = np.full((n, len(emotions)), 0.1)
    p[np.arange(n), column] = 0.7
    return Said(np.array(emotions)[true], np.arange(n).astype(str), p, emotions)


# --- labels ------------------------------------------------------------------------------------------


def test_the_audit_of_labels_names_what_is_compared_and_what_is_not() -> None:
    labels = LabelMap(FOUR, ("happiness", "contempt", "anger"))
    assert labels.shared == ("anger", "happiness")
    assert labels.words == (
        "Compared on anger and happiness. Pictures of contempt are left out: the recogniser does not know "
        "them. The recogniser also knows fear and neutral, which is not shown."
    )
    assert LabelMap(FOUR, FOUR).words == "Compared on anger, fear, happiness and neutral."
    assert LabelMap(FOUR, ("contempt",)).shared == ()


# --- judging -----------------------------------------------------------------------------------------


def test_by_default_the_answer_is_the_likeliest_of_the_shared_emotions() -> None:
    rows = [[0.1, 0.1, 0.2, 0.6], [0.3, 0.5, 0.2, 0.0], [0.0, 0.9, 0.1, 0.0], [0.9, 0.0, 0.1, 0.0]]
    s = said(["happiness", "anger", "fear", "contempt"], rows)
    shared = ("anger", "happiness")
    loose, strict = judge(s, shared), judge(s, shared, strict=True)
    assert loose is not None and strict is not None
    assert loose["n"] == strict["n"] == 2, "pictures of fear and contempt are left out"
    assert loose["accuracy"] == 1.0
    assert strict["accuracy"] == 0.0, "it said neutral and fear"
    assert (loose["emotions"], strict["emotions"]) == (list(shared), list(FOUR))


def test_it_is_what_scikit_learn_finds_on_the_kept_pictures() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    s = drawn(0.6, 400)
    shared = ("anger", "fear", "neutral")
    kept = np.isin(s.shown, shared)
    one = np.array(shared)[s.scores[kept][:, [0, 1, 3]].argmax(axis=1)]
    found = judge(s, shared)
    assert found is not None
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(s.shown[kept], one), abs=1e-6)
    assert found["macro_f1"] == pytest.approx(metrics.f1_score(s.shown[kept], one, average="macro"), abs=1e-6)


@pytest.mark.parametrize("shared", [(), ("anger",), ("disgust", "sadness")])
def test_without_two_emotions_shown_there_is_nothing_to_judge(shared: tuple[str, ...]) -> None:
    wide = Said(
        *[getattr(drawn(0.6, 40), k) for k in ("shown", "subject")], np.ones((40, 6)), (*FOUR, "disgust", "sadness")
    )
    assert judge(wide, shared) is None


# --- the own result and the drop --------------------------------------------------------------------


def test_the_own_result_is_read_on_the_same_emotions_where_it_can_be() -> None:
    own = drawn(0.8, 400)
    stored = judge(own, FOUR)
    assert stored is not None
    assert own_result(own, {}, FOUR[:2]) == judge(own, FOUR[:2])
    assert own_result(None, stored, FOUR) is stored
    assert own_result(None, stored, FOUR[:2]) is None, "the stored metrics count other emotions, too"
    assert own_result(None, {}, FOUR) is None


def test_the_drop_is_the_difference_with_an_interval_around_it() -> None:
    a, b = judge(drawn(0.8, 800), FOUR), judge(drawn(0.6, 500, seed=1), FOUR)
    assert a is not None and b is not None
    for m in METRICS:
        d = drop(a, b, m)
        assert d["value"] == pytest.approx(a[m] - b[m], abs=1e-6)
        assert d["interval"][0] < d["value"] < d["interval"][1]


def test_the_interval_of_a_drop_is_newcombes_where_both_sides_are_wilsons() -> None:
    """56 of 70 and 48 of 80: Newcombe (1998), table II (a), method 10: 0.0524 to 0.3339."""
    a = {"accuracy": 56 / 70, "intervals": {"accuracy": [0.691766, 0.876967]}}
    b = {"accuracy": 48 / 80, "intervals": {"accuracy": [0.490455, 0.700362]}}
    assert drop(a, b, "accuracy")["interval"] == pytest.approx([0.0524, 0.3339], abs=5e-4)


def test_the_interval_of_a_drop_holds_the_truth_as_often_as_it_says() -> None:
    held = []
    for seed in range(50):
        a, b = judge(drawn(0.8, 200, 2 * seed), FOUR), judge(drawn(0.65, 200, 2 * seed + 1), FOUR)
        assert a is not None and b is not None
        low, high = drop(a, b, "accuracy")["interval"]
        held.append(low <= 0.15 <= high)
    assert np.mean(held) >= 0.86  # 95 % of 50, three Monte-Carlo errors below


# --- cells and rows -------------------------------------------------------------------------------------


def test_a_matrix_becomes_a_table() -> None:
    found, own = judge(drawn(0.6, 100), FOUR), judge(drawn(0.8, 100), FOUR)
    assert found is not None
    cell = filled(found, LabelMap(FOUR, FOUR), own, ["a note"])
    bare = filled(found, LabelMap(FOUR, FOUR), None)
    assert bare["drop"] is None
    matrix = {
        "rows": [{"name": "a", "corpus": "x"}],
        "columns": [{"name": "y"}, {"name": "z"}, {"name": "w"}],
        "cells": [[cell, bare, empty("it was trained on all of it.")]],
    }
    one, two, three = table(matrix)
    assert (one["trained"], one["on"], one["tested"], one["n"]) == ("a", "x", "y", 100)
    assert one["accuracy_drop"] == cell["drop"]["accuracy"]["value"]
    assert two["accuracy"] == found["accuracy"] and two["accuracy_drop"] is None
    assert three["n"] == 0 and three["accuracy"] is None and three["said"] == "it was trained on all of it."
    assert set(one) == set(two) == set(three)
