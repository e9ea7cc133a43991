"""Picture files of every kind as 8-bit RGB: one decoder for corpora, photos, folders of frames and pages.

PNG, JPEG, BMP and TIFF are decoded by OpenCV, GIF, WebP and AVIF by Pillow, HEIC by libheif. For all of them:
grey becomes three equal channels, 16 and 10 bits become 8, an alpha channel is left out (the colours are as
stored, laid on nothing), colour profiles are not applied and gain maps not added, and the picture is turned
once as its camera's mark says (EXIF; in HEIC and AVIF their own boxes, beside which EXIF does not count).
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from fer_core.base.errors import MediaError
from fer_core.datasets.picture_headers import image_is_whole, image_size, is_animated
from fer_core.datasets.rgb import RGB, check_pixels
from fer_core.datasets.signatures import HEAD_BYTES, IMAGE_WORDS, image_kind

FIX = f"use a whole {IMAGE_WORDS} file"
FIRST_OF_SEVERAL = "The file is animated; only its first picture is read. Save it as MP4 to have it read as a clip."


def decode_image(data: bytes, name: str) -> RGB:
    """The image in the bytes of a file as RGB uint8 (H, W, 3); `name` is for the message.

    Raises
    ------
    MediaError
        For what is empty, no image, cut off, damaged or too large, and for an animated one: which of its
        pictures is meant is unknown.
    """
    if is_animated(data):
        raise MediaError(
            "the picture is animated, and which of its pictures is meant is unknown",
            where=name,
            fix="save the one that is meant as PNG, or all of them as a video (MP4)",
        )
    return _decoded(data, name)


def decode_photo(data: bytes, name: str) -> tuple[RGB, tuple[str, ...]]:
    """As `decode_image`, for one file that somebody chose: of an animated one the first picture is read, and
    the sentences say so.
    """
    return _decoded(data, name), ((FIRST_OF_SEVERAL,) if is_animated(data) else ())


def _decoded(data: bytes, name: str) -> RGB:
    kind = _checked_kind(data, name)
    try:
        image = _by_pillow(data, kind, name) if _is_pillows(data, kind) else _by_opencv(data)
    except MediaError:
        raise
    except Exception:  # of damaged bytes: decoders raise a dozen kinds
        image = None
    if image is None or image.size == 0:
        raise MediaError("the image is damaged", where=name, fix=FIX)
    return image


def _checked_kind(data: bytes, name: str) -> str:
    """Raise `MediaError` for bytes no decoder should see; the kind of the others."""
    if not data:
        raise MediaError("the file is empty (0 bytes)", where=name, fix=FIX)
    kind = image_kind(data[:HEAD_BYTES])
    if kind is None:
        raise MediaError(f"the file is not a {IMAGE_WORDS} image", where=name, fix=FIX)
    size = image_size(data)
    if size is None or 0 in size:
        raise MediaError("the image is damaged: its header gives no size", where=name, fix=FIX)
    check_pixels(size[0], size[1], name)
    if not image_is_whole(data):
        raise MediaError("the image is cut off before its end", where=name, fix=FIX)
    return kind


def _is_pillows(data: bytes, kind: str) -> bool:
    """Whether Pillow reads it: what OpenCV does not, and TIFF with alpha, which OpenCV darkens by it."""
    if kind != "tiff":
        return kind in ("gif", "webp", "avif", "heic")
    try:
        with _opened(data, kind) as image:
            return image.mode in ("RGBA", "LA", "PA")
    except (OSError, ValueError, SyntaxError):
        return False


def _by_opencv(data: bytes) -> RGB | None:
    import cv2

    # IMREAD_COLOR makes grey, alpha and 16-bit images 8-bit BGR and turns by the EXIF mark.
    bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if bgr is None or bgr.size == 0:
        return None
    rgb: RGB = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
    return rgb


def _by_pillow(data: bytes, kind: str, name: str) -> RGB:
    from PIL import ImageOps

    with _opened(data, kind) as image:
        check_pixels(image.width, image.height, name)  # a picture in it may be larger than the header says
        plain = image.convert("RGBA").convert("RGB") if "transparency" in image.info else image.convert("RGB")
        return np.array(plain if kind == "heic" else ImageOps.exif_transpose(plain), dtype=np.uint8)


def _opened(data: bytes, kind: str) -> Any:
    """The first picture, not decoded yet. Each kind by its own reader alone."""
    if kind == "heic":
        from pillow_heif import HeifImageFile

        return HeifImageFile(io.BytesIO(data))  # libheif turns it, by the file's boxes
    from PIL import Image

    return Image.open(io.BytesIO(data), formats=(kind.upper(),))
