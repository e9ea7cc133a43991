"""What is known after a frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from fer_core.landmarks.track import FloatArray
from fer_core.models.distribution import REST

Kind = Literal["waiting", "no face", "calibrating", "rest", "unsure", "emotion"]
Reference = Literal["calibrated", "running", "guessed"]


def in_words(kind: Kind, emotion: str | None, probabilities: Mapping[str, float]) -> str:
    """What is said of a face that is read, in few words, ASCII."""
    if emotion is not None:
        return f"{emotion} {probabilities[emotion]:.2f}"
    if kind == "unsure":
        first = strongest(probabilities)
        return f"unsure: {first} comes first with {probabilities[first]:.2f}"
    return "rest"


def decision_words(kind: Kind, emotion: str | None, probabilities: Mapping[str, float]) -> str:
    """What a face that is read is classified as: an emotion, rest, or unsure."""
    if emotion is not None:
        return f"Classified as {emotion}, probability {probabilities[emotion]:.2f}"
    if kind == "unsure":
        first = strongest(probabilities)
        return f"Unsure: {first} comes first with {probabilities[first]:.2f}"
    return "At rest"


def strongest(probabilities: Mapping[str, float]) -> str:
    """The most probable emotion, rest left aside."""
    return max((e for e in probabilities if e != REST), key=probabilities.__getitem__)


@dataclass(frozen=True)
class FaceReading:
    """What is said of one face.

    Attributes
    ----------
    face : its identity, 1, 2, ... in the order of appearance
    kind : "calibrating", "rest", "unsure" or "emotion"
    emotion : the emotion said where ``kind`` is "emotion", else None
    probabilities : smoothed and calibrated, of each emotion and of rest ("neutral", last); sum to 1
    points : float32 (468, 2) in image heights
    motion : RMS distance from the resting face in use, in eye distances; None where pictures are read,
        which need no resting face
    reference : where that resting face comes from: calibrated on request, a running estimate, or
        a guess from what is shown; None where there is none
    text : the reading in words, ASCII
    """

    face: int
    kind: Kind
    emotion: str | None
    probabilities: dict[str, float]
    points: FloatArray
    motion: float | None
    reference: Reference | None
    text: str


@dataclass(frozen=True)
class LiveState:
    """A stream after a frame.

    Attributes
    ----------
    kind, emotion, probabilities, points, motion, reference, text : of the largest face, see
        `FaceReading`; ``kind`` is "waiting" before the first frame and "no face" without one, and
        what depends on a face is then None
    faces : faces seen in this frame
    people : every face read, largest first
    time_s : the frame's time stamp
    latency_ms : time this frame took; ``latency_p50`` and ``latency_p95`` over the last ones
    fps : frames read a second; ``frames`` read and ``dropped`` (not read) since the beginning
    calibrated : whether the largest face's rest was calibrated; ``calibration``: progress, 0 to 1
    """

    kind: Kind = "waiting"
    emotion: str | None = None
    probabilities: dict[str, float] | None = None
    points: FloatArray | None = None
    motion: float | None = None
    reference: Reference | None = None
    text: str = "waiting for the camera"
    faces: int = 0
    people: tuple[FaceReading, ...] = ()
    time_s: float = 0.0
    latency_ms: float = 0.0
    latency_p50: float = 0.0
    latency_p95: float = 0.0
    fps: float = 0.0
    frames: int = 0
    dropped: int = 0
    calibrated: bool = False
    calibration: float = 0.0
