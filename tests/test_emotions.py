"""Emotion names: every corpus's spelling comes out as one of eight."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from fer_core.base.emotions import (
    CKPLUS_CODES,
    CKPLUS_PUBLISHED_COUNTS,
    EMOTIONS,
    SEVEN,
    SIX,
    canonical,
    find_emotion,
    in_order,
)
from fer_core.base.errors import CorpusError


def test_the_canonical_names_are_the_work_orders() -> None:
    assert EMOTIONS == ("anger", "contempt", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
    assert set(SEVEN) == set(EMOTIONS) - {"neutral"}
    assert set(SIX) == set(SEVEN) - {"contempt"}


@pytest.mark.parametrize("name", EMOTIONS)
def test_a_canonical_name_stays_itself_in_any_case(name: str) -> None:
    assert find_emotion(name) == find_emotion(f" {name.upper()} ") == name


@pytest.mark.parametrize(
    ("spelling", "name"),
    [("happy", "happiness"), ("Angry", "anger"), ("SAD", "sadness"), ("surprised", "surprise"), ("HA", "happiness")],
)
def test_usual_spellings_are_known(spelling: str, name: str) -> None:
    assert canonical(spelling) == name


@pytest.mark.parametrize("spelling", ["", "3", "anger2", "fröhlich", "emotion"])
def test_what_is_no_emotion_is_named_with_the_legal_names(spelling: str) -> None:
    assert find_emotion(spelling) is None
    with pytest.raises(CorpusError, match=r"is not an emotion name.*use one of anger, contempt"):
        canonical(spelling, "x")


def test_no_spelling_means_two_emotions() -> None:
    from fer_core.base.emotions import _SPELLINGS

    spellings = Counter(s for name, others in _SPELLINGS.items() for s in (name, *others))
    assert max(spellings.values()) == 1


def test_ckplus_codes_agree_with_a_second_source(shared_data: Path) -> None:
    """CK+48 was made from CK+ by others: the two copies must give the same sequences one label."""
    import numpy as np

    other = np.load(shared_data / "ckplus48.npz")
    theirs = {
        (s, q): find_emotion(e)
        for s, q, e in zip(other["subject"], other["sequence"], other["emotion"], strict=True)
        if e
    }
    compared = 0
    for file in (shared_data / "ckplus_pairs" / "Emotion").glob("*/*/*.txt"):
        subject, sequence = file.parts[-3:-1]
        if (subject, sequence) in theirs:
            compared += 1
            assert CKPLUS_CODES[int(float(file.read_text()))] == theirs[subject, sequence]
    assert compared > 200


def test_the_published_counts_add_up_to_327() -> None:
    assert sum(CKPLUS_PUBLISHED_COUNTS.values()) == 327
    assert tuple(CKPLUS_PUBLISHED_COUNTS) == SEVEN


def test_order_is_canonical_and_drops_repetitions() -> None:
    assert in_order(["neutral", "fear", "anger", "fear"]) == ("anger", "fear", "neutral")


@pytest.mark.parametrize(
    "spelling", ["An\u200bger", "ＡＮＧＥＲ", "anger\xa0", "\ufeffAnger", "DİSGUST", "sad\u00adness"]
)
def test_an_emotion_is_known_however_it_is_written(spelling: str) -> None:
    assert find_emotion(spelling) in ("anger", "disgust", "sadness")
