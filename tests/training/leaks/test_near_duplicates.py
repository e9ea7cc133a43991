"""Near-duplicates: pairs by landmarks and by pictures, against plain loops over all pairs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from samples import made_set

from fer_core.datasets.copies.picture_hash import Pictures
from fer_core.landmarks import mesh
from fer_core.landmarks.alignment import align
from fer_core.landmarks.augment import flipped_set, joined
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.training.leaks import near_duplicates
from fer_core.training.leaks.near_duplicates import ALIKE_BITS, NEAR, SAME, near_pairs

UNIT = 0.2  # image heights between the outer eye corners of the made-up faces


def shaken(landmarks: LandmarkSet, by: float, seed: int = 0) -> LandmarkSet:
    noise = np.random.default_rng(seed).normal(0, by * UNIT, landmarks.points.shape)
    return replace(landmarks, points=(landmarks.points + noise).astype(np.float32))


def hashes(bits: np.ndarray, mirrored: np.ndarray | None = None, known: np.ndarray | None = None) -> Pictures:
    """One picture per row, from its bits (n, 256)."""
    plain = np.packbits(bits.astype(bool), axis=1)[:, None]
    other = 255 - plain if mirrored is None else np.packbits(mirrored.astype(bool), axis=1)[:, None]
    return Pictures(plain, other, np.ones(len(bits), dtype=bool) if known is None else known)


def test_different_people_are_no_pairs() -> None:
    assert len(near_pairs(made_set(12))) == 0


@pytest.mark.parametrize("rows_at_once", [7, 1024])
def test_pairs_are_those_a_plain_loop_finds(rows_at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_duplicates, "_ROWS", rows_at_once)
    one = made_set(6)
    rows = joined(joined(one, shaken(one, 0.0025)), shaken(one, 0.0034, seed=1))  # some within, some beyond
    shown = align(rows.points[:, -1], mesh.template(), mesh.ALL)
    expected = {}
    for i in range(len(rows)):
        for j in range(i + 1, len(rows)):
            distance = np.sqrt(((shown[i] - shown[j]) ** 2).sum(-1).mean())
            if distance < NEAR:
                expected[i, j] = distance / NEAR
    pairs = near_pairs(rows)
    found = dict(zip(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True), pairs.distance, strict=True))
    assert found.keys() == expected.keys()
    assert 0 < len(found) < 3 * len(one)
    for pair, distance in expected.items():
        assert found[pair] == pytest.approx(distance, abs=1e-3)
    assert not pairs.mirrored.any()


@pytest.mark.parametrize("faithful", [False, True])
def test_a_mirrored_copy_is_seen_as_such(faithful: bool) -> None:
    one = made_set(6)
    pairs = near_pairs(joined(one, flipped_set(one, faithful)))
    assert pairs.second.tolist() == (pairs.first + len(one)).tolist()
    assert len(pairs) == len(one)
    assert pairs.mirrored.all()
    assert pairs.distance.max() < SAME * 5


def test_the_very_same_numbers_are_told_from_similar_ones() -> None:
    one = made_set(4)
    same, shaky = near_pairs(joined(one, one)), near_pairs(joined(one, shaken(one, 0.001)))
    assert len(same) == len(shaky) == len(one)
    assert same.distance.max() < SAME < shaky.distance.min()


def test_turning_shifting_and_scaling_change_nothing() -> None:
    one = made_set(4)
    turned = replace(one, points=(one.points @ np.array([[0.8, 0.6], [-0.6, 0.8]]) * 1.7 + 3).astype(np.float32))
    assert near_pairs(joined(one, turned)).distance.max() < SAME * 5


def test_pictures_pair_rows_whose_landmarks_differ() -> None:
    rows = made_set(4)
    g = np.random.default_rng(0)
    bits = g.integers(0, 2, (len(rows), 256))
    near, far = bits[0].copy(), bits[1].copy()
    near[:ALIKE_BITS] ^= 1
    far[: ALIKE_BITS + 1] ^= 1
    bits[5], bits[9] = near, far
    pairs = near_pairs(rows, hashes(bits))
    assert list(zip(pairs.first, pairs.second, strict=True)) == [(0, 5)]
    assert not pairs.mirrored[0]
    assert SAME < pairs.distance[0] <= 1
    unknown = np.arange(len(rows)) != 5
    assert len(near_pairs(rows, hashes(bits, known=unknown))) == 0


def test_a_mirrored_picture_is_seen() -> None:
    rows = made_set(4)
    bits, mirrored = np.random.default_rng(1).integers(0, 2, (2, len(rows), 256))
    bits[7] = mirrored[2]
    mirrored[7] = bits[2]
    pairs = near_pairs(rows, hashes(bits, mirrored))
    assert list(zip(pairs.first, pairs.second, pairs.mirrored, strict=True)) == [(2, 7, True)]


def test_one_persons_other_clip_may_look_alike() -> None:
    """The room and the shirt are the same; that is the subject rule's business."""
    rows = made_set(4)
    bits = np.random.default_rng(2).integers(0, 2, (len(rows), 256))
    bits[1] = bits[0]
    assert rows.subject[0] == rows.subject[1]
    assert len(near_pairs(rows, hashes(bits))) == 0
    one_clip = replace(rows, clip=rows.subject)
    assert len(near_pairs(one_clip, hashes(bits))) == 1
