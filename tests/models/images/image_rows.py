"""Real FER2013 rows for the tests of image models."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

FER2013 = Path(__file__).resolve().parents[4] / "shared" / "data" / "fer2013_train_public.npz"


def fer2013_rows(count: int, size: int, channels: int) -> tuple[np.ndarray, np.ndarray]:
    """The first training rows: images (count, size, size, channels) in [0, 1] and their classes, one-hot."""
    if not FER2013.is_file():
        pytest.skip("FER2013 (../shared/data/fer2013_train_public.npz) is not on this machine")
    import cv2

    pixels, label = _first(count)
    resized = np.stack([cv2.resize(image, (size, size)) for image in pixels]).astype(np.float32) / 255.0
    return np.repeat(resized[..., None], channels, axis=-1), np.eye(7, dtype=np.float32)[label]


@cache
def _first(count: int) -> tuple[np.ndarray, np.ndarray]:
    """The archive is read whole, which takes most of a second."""
    with np.load(FER2013, allow_pickle=False) as archive:
        return archive["images"][:count], archive["label"][:count]
