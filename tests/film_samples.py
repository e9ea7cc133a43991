"""Tiny real videos of every container that PyAV writes here, and marks written into their headers."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

WRITTEN: dict[str, tuple[str, str | None, dict[str, str]]] = {
    "mp4": ("libx264", None, {}),
    "mov": ("libx264", None, {}),
    "3gp": ("mpeg4", None, {}),
    "3g2": ("mpeg4", None, {}),
    "avi": ("mpeg4", None, {}),
    "mkv": ("libx264", None, {}),
    "webm": ("libvpx", None, {}),
    "flv": ("flv", None, {}),
    "wmv": ("wmv2", "asf", {}),
    "ogv": ("libvpx", "ogg", {}),
    "mpg": ("mpeg1video", "mpeg", {}),
    "vob": ("mpeg2video", "vob", {}),
    "ts": ("libx264", "mpegts", {}),
    "mts": ("libx264", "mpegts", {"mpegts_m2ts_mode": "1"}),
    "mxf": ("mpeg2video", "mxf", {}),
    "rm": ("rv20", "rm", {}),
    "ivf": ("libvpx", "ivf", {}),
    "nut": ("mpeg4", None, {}),
    "m2v": ("mpeg2video", "mpeg2video", {}),
    "h264": ("libx264", "h264", {}),
}
"""Suffix → codec, FFmpeg's name of the container where the suffix does not give it, its options."""


def noise(frames: int, width: int = 176, height: int = 144) -> np.ndarray:
    """Coarse noise that hardly compresses, uint8 (frames, height, width, 3)."""
    coarse = np.random.default_rng(0).integers(0, 255, (frames, height // 8, width // 8, 3), dtype=np.uint8)
    return coarse.repeat(8, axis=1).repeat(8, axis=2)


def film(file: Path, pictures: np.ndarray, *, rate: Fraction | int = 25, crf: str = "", **options: str) -> Path:
    """A video of pictures, uint8 (n, H, W, 3), in the container of the file's suffix.

    ``crf`` is libx264's quality, ``options`` are the container's.
    """
    import av

    codec, container, own = WRITTEN[file.suffix[1:]]
    with av.open(str(file), "w", format=container, options=own | options) as out:
        stream: Any = out.add_stream(codec, rate=rate)
        stream.height, stream.width = pictures.shape[1:3]
        stream.pix_fmt = "yuv420p"
        if crf:
            stream.codec_context.options = {"crf": crf}
        encode(out, stream, pictures)
    return file


def encode(out: Any, stream: Any, pictures: np.ndarray) -> None:
    """Encode pictures into a stream, and what is left inside it."""
    import av

    for k, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        frame.pts = k
        out.mux(stream.encode(frame))
    out.mux(stream.encode())


def corner(frames: int = 2, width: int = 64, height: int = 48) -> np.ndarray:
    """Dark pictures with a bright corner above left, which is half as high as it is wide."""
    pictures = np.full((frames, height, width, 3), 30, dtype=np.uint8)
    pictures[:, : height // 6, : width // 4] = 220
    return pictures


def put_matrix(file: Path, a: int, b: int, c: int, d: int) -> Path:
    """Write a display matrix into an MP4's track header (ISO/IEC 14496-12), as cameras do."""
    data = bytearray(file.read_bytes())
    at = data.index(b"tkhd") + 4 + 4 + 20 + 16  # version 0: flags, times and ids, then layer to reserved
    one = 1 << 16
    for k, value in enumerate((a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)):
        data[at + 4 * k : at + 4 * k + 4] = (value & 0xFFFFFFFF).to_bytes(4, "big")
    file.write_bytes(data)
    return file


Turn = Callable[[np.ndarray], np.ndarray]
TURNS: dict[tuple[int, int, int, int], Turn] = {
    (1, 0, 0, 1): lambda p: p,
    (0, 1, -1, 0): lambda p: np.rot90(p, -1),  # a quarter clockwise
    (-1, 0, 0, -1): lambda p: np.rot90(p, 2),
    (0, -1, 1, 0): lambda p: np.rot90(p, 1),
    (-1, 0, 0, 1): lambda p: p[:, ::-1],  # mirrored, as front cameras store it
    (1, 0, 0, -1): lambda p: p[::-1],
    (0, 1, 1, 0): lambda p: p.swapaxes(0, 1),
    (0, -1, -1, 0): lambda p: np.rot90(p, 2).swapaxes(0, 1),
}
"""The eight matrices (a, b, c, d) with x' = a x + c y and y' = b x + d y, and what each does to a picture."""
