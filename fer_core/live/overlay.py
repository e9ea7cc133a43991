"""Drawing a reading on a picture: the mesh, and what was said of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from fer_core.figures.theme import EMOTION_COLOURS, GREY
from fer_core.landmarks import mesh
from fer_core.landmarks.landmarker import RgbImage
from fer_core.landmarks.track import FloatArray

_FINE = 4
"""Bits below the pixel that positions keep, so that lines do not tremble by whole pixels."""


def draw(
    rgb: RgbImage,
    points: FloatArray | None,
    text: str = "",
    emotion: str | None = None,
    *,
    with_mesh: bool = True,
    mirrored: bool = False,
) -> RgbImage:
    """A copy of the picture with the mesh and a label, in the emotion's colour.

    Parameters
    ----------
    rgb : uint8 (H, W, 3)
        Left as it is.
    points : float32 (468, 2) in image heights, or None
    text : str
        The label; ASCII letters only are drawn. None is drawn where it is empty.
    mirrored : bool
        Show the picture as a mirror does. The label stays readable.
    """
    height, width = rgb.shape[:2]
    drawn = np.ascontiguousarray(rgb[:, ::-1] if mirrored else rgb).copy()
    colour = colour_of(emotion)
    if points is not None and with_mesh:
        at = np.asarray(points, dtype=np.float32) * height
        if mirrored:
            at = at * np.array([-1, 1], dtype=np.float32) + np.array([width, 0], dtype=np.float32)
        _lines(drawn, at, mesh.tessellation(), (200, 205, 210), 1, 0.35)
        thick = max(1, round(height / 360))
        for edges in mesh.contours().values():
            _lines(drawn, at, edges, colour, thick, 1.0)
    if text:
        _label(drawn, text, colour)
    return drawn


def colour_of(emotion: str | None) -> tuple[int, int, int]:
    """RGB of an emotion, 0 to 255; grey for none."""
    text = EMOTION_COLOURS.get(emotion or "", GREY).lstrip("#")
    red, green, blue = (int(text[i : i + 2], 16) for i in (0, 2, 4))
    return red, green, blue


def _lines(image: RgbImage, at: FloatArray, edges: Any, colour: Any, thick: int, share: float) -> None:
    import cv2

    ends = np.round(at[edges] * 2**_FINE).astype(np.int32)
    target = image if share >= 1 else image.copy()
    cv2.polylines(target, list(ends), False, colour, thick, cv2.LINE_AA, _FINE)
    if share < 1:
        cv2.addWeighted(target, share, image, 1 - share, 0, dst=image)


def _label(image: RgbImage, text: str, colour: tuple[int, int, int]) -> None:
    """Text in the upper left corner on a dark ground, with a stripe in the emotion's colour."""
    import cv2

    font, scale = cv2.FONT_HERSHEY_SIMPLEX, max(0.5, image.shape[0] / 700)
    thick, pad = max(1, round(scale * 2)), round(12 * scale)
    text = text.encode("ascii", "replace").decode()
    (wide, high), below = cv2.getTextSize(text, font, scale, thick)
    box = (wide + 3 * pad, high + below + 2 * pad)
    cv2.rectangle(image, (0, 0), box, (31, 37, 44), cv2.FILLED)
    cv2.rectangle(image, (0, 0), (pad // 2, box[1]), colour, cv2.FILLED)
    cv2.putText(image, text, (round(1.5 * pad), pad + high), font, scale, (245, 246, 247), thick, cv2.LINE_AA)
