"""What is kept of each image to find its copies: digests of its pixels and difference hashes.

Hashes are those of `fer_core.datasets.copies.picture_hash`, of the image and of its mirror image. 81 bytes an
image, so that 300,000 images need 25 MB.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import MediaError
from fer_core.base.progress import Progress, silent
from fer_core.datasets.copies.picture_hash import BITS, Hash, difference_hash
from fer_core.datasets.images.base import Image, ImageCorpus

FEATURELESS = 2.0
"""Standard deviation in grey levels (0 to 255) below which an image shows nothing to compare."""

_THREADS = 4
_BLOCK = 512
_DIGEST_BYTES = 8  # of 300,000 images, two of different pixels share one with probability 2e-9


@dataclass(frozen=True)
class Fingerprints:
    """Of n images.

    Attributes
    ----------
    digest, mirrored_digest : uint64 (n,)
        Equal for equal pixels; of the image, and of its mirror image.
    plain, mirrored : uint8 (n, 32)
        Difference hashes.
    readable : bool (n,)
        The others' values mean nothing.
    featureless : bool (n,)
        Images of (almost) one grey, which are compared by their pixels only.
    """

    digest: npt.NDArray[np.uint64]
    mirrored_digest: npt.NDArray[np.uint64]
    plain: Hash
    mirrored: Hash
    readable: npt.NDArray[np.bool_]
    featureless: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.digest)

    def take(self, rows: npt.NDArray[Any]) -> Fingerprints:
        """Those of some of the images."""
        return Fingerprints(
            self.digest[rows],
            self.mirrored_digest[rows],
            self.plain[rows],
            self.mirrored[rows],
            self.readable[rows],
            self.featureless[rows],
        )


def fingerprints(
    corpus: ImageCorpus,
    positions: Sequence[int] | npt.NDArray[Any] | None = None,
    *,
    on_error: Callable[[int, MediaError], None] | None = None,
    progress: Progress = silent,
) -> Fingerprints:
    """Fingerprints of the images at some positions of a corpus, or of all.

    Images that cannot be read are told to `on_error` (position in the corpus, and why) and marked.
    """
    at = np.arange(len(corpus)) if positions is None else np.asarray(positions, dtype=np.int64)
    n = len(at)
    digests = np.zeros((2, n), dtype=np.uint64)
    hashes = np.zeros((2, n, BITS // 8), dtype=np.uint8)
    readable, featureless = np.ones(n, dtype=bool), np.zeros(n, dtype=bool)

    def fill(row: int) -> MediaError | None:
        try:
            image = plainest(corpus.source.read(int(corpus.position[at[row]])))
        except MediaError as error:
            return error
        for which, seen in enumerate((image, np.ascontiguousarray(image[:, ::-1]))):
            digests[which, row] = pixel_digest(seen)
            hashes[which, row] = difference_hash(seen)
        featureless[row] = float(image.std()) < FEATURELESS
        return None

    with ThreadPoolExecutor(_THREADS) as pool:
        for start in range(0, n, _BLOCK):
            rows = range(start, min(n, start + _BLOCK))
            progress(start, n, f"reading images, {start:,} of {n:,}")
            for row, error in zip(rows, pool.map(fill, rows), strict=True):
                if error is not None:
                    readable[row] = False
                    if on_error is not None:
                        on_error(int(at[row]), error)
    progress(n, n, f"reading images, {n:,} of {n:,}")
    return Fingerprints(digests[0], digests[1], hashes[0], hashes[1], readable, featureless)


def plainest(image: Image) -> Image:
    """An RGB image whose channels are all equal as the grey image that it is; any other as it is."""
    if image.ndim == 3 and (image[..., 0] == image[..., 1]).all() and (image[..., 1] == image[..., 2]).all():
        return np.ascontiguousarray(image[..., 0])
    return image


def pixel_digest(image: Image) -> int:
    """A number of 64 bits, equal for images of equal shape and pixels."""
    digest = blake2b(str(image.shape).encode(), digest_size=_DIGEST_BYTES)
    digest.update(np.ascontiguousarray(image).data)
    return int.from_bytes(digest.digest(), "little")
