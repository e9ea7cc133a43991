"""One person in a stream: the window, the resting face, the smoothing and what is said."""

from __future__ import annotations

import numpy as np

from fer_core.landmarks.track import FloatArray
from fer_core.live.decision import REST_MOTION, Decision, Smoothing
from fer_core.live.neutral_estimate import Calibration, RunningRest
from fer_core.live.settings import LiveSettings
from fer_core.live.state import FaceReading, Kind, Reference, in_words
from fer_core.live.window import Seen, Window
from fer_core.live.window_classifier import LandmarkReader, motion_of

FORGET = 0.5
"""Seconds without a face after which its course begins anew; its resting face is kept."""


class Person:
    """Follows one face. ``neutral`` is its calibrated resting face (468, 2) in image heights, or None."""

    def __init__(self, face: int, reader: LandmarkReader, settings: LiveSettings) -> None:
        self.face = face
        self.settings = settings
        self._reader = reader
        self._window = Window(settings.window)
        self._running = RunningRest(reader)
        self._smoothing, self._decision = Smoothing(), Decision()
        self._calibration: Calibration | None = None
        self._last = float("-inf")
        self._rest: FloatArray | None = None  # the one the window's features were made with
        self._measured_from: FloatArray | None = None
        self._motion = 0.0
        self.neutral: FloatArray | None = None

    def calibrate(self) -> None:
        """Take the face seen during the next seconds as the resting one."""
        self._calibration, self.neutral = Calibration(self.settings.calibration), None

    def use_neutral(self, neutral: FloatArray | None) -> None:
        """Measure from this resting face (468, 2), or from the running estimate again."""
        self._calibration, self.neutral = None, neutral

    @property
    def progress(self) -> float:
        """How far the calibration has come, 0 to 1; 0 where none is going on."""
        return 0.0 if self._calibration is None else self._calibration.progress

    def begin_anew(self) -> None:
        """Forget the course of the face, not its resting face."""
        self._window.clear()
        self._smoothing.clear()
        self._decision.clear()
        self._last = float("-inf")

    def see(self, points: FloatArray, time_s: float, aspect: float) -> FaceReading:
        """Take in this moment's face (468, 2) and say what is known now."""
        if time_s - self._last > FORGET:
            self.begin_anew()
        self._last = time_s
        self._window.seconds = self.settings.window
        upright = self._upright(points)
        self._find_rest(points, upright[0], time_s)
        assert self._rest is not None
        moved = self._reader.moved(points[None], self._rest)
        self._motion = motion_of(moved[0])
        features = self._reader.frame_features(points[None], moved, upright, aspect)[0]
        self._window.add(Seen(time_s, points, aspect, features))
        log_odds = self._reader.log_odds(self._window.sampled(self._reader.frames)[None])
        new = self._reader.probabilities(log_odds)[0]
        return self._said(self._smoothing.see(new, time_s, self.settings.time_constant), points)

    def _upright(self, points: FloatArray) -> FloatArray:
        """The face on the template (1, 468, 2); where nobody asks for it, the face as it is."""
        needed = self.neutral is None or self._reader.kind == "aligned"
        return self._reader.upright(points[None]) if needed else points[None]

    def _find_rest(self, points: FloatArray, upright: FloatArray, time_s: float) -> None:
        """Have a resting face; if it changed, see the window's faces anew from there."""
        if self._calibration is not None:
            self._calibration.add(time_s, points)
            if (neutral := self._calibration.neutral) is not None:
                self.neutral, self._calibration = neutral, None
                self._smoothing.clear()
        if self.neutral is not None:
            changed = self._measured_from is not self.neutral
            rest = self._reader.upright(self.neutral) if changed else self._rest
        else:
            changed = self._running.add(time_s, upright) or self._measured_from is not None
            rest = self._running.rest
        if not changed and self._rest is not None:
            return
        self._rest = rest
        self._measured_from = self.neutral
        if len(self._window):
            self._see_again()

    def _see_again(self) -> None:
        faces = self._window.faces
        points = np.stack([f.points for f in faces])
        assert self._rest is not None
        upright = self._reader.upright(points) if self._reader.kind == "aligned" else points
        moved = self._reader.moved(points, self._rest)
        made = self._reader.frame_features(points, moved, upright, faces[-1].aspect)
        self._window.replace_features(made)

    @property
    def reference(self) -> Reference:
        """Where the resting face comes from."""
        if self.neutral is not None:
            return "calibrated"
        return "running" if self._running.seen else "guessed"

    def _said(self, values: FloatArray, points: FloatArray) -> FaceReading:
        probabilities = {n: float(v) for n, v in zip(self._reader.names, values, strict=True)}
        kind: Kind
        if self._calibration is not None:
            kind, emotion = "calibrating", None
        else:
            still = self.neutral is not None and self._motion < REST_MOTION
            kind, emotion = self._decision.decide(probabilities, self.settings, still)
        text = self._words(kind, emotion, probabilities)
        return FaceReading(self.face, kind, emotion, probabilities, points, self._motion, self.reference, text)

    def _words(self, kind: Kind, emotion: str | None, probabilities: dict[str, float]) -> str:
        if kind == "calibrating":
            return f"calibrating: keep a resting face, {self.progress:.0%}"
        return in_words(kind, emotion, probabilities)

    # --- why ---------------------------------------------------------------------------------------

    def window(self) -> tuple[tuple[Seen, ...], FloatArray | None]:
        """The faces read and the resting face they are measured from, for `fer_core.live.region_attribution`."""
        return self._window.faces, self._rest
