"""Pixels of many images at the size and with the channels a model takes.

Images that are not square are cut to their central square first: squeezing a face changes the very
distances that show its expression. Smaller ones are made by averaging areas, larger ones by cubic
interpolation. Memory is that of the result and of one image per thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import MediaError, SettingError
from fer_core.datasets.images.base import Image, ImageCorpus, Positions
from fer_core.datasets.images.sources import ArraySource

OnError = Callable[[int, MediaError], None]
"""Told the position in the corpus of an image that cannot be read, and why."""

_THREADS = 4  # decoding and resizing leave Python's lock, so that threads help
_BLOCK = 1024  # images handed to the threads at a time


def pixels(
    corpus: ImageCorpus,
    positions: Sequence[int] | npt.NDArray[Any],
    size: int,
    channels: int,
    *,
    on_error: OnError | None = None,
    threads: int = _THREADS,
) -> npt.NDArray[np.uint8]:
    """The images at some positions of a corpus: uint8 (m, size, size, channels).

    Parameters
    ----------
    corpus : ImageCorpus
    positions : whole numbers (m,)
    size : side in pixels
    channels : 1 for grey, 3 for RGB
    on_error : called for each image that cannot be read, which is then left out of the result
        (`readable_pixels` says which are in it); without it the first such image raises
    threads : how many read at once

    Raises
    ------
    MediaError
        For an image that cannot be read, where `on_error` is not given.
    SettingError
        For a size below 1 or other channels.
    """
    return readable_pixels(corpus, positions, size, channels, on_error=on_error, threads=threads)[0]


def readable_pixels(
    corpus: ImageCorpus,
    positions: Sequence[int] | npt.NDArray[Any],
    size: int,
    channels: int,
    *,
    on_error: OnError | None = None,
    threads: int = _THREADS,
) -> tuple[npt.NDArray[np.uint8], Positions]:
    """`pixels`, and the positions of those that could be read, int64 (m',)."""
    if size < 1 or channels not in (1, 3):
        raise SettingError(
            f"images of {size} pixels with {channels} channels cannot be made",
            fix="use a size of 1 or more, and 1 channel or 3",
        )
    at = np.asarray(positions, dtype=np.int64)
    as_is = _as_they_are(corpus, at, size, channels)
    if as_is is not None:
        return as_is, at
    out = np.empty((len(at), size, size, channels), dtype=np.uint8)
    kept = np.ones(len(at), dtype=bool)

    def fill(row: int) -> MediaError | None:
        try:
            image = corpus.source.read(int(corpus.position[at[row]]))
        except MediaError as error:
            return error
        out[row] = fitted(image, size, channels)
        return None

    for row, error in _in_threads(fill, len(at), threads):
        if error is not None:
            if on_error is None:
                raise error
            on_error(int(at[row]), error)
            kept[row] = False
    return (out, at) if kept.all() else (out[kept], at[kept])


def fitted(image: Image, size: int, channels: int) -> npt.NDArray[np.uint8]:
    """One image, uint8 (H, W) or (H, W, 3), as uint8 (size, size, channels)."""
    import cv2

    shown = central_square(image)
    if channels == 1 and shown.ndim == 3:
        shown = cv2.cvtColor(np.ascontiguousarray(shown), cv2.COLOR_RGB2GRAY)
    if shown.shape[0] != size:
        how = cv2.INTER_AREA if shown.shape[0] > size else cv2.INTER_CUBIC
        shown = cv2.resize(shown, (size, size), interpolation=how)
    if shown.ndim == 2:
        shown = np.repeat(shown[:, :, None], channels, axis=2)
    return shown


def central_square(image: Image) -> Image:
    """The largest square in the middle of an image."""
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return image[top : top + side, left : left + side]


def _as_they_are(corpus: ImageCorpus, at: Positions, size: int, channels: int) -> npt.NDArray[np.uint8] | None:
    """The rows of an array that has the wanted shape already; None for anything else."""
    source = corpus.source
    if not isinstance(source, ArraySource) or source.images.shape[1:3] != (size, size):
        return None
    if (source.images.ndim == 4) != (channels == 3):
        return None
    rows = np.asarray(source.images[corpus.position[at]])
    return rows if channels == 3 else rows[..., None]


def _in_threads(
    work: Callable[[int], MediaError | None], rows: int, threads: int
) -> list[tuple[int, MediaError | None]]:
    if threads <= 1 or rows <= 1:
        return [(row, work(row)) for row in range(rows)]
    found: list[tuple[int, MediaError | None]] = []
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, rows, _BLOCK):
            block = range(start, min(rows, start + _BLOCK))
            found += [(r, e) for r, e in zip(block, pool.map(work, block), strict=True) if e is not None]
    return found
