"""Videos made for tests, and a face finder that reads faces painted into them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from samples import similar, waves

from fer_core.landmarks import mesh
from fer_core.landmarks.landmarker import RgbImage
from fer_core.landmarks.track import FloatArray

Picture = Callable[[int], np.ndarray]
TICK = Fraction(1, 1000)


def write_video(
    file: Path,
    pictures: Picture,
    stamps: Sequence[float],
    *,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    keys: int = 12,
    **container: str,
) -> Path:
    """A video of pictures, uint8 (H, W, 3), at these time stamps (s), in milliseconds."""
    import av

    first = pictures(0)
    with av.open(str(file), "w", options=container) as out:
        stream: Any = out.add_stream(codec, rate=25)
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt, stream.gop_size = pixels, keys
        stream.codec_context.time_base = TICK
        for k, stamp in enumerate(stamps):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pictures(k)), format="rgb24")
            frame.pts, frame.time_base = round(stamp / TICK), TICK
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return file


def moving_face(width: int = 240, height: int = 180) -> Picture:
    """The astronaut Eileen Collins (NASA, public domain), moved about and made larger and smaller."""
    import cv2
    from skimage import data

    face = np.asarray(data.astronaut()[0:280, 90:370])

    def picture(k: int) -> np.ndarray:
        size = round(height * (0.8 + 0.1 * np.sin(k / 9)))
        small = cv2.resize(face, (size, size), interpolation=cv2.INTER_AREA)
        canvas = np.full((height, width, 3), 110, dtype=np.uint8)
        x = round((width - size) / 2 * (1 + 0.6 * np.sin(k / 13)))
        y = round((height - size) / 2 * (1 + 0.6 * np.cos(k / 17)))
        canvas[y : y + size, x : x + size] = small
        return canvas

    return picture


def uneven(count: int, seed: int = 0, low: int = 20, high: int = 60) -> list[float]:
    """Rising time stamps from 0 with uneven steps between these milliseconds, s."""
    steps = np.random.default_rng(seed).integers(low, high, count - 1)
    return [0.0, *(np.cumsum(steps) / 1000).tolist()]


def painted(levels: Sequence[Sequence[float | None]], width: int = 64, height: int = 48) -> Picture:
    """Pictures in which each of up to two faces is a grey half: None is no face, 0 to 1 its expression."""

    def picture(k: int) -> np.ndarray:
        canvas = np.zeros((height, width, 3), dtype=np.uint8)
        for half, level in enumerate(levels[k]):
            if level is not None:
                canvas[:, half * width // 2 : (half + 1) * width // 2] = round(60 + 180 * level)
        return canvas

    return picture


class PaintedFaces:
    """A landmarker for `painted` videos: fast, exact, and without a memory of its own."""

    name = "painted"

    def __init__(self) -> None:
        self.seen = 0

    def detect(self, image: RgbImage) -> list[FloatArray]:
        """The faces painted into a picture: the left one is the larger."""
        self.seen += 1
        found = []
        for half, size in ((0, 0.2), (1, 0.15)):
            width = image.shape[1] // 2
            level = (float(image[:, half * width : (half + 1) * width].mean()) - 60) / 180
            if level > -0.1:
                face = mesh.template() + np.clip(level, 0, 1) * waves(1000, 0.08)
                found.append(similar(face, 0.05, size, (0.35 + 0.65 * half, 0.5)).astype(np.float32))
        return found

    def reset(self) -> None:
        """Nothing to forget."""

    def close(self) -> None:
        """Nothing to free."""


def turn_mp4(file: Path, degrees: int) -> None:
    """Write a display matrix into an MP4's track header, as a phone held upright does (ISO/IEC 14496-12)."""
    one = 1 << 16
    matrices = {0: (one, 0, 0, one), 90: (0, one, -one, 0), 180: (-one, 0, 0, -one), 270: (0, -one, one, 0)}
    a, b, c, d = matrices[degrees]
    data = bytearray(file.read_bytes())
    at = data.index(b"tkhd") + 4 + 4 + 20 + 16  # version 0: flags, times and ids, then layer to reserved
    for k, value in enumerate((a, b, 0, c, d, 0, 0, 0, 1 << 30)):
        data[at + 4 * k : at + 4 * k + 4] = (value & 0xFFFFFFFF).to_bytes(4, "big")
    file.write_bytes(data)
