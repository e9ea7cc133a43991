"""Pictures of a corpus in batches: read as needed, distorted and mixed on the training side only."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.emotions import EMOTIONS
from fer_core.datasets.images.base import ImageCorpus
from fer_core.datasets.images.pixels import pixels
from fer_core.study.image_conditions import ImageCondition
from fer_core.training.images.augment import ImageAugmentation
from fer_core.training.images.mixing import cutmix, mixup
from fer_core.training.protocols import Index

Pixels = npt.NDArray[np.uint8]
Targets = npt.NDArray[np.float32]
Images = npt.NDArray[np.float32]

MEMORY = 1 << 30
"""Bytes of pictures that are kept in memory; a larger side is read anew in every epoch."""
AHEAD = 3
"""Batches made ready while the network works on one."""


def targets(corpus: ImageCorpus, emotions: tuple[str, ...], soft: bool) -> Targets:
    """What each picture shows: (n, E), one-hot, or the shares of votes among the chosen emotions."""
    if soft and corpus.soft is not None:
        votes = corpus.soft[:, [EMOTIONS.index(e) for e in emotions]]
        total = votes.sum(axis=1, keepdims=True)
        hard = corpus.emotion[:, None] == np.array(emotions)[None]
        return np.where(total > 0, votes / np.maximum(total, 1e-9), hard).astype(np.float32)
    return (corpus.emotion[:, None] == np.array(emotions)[None]).astype(np.float32)


class Pictures:
    """The pictures at some positions of a corpus, at one size: from memory where they fit, else read anew.

    Raises `MediaError` where one cannot be read: what could not be read before the training stands on no
    side (`fer_core.training.images.scan_pictures.look_at`).
    """

    def __init__(self, corpus: ImageCorpus, positions: Index, size: int, channels: int, memory: int = MEMORY) -> None:
        self._corpus, self._positions = corpus, positions
        self._size, self._channels = size, channels
        fits = len(positions) * size * size * channels <= memory
        self._kept = self._read(positions) if fits else None

    def __len__(self) -> int:
        return len(self._positions)

    def take(self, which: Index) -> Pixels:
        """uint8 (m, size, size, channels) of some of them, by their place among the positions."""
        return self._kept[which] if self._kept is not None else self._read(self._positions[which])

    def _read(self, positions: Index) -> Pixels:
        return pixels(self._corpus, positions, self._size, self._channels)


@dataclass(frozen=True)
class TrainingBatches:
    """An epoch's batches for training, the same for the same seed and epoch however they are made.

    The last batch of an epoch may be smaller; one of a single picture joins the one before it.
    """

    pictures: Pictures
    targets: Targets
    condition: ImageCondition
    augmentation: ImageAugmentation
    seed: int

    def __len__(self) -> int:
        return len(self._parts(len(self.pictures)))

    def epoch(self, number: int) -> Iterator[tuple[Images, Targets]]:
        """Images float32 in [0, 1] (b, size, size, channels) and targets (b, E)."""
        order = np.random.default_rng([self.seed, number]).permutation(len(self.pictures))
        parts = self._parts(len(order))
        yield from _ahead(lambda k: self._batch(order[parts[k]], number, k), len(parts))

    def _parts(self, n: int) -> list[slice]:
        size = self.condition.fit.batch_size
        starts = list(range(0, n, size))
        if len(starts) > 1 and n - starts[-1] < 2:
            starts.pop()
        return [slice(a, b) for a, b in zip(starts, [*starts[1:], n], strict=True)]

    def _batch(self, which: Index, epoch: int, number: int) -> tuple[Images, Targets]:
        generator = np.random.default_rng([self.seed, epoch, number, 1])
        drawn = self.augmentation(self.pictures.take(np.sort(which)), generator)
        x, y = as_input(drawn), self.targets[np.sort(which)]
        return self._mixed(x, y, generator)

    def _mixed(self, x: Images, y: Targets, generator: np.random.Generator) -> tuple[Images, Targets]:
        c = self.condition
        ways = [(mixup, c.mixup)] * bool(c.mixup) + [(cutmix, c.cutmix)] * bool(c.cutmix)
        if not ways:
            return x, y
        way, alpha = ways[int(generator.integers(len(ways)))]
        return way(x, y, alpha, generator)


def as_input(drawn: npt.NDArray[np.uint8] | Images) -> Images:
    """What a network takes: float32 in [0, 1]."""
    scaled = drawn.astype(np.float32)
    return scaled / np.float32(255) if drawn.dtype == np.uint8 else scaled


def reading_batches(pictures: Pictures, batch: int = 256) -> Iterator[Images]:
    """All pictures in order, as they are: float32 in [0, 1] (b, size, size, channels)."""
    starts = range(0, len(pictures), batch)
    at = np.arange(len(pictures))
    yield from _ahead(lambda k: as_input(pictures.take(at[starts[k] : starts[k] + batch])), len(starts))


def _ahead(make, n: int):  # type: ignore[no-untyped-def]
    """Batches 0 to n - 1, made by a thread some steps ahead of their use."""
    with ThreadPoolExecutor(1, thread_name_prefix="batches") as pool:
        waiting: list[Future[Any]] = []
        try:
            for k in range(n + AHEAD):
                if k < n:
                    waiting.append(pool.submit(make, k))
                if len(waiting) > AHEAD or k >= n:
                    if not waiting:
                        return
                    yield waiting.pop(0).result()
        finally:
            for future in waiting:
                future.cancel()
