"""Planted results that are too good are doubted, each by its rule; honest ones are not."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.base.emotions import EMOTIONS
from fer_core.results.metrics import evaluate
from fer_core.results.sanity import CEILINGS, known_as, too_good

SEVEN = tuple(e for e in EMOTIONS if e != "contempt")


def result(right: float, n: int = 3500, emotions: tuple[str, ...] = SEVEN, seed: int = 0) -> dict:  # type: ignore[type-arg]
    """What `evaluate` says of a recogniser that is right so often."""
    g = np.random.default_rng(seed)
    true = np.arange(n) % len(emotions)
    wrong = (true + g.integers(1, len(emotions), n)) % len(emotions)
    column = np.where(g.random(n) < right, true, wrong)
    return evaluate(np.array(emotions)[true], np.eye(len(emotions))[column], np.arange(n).astype(str), emotions)


def rules(*given: object) -> list[str]:
    return [d.rule for d in too_good(*given)]  # type: ignore[arg-type]


@pytest.mark.parametrize("accuracy", [0.2, 0.62, 0.75])
def test_an_honest_result_is_believed(accuracy: float) -> None:
    assert rules(result(accuracy), "fer2013", SEVEN, 0.95) == []


def test_above_the_ceiling() -> None:
    (doubt,) = too_good(result(0.9), "fer2013", SEVEN, 0.99)
    assert doubt.rule == "ceiling"
    assert "0.768" in doubt.sentence and "copies" in doubt.sentence and doubt.sentence.endswith(".")


def test_just_above_it_within_chance_it_is_believed() -> None:
    assert rules(result(0.775, n=700), "fer2013", SEVEN) == []


def test_fewer_emotions_are_easier_and_have_no_ceiling() -> None:
    assert rules(result(0.95, emotions=SEVEN[:3]), "fer2013", SEVEN[:3]) == []


def test_another_corpus_has_no_ceiling() -> None:
    assert rules(result(0.97), "folder", SEVEN) == []


def test_the_test_side_better_than_the_training_side() -> None:
    assert rules(result(0.6), "folder", SEVEN, 0.4) == ["train"]
    assert rules(result(0.6, n=350), "folder", SEVEN, 0.58) == [], "within chance"


def test_no_error_at_all() -> None:
    assert rules(result(1.0), "folder", SEVEN, 1.0) == ["perfect"]
    assert rules(result(1.0), "fer2013", SEVEN, 1.0) == ["ceiling", "perfect"]
    assert rules(result(1.0, n=70), "folder", SEVEN) == [], "ten of ten are no wonder"


def test_half_of_the_emotions_without_an_error() -> None:
    r = result(0.7)
    for e in SEVEN[:3]:
        r["per_emotion"][e] |= {"fp": 0, "fn": 0, "tp": 500}
    assert rules(r, "folder", SEVEN) == ["perfect"]
    r["per_emotion"][SEVEN[0]]["fp"] = 1
    assert rules(r, "folder", SEVEN) == []


@pytest.mark.parametrize(
    ("format", "name", "labels", "known"),
    [
        ("fer2013", "fer2013", "default", "fer2013"),
        ("fer2013-folders", "archive", "default", "fer2013"),
        ("rafdb-folders", "archive", "default", "rafdb"),
        ("affectnet-sets", "x", "own", "affectnet"),
        ("arrays", "fer2013_train_public", "default", "fer2013"),
        ("arrays", "CK+48", "default", "ckplus48"),
        ("arrays", "fer2013_train_public", "majority", ""),
        ("arrays", "fer2013_train_public", "soft", ""),
        ("ferplus", "fer2013", "default", ""),
        ("folder", "holiday", "default", ""),
    ],
)
def test_a_corpus_is_known_by_format_or_name(format: str, name: str, labels: str, known: str) -> None:
    assert known_as(format, name, labels) == known
    assert known in CEILINGS or known == ""
