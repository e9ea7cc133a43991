"""Camera frames in and out: any size, pixel format and clock, as `av` brings them."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import av

    from fer_core.landmarks.landmarker import RgbImage

LONGEST = 1280
"""Pixels of the longer side of what is read, drawn and sent back; larger frames are made smaller."""

_SMALLEST = 16
"""Pixels of a side below which a frame cannot be sent back: it is made larger."""


def picture_of(frame: av.VideoFrame) -> RgbImage:
    """uint8 RGB (H, W, 3) of a frame in any pixel format.

    Grey becomes three equal channels, alpha is left out. The
    longer side has at most `LONGEST` pixels, both are even, as video encoders want them.
    """
    width, height = shown_size(frame.width, frame.height)
    return frame.reformat(width=width, height=height, format="rgb24").to_ndarray()


def shown_size(width: int, height: int) -> tuple[int, int]:
    """Width and height of a frame as it is read: the same shape to a pixel."""
    scale = min(1.0, LONGEST / max(width, height))
    scale = max(scale, _SMALLEST / min(width, height)) if min(width, height) < _SMALLEST else scale
    wide, high = (max(2, 2 * round(side * scale / 2)) for side in (width, height))
    return min(wide, LONGEST), min(high, LONGEST)


def stamp_of(frame: av.VideoFrame) -> float:
    """The frame's time stamp in seconds; this machine's clock where the camera gave none."""
    stamp: Any = frame.time
    return float(stamp) if stamp is not None and math.isfinite(stamp) else time.monotonic()


def frame_of(picture: RgbImage) -> av.VideoFrame:
    """A picture, uint8 RGB (H, W, 3), as a frame."""
    import av

    return av.VideoFrame.from_ndarray(picture, format="rgb24")
