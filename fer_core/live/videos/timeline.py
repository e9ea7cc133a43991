"""A recording's course, thinned out so that two hours of it can be drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fer_core.landmarks.track import FloatArray
from fer_core.live.recordings.columns import with_neutral
from fer_core.live.recordings.rows import Row, stamps_of, times_of
from fer_core.live.videos.summary import LONGEST_GAP

MOST_POINTS = 1200
"""Points per line: more than a screen has pixels for would only make the page slow."""


@dataclass(frozen=True)
class Stretch:
    """A stretch of time in one state: what is said (an emotion or a state), from and to, s."""

    label: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Timeline:
    """The course of the largest face.

    Attributes
    ----------
    times : (n,) seconds, the middle of each cell of time, or the frames' own stamps where all are shown
    probabilities : name → (n,): the highest value in each cell; NaN where no face was found
    stretches : what was said, cell by cell the longest, neighbours joined
    cell_s : length of a cell in seconds; 0 where every frame is shown
    start_s, end_s : the part that is shown
    """

    times: FloatArray
    probabilities: dict[str, FloatArray]
    stretches: tuple[Stretch, ...]
    cell_s: float
    start_s: float
    end_s: float


def timeline(
    recording: Path, emotions: Sequence[str], start_s: float = 0.0, end_s: float = float("inf"), most: int = MOST_POINTS
) -> Timeline:
    """The part of a recording between two moments, in constant memory.

    Where it holds more than ``most`` time stamps, time is cut into so many cells, and of each the highest
    probability is kept, so that a short peak still shows; every frame is drawn where there are fewer.

    Raises
    ------
    RecordingError
        Where the recording cannot be read.
    """
    count, first, last = _extent(recording, start_s, end_s)
    cells = min(count, most)
    if not cells:
        empty = np.zeros(0, dtype=np.float32)
        return Timeline(empty, dict.fromkeys(with_neutral(emotions), empty), (), 0.0, first, last)
    thinned = count > most
    width = (last - first) / cells if thinned else 0.0
    names = with_neutral(emotions)
    highest: list[dict[str, float]] = [{} for _ in range(cells)]
    times = np.zeros(cells, dtype=np.float64)
    said: list[dict[str, float]] = [{} for _ in range(cells)]
    for k, (rows, lasts) in enumerate(_within(recording, start_s, end_s)):
        main = rows[0]
        cell = min(cells - 1, int((main.time_s - first) / width)) if thinned else k
        times[cell] = first + (cell + 0.5) * width if thinned else main.time_s
        known = highest[cell]
        for name, value in main.probabilities.items():
            if value > known.get(name, -1.0):
                known[name] = value
        label = main.emotion or main.state
        said[cell][label] = said[cell].get(label, 0.0) + lasts
    kept = np.array([bool(labels) for labels in said])
    edges = first + width * np.arange(cells + 1) if thinned else np.append(times, last)
    stretches = _joined([max(s, key=s.__getitem__) if s else "" for s in said], edges)
    probabilities = {
        name: np.array([cell.get(name, np.nan) for cell in highest], dtype=np.float32)[kept] for name in names
    }
    return Timeline(times[kept].astype(np.float32), probabilities, stretches, width, first, last)


def _within(recording: Path, start_s: float, end_s: float) -> Iterator[tuple[list[Row], float]]:
    """Rows of each time stamp between two moments, and how long the frame stands, s."""
    before: list[Row] = []
    step = 0.0
    for rows in stamps_of(recording, start_s):
        if before:
            step = min(LONGEST_GAP, rows[0].time_s - before[0].time_s)
            yield before, step
        before = rows if start_s <= rows[0].time_s <= end_s else []
        if rows[0].time_s > end_s:
            return
    if before:
        yield before, step


def _extent(recording: Path, start_s: float, end_s: float) -> tuple[int, float, float]:
    """How many time stamps there are between two moments, the first, and the end of the last frame."""
    count, first, last, step = 0, 0.0, 0.0, 0.0
    for time_s in times_of(recording):
        if time_s < start_s:
            continue
        step = min(LONGEST_GAP, time_s - last) if count else 0.0
        if time_s > end_s:
            break
        first = time_s if not count else first
        last = time_s
        count += 1
    return count, first, last + step


def _joined(labels: Sequence[str], edges: FloatArray) -> tuple[Stretch, ...]:
    """Neighbouring cells of one label as one stretch; a frame longer than `LONGEST_GAP` leaves a gap."""
    found: list[Stretch] = []
    for k, label in enumerate(labels):
        if not label:
            continue
        begin = float(edges[k])
        end = float(min(edges[k + 1], begin + max(LONGEST_GAP, edges[1] - edges[0])))
        if found and found[-1].label == label and begin - found[-1].end_s < 1e-6:
            found[-1] = Stretch(label, found[-1].start_s, end)
        else:
            found.append(Stretch(label, begin, end))
    return tuple(found)
