"""From smoothed probabilities to a word: an emotion, rest, or unsure; and not back at every flicker."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fer_core.landmarks.track import FloatArray
from fer_core.live.settings import LiveSettings
from fer_core.live.state import Kind
from fer_core.models.distribution import REST

REST_MOTION = 0.012
"""RMS distance from a calibrated resting face, in eye distances, up to which it is at rest."""


@dataclass
class Smoothing:
    """Exponential smoothing by time stamps: what is a quarter of a second is one at any frame rate."""

    value: FloatArray | None = None
    _time_s: float = 0.0

    def see(self, new: FloatArray, time_s: float, time_constant: float) -> FloatArray:
        """Take in a value of this moment; returns the smoothed one. Time stamps must rise."""
        if self.value is None or time_constant <= 0:
            self.value = new
        else:
            share = 1.0 - np.exp(-(time_s - self._time_s) / time_constant)
            self.value = (self.value + share * (new - self.value)).astype(np.float32)
        self._time_s = time_s
        return self.value

    def clear(self) -> None:
        """Forget the past."""
        self.value = None


@dataclass
class Decision:
    """Says one thing at a time, with hysteresis."""

    said: str | None = None

    def decide(self, probabilities: dict[str, float], settings: LiveSettings, still: bool) -> tuple[Kind, str | None]:
        """What is said now: ("emotion", which), ("rest", None) or ("unsure", None).

        An emotion is said where it is the most probable outcome and reaches the threshold. It is
        kept until it falls below threshold - hysteresis, or another outcome reaches the threshold.
        ``still``: the face lies so close to its calibrated rest that nothing else can be said.
        """
        if still:
            self.said = None
            return "rest", None
        top = max(probabilities, key=probabilities.__getitem__)
        if self.said in probabilities and self.said != top:
            kept = probabilities[self.said] >= settings.threshold - settings.hysteresis
            if kept and probabilities[top] < settings.threshold:
                return "emotion", self.said
        if top == REST:
            self.said = None
            return "rest", None
        needed = settings.threshold - (settings.hysteresis if top == self.said else 0.0)
        self.said = top if probabilities[top] >= needed else None
        return ("emotion", top) if self.said else ("unsure", None)

    def clear(self) -> None:
        """Say nothing."""
        self.said = None
