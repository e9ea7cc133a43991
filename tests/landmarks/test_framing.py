"""Padding and enlarging small images, and the way back."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.landmarks.framing import ENLARGED, frame_for_detection


@pytest.mark.parametrize("size", [(48, 48), (60, 90), (127, 300), (300, 200), (490, 640)])
@pytest.mark.parametrize("padded", [False, True])
def test_a_marked_pixel_is_found_again_where_it_was(size: tuple[int, int], padded: bool) -> None:
    height, width = size
    image = np.zeros((height, width, 3), np.uint8)
    y, x = height // 3, 2 * width // 3
    image[y - 2 : y + 3, x - 2 : x + 3] = 255
    framed = frame_for_detection(image, padded)
    weight = framed.image[..., 0].astype(float)
    rows, columns = np.mgrid[0 : weight.shape[0], 0 : weight.shape[1]] + 0.5
    centre = np.array(
        [
            (weight * columns).sum() / weight.sum() / weight.shape[1],
            (weight * rows).sum() / weight.sum() / weight.shape[0],
        ]
    )
    back = framed.to_original(np.tile(centre, (468, 1)))[0]
    np.testing.assert_allclose(back, [(x + 0.5) / height, (y + 0.5) / height], atol=0.1 / height)


def test_large_images_pass_untouched() -> None:
    image = np.zeros((490, 640, 3), np.uint8)
    framed = frame_for_detection(image)
    assert framed.image is image
    corner = framed.to_original(np.ones((468, 2)))[0]
    np.testing.assert_allclose(corner, [640 / 490, 1.0])


def test_48_pixel_faces_are_padded_by_12_and_enlarged_at_least_4_times() -> None:
    """The measure that found a face in every 48-pixel image of CK+48 (shared data's README)."""
    framed = frame_for_detection(np.zeros((48, 48, 3), np.uint8))
    assert framed.pad == 12
    assert framed.scale >= 4
    assert min(framed.image.shape[:2]) >= ENLARGED


def test_a_single_pixel_does_not_break_it() -> None:
    assert min(frame_for_detection(np.zeros((1, 1, 3), np.uint8)).image.shape[:2]) >= ENLARGED
