"""What a user may set of a running stream."""

from __future__ import annotations

from dataclasses import dataclass

from fer_core.base.limits import FACES, THRESHOLD, Range

MOST_FACES = int(FACES.high)


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
        for limits, value in (
            (Range("window", 0.2, 10, whole=False, unit="s"), self.window),
            (Range("time constant", 0, 5, whole=False, unit="s"), self.time_constant),
            (THRESHOLD, self.threshold),
            (Range("hysteresis", 0, 1, whole=False), self.hysteresis),
            (Range("calibration", 0.2, 30, whole=False, unit="s"), self.calibration),
            (FACES, self.max_faces),
        ):
            limits.check(value)
