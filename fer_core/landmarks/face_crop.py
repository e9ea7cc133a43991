"""Cutting a face out of an image by its landmarks: upright, square, always framed alike."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import LandmarkError
from fer_core.landmarks import mesh
from fer_core.landmarks.landmarker import Landmarker, RgbImage
from fer_core.landmarks.track import FloatArray

MARGIN = 0.1
"""Left around the landmarks, as a share of the square's side."""

FER2013_SIDE = 0.85
FER2013_MIDDLE = (0.5, 0.55)
"""Where faces lie in FER2013's pictures, in shares of the side: size and middle (x, y) of the landmarks' box.

Medians over the 1,437 of 1,500 pictures (drawn from Training and PublicTest) in which FaceMesh finds a face
surely (confidence 0.5): the mean of the box's width and height is 0.852 (standard deviation 0.127), its
middle lies at (0.504, 0.552), with standard deviations of 0.06. `scripts/measure_fer2013_framing.py` says so.
"""


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
    return warped(image, crop_transform(np.asarray(landmarks, np.float64) * image.shape[0], size, margin), size)


def crop_like_fer2013(image: RgbImage, landmarks: FloatArray, size: int) -> RgbImage:
    """The face in a square, level, framed as FER2013's pictures are on average; see `fer2013_transform`.

    Arguments, result and errors as `crop_face`.
    """
    return warped(image, fer2013_transform(np.asarray(landmarks, np.float64) * image.shape[0], size), size)


def warped(image: RgbImage, matrix: npt.NDArray[np.float64], size: int) -> RgbImage:
    """A square (size, size, 3) cut out of an image by a similarity (2, 3) from its pixels to the square's.

    Only the part of the image that the square shows is looked at: a camera's frame has a hundred times more.
    """
    import cv2  # in the workers that need it

    factor = float(np.hypot(*matrix[0, :2]))
    # OpenCV's warp takes single pixels even where many fall into one: shrink smoothly beforehand.
    sigma = max(0.01, 0.5 * np.sqrt(1 / factor**2 - 1)) if factor < 1 else 0.0
    part, corner = _part(image, matrix, size, reach=int(4 * sigma) + 3)
    if sigma:
        part = cv2.GaussianBlur(part, (0, 0), sigmaX=sigma)
    moved = matrix.copy()
    moved[:, 2] += matrix[:, :2] @ corner
    cut = cv2.warpAffine(part, moved, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, np.uint8)


def _part(
    image: RgbImage, matrix: npt.NDArray[np.float64], size: int, reach: int
) -> tuple[RgbImage, npt.NDArray[np.float64]]:
    """What of an image a square shows, ``reach`` pixels around included, and its upper left corner (x, y)."""
    ends = np.array([[0, 0], [size - 1, 0], [0, size - 1], [size - 1, size - 1]], np.float64)
    seen = (ends - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
    limit = np.array([image.shape[1], image.shape[0]])
    # Where the square lies wholly outside, the rows and columns at the edge.
    low = np.clip(np.floor(seen.min(axis=0)).astype(int) - reach, 0, np.maximum(limit - 1 - reach, 0))
    high = np.minimum(np.maximum(np.ceil(seen.max(axis=0)).astype(int), low) + reach + 1, limit)
    return image[low[1] : high[1], low[0] : high[0]], low.astype(np.float64)


def crop_transform(points: FloatArray, size: int, margin: float = MARGIN) -> npt.NDArray[np.float64]:
    """The similarity (2, 3) from an image's pixels to a crop's, for landmarks (468, 2) in pixels.

    Raises `LandmarkError` as `crop_face` does.
    """
    level, low, high = _levelled(points)
    side = max((high - low).real, (high - low).imag) / (1 - 2 * margin)
    return _placed(level, (low + high) / 2, side, 0.5 + 0.5j, size)


def fer2013_transform(points: FloatArray, size: int) -> npt.NDArray[np.float64]:
    """The similarity (2, 3) from an image's pixels to a square framed as FER2013's pictures are on average.

    The face is made level, the middle of its landmarks' bounding box comes to `FER2013_MIDDLE` of the square,
    and the mean of the box's width and height to `FER2013_SIDE` of its side. Of the measures tried (distance
    of the eyes, box's longer side, spread of the landmarks) this one varies least between FER2013's pictures.
    """
    level, low, high = _levelled(points)
    side = ((high - low).real + (high - low).imag) / 2 / FER2013_SIDE
    return _placed(level, (low + high) / 2, side, complex(*FER2013_MIDDLE), size)


def _levelled(points: FloatArray) -> tuple[complex, complex, complex]:
    """The turn that makes the eyes level, and the box's upper left and lower right corner once it is made."""
    right, left = points[mesh.EYE_CORNERS]
    across = complex(*(left - right))
    if abs(across) < 1e-6:
        raise LandmarkError("the eye corners coincide: the face cannot be turned", fix="leave it out")
    level = abs(across) / across
    turned = (points[:, 0] + 1j * points[:, 1]) * level
    low = complex(turned.real.min(), turned.imag.min())
    return level, low, complex(turned.real.max(), turned.imag.max())


def _placed(level: complex, middle: complex, side: float, place: complex, size: int) -> npt.NDArray[np.float64]:
    """Turn, scale ``side`` to the square's, and bring ``middle`` to ``place`` (shares of the square)."""
    factor = level * size / side
    # Pixel centres lie at whole numbers, so the middle of the crop is half a pixel before size / 2.
    shift = place * size - complex(0.5, 0.5) - middle * size / side
    return np.array([[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]])


def crop_by(landmarker: Landmarker, image: RgbImage, size: int) -> RgbImage | None:
    """The largest face of an image as `crop_face` gives it, or None where no face is found."""
    faces = landmarker.detect(image)
    return crop_face(image, faces[0], size) if faces else None
