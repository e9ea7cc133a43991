"""Fingerprints of pictures that survive saving, resizing and brightening: difference hashes.

A picture is shrunk to 17 by 16 grey cells; each of the 256 bits says whether a cell is brighter
than its left neighbour (the "dHash" of Krawetz, 2013, at four times its usual size). Two
pictures are compared by the number of bits that differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import MediaError
from fer_core.datasets.base import Corpus
from fer_core.datasets.media import read_image

SIDE = 16
BITS = SIDE * SIDE
_READERS = 4  # decoding leaves Python's lock, so that threads help

Hash = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Pictures:
    """Hashes of the pictures behind n rows.

    Attributes
    ----------
    plain, mirrored : uint8 (n, m, 32)
        Hash of each of a row's m pictures, and of the same picture in the mirror.
    known : bool (n,)
        Rows all of whose pictures could be read; the others' hashes mean nothing.
    """

    plain: Hash
    mirrored: Hash
    known: npt.NDArray[np.bool_]


def difference_hash(image: npt.NDArray[np.uint8]) -> Hash:
    """The 256 bits of a picture, RGB (H, W, 3) or grey (H, W), packed: uint8 (32,)."""
    import cv2

    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) if image.ndim == 3 else image
    cells = cv2.resize(grey, (SIDE + 1, SIDE), interpolation=cv2.INTER_AREA).astype(np.int16)
    return np.packbits(cells[:, 1:] > cells[:, :-1])


def differing_bits(first: Hash, second: Hash) -> npt.NDArray[np.int64]:
    """How many bits differ between each of (n, 32) and each of (k, 32) hashes: (n, k)."""
    signs = [2.0 * np.unpackbits(h, axis=1).astype(np.float32) - 1.0 for h in (first, second)]
    return np.rint((BITS - signs[0] @ signs[1].T) / 2).astype(np.int64)


def bits_apart(first: Hash, second: Hash) -> npt.NDArray[np.int64]:
    """How many bits differ between two lists of hashes, one by one: (n, 32) and (n, 32) give (n,)."""
    return np.asarray(np.unpackbits(first ^ second, axis=1).sum(axis=1), dtype=np.int64)


def hash_files(files: Sequence[Sequence[Path]]) -> Pictures:
    """Hashes of the picture files behind each row, equally many for each; none marks a row unknown."""
    wanted = sorted({file for row in files for file in row})
    with ThreadPoolExecutor(_READERS) as pool:
        found = dict(zip(wanted, pool.map(_hashes, wanted), strict=True))
    moments = max((len(row) for row in files), default=0)
    hashes = np.zeros((2, len(files), moments, BITS // 8), dtype=np.uint8)
    known = np.zeros(len(files), dtype=bool)
    for i, row in enumerate(files):
        each = [both for file in row if (both := found[file]) is not None]
        known[i] = moments > 0 and len(each) == moments
        if known[i]:
            hashes[:, i] = np.stack(each, axis=1)
    return Pictures(hashes[0], hashes[1], known)


def hash_corpus(corpus: Corpus, clips: Sequence[str]) -> Pictures | None:
    """Hashes of the first and the last picture of the named clips, in that order.

    None where no clip has pictures of its own (videos would have to be decoded to their end,
    synthetic clips have none).
    """
    frames = {c.clip_id: c.frames for c in corpus.clips}
    if not any(frames.values()):
        return None
    ends = [frames.get(str(clip), ()) for clip in clips]
    return hash_files([(f[0], f[-1]) if f else () for f in ends])


def _hashes(file: Path) -> Hash | None:
    """Plain and mirrored hash (2, 32) of a picture file; None where it cannot be read."""
    try:
        stat = file.stat()
        return _hashed(file, stat.st_mtime_ns, stat.st_size)
    except (OSError, MediaError):
        return None  # it was read when its landmarks were found; who removes it meanwhile loses the check


@lru_cache(maxsize=20_000)
def _hashed(file: Path, changed: int, size: int) -> Hash:  # noqa: ARG001 (what it is cached by)
    image = read_image(file)
    return np.stack([difference_hash(image), difference_hash(image[:, ::-1])])
