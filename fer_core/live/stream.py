"""A running camera picture, read frame by frame from the movement of its landmarks."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from fer_core.base.limits import ASPECT
from fer_core.landmarks.landmarker import Landmarker
from fer_core.landmarks.track import FloatArray, is_face
from fer_core.live.face_stream import ALONE, HISTORY_SECONDS, HISTORY_STEP, FaceStream
from fer_core.live.face_track import Person
from fer_core.live.region_attribution import region_changes
from fer_core.live.settings import LiveSettings
from fer_core.live.state import FaceReading, LiveState
from fer_core.live.window_classifier import LandmarkReader
from fer_core.models.bundle import Bundle

__all__ = ["ALONE", "HISTORY_SECONDS", "HISTORY_STEP", "LiveStream"]


class LiveStream(FaceStream[Person]):
    """Feeds frames to a landmarker and a recogniser of landmarks and keeps what a page shows.

    See `fer_core.live.face_stream.FaceStream` for what it shares with streams read otherwise.

    Parameters
    ----------
    bundle : the recogniser
    landmarker : finds the faces; in "clip" mode, with at least ``settings.max_faces`` faces
    clock : seconds, for latencies only
    neutral : float32 (468, 2), a resting face calibrated earlier, for the first face that comes
    """

    def __init__(
        self,
        bundle: Bundle,
        landmarker: Landmarker,
        clock: Callable[[], float] = time.monotonic,
        *,
        settings: LiveSettings | None = None,
        neutral: FloatArray | None = None,
    ) -> None:
        super().__init__(landmarker, clock, settings=settings, neutral=neutral)
        self.bundle = bundle
        self._reader = LandmarkReader(bundle)

    def why(self) -> dict[str, float] | None:
        """What each part of the largest face adds to the leading emotion's log odds; None without a face.

        See `fer_core.live.region_attribution.region_changes`. Takes the lock only to copy the window.
        """
        with self._lock:
            largest = self._largest()
            if largest is None:
                return None
            faces, rest = largest.window()
            seconds = self._settings.window
        if rest is None or not faces:
            return None
        return region_changes(self._reader, faces, rest, seconds)

    def feed_faces(self, faces: Sequence[FloatArray], time_s: float, aspect: float) -> LiveState:
        """Read one moment whose faces (468, 2), largest first, are known already; see `feed`.

        A face with a coordinate that is no finite number, or without extent, is one that was missed: the
        stream goes on. Raises `LandmarkError` for faces of another shape, `SettingError` for an ``aspect``
        (width by height) that no picture has.
        """
        ASPECT.check(aspect)
        seen = [face for face in faces if is_face(face)]
        begun = self._clock()
        if (repeated := self._repeated(time_s, 0)) is not None:
            return repeated
        return self._read(seen, [None] * min(len(seen), self._settings.max_faces), time_s, aspect, begun, 0)

    def _follower(self, face: int) -> Person:
        return Person(face, self._reader, self._settings)

    def _see(self, person: Person, points: FloatArray, time_s: float, aspect: float, answer: Any) -> FaceReading:
        return person.see(points, time_s, aspect)
