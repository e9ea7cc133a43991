"""Time stamps that repeat, stumble, go back for good, or are not there."""

from __future__ import annotations

import pytest

from fer_core.live.recordings.time_stamps import USUAL_STEP, TimeStamps


def test_rising_stamps_are_left_as_they_are() -> None:
    stamps = TimeStamps()
    given = [0.0, 0.02, 0.5, 7.0, 7.001]
    assert [stamps.read(t) for t in given] == given
    assert (stamps.passed_over, stamps.plain) == (0, True)


def test_repeated_and_stumbling_stamps_are_passed_over_and_counted() -> None:
    stamps = TimeStamps()
    assert [stamps.read(t) for t in (0.0, 0.04, 0.04, 0.03, 0.08)] == [0.0, 0.04, None, None, 0.08]
    assert stamps.counts == {"repeated": 1, "backwards": 1, "resets": 0, "missing": 0}
    assert stamps.plain


def test_a_clock_set_anew_goes_on_where_it_was() -> None:
    stamps = TimeStamps()
    for k in range(100):
        stamps.read(k * 0.02)
    after = [stamps.read(k * 0.02) for k in range(3)]
    assert after == pytest.approx([2.0, 2.02, 2.04], abs=1e-6)
    assert stamps.counts["resets"] == 1
    assert not stamps.plain


def test_a_frame_without_a_stamp_follows_the_one_before() -> None:
    stamps = TimeStamps()
    assert [stamps.read(t) for t in (None, None)] == [0.0, USUAL_STEP]
    assert stamps.counts["missing"] == 2
    assert not stamps.plain
