"""A video file, frame by frame in constant memory, with the time stamps that stand in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from fer_core.datasets.media import MAX_PIXELS
from fer_core.datasets.signatures import HEAD_BYTES, video_is_whole, video_kind, why_not_video
from fer_core.errors import MediaError
from fer_core.landmarks.landmarker import RgbImage

LONGEST = 1920
"""Pixels of the longer side above which a frame is made smaller: a face needs no more, and 4K would cost
eight times the memory and time."""
_DEMUXERS = {"mp4": "mov", "avi": "avi", "matroska": "matroska"}
_MISSING_AT_END = 0.75
"""Seconds by which a video may end before its header says, by the formats' own looseness."""


@dataclass(frozen=True)
class Footage:
    """What a file says of its picture.

    Attributes
    ----------
    width, height : pixels, as stored
    pixel : width of a pixel in its heights: anamorphic video stores pixels that are not square
        (ISO/IEC 14496-12, pasp)
    duration : s, None where the file does not say
    fps : mean frames per second, None where the file does not say
    codec : name of the compression
    """

    width: int
    height: int
    pixel: float
    duration: float | None
    fps: float | None
    codec: str


@dataclass(frozen=True)
class Frame:
    """One decoded frame: its own time stamp (s; None where it has none), and whether it is damaged."""

    stamp: float | None
    damaged: bool
    _picture: Any
    _pixel: float

    def rgb(self) -> RgbImage:
        """The picture as uint8 (H, W, 3), upright, with square pixels, no side above `LONGEST`."""
        return _upright(self._picture, self._pixel)


class VideoReader:
    """An opened video file; a context manager.

    What is damaged is passed over and counted in ``unreadable`` (packets); where the file ends before it
    should, ``broke`` says how once the frames are through.

    Raises
    ------
    MediaError
        For what is no video, holds no picture, is cut off before its index, or is too large.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.unreadable, self.broke = path, 0, ""
        self._used = False
        self._container = _opened(path)
        try:
            self._stream = _picture_stream(self._container, path)
            self.footage = _footage(self._container, self._stream, path)
        except BaseException:
            self._container.close()
            raise

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.close()

    def frames(self, since: float | None = None) -> Iterator[Frame]:
        """Frames in the order shown; from a key frame at or before the stamp ``since`` (s), where given.

        A file that cannot be searched is read from its beginning, or from where its own index leads to.
        """

        if self._used:
            self._open_again()
        self._used = True
        if since is not None:
            self._seek(since)
        last: float | None = None
        for packet in self._packets():
            for picture in self._decoded(packet):
                last = picture.time if picture.time is not None else last
                yield Frame(picture.time, bool(picture.is_corrupt), picture, self.footage.pixel)
        self.broke = self.broke or self._early_end(last)

    def _packets(self) -> Iterator[Any]:
        """Packets to the end, or to where the file cannot be read on; then None, for what is left inside."""
        import av

        packets = self._container.demux(self._stream)
        while True:
            try:
                yield next(packets)
            except StopIteration:
                return
            except av.FFmpegError as error:
                self.broke = f"the file cannot be read on ({error.strerror or error})"
                yield None
                return

    def _decoded(self, packet: Any) -> list[Any]:
        import av

        try:
            found = self._stream.codec_context.decode(packet)
        except (av.FFmpegError, EOFError):
            self.unreadable += packet is not None
            return []
        return [picture for picture in found if isinstance(picture, av.VideoFrame)]

    def _seek(self, since: float) -> None:
        import av

        try:
            self._container.seek(int(since / self._stream.time_base), stream=self._stream, backward=True)
        except av.FFmpegError:
            self._open_again()

    def _open_again(self) -> None:
        self._container.close()
        self._container = _opened(self.path)
        self._stream = _picture_stream(self._container, self.path)

    def _early_end(self, last: float | None) -> str:
        """Why the end is no end, or nothing."""
        if not video_is_whole(self.path):
            return "the file is cut off before its end"
        told = self.footage.duration
        begin = float((self._stream.start_time or 0) * self._stream.time_base)
        if told is not None and last is not None and last - begin < told - _MISSING_AT_END:
            return f"the file says it lasts {told:.1f} s, but its pictures end earlier"
        return ""


def _opened(path: Path) -> Any:
    import av

    whole = video_is_whole(path)
    if (why := why_not_video(path)) and (whole or not path.is_file()):
        raise MediaError(why, where=path.name, fix="save it again as MP4 (H.264), or leave it out")
    with path.open("rb") as file:
        kind = video_kind(file.read(HEAD_BYTES))
    try:
        # The format is named, not guessed: FFmpeg's guess may be a playlist, which opens other files.
        return av.open(str(path), format=_DEMUXERS.get(kind or ""), metadata_errors="replace")
    except (av.FFmpegError, ValueError) as error:
        if not whole:
            raise _without_index(path) from error
        raise MediaError("the video cannot be opened: it is damaged", where=path.name,
                         fix="save it again as MP4 (H.264), or leave it out") from error  # fmt: skip


def _without_index(path: Path) -> MediaError:
    return MediaError(
        "the video is cut off before the end of its index, so nothing in it can be found",
        where=path.name,
        fix="copy the whole file again",
    )


def _picture_stream(container: Any, path: Path) -> Any:
    import av

    cover = av.stream.Disposition.attached_pic
    found = [s for s in container.streams.video if not s.disposition & cover]
    if not found:
        if not video_is_whole(path):
            raise _without_index(path)
        raise MediaError(
            "the file holds no moving picture, only sound or other data", where=path.name, fix="leave it out"
        )
    # Not by frames: threads that run ahead lose good frames at the first damaged one.
    found[0].thread_type = "SLICE"
    return found[0]


def _footage(container: Any, stream: Any, path: Path) -> Footage:
    context = stream.codec_context
    if context is None:
        raise MediaError("the video's compression is not known here", where=path.name,
                         fix="save it again as MP4 (H.264)")  # fmt: skip
    width, height = int(context.width), int(context.height)
    if width * height > MAX_PIXELS:
        raise MediaError(f"its frames of {width} x {height} pixels are too large", where=path.name,
                         fix="make the video smaller; a face needs no more than 1000 pixels")  # fmt: skip
    ratio, rate = stream.sample_aspect_ratio, float(stream.average_rate or 0)
    pixel = float(ratio) if ratio and 0.2 < ratio < 5 else 1.0
    fps = rate if 0 < rate <= 1000 else None
    return Footage(width, height, pixel, _duration(container, stream), fps, context.name)


def _duration(container: Any, stream: Any) -> float | None:
    """Seconds of picture: by the stream, by its tag (Matroska), or by a file that holds only pictures."""
    import av

    if stream.duration:
        return float(stream.duration * stream.time_base)
    if tag := stream.metadata.get("DURATION"):
        try:
            hours, minutes, seconds = tag.split(":")
            return 3600 * int(hours) + 60 * int(minutes) + float(seconds)
        except ValueError:
            return None
    alone = len(container.streams) == 1
    return float(container.duration / av.time_base) if container.duration and alone else None


def _upright(picture: Any, pixel: float) -> RgbImage:
    wide, high = picture.width * pixel, picture.height
    scale = min(1.0, LONGEST / max(wide, high))
    size = {"width": max(1, round(wide * scale)), "height": max(1, round(high * scale))}
    image: RgbImage = picture.to_ndarray(format="rgb24", interpolation="AREA", **size)
    # Degrees counter-clockwise by which the camera's matrix turns the picture (PyAV's VideoFrame.rotation).
    turns = round(picture.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(image, turns))  # odd widths come padded
