"""What a recording says of a clip: how long each state was, the episodes of each emotion, how fast it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from fer_core.live.recordings.rows import Row, stamps_of

STATES = ("no face", "calibrating", "rest", "unsure", "emotion")
REFERENCES = ("calibrated", "running", "guessed")
MOST_EPISODES = 5000
"""Episodes listed; the seconds of further ones still count. Memory stays bounded."""
MOST_FACES = 50
LONGEST_GAP = 1.0
"""Seconds that a frame stands for at most, and that an episode may be interrupted by missing frames."""
_LATENCIES = np.geomspace(0.1, 60_000, 800)
"""Edges (ms) of a histogram whose percentiles are right within 2%, however long the clip."""


@dataclass
class Episode:
    """A stretch in which one face was classified as one emotion: start, end and peak in seconds."""

    emotion: str
    face: int
    start_s: float
    end_s: float
    peak_s: float
    peak: float

    @property
    def seconds(self) -> float:
        """How long it lasted."""
        return self.end_s - self.start_s


@dataclass
class _Tally:
    """What is summed up over the rows; its size does not depend on how many there are."""

    frames: int = 0
    with_face: int = 0
    several: int = 0
    most_faces: int = 0
    first: float | None = None
    last: float = 0.0
    seconds: Counter[str] = field(default_factory=Counter)
    emotions: Counter[str] = field(default_factory=Counter)
    references: Counter[str] = field(default_factory=Counter)
    faces: dict[int, dict[str, float]] = field(default_factory=dict)
    latencies: Any = field(default_factory=lambda: np.zeros(len(_LATENCIES) + 1, dtype=np.int64))
    events: int = 0


def summarise(file: Path, emotions: Sequence[str], duration: float | None = None) -> dict[str, Any]:
    """The summary of a recording's CSV, as plain data.

    A frame stands for the time until the next one, at most `LONGEST_GAP`; shares are of that time, and of
    the largest face where several were read. An episode begins with the first frame that is classified as
    its emotion and ends where that face is classified otherwise or is lost.

    Parameters
    ----------
    emotions : the recogniser's
    duration : seconds that the source lasts; by default from the first time stamp to the last

    Raises
    ------
    RecordingError
        Where the recording cannot be read.
    """
    tally, episodes = _Tally(), _Episodes()
    before: list[Row] = []
    step = 0.0
    for rows in stamps_of(file):
        if before:
            step = min(LONGEST_GAP, rows[0].time_s - before[0].time_s)
            _add(tally, before, step)
        episodes.see(rows)
        before = rows
    if before:
        _add(tally, before, step)  # the last frame stands as long as the one before it
    episodes.finish(tally.last + step)
    return _told(tally, episodes, [e for e in emotions if e != "neutral"], duration)


def _add(tally: _Tally, rows: Sequence[Row], step: float) -> None:
    main = rows[0]
    tally.first = main.time_s if tally.first is None else tally.first
    tally.last = main.time_s
    tally.frames += 1
    tally.with_face += main.face is not None
    tally.several += main.faces > 1
    tally.most_faces = max(tally.most_faces, main.faces)
    tally.seconds[main.state] += step  # type: ignore[assignment]  # a Counter of seconds
    tally.references[main.reference] += step  # type: ignore[assignment]
    tally.events += bool(main.event)
    if main.emotion:
        tally.emotions[main.emotion] += step  # type: ignore[assignment]
    tally.latencies[np.searchsorted(_LATENCIES, main.latency_ms)] += 1
    for row in rows:
        if row.face is not None and (row.face in tally.faces or len(tally.faces) < MOST_FACES):
            seen = tally.faces.setdefault(row.face, {"first_s": row.time_s, "last_s": 0.0, "seconds": 0.0})
            seen["last_s"], seen["seconds"] = row.time_s, seen["seconds"] + step


class _Episodes:
    """Episodes as they come and go; those that go on are kept by face."""

    def __init__(self) -> None:
        self.done: list[Episode] = []
        self.count: Counter[str] = Counter()
        self._open: dict[int, Episode] = {}

    def see(self, rows: Iterable[Row]) -> None:
        """Take in the rows of one time stamp."""
        now, seen = 0.0, set()
        for row in rows:
            now = row.time_s
            if row.face is None or not row.emotion:
                continue
            seen.add(row.face)
            height = row.probabilities.get(row.emotion, 0.0)
            going = self._open.get(row.face)
            if going is None or going.emotion != row.emotion or now - going.end_s > LONGEST_GAP:
                self._close(row.face, now)
                self._open[row.face] = Episode(row.emotion, row.face, now, now, now, height)
                continue
            going.end_s = now
            if height > going.peak:
                going.peak, going.peak_s = height, now
        for face in self._open.keys() - seen:
            self._close(face, now)

    def finish(self, end: float) -> None:
        """The recording is over."""
        for face in list(self._open):
            self._close(face, end)

    def _close(self, face: int, now: float) -> None:
        """It lasted until the next frame, unless frames are missing there."""
        episode = self._open.pop(face, None)
        if episode is None:
            return
        episode.end_s = min(now, episode.end_s + LONGEST_GAP)
        self.count[episode.emotion] += 1
        if len(self.done) < MOST_EPISODES:
            self.done.append(episode)


def _told(tally: _Tally, episodes: _Episodes, emotions: Sequence[str], duration: float | None) -> dict[str, Any]:
    seconds = sum(tally.seconds.values())
    lasted = tally.last - (tally.first or 0.0)
    return {
        "duration_s": round(duration if duration is not None else lasted, 3),
        "read_s": round(lasted, 3),
        "frames": tally.frames,
        "frames_with_face": tally.with_face,
        "share_with_face": _share(tally.with_face, tally.frames),
        "most_faces": tally.most_faces,
        "frames_with_several_faces": tally.several,
        "share_of_time": {state: _share(tally.seconds[state], seconds) for state in STATES},
        "share_of_time_by_emotion": {e: _share(tally.emotions[e], seconds) for e in emotions},
        "share_of_time_by_reference": {r: _share(tally.references[r], seconds) for r in REFERENCES},
        "faces": [
            {"face": face, **{k: round(v, 3) for k, v in seen.items()}} for face, seen in sorted(tally.faces.items())
        ],
        "episodes": {e: episodes.count[e] for e in emotions},
        "episode_list": [_rounded(e) for e in sorted(episodes.done, key=lambda e: (e.start_s, e.face))],
        "episodes_not_listed": sum(episodes.count.values()) - len(episodes.done),
        "events": tally.events,
        "latency_ms": {"p50": _percentile(tally.latencies, 0.5), "p95": _percentile(tally.latencies, 0.95)},
    }


def _rounded(episode: Episode) -> dict[str, Any]:
    plain = asdict(episode) | {"seconds": episode.seconds}
    return {k: round(v, 3) if isinstance(v, float) else v for k, v in plain.items()}


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None


def _percentile(counts: Any, share: float) -> float | None:
    """Of a histogram over `_LATENCIES`: the geometric middle of the cell that holds it."""
    total = int(counts.sum())
    if not total:
        return None
    cell = int(np.searchsorted(np.cumsum(counts), share * total))
    low, high = _LATENCIES[max(cell - 1, 0)], _LATENCIES[min(cell, len(_LATENCIES) - 1)]
    return round(float(np.sqrt(low * high)), 2)
