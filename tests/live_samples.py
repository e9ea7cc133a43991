"""What stands in for a camera and a face finder where a test is about neither."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from fer_core.landmarks import mesh

FACE = (mesh.template() * 0.2 + [0.6, 0.5]).astype(np.float32)
"""A face in the middle of a 4:3 picture."""


class StillFace:
    """A landmarker that always finds the same faces."""

    name = "still face"

    def __init__(self, faces: int = 1) -> None:
        self.closed = self.asked = 0
        self.faces = [FACE + np.float32(0.3 * k) for k in range(faces)]
        self.sizes: list[tuple[int, ...]] = []

    def detect(self, image: np.ndarray) -> list[np.ndarray]:
        assert not self.closed, "a closed face finder was asked"
        assert image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3
        self.asked += 1
        self.sizes.append(image.shape[:2])
        return list(self.faces)

    def reset(self) -> None: ...

    def close(self) -> None:
        self.closed += 1


def film_frame(
    seconds: float | None, size: tuple[int, int] = (120, 160), format: str = "rgb24", level: int = 90
) -> Any:
    """A plain frame of a camera, with a time stamp or without."""
    av = pytest.importorskip("av")
    frame = av.VideoFrame.from_ndarray(np.full((*size, 3), level, dtype=np.uint8), format="rgb24")
    if format != "rgb24":
        frame = frame.reformat(format=format)
    if seconds is not None:
        frame.pts, frame.time_base = round(seconds * 90_000), Fraction(1, 90_000)
    return frame
