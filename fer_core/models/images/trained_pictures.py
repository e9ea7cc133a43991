"""Which pictures an image bundle was trained on, as digests beside its arrays: 8 bytes a picture.

Names of pictures mean nothing in another copy of their corpus (FER2013 is a csv, folders, an array);
digests of the pixels (`fer_core.datasets.copies.digests`) do.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fer_core.base.errors import BundleError
from fer_core.datasets.copies.digests import Digests
from fer_core.files import whole_files

SEEN = "seen.npy"
MOST = 5_000_000


def save_seen(folder: Path, digests: Digests) -> None:
    """Store the digests of the pictures that were trained on, sorted, each once; unreadable ones (0) not."""
    known = np.unique(np.asarray(digests, dtype=np.uint64))
    with whole_files.whole(folder / SEEN) as file:
        np.save(file, known[known != 0], allow_pickle=False)


def load_seen(folder: Path) -> Digests | None:
    """The digests of a bundle, sorted: uint64 (m,); None where it has none. Raises `BundleError`."""
    file = folder / SEEN
    if not file.is_file():
        return None
    try:
        if file.stat().st_size > 8 * MOST + 1000:
            raise ValueError("too large")
        read = np.load(file, allow_pickle=False)
        if read.dtype != np.uint64 or read.ndim != 1:
            raise ValueError("no list of digests")
    except (OSError, ValueError, EOFError) as error:
        raise BundleError(
            f"the list of pictures it was trained on cannot be read ({error})",
            where=str(file),
            fix="copy the bundle again",
        ) from error
    return np.asarray(np.unique(read))
