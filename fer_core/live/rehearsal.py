"""A clip played to a live stream as a camera would show it, to see what the stream says and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import LandmarkError
from fer_core.base.limits import FPS, SECONDS, SEED, TURN, Range
from fer_core.landmarks import mesh
from fer_core.landmarks.landmarker import RgbImage
from fer_core.landmarks.pose import field, terms
from fer_core.landmarks.sampling import interpolate
from fer_core.landmarks.track import FloatArray, Track
from fer_core.live.settings import LiveSettings
from fer_core.live.state import LiveState
from fer_core.live.stream import LiveStream
from fer_core.models.bundle import Bundle

SWAYS = (0.31, 0.23)
"""Times a second that a swaying head goes to and fro: sideways, up and down."""


class Phase(IntEnum):
    """Where in the performance a frame lies."""

    CALIBRATION = 0
    REST_BEFORE = 1
    ONSET = 2
    HOLD = 3
    OFFSET = 4
    REST_AFTER = 5


@dataclass(frozen=True)
class Script:
    """How a clip that begins at rest and ends at its apex becomes a stream.

    Attributes
    ----------
    fps : float
        Frames a second; the clip's own frames follow one another at this rate.
    calibrated : bool
        Whether the first frame is held for the settings' calibration before anything else.
    rest, hold, after : float
        Seconds for which the first frame, the last one, and after the way back the first one again
        are held. The way back plays the clip's frames from its end to its beginning.
    noise : float
        Landmark noise added to every frame (SD per coordinate, in eye distances): a held picture
        would otherwise be stiller than any camera's.
    seed : int
        Of the noise.
    turn : float
        Degrees (RMS) by which the head sways to the side and up and down after the calibration,
        slowly, with the geometry of `fer_core.landmarks.pose`.
    """

    fps: float = 25.0
    calibrated: bool = True
    rest: float = 1.0
    hold: float = 1.0
    after: float = 1.0
    noise: float = 0.002
    seed: int = 0
    turn: float = 0.0

    def __post_init__(self) -> None:
        FPS.check(self.fps)
        for seconds in (self.rest, self.hold, self.after):
            SECONDS.check(seconds)
        Range("noise", 0, 0.1, whole=False, unit="eye distances").check(self.noise)
        SEED.check(self.seed)
        TURN.check(self.turn)


@dataclass(frozen=True)
class Performance:
    """What a stream said: one `LiveState` per frame, and each frame's `Phase`."""

    states: tuple[LiveState, ...]
    phase: npt.NDArray[np.int64]

    def in_phase(self, *phases: Phase) -> list[LiveState]:
        """The states of these phases, in order."""
        return [s for s, p in zip(self.states, self.phase, strict=True) if p in phases]


class _Blind:
    """The landmarker of a stream whose faces are known."""

    name = "known faces"

    def detect(self, image: RgbImage) -> list[FloatArray]:
        return []

    def reset(self) -> None: ...

    def close(self) -> None: ...


def rehearse(bundle: Bundle, track: Track, script: Script, settings: LiveSettings) -> Performance:
    """Play a clip to a fresh stream of this bundle.

    Frames the clip leaves out (two-frame clips) are interpolated by frame number, as are frames
    without a face between frames with one.

    Raises
    ------
    LandmarkError
        If no frame shows a face.
    """
    stream = LiveStream(bundle, _Blind(), settings=settings)
    if script.calibrated:
        stream.calibrate()
    states, phases = [], []
    for k, (phase, points) in enumerate(_frames(track, script, settings)):
        states.append(stream.feed_faces([points], k / script.fps, track.aspect))
        phases.append(int(phase))
    return Performance(tuple(states), np.array(phases, dtype=np.int64))


def _frames(track: Track, script: Script, settings: LiveSettings) -> Iterator[tuple[Phase, FloatArray]]:
    if not track.found.any():
        raise LandmarkError("no face was found in any frame", fix="use a clip with a face")
    numbers = track.frame_numbers[track.found]
    moments = np.arange(numbers[0], numbers[-1] + 1).astype(np.float64)
    clip = interpolate(track.points[track.found], numbers, moments)
    generator = np.random.default_rng(script.seed)
    right, left = clip[0, mesh.EYE_CORNERS]
    size = script.noise * float(np.hypot(*(left - right)))

    def held(seconds: float) -> int:
        return round(seconds * script.fps)

    # One frame more than the calibration lasts: it ends with the first frame that is not part of it.
    calibration = held(settings.calibration) + 1 if script.calibrated else 0
    course = [
        *[(Phase.CALIBRATION, 0)] * calibration,
        *[(Phase.REST_BEFORE, 0)] * held(script.rest),
        *[(Phase.ONSET, k) for k in range(len(clip))],
        *[(Phase.HOLD, len(clip) - 1)] * held(script.hold),
        *[(Phase.OFFSET, k) for k in range(len(clip) - 2, -1, -1)],
        *[(Phase.REST_AFTER, 0)] * held(script.after),
    ]
    for number, (phase, k) in enumerate(course):
        trembling = generator.standard_normal(clip[k].shape, dtype=np.float32) * size
        swaying = _swayed(clip[k], script.turn, max(0, number - calibration) / script.fps)
        yield phase, (clip[k] + trembling + swaying).astype(np.float32)


def _swayed(points: FloatArray, turn: float, seconds: float) -> FloatArray:
    """What a swaying head adds to a face (468, 2) after so many seconds, in the face's own frame."""
    if not turn:
        return np.zeros_like(points)
    most = np.sqrt(2) * np.radians(turn)  # of a sine with this RMS
    yaw, pitch = (most * np.sin(2 * np.pi * rate * np.array([seconds])) for rate in SWAYS)
    moved = np.tensordot(terms(yaw, pitch), field("stable"), 1)[0] @ np.array([1, 1j])
    right, left = points[mesh.EYE_CORNERS] @ np.array([1, 1j])
    placed = moved * (left - right)  # the template's eye distance is one, along x
    return np.stack([placed.real, placed.imag], axis=-1).astype(np.float32)
