"""Giving the detector an image it can work with, and mapping its answer back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fer_core.landmarks.landmarker import RgbImage
from fer_core.landmarks.track import FloatArray

SMALL = 128
"""Below this shorter side (pixels) an image is padded and enlarged before detection."""

ENLARGED = 288
"""Shorter side (pixels) that small images are enlarged to at least."""

PADDING = 0.25
"""Margin added on each side, as a share of the shorter side."""


@dataclass(frozen=True)
class Framed:
    """A padded, enlarged image, and what leads back from it to the original."""

    image: RgbImage
    pad: int
    scale: float
    height: int

    def to_original(self, normalised: FloatArray) -> FloatArray:
        """Detector output (468, 2) in 0..1 of the framed image -> image heights of the original."""
        size = np.array([self.image.shape[1], self.image.shape[0]], dtype=np.float64)
        pixels = np.asarray(normalised, dtype=np.float64) * size / self.scale - self.pad
        return (pixels / self.height).astype(np.float32)


def frame_for_detection(image: RgbImage, padded: bool = False) -> Framed:
    """Pad and enlarge small images (48-pixel corpora); others pass unless ``padded`` is asked for.

    Tight crops cut the head off, which the face detector was not trained on; a margin brings
    the face back to the size it expects.
    """
    import cv2

    height, width = image.shape[:2]
    short = min(height, width)
    if short >= SMALL and not padded:
        return Framed(image, 0, 1.0, height)
    pad = max(1, round(short * PADDING))
    scale = max(1.0, np.ceil(ENLARGED / (short + 2 * pad)))
    bordered = cv2.copyMakeBorder(image, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
    if scale > 1:
        bordered = cv2.resize(bordered, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    return Framed(bordered, pad, float(scale), height)
