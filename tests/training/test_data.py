"""Copies and variations of the training side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from samples import THREE, made_set, tiny

from fer_core.landmarks import mesh
from fer_core.landmarks.alignment import align
from fer_core.landmarks.augment import held_last_frames
from fer_core.landmarks.features import FeatureSpec
from fer_core.landmarks.pose import terms, turned
from fer_core.study.conditions import Augmentation
from fer_core.training.landmarks.data import Role, resting_clips, training_data

OFF = Augmentation("none", retime=0, blend=0, gain=0, neutral=0, still=0)


def data_of(landmarks: object = None, **changes: object):  # type: ignore[no-untyped-def]
    condition = tiny(augmentation=replace(OFF, **changes))  # type: ignore[arg-type]
    return training_data(landmarks or made_set(), condition, seed=0)  # type: ignore[arg-type]


def test_targets_are_one_against_all() -> None:
    data, _ = data_of()
    np.testing.assert_array_equal(data.y.sum(axis=1), 1)
    for k, e in enumerate(THREE):
        np.testing.assert_array_equal(data.y[:, k] == 1, made_set().emotion == e)


@pytest.mark.parametrize("kind", ["true", "paper"])
def test_the_mirror_doubles_every_class_and_so_keeps_the_ratios(kind: str) -> None:
    plain, doubled = data_of()[0], data_of(mirror=kind)[0]
    assert len(doubled.x) == 2 * len(plain.x)
    np.testing.assert_array_equal(doubled.y.sum(axis=0), 2 * plain.y.sum(axis=0))


def test_resting_clips_are_negatives_for_every_classifier_and_hardly_move() -> None:
    data, _ = data_of(neutral=0.5)
    resting = data.emotion == "neutral"
    assert resting.sum() == round(0.5 * 27)
    assert (data.y[resting] == 0).all()
    # as clips they do not move at all; as photos (every other one) they are guessed to rest
    whole = np.abs(data.x[resting]).max(axis=(1, 2)) < 1e-3
    assert 0.4 < whole.mean() < 0.6
    assert np.abs(data.x[resting]).max() < 0.1 * np.abs(data.x[~resting]).max()
    varied = data.varied(0, np.random.default_rng(0))
    moved = np.sqrt((varied[resting] ** 2).mean())
    assert 0.01 < moved < 0.3 * np.sqrt((varied[~resting] ** 2).mean())
    np.testing.assert_array_equal(varied[~resting], data.x[~resting])


def test_a_face_that_was_never_seen_at_rest_is_no_resting_clip() -> None:
    """Clips that begin at the apex (CK+48's) must not teach that their expression is neutral."""
    landmarks = made_set(6)
    apex = replace(held_last_frames(landmarks), neutral=landmarks.points[:, -1].copy())
    mixed = replace(landmarks, has_neutral=landmarks.subject != "P05")
    data, _ = data_of(mixed, neutral=3.0)
    assert (data.emotion == "neutral").sum() > 0
    at_rest = data.emotion == "neutral"
    assert np.abs(data.x[at_rest]).max() < 0.1 * np.abs(data.x[~at_rest]).max()
    condition = tiny(augmentation=replace(OFF, neutral=0.5), features=FeatureSpec("aligned", components=8))
    data, _ = training_data(apex, condition, seed=0)
    assert (data.emotion == "neutral").sum() == 0


def test_a_resting_clip_holds_the_clips_own_neutral_face() -> None:
    landmarks = made_set(2)
    resting = resting_clips(landmarks)
    for t in range(10):
        np.testing.assert_array_equal(resting.points[:, t], landmarks.neutral)
    assert set(resting.emotion) == {"neutral"}
    np.testing.assert_array_equal(resting.subject, landmarks.subject)


def test_stills_keep_their_emotion() -> None:
    data, _ = data_of(still=1.0)
    assert len(data.x) == 54
    np.testing.assert_array_equal(data.y.sum(axis=0), [18, 18, 18])


@pytest.mark.parametrize("change", [{"retime": 1.0}, {"blend": 1.0}, {"gain": 0.5}], ids=str)
def test_each_epoch_is_varied_anew_and_decided_by_the_generator(change: dict[str, float]) -> None:
    data, _ = data_of(**change)
    before = data.x.copy()
    first, again, other = (data.varied(0, np.random.default_rng(s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)
    assert first.shape == data.x.shape
    assert first.dtype == np.float32
    np.testing.assert_array_equal(data.x, before)


def test_blending_stays_within_an_emotion() -> None:
    """With motions that differ by emotion alone, a blend of two clips of one emotion is that clip."""
    data, _ = data_of(blend=1.0)
    marked = replace(data, x=np.broadcast_to(data.y.argmax(1)[:, None, None], data.x.shape).astype(np.float32))
    np.testing.assert_allclose(marked.varied(0, np.random.default_rng(0)), marked.x, atol=1e-6)


def test_gain_changes_the_size_and_not_the_direction() -> None:
    data, _ = data_of(gain=0.4)
    ratio = np.linalg.norm(data.varied(0, np.random.default_rng(0)), axis=(1, 2)) / np.linalg.norm(data.x, axis=(1, 2))
    assert np.exp(-0.4) - 1e-3 <= ratio.min() < 0.9
    assert 1.0 < ratio.max() <= np.exp(0.2) + 1e-3


def test_nothing_on_is_nothing_changed() -> None:
    data, _ = data_of()
    np.testing.assert_array_equal(data.varied(0, np.random.default_rng(0)), data.x)


def test_copies_seen_by_a_camera_have_their_labels_and_end_as_they_say() -> None:
    data, _ = data_of(stream=1.0)
    counts = np.bincount(data.role, minlength=4)
    assert counts.tolist() == [27, 0, 27, 14]
    assert (data.y[data.role == Role.GONE] == 0).all()
    assert (data.y[data.role == Role.SHOWN].sum(axis=1) == 1).all()
    one, other = (data.varied(e, np.random.default_rng(e)) for e in (0, 1))
    apex = np.abs(data.x[:, -1]).max(axis=1)
    ends = np.abs(one[:, -1]).max(axis=1) / apex
    assert ends[data.role == Role.SHOWN].min() > 0.3
    assert ends[data.role == Role.GONE].max() < 0.15
    np.testing.assert_array_equal(one[data.role == Role.CLIP], data.x[data.role == Role.CLIP])
    assert not np.array_equal(one[data.role == Role.SHOWN], other[data.role == Role.SHOWN])


def test_a_turned_head_in_the_features_is_the_turned_heads_landmarks() -> None:
    """What is added to features against landmarks turned in three dimensions and read anew."""
    data, features = data_of()
    yaw, pitch = np.radians([8.0]), np.radians([-5.0])
    shape = turned(yaw, pitch)
    moved = align(shape, mesh.template(), mesh.STABLE) - mesh.template()
    true = features.project(moved.reshape(1, -1))[0]
    added = (terms(yaw, pitch) @ data.turning)[0]
    assert np.abs(added - true).max() < 0.1 * np.abs(true).max()


def test_landmark_noise_has_the_same_size_in_the_features() -> None:
    data, features = data_of(noise=0.01)
    g = np.random.default_rng(0)
    projected = features.project(0.01 * g.standard_normal((4000, 936)).astype(np.float32))
    np.testing.assert_allclose(projected.std(axis=0), 0.01 * data.jitter, rtol=0.1)
    varied = data.varied(0, np.random.default_rng(1)) - data.x
    # As much from frame to frame as constant through a clip: twice the variance of one of them.
    np.testing.assert_allclose(varied.std(axis=(0, 1)), np.sqrt(2) * 0.01 * data.jitter, rtol=0.35)
    assert np.abs(varied - varied.mean(axis=1, keepdims=True)).max() > 0


def test_heads_turn_within_a_clip_by_the_stated_angle() -> None:
    data, _ = data_of(pose=5.0)
    varied = np.concatenate([data.varied(e, np.random.default_rng(e)) - data.x for e in range(40)])
    # Least squares gives the angles back; each clip begins and ends with a draw of its own.
    solved, *_ = np.linalg.lstsq(data.turning.T, varied.reshape(-1, varied.shape[2]).T, rcond=None)
    yaw = np.degrees(solved[0].reshape(len(varied), -1))
    assert yaw[:, 0].std() == pytest.approx(5.0, rel=0.1)
    assert yaw[:, -1].std() == pytest.approx(5.0, rel=0.1)
    assert abs(np.corrcoef(yaw[:, 0], yaw[:, -1])[0, 1]) < 0.15
