"""What a decoded picture is, and how large one may be."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import MediaError

RGB = npt.NDArray[np.uint8]
"""uint8 (height, width, 3), red first."""

MAX_PIXELS = 100_000_000
"""Larger pictures are refused before decoding: 100 megapixels fill 300 MB."""


def check_pixels(width: int, height: int, name: str) -> None:
    """Raise `MediaError` for a picture of more than `MAX_PIXELS`; `name` is for the message."""
    if width * height > MAX_PIXELS:
        raise MediaError(
            f"the picture has {width} x {height} pixels, more than {MAX_PIXELS // 1_000_000} million",
            where=name,
            fix="make it smaller; a face needs no more than 1000 pixels",
        )
