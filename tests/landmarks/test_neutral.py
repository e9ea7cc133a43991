"""Guessing the neutral face of people whose neutral face was never seen."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.landmarks import mesh
from fer_core.landmarks.alignment import align
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.landmarks.neutral import NeutralGuess, fit_neutral_guess


def faces(landmarks: LandmarkSet) -> tuple[np.ndarray, np.ndarray]:
    """Neutral faces on the template, and the apex's displacement from them."""
    neutral = align(landmarks.neutral, mesh.template(), mesh.STABLE)
    return neutral, align(landmarks.points[:, -1], neutral, mesh.STABLE) - neutral


@pytest.fixture(scope="module")
def guessed(real_pairs: LandmarkSet) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each clip, guessed by a model that never saw its subject: true, guessed, guessed at rest."""
    neutral, moved = faces(real_pairs)
    at_apex, at_rest = np.empty_like(moved), np.empty_like(moved)
    subjects = np.unique(real_pairs.subject)
    for fold in np.array_split(np.random.default_rng(0).permutation(subjects), 5):
        held = np.isin(real_pairs.subject, fold)
        guess = fit_neutral_guess(neutral[~held], moved[~held])
        at_apex[held] = guess.displacement(neutral[held] + moved[held])
        at_rest[held] = guess.displacement(neutral[held])
    return moved, at_apex, at_rest


def test_the_guessed_displacement_of_strangers_follows_the_true_one(
    guessed: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    true, at_apex, _ = (g.reshape(len(g), -1) for g in guessed)
    each = [np.corrcoef(t, g)[0, 1] for t, g in zip(true, at_apex, strict=True)]
    assert np.median(each) > 0.6
    left = ((true - at_apex) ** 2).sum() / (true**2).sum()
    assert left < 0.6  # most of the displacement is explained


def test_a_strangers_resting_face_is_guessed_to_rest(guessed: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    _, at_apex, at_rest = (np.linalg.norm(g.reshape(len(g), -1), axis=1) for g in guessed)
    assert np.median(at_rest) < 0.5 * np.median(at_apex)


def test_the_guess_is_the_conditional_gaussian_mean(real_pairs: LandmarkSet) -> None:
    """Against the textbook formula on full covariances, without Woodbury or factored forms."""
    neutral, moved = faces(real_pairs.take(np.arange(24)))
    guess = fit_neutral_guess(neutral, moved)

    def both(p: np.ndarray) -> np.ndarray:
        mirrored = (p * np.array([-1, 1]))[:, mesh.mirror_permutation()]
        return np.concatenate([p, mirrored]).reshape(2 * len(p), -1).astype(np.float64)

    shapes = both(neutral)
    moves = np.concatenate([both(moved), np.zeros((2 * len(moved), 936))])
    of_identity = np.cov(shapes.T, bias=True)
    of_move = np.cov(moves.T, bias=True)
    shown = (neutral + moved).reshape(len(moved), -1) - shapes.mean(0) - moves.mean(0)
    gain = of_move @ np.linalg.inv(of_identity + of_move + 0.004**2 * np.eye(936))
    expected = moves.mean(0) + shown @ gain.T
    got = guess.displacement(neutral + moved).reshape(len(moved), -1)
    assert np.abs(got - expected).max() < 0.02 * np.abs(expected).max()


def test_both_sides_of_the_face_are_treated_alike(real_pairs: LandmarkSet) -> None:
    neutral, moved = faces(real_pairs.take(np.arange(30)))
    guess = fit_neutral_guess(neutral, moved)

    def mirrored(p: np.ndarray) -> np.ndarray:
        return (p * np.array([-1, 1]))[:, mesh.mirror_permutation()]

    shown = neutral + moved
    np.testing.assert_allclose(guess.neutral(mirrored(shown)), mirrored(guess.neutral(shown)), atol=2e-3)


def test_arrays_and_back(real_pairs: LandmarkSet) -> None:
    neutral, moved = faces(real_pairs.take(np.arange(10)))
    guess = fit_neutral_guess(neutral, moved)
    again = NeutralGuess.from_arrays(guess.to_arrays())
    np.testing.assert_array_equal(again.neutral(neutral), guess.neutral(neutral))
