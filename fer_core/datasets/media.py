"""Pictures as arrays: images, videos and clips, always 8-bit RGB, or one sentence why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fer_core.datasets.base import Clip
from fer_core.datasets.signatures import (
    HEAD_BYTES,
    image_is_whole,
    image_kind,
    image_size,
    why_not_image,
    why_not_video,
)
from fer_core.errors import MediaError

RGB = npt.NDArray[np.uint8]
"""uint8 (height, width, 3), red first."""

MAX_PIXELS = 100_000_000
"""Larger pictures are refused before decoding: 100 megapixels fill 300 MB."""

FALLBACK_FPS = 25.0
"""Frames per second where a video tells neither times nor a rate."""


def read_image(path: str | Path) -> RGB:
    """The image in a file as RGB uint8 (H, W, 3).

    Grey, alpha and 16-bit images are converted, and a camera's orientation mark is obeyed.

    Raises
    ------
    MediaError
        For an absent, empty, cut-off, oversized or unreadable file.
    """
    path = Path(path)
    if why := why_not_image(path):
        raise MediaError(why, where=str(path), fix="replace it by a whole PNG or JPEG, or remove it")
    try:
        # Not cv2.imread: it cannot open names with non-ASCII letters on Windows.
        return decode_image(path.read_bytes(), str(path))
    except OSError as error:
        raise MediaError(
            f"the file cannot be read ({error.strerror or error})",
            where=str(path),
            fix="check its permissions",
        ) from error


def decode_image(data: bytes, name: str) -> RGB:
    """The image in the bytes of a file as RGB uint8 (H, W, 3); `name` is for the message.

    Raises
    ------
    MediaError
        As `read_image`.
    """
    _check_image(data, name)
    import cv2

    try:
        # IMREAD_COLOR makes grey, alpha and 16-bit images 8-bit BGR and turns by the EXIF mark.
        bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        bgr = None
    if bgr is None or bgr.size == 0:
        raise MediaError("the image is damaged", where=name, fix="replace it by a whole PNG or JPEG")
    rgb: RGB = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
    return rgb


def iter_video(path: str | Path) -> Iterator[tuple[int, float, RGB]]:
    """Frame number (from 1), time in seconds (from about 0, increasing) and RGB of each video frame.

    Raises
    ------
    MediaError
        At the first step: for an absent, empty or cut-off file, or one that is no video.
    """
    path = Path(path)
    # Checked before FFmpeg sees it: FFmpeg goes by content too, and a playlist called .mp4
    # would make it open whatever files and addresses the playlist names.
    if why := why_not_video(path):
        raise MediaError(why, where=str(path), fix="save the clip again as MP4 (H.264), or remove it")
    import cv2

    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        yield from _captured(capture, path)
    finally:
        capture.release()


def iter_frames(
    clip: Clip, *, on_error: Callable[[int, MediaError], None] | None = None
) -> Iterator[tuple[int, RGB]]:
    """Frame number and RGB of each frame of a clip, in time order.

    Parameters
    ----------
    clip : Clip
        A clip of image files, or one with a video.
    on_error : callable, optional
        Called with the frame number and the error for each image that cannot be read, which is
        then passed over; without it the first such image raises.

    Raises
    ------
    MediaError
        For a clip without any file (a synthetic one), an unreadable video, or an unreadable
        image where `on_error` is not given.
    """
    if clip.video is not None:
        for number, _, rgb in iter_video(clip.video):
            yield number, rgb
        return
    if not clip.frames:
        raise MediaError(
            "the clip has no pictures, only landmarks",
            where=clip.clip_id,
            fix="choose a clip of a corpus on disk",
        )
    for number, path in zip(clip.frame_numbers, clip.frames, strict=True):
        try:
            rgb = read_image(path)
        except MediaError as error:
            if on_error is None:
                raise
            on_error(number, error)
            continue
        yield number, rgb


def _check_image(data: bytes, name: str) -> None:
    """Raise `MediaError` for bytes no decoder should see."""
    fix = "use a whole PNG or JPEG"
    if not data:
        raise MediaError("the file is empty (0 bytes)", where=name, fix=fix)
    if image_kind(data[:HEAD_BYTES]) is None:
        raise MediaError("the file is not a PNG, JPEG, BMP or TIFF image", where=name, fix=fix)
    size = image_size(data)
    if size is None or 0 in size:
        raise MediaError("the image is damaged: its header gives no size", where=name, fix=fix)
    _check_pixels(size[0], size[1], name)
    if not image_is_whole(data):
        raise MediaError("the image is cut off before its end", where=name, fix=fix)


def _check_pixels(width: int, height: int, name: str) -> None:
    if width * height > MAX_PIXELS:
        raise MediaError(
            f"the picture has {width} x {height} pixels, more than {MAX_PIXELS // 1_000_000} million",
            where=name,
            fix="make it smaller; a face needs no more than 1000 pixels",
        )


def _captured(capture: object, path: Path) -> Iterator[tuple[int, float, RGB]]:
    """Frames of an opened `cv2.VideoCapture`."""
    import cv2

    get, read = capture.get, capture.read  # type: ignore[attr-defined]
    _check_pixels(int(get(cv2.CAP_PROP_FRAME_WIDTH)), int(get(cv2.CAP_PROP_FRAME_HEIGHT)), str(path))
    rate = get(cv2.CAP_PROP_FPS)
    step = 1 / rate if 1 <= rate <= 1000 else 1 / FALLBACK_FPS
    number, time = 0, -step
    while True:
        there, bgr = read()
        if not there:
            break
        number += 1
        told = get(cv2.CAP_PROP_POS_MSEC) / 1000
        time = told if told > time else time + step  # some files tell 0 for every frame
        yield number, time, cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
    if not number:
        raise MediaError(
            "no picture of the video can be decoded",
            where=str(path),
            fix="save the clip again as MP4 (H.264), or remove it",
        )
