"""The resting face: calibrated from what is seen, or estimated on the way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from samples import THREE, made_set, similar, tiny_bundle, waves
from stream_samples import REST, obedient_bundle

from fer_core.landmarks import mesh
from fer_core.landmarks.alignment import align
from fer_core.landmarks.features import FeatureMap
from fer_core.live.neutral_estimate import BLOCK, BLOCKS, Calibration, RunningRest
from fer_core.live.window_classifier import LandmarkReader


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """RMS distance after alignment, in eye distances of the second."""
    right, left = other[mesh.EYE_CORNERS]
    moved = align(one, other, mesh.STABLE) - other
    return float(np.sqrt((moved**2).sum(axis=-1).mean()) / np.hypot(*(left - right)))


def test_calibration_takes_the_mean_of_the_aligned_faces() -> None:
    generator = np.random.default_rng(0)
    calibration = Calibration(3.0)
    for i in range(90):
        noise = generator.normal(0, 0.002, REST.shape)
        head = similar(REST + noise, 0.2 * np.sin(i / 9), 1.0, (0.01 * np.sin(i), 0))
        calibration.add(i / 25, head.astype(np.float32))
        assert (calibration.neutral is not None) == (i / 25 >= 3.0)
    # Noise of 0.01 eye distances a coordinate over 76 frames: 0.01 sqrt(2) / sqrt(76), and the anchors'.
    assert apart(calibration.neutral, REST) < 0.004


def test_a_calibration_needs_faces_and_not_only_time() -> None:
    calibration = Calibration(3.0)
    calibration.add(0.0, REST)
    calibration.add(5.0, REST)
    assert (calibration.progress, calibration.neutral) == (1.0, None)


@pytest.fixture(scope="module")
def reader() -> LandmarkReader:
    """Its guess was fitted on enough people to know what a face at rest looks like."""
    bundle = tiny_bundle()
    features = FeatureMap.fit(made_set(subjects=120), bundle.recogniser.features.spec)
    return LandmarkReader(replace(bundle, recogniser=replace(bundle.recogniser, features=features)))


def person() -> tuple[np.ndarray, np.ndarray]:
    """A resting face and an expression of somebody the bundle has not seen, on the template."""
    face = mesh.template() + waves(77, 0.04)
    return face.astype(np.float32), (face + waves(1001, 0.08)).astype(np.float32)


@pytest.mark.slow
def test_a_face_mostly_at_rest_soon_stands_for_itself(reader: LandmarkReader) -> None:
    rest, shown = person()
    rest, shown = reader.upright(rest), reader.upright(shown)
    running, now, distances = RunningRest(reader), 0.0, []
    for k in range(20 * 25):
        now = k / 25
        running.add(now, shown if k % 250 > 200 else rest)  # two seconds in ten show something
        distances.append(apart(running.rest, rest))
    guessed = apart(rest - reader.guessed_displacement(rest[None])[0], rest)
    assert 0.5 * guessed < distances[0] <= guessed + 1e-4, "the first frame is hardly more than a guess"
    assert running.seen
    assert distances[-1] < 0.5 * guessed
    assert distances[-1] < 0.25 * apart(shown, rest)


def test_the_estimate_settles_and_remembers_half_a_minute(reader: LandmarkReader) -> None:
    rest, _ = person()
    running = RunningRest(reader)
    changes = [running.add(k / 25, reader.upright(rest)) for k in range(25 * 60)]
    assert changes[0], "the first frame is a guess"
    assert 1 < sum(changes) < 60, "a face that stays as it is changes the estimate no more"
    assert not any(changes[25 * 40 :])
    assert len(running._blocks) == BLOCKS
    # The sums are those of the blocks that are left, and nothing of what is gone.
    for part in ("shown", "guess", "weight"):
        expected = sum(getattr(b, part) for b in running._blocks)
        np.testing.assert_allclose(getattr(running._sums, part), expected, atol=1e-9)
    assert BLOCK * BLOCKS == 30.0


def test_without_a_guess_the_faces_seen_are_the_estimate() -> None:
    reader = LandmarkReader(obedient_bundle())
    face = reader.upright(REST)
    assert reader.guessed_displacement(face[None]) is None
    running = RunningRest(reader)
    running.add(0.0, face)
    assert np.allclose(running.rest, face)


def test_the_guess_of_the_samples_is_one(reader: LandmarkReader) -> None:
    """The tiny bundle's guess was fitted on made-up faces; it takes most of a known expression away."""
    known = made_set(seed=3)
    shown = reader.upright(known.points[:, -1])
    rest = reader.upright(known.neutral)
    left = [apart(s - m, r) for s, m, r in zip(shown, reader.guessed_displacement(shown), rest, strict=True)]
    before = [apart(s, r) for s, r in zip(shown, rest, strict=True)]
    assert np.mean(left) < 0.6 * np.mean(before)
    assert len(THREE) == 3
