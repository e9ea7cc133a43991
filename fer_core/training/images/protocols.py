"""Which pictures are trained on, which end the training, which are tested: never one picture on two sides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import ProtocolError
from fer_core.base.limits import SEEDS
from fer_core.base.unknown_people import not_apart
from fer_core.datasets.images.base import ImageCorpus, Part
from fer_core.study.image_conditions import ImageCondition
from fer_core.training.protocols import Index

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ImageSplit:
    """Positions of one fold's pictures: to fit, to end the fit, to test. ``tested`` names the test side."""

    fold: int
    train: Index
    validation: Index
    test: Index
    tested: str


def image_splits(
    corpus: ImageCorpus, condition: ImageCondition, groups: Index, usable: Mask | None = None
) -> list[ImageSplit]:
    """The folds of a condition's protocol; the same for the same pictures and seed.

    "official" keeps the corpus's own parts: trained on "train", tested once on "test", or on
    "validation" where the corpus comes without its test part. A validation part beside a test part
    ends the training; else a share of the training part does. "kfold" spreads the training part (all
    pictures, where there are no parts) over folds, emotions balanced, and leaves the held-out parts
    alone. "subject-kfold" keeps people apart.

    Parameters
    ----------
    groups : int (n,)
        Pictures of one group are never parted: copies of a picture, or pictures of a person
        (`fer_core.datasets.copies.duplicates.copies`).
    usable : bool (n,), optional
        The pictures that may stand on any side; those that cannot be read may not. All by default.

    Raises
    ------
    ProtocolError
        Where the corpus does not allow the protocol: no parts, unknown subjects, too few pictures.
    """
    use = np.ones(len(corpus), dtype=bool) if usable is None else usable
    if condition.protocol == "official":
        splits = [_official(corpus, condition, groups, use)]
    else:
        splits = list(_folds(corpus, condition, _groups(corpus, condition, groups), use))
    for split in splits:
        _check(corpus, condition, split)
    return splits


def _official(corpus: ImageCorpus, condition: ImageCondition, groups: Index, use: Mask) -> ImageSplit:
    parts: tuple[Part, ...] = ("train", "validation", "test")
    train, held, test = (at[use[at]] for at in map(corpus.of_part, parts))
    if not len(train) or not (len(held) or len(test)):
        raise ProtocolError("the corpus has no official split", where=corpus.name, fix="use k folds instead")
    if len(held) and len(test):
        return ImageSplit(0, train, held, test, "test")
    fit, stop = _held_back(corpus, train, condition, groups, 0)
    return ImageSplit(0, fit, stop, test if len(test) else held, "test" if len(test) else "validation")


def _folds(corpus: ImageCorpus, condition: ImageCondition, groups: Index, use: Mask) -> Iterator[ImageSplit]:
    pool = corpus.of_part("train")
    pool = pool if len(pool) else np.arange(len(corpus))
    pool = pool[use[pool]]
    for fold, (train, test) in enumerate(
        _grouped(corpus.emotion[pool], groups[pool], condition.folds, condition.seed, corpus.name)
    ):
        fit, stop = _held_back(corpus, pool[train], condition, groups, fold)
        yield ImageSplit(fold, fit, stop, pool[test], f"fold {fold + 1} of {condition.folds}")


def _groups(corpus: ImageCorpus, condition: ImageCondition, groups: Index) -> Index:
    """Who belongs together: copies of a picture, and where people are kept apart a person's pictures."""
    if condition.protocol != "subject-kfold":
        return groups
    if not corpus.subjects_known:
        raise not_apart(corpus.name, "use the official split or k folds (--protocol official, kfold)")
    return joined(groups, np.unique(corpus.subject, return_inverse=True)[1])


