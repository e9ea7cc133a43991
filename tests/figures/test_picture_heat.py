"""Heat and patches over a picture: it lies below, in place, and a shade is as strong as its number."""

from __future__ import annotations

import re
from base64 import b64decode

import cv2
import numpy as np

from fer_core.figures.picture_heat import heat_figure, occlusion_svg, picture_uri

GREY = np.arange(64, dtype=np.uint8).reshape(8, 8, 1)


def seen(uri: str) -> np.ndarray:
    data = np.frombuffer(b64decode(uri.partition("base64,")[2]), np.uint8)
    return cv2.imdecode(data, cv2.IMREAD_UNCHANGED)


def test_a_picture_is_the_same_in_grey_and_in_colour() -> None:
    np.testing.assert_array_equal(seen(picture_uri(GREY)), GREY[..., 0])
    colour = np.random.default_rng(0).integers(0, 256, (5, 7, 3)).astype(np.uint8)
    np.testing.assert_array_equal(seen(picture_uri(colour))[..., ::-1], colour)


def test_patches_are_shaded_by_what_they_say() -> None:
    change = np.zeros((6, 6), np.float32)
    change[0, 5], change[3, 0] = 4.0, -2.0
    drawn = occlusion_svg(GREY, change, "#123456")
    shades = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)"[^>]*fill="([^"]+)" fill-opacity="([\d.]+)"', drawn)
    assert len(shades) == 36
    strong = {(x, y): (fill, float(o)) for x, y, fill, o in shades if float(o) > 0}
    assert strong == {("266.7", "0.0"): ("#123456", 0.75), ("0.0", "160.0"): ("url(#against)", 0.38)}
    small = occlusion_svg(GREY, change / 100, "#123456")
    assert 'fill="#123456" fill-opacity="0.03"' in small  # small changes stay pale


def test_heat_lies_on_its_picture() -> None:
    heat = np.zeros((8, 8), np.float32)
    heat[0, 7] = 1
    figure = heat_figure(GREY, heat)
    (image,) = figure.layout.images
    assert (image.x, image.y, image.sizex, image.sizey, image.layer) == (-0.5, -0.5, 8, 8, "below")
    assert list(figure.layout.yaxis.range) == [7.5, -0.5]  # rows run down
    (shown,) = figure.data
    assert (shown.zmin, shown.zmax, shown.z[0][7]) == (0, 1, 1)
