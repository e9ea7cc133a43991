"""A face cut out by its landmarks: level, centred, and whole, on drawn and on real faces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fer_core.base.errors import LandmarkError
from fer_core.datasets.media import read_image
from fer_core.landmarks import mesh
from fer_core.landmarks.detector import open_landmarker
from fer_core.landmarks.face_crop import (
    FER2013_MIDDLE,
    FER2013_SIDE,
    crop_by,
    crop_face,
    crop_transform,
    fer2013_transform,
    warped,
)


def face(angle: float, centre: tuple[float, float] = (90.0, 70.0), scale: float = 30.0) -> np.ndarray:
    """MediaPipe's average face in pixels, turned by an angle in degrees."""
    turn = np.radians(angle)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return mesh.template() @ rotation.T * scale + np.array(centre)


def moved(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return points @ matrix[:, :2].T + matrix[:, 2]


@pytest.mark.parametrize("angle", [0, 20, -35, 90, 180])
def test_however_it_is_turned_the_face_ends_level_centred_and_inside(angle: float) -> None:
    points = face(angle)
    cut = moved(points, crop_transform(points, 100, margin=0.1))
    right, left = cut[mesh.EYE_CORNERS]
    assert right[1] == pytest.approx(left[1], abs=1e-3)
    assert right[0] < left[0]  # the filmed person's right eye is on the left of the picture
    low, high = cut.min(axis=0), cut.max(axis=0)
    np.testing.assert_allclose((low + high) / 2, 49.5, atol=1e-3)
    assert max(high - low) == pytest.approx(80, abs=1e-3)


def test_it_is_turned_and_scaled_but_never_sheared_or_mirrored() -> None:
    (a, b, _), (c, d, _) = crop_transform(face(30), 64)
    assert (a, b) == pytest.approx((d, -c))
    assert a * d - b * c > 0


def test_pixels_go_where_landmarks_go() -> None:
    image = np.zeros((140, 180, 3), np.uint8)
    points = face(25)
    for number, colour in zip(mesh.EYE_CORNERS, ((255, 0, 0), (0, 0, 255)), strict=True):
        x, y = np.round(points[number]).astype(int)
        image[y - 2 : y + 3, x - 2 : x + 3] = colour
    cut = crop_face(image, points / 140, 96)
    expected = moved(points, crop_transform(points, 96))[mesh.EYE_CORNERS]
    for place, channel in zip(expected, (0, 2), strict=True):
        ys, xs = np.nonzero(cut[..., channel] > 127)
        np.testing.assert_allclose([xs.mean(), ys.mean()], place, atol=1.0)


def test_beyond_the_image_its_edge_is_repeated() -> None:
    image = np.full((60, 60, 3), 200, np.uint8)
    cut = crop_face(image, face(10, centre=(2, 2)) / 60, 48)
    assert (cut.shape, cut.min()) == ((48, 48, 3), 200)


def test_fine_stripes_become_grey_and_not_a_pattern() -> None:
    image = np.zeros((900, 900, 3), np.uint8)
    image[:, ::2] = 255
    cut = crop_face(image, face(0, centre=(450, 450), scale=300) / 900, 48)
    assert np.ptp(cut[4:-4, 4:-4].astype(int)) < 40


def test_a_face_without_direction_is_refused() -> None:
    points = face(0)
    points[mesh.EYE_CORNERS] = 1.0
    with pytest.raises(LandmarkError, match="eye corners coincide"):
        crop_face(np.zeros((9, 9, 3), np.uint8), points, 48)


@pytest.fixture(scope="module")
def fixtures(shared_data: Path) -> Path:
    return shared_data / "fixtures"


@pytest.mark.parametrize("name", ["single_face.jpg", "astronaut.png"])
def test_a_real_face_turned_by_hand_is_cut_the_same(name: str, fixtures: Path) -> None:
    """Found afresh in the crop, the eyes are level, and a turned photo gives nearly the same crop."""
    import cv2

    landmarker = open_landmarker("still")
    try:
        image = read_image(fixtures / name)
        cut = crop_by(landmarker, image, 224)
        assert cut is not None
        right, left = landmarker.detect(cut)[0][mesh.EYE_CORNERS]
        assert abs(np.degrees(np.arctan2(*(left - right)[::-1]))) < 3
        height, width = image.shape[:2]
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), 20, 1.0)
        turned = cv2.warpAffine(image, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
        again = crop_by(landmarker, turned, 224)
    finally:
        landmarker.close()
    assert again is not None
    middle = (slice(40, 184), slice(40, 184))
    assert np.corrcoef(cut[middle].ravel(), again[middle].ravel())[0, 1] > 0.9


def test_where_no_face_is_there_is_no_crop(fixtures: Path) -> None:
    landmarker = open_landmarker("still")
    try:
        assert crop_by(landmarker, read_image(fixtures / "no-faces.jpg"), 48) is None
    finally:
        landmarker.close()


# --- framed as FER2013's pictures are --------------------------------------------------------------------


@pytest.mark.parametrize("angle", [0, 25, -60])
def test_a_face_is_framed_as_in_fer2013(angle: float) -> None:
    points = face(angle)
    cut = moved(points, fer2013_transform(points, 96))
    right, left = cut[mesh.EYE_CORNERS]
    assert right[1] == pytest.approx(left[1], abs=1e-3)
    low, high = cut.min(axis=0), cut.max(axis=0)
    # Pixel centres at whole numbers: the share s of the side lies at s * 96 - 1/2.
    np.testing.assert_allclose((low + high) / 2, np.array(FER2013_MIDDLE) * 96 - 0.5, atol=1e-3)
    assert (high - low).mean() == pytest.approx(FER2013_SIDE * 96, abs=1e-3)


def test_only_the_part_that_is_shown_is_looked_at_and_gives_the_same() -> None:
    import cv2

    image = np.random.default_rng(0).integers(0, 256, (480, 640, 3)).astype(np.uint8)
    for place, scale in (((320, 240), 90.0), ((20, 30), 80.0), ((630, 470), 20.0), ((-400, 900), 60.0)):
        matrix = fer2013_transform(face(15, centre=place, scale=scale), 48)
        factor = np.hypot(*matrix[0, :2])
        whole = image
        if factor < 1:
            whole = cv2.GaussianBlur(image, (0, 0), sigmaX=max(0.01, 0.5 * np.sqrt(1 / factor**2 - 1)))
        expected = cv2.warpAffine(whole, matrix, (48, 48), borderMode=cv2.BORDER_REPLICATE).astype(int)
        # OpenCV counts places in 32nds of a pixel, from the part's corner: a step of grey here and there.
        assert np.abs(warped(image, matrix, 48) - expected).max() <= 8


def test_fer2013_itself_lies_where_the_numbers_say(shared_data: Path) -> None:
    with np.load(shared_data / "fer2013_train_public.npz") as stored:
        some = stored["images"][:120]
    landmarker = open_landmarker("still", 1, 0.5)
    try:
        seen = [f[0] for image in some if (f := landmarker.detect(np.repeat(image[..., None], 3, axis=2)))]
    finally:
        landmarker.close()
    assert len(seen) > 100
    box = np.array([(p.min(axis=0), p.max(axis=0)) for p in seen])
    middle, side = box.mean(axis=1), np.diff(box, axis=1)[:, 0].mean(axis=1)
    np.testing.assert_allclose(np.median(middle, axis=0), FER2013_MIDDLE, atol=0.03)
    assert np.median(side) == pytest.approx(FER2013_SIDE, abs=0.04)
