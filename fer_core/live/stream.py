"""A running camera picture, read frame by frame. Knows no camera, no browser, no clock but the one given."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from fer_core.errors import SettingError
from fer_core.landmarks.landmarker import Landmarker, RgbImage
from fer_core.landmarks.track import FloatArray
from fer_core.live.window import Calibration, Window, as_clip, motion
from fer_core.models.bundle import Bundle

Kind = Literal["waiting", "no face", "calibrating", "rest", "unsure", "emotion"]

WINDOW = 1.5
"""Seconds of the past that a reading rests on: about as long as an onset takes."""
CALIBRATION = 3.0
TIME_CONSTANT = 0.4
"""Seconds after which a changed probability has come 63% of its way (exponential smoothing)."""
THRESHOLD = 0.5
"""Below this, the highest probability is called unsure."""
REST_PROBABILITY = 0.2
"""If no classifier comes up to this, the face is called at rest."""
REST_MOTION = 0.012
"""RMS distance from the calibrated resting face, in eye distances, up to which it is at rest."""
FORGET = 0.5
"""Seconds without a face after which the next face is a new beginning."""
HISTORY_SECONDS, HISTORY_STEP = 30.0, 0.2
LATENCIES = 120


@dataclass(frozen=True)
class LiveState:
    """What is known after a frame.

    Attributes
    ----------
    kind : what can be said: "waiting" before the first frame, then "no face", "calibrating",
        "rest", "unsure" or "emotion"
    emotion : the strongest emotion where ``kind`` is "emotion", else None
    probabilities : each classifier's smoothed probability, or None without a face
    points : float32 (468, 2) in image heights, or None
    faces : faces seen in this frame
    text : the state in words
    time_s : the frame's time stamp
    latency_ms : time this frame took; ``latency_p50`` and ``latency_p95`` over the last ones
    fps : frames read a second; ``frames`` read and ``dropped`` (not read) since the beginning
    calibrated : whether a resting face was calibrated; ``calibration`` is its progress, 0 to 1
    motion : RMS distance from the calibrated resting face in eye distances, or None
    """

    kind: Kind = "waiting"
    emotion: str | None = None
    probabilities: dict[str, float] | None = None
    points: FloatArray | None = None
    faces: int = 0
    text: str = "waiting for the camera"
    time_s: float = 0.0
    latency_ms: float = 0.0
    latency_p50: float = 0.0
    latency_p95: float = 0.0
    fps: float = 0.0
    frames: int = 0
    dropped: int = 0
    calibrated: bool = False
    calibration: float = 0.0
    motion: float | None = None


class LiveStream:
    """Feeds frames to a landmarker and a recogniser and keeps what a page shows.

    One thread calls `feed`; any thread may call the rest. All memory is bounded.
    """

    def __init__(
        self,
        bundle: Bundle,
        landmarker: Landmarker,
        clock: Callable[[], float] = time.monotonic,
        *,
        threshold: float = THRESHOLD,
        neutral: FloatArray | None = None,
    ) -> None:
        self.bundle = bundle
        self._landmarker = landmarker
        self._clock = clock
        self._lock = threading.Lock()  # guards everything that `feed` and a page's thread share
        self._threshold = threshold
        self._state = LiveState()
        self._history: deque[tuple[float, dict[str, float] | None]] = deque(
            maxlen=round(HISTORY_SECONDS / HISTORY_STEP)
        )
        self._window = Window(WINDOW)
        self._calibration: Calibration | None = None
        self._neutral = neutral
        self._smoothed: FloatArray | None = None
        self._last_face = float("-inf")
        self._latencies: deque[float] = deque(maxlen=LATENCIES)
        self._stamps: deque[float] = deque(maxlen=30)

    # --- what a page asks for ---------------------------------------------------------------------

    @property
    def threshold(self) -> float:
        """Probability below which the strongest emotion is called unsure."""
        return self._threshold

    @threshold.setter
    def threshold(self, value: float) -> None:
        if not 0 <= value <= 1:
            raise SettingError(f"a threshold of {value:g} is out of range", fix="use 0 to 1")
        with self._lock:
            self._threshold = value

    @property
    def neutral(self) -> FloatArray | None:
        """The calibrated resting face (468, 2), to hand on to another recogniser's stream."""
        return self._neutral

    def calibrate(self) -> None:
        """Take the face seen during the next three seconds as the neutral one."""
        with self._lock:
            self._calibration, self._neutral = Calibration(CALIBRATION), None

    def forget_neutral(self) -> None:
        """Go back to a guessed neutral face."""
        with self._lock:
            self._calibration, self._neutral = None, None

    def snapshot(self) -> LiveState:
        """The state after the last frame."""
        with self._lock:
            return self._state

    def history(self) -> list[tuple[float, dict[str, float] | None]]:
        """Time stamps and probabilities (None without a face) of the last 30 seconds."""
        with self._lock:
            return list(self._history)

    # --- what the camera's thread calls -----------------------------------------------------------

    def feed(self, rgb: RgbImage, time_s: float, *, skipped: int = 0) -> LiveState:
        """Read one frame.

        Parameters
        ----------
        rgb : uint8 (H, W, 3)
        time_s : float
            The frame's time stamp in seconds. One that goes backwards begins a new stream; one
            that stands still replaces nothing and is counted as dropped.
        skipped : int
            Frames the camera sent before this one that were passed over.
        """
        begun = self._clock()
        with self._lock:
            if self._repeats(time_s):
                self._state = replace(self._state, dropped=self._state.dropped + skipped + 1)
                return self._state
        faces = self._landmarker.detect(rgb)  # the slow part: outside the lock
        with self._lock:
            if faces:
                self._see(faces[0], time_s, rgb.shape[1] / rgb.shape[0])
            self._state = self._told(faces, time_s, begun, skipped)
            self._remember(time_s)
            return self._state

    def _repeats(self, time_s: float) -> bool:
        """Whether the time stamp stands still; one that went back makes the stream begin anew."""
        if self._state.kind == "waiting" or time_s > self._state.time_s:
            return False
        if time_s == self._state.time_s:
            return True
        self._begin_anew()
        self._history.clear()
        self._stamps.clear()
        return False

    def _begin_anew(self) -> None:
        self._window.clear()
        self._smoothed, self._last_face = None, float("-inf")
        self._landmarker.reset()

    def _see(self, points: FloatArray, time_s: float, aspect: float) -> None:
        """Take a face into the window, the calibration and the smoothed probabilities."""
        if time_s - self._last_face > FORGET:
            self._window.clear()
            self._smoothed = None
        self._window.add(time_s, points)
        if self._calibration is not None:
            self._calibration.add(time_s, points)
            if (neutral := self._calibration.neutral) is not None:
                self._neutral, self._calibration, self._smoothed = neutral, None, None
        clip = as_clip(self._window.sampled(self.bundle.frames), aspect, self._neutral)
        new = self.bundle.recogniser.probabilities(clip)[0]
        if self._smoothed is None:
            self._smoothed = new
        else:
            share = 1.0 - np.exp(-(time_s - self._last_face) / TIME_CONSTANT)
            self._smoothed = self._smoothed + share * (new - self._smoothed)
        self._last_face = time_s

    def _told(self, faces: list[FloatArray], time_s: float, begun: float, skipped: int) -> LiveState:
        latency = 1000 * (self._clock() - begun)
        self._latencies.append(latency)
        self._stamps.append(time_s)
        p50, p95 = np.percentile(self._latencies, [50, 95])
        span = self._stamps[-1] - self._stamps[0]
        points = faces[0] if faces else None
        state = replace(
            self._decided(points),
            points=points,
            faces=len(faces),
            time_s=time_s,
            latency_ms=latency,
            latency_p50=float(p50),
            latency_p95=float(p95),
            fps=(len(self._stamps) - 1) / span if span > 0 else 0.0,
            frames=self._state.frames + 1,
            dropped=self._state.dropped + skipped,
            calibrated=self._neutral is not None,
            calibration=self._calibration.progress if self._calibration is not None else 0.0,
        )
        return state

    def _decided(self, points: FloatArray | None) -> LiveState:
        """Kind, emotion, probabilities, motion and words."""
        if points is None or self._smoothed is None:
            return LiveState("no face", text="no face")
        values = {e: float(p) for e, p in zip(self.bundle.emotions, self._smoothed, strict=True)}
        moved = None if self._neutral is None else motion(points, self._neutral)
        if self._calibration is not None:
            words = f"calibrating: keep a resting face, {self._calibration.progress:.0%}"
            return LiveState("calibrating", None, values, text=words)
        strongest = max(values, key=lambda e: values[e])
        height = values[strongest]
        if strongest == "neutral" or height < REST_PROBABILITY or (moved is not None and moved < REST_MOTION):
            return LiveState("rest", None, values, text="rest", motion=moved)
        if height < self._threshold:
            words = f"unsure: {strongest} comes first with {height:.2f}"
            return LiveState("unsure", None, values, text=words, motion=moved)
        return LiveState("emotion", strongest, values, text=f"{strongest} {height:.2f}", motion=moved)

    def _remember(self, time_s: float) -> None:
        if not self._history or time_s - self._history[-1][0] >= HISTORY_STEP:
            self._history.append((time_s, self._state.probabilities))
