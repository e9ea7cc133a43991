"""Small corpora on disk for the tests: real PNGs and videos, written with OpenCV."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np


@cache
def picture(suffix: str = ".png", height: int = 12, width: int = 16) -> bytes:
    """The bytes of a small noisy image in the format of a suffix."""
    pixels = np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8)
    written, data = cv2.imencode(suffix, pixels)
    assert written
    return data.tobytes()


def put(path: Path, data: bytes | str = b"") -> Path:
    """Write a file, its folders too; a picture of its suffix where no data is given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(data, str):
        data = data.encode()
    path.write_bytes(data or picture(path.suffix.lower()))
    return path


def put_empty(path: Path) -> Path:
    """A file of no bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    return path


def put_sequence(root: Path, clip_id: str, label: str | None = None, frames: tuple[int, ...] = (1, 2, 3)) -> None:
    """One CK+ sequence, with a label file if `label` is not None."""
    subject, sequence = clip_id.split("/")
    stem = f"{subject}_{sequence}_"
    for n in frames:
        put(root / "cohn-kanade-images" / clip_id / f"{stem}{n:08d}.png")
    labels = root / "Emotion" / clip_id
    labels.mkdir(parents=True, exist_ok=True)
    if label is not None:
        (labels / f"{stem}{max(frames):08d}_emotion.txt").write_text(label)


def put_video(path: Path, frames: int = 6, size: tuple[int, int] = (64, 48), code: str = "mp4v") -> Path:
    """A small video at 10 frames per second whose brightness rises by 20 from frame to frame."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*code), 10, size)
    assert writer.isOpened()
    for n in range(frames):
        writer.write(np.full((size[1], size[0], 3), 40 + 20 * n, np.uint8))
    writer.release()
    return path


def whys(corpus: object) -> dict[str, str]:
    """Reason by place of a corpus's omissions."""
    return {o.where: o.why for o in corpus.omissions}  # type: ignore[attr-defined]
