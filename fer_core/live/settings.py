"""What a user may set of a running stream."""

from __future__ import annotations

from dataclasses import dataclass

from fer_core.errors import SettingError

MOST_FACES = 4


@dataclass(frozen=True)
class LiveSettings:
    """How a stream is read.

    Attributes
    ----------
    window : float
        Seconds of the past that a reading rests on: about as long as an onset takes.
    time_constant : float
        Seconds after which a changed probability has come 63% of its way (exponential smoothing).
    threshold : float
        Probability from which an emotion is said; below it the reading is unsure.
    hysteresis : float
        An emotion that was said is kept until its probability falls below threshold - hysteresis.
    calibration : float
        Seconds during which a resting face is gathered.
    max_faces : int
        1 reads the largest face; up to 4 keep their identities from frame to frame.
    """

    window: float = 1.5
    time_constant: float = 0.25
    threshold: float = 0.5
    hysteresis: float = 0.1
    calibration: float = 3.0
    max_faces: int = 1

    def __post_init__(self) -> None:
        ranges = {
            "window": (self.window, 0.2, 10, "s"),
            "time constant": (self.time_constant, 0, 5, "s"),
            "threshold": (self.threshold, 0, 1, ""),
            "hysteresis": (self.hysteresis, 0, 1, ""),
            "calibration": (self.calibration, 0.2, 30, "s"),
            "number of faces": (self.max_faces, 1, MOST_FACES, ""),
        }
        for name, (value, low, high, unit) in ranges.items():
            if not low <= value <= high:
                raise SettingError(
                    f"a {name} of {value:g} is out of range", fix=f"use {low:g} to {high:g} {unit}".rstrip()
                )
