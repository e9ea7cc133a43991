"""Who is trained on and who is tested on: splits, and the guard that keeps subjects apart."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import ProtocolError
from fer_core.base.limits import SEEDS
from fer_core.base.unknown_people import BY_PERSON, GIVE_NAMES, KFOLD, not_apart
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.study.conditions import Condition

Index = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """Positions of the training and the test clips of one fold."""

    fold: int
    train: Index
    test: Index


def make_splits(landmarks: LandmarkSet, condition: Condition) -> list[Split]:
    """The folds of a condition's protocol, the same for the same clips and seed.

    Subject-independent protocols keep every subject's clips on one side and balance the emotions
    over the folds as far as that allows; "clip-kfold" does the same with clips, and where people are
    unknown keeps together what `fer_core.training.leaks.together` found to be alike. Raises
    `ProtocolError` where there are too few subjects or clips, an emotion is missing from a training
    side, or people are to be kept apart whom nobody knows.
    """
    check_people(landmarks.subjects_known, condition, landmarks.corpus)
    whole = _whole(landmarks, condition)
    if condition.protocol == "random-holdout":
        splits = [_random_holdout(landmarks, condition)]
    else:
        splits = _grouped(whole, condition)
    for split in splits:
        _check_emotions(landmarks, split, condition)
        if condition.protocol != "random-holdout":
            check_subjects_apart(whole.subject, split)
    return splits


def check_people(known: bool, condition: Condition, where: str) -> None:
    """Raises `ProtocolError` where a protocol keeps people apart whom nobody knows."""
    if condition.protocol in BY_PERSON and not known:
        by_clip = condition.for_people(False).protocol
        raise not_apart(where, f"choose the protocol by clip (--protocol {by_clip})")


def _whole(landmarks: LandmarkSet, condition: Condition) -> LandmarkSet:
    """The clips with what the protocol keeps on one side in the place of their subjects."""
    by_clip = condition.protocol == "clip-kfold" and landmarks.subjects_known
    return replace(landmarks, subject=landmarks.clip) if by_clip else landmarks


def check_subjects_apart(subject: npt.NDArray[np.str_], split: Split) -> None:
    """Raises `ProtocolError` if a subject has clips on both sides of a split."""
    both = sorted(set(subject[split.train].tolist()) & set(subject[split.test].tolist()))
    if both:
        raise ProtocolError(
            f"{len(both)} subjects are on both sides, the first is {both[0]}",
            where=f"fold {split.fold}",
            fix="use a subject-independent protocol",
        )


def validation_split(landmarks: LandmarkSet, train: Index, condition: Condition) -> tuple[Index, Index]:
    """Split a training side into fitting and validation clips, subjects apart where the protocol says so."""
    share = condition.fit.validation_share
    if share == 0:
        return train, train[:0]
    inner = _whole(landmarks.take(train), condition)
    if condition.protocol == "random-holdout":
        fit, held = _stratified(inner.emotion, share, condition.seed + 1)
    else:
        _need_subjects(inner, 2, condition)
        splits = max(2, min(round(1 / share), *_most_folds(inner)))
        fit, held = _group_kfold(inner, splits, condition.seed + 1)[0]
    return train[fit], train[held]


def inner_folds(landmarks: LandmarkSet, train: Index, condition: Condition, fold: int) -> list[Split]:
    """Folds of one outer training side, for a search; all positions are those of ``landmarks``.

    Subjects stay apart wherever the outer protocol keeps them apart. Depends on the seed and the
    outer fold, not on the condition's levels, so that all conditions are tuned on the same folds.
    """
    inner, folds = _whole(landmarks.take(train), condition), condition.search.inner_folds
    seed = condition.seed * 1000 + fold + 1
    if condition.protocol == "random-holdout":
        parts = _stratified_kfold(inner, folds, seed)
    else:
        _need_subjects(inner, folds, condition)
        parts = _group_kfold(inner, folds, seed)
    splits = [Split(k, train[fit], train[held]) for k, (fit, held) in enumerate(parts)]
    if condition.protocol != "random-holdout":
        whole = _whole(landmarks, condition)
        for split in splits:
            check_subjects_apart(whole.subject, split)
    return splits


def _stratified_kfold(landmarks: LandmarkSet, folds: int, seed: int) -> list[tuple[Index, Index]]:
    from sklearn.model_selection import StratifiedKFold

    _, most = _most_folds(landmarks)
    if most < folds:
        raise ProtocolError(
            f"no emotion has as many clips as there are inner folds ({folds})",
            where=landmarks.corpus,
            fix="choose fewer inner folds",
        )
    with _few_clips_allowed():
        drawn = StratifiedKFold(folds, shuffle=True, random_state=seed % SEEDS)
        return list(drawn.split(landmarks.clip, landmarks.emotion))


def _grouped(landmarks: LandmarkSet, condition: Condition) -> list[Split]:
    if condition.protocol in KFOLD:
        _need_subjects(landmarks, condition.folds, condition)
        folds = _group_kfold(landmarks, condition.folds, condition.seed)
        return [Split(k, train, test) for k, (train, test) in enumerate(folds)]
    splits = max(2, round(1 / condition.test_share))
    _need_subjects(landmarks, splits, condition)
    train, test = _group_kfold(landmarks, splits, condition.seed)[0]
    return [Split(0, train, test)]


def _group_kfold(landmarks: LandmarkSet, folds: int, seed: int) -> list[tuple[Index, Index]]:
    from sklearn.model_selection import StratifiedGroupKFold

    _, most = _most_folds(landmarks)
    if most < folds:
        raise ProtocolError(
            f"no emotion has as many clips as there are folds ({folds})",
            where=landmarks.corpus,
            fix=f"choose at most {most} folds" if most > 1 else "use a corpus with more clips",
        )
    numbers = _shuffled(landmarks.subject, seed)
    with _few_clips_allowed():
        return list(StratifiedGroupKFold(folds).split(landmarks.clip, landmarks.emotion, numbers))


@contextmanager
def _few_clips_allowed() -> Iterator[None]:
    """scikit-learn warns of an emotion with fewer clips than folds; here only its training sides need one.

    One at a time: filters are the whole process's.
    """
    with _ALONE, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        yield


_ALONE = threading.Lock()


def _shuffled(subject: npt.NDArray[np.str_], seed: int) -> Index:
    """(n,): each subject as a number, numbered in a random order.

    What `StratifiedGroupKFold(shuffle=True)` does with groups from scikit-learn 1.8 on. Before, which is all
    there is for Python 3.10, it shuffled their counts and not the groups, and folds were not stratified.
    """
    _, number = np.unique(subject, return_inverse=True)
    order = np.arange(number.max() + 1)
    np.random.RandomState(seed % SEEDS).shuffle(order)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return np.asarray(place[number], dtype=np.int64)


def _random_holdout(landmarks: LandmarkSet, condition: Condition) -> Split:
    train, test = _stratified(landmarks.emotion, condition.test_share, condition.seed)
    return Split(0, train, test)


def _stratified(emotion: npt.NDArray[np.str_], share: float, seed: int) -> tuple[Index, Index]:
    from sklearn.model_selection import train_test_split

    rarest = min(np.unique(emotion, return_counts=True)[1])
    if rarest < 2:
        raise ProtocolError("an emotion has a single clip, which cannot be on both sides", fix="leave it out")
    train, test = train_test_split(
        np.arange(len(emotion)), test_size=share, stratify=emotion, random_state=seed % SEEDS
    )
    return np.sort(train), np.sort(test)


def _most_folds(landmarks: LandmarkSet) -> tuple[int, int]:
    """Number of subjects, and of clips of the most frequent emotion: neither can fill more folds."""
    return len(np.unique(landmarks.subject)), int(np.unique(landmarks.emotion, return_counts=True)[1].max())


def _need_subjects(landmarks: LandmarkSet, folds: int, condition: Condition) -> None:
    n, _ = _most_folds(landmarks)
    if n >= folds:
        return
    fix = f"choose at most {n} folds" if n > 1 else ""
    if condition.protocol in BY_PERSON:
        what = f"{n} subjects cannot be spread over {folds} subject-independent folds"
        raise ProtocolError(what, where=landmarks.corpus, fix=fix or "use a corpus with more subjects")
    alike = f", for of {len(landmarks)} clips most show nearly the same picture or face"
    raise ProtocolError(
        f"{n} groups of clips cannot be spread over {folds} folds{alike if n < len(landmarks) else ''}",
        where=landmarks.corpus,
        fix=fix or f"{GIVE_NAMES}, or accept it by name: --allow-leak near-duplicate",
    )


def _check_emotions(landmarks: LandmarkSet, split: Split, condition: Condition) -> None:
    missing = [e for e in condition.emotions if e not in landmarks.emotion[split.train]]
    if missing:
        raise ProtocolError(
            f"no training clip shows {missing[0]}",
            where=f"{landmarks.corpus}, fold {split.fold}",
            fix="choose fewer folds, or leave the emotion out",
        )
