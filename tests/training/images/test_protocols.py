"""Who stands where: parts kept, groups and people whole, emotions balanced; guards that can fail."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from fer_core.base.errors import ProtocolError
from fer_core.datasets.images.base import ImageCorpus
from fer_core.study.image_conditions import ImageCondition, ImageFit
from fer_core.training.images.protocols import ImageSplit, _check, _whole_groups, image_splits, joined

from .image_samples import corpus, quick


def alone(c: ImageCorpus) -> np.ndarray:
    """Every picture in a group of its own."""
    return np.arange(len(c))


def folded(protocol: str = "kfold", folds: int = 5, **changes: object) -> ImageCondition:
    return quick(protocol=protocol, folds=folds, **changes)


def sides(split: ImageSplit) -> list[set[int]]:
    return [set(s.tolist()) for s in (split.train, split.validation, split.test)]


def brute(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Joined groups by merging pair after pair until nothing changes."""
    label = np.arange(len(first))
    changing = True
    while changing:
        changing = False
        for i, j in combinations(range(len(first)), 2):
            if (first[i] == first[j] or second[i] == second[j]) and label[i] != label[j]:
                label[label == max(label[i], label[j])] = min(label[i], label[j])
                changing = True
    return label


def same_grouping(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(((a[:, None] == a) == (b[:, None] == b)).all())


# --- the official split --------------------------------------------------------------------------------


def test_the_official_parts_stay_what_they_are() -> None:
    c = corpus(60, 12, test=15)
    (split,) = image_splits(c, quick(), alone(c))
    for got, part in zip((split.train, split.validation, split.test), ("train", "validation", "test"), strict=True):
        np.testing.assert_array_equal(got, c.of_part(part))
    assert split.tested == "test"


def test_without_a_test_part_the_validation_part_is_tested_and_nothing_else_read_from_it() -> None:
    c = corpus(60, 12)
    (split,) = image_splits(c, quick(), alone(c))
    np.testing.assert_array_equal(split.test, c.of_part("validation"))
    assert split.tested == "validation"
    assert set(split.train) | set(split.validation) == set(c.of_part("train"))
    assert len(split.validation) == 6, "a tenth of the training part ends the training"


def test_without_a_validation_share_everything_is_trained_on() -> None:
    c = corpus(60, 12)
    (split,) = image_splits(c, quick(fit=ImageFit(validation_share=0.0)), alone(c))
    np.testing.assert_array_equal(split.train, c.of_part("train"))
    assert len(split.validation) == 0


def test_the_pictures_that_end_the_training_are_no_copies_of_those_trained_on() -> None:
    c = corpus(60, 12)
    groups = alone(c) // 4
    for seed in range(5):
        (split,) = image_splits(c, quick(seed=seed), groups)
        assert not set(groups[split.train]) & set(groups[split.validation])


def test_a_corpus_without_parts_has_no_official_split() -> None:
    c = corpus(60, 0)
    with pytest.raises(ProtocolError, match="k folds"):
        image_splits(replace(c, part=np.full(len(c), "")), quick(), alone(c))


# --- folds ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("size", [1, 3, 7])
def test_folds_cover_the_training_part_once_and_part_no_group(seed: int, size: int) -> None:
    c = corpus(120, 30)
    groups = np.random.default_rng(seed).permutation(len(c)) // size
    splits = image_splits(c, folded(seed=seed), groups)
    assert len(splits) == 5
    tested = np.concatenate([s.test for s in splits])
    assert sorted(tested.tolist()) == c.of_part("train").tolist(), "the held-out part is left alone"
    for s in splits:
        a, b, t = sides(s)
        assert a | b | t == set(c.of_part("train").tolist())
        assert len(a) + len(b) + len(t) == 120
        for one, other in ((s.train, s.test), (s.validation, s.test), (s.train, s.validation)):
            assert not set(groups[one]) & set(groups[other])


def test_a_corpus_without_parts_is_folded_whole() -> None:
    c = corpus(60, 12)
    c = replace(c, part=np.full(len(c), ""))
    tested = np.concatenate([s.test for s in image_splits(c, folded(), alone(c))])
    assert sorted(tested.tolist()) == list(range(72))


def test_the_seed_decides_the_folds() -> None:
    c = corpus(120, 0)
    a, b, other = (image_splits(c, folded(seed=s), alone(c))[0].test.tolist() for s in (1, 1, 2))
    assert a == b != other


def test_people_are_kept_apart_where_asked() -> None:
    c = corpus(120, 0, people=20)
    for s in image_splits(c, folded("subject-kfold"), alone(c)):
        train, held, test = (set(c.subject[x]) for x in (s.train, s.validation, s.test))
        assert not train & test and not held & test and not train & held
    mixed = image_splits(c, folded(), alone(c))
    assert any(set(c.subject[s.train]) & set(c.subject[s.test]) for s in mixed), "the plain folds mix them"


def test_a_copy_under_another_name_keeps_two_people_together() -> None:
    c = corpus(120, 0, people=20)
    groups = alone(c)
    first, second = (np.flatnonzero(c.subject == p)[0] for p in ("P03", "P04"))
    groups[second] = groups[first]  # one picture of P03 is a copy of one of P04
    for s in image_splits(c, folded("subject-kfold"), groups):
        assert ("P03" in c.subject[s.test]) == ("P04" in c.subject[s.test])


def test_few_people_give_a_larger_share_to_end_the_training() -> None:
    c = corpus(70, 0, people=7)
    for s in image_splits(c, folded("subject-kfold", folds=3), alone(c)):
        assert [len(set(c.subject[x])) for x in (s.validation, s.train)] == [1, 6 - len(set(c.subject[s.test]))]


def test_people_who_are_not_known_cannot_be_kept_apart() -> None:
    c = corpus(60, 0)
    with pytest.raises(ProtocolError, match="who is shown"):
        image_splits(c, folded("subject-kfold"), alone(c))


def test_too_few_pictures_are_said() -> None:
    c = corpus(12, 0)
    with pytest.raises(ProtocolError, match="cannot be spread"):
        image_splits(c, folded(folds=10), alone(c))
    with pytest.raises(ProtocolError, match="cannot be spread"):
        image_splits(c, folded(folds=2), np.zeros(len(c), dtype=int))
    with pytest.raises(ProtocolError, match="no training picture shows"):
        image_splits(c, folded(folds=2, emotions=("anger", "happiness", "fear")), alone(c))


# --- pictures that may not be used ---------------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["official", "kfold", "subject-kfold"])
def test_what_may_not_be_used_stands_nowhere(protocol: str) -> None:
    c = corpus(60, 12, people=12)
    usable = np.random.default_rng(0).random(len(c)) < 0.8
    for s in image_splits(c, folded(protocol, folds=3), alone(c), usable):
        assert usable[np.concatenate([s.train, s.validation, s.test])].all()


def test_a_tested_part_of_which_nothing_may_be_used_is_said() -> None:
    c = corpus(60, 12)
    with pytest.raises(ProtocolError):
        image_splits(c, quick(), alone(c), c.part == "train")


# --- the guards, on planted faults ---------------------------------------------------------------------


def test_a_picture_on_two_sides_is_found() -> None:
    c = corpus(60, 6)
    (s,) = image_splits(c, quick(), alone(c))
    for planted in (replace(s, train=np.append(s.train, s.test[0])), replace(s, train=np.append(s.train, s.train[0]))):
        with pytest.raises(ProtocolError, match="two sides"):
            _check(c, quick(), planted)


def test_a_person_on_two_sides_is_found() -> None:
    c = corpus(60, 0, people=12)
    condition = folded("subject-kfold", folds=3)
    s = image_splits(c, condition, alone(c))[0]
    planted = replace(s, train=np.append(s.train, s.test[0]), test=s.test[1:])
    with pytest.raises(ProtocolError, match="on both sides"):
        _check(c, condition, planted)


# --- groups --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_joined_groups_are_those_of_brute_force(seed: int) -> None:
    g = np.random.default_rng(seed)
    n = int(g.integers(1, 30))
    first, second = (g.integers(0, int(g.integers(1, 2 * n + 1)), n) * 7 for _ in range(2))
    assert same_grouping(joined(first, second), brute(first, second))


@pytest.mark.parametrize("seed", range(5))
def test_folds_are_as_even_as_scikit_learns(seed: int) -> None:
    from sklearn.model_selection import StratifiedGroupKFold

    g = np.random.default_rng(seed)
    n = 600
    emotion = g.choice(["anger", "fear", "happiness", "disgust"], n, p=[0.3, 0.2, 0.45, 0.05])
    groups = g.integers(0, 150, n)
    whole = np.unique(emotion, return_counts=True)[1]

    def unevenness(folds) -> float:  # type: ignore[no-untyped-def]
        held = [[(emotion[test] == e).sum() for e in np.unique(emotion)] for _, test in folds]
        return float(np.abs(np.array(held) / whole - 0.2).max())

    ours = unevenness(_whole_groups(emotion, groups, 5, seed))
    theirs = unevenness(StratifiedGroupKFold(5, shuffle=True, random_state=seed).split(emotion, emotion, groups))
    assert ours <= max(1.5 * theirs, 0.06)
