"""All pairs of 256-bit hashes that differ in few bits, without comparing every pair.

Multi-index hashing (Norouzi, Punjani and Fleet, 2012): cut the bits into L + 1 blocks; two hashes that
differ in at most L bits are equal in at least one of them, so that only hashes that share a block are
compared. Neighbouring bits of a picture's hash say much the same; blocks of bits drawn at random are far
more telling (of FER2013's 32,000 images, 8 million pairs share a block, of 500 million), and since they
are drawn from a fixed seed the answer is the same every time. It is exact in any case.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import SettingError
from fer_core.base.progress import Progress, silent
from fer_core.datasets.copies.picture_hash import BITS, Hash

MOST_LIMIT = 31
"""Largest number of differing bits that can be asked for: blocks of fewer than 8 bits select too little."""

_CANDIDATES = 1_000_000  # pairs compared at a time: some 60 MB

Index = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
Pairs = tuple[Index, Index, Index]


def near_pairs(
    first: Hash, second: Hash, limit: int, *, earlier: bool = False, progress: Progress = silent
) -> Iterator[Pairs]:
    """Rows i of the first and j of the second list that differ in at most `limit` bits, and in how many.

    A pair may come several times (once for each block that it shares).

    Parameters
    ----------
    first, second : uint8 (n, 32) and (m, 32)
    limit : bits, 0 to `MOST_LIMIT`
    earlier : whether only pairs with j < i are wanted, as within one list
    progress : told after each block

    Yields
    ------
    i, j, bits : int64 (k,) each

    Raises
    ------
    SettingError
        For a limit outside its range.
    """
    check_limit(limit)
    blocks = _blocks(limit)
    words = _words(first), _words(second)
    bits = np.unpackbits(first, axis=1), np.unpackbits(second, axis=1)
    for number, block in enumerate(blocks):
        progress(number, len(blocks), "comparing images")
        for i, j in _candidates(_keys(bits[0], block), _keys(bits[1], block), earlier):
            yield _close(words, i, j, limit)
    progress(len(blocks), len(blocks), "comparing images")


def check_limit(limit: int) -> None:
    """Raise `SettingError` for a number of bits that cannot be searched for."""
    if not 0 <= limit <= MOST_LIMIT:
        raise SettingError(f"a limit of {limit} bits cannot be searched", fix=f"use 0 to {MOST_LIMIT}")


def _blocks(limit: int) -> list[npt.NDArray[np.int64]]:
    """Limit + 1 disjoint sets of bits, of at most 16 bits each."""
    width = min(16, BITS // (limit + 1))
    shuffled = np.random.default_rng(0).permutation(BITS)
    return [shuffled[k * width : (k + 1) * width] for k in range(limit + 1)]


def _keys(bits: npt.NDArray[np.uint8], block: npt.NDArray[np.int64]) -> Index:
    """The bits of a block as one number per row."""
    return np.asarray(bits[:, block].astype(np.int64) @ (1 << np.arange(len(block), dtype=np.int64)))


def _words(hashes: Hash) -> Words:
    return np.ascontiguousarray(hashes).view(np.uint64)


def _candidates(first: Index, second: Index, earlier: bool) -> Iterator[tuple[Index, Index]]:
    """Pairs of rows with equal keys, some at a time; with `earlier`, those with j < i."""
    order = np.argsort(second, kind="stable")
    # Key and row in one number: among equal keys, rows come in order.
    ranked = second[order] * len(second) + order
    start = np.searchsorted(ranked, first * len(second))
    last = np.arange(len(first)) if earlier else np.full(len(first), len(second))
    counts = np.searchsorted(ranked, first * len(second) + last) - start
    ends = np.cumsum(counts)
    row = 0
    while row < len(first):
        done = int(ends[row - 1]) if row else 0
        upto = max(row + 1, int(np.searchsorted(ends, done + _CANDIDATES, side="right")))
        here = counts[row:upto]
        if total := int(here.sum()):
            i = np.repeat(np.arange(row, upto), here)
            within = np.arange(total) - np.repeat(np.cumsum(here) - here, here)
            yield i, order[np.repeat(start[row:upto], here) + within]
        row = upto


def _close(words: tuple[Words, Words], i: Index, j: Index, limit: int) -> Pairs:
    """Those of the candidates that differ in at most `limit` bits; most fail on their first 64."""
    bits = np.zeros(len(i), dtype=np.int64)
    for column in range(words[0].shape[1]):
        bits = bits + set_bits(words[0][i, column] ^ words[1][j, column])
        near = bits <= limit
        i, j, bits = i[near], j[near], bits[near]
    return i, j, bits


def set_bits(words: Words) -> Index:
    """How many bits of each 64-bit word are set (the sideways sums of Warren, 2002, figure 5-2)."""
    x = words - ((words >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return ((x * np.uint64(0x0101010101010101)) >> np.uint64(56)).astype(np.int64)
