"""Columns of a corpus: counting, taking, choosing emotions; tallies of what is left out."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.base.emotions import EMOTIONS
from fer_core.base.errors import CorpusError
from fer_core.datasets.base import Omission
from fer_core.datasets.images.base import ImageCorpus, held_out
from fer_core.datasets.images.omissions import EACH, REASONS, Tally
from fer_core.datasets.images.sources import ArraySource

from .trees import blobs


def corpus(**changed: object) -> ImageCorpus:
    emotion = np.array(["fear", "anger", "fear", "neutral"])
    soft = np.zeros((4, len(EMOTIONS)), np.float32)
    soft[np.arange(4), [EMOTIONS.index(e) for e in emotion]] = 0.75
    soft[:, EMOTIONS.index("contempt")] = 0.25
    columns = {
        "item": np.array(["a", "b", "c", "d"]),
        "emotion": emotion,
        "part": np.array(["train", "validation", "train", "test"]),
        "subject": np.array(["S1", "S2", "S1", "S3"]),
        "position": np.array([3, 2, 1, 0]),
        "soft": soft,
    }
    source = ArraySource(np.stack([blobs(k, 12) for k in range(4)]))
    return ImageCorpus(
        "c",
        "arrays",
        None,
        source,
        subjects_known=True,
        **(columns | changed),  # type: ignore[arg-type]
    )


def test_counts_are_in_the_canonical_order() -> None:
    c = corpus()
    assert list(c.counts.items()) == [("anger", 1), ("fear", 2), ("neutral", 1)]
    assert c.emotions == ("anger", "fear", "neutral") and c.subjects == ("S1", "S2", "S3")
    assert list(c.parts.items()) == [("train", {"fear": 2}), ("validation", {"anger": 1}), ("test", {"neutral": 1})]
    assert c.of_part("train").tolist() == [0, 2] and len(c) == 4


def test_taking_keeps_every_column_together() -> None:
    taken = corpus().take([3, 0])
    assert taken.item.tolist() == ["d", "a"] and taken.position.tolist() == [0, 3]
    assert taken.subject.tolist() == ["S3", "S1"] and taken.soft is not None
    assert (taken.source.read(int(taken.position[1])) == blobs(3, 12)).all()
    assert len(corpus().take([])) == 0


def test_choosing_emotions_tells_what_goes_and_shares_sum_to_one() -> None:
    only = corpus().only(["fear", "neutral"])
    assert only.item.tolist() == ["a", "c", "d"]
    assert only.omissions == (Omission("1 image", "shows anger, which is not among the chosen emotions"),)
    assert only.soft is not None and np.allclose(only.soft.max(axis=1), 1)
    with pytest.raises(CorpusError, match="no image shows any of disgust"):
        corpus().only(["disgust"])


def test_the_test_part_is_held_out_before_the_validation_part() -> None:
    positions, part = held_out(corpus())
    assert (positions.tolist(), part) == ([3], "test")
    positions, part = held_out(corpus().take([0, 1, 2]))
    assert (positions.tolist(), part) == ([1], "validation")
    assert held_out(corpus().take([0]))[1] == ""


def test_the_key_follows_labels_and_pixels_and_not_the_width_of_columns() -> None:
    key = corpus().key
    assert key == corpus(item=np.array(["a", "b", "c", "d"], dtype="<U90")).key
    changes: dict[str, object] = {
        "emotion": np.array(["fear", "anger", "fear", "anger"]),
        "item": np.array(["a", "b", "c", "e"]),
        "part": np.array(["train"] * 4),
        "position": np.array([3, 2, 1, 1]),
        "soft": None,
    }
    assert all(corpus(**{name: value}).key != key for name, value in changes.items())


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        corpus(part=np.array(["train"]))


def test_a_few_of_a_reason_are_told_one_by_one_and_many_in_one_line() -> None:
    tally = Tally([Omission("before", "first")])
    tally.leave_all([f"few {k}" for k in range(EACH)], "a", "fix a")
    tally.leave_all([f"many {k}" for k in range(4_000)], "b")
    told = tally.omissions()
    assert told[0] == Omission("before", "first") and told[1] == Omission("few 0", "a", "fix a")
    assert len(told) == EACH + 2 and told[-1].where == "many 0, many 1, many 2 and 3,997 more"
    assert len(tally) == 4_001 + EACH


def test_reasons_without_end_are_told_as_one() -> None:
    tally = Tally()
    for k in range(5_000):
        tally.leave(f"row {k}", f"reason {k}")
    assert len(tally.omissions()) == REASONS + 1 and len(tally) == 5_000
