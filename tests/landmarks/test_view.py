"""What the pages show of landmarks, against hand-made tracks."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.base.errors import LandmarkError
from fer_core.landmarks import mesh, view
from fer_core.landmarks.augment import mirror, paper_flip
from fer_core.landmarks.landmark_set import FrameStatus, LandmarkSet, Rejection
from fer_core.landmarks.sampling import SamplingRule, sample_track
from fer_core.landmarks.track import Track


def moving(found: list[bool], numbers: list[int] | None = None) -> Track:
    """The template's face, its chin half sinking by 0.01 per frame number."""
    at = np.array(numbers or range(1, len(found) + 1))
    points = np.repeat(mesh.template()[None] * 0.3 + 0.5, len(at), axis=0)
    points[:, points[0, :, 1] > 0.6, 1] += 0.01 * (at - 1)[:, None]
    points[~np.array(found)] = np.nan
    seen = np.array(found)
    return Track(points.astype(np.float32), seen, at, 1.0, seen.astype(np.int64))


def test_moments_are_frames_and_samples_in_order() -> None:
    track = moving([True, True], [1, 19])
    clip = view.playback(track, sample_track(track, rule=SamplingRule.EVEN))
    assert clip.frame_numbers.tolist() == [1, 3, 5, 7, 9, 11, 13, 15, 17, 19]
    assert clip.sampled.all()
    assert clip.status.tolist() == [0] + [FrameStatus.INTERPOLATED] * 8 + [0]
    assert not np.isnan(clip.points).any()


def test_missed_frames_are_filled_and_marked() -> None:
    track = moving([True, False, True] + [True] * 9)
    clip = view.playback(track, sample_track(track))
    assert clip.status.tolist() == [0, FrameStatus.MISSED] + [0] * 10
    np.testing.assert_allclose(clip.points[1], (clip.points[0] + clip.points[2]) / 2, atol=1e-6)


def test_long_clips_are_thinned_but_keep_their_samples() -> None:
    track = moving([True] * 1000)
    sample = sample_track(track)
    clip = view.playback(track, sample)
    assert len(clip.points) <= view.MOST_MOMENTS + 10
    assert clip.sampled.sum() == 10


def test_alignment_takes_the_head_out() -> None:
    track = moving([True] * 12)
    shift = np.linspace(0, 0.5, 12)[:, None, None] * np.array([1.0, 0.4])
    drifting = Track((track.points + shift).astype(np.float32), track.found, track.frame_numbers, 1.0, track.faces)
    still = view.playback(drifting, sample_track(drifting), aligned=True)
    np.testing.assert_allclose(still.points[:, mesh.STABLE], still.neutral[mesh.STABLE][None].repeat(12, 0), atol=1e-3)
    loose = view.playback(drifting, sample_track(drifting))
    assert np.abs(loose.points[-1] - loose.neutral).min() > 0.1


def test_a_clip_without_a_face_is_refused_in_one_sentence() -> None:
    good = moving([True] * 12)
    with pytest.raises(LandmarkError, match="no face was found"):
        view.playback(moving([False] * 12), sample_track(good))


def test_a_true_mirror_of_a_symmetric_face_moves_nothing() -> None:
    face = mesh.template() * 0.3 + 0.5
    assert view.mean_jump(face, mirror(face)) < 0.01
    assert view.mean_jump(face, paper_flip(face)) > 0.4


def landmark_set() -> LandmarkSet:
    points = np.stack([moving([True] * 10).points] * 3)
    status = np.zeros((3, 10), np.uint8)
    status[0, :2] = FrameStatus.MISSED
    status[2, 5] = FrameStatus.INTERPOLATED
    return LandmarkSet(
        points=points,
        neutral=points[:, 0],
        has_neutral=np.array([True, True, False]),
        emotion=np.array(["fear", "fear", "anger"]),
        subject=np.array(["a", "a", "b"]),
        clip=np.array(["1", "2", "3"]),
        frame_numbers=np.tile(np.arange(1, 11, dtype=np.float32), (3, 1)),
        status=status,
        aspect=np.ones(3, np.float32),
        rejected=(Rejection("4", "sadness", "no face"), Rejection("5", "fear", "no face")),
    )


def test_coverage_counts_by_emotion_and_keeps_rejected_ones() -> None:
    covered = view.coverage(landmark_set())
    assert list(covered) == ["anger", "fear", "sadness"]
    assert covered["fear"] == view.Coverage(18, 0, 2, 2, 1)
    assert covered["anger"] == view.Coverage(9, 1, 0, 1, 0)
    assert covered["sadness"] == view.Coverage(0, 0, 0, 0, 1)


def test_mean_fields_measure_from_neutral_in_eye_distances() -> None:
    fields = view.mean_fields(landmark_set())
    assert list(fields) == ["fear"], "anger's clip does not begin neutral"
    assert (fields["fear"].n, fields["fear"].subjects) == (2, 1)
    # The lower face sank by 9 x 0.01 image heights; the eyes are 0.3 apart, so 0.3 eye distances.
    lower = mesh.template()[:, 1] * 0.3 + 0.5 > 0.6
    np.testing.assert_allclose(fields["fear"].displacement[lower, 1], 0.3, atol=2e-3)
    np.testing.assert_allclose(fields["fear"].displacement[~lower], 0.0, atol=2e-3)
