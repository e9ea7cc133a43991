"""A running camera picture, read frame by frame. Knows no camera, no browser, no clock but the one given."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from fer_core.landmarks.landmarker import Landmarker, RgbImage
from fer_core.landmarks.track import FloatArray
from fer_core.live.identities import Identities
from fer_core.live.person import Person
from fer_core.live.reader import StreamReader
from fer_core.live.settings import LiveSettings
from fer_core.live.state import FaceReading, LiveState
from fer_core.live.why import region_changes
from fer_core.matrix_threads import use_one_matrix_thread
from fer_core.models.bundle import Bundle

HISTORY_SECONDS, HISTORY_STEP = 30.0, 0.1
LATENCIES = 120
ALONE, AMONG_OTHERS = 60.0, 2.0
"""Seconds for which a face that was lost keeps its identity and its resting face."""
RATE_FRAMES = 30
"""Frames over which the rate is measured."""


class LiveStream:
    """Feeds frames to a landmarker and a recogniser and keeps what a page shows.

    One thread calls `feed`; any thread may call the rest. All memory is bounded.

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
        use_one_matrix_thread()
        self.bundle = bundle
        self._reader = StreamReader(bundle)
        self._landmarker = landmarker
        self._clock = clock
        self._lock = threading.Lock()  # guards everything that `feed` and a page's thread share
        self._settings = settings or LiveSettings()
        self._state = LiveState()
        self._history: deque[tuple[float, dict[str, float] | None]] = deque(
            maxlen=round(HISTORY_SECONDS / HISTORY_STEP)
        )
        self._people: dict[int, Person] = {}
        self._identities = Identities()
        self._neutral, self._calibrating = neutral, False
        self._latencies: deque[float] = deque(maxlen=LATENCIES)
        self._stamps: deque[float] = deque(maxlen=RATE_FRAMES)

    # --- what a page asks for ---------------------------------------------------------------------

    @property
    def settings(self) -> LiveSettings:
        """How the stream is read; may be replaced at any time."""
        return self._settings

    @settings.setter
    def settings(self, value: LiveSettings) -> None:
        with self._lock:
            self._settings = value
            for person in self._people.values():
                person.settings = value

    @property
    def neutral(self) -> FloatArray | None:
        """The calibrated resting face (468, 2) of the largest face, to hand on to another stream."""
        with self._lock:
            largest = self._largest()
            return self._neutral if largest is None else largest.neutral

    def calibrate(self) -> None:
        """Take the faces seen during the next three seconds as the resting ones."""
        with self._lock:
            self._neutral, self._calibrating = None, not self._people
            for person in self._people.values():
                person.calibrate()

    def forget_neutral(self) -> None:
        """Go back to a running estimate of the resting face."""
        with self._lock:
            self._neutral, self._calibrating = None, False
            for person in self._people.values():
                person.use_neutral(None)

    def snapshot(self) -> LiveState:
        """The state after the last frame."""
        with self._lock:
            return self._state

    def history(self) -> list[tuple[float, dict[str, float] | None]]:
        """Time stamps and probabilities (None without a face) of the last 30 seconds."""
        with self._lock:
            return list(self._history)

    def why(self) -> dict[str, float] | None:
        """What each part of the largest face adds to the leading emotion's log odds; None without a face.

        See `fer_core.live.why.region_changes`. Takes the lock only to copy the window.
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

    # --- what the camera's thread calls -----------------------------------------------------------

    def feed(self, rgb: RgbImage, time_s: float, *, skipped: int = 0) -> LiveState:
        """Read one frame.

        Parameters
        ----------
        rgb : uint8 (H, W, 3)
        time_s : float
            The frame's time stamp in seconds. One that goes backwards begins a new course (resting
            faces are kept); one that stands still replaces nothing and is counted as dropped.
        skipped : int
            Frames the camera sent before this one that were passed over.
        """
        begun = self._clock()
        if (repeated := self._repeated(time_s, skipped)) is not None:
            return repeated
        faces = self._landmarker.detect(rgb)  # the slow part: outside the lock
        return self._read(faces, time_s, rgb.shape[1] / rgb.shape[0], begun, skipped)

    def feed_faces(self, faces: Sequence[FloatArray], time_s: float, aspect: float) -> LiveState:
        """Read one moment whose faces (468, 2), largest first, are known already; see `feed`."""
        begun = self._clock()
        if (repeated := self._repeated(time_s, 0)) is not None:
            return repeated
        return self._read(faces, time_s, aspect, begun, 0)

    def _repeated(self, time_s: float, skipped: int) -> LiveState | None:
        """The last state where the time stamp stands still; one that went back begins anew."""
        with self._lock:
            if self._state.kind == "waiting" or time_s > self._state.time_s:
                return None
            if time_s == self._state.time_s:
                self._state = replace(self._state, dropped=self._state.dropped + skipped + 1)
                return self._state
            for person in self._people.values():
                person.begin_anew()
            self._history.clear()
            self._stamps.clear()
        self._landmarker.reset()
        return None

    def _read(
        self, faces: Sequence[FloatArray], time_s: float, aspect: float, begun: float, skipped: int
    ) -> LiveState:
        with self._lock:
            read = faces[: self._settings.max_faces]
            people = tuple(
                self._person(face).see(points, time_s, aspect)
                for points, face in zip(
                    read, self._identities.of(read, time_s, self._remembered), strict=True
                )
            )
            self._forget_the_lost(time_s)
            self._state = self._told(people, len(faces), time_s, begun, skipped)
            if not self._history or abs(time_s - self._history[-1][0]) >= HISTORY_STEP:
                self._history.append((time_s, self._state.probabilities))
            return self._state

    @property
    def _remembered(self) -> float:
        """Seconds a lost face keeps its identity: one alone is most likely the same person again."""
        return ALONE if self._settings.max_faces == 1 else AMONG_OTHERS

    def _person(self, face: int) -> Person:
        if face not in self._people:
            person = Person(face, self._reader, self._settings)
            if self._calibrating:
                person.calibrate()
            elif self._neutral is not None:
                person.use_neutral(self._neutral)
            self._neutral, self._calibrating = None, False
            self._people[face] = person
        return self._people[face]

    def _forget_the_lost(self, time_s: float) -> None:
        alive = self._identities.alive(time_s, self._remembered)
        self._people = {k: p for k, p in self._people.items() if k in alive}

    def _largest(self) -> Person | None:
        return self._people.get(self._state.people[0].face) if self._state.people else None

    def _told(
        self, people: tuple[FaceReading, ...], faces: int, time_s: float, begun: float, skipped: int
    ) -> LiveState:
        latency = 1000 * (self._clock() - begun)
        self._latencies.append(latency)
        self._stamps.append(time_s)
        ordered = sorted(self._latencies)  # np.percentile would cost more than the classifiers
        p50, p95 = (ordered[round(share * (len(ordered) - 1))] for share in (0.5, 0.95))
        span = self._stamps[-1] - self._stamps[0]
        state = LiveState(
            "no face",
            text="no face",
            faces=faces,
            people=people,
            time_s=time_s,
            latency_ms=latency,
            latency_p50=p50,
            latency_p95=p95,
            fps=(len(self._stamps) - 1) / span if span > 0 else 0.0,
            frames=self._state.frames + 1,
            dropped=self._state.dropped + skipped,
        )
        if not people:
            return state
        first = people[0]
        return replace(
            state,
            kind=first.kind,
            emotion=first.emotion,
            probabilities=first.probabilities,
            points=first.points,
            motion=first.motion,
            reference=first.reference,
            text=first.text,
            calibrated=first.reference == "calibrated",
            calibration=self._people[first.face].progress,
        )
