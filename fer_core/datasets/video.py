"""A video file, frame by frame in constant memory, upright, with the time stamps that stand in it.

The one decoder of videos, by PyAV: for corpora, clips, recordings and pages alike.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from fer_core.base.errors import MediaError
from fer_core.datasets.containers import HEAD_BYTES, container_of, video_is_whole
from fer_core.datasets.rgb import MAX_PIXELS, RGB
from fer_core.datasets.signatures import why_not_video

DECODING = "pyav-1"
"""Names how videos become pictures; enters the key of what is kept of them, and changes with it."""
LONGEST = 1920
"""Pixels of the longer side above which a frame is made smaller: a face needs no more, and 4K would cost
eight times the memory and time."""
FIX_VIDEO = "save it again as MP4 (H.264), or leave it out"
_MISSING_AT_END = 0.75
"""Seconds by which a video may end before its header says, by the formats' own looseness; of a short one half
its length, but never less than `_LEAST_MISSING`."""
_LEAST_MISSING = 0.2
_NO_OTHER_FILE = {"protocol_whitelist": "none"}
"""FFmpeg reads the one file it is handed, and opens none by itself, whatever that file names."""


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
    streams : how many moving pictures the file holds; the one it marks as its own, else the first, is read
    """

    width: int
    height: int
    pixel: float
    duration: float | None
    fps: float | None
    codec: str
    streams: int = 1


@dataclass(frozen=True)
class Frame:
    """One decoded frame: its own time stamp (s; None where it has none), and whether it is damaged."""

    stamp: float | None
    damaged: bool
    _picture: Any
    _pixel: float
    _rotate: int = 0

    def rgb(self) -> RGB:
        """The picture as uint8 (H, W, 3), upright, with square pixels, no side above `LONGEST`."""
        return _upright(self._picture, self._pixel, self._rotate)


@dataclass
class _Ends:
    """How the frames ended so far: the last stamp and the steps before it (s), whether the last packet was
    whole and the last frame sound, and whether there was any.
    """

    any: bool = False
    last: float | None = None
    steps: deque[float] = field(default_factory=lambda: deque(maxlen=9))
    whole: bool = True
    sound: bool = True

    def see(self, stamp: float | None, damaged: bool) -> None:
        self.any, self.sound = True, not damaged
        if stamp is not None:
            if self.last is not None:
                self.steps.append(stamp - self.last)
            self.last = stamp


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
        self._opened = ExitStack()
        try:
            self._open()
            self.footage = _footage(self._container, self._stream, path)
        except BaseException:
            self._opened.close()
            raise

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def frames(self, since: float | None = None) -> Iterator[Frame]:
        """Frames in the order shown; from a key frame at or before the stamp ``since`` (s), where given.

        A file that cannot be searched is read from its beginning, or from where its own index leads to.
        """
        if self._used:
            self._open()
        self._used = True
        if since is not None:
            self._seek(since)
        ends, rotate = _Ends(), _rotate_tag(self._stream)
        for packet in self._packets():
            if packet is not None and packet.size:
                ends.whole = not packet.is_corrupt
            for picture in self._decoded(packet):
                ends.see(picture.time, bool(picture.is_corrupt))
                if picture.width * picture.height > MAX_PIXELS:
                    self.unreadable += 1
                    continue
                yield Frame(picture.time, bool(picture.is_corrupt), picture, self.footage.pixel, rotate)
        self.broke = self.broke or self._early_end(ends)

    def _open(self) -> None:
        self._opened.close()
        self._container = _opened(self.path, self._opened)
        self._stream = _picture_stream(self._container, self.path)

    def _packets(self) -> Iterator[Any]:
        """Packets to the end, or to where the file cannot be read on; then None, for what is left inside."""
        import av

        packets = self._container.demux(self._stream)
        while True:
            try:
                yield next(packets)
            except StopIteration:
                return
            except (av.FFmpegError, OSError) as error:
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
            self._open()

    def _early_end(self, ends: _Ends) -> str:
        """Why the end is no end, or nothing."""
        if not video_is_whole(self.path) or not ends.whole:
            return "the file is cut off before its end"
        if not ends.any:
            return "none of its pictures can be decoded"
        if not ends.sound:
            return "its last picture is damaged, as where a file is cut off"
        told, last = self.footage.duration, ends.last
        begin = float((self._stream.start_time or 0) * self._stream.time_base)
        # The last frame stands until the end: at one frame in ten seconds, for ten.
        if told is None or last is None:
            return ""
        loose = max(min(_MISSING_AT_END, told / 2), _LEAST_MISSING, 1.5 * max(ends.steps, default=0.0))
        end = max(last, last - begin)  # some files count their length from 0, wherever their clock begins
        if end < told - loose:
            return f"the file says it lasts {told:.1f} s, but its pictures end at {end:.1f} s"
        return ""


