"""Splits: who is on which side, and the guard that keeps subjects apart."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from samples import made_set, tiny

from fer_core.base.errors import ProtocolError
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.study.conditions import FitSettings
from fer_core.training.protocols import Split, check_subjects_apart, make_splits, validation_split

HELD = ["P02,P03,P04,P12,P16,P18,P21", "P00,P05,P08,P20,P22", "P01,P10,P13,P14,P15,P17", "P06,P07,P11,P19,P23"]
"""Who is held out in each fold of `uneven`: by scikit-learn 1.9.1 with shuffle=True, seed 0."""


def uneven(seed: int = 0) -> LandmarkSet:
    """Subjects with one to three clips, as real corpora have them."""
    landmarks = made_set(24)
    keep = np.random.default_rng(seed).random(len(landmarks)) < 0.6
    return landmarks.take(keep)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("folds", [2, 5, 10])
def test_folds_cover_every_clip_once_and_never_share_a_subject(seed: int, folds: int) -> None:
    landmarks = uneven()
    splits = make_splits(landmarks, tiny(folds=folds, seed=seed))
    assert [s.fold for s in splits] == list(range(folds))
    tested = np.concatenate([s.test for s in splits])
    assert sorted(tested.tolist()) == list(range(len(landmarks)))
    for s in splits:
        assert len(s.test) > 0
        assert set(landmarks.subject[s.train]) & set(landmarks.subject[s.test]) == set()
        assert sorted([*s.train.tolist(), *s.test.tolist()]) == list(range(len(landmarks)))


def test_folds_hold_the_emotions_in_like_shares() -> None:
    landmarks = uneven()
    whole = np.array([(landmarks.emotion == e).mean() for e in landmarks.emotions])
    for s in make_splits(landmarks, tiny(folds=4)):
        share = np.array([(landmarks.emotion[s.test] == e).mean() for e in landmarks.emotions])
        assert np.abs(share - whole).max() < 0.2


def test_the_seed_decides_the_folds() -> None:
    landmarks = uneven()
    a, b, c = (make_splits(landmarks, tiny(folds=4, seed=s))[0].test.tolist() for s in (1, 1, 2))
    assert a == b
    assert a != c


@pytest.mark.parametrize("share", [0.2, 0.3, 0.5])
def test_a_subject_holdout_is_about_as_large_as_asked(share: float) -> None:
    landmarks = uneven()
    (split,) = make_splits(landmarks, tiny(protocol="subject-holdout", test_share=share))
    check_subjects_apart(landmarks.subject, split)
    assert len(split.test) / len(landmarks) == pytest.approx(share, abs=0.1)


def test_the_papers_holdout_mixes_subjects_and_is_stratified() -> None:
    landmarks = uneven()
    (split,) = make_splits(landmarks, tiny(protocol="random-holdout"))
    assert set(landmarks.subject[split.train]) & set(landmarks.subject[split.test])
    assert len(split.test) == int(np.ceil(0.3 * len(landmarks)))
    for e in landmarks.emotions:
        whole, test = (landmarks.emotion == e).mean(), (landmarks.emotion[split.test] == e).mean()
        assert test == pytest.approx(whole, abs=0.05)


def test_a_subject_on_both_sides_is_caught() -> None:
    landmarks = made_set(4)
    train, test = np.arange(0, 6), np.arange(6, 12)
    check_subjects_apart(landmarks.subject, Split(0, train, test))
    with pytest.raises(ProtocolError, match=r"1 subjects are on both sides.*P01.*fold 3"):
        check_subjects_apart(landmarks.subject, Split(3, np.arange(0, 6), np.arange(5, 12)))


def test_make_splits_is_guarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted splitter that ignores subjects does not get past."""
    from fer_core.training import protocols

    landmarks = made_set(6)
    careless = [(np.arange(1, 18), np.arange(0, 1))]
    monkeypatch.setattr(protocols, "_group_kfold", lambda *a: careless)
    with pytest.raises(ProtocolError, match="both sides"):
        make_splits(landmarks, tiny(protocol="subject-holdout"))


def test_too_few_subjects_say_how_many_folds_are_possible() -> None:
    with pytest.raises(ProtocolError, match=r"4 subjects.*10.*at most 4"):
        make_splits(made_set(4), tiny(folds=10))
    with pytest.raises(ProtocolError, match="more subjects"):
        make_splits(made_set(1), tiny(folds=2))


def test_more_folds_than_clips_of_any_emotion_is_one_sentence() -> None:
    """Enough subjects, but each emotion has fewer clips than there are folds."""
    landmarks = made_set(12)
    order = np.arange(12) * 3 + np.arange(12) % 3  # one clip per subject, four of each emotion
    with pytest.raises(ProtocolError):
        make_splits(landmarks.take(order), tiny(folds=10))


def test_an_emotion_of_fewer_clips_than_folds_is_spread_without_a_warning() -> None:
    landmarks = made_set(9)
    rare = landmarks.take((landmarks.emotion != "anger") | np.isin(landmarks.subject, ["P00", "P01"]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(make_splits(rare, tiny(folds=3))) == 3


def test_an_emotion_that_only_one_subject_shows_cannot_be_trained_without_them() -> None:
    landmarks = made_set(9)
    few = landmarks.take((landmarks.emotion != "surprise") | (landmarks.subject == "P02"))
    with pytest.raises(ProtocolError, match="no training clip shows surprise"):
        make_splits(few, tiny(folds=3))


def test_a_single_clip_cannot_be_on_both_sides() -> None:
    landmarks = made_set(9)
    few = landmarks.take((landmarks.emotion != "surprise") | (landmarks.subject == "P02"))
    with pytest.raises(ProtocolError, match="single clip"):
        make_splits(few, tiny(protocol="random-holdout"))


@pytest.mark.parametrize("share", [0.1, 0.15, 0.25, 0.5])
def test_early_stopping_watches_other_subjects(share: float) -> None:
    landmarks = uneven()
    condition = tiny(fit=FitSettings(validation_share=share))
    train = make_splits(landmarks, condition)[0].train
    fit, held = validation_split(landmarks, train, condition)
    assert sorted([*fit.tolist(), *held.tolist()]) == sorted(train.tolist())
    assert not set(landmarks.subject[fit]) & set(landmarks.subject[held])
    assert len(held) / len(train) == pytest.approx(share, abs=0.12)


def test_without_a_share_nothing_is_held_back() -> None:
    train = np.arange(9)
    fit, held = validation_split(made_set(4), train, tiny())
    assert fit.tolist() == train.tolist()
    assert len(held) == 0


def test_the_papers_validation_is_stratified() -> None:
    landmarks = made_set(20)
    condition = tiny(protocol="random-holdout", fit=replace(tiny().fit, validation_share=0.2))
    _, held = validation_split(landmarks, np.arange(60), condition)
    assert [int((landmarks.emotion[held] == e).sum()) for e in landmarks.emotions] == [4, 4, 4]


def test_folds_are_the_same_whatever_scikit_learn_is_installed() -> None:
    """Of version 1.9.1; those before 1.8 shuffled the groups' counts without the groups."""
    landmarks = uneven()
    splits = make_splits(landmarks, tiny(folds=4))
    held = [",".join(sorted(set(landmarks.subject[s.test].tolist()))) for s in splits]
    assert held == HELD
