"""The thinned course of a recording: exact where it is short, peaks and stretches kept where it is long."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fer_core.base.errors import RecordingError
from fer_core.live.recordings.columns import columns
from fer_core.live.videos.timeline import Stretch, timeline

EMOTIONS = ("anger", "happiness")


def recording(file: Path, rows: list[tuple[float, str, str, float | None]]) -> Path:
    """A recording of time, state, emotion and the probability of happiness."""
    lines = [",".join(columns(EMOTIONS))]
    for k, (time_s, state, emotion, p) in enumerate(rows):
        face, values = ("1", f"0.1,{p},0.2,0.01,running") if p is not None else ("", ",,,,")
        lines.append(f"{time_s:.6f},{k + 1},{face},{int(p is not None)},{state},{emotion},{values},5.0,")
    file.write_text("\n".join(lines) + "\n")
    return file


def test_a_short_recording_is_drawn_frame_by_frame_with_gaps(tmp_path: Path) -> None:
    file = recording(
        tmp_path / "r.csv",
        [
            (0.0, "rest", "", 0.1),
            (0.1, "emotion", "happiness", 0.8),
            (0.3, "no face", "", None),
            (0.4, "emotion", "happiness", 0.7),
            (3.0, "rest", "", 0.2),
        ],
    )
    course = timeline(file, EMOTIONS)
    assert course.times == pytest.approx([0.0, 0.1, 0.3, 0.4, 3.0])
    assert course.cell_s == 0.0
    np.testing.assert_allclose(course.probabilities["happiness"], [0.1, 0.8, np.nan, 0.7, 0.2], atol=1e-6)
    assert set(course.probabilities) == {"anger", "happiness", "neutral"}
    told = [(s.label, round(s.start_s, 3), round(s.end_s, 3)) for s in course.stretches]
    assert told == [
        ("rest", 0.0, 0.1),
        ("happiness", 0.1, 0.3),
        ("no face", 0.3, 0.4),
        ("happiness", 0.4, 1.4),
        ("rest", 3.0, 4.0),
    ]


def test_a_long_recording_is_thinned_and_keeps_a_peak_of_one_frame(tmp_path: Path) -> None:
    rows = [(k / 25, "rest", "", 0.1) for k in range(20_000)]
    rows[7777] = (7777 / 25, "emotion", "happiness", 0.99)
    rows[10_000:15_000] = [(k / 25, "emotion", "happiness", 0.7) for k in range(10_000, 15_000)]
    course = timeline(recording(tmp_path / "r.csv", rows), EMOTIONS)
    assert len(course.times) == 1200
    assert course.cell_s == pytest.approx(800 / 1200, rel=1e-3)
    highest = course.probabilities["happiness"]
    assert course.times[np.argmax(highest)] == pytest.approx(7777 / 25, abs=course.cell_s)
    assert highest.max() == pytest.approx(0.99)
    (only,) = [s for s in course.stretches if s.label == "happiness"]
    assert (only.start_s, only.end_s) == pytest.approx((400, 600), abs=course.cell_s)
    assert len(course.stretches) == 3


def test_a_part_is_drawn_by_itself(tmp_path: Path) -> None:
    rows = [(k / 25, "rest", "", 0.1) for k in range(20_000)]
    course = timeline(recording(tmp_path / "r.csv", rows), EMOTIONS, 100.0, 110.0)
    assert (course.times[0], course.times[-1]) == pytest.approx((100.0, 110.0))
    assert len(course.times) == 251
    assert course.cell_s == 0.0
    assert course.stretches[0].start_s == pytest.approx(100.0)


def test_an_empty_part_and_no_recording(tmp_path: Path) -> None:
    file = recording(tmp_path / "r.csv", [(0.0, "rest", "", 0.1)])
    assert len(timeline(file, EMOTIONS, 5.0, 6.0).times) == 0
    one = timeline(file, EMOTIONS)
    assert (len(one.times), one.stretches) == (1, (Stretch("rest", 0.0, 0.0),))
    with pytest.raises(RecordingError):
        timeline(tmp_path / "none.csv", EMOTIONS)
