"""FER2013 as one csv (Goodfellow et al., 2013): ``emotion,pixels,Usage``, 48 x 48 grey pixels a row.

Copies write `` pixels`` and `` Usage`` with a leading blank (``icml_face_data.csv``), or no Usage at all.
``ckextended.csv`` is CK+ in the same form with contempt as code 7.

The official parts: *Training* is the training part. *PublicTest* is the validation part and *PrivateTest*
the test part: in the challenge the public test's results were shown while people worked on their models,
so that models were chosen by it, and only the private test, opened at the end, was nobody's choice. Copies
without PrivateTest have PublicTest as the only part held out; it is called "validation" all the same, and
`fer_core.datasets.images.base.held_out` finds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fer_core.base.emotions import CKEXTENDED_CODES, FER2013_CODES
from fer_core.datasets.images.base import ImageCorpus, Part, Strings
from fer_core.datasets.images.corpus_from_columns import assemble
from fer_core.datasets.images.csv_lists import row_name
from fer_core.datasets.images.files import files_of, only_folder
from fer_core.datasets.images.omissions import Tally
from fer_core.datasets.images.pixel_rows import PixelRows, is_pixel_csv, read_pixel_rows
from fer_core.datasets.images.sources import ArraySource

USAGE: dict[str, Part] = {"training": "train", "publictest": "validation", "privatetest": "test", "": ""}
"""FER2013's ``Usage``, in lower case, and the part it stands for."""

NAMES = ("fer2013.csv", "icml_face_data.csv", "ckextended.csv")
"""What the csv is usually called; any other csv with its columns is taken too where it is the only one."""

_USAGE_FIX = "write Training, PublicTest or PrivateTest"


def find_fer2013(path: Path) -> Path | None:
    """The csv of pixels in a folder or in its only folder; None where there is none, or several unnamed."""
    for root in (path, only_folder(path)):
        if root is None:
            continue
        files = [f for f in files_of(root, ".csv") if is_pixel_csv(f)]
        named = [f for name in NAMES for f in files if f.name.casefold() == name]
        if named or len(files) == 1:
            return (named or files)[0]
    return None


def codes_of(file: Path) -> Mapping[int, str]:
    """The label table that goes with a csv: `CKEXTENDED_CODES` for one called so, else `FER2013_CODES`."""
    return CKEXTENDED_CODES if "ckextended" in file.stem.casefold() else FER2013_CODES


def open_fer2013(file: str | Path) -> ImageCorpus:
    """Open a csv of pixels with its own labels.

    The first time, its pixels are unpacked into the cache; after that they are mapped from there.

    Raises
    ------
    CorpusError
        For a file that cannot be read, lacks a column or has no usable row, and for a full disk.
    """
    file = Path(file).resolve()
    rows = read_pixel_rows(file)
    tally = Tally(rows.omissions)
    codes = codes_of(file)
    part, known = parts_of(rows, tally)
    known &= _known_labels(rows, codes, tally)
    kept = np.flatnonzero(known)
    names = np.array([codes.get(code, "") for code in range(max(codes) + 1)])
    return assemble(
        file.stem,
        "fer2013",
        file,
        ArraySource(rows.images),
        tally,
        item=items_of(rows)[kept],
        emotion=names[rows.label[kept]],
        part=part[kept],
        position=kept.astype(np.int64),
    )


def items_of(rows: PixelRows) -> Strings:
    """``Training/17`` for data row 17 (from 0); ``row/17`` where the csv has no Usage."""
    usage = np.where(rows.usage == "", "row", rows.usage)
    return np.char.add(np.char.add(usage, "/"), rows.row.astype(np.str_))


def parts_of(rows: PixelRows, tally: Tally) -> tuple[Strings, npt.NDArray[np.bool_]]:
    """The part of each row, and whether its usage is known; rows of another are left out."""
    told, which = np.unique(rows.usage, return_inverse=True)
    parts = [USAGE.get(usage.casefold()) for usage in told.tolist()]
    for usage, part, number in zip(told.tolist(), parts, range(len(told)), strict=True):
        if part is None:
            places = map(row_name, rows.row[which == number].tolist())
            tally.leave_all(places, f"its usage {usage[:20]!r} is unknown", _USAGE_FIX)
    known = np.array([part is not None for part in parts], dtype=bool)
    return np.array([part or "" for part in parts], dtype="<U10")[which], known[which]


def _known_labels(rows: PixelRows, codes: Mapping[int, str], tally: Tally) -> npt.NDArray[np.bool_]:
    known = np.isin(rows.label, list(codes))
    for label in np.unique(rows.label[~known]).tolist():
        fix = f"use {min(codes)} to {max(codes)}"
        if label in CKEXTENDED_CODES:
            fix += ", or call the file ckextended.csv if it is CK+ in this form (7 is contempt there)"
        places = map(row_name, rows.row[rows.label == label].tolist())
        tally.leave_all(places, f"its label {label} is out of range", fix)
    return known
