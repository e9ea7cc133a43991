"""Arrays with meaning: the sampled landmarks of a corpus, which everything downstream takes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from fer_core.base.emotions import in_order
from fer_core.base.errors import LandmarkError
from fer_core.landmarks.track import N_LANDMARKS, FloatArray

PER_CLIP = ("points", "neutral", "has_neutral", "emotion", "subject", "clip", "frame_numbers", "status", "aspect")
"""Fields of a `LandmarkSet` with one entry per clip."""


class FrameStatus(IntEnum):
    """Where a sampled frame's landmarks come from."""

    OBSERVED = 0
    INTERPOLATED = 1
    MISSED = 2


@dataclass(frozen=True)
class Rejection:
    """A clip that gave no usable landmarks, and why."""

    clip: str
    emotion: str
    why: str


@dataclass(frozen=True)
class LandmarkSet:
    """Sampled landmarks of n clips, P frames each.

    Attributes
    ----------
    points : float32 (n, P, 468, 2)
        Image heights, aspect restored (see `Track.points`). No NaN.
    neutral : float32 (n, 468, 2)
        The neutral reference of each clip: its first observed frame.
    has_neutral : bool (n,)
        Whether `neutral` truly shows a neutral face; where False (CK+48 triplets, single
        photos), displacement features need an estimated neutral face.
    emotion, subject, clip : str arrays (n,)
        Emotion is ``""`` where unlabelled. Rows of one subject stand on one side of a split and are drawn
        together; where people are unknown (`subjects_known`) it is the clip's own id, or the first one's
        among clips that show nearly the same (`fer_core.training.leaks.together`).
    frame_numbers : float32 (n, P)
        Time of each sample in original frame numbers; fractional where interpolated.
    status : uint8 (n, P)
        `FrameStatus` of each sample: observed, interpolated between observed frames,
        or missed (no face; filled from its neighbours).
    aspect : float32 (n,)
        Width / height of the clip's images.
    subjects_known : bool
        Whether every row's subject is a person's name.
    """

    points: FloatArray
    neutral: FloatArray
    has_neutral: npt.NDArray[np.bool_]
    emotion: npt.NDArray[np.str_]
    subject: npt.NDArray[np.str_]
    clip: npt.NDArray[np.str_]
    frame_numbers: FloatArray
    status: npt.NDArray[np.uint8]
    aspect: FloatArray
    corpus: str = ""
    synthetic: bool = False
    rejected: tuple[Rejection, ...] = field(default=())
    subjects_known: bool = True

    def __post_init__(self) -> None:
        n = len(self.clip)
        if self.points.ndim != 4 or self.points.shape[2:] != (N_LANDMARKS, 2) or len(self.points) != n:
            raise LandmarkError(
                f"points have shape {self.points.shape}, not ({n}, P, {N_LANDMARKS}, 2)",
                where=self.corpus,
                fix="extract the landmarks again",
            )

    def __len__(self) -> int:
        return len(self.clip)

    @property
    def emotions(self) -> tuple[str, ...]:
        """Emotions that occur, canonical order."""
        return in_order(set(self.emotion.tolist()))

    def take(self, index: npt.ArrayLike) -> LandmarkSet:
        """The clips at the given positions (integer or boolean index), in that order."""
        i = np.asarray(index)
        return replace(self, **{k: getattr(self, k)[i] for k in PER_CLIP})

    def labelled(self, emotions: tuple[str, ...]) -> LandmarkSet:
        """The clips whose label is among the given emotions."""
        return self.take(np.isin(self.emotion, emotions))
