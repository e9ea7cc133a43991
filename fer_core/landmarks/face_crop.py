"""Cutting a face out of an image by its landmarks: upright, square, always framed alike."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fer_core.errors import LandmarkError
from fer_core.landmarks import mesh
from fer_core.landmarks.landmarker import Landmarker, RgbImage
from fer_core.landmarks.track import FloatArray

MARGIN = 0.1
"""Left around the landmarks, as a share of the square's side."""


def crop_face(image: RgbImage, landmarks: FloatArray, size: int, margin: float = MARGIN) -> RgbImage:
    """The face in a square, turned so that the line through the outer eye corners is level.

    Parameters
    ----------
    image : uint8 (H, W, 3)
        RGB.
    landmarks : float (468, 2)
        In image heights, as `Landmarker.detect` gives them.
    size : int
        Side of the result in pixels.
    margin : float, default 0.1
        Left on each side of the landmarks, as a share of the result's side; below 0.5.

    Returns
    -------
    uint8 (size, size, 3). What lies outside the image repeats its edge.

    Raises
    ------
    LandmarkError
        The eye corners coincide, so that the face has no direction.
    """
    import cv2  # in the workers that need it

    matrix = crop_transform(np.asarray(landmarks, np.float64) * image.shape[0], size, margin)
    shrinks = np.hypot(*matrix[0, :2]) < 1
    # OpenCV's warp takes single pixels even where many fall into one: shrink smoothly beforehand.
    if shrinks:
        factor = float(np.hypot(*matrix[0, :2]))
        image = cv2.GaussianBlur(image, (0, 0), sigmaX=max(0.01, 0.5 * np.sqrt(1 / factor**2 - 1)))
    cut = cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, np.uint8)


def crop_transform(points: FloatArray, size: int, margin: float = MARGIN) -> npt.NDArray[np.float64]:
    """The similarity (2, 3) from an image's pixels to a crop's, for landmarks (468, 2) in pixels.

    Raises `LandmarkError` as `crop_face` does.
    """
    right, left = points[mesh.EYE_CORNERS]
    across = complex(*(left - right))
    if abs(across) < 1e-6:
        raise LandmarkError("the eye corners coincide: the face cannot be turned", fix="leave it out")
    level = abs(across) / across
    turned = (points[:, 0] + 1j * points[:, 1]) * level
    low = complex(turned.real.min(), turned.imag.min())
    high = complex(turned.real.max(), turned.imag.max())
    side = max((high - low).real, (high - low).imag) / (1 - 2 * margin)
    factor = level * size / side
    # Pixel centres lie at whole numbers, so the middle of the crop is half a pixel before size / 2.
    shift = complex((size - 1) / 2, (size - 1) / 2) - (low + high) / 2 * size / side
    return np.array([[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]])


def crop_by(landmarker: Landmarker, image: RgbImage, size: int) -> RgbImage | None:
    """The largest face of an image as `crop_face` gives it, or None where no face is found."""
    faces = landmarker.detect(image)
    return crop_face(image, faces[0], size) if faces else None
