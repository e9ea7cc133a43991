"""Frames of a face for measurements where no camera and no corpus is at hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from fer_core.base.errors import SettingError
from fer_core.datasets.base import Clip, Corpus
from fer_core.landmarks.landmarker import RgbImage

WIDTH, HEIGHT = 640, 480


def moving_face(frames: int, width: int = WIDTH, height: int = HEIGHT) -> Iterator[RgbImage]:
    """A photographed face that drifts, turns, comes nearer and changes its brightness: uint8 (H, W, 3).

    The face is that of the astronaut Eileen Collins, photographed by NASA, in the public domain; it
    comes with scikit-image, a dependency of the tests. Raises `SettingError` where that is absent.
    """
    import cv2

    photo = _photo()
    side = photo.shape[0]
    for n in range(frames):
        swing = np.sin(2 * np.pi * n / np.array([70, 90, 110, 50]))  # periods in frames
        scale = height / side * (1.0 + 0.1 * swing[0])
        matrix = cv2.getRotationMatrix2D((side / 2, side / 2), 5 * swing[1], scale)
        matrix[:, 2] += [width / 2 - side / 2 + 0.05 * width * swing[2], height / 2 - side / 2]
        moved = cv2.warpAffine(photo, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
        yield np.asarray(cv2.convertScaleAbs(moved, alpha=1.0 + 0.1 * swing[3]), dtype=np.uint8)


def write_corpus(folder: Path, clips: int = 6, frames: int = 25) -> Corpus:
    """The moving face as clips of JPEG files in a folder, each with frames of its own (she smiles)."""
    import cv2

    made, images = [], moving_face(clips * frames)
    for c in range(clips):
        place = folder / "happiness" / f"person{c:02d}"
        place.mkdir(parents=True)
        files = tuple(place / f"{n:04d}.jpg" for n in range(1, frames + 1))
        for file in files:
            bgr = cv2.cvtColor(next(images), cv2.COLOR_RGB2BGR)
            file.write_bytes(cv2.imencode(".jpg", bgr)[1].tobytes())
        numbers = tuple(range(1, frames + 1))
        made.append(Clip(place.name, place.name, "happiness", files, numbers))
    return Corpus("moving face", "folder", folder, tuple(made))


def _photo() -> RgbImage:
    try:
        from skimage.data import astronaut
    except ImportError as error:
        raise SettingError(
            "the face for this measurement comes with scikit-image, which is not installed",
            fix="pip install -r requirements-dev.txt -c constraints.txt, or name a folder of clips",
        ) from error
    return np.asarray(astronaut(), dtype=np.uint8)
