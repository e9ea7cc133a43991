"""Equations 1 and 2, short clips, gaps and frames without a face."""

from __future__ import annotations

import numpy as np
import pytest
from samples import made_track

from fer_core.base.errors import LandmarkError
from fer_core.landmarks.landmark_set import FrameStatus
from fer_core.landmarks.sampling import SamplingRule, equation_indices, interpolate, sample_times, sample_track
from fer_core.landmarks.track import Track

# 1-based frames for P = 10, worked out by hand from the paper's equations 1 and 2.
BY_HAND = {
    10: list(range(1, 11)),
    11: list(range(2, 12)),
    19: list(range(10, 20)),
    20: list(range(2, 21, 2)),
    29: list(range(11, 30, 2)),
    71: list(range(8, 72, 7)),
}


@pytest.mark.parametrize("n", sorted(BY_HAND))
@pytest.mark.parametrize("rule", [SamplingRule.EQUATIONS, SamplingRule.PAPER])
def test_the_equations_give_the_frames_worked_out_by_hand(n: int, rule: SamplingRule) -> None:
    assert sample_times(np.arange(1, n + 1), 10, rule).tolist() == BY_HAND[n]


@pytest.mark.parametrize("n", range(1, 10))
def test_to_the_letter_a_short_clip_is_its_last_frame_ten_times(n: int) -> None:
    assert sample_times(np.arange(1, n + 1), 10, SamplingRule.PAPER).tolist() == [n] * 10


@pytest.mark.parametrize("n", range(1, 10))
def test_by_default_a_short_clip_keeps_its_course(n: int) -> None:
    times = sample_times(np.arange(1, n + 1), 10, SamplingRule.EQUATIONS)
    assert (times[0], times[-1]) == (1, n)
    np.testing.assert_allclose(np.diff(times), (n - 1) / 9, atol=1e-12)


@pytest.mark.parametrize("frames", [2, 5, 10, 30])
@pytest.mark.parametrize("n", [30, 31, 59, 60, 123])
def test_the_equations_never_leave_the_clip_and_end_on_its_last_frame(n: int, frames: int) -> None:
    at = equation_indices(n, frames)
    assert len(at) == frames
    assert at[0] >= 0
    assert at[-1] == n - 1
    assert len(set(np.diff(at))) == 1


def test_even_sampling_always_begins_with_the_onset() -> None:
    times = sample_times(np.arange(1, 20), 10, SamplingRule.EVEN)
    np.testing.assert_allclose(times, np.linspace(1, 19, 10))


def test_time_is_counted_in_frame_numbers_not_positions() -> None:
    """Frame 1 and frame 19 alone: the samples lie between them at the right moments."""
    track = made_track(19)
    pair = Track(track.points[[0, 18]], track.found[[0, 18]], np.array([1, 19]), track.aspect, track.faces[[0, 18]])
    sample = sample_track(pair)
    np.testing.assert_allclose(sample.frame_numbers, np.linspace(1, 19, 10), rtol=1e-6)
    # The made track moves linearly, so what is interpolated must equal what was there.
    whole = interpolate(track.points, track.frame_numbers, np.linspace(1, 19, 10))
    np.testing.assert_allclose(sample.points, whole, atol=1e-6)
    assert sample.status.tolist() == [0] + [1] * 8 + [0]


def test_interpolation_equals_numpys() -> None:
    g = np.random.default_rng(0)
    known = np.array([2, 3, 7, 11])
    points = g.normal(size=(4, 468, 2)).astype(np.float32)
    times = np.array([0.0, 2.0, 2.25, 5.5, 7.0, 10.9, 11.0, 40.0])
    got = interpolate(points, known, times)
    for point, axis in [(0, 0), (17, 1), (467, 0)]:
        np.testing.assert_allclose(got[:, point, axis], np.interp(times, known, points[:, point, axis]), atol=1e-6)


def test_a_missed_frame_is_filled_from_its_neighbours_and_says_so() -> None:
    whole = made_track(10)
    holes = made_track(10, missed=(0, 4, 5, 9))
    sample = sample_track(holes)
    missed = [FrameStatus.MISSED if i in (0, 4, 5, 9) else FrameStatus.OBSERVED for i in range(10)]
    assert sample.status.tolist() == missed
    assert np.isfinite(sample.points).all()
    np.testing.assert_allclose(sample.points[[4, 5]], whole.points[[4, 5]], atol=1e-6)  # motion is linear
    np.testing.assert_allclose(sample.points[0], whole.points[1], atol=1e-6)  # nothing before: held
    np.testing.assert_allclose(sample.points[9], whole.points[8], atol=1e-6)


def test_a_single_seen_frame_is_held() -> None:
    sample = sample_track(made_track(10, missed=tuple(range(1, 10))))
    np.testing.assert_array_equal(sample.points, np.repeat(sample.points[:1], 10, axis=0))


def test_a_clip_without_any_face_cannot_be_sampled() -> None:
    with pytest.raises(LandmarkError, match="no face"):
        sample_track(made_track(4, missed=(0, 1, 2, 3)))


def test_a_clip_without_frames_cannot_be_sampled() -> None:
    with pytest.raises(LandmarkError, match="without frames"):
        sample_times(np.array([], dtype=np.int64))
