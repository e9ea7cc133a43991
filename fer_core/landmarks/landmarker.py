"""What every landmark detector offers."""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from fer_core.landmarks.track import FloatArray

Mode = Literal["clip", "still"]
RgbImage = npt.NDArray[np.uint8]


class Landmarker(Protocol):
    """Finds faces and their 468 landmarks in one image after another.

    ``clip`` mode follows a face from frame to frame and needs `reset` between clips;
    ``still`` mode searches every image afresh.
    """

    name: str

    def detect(self, image: RgbImage) -> list[FloatArray]:
        """Landmarks of each face, largest face first: float32 (468, 2) in image heights.

        ``image`` is uint8 RGB (H, W, 3). No face gives an empty list.
        """
        ...

    def reset(self) -> None:
        """Forget the previous frame, before another clip begins."""
        ...

    def close(self) -> None:
        """Free the native graph."""
        ...


def largest_first(faces: list[FloatArray]) -> list[FloatArray]:
    """Faces by the area of their bounding box, largest first."""

    def area(points: FloatArray) -> float:
        return float(np.prod(points.max(axis=0) - points.min(axis=0)))

    return sorted(faces, key=area, reverse=True)
