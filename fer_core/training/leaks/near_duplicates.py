"""Pairs of rows that show nearly the same face: by their landmarks, and by their pictures.

The limits come from three corpora (CK+ in pairs of frames, CK+48, the demo corpus; 269 to 327
clips). Landmarks: the last frames of two people never come closer than 0.0092 distances between
the outer eye corners, their resting faces never closer than 0.0068; the same picture saved again
as JPEG moves its landmarks by 0.004 (median), half its size by 0.004. Pictures: those of two
people never differ in fewer than 27 of 256 bits, the same picture saved again, resized, blurred
or brightened mostly in fewer than 20, and two resting faces of one person in 16 (median).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.datasets.copies.picture_hash import Hash, Pictures, bits_apart, differing_bits
from fer_core.landmarks import mesh
from fer_core.landmarks.alignment import align
from fer_core.landmarks.augment import flipped_set
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.training.protocols import Index

NEAR = 0.005
"""Root mean square distance of the landmarks, in distances between the outer eye corners."""

ALIKE_BITS = 20
"""Bits of 256 by which two pictures of one scene may differ."""

SAME = 0.002
"""Share of `NEAR` below which two rows hold the same numbers, but for rounding in the alignment."""

_ROWS = 1024  # at a time, so that 10,000 rows need no 10,000 x 10,000 matrix
_DIRECTIONS = 48

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Distances = Callable[[npt.NDArray[Any], npt.NDArray[Any]], npt.NDArray[Any]]


@dataclass(frozen=True)
class Pairs:
    """m pairs of rows, each with the first one's position below the second one's.

    Attributes
    ----------
    first, second : int (m,)
    mirrored : bool (m,)
        Whether the second looks like the first one's mirror image rather than like the first one.
    distance : float (m,)
        0 for the very same landmarks, 1 at the limit below which two rows count as near.
    """

    first: Index
    second: Index
    mirrored: Mask
    distance: Floats

    def __len__(self) -> int:
        return len(self.first)

    def take(self, which: npt.NDArray[np.generic]) -> Pairs:
        """Some of the pairs."""
        return Pairs(self.first[which], self.second[which], self.mirrored[which], self.distance[which])


_EMPTY = np.zeros(0, dtype=np.int64)
_NONE = Pairs(_EMPTY, _EMPTY, _EMPTY.astype(bool), _EMPTY.astype(np.float32))


def near_pairs(rows: LandmarkSet, pictures: Pictures | None = None) -> Pairs:
    """All pairs of rows that show nearly the same face, plain or mirrored, each pair once.

    Two different clips of one person are compared by their landmarks only: the room and the shirt
    make their pictures alike without making them duplicates. Rows without landmarks (P = 0) are
    compared by their pictures only.
    """
    found = _by_landmarks(rows) if rows.points.shape[1] else [_NONE]
    if pictures is not None:
        alike = [*_alike(pictures, pictures.plain, False), *_alike(pictures, pictures.mirrored, True)]
        found += [pairs.take(_worth_comparing(rows, pairs)) for pairs in alike]
    return _each_once(found, len(rows))


def _by_landmarks(rows: LandmarkSet) -> list[Pairs]:
    plain = descriptors(rows)
    return [
        _close(plain, plain, False),
        _close(plain, descriptors(flipped_set(rows)), True),
        _close(plain, descriptors(flipped_set(rows, faithful=True)), True),  # equation 3 as printed
    ]


def descriptors(rows: LandmarkSet) -> Floats:
    """The last frame of each row, aligned to the template by all landmarks: (n, 936).

    Scaled so that the Euclidean distance of two is the root mean square distance of their landmarks.
    """
    shown = align(rows.points[:, -1], mesh.template(), mesh.ALL) - mesh.template()
    return np.asarray(shown.reshape(len(rows), -1) / np.sqrt(len(mesh.ALL)), dtype=np.float32)


def _close(first: Floats, second: Floats, mirrored: bool) -> Pairs:
    """Rows whose descriptors are nearer than `NEAR`.

    Distances in a few fixed directions never exceed the full ones (a projection only shortens),
    so what is too far apart there is left out before all 936 coordinates are compared.
    """
    basis = _directions(first)
    a, b = first @ basis, second @ basis
    reach = (1.2 * NEAR) ** 2  # wider than the limit: single precision rounds
    i, j = _below(a, b, _squared_distances, reach)
    distance = np.linalg.norm(first[i].astype(np.float64) - second[j], axis=1) / NEAR
    pairs = Pairs(i, j, np.full(len(i), mirrored), np.asarray(distance, dtype=np.float32))
    return pairs.take(distance < 1)


def _squared_distances(a: Floats, b: Floats) -> Floats:
    return np.asarray((a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T, dtype=np.float32)


def _directions(points: Floats) -> Floats:
    """(936, k): orthonormal directions in which some of the rows differ most."""
    some = points[:: max(1, len(points) // 200)][:200]
    _, _, directions = np.linalg.svd(some - some.mean(axis=0), full_matrices=False)
    return np.asarray(directions[:_DIRECTIONS].T, dtype=np.float32)


def _alike(pictures: Pictures, others: Hash, mirrored: bool) -> list[Pairs]:
    """Rows one of whose pictures is like the other's of the same moment."""
    at = np.flatnonzero(pictures.known)
    found = []
    for moment in range(pictures.plain.shape[1]):
        here, there = pictures.plain[at, moment], others[at, moment]
        i, j = _below(here, there, differing_bits, ALIKE_BITS + 0.5)
        bits = bits_apart(here[i], there[j])
        distance = np.asarray((bits + 1) / (ALIKE_BITS + 1), dtype=np.float32)  # never 0: not the same numbers
        found.append(Pairs(at[i], at[j], np.full(len(i), mirrored), distance.astype(np.float32)))
    return found


def _worth_comparing(rows: LandmarkSet, pairs: Pairs) -> Mask:
    other_person = rows.subject[pairs.first] != rows.subject[pairs.second]
    return np.asarray(other_person | (rows.clip[pairs.first] == rows.clip[pairs.second]))


def _below(
    first: npt.NDArray[Any], second: npt.NDArray[Any], distances: Distances, limit: float
) -> tuple[Index, Index]:
    """Positions i < j with first[i] nearer than a limit to second[j], some rows at a time."""
    found = [np.zeros((2, 0), dtype=np.int64)]
    for start in range(0, len(first), _ROWS):
        i, j = np.nonzero(distances(first[start : start + _ROWS], second) < limit)
        found.append(np.stack([i + start, j])[:, i + start < j])
    both = np.concatenate(found, axis=1)
    return both[0], both[1]


def _each_once(parts: list[Pairs], n: int) -> Pairs:
    """The pairs of all parts, each in its nearest form."""
    every = Pairs(
        np.concatenate([p.first for p in parts]),
        np.concatenate([p.second for p in parts]),
        np.concatenate([p.mirrored for p in parts]),
        np.concatenate([p.distance for p in parts]),
    )
    key = every.first * n + every.second
    order = np.lexsort((every.distance, key))
    return every.take(order[np.unique(key[order], return_index=True)[1]])
