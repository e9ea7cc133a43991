"""The built-in demo corpus: who is in it and which clips there are; no file, no person's face.

Its landmarks are drawn by `fer_core.landmarks.synthetic` from a shape model. Counts are those of
the published CK+ (Lucey et al., 2010): 327 clips of 118 subjects, none with two clips of one emotion.
"""

from __future__ import annotations

import json
import zlib
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.emotions import CKPLUS_PUBLISHED_COUNTS
from fer_core.base.paths import assets_dir
from fer_core.datasets.base import Clip, Corpus

NOTE = (
    "Synthetic landmark clips drawn from a shape model estimated from CK+: no person's face is in them, "
    "and numbers on them say nothing about real faces."
)
"""Said wherever numbers on the demo corpus appear."""

CLIPS_PER_SUBJECT = {1: 20, 2: 21, 3: 50, 4: 21, 5: 5, 6: 1}
"""How many of the 118 subjects have how many clips: the shares counted in CK+48's labelled sequences
(113 subjects), scaled to the published totals."""

_SWAPS = 6000  # swaps that shuffle who shows what; the table is well mixed after a few per clip


def open_demo(seed: int = 0) -> Corpus:
    """The demo corpus. The same seed gives the same clips, and the same landmarks for each of them."""
    shows = _who_shows_what(np.random.default_rng([seed, 0]))
    clips = tuple(
        Clip(f"{subject}/{number:03d}", subject, emotion, frame_numbers=tuple(range(1, length + 1)))
        for subject, emotions in _named(shows)
        for number, emotion, length in _sequences(subject, emotions, seed)
    )
    return Corpus("demo", "demo", None, clips, synthetic=True, note=NOTE, seed=seed)


@cache
def _lengths() -> dict[str, Any]:
    """``range`` of the frame count, and mean and standard deviation of its logarithm per emotion."""
    facts: dict[str, Any] = json.loads((assets_dir() / "demo_shape_model.json").read_text(encoding="utf-8"))
    lengths: dict[str, Any] = facts["lengths"]
    return lengths


def _who_shows_what(generator: np.random.Generator) -> npt.NDArray[np.bool_]:
    """bool (118, 7): a random table with CK+'s clips per emotion and per subject.

    A greedy table (Gale, 1957; Ryser, 1957) has the right margins; swaps that keep them mix it.
    """
    sizes = np.repeat(list(CLIPS_PER_SUBJECT), list(CLIPS_PER_SUBJECT.values()))
    wanted = generator.permutation(sizes)
    table = np.zeros((len(wanted), len(CKPLUS_PUBLISHED_COUNTS)), dtype=bool)
    for column, count in enumerate(CKPLUS_PUBLISHED_COUNTS.values()):
        left = wanted - table.sum(axis=1)
        table[np.argsort(-left, kind="stable")[:count], column] = True
    rows = generator.integers(0, table.shape[0], size=(_SWAPS, 2))
    columns = generator.integers(0, table.shape[1], size=(_SWAPS, 2))
    for (r, s), (c, d) in zip(rows.tolist(), columns.tolist(), strict=True):
        if table[r, c] and table[s, d] and not table[r, d] and not table[s, c]:
            table[r, c] = table[s, d] = False
            table[r, d] = table[s, c] = True
    return table


def _named(table: npt.NDArray[np.bool_]) -> list[tuple[str, list[str]]]:
    """Each subject's name and the emotions they show."""
    emotions = list(CKPLUS_PUBLISHED_COUNTS)
    return [
        (f"D{i + 1:03d}", [e for e, shown in zip(emotions, row, strict=True) if shown])
        for i, row in enumerate(table.tolist())
    ]


def _sequences(subject: str, emotions: list[str], seed: int) -> list[tuple[int, str, int]]:
    """Number, emotion and frame count of a subject's clips; the number says nothing of the emotion."""
    generator = np.random.default_rng([seed, 1, zlib.crc32(subject.encode())])
    order = generator.permutation(len(emotions)).tolist()
    return [(n, emotions[i], _length(emotions[i], generator)) for n, i in enumerate(order, start=1)]


def _length(emotion: str, generator: np.random.Generator) -> int:
    """Frames from onset to apex: log-normal, within the range seen."""
    lengths = _lengths()
    mean, spread = lengths["log"][emotion]
    low, high = lengths["range"]
    return int(np.clip(round(float(np.exp(generator.normal(mean, spread)))), low, high))
