"""Mirroring and retiming: what they must change and what they must leave alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from samples import FRAMES, made_set

from fer_core.datasets.media import read_image
from fer_core.landmarks import mesh
from fer_core.landmarks.alignment import align
from fer_core.landmarks.augment import flipped_set, held_last_frames, joined, mirror, paper_flip, resampled, retimed
from fer_core.landmarks.landmarker import Landmarker


def test_mirroring_twice_gives_the_face_back() -> None:
    points = made_set(2).points
    np.testing.assert_allclose(mirror(mirror(points, 1.3), 1.3), points, atol=1e-6)
    np.testing.assert_allclose(paper_flip(paper_flip(points)), points, atol=1e-6)


def test_the_canonical_face_is_its_own_mirror_image_and_not_its_paper_flip() -> None:
    """Audit, section 8: the flip without permutation puts landmarks 0.35 face widths off on average."""
    face = mesh.template()
    np.testing.assert_allclose(mirror(face, 0.0), face, atol=2e-4)
    width = np.ptp(face[:, 0])
    off = np.linalg.norm(paper_flip(face, 0.0) - face, axis=1).mean() / width
    assert off == pytest.approx(0.35, abs=0.05)


def test_equation_3_keeps_y_and_turns_x_about_the_middle_of_the_image() -> None:
    points = made_set(1).points
    flipped = paper_flip(points, 1.3)
    np.testing.assert_array_equal(flipped[..., 1], points[..., 1])
    np.testing.assert_allclose(flipped[..., 0] + points[..., 0], 1.3, atol=1e-6)


@pytest.mark.parametrize("name", ["astronaut.png", "single_face.jpg"])
def test_a_mirrored_photo_has_the_mirrored_landmarks(name: str, shared_data: Path, still: Landmarker) -> None:
    image = read_image(shared_data / "fixtures" / name)
    aspect = image.shape[1] / image.shape[0]
    face = still.detect(image)[0]
    seen_in_mirror = still.detect(np.ascontiguousarray(image[:, ::-1]))[0]
    size = np.linalg.norm(face[33] - face[263])

    def off(guess: np.ndarray) -> float:
        return float(np.linalg.norm(guess - seen_in_mirror, axis=1).mean() / size)

    assert off(mirror(face, aspect)) < 0.1
    assert off(paper_flip(face, aspect)) > 0.5


def test_a_set_is_mirrored_with_its_own_aspects_and_its_neutral_faces() -> None:
    landmarks = made_set(2)
    landmarks.aspect[:] = np.linspace(0.5, 2, len(landmarks))
    flipped = flipped_set(landmarks)
    for i in range(len(landmarks)):
        np.testing.assert_array_equal(flipped.points[i], mirror(landmarks.points[i], landmarks.aspect[i]))
        np.testing.assert_array_equal(flipped.neutral[i], mirror(landmarks.neutral[i], landmarks.aspect[i]))
    np.testing.assert_array_equal(flipped.emotion, landmarks.emotion)
    faithful = flipped_set(landmarks, faithful=True)
    np.testing.assert_array_equal(faithful.points[1], paper_flip(landmarks.points[1], landmarks.aspect[1]))


def test_the_mirror_keeps_a_mouth_corner_on_its_own_side_of_the_face() -> None:
    """A one-sided smile (right mouth corner, 61) becomes a left one (291), and stays a smile."""
    face = mesh.template().copy()
    face[61] += [-0.1, -0.1]
    mirrored = align(mirror(face, 0.0), mesh.template(), mesh.STABLE)
    moved = mirrored - mesh.template()
    np.testing.assert_allclose(moved[291], [0.1, -0.1], atol=1e-3)
    assert np.abs(np.delete(moved, 291, axis=0)).max() < 1e-3


def test_joined_sets_hold_both() -> None:
    first, second = made_set(2), made_set(3, seed=5)
    both = joined(first, second)
    assert len(both) == len(first) + len(second)
    np.testing.assert_array_equal(both.points[len(first) :], second.points)
    np.testing.assert_array_equal(both.subject, np.concatenate([first.subject, second.subject]))


def test_a_held_last_frame_shows_no_motion_and_claims_no_neutral_face() -> None:
    landmarks = made_set(2)
    held = held_last_frames(landmarks)
    assert held.points.shape == landmarks.points.shape
    np.testing.assert_array_equal(held.points, np.repeat(landmarks.points[:, -1:], FRAMES, axis=1))
    assert not held.has_neutral.any()
    assert landmarks.has_neutral.all()


def test_resampling_equals_numpys_interpolation() -> None:
    g = np.random.default_rng(1)
    clips = g.normal(size=(3, 10, 4)).astype(np.float32)
    moments = np.sort(g.uniform(0, 9, size=(3, 7)), axis=1)
    moments[0, -1], moments[1, 0] = 9.0, 0.0
    got = resampled(clips, moments)
    for i in range(3):
        for d in range(4):
            expected = np.interp(moments[i], np.arange(10), clips[i, :, d])
            np.testing.assert_allclose(got[i, :, d], expected, atol=1e-5)


def test_retiming_keeps_the_end_and_the_order_and_differs_by_clip() -> None:
    ramp = np.tile(np.arange(10, dtype=np.float32)[None, :, None], (200, 1, 1))
    played = retimed(ramp, np.random.default_rng(0), strength=1.0)[..., 0]
    assert (np.diff(played, axis=1) >= -1e-6).all()  # time never runs backwards
    np.testing.assert_allclose(played[:, -1], 9.0, atol=1e-5)  # the apex is always reached
    assert played[:, 0].min() >= 0
    assert 3.2 < played[:, 0].max() <= 3.6 + 1e-6  # up to 40 % of the course is cut off
    held = (played > 9 - 1e-5).sum(axis=1)
    assert held.max() >= 3  # up to 30 % of the frames hold the apex
    assert len({tuple(row.round(4)) for row in played}) == 200


def test_retiming_is_decided_by_the_generator_and_off_at_strength_0() -> None:
    clips = np.random.default_rng(2).normal(size=(4, 10, 3)).astype(np.float32)
    same = [retimed(clips, np.random.default_rng(7)) for _ in range(2)]
    np.testing.assert_array_equal(*same)
    np.testing.assert_allclose(retimed(clips, np.random.default_rng(7), 0.0), clips, atol=1e-6)
