"""Left-right mirroring, done right and as published, and changes of timing.

Everything here is for the training side of a split only.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from fer_core.landmarks.landmark_set import PER_CLIP, LandmarkSet
from fer_core.landmarks.mesh import mirror_permutation
from fer_core.landmarks.track import FloatArray


def mirror(points: FloatArray, aspect: float | FloatArray = 1.0) -> FloatArray:
    """The face in a mirror: x becomes aspect - x, and left landmarks take right ones' places.

    ``points`` is (..., 468, 2) in image heights; ``aspect`` is width / height, a number or an
    array of the leading shape.
    """
    return paper_flip(points, aspect)[..., mirror_permutation(), :]


def paper_flip(points: FloatArray, aspect: float | FloatArray = 1.0) -> FloatArray:
    """Equation 3 of the study as printed: x becomes 1 - x, the order of the landmarks stays.

    The result is no mirrored face: the left eye's landmarks now lie where the right eye is. Kept
    to show what it costs.
    """
    width = np.asarray(aspect, dtype=np.float32)[..., None]
    flipped = np.array(points, dtype=np.float32)
    flipped[..., 0] = width - flipped[..., 0]
    return flipped


def flipped_set(landmarks: LandmarkSet, faithful: bool = False) -> LandmarkSet:
    """A copy of the set with every clip mirrored; ``faithful`` uses equation 3 as printed."""
    flip = paper_flip if faithful else mirror
    return replace(
        landmarks,
        points=flip(landmarks.points, landmarks.aspect[:, None]),
        neutral=flip(landmarks.neutral, landmarks.aspect),
    )


def joined(first: LandmarkSet, second: LandmarkSet) -> LandmarkSet:
    """Both sets' clips, one after the other."""
    return replace(first, **{k: np.concatenate([getattr(first, k), getattr(second, k)]) for k in PER_CLIP})


def held_last_frames(landmarks: LandmarkSet) -> LandmarkSet:
    """The clips as single photos of their last frame: held, without a neutral face to compare with."""
    held = np.repeat(landmarks.points[:, -1:], landmarks.points.shape[1], axis=1)
    return replace(landmarks, points=held, has_neutral=np.zeros(len(landmarks), dtype=bool))


def retimed(features: FloatArray, generator: np.random.Generator, strength: float = 1.0) -> FloatArray:
    """Clips (n, P, d) played with another timing, drawn anew for each clip.

    Where a clip starts within its course (0 to 40 %), how its speed changes (power 0.5 to 2) and
    how long the last frame is held (0 to 30 %) are drawn uniformly, scaled by ``strength``.
    """
    n, frames, _ = features.shape
    start = generator.uniform(0, 0.4 * strength, size=(n, 1))
    power = 2.0 ** generator.uniform(-strength, strength, size=(n, 1))
    hold = generator.uniform(0, 0.3 * strength, size=(n, 1))
    course = np.clip(np.linspace(0, 1, frames)[None] / (1 - hold), 0, 1)
    moments = (start + (1 - start) * course**power) * (frames - 1)
    return resampled(features, moments)


def resampled(features: FloatArray, moments: npt.NDArray[np.float64]) -> FloatArray:
    """Clips (n, P, d) at fractional frame positions (n, Q), linearly interpolated: (n, Q, d)."""
    left = np.clip(np.floor(moments).astype(int), 0, features.shape[1] - 2)
    share = (moments - left)[..., None].astype(np.float32)
    rows = np.arange(len(features))[:, None]
    return (1 - share) * features[rows, left] + share * features[rows, left + 1]
