"""What clips and pictures show, always 8-bit RGB, or one sentence why not.

A clip is judged as a whole, from its neutral face to its apex: a video that breaks off is refused, wherever
the break is found. What is read frame by frame (`fer_core.live.videos`) keeps what there is and says where it
ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from fer_core.base.errors import MediaError
from fer_core.datasets.base import Clip
from fer_core.datasets.pictures import decode_image, decode_photo
from fer_core.datasets.rgb import RGB
from fer_core.datasets.signatures import IMAGE_WORDS, why_not_image, why_not_video
from fer_core.datasets.video import FIX_VIDEO, VideoReader

FALLBACK_FPS = 25.0
"""Frames per second where a video tells neither times nor a rate."""

OnError = Callable[[int, MediaError], None]


def read_image(path: str | Path) -> RGB:
    """The image in a file as RGB uint8 (H, W, 3); see `fer_core.datasets.pictures` for what is converted.

    Raises
    ------
    MediaError
        For an absent, empty, cut-off, oversized, animated or unreadable file.
    """
    return decode_image(_content(Path(path)), str(path))


def read_photo(path: str | Path) -> tuple[RGB, tuple[str, ...]]:
    """As `read_image`, of an animated picture the first, with sentences on what was not read."""
    return decode_photo(_content(Path(path)), str(path))


def iter_video(path: str | Path, *, on_error: OnError | None = None) -> Iterator[tuple[int, float, RGB]]:
    """Frame number (from 1), time in seconds (from 0, increasing) and RGB of each video frame, upright.

    Frames that are damaged are passed over: their numbers are missing, and ``on_error`` is told of each.

    Raises
    ------
    MediaError
        At the first step for an absent, empty or cut-off file, or one that is no video; behind the last
        frame for one that turns out to break off, or to hold no frame.
    """
    path = Path(path)
    # Checked before FFmpeg sees it: FFmpeg goes by content too, and a playlist called .mp4
    # would make it open whatever files and addresses the playlist names.
    if why := why_not_video(path):
        raise MediaError(why, where=str(path), fix=FIX_VIDEO)
    with VideoReader(path) as reader:
        step = 1 / (reader.footage.fps or FALLBACK_FPS)
        number, time, origin, shown = 0, -step, None, 0
        for frame in reader.frames():
            number += 1
            if frame.stamp is not None:
                origin = frame.stamp if origin is None else origin
            told = None if frame.stamp is None or origin is None else frame.stamp - origin
            time = told if told is not None and told > time else time + step
            if frame.damaged:
                if on_error is not None:
                    where = f"{path.name}, frame {number + reader.unreadable}"
                    on_error(number + reader.unreadable, MediaError("the frame is damaged", where=where))
                continue
            shown += 1
            yield number + reader.unreadable, time, frame.rgb()
        if reader.broke:
            raise MediaError(f"the video breaks off: {reader.broke}", where=str(path), fix=FIX_VIDEO)
        if not shown:
            raise MediaError("no picture of the video can be decoded", where=str(path), fix=FIX_VIDEO)


def iter_frames(clip: Clip, *, on_error: OnError | None = None) -> Iterator[tuple[int, RGB]]:
    """Frame number and RGB of each frame of a clip, in time order.

    Parameters
    ----------
    clip : Clip
        A clip of image files, or one with a video.
    on_error : callable, optional
        Called with the frame number and the error for each image that cannot be read, which is
        then passed over; without it the first such image raises. Damaged frames of a video are passed over
        with or without it.

    Raises
    ------
    MediaError
        For a clip without any file (a synthetic one), an unreadable video, or an unreadable
        image where `on_error` is not given.
    """
    if clip.video is not None:
        for number, _, rgb in iter_video(clip.video, on_error=on_error):
            yield number, rgb
        return
    if not clip.frames:
        raise MediaError(
            "the clip has no pictures, only landmarks", where=clip.clip_id, fix="choose a clip of a corpus on disk"
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


def _content(path: Path) -> bytes:
    """The bytes of an image file. Raises `MediaError` for what is none by its first bytes."""
    if why := why_not_image(path):
        raise MediaError(why, where=str(path), fix=f"replace it by a whole {IMAGE_WORDS} file, or remove it")
    try:
        return path.read_bytes()
    except OSError as error:
        raise MediaError(
            f"the file cannot be read ({error.strerror or error})", where=str(path), fix="check its permissions"
        ) from error
