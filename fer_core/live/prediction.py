"""What a recogniser says of one photo or clip, whichever kind of bundle read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from fer_core.landmarks.track import N_LANDMARKS, BoolArray, FloatArray
from fer_core.live.decision import Decision
from fer_core.live.settings import LiveSettings
from fer_core.live.state import Kind, strongest
from fer_core.models.forward import sigmoid

MAX_FACES = 4
"""Faces sought in a photo or a frame: finding more costs time, and that many say that there are several."""

RestingFace = Literal["first frame", "guessed", "not needed"]


@dataclass(frozen=True)
class Prediction:
    """A reading of a photo or a clip. All that is said of it follows from these.

    Attributes
    ----------
    log_odds : dict, by emotion of the bundle
        Implied by each classifier's output; of an image model, of each class against all others.
    distribution : dict
        Calibrated probabilities of each emotion and of rest ("neutral", last); they sum to 1.
    still : bool
        Whether the last frame lies so close to a known resting face that nothing but rest can be said.
    frames : int
        How many frames there are; in ``searched`` of them faces were looked for, ``found`` of these show one.
    faces : int
        The most faces in one frame, at most `MAX_FACES`; the largest one is read. ``several`` frames show
        more than one, and in ``cut`` frames a part of the largest lies outside the picture.
    points : float32 (468, 2)
        Landmarks, in image heights, of the frame that speaks most for the leading emotion by itself, of those
        that were read; NaN where a picture was read as it is.
    frame : float
        The number of that frame, from 1; between two frames where it was interpolated.
    aspect : float
        Width / height of the picture.
    neutral : str
        Which resting face it was measured from: the first frame, a guess, or none.
    remarks : tuple of str
        What of the file was not read, a sentence each.
    """

    log_odds: dict[str, float]
    distribution: dict[str, float]
    still: bool
    frames: int
    searched: int
    found: int
    faces: int
    several: int
    cut: int
    points: FloatArray
    frame: float
    aspect: float
    neutral: RestingFace
    remarks: tuple[str, ...] = ()

    def decide(self, settings: LiveSettings) -> tuple[Kind, str | None]:
        """What is said, as at a stream's first frame; see `fer_core.live.decision.Decision.decide`."""
        return Decision().decide(self.distribution, settings, self.still)

    @property
    def leading(self) -> str:
        """The most probable emotion, rest left aside."""
        return strongest(self.distribution)

    @property
    def probabilities(self) -> dict[str, float]:
        """Each classifier's own probability, by emotion of the bundle; they need not sum to 1."""
        each = sigmoid(np.array(list(self.log_odds.values()), dtype=np.float64))
        return dict(zip(self.log_odds, each.tolist(), strict=True))

    @property
    def box(self) -> tuple[float, float, float, float] | None:
        """The landmarks' box in ``frame``: left, top, width, height, in shares of the picture's sides."""
        if not np.isfinite(self.points).all():
            return None
        shares = self.points / np.array([self.aspect, 1.0])
        left, top = (float(v) for v in shares.min(axis=0))
        width, height = (float(v) for v in np.ptp(shares, axis=0))
        return left, top, width, height

    @property
    def outside(self) -> int:
        """How many landmarks of ``points`` lie outside the picture, and are the detector's guess."""
        return int(outside(self.points, self.aspect).sum())


def outside(points: FloatArray, aspect: float) -> BoolArray:
    """Which landmarks (..., 468, 2), in image heights, lie outside a picture: bool (..., 468)."""
    return np.asarray(((points < 0) | (points > np.array([aspect, 1.0]))).any(axis=-1))


NO_FACE = np.full((N_LANDMARKS, 2), np.nan, dtype=np.float32)
"""Landmarks of a picture in which none were looked for."""
