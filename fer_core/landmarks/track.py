"""Landmarks of every frame of one clip, before any sampling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import LandmarkError

N_LANDMARKS = 468
"""Points of the MediaPipe face mesh without the irises."""

FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


LEAST_EXTENT = 0.001
"""Image heights between the outermost landmarks of a face, across and down, at least."""


def is_face(points: FloatArray) -> bool:
    """Whether landmarks (468, 2), in image heights, are all finite and have an extent, as a face's do.

    Raises `LandmarkError` for another number of points or coordinates.
    """
    shape = np.shape(points)
    if shape != (N_LANDMARKS, 2):
        raise LandmarkError(
            f"a face has landmarks of shape {shape}, not ({N_LANDMARKS}, 2)",
            fix="give x and y of MediaPipe's first 468 points, without the irises and without depth",
        )
    return bool(np.isfinite(points).all() and (np.ptp(points, axis=0) >= LEAST_EXTENT).all())


@dataclass(frozen=True)
class Track:
    """The landmarks of one clip, frame by frame.

    Attributes
    ----------
    points : float32 array (T, 468, 2)
        x to the right, y down, in image heights (aspect restored: x runs from 0 to
        width / height, y from 0 to 1); NaN in frames where no face was found.
    found : bool array (T,)
        Whether a face was found in the frame.
    frame_numbers : int array (T,)
        1-based numbers in the original sequence, increasing.
    aspect : float
        Width / height of the frames.
    faces : int array (T,)
        How many faces were seen in the frame.
    """

    points: FloatArray
    found: BoolArray
    frame_numbers: IntArray
    aspect: float
    faces: IntArray

    @property
    def share_found(self) -> float:
        """Share of frames with a face, 0 to 1."""
        return float(self.found.mean()) if len(self.found) else 0.0