def _opened(path: Path, closing: ExitStack) -> Any:
    """The container, to be closed with the file it is read from.

    FFmpeg is handed the opened file, never its name, which it might take for an address, and the format,
    which it might guess to be a playlist: either would open other files.
    """
    import av

    whole = not path.is_file() or video_is_whole(path)
    if whole and (why := why_not_video(path)):
        raise MediaError(why, where=path.name, fix=FIX_VIDEO)
    try:
        file = closing.enter_context(path.open("rb"))
        kind = container_of(file.read(HEAD_BYTES))
        file.seek(0)
        demuxer = kind.demuxer if kind else None
        return closing.enter_context(
            av.open(file, format=demuxer, container_options=_NO_OTHER_FILE, metadata_errors="replace")
        )
    except (av.FFmpegError, OSError, ValueError) as error:
        if not whole:
            raise _without_index(path) from error
        raise MediaError("the video cannot be opened: it is damaged", where=path.name, fix=FIX_VIDEO) from error


def _without_index(path: Path) -> MediaError:
    return MediaError(
        "the video is cut off before the end of its index, so nothing in it can be found",
        where=path.name,
        fix="copy the whole file again",
    )


def _moving(container: Any) -> list[Any]:
    """The streams that are moving pictures: no cover, no thumbnails."""
    import av

    still = av.stream.Disposition.attached_pic | av.stream.Disposition.timed_thumbnails
    return [s for s in container.streams.video if not s.disposition & still]


def _picture_stream(container: Any, path: Path) -> Any:
    import av

    found = _moving(container)
    if not found:
        if not video_is_whole(path):
            raise _without_index(path)
        raise MediaError(
            "the file holds no moving picture, only sound or other data", where=path.name, fix="leave it out"
        )
    marked = [s for s in found if s.disposition & av.stream.Disposition.default]
    stream = (marked or found)[0]
    if stream.codec_context is not None:
        # Not by frames: threads that run ahead lose good frames at the first damaged one.
        stream.thread_type = "SLICE"
        # A frame may be larger than the header says: refused before it is decoded.
        stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
    return stream


def _footage(container: Any, stream: Any, path: Path) -> Footage:
    context = stream.codec_context
    if context is None:
        raise MediaError(
            "the video's compression is not known here", where=path.name, fix="save it again as MP4 (H.264)"
        )
    width, height = int(context.width), int(context.height)
    if width * height > MAX_PIXELS:
        raise MediaError(
            f"its frames of {width} x {height} pixels are too large",
            where=path.name,
            fix="make the video smaller; a face needs no more than 1000 pixels",
        )
    ratio, rate = stream.sample_aspect_ratio, float(stream.average_rate or 0)
    pixel = float(ratio) if ratio and 0.2 < ratio < 5 else 1.0
    fps = rate if 0 < rate <= 1000 else None
    duration = _duration(container, stream)
    return Footage(width, height, pixel, duration, fps, context.name, len(_moving(container)))


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


def _rotate_tag(stream: Any) -> int:
    """Quarter turns clockwise by a plain tag, which is left where a phone's MP4 was copied into an MKV."""
    told = next((v for k, v in stream.metadata.items() if k.lower() == "rotate"), "0")
    try:
        return round(float(told) / 90) % 4
    except (ValueError, OverflowError):
        return 0


def _upright(picture: Any, pixel: float, rotate: int) -> RGB:
    wide, high = picture.width * pixel, picture.height
    scale = min(1.0, LONGEST / max(wide, high))
    size = {"width": max(1, round(wide * scale)), "height": max(1, round(high * scale))}
    image: RGB = picture.to_ndarray(format="rgb24", interpolation="AREA", **size)
    matrix = picture.side_data.get("DISPLAYMATRIX")
    turned = np.rot90(image, -rotate) if matrix is None else _displayed(image, bytes(matrix))
    return np.ascontiguousarray(turned)  # odd widths come padded


def _displayed(image: RGB, matrix: bytes) -> RGB:
    """The picture as a display matrix shows it: by quarter turns and mirrored (libavutil/display.h: nine
    int32; x' = a x + c y, y' = b x + d y). A slant in between is taken as the nearest quarter.
    """
    a, b, _, c, d, *_ = np.frombuffer(matrix[:36], dtype=np.int32).tolist()
    if abs(a) + abs(d) >= abs(b) + abs(c):
        across, down = a, d
    else:
        image, across, down = image.swapaxes(0, 1), c, b
    return image[:: -1 if down < 0 else 1, :: -1 if across < 0 else 1]
