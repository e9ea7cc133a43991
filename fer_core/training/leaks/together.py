"""Where people are unknown: clips that show nearly the same face or picture stand on one side."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from fer_core.base.unknown_people import CAUTION, GIVE_NAMES
from fer_core.datasets.base import Corpus
from fer_core.datasets.copies.picture_hash import Pictures, hash_corpus
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.study.conditions import Condition
from fer_core.training.leaks.near_duplicates import near_pairs

RULE = "near-duplicate"
"""Who allows this rule to be broken by name keeps every clip on its own."""


def together(
    landmarks: LandmarkSet, condition: Condition, corpus: Corpus | None = None, allow: Collection[str] = ()
) -> LandmarkSet:
    """The landmark set with one subject for clips that show nearly the same, where people are unknown.

    By landmarks, and by the corpus's pictures where there are some. A set whose people are known comes
    back as it is, as does any where near-duplicates are allowed by name (``allow``) or the protocol keeps
    nothing together.
    """
    if landmarks.subjects_known or RULE in allow or condition.protocol != "clip-kfold":
        return landmarks
    pictures = None if corpus is None else hash_corpus(corpus, landmarks.clip.tolist())
    return replace(landmarks, subject=_grouped(landmarks, pictures))


def notes_of_people(landmarks: LandmarkSet) -> list[str]:
    """What is to be said of a set whose people are unknown; none where they are known."""
    if landmarks.subjects_known:
        return []
    _, sizes = np.unique(landmarks.subject, return_counts=True)
    alike = sizes[sizes > 1]
    kept = (
        f" {alike.sum()} clips that show nearly the same picture or face as another were kept on one side, "
        f"in {len(alike)} groups."
    )
    return [f"{CAUTION} To keep people apart, {GIVE_NAMES}.{kept if len(alike) else ''}"]


def _grouped(landmarks: LandmarkSet, pictures: Pictures | None) -> np.ndarray:
    """(n,): of each clip the first one's subject among those that are alike, directly or through others."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    pairs = near_pairs(landmarks, pictures)
    _, first, who = np.unique(landmarks.subject, return_index=True, return_inverse=True)
    i = np.concatenate([pairs.first, np.arange(len(who))])
    j = np.concatenate([pairs.second, first[who]])
    n = len(landmarks)
    edges = coo_matrix((np.ones(len(i)), (i, j)), shape=(n, n))
    group = connected_components(edges, directed=False)[1]
    _, start = np.unique(group, return_index=True)
    return np.asarray(landmarks.subject[start[group]])
