"""What features keep, what they remove, and that they learn from the training side only."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from samples import made_set, similar

from fer_core.base.errors import SettingError
from fer_core.landmarks import mesh
from fer_core.landmarks.augment import flipped_set, held_last_frames
from fer_core.landmarks.features import FeatureMap, FeatureSpec, coordinates
from fer_core.landmarks.landmark_set import LandmarkSet


def moved_heads(landmarks: LandmarkSet) -> LandmarkSet:
    """Every frame of every clip with another head pose; the neutral faces too."""
    g = np.random.default_rng(5)

    def turn(points: np.ndarray) -> np.ndarray:
        return similar(points, g.uniform(-0.6, 0.6), g.uniform(0.5, 2), tuple(g.uniform(-1, 1, 2)))

    points = np.stack([[turn(f) for f in clip] for clip in landmarks.points])
    neutral = np.stack([turn(f) for f in landmarks.neutral])
    return replace(landmarks, points=points.astype(np.float32), neutral=neutral.astype(np.float32))


@pytest.mark.parametrize("kind", ["displacement", "aligned"])
def test_aligned_features_do_not_see_the_head_move(kind: str) -> None:
    landmarks = made_set(3)
    spec = FeatureSpec(kind=kind, components=0, whiten=0)
    still, moving = coordinates(landmarks, spec), coordinates(moved_heads(landmarks), spec)
    np.testing.assert_allclose(moving, still, atol=2e-4)


def test_raw_features_are_the_studys_coordinates_in_0_to_1() -> None:
    landmarks = made_set(2)
    raw = coordinates(landmarks, FeatureSpec(kind="raw", components=0, whiten=0)).reshape(-1, 10, 468, 2)
    np.testing.assert_allclose(raw[..., 0], landmarks.points[..., 0] / 1.3, atol=1e-6)
    np.testing.assert_allclose(raw[..., 1], landmarks.points[..., 1], atol=1e-6)


def test_displacement_is_zero_on_the_neutral_frame_and_is_the_motion_put_in() -> None:
    landmarks = made_set(4, noise=0.0)
    moved = coordinates(landmarks, FeatureSpec(components=0, whiten=0)).reshape(-1, 10, 468, 2)
    np.testing.assert_allclose(moved[:, 0], 0, atol=1e-5)
    # Independent: the strength grows as t ** 1.5, so the frames differ in size, hardly in direction.
    size = np.linalg.norm(moved.reshape(len(moved), 10, -1), axis=2)
    np.testing.assert_allclose(
        size / size[:, -1:], np.broadcast_to(np.linspace(0, 1, 10) ** 1.5, size.shape), atol=0.03
    )


def test_displacement_does_not_see_who_it_is() -> None:
    """Two people with the same motion are closer in displacement than in aligned coordinates."""
    landmarks = made_set(12, noise=0.0)
    labels = landmarks.emotion

    def between_over_within(kind: str) -> float:
        last = coordinates(landmarks, FeatureSpec(kind=kind, components=0, whiten=0))[:, -1]
        means = np.stack([last[labels == e].mean(0) for e in np.unique(labels)])
        within = np.mean([last[labels == e].var(0).sum() for e in np.unique(labels)])
        return float(means.var(0).sum() / within)

    assert between_over_within("displacement") > 3 * between_over_within("aligned")


def test_the_mirror_image_has_the_mirrored_displacement() -> None:
    landmarks = made_set(2)
    spec = FeatureSpec(components=0, whiten=0)
    straight = coordinates(landmarks, spec).reshape(-1, 10, 468, 2)
    mirrored = coordinates(flipped_set(landmarks), spec).reshape(-1, 10, 468, 2)
    expected = (straight * np.array([-1, 1]))[..., mesh.mirror_permutation(), :]
    np.testing.assert_allclose(mirrored, expected, atol=1e-3)


def test_the_projection_is_scikit_learns_pca() -> None:
    from sklearn.decomposition import PCA

    training, other = made_set(9), made_set(5, seed=9)
    spec = FeatureSpec(kind="aligned", components=6, whiten=1.0)
    features = FeatureMap.fit(training, spec)
    pca = PCA(6, whiten=True).fit(coordinates(training, spec).reshape(-1, 936))
    theirs = pca.transform(coordinates(other, spec).reshape(-1, 936))
    ours = features.transform(other).reshape(-1, 6)
    scale = np.sqrt((pca.transform(coordinates(training, spec).reshape(-1, 936)) ** 2).mean())
    signs = np.sign((ours * theirs).sum(0))
    np.testing.assert_allclose(ours * signs, theirs / scale, atol=0.02)


def test_training_features_have_unit_size_whatever_the_kind() -> None:
    training = made_set()
    for spec in (
        FeatureSpec(),
        FeatureSpec(kind="aligned", components=0, whiten=0),
        FeatureSpec(kind="raw", components=0, whiten=0),
        FeatureSpec(components=8, whiten=0),
    ):
        x = FeatureMap.fit(training, spec).transform(training)
        assert x.dtype == np.float32
        assert x.shape == (len(training), 10, spec.inputs)
        assert np.sqrt((x**2).mean()) == pytest.approx(1, abs=0.01)


def test_no_motion_stays_no_motion() -> None:
    training = made_set()
    resting = replace(training, points=np.repeat(training.neutral[:, None], 10, axis=1))
    x = FeatureMap.fit(training, FeatureSpec()).transform(resting)
    np.testing.assert_allclose(x, 0, atol=1e-3)


def test_other_clips_do_not_change_a_clips_features() -> None:
    features = FeatureMap.fit(made_set(), FeatureSpec(components=8))
    several = made_set(4, seed=8)
    together = features.transform(several)
    alone = np.concatenate([features.transform(several.take([i])) for i in range(len(several))])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_few_clips_do_not_blow_up_directions_they_never_showed() -> None:
    """Six still-ish clips span fewer than 60 directions; a new clip must stay of ordinary size."""
    few, others = made_set(2, noise=0.0), made_set(6, seed=4, noise=0.0)
    features = FeatureMap.fit(few, FeatureSpec(components=60))
    x = features.transform(others)
    assert np.sqrt((x**2).mean()) < 5


def test_clips_without_a_neutral_frame_grow_out_of_a_guessed_one() -> None:
    training = made_set(12)
    features = FeatureMap.fit(training, FeatureSpec(components=0, whiten=0))
    stills = held_last_frames(training)
    x = features.transform(stills)
    np.testing.assert_allclose(x[:, 0], 0, atol=1e-6)
    np.testing.assert_allclose(x[:, 3], x[:, -1] / 3, atol=1e-4)
    # and what is guessed resembles what was really moved
    truth = features.transform(training)[:, -1]
    cosine = (x[:, -1] * truth).sum(1) / np.linalg.norm(x[:, -1], axis=1) / np.linalg.norm(truth, axis=1)
    assert np.median(cosine) > 0.8


def test_arrays_and_back_give_the_same_features() -> None:
    features = FeatureMap.fit(made_set(), FeatureSpec(components=8))
    described, arrays = features.to_arrays()
    again = FeatureMap.from_arrays(json.loads(json.dumps(described)), arrays)
    other = held_last_frames(made_set(3, seed=2))
    np.testing.assert_array_equal(again.transform(other), features.transform(other))


def test_clips_without_motion_are_refused() -> None:
    training = made_set(3)
    frozen = replace(training, points=np.repeat(training.neutral[:, None], 10, axis=1))
    with pytest.raises(SettingError, match="no motion"):
        FeatureMap.fit(frozen, FeatureSpec(components=0, whiten=0))


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ({"kind": "pixels"}, "pixels"),
        ({"anchors": "nose"}, "nose"),
        ({"components": 937}, "937"),
        ({"components": -1}, "-1"),
        ({"whiten": 1.5}, "1.5"),
    ],
)
def test_settings_out_of_range_are_named(setting: dict[str, object], says: str) -> None:
    with pytest.raises(SettingError, match=says):
        FeatureSpec(**setting)  # type: ignore[arg-type]
