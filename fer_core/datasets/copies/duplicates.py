"""Copies among images: the same pixels, or nearly the same picture, plain or mirrored.

Exact copies have equal pixels (after decoding). Near copies have difference hashes that differ in at
most `ALIKE_BITS` of 256 bits: the limit that `fer_core.training.leaks.near_duplicates` found for faces.
On FER2013, pairs of Training and PublicTest within it have pixels that correlate by 0.87 or more (median
0.99, without the equal ones 0.97). A copy that was cut or turned differently is not found: what is
reported is a lower bound.

Per image one twin is kept, never all pairs, so that 10,000 copies of one picture stay 10,000 numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.progress import Progress, silent, stage
from fer_core.datasets.copies.fingerprints import Fingerprints, fingerprints
from fer_core.datasets.copies.near_search import near_pairs
from fer_core.datasets.images.base import ImageCorpus

ALIKE_BITS = 20
"""Bits of 256 by which two pictures of one scene may differ."""

Index = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_NONE = -1
_FAR = np.int64(2**62)
_ROW_BITS = 40
_EDGES = 1_000_000  # collected before groups are merged


@dataclass(frozen=True)
class Twins:
    """For each of n images, the one most like it among those it was compared with.

    Attributes
    ----------
    twin : int64 (n,)
        Its row; -1 where there is none.
    exact : bool (n,)
        Whether the pixels are the same (or mirrored, the same).
    mirrored : bool (n,)
        Whether it looks like the twin's mirror image.
    bits : int64 (n,)
        Bits of 256 that differ; 0 for exact twins, -1 without a twin.
    """

    twin: Index
    exact: Mask
    mirrored: Mask
    bits: Index

    @property
    def found(self) -> Mask:
        """Which images have a twin."""
        return np.asarray(self.twin >= 0)

    def __len__(self) -> int:
        return len(self.twin)


def twins_within(prints: Fingerprints, *, limit: int = ALIKE_BITS, progress: Progress = silent) -> Twins:
    """For each image, its twin among the images before it: leave out those that have one, and none is left.

    Raises `SettingError` for a limit outside 0 to 31 bits.
    """
    found = _Found(len(prints))
    rows = np.arange(len(prints))
    for other, mirrored in ((prints.digest, False), (prints.mirrored_digest, True)):
        twin = _lookup(other, prints)
        found.exact(np.where((twin >= 0) & (twin < rows), twin, _NONE), mirrored)
    twin = _same_hash(prints)
    found.near(rows, np.where(twin < rows, twin, _NONE), np.zeros(len(rows), np.int64), False)
    leaders = np.flatnonzero((twin == rows) & _comparable(prints))
    for turn, hashes in enumerate((prints.plain, prints.mirrored)):
        told = stage(progress, turn, 2)
        search = near_pairs(hashes[leaders], prints.plain[leaders], limit, earlier=True, progress=told)
        for i, j, bits in search:
            found.near(leaders[i], leaders[j], bits, turn == 1)
    return found.twins()


def twins_across(
    prints: Fingerprints, others: Fingerprints, *, limit: int = ALIKE_BITS, progress: Progress = silent
) -> Twins:
    """For each image, its twin among other images (a held-out part against the training part, say).

    Rows of the result are those of `prints`, twins are rows of `others`. Raises `SettingError` for a
    limit outside 0 to 31 bits.
    """
    found = _Found(len(prints))
    for digest, mirrored in ((prints.digest, False), (prints.mirrored_digest, True)):
        found.exact(np.where(prints.readable, _lookup(digest, others), _NONE), mirrored)
    own, theirs = _same_hash(prints), _same_hash(others)
    leaders = np.flatnonzero((own == np.arange(len(prints))) & _comparable(prints))
    targets = np.flatnonzero((theirs == np.arange(len(others))) & _comparable(others))
    for turn, hashes in enumerate((prints.plain, prints.mirrored)):
        told = stage(progress, turn, 2)
        search = near_pairs(hashes[leaders], others.plain[targets], limit, progress=told)
        for i, j, bits in search:
            found.near(leaders[i], targets[j], bits, turn == 1)
    found.share(own)
    return found.twins()


def copies(
    corpus: ImageCorpus, *, prints: Fingerprints | None = None, limit: int = ALIKE_BITS, progress: Progress = silent
) -> Index:
    """Groups of images that are copies of each other, directly or through others: int64 (n,).

    A group's number is the position of its first image; an image without copies is alone in its group.
    Keeping groups together keeps copies from both sides of a split.

    Parameters
    ----------
    corpus : ImageCorpus
    prints : its `fingerprints`, where they are known already
    limit : bits of 256, 0 to 31
    progress : told while images are read and compared
    """
    prints = fingerprints(corpus, progress=progress) if prints is None else prints
    groups = _Groups(len(prints))
    rows = np.arange(len(prints))
    for digest in (prints.digest, prints.mirrored_digest):
        twin = _lookup(digest, prints)
        groups.join(rows[twin >= 0], twin[twin >= 0])
    same = _same_hash(prints)
    groups.join(rows, same)
    leaders = np.flatnonzero((same == rows) & _comparable(prints))
    for turn, hashes in enumerate((prints.plain, prints.mirrored)):
        told = stage(progress, turn, 2)
        search = near_pairs(hashes[leaders], prints.plain[leaders], limit, earlier=True, progress=told)
        for i, j, _ in search:
            groups.join(leaders[i], leaders[j])
    return groups.firsts()


def _comparable(prints: Fingerprints) -> Mask:
    return np.asarray(prints.readable & ~prints.featureless)


def _lookup(digest: npt.NDArray[np.uint64], among: Fingerprints) -> Index:
    """The first readable row of `among` with each digest; -1 where there is none."""
    at = np.flatnonzero(among.readable)
    if not len(at):
        return np.full(len(digest), _NONE, dtype=np.int64)
    known, first = np.unique(among.digest[at], return_index=True)
    slot = np.minimum(np.searchsorted(known, digest), len(known) - 1)
    return np.where(known[slot] == digest, at[first[slot]], _NONE).astype(np.int64)


def _same_hash(prints: Fingerprints) -> Index:
    """For each comparable row, the first comparable row with the very same hash; itself for others."""
    rows = np.arange(len(prints), dtype=np.int64)
    at = np.flatnonzero(_comparable(prints))
    if len(at):
        # 32 bytes as one value: sorted as such, far faster than row by row.
        codes = np.ascontiguousarray(prints.plain[at]).view(np.dtype((np.void, 32))).ravel()
        _, first, which = np.unique(codes, return_index=True, return_inverse=True)
        rows[at] = at[first[which]]
    return rows


class _Found:
    """The best twin of each row so far; an exact one beats every near one, a plain one a mirrored one."""

    def __init__(self, n: int) -> None:
        self._exact = np.full((2, n), _NONE, dtype=np.int64)
        self._near = np.full(n, _FAR, dtype=np.int64)  # bits, mirrored and row in one number, to compare

    def exact(self, twin: Index, mirrored: bool) -> None:
        self._exact[int(mirrored)] = twin

    def near(self, row: Index, twin: Index, bits: Index, mirrored: bool) -> None:
        there = twin >= 0
        score = ((bits * 2 + int(mirrored)) << _ROW_BITS) + twin
        np.minimum.at(self._near, row[there], score[there])

    def share(self, leader: Index) -> None:
        """Give every row what the first row of its hash found."""
        self._near = self._near[leader]

    def twins(self) -> Twins:
        near = self._near < _FAR
        exact = (self._exact >= 0).any(axis=0)
        plain = self._exact[0] >= 0
        score = self._near >> _ROW_BITS
        twin = np.where(near, self._near & ((1 << _ROW_BITS) - 1), _NONE)
        twin = np.where(exact, np.where(plain, self._exact[0], self._exact[1]), twin)
        mirrored = np.where(exact, ~plain, near & (score % 2 == 1))
        bits = np.where(exact, 0, np.where(near, score // 2, _NONE))
        return Twins(twin, exact, mirrored, bits)


class _Groups:
    """Connected rows, edges merged some at a time."""

    def __init__(self, n: int) -> None:
        self._label = np.arange(n, dtype=np.int64)
        self._edges: list[npt.NDArray[Any]] = []
        self._waiting = 0

    def join(self, first: Index, second: Index) -> None:
        self._edges.append(np.stack([first, second]))
        self._waiting += len(first)
        if self._waiting > _EDGES:
            self._merge()

    def firsts(self) -> Index:
        """For each row the first row of its group."""
        self._merge()
        _, first, which = np.unique(self._label, return_index=True, return_inverse=True)
        return first[which].astype(np.int64)

    def _merge(self) -> None:
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components

        edges = self._label[np.concatenate([np.zeros((2, 0), np.int64), *self._edges], axis=1)]
        n = len(self._label)
        graph = coo_matrix((np.ones(edges.shape[1], dtype=bool), (edges[0], edges[1])), shape=(n, n))
        self._label = connected_components(graph, directed=False)[1].astype(np.int64)[self._label]
        self._edges, self._waiting = [], 0
