"""FERPlus: ten people's votes on FER2013's images (Barsoum et al., 2016), in a file beside ``fer2013.csv``.

Columns of ``fer2013new.csv``: ``Usage,Image name``, then `FERPLUS_COLUMNS` (eight emotions, unknown, NF).
Row n of the votes belongs to row n of FER2013's csv and to nothing else: the image names skip the images
without a face, so that they cannot be used to find an image. The rules are those of
`fer_core.datasets.images.ferplus_labels`; the parts are FER2013's (`fer_core.datasets.images.fer2013`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.emotions import FERPLUS_COLUMNS
from fer_core.base.errors import CorpusError
from fer_core.datasets.images.base import ImageCorpus, Strings
from fer_core.datasets.images.corpus_from_columns import assemble
from fer_core.datasets.images.csv_lists import csv_rows, header_of, row_name, unreadable
from fer_core.datasets.images.fer2013 import find_fer2013, items_of, parts_of
from fer_core.datasets.images.ferplus_labels import Ties, VoteRule, label_votes
from fer_core.datasets.images.files import files_of, only_folder
from fer_core.datasets.images.omissions import Tally
from fer_core.datasets.images.pixel_rows import PixelRows, read_pixel_rows
from fer_core.datasets.images.sources import ArraySource

_FIX = "use the fer2013new.csv of FERPlus with the whole fer2013.csv"
_COLUMNS = [name.casefold() for name in FERPLUS_COLUMNS]


def find_ferplus(path: Path) -> tuple[Path, Path] | None:
    """The votes and FER2013's csv, where both lie in a folder (or its only folder), or beside given votes."""
    for root in (path.parent,) if path.is_file() else (path, only_folder(path)):
        if root is None:
            continue
        votes = [f for f in files_of(root, ".csv") if is_votes_csv(f)]
        votes = [path] if path in votes else votes
        pixels = find_fer2013(root)
        if votes and pixels is not None:
            return votes[0], pixels
    return None


def is_votes_csv(file: Path) -> bool:
    """Whether a csv has all of FERPlus's columns."""
    return set(_COLUMNS) <= set(header_of(file))


def open_ferplus(
    votes: str | Path, pixels: str | Path, rule: VoteRule = "majority", ties: Ties = "drop"
) -> ImageCorpus:
    """Open FER2013's images with FERPlus's labels.

    Raises
    ------
    CorpusError
        Where either file cannot be read or the two do not belong together row by row.
    """
    votes, pixels = Path(votes).resolve(), Path(pixels).resolve()
    rows = read_pixel_rows(pixels)
    tally = Tally(rows.omissions)
    counts = _votes(votes, rows, tally)
    labels = label_votes(counts[rows.row], FERPLUS_COLUMNS, rule, ties)
    part, known = parts_of(rows, tally)
    leave_by_vote(items_of(rows)[known], labels.why[known], tally)
    kept = np.flatnonzero((labels.why == "") & known)
    return assemble(
        "FERPlus",
        "ferplus",
        votes.parent,
        ArraySource(rows.images),
        tally,
        item=items_of(rows)[kept],
        emotion=labels.emotion[kept],
        part=part[kept],
        position=kept.astype(np.int64),
        soft=None if labels.soft is None else labels.soft[kept],
    )


def leave_by_vote(item: Strings, why: Strings, tally: Tally) -> None:
    """Note the images that the votes leave out, by name."""
    for reason in np.unique(why[why != ""]).tolist():
        tally.leave_all(item[why == reason].tolist(), reason)


def _votes(file: Path, rows: PixelRows, tally: Tally) -> npt.NDArray[Any]:
    """Votes (data rows of FER2013, 10); zeros for a row that holds no numbers, which is noted."""
    header = header_of(file)
    at = [header.index(name) for name in _COLUMNS]
    usage_at = header.index("usage") if "usage" in header else None
    own_usage = dict(zip(rows.row.tolist(), rows.usage.tolist(), strict=True))
    counts = np.zeros((rows.rows, len(at)), dtype=np.int16)
    number = -1
    try:
        for number, cells in csv_rows(file, tally):
            if number >= rows.rows:
                continue
            _same_usage(file, number, cells, usage_at, own_usage)
            counts[number] = _counts(cells, at, number, tally)
    except OSError as error:
        raise unreadable(file, error) from error
    if number + 1 != rows.rows:
        what = f"the votes have {number + 1:,} rows, and FER2013's csv has {rows.rows:,}"
        raise CorpusError(what, where=str(file), fix=_FIX)
    return counts


def _same_usage(file: Path, number: int, cells: list[str], usage_at: int | None, own: dict[int, str]) -> None:
    if usage_at is None or len(cells) <= usage_at or not own.get(number):
        return
    told = cells[usage_at].strip()
    if told.casefold() != own[number].casefold():
        what = f"{row_name(number)} is {told} in the votes and {own[number]} in FER2013's csv"
        raise CorpusError(what, where=str(file), fix=_FIX)


def _counts(cells: list[str], at: list[int], number: int, tally: Tally) -> list[int]:
    try:
        found = [int(cells[column]) for column in at]
        if all(0 <= n <= 1000 for n in found):
            return found
    except (ValueError, IndexError):
        pass
    tally.leave(f"votes, {row_name(number)}", "its votes are not numbers from 0 on", _FIX)
    return [0] * len(at)
