"""Where the reading of a video stands, on disk: what it takes to go on after the process was killed."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from fer_core.base.errors import PathError
from fer_core.files import shapes
from fer_core.landmarks.track import FloatArray
from fer_core.live.neutral_estimate import BLOCK, BLOCKS
from fer_core.live.recordings.recorder import Written
from fer_core.live.recordings.rows import Row, stamps_of
from fer_core.live.recordings.time_stamps import TimeStamps
from fer_core.live.state import FaceReading, LiveState
from fer_core.live.videos.clip_shapes import Paused

FILE = "state.json"
FACE_SECONDS = BLOCK * BLOCKS + 5.0
"""Seconds with a face that are read again: as many as the running estimate of the resting face remembers,
and a few for the window, the smoothing and what was said last."""
MOST_LEAD_IN = 120.0
"""Seconds read again at most, where a face is seldom there."""
_HEAD = 1 << 20


@dataclass(frozen=True)
class VideoState:
    """A reading that has not come to its end.

    Attributes
    ----------
    key : what was asked for (`key_of`)
    written : how far the recording reaches
    frame : number of the last frame decoded
    origin : stamp of the first frame in the file's own clock, s
    stamps : the rising time stamps so far
    damaged, unreadable : frames and packets
    neutral : the calibrated resting face (468, 2), or None
    """

    key: str
    written: Written
    frame: int
    origin: float
    stamps: TimeStamps
    damaged: int = 0
    unreadable: int = 0
    neutral: FloatArray | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain data, for `load_state`."""
        plain = asdict(replace(self, neutral=None))
        return plain | {"neutral": None if self.neutral is None else np.round(self.neutral, 6).tolist()}


def load_state(folder: Path) -> VideoState | None:
    """The state in a folder, or None where there is none that can be read."""
    try:
        p = shapes.read(folder / FILE, Paused, what="state", fix="")
    except PathError:
        return None
    neutral = None if p.neutral is None else np.array(p.neutral, dtype=np.float32)
    return VideoState(p.key, p.written, p.frame, p.origin, p.stamps, p.damaged, p.unreadable, neutral)


def key_of(video: Path, asked: dict[str, Any], weights: dict[str, Any]) -> str:
    """Hash (32 hex digits) of a video's content and of what is asked for: recogniser and settings.

    Of the video its size, first and last megabyte enter: hashing hours of film would take minutes.
    """
    digest = hashlib.blake2b(json.dumps(asked, sort_keys=True).encode(), digest_size=16)
    for name, values in sorted(weights.items()):
        digest.update(name.encode() + np.ascontiguousarray(values).tobytes())
    size = video.stat().st_size
    with video.open("rb") as file:
        digest.update(f"{size}".encode() + file.read(_HEAD))
        file.seek(max(0, size - _HEAD))
        digest.update(file.read(_HEAD))
    return digest.hexdigest()


@dataclass
class LeadIn:
    """The stretch before the last row that is read once more, without writing it.

    Attributes
    ----------
    since : s, where it begins
    until : s, the last time stamp written
    calibrate : whether the resting face is being gathered when it begins
    calibrated : whether the face was measured from a calibrated resting face when it begins
    """

    since: float
    until: float
    calibrate: bool = False
    calibrated: bool = False
    _faces: dict[str, list[int]] = field(default_factory=dict)
    _names: dict[int, int] = field(default_factory=dict)
    _last: int = 0

    def learn(self, state: LiveState) -> None:
        """Compare a frame read once more with its rows: which new identity is which old one."""
        known = self._faces.get(f"{state.time_s:.6f}", [])
        if len(known) == len(state.people):
            self._names.update({p.face: old for p, old in zip(state.people, known, strict=True)})

    def renamed(self, state: LiveState) -> LiveState:
        """The state with the identities that the faces had; who is new gets a number of their own."""
        return replace(state, people=tuple(self._renamed(p) for p in state.people))

    def _renamed(self, reading: FaceReading) -> FaceReading:
        if reading.face not in self._names:
            self._last += 1
            self._names[reading.face] = self._last
        return replace(reading, face=self._names[reading.face])


def lead_in(recording: Path, *, calibrate: bool, from_start: bool) -> LeadIn | None:
    """What is to be read again behind a recording's last row; None where it holds no row.

    It reaches back until faces were seen for `FACE_SECONDS`, at most `MOST_LEAD_IN`; to the first face,
    where calibrating had not ended by then; to the beginning with ``from_start``.
    """
    tail: deque[list[Row]] = deque()
    first_face: float | None = None
    most = 0
    begin = 0.0
    for rows in stamps_of(recording):
        begin = rows[0].time_s if not tail else begin
        tail.append(rows)
        while rows[0].time_s - tail[0][0].time_s > MOST_LEAD_IN:
            tail.popleft()
        faces = [row.face for row in rows if row.face is not None]
        most = max([most, *faces])
        if faces and first_face is None:
            first_face = rows[0].time_s
    if not tail:
        return None
    kept = _back(tail)
    main = next((rows[0] for rows in kept if rows[0].face is not None), None)
    pending = calibrate and (main is None or main.state == "calibrating")
    since = kept[0][0].time_s
    if from_start:
        since, pending = 0.0, calibrate
    elif pending and first_face is not None:
        since = min(since, first_face)
    named = {f"{rows[0].time_s:.6f}": [r.face for r in rows if r.face is not None] for rows in tail}
    calibrated = not pending and main is not None and main.reference == "calibrated"
    return LeadIn(since, tail[-1][0].time_s, pending, calibrated, named, _last=most)


def _back(tail: deque[list[Row]]) -> list[list[Row]]:
    """The tail's end in which faces were seen for `FACE_SECONDS`."""
    seen, begin = 0.0, len(tail) - 1
    for k in range(len(tail) - 1, 0, -1):
        begin = k - 1
        if tail[k][0].face is not None:
            seen += tail[k][0].time_s - tail[k - 1][0].time_s
        if seen >= FACE_SECONDS:
            break
    return list(tail)[begin:]
