"""Landmarks of every frame of one clip, before any sampling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

N_LANDMARKS = 468
"""Points of the MediaPipe face mesh without the irises."""

FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


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
