"""Digests of the pictures of a corpus, to know a picture again in another copy of its corpus."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import MediaError
from fer_core.base.progress import Progress, silent
from fer_core.datasets.copies.fingerprints import pixel_digest, plainest
from fer_core.datasets.images.base import ImageCorpus, Positions

_THREADS, _BLOCK = 4, 1024

Digests = npt.NDArray[np.uint64]


def pixel_digests(corpus: ImageCorpus, positions: Positions, *, progress: Progress = silent) -> tuple[Digests, Digests]:
    """Of the images at some positions, and of their mirror images: two uint64 (m,), equal for equal pixels.

    An image that cannot be read gets 0, which no image has but by a chance of 1 in 2^64.
    """
    found = np.zeros((2, len(positions)), dtype=np.uint64)

    def fill(row: int) -> None:
        try:
            image = plainest(corpus.source.read(int(corpus.position[positions[row]])))
        except MediaError:
            return
        found[:, row] = pixel_digest(image), pixel_digest(np.ascontiguousarray(image[:, ::-1]))

    with ThreadPoolExecutor(_THREADS) as pool:
        for start in range(0, len(positions), _BLOCK):
            progress(start, len(positions), "Looking which pictures are known")
            list(pool.map(fill, range(start, min(len(positions), start + _BLOCK))))
    return found[0], found[1]