def joined(first: Index, second: Index) -> Index:
    """The finest grouping in which whatever is together in either of two groupings is together: (n,)."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    a, b = (np.unique(g, return_inverse=True)[1] for g in (first, second))
    n = len(a)
    columns = np.concatenate([n + a, n + a.max(initial=-1) + 1 + b])
    side = int(columns.max(initial=0)) + 1
    edges = coo_matrix((np.ones(2 * n), (np.tile(np.arange(n), 2), columns)), shape=(side, side))
    return np.asarray(connected_components(edges, directed=False)[1][:n], dtype=np.int64)


def _held_back(
    corpus: ImageCorpus, train: Index, condition: ImageCondition, groups: Index, fold: int
) -> tuple[Index, Index]:
    """A training side parted into pictures to fit and pictures to end the fit."""
    share = condition.fit.validation_share
    if share == 0:
        return train, train[:0]
    whose = _groups(corpus, condition, groups)[train]
    most = int(np.unique(corpus.emotion[train], return_counts=True)[1].max(initial=0))
    parts = max(2, min(round(1 / share), len(np.unique(whose)), most))  # of few people, one ends the fit
    seed = condition.seed * 1000 + fold + 1
    fit, stop = next(iter(_grouped(corpus.emotion[train], whose, parts, seed, corpus.name)))
    return train[fit], train[stop]


def _grouped(
    emotion: npt.NDArray[np.str_], groups: Index, folds: int, seed: int, name: str
) -> Iterator[tuple[Index, Index]]:
    """Folds with the emotions balanced and groups whole."""
    most = int(np.unique(emotion, return_counts=True)[1].max(initial=0))
    if len(np.unique(groups)) < folds or most < folds:
        raise ProtocolError(
            f"{len(emotion)} pictures cannot be spread over {folds} folds", where=name, fix="use fewer folds"
        )
    if len(np.unique(groups)) == len(groups):  # nothing to keep together: much faster, and exactly balanced
        from sklearn.model_selection import StratifiedKFold

        return iter(StratifiedKFold(folds, shuffle=True, random_state=seed % SEEDS).split(emotion, emotion))
    return _whole_groups(emotion, groups, folds, seed)


def _whole_groups(emotion: npt.NDArray[np.str_], groups: Index, folds: int, seed: int) -> Iterator[tuple[Index, Index]]:
    """As scikit-learn's StratifiedGroupKFold, in one pass: it takes minutes for 30,000 groups.

    Groups in random order, larger ones first, each go to the fold that has the smallest share of
    their emotions so far.
    """
    generator = np.random.default_rng(seed)
    emotions = np.unique(emotion, return_inverse=True)[1]
    group = np.unique(groups, return_inverse=True)[1]
    counts = np.zeros((group.max() + 1, emotions.max() + 1), dtype=np.int64)
    np.add.at(counts, (group, emotions), 1)
    order = generator.permutation(len(counts))
    order = order[np.argsort(-counts[order].sum(axis=1), kind="stable")]
    held = np.zeros((folds, counts.shape[1]))
    fold_of = np.zeros(len(counts), dtype=np.int64)
    total = counts.sum(axis=0)
    for g in order:
        load = (held / total) @ (counts[g] / counts[g].sum())
        fold = int(np.argmin(load + 1e-9 * held.sum(axis=1)))
        fold_of[g] = fold
        held[fold] += counts[g]
    of = fold_of[group]
    for fold in range(folds):
        yield np.flatnonzero(of != fold), np.flatnonzero(of == fold)


def _check(corpus: ImageCorpus, condition: ImageCondition, split: ImageSplit) -> None:
    wanted = condition.emotions or corpus.emotions
    there = set(corpus.emotion[split.train].tolist())
    missing = [e for e in wanted if e not in there]
    where = f"{corpus.name}, fold {split.fold + 1}"
    if missing:
        raise ProtocolError(
            f"no training picture shows {missing[0]}", where=where, fix="use fewer folds, or leave the emotion out"
        )
    if not len(split.test):
        raise ProtocolError("no picture is left to test on", where=where, fix="use another protocol")
    sides = (split.train, split.validation, split.test)
    if sum(map(len, sides)) != len(np.unique(np.concatenate(sides))):
        raise ProtocolError(
            "a picture lies on two sides or twice on one", where=where, fix="report this: it is a fault"
        )
    if condition.protocol == "subject-kfold":
        _check_people(corpus, split, where)


def _check_people(corpus: ImageCorpus, split: ImageSplit, where: str) -> None:
    seen = np.concatenate([split.train, split.validation])
    both = sorted(set(corpus.subject[seen].tolist()) & set(corpus.subject[split.test].tolist()))
    if both:
        raise ProtocolError(
            f"{len(both)} subjects are on both sides, the first is {both[0]}",
            where=where,
            fix="report this: it is a fault",
        )
