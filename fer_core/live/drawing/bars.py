"""Bars of probability drawn on a picture, at the camera's rate."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from fer_core.landmarks.landmarker import RgbImage
from fer_core.live.drawing.ink import GROUND, LETTERS, colour_of

_ROW, _NAME, _BAR, _VALUE, _PAD = 17, 74, 78, 34, 6
"""Pixels, in a picture 480 pixels high: a row, its name, its bar, its number, the margin."""

_SHARE = 0.72
"""How much of the picture the panel's ground covers."""

SMALLEST = 120
"""Pixels of a picture's shorter side below which no bars are drawn: their letters could not be read."""

_DIM = (165, 172, 180)


def draw_bars(
    image: RgbImage, probabilities: Mapping[str, float], said: str | None = None, threshold: float | None = None
) -> None:
    """Draw a panel into the picture's lower left corner: name, bar and number of each outcome.

    Parameters
    ----------
    image : uint8 (H, W, 3), C-contiguous
        Drawn on. Pictures smaller than `SMALLEST` are left alone.
    probabilities : 0 to 1 by emotion, in the order drawn
    said : the emotion that is being said; its row is bright
    threshold : a tick on each bar where an emotion begins to be said
    """
    import cv2

    height, width = image.shape[:2]
    if min(height, width) < SMALLEST:
        return
    scale = _scale(height, width, len(probabilities))
    ground = _panel(tuple(probabilities), scale)
    high, wide = ground.shape[:2]
    corner = image[height - high :, :wide]
    cv2.addWeighted(ground, _SHARE, corner, 1 - _SHARE, 0, dst=corner)
    for row, (name, value) in enumerate(probabilities.items()):
        _bar(corner, row, scale, name, value, name == said, threshold)


def _scale(height: int, width: int, rows: int) -> float:
    """Pixels per pixel of the design; in a small or narrow picture the panel shrinks."""
    fits = min(0.5 * width / (_NAME + _BAR + _VALUE + 2 * _PAD), 0.6 * height / (_ROW * rows + 2 * _PAD))
    return min(max(1.0, height / 480), fits)


def _left(scale: float) -> int:
    return round((_PAD + _NAME) * scale)


@lru_cache(maxsize=16)
def _panel(names: tuple[str, ...], scale: float) -> RgbImage:
    """The ground with the names and empty bars: the same from frame to frame."""
    import cv2

    size = (round((_ROW * len(names) + 2 * _PAD) * scale), round((_NAME + _BAR + _VALUE + 2 * _PAD) * scale), 3)
    panel = np.empty(size, dtype=np.uint8)
    panel[:] = GROUND
    for row, name in enumerate(names):
        text = name.encode("ascii", "replace").decode()
        cv2.putText(
            panel,
            text,
            (round(_PAD * scale), _foot(row, scale)),
            cv2.FONT_HERSHEY_SIMPLEX,
            0.42 * scale,
            LETTERS,
            max(1, round(scale)),
            cv2.LINE_AA,
        )
    panel.setflags(write=False)
    return panel


def _bar(panel: RgbImage, row: int, scale: float, name: str, value: float, said: bool, threshold: float | None) -> None:
    import cv2

    share = min(max(float(value), 0.0), 1.0) if np.isfinite(value) else 0.0
    top = round((_PAD + _ROW * row + 3) * scale)
    bottom = round((_PAD + _ROW * (row + 1) - 4) * scale)
    left, long = _left(scale), round(_BAR * scale)
    cv2.rectangle(panel, (left, top), (left + long, bottom), (70, 78, 87), cv2.FILLED)
    if round(share * long):
        cv2.rectangle(panel, (left, top), (left + round(share * long), bottom), colour_of(name), cv2.FILLED)
    if threshold is not None and name != "neutral":
        tick = left + round(threshold * long)
        cv2.line(panel, (tick, top), (tick, bottom), _DIM, 1)
    cv2.putText(
        panel,
        f"{share:.2f}",
        (left + long + round(4 * scale), _foot(row, scale)),
        cv2.FONT_HERSHEY_SIMPLEX,
        0.4 * scale,
        LETTERS if said else _DIM,
        max(1, round(scale)),
        cv2.LINE_AA,
    )
    if said:
        cv2.rectangle(panel, (0, top - 1), (round(3 * scale), bottom + 1), colour_of(name), cv2.FILLED)


def _foot(row: int, scale: float) -> int:
    return round((_PAD + _ROW * (row + 1) - 4) * scale)
