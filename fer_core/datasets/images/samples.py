"""A handful of images to look at: drawn by a seed, read when they are shown, small."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fer_core.base.errors import MediaError
from fer_core.datasets.images.base import ImageCorpus, Positions
from fer_core.datasets.images.pixels import readable_pixels

SIDE = 72
"""Pixels of a thumbnail's side."""

_QUALITY = 88  # of JPEG: a third of the bytes of a PNG, and no difference at this size


@dataclass(frozen=True)
class Thumbnail:
    """One image made small.

    Attributes
    ----------
    item, emotion : its name and label
    jpeg : its bytes; none where it cannot be read
    why : why it cannot be read, else ""
    """

    item: str
    emotion: str
    jpeg: bytes
    why: str = ""


def draw(corpus: ImageCorpus, each: int, seed: int) -> dict[str, Positions]:
    """Positions of up to ``each`` images of every emotion, another handful for another seed."""
    drawn = {}
    for emotion in corpus.emotions:
        at = np.flatnonzero(corpus.emotion == emotion)
        # Of its own for each emotion: what is chosen of one does not depend on which others are shown.
        generator = np.random.default_rng([seed, *emotion.encode()])
        drawn[emotion] = generator.permutation(at)[:each].astype(np.int64)
    return drawn


def thumbnails(corpus: ImageCorpus, positions: Sequence[int] | Positions, side: int = SIDE) -> list[Thumbnail]:
    """The images at some positions as JPEG of a square of ``side`` pixels; unreadable ones say why."""
    why: dict[int, MediaError] = {}
    pixels, read = readable_pixels(corpus, positions, side, 3, on_error=why.__setitem__)
    bytes_of = {p: _jpeg(image) for p, image in zip(read.tolist(), pixels, strict=True)}
    return [
        Thumbnail(str(corpus.item[p]), str(corpus.emotion[p]), bytes_of.get(p, b""), why[p].what if p in why else "")
        for p in np.asarray(positions, dtype=np.int64).tolist()
    ]


def positions_of(corpus: ImageCorpus, items: Sequence[str]) -> Positions:
    """Where images of these names lie; names that the corpus does not have are passed over."""
    wanted = np.asarray(list(items), dtype=np.str_)
    order = np.argsort(corpus.item)
    slot = np.minimum(np.searchsorted(corpus.item, wanted, sorter=order), len(order) - 1)
    at = order[slot]
    return np.asarray(at[corpus.item[at] == wanted], dtype=np.int64)


def _jpeg(image: np.ndarray) -> bytes:
    import cv2

    _, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return data.tobytes()
