"""What every stream of frames shares: faces and who is who, the state a page shows, the last half minute.

Knows no camera, no browser, no clock but the one given, and not how a face is read: see
`fer_core.live.stream.LiveStream` (from its landmarks) and `fer_core.live.images.stream.ImageStream`.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any, Generic, Protocol, TypeVar

from fer_core.base.errors import MediaError
from fer_core.base.matrix_threads import use_one_matrix_thread
from fer_core.landmarks.landmarker import Landmarker, RgbImage
from fer_core.landmarks.track import FloatArray, is_face
from fer_core.live.identities import Identities
from fer_core.live.settings import LiveSettings
from fer_core.live.state import FaceReading, LiveState

HISTORY_SECONDS, HISTORY_STEP = 30.0, 0.1
LATENCIES = 120
ALONE, AMONG_OTHERS = 60.0, 2.0
"""Seconds for which a face that was lost keeps its identity and its resting face."""
RATE_FRAMES = 30
"""Frames over which the rate is measured."""


class Follower(Protocol):
    """One person of a stream, followed from frame to frame."""

    settings: LiveSettings
    neutral: FloatArray | None

    @property
    def progress(self) -> float:
        """How far a calibration has come, 0 to 1."""
        ...

    def calibrate(self) -> None:
        """Take the face seen next as the resting one."""
        ...

    def use_neutral(self, neutral: FloatArray | None) -> None:
        """Measure from this resting face."""
        ...

    def begin_anew(self) -> None:
        """Forget the course of the face."""
        ...


P = TypeVar("P", bound=Follower)


class FaceStream(Generic[P]):
    """Feeds frames to a landmarker, has every face read, and keeps what a page shows.

    One thread calls `feed`; any thread may call the rest. All memory is bounded. How a face is read is a
    subclass's: `_follower` and `_see`, and where pictures are needed, `_answers`.

    Parameters
    ----------
    landmarker : finds the faces; in "clip" mode, with at least ``settings.max_faces`` faces
    clock : seconds, for latencies only
    neutral : float32 (468, 2), a resting face calibrated earlier, for the first face that comes
    """

    calibrates = True
    """Whether a resting face means anything to it."""

    def __init__(
        self,
        landmarker: Landmarker,
        clock: Callable[[], float] = time.monotonic,
        *,
        settings: LiveSettings | None = None,
        neutral: FloatArray | None = None,
    ) -> None:
        use_one_matrix_thread()
        self._landmarker = landmarker
        self._clock = clock
        self._lock = threading.Lock()  # guards everything that `feed` and a page's thread share
        self._settings = settings or LiveSettings()
        self._state = LiveState()
        self._history: deque[tuple[float, dict[str, float] | None]] = deque(
            maxlen=round(HISTORY_SECONDS / HISTORY_STEP)
        )
        self._people: dict[int, P] = {}
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

    # --- what a subclass says ---------------------------------------------------------------------

    def _follower(self, face: int) -> P:
        """Somebody new."""
        raise NotImplementedError

    def _see(self, person: P, points: FloatArray, time_s: float, aspect: float, answer: Any) -> FaceReading:
        """Have a person's face (468, 2) read."""
        raise NotImplementedError

    def _answers(self, rgb: RgbImage, faces: Sequence[FloatArray]) -> Sequence[Any]:
        """What is worked out of the picture for each face, before the lock is taken; handed to `_see`."""
        return [None] * len(faces)

    # --- what the camera's thread calls -----------------------------------------------------------

    def feed(self, rgb: RgbImage, time_s: float, *, skipped: int = 0) -> LiveState:
        """Read one frame.

        Parameters
        ----------
        rgb : uint8 (H, W, 3)
        time_s : float
            The frame's time stamp in seconds. One that goes backwards begins a new course (resting
            faces are kept); one that stands still, or is no finite number, replaces nothing and is
            counted as dropped.
        skipped : int
            Frames the camera sent before this one that were passed over.

        A frame without pixels is counted as dropped too; a face with a coordinate that is no finite number,
        or without extent, is one that was missed. Raises `MediaError` for what is no picture.
        """
        begun = self._clock()
        if rgb.ndim != 3 or rgb.shape[2] != 3:
            raise MediaError(f"a frame of shape {rgb.shape} is no picture", fix="give (height, width, 3)")
        if not rgb.size:
            with self._lock:
                return self._passed_over(skipped)
        if (repeated := self._repeated(time_s, skipped)) is not None:
            return repeated
        faces = [f for f in self._landmarker.detect(rgb) if is_face(f)]
        answers = self._answers(rgb, faces[: self._settings.max_faces])  # both slow: outside the lock
        return self._read(faces, answers, time_s, rgb.shape[1] / rgb.shape[0], begun, skipped)

    def _passed_over(self, skipped: int) -> LiveState:
        """The last state, with one more frame that could not be read; under the lock."""
        self._state = replace(self._state, dropped=self._state.dropped + skipped + 1)
        return self._state

    def _repeated(self, time_s: float, skipped: int) -> LiveState | None:
        """The last state where the time stamp stands still or is none; one that went back begins anew."""
        with self._lock:
            none = not isfinite(time_s)
            if not none and (self._state.kind == "waiting" or time_s > self._state.time_s):
                return None
            if none or time_s == self._state.time_s:
                return self._passed_over(skipped)
            for person in self._people.values():
                person.begin_anew()
            self._history.clear()
            self._stamps.clear()
        self._landmarker.reset()
        return None

    def _read(
        self,
        faces: Sequence[FloatArray],
        answers: Sequence[Any],
        time_s: float,
        aspect: float,
        begun: float,
        skipped: int,
    ) -> LiveState:
        """Take in this moment's faces, the first ``len(answers)`` of which are read."""
        with self._lock:
            read = faces[: len(answers)]
            who = self._identities.of(read, time_s, self._remembered)
            people = tuple(
                self._see(self._person(face), points, time_s, aspect, answer)
                for points, face, answer in zip(read, who, answers, strict=True)
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

    def _person(self, face: int) -> P:
        if face not in self._people:
            person = self._follower(face)
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

    def _largest(self) -> P | None:
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
        first = people[0] if people else None
        return LiveState(
            **({"kind": "no face", "text": "no face"} if first is None else self._of_first(first)),
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

    def _of_first(self, first: FaceReading) -> dict[str, Any]:
        """What a state says of its largest face."""
        return {
            "kind": first.kind,
            "emotion": first.emotion,
            "probabilities": first.probabilities,
            "points": first.points,
            "motion": first.motion,
            "reference": first.reference,
            "text": first.text,
            "calibrated": first.reference == "calibrated",
            "calibration": self._people[first.face].progress,
        }
