"""Images written as text, one csv row each, unpacked into one uint8 array that is mapped from the cache.

FER2013's csv is 300 MB of text for 83 MB of pixels; reading it takes seconds each time, mapping none.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import CorpusError
from fer_core.datasets.base import Omission
from fer_core.datasets.images.base import Strings
from fer_core.datasets.images.csv_lists import csv_rows, header_of, row_name, unreadable
from fer_core.datasets.images.omissions import Tally
from fer_core.datasets.images.unpacked import forget, unpacked

_VERSION = "pixel rows 1"
_FIX = "write emotion,pixels,Usage with as many numbers from 0 to 255 in each row"
_SAMPLED = 50  # rows that tell how many pixels an image has
_DIGITS = b"0123456789 "


@dataclass(frozen=True)
class PixelRows:
    """What a csv of pixels holds.

    Attributes
    ----------
    images : uint8 (n, S, S), mapped from the cache
    label : int64 (n,), as written
    usage : str (n,), stripped; "" where there is no such column
    row : int64 (n,), which data row each is, counted from 0
    rows : int, data rows in the file, the ones left out too
    omissions : rows that could not be used
    """

    images: npt.NDArray[np.uint8]
    label: npt.NDArray[np.int64]
    usage: Strings
    row: npt.NDArray[np.int64]
    rows: int
    omissions: tuple[Omission, ...]


def read_pixel_rows(file: Path) -> PixelRows:
    """The pixels, labels and usage of a csv; parsed the first time, mapped from the cache after that.

    Raises
    ------
    CorpusError
        For a file that cannot be read, lacks a column or a usable row, and for a full disk.
    """
    try:
        for _ in range(2):
            folder = unpacked(file, _VERSION, lambda into: _unpack(file, into))
            try:
                return _load(folder)
            except (OSError, ValueError, KeyError, TypeError):  # damaged on disk: once more
                forget(file, _VERSION)
    except OSError as error:
        raise unreadable(file, error) from error
    raise CorpusError("the unpacked pixels cannot be read back", where=str(file), fix="check the disk")


def is_pixel_csv(file: Path) -> bool:
    """Whether a csv names the columns emotion and pixels (with blanks around them, as some copies have)."""
    return {"emotion", "pixels"} <= set(header_of(file))


# parsing -----------------------------------------------------------------------------------------


def _unpack(file: Path, into: Path) -> None:
    """Parse the csv into ``pixels.npy``, ``rows.npz`` and ``left_out.json``."""
    header = header_of(file)
    if not {"emotion", "pixels"} <= set(header):
        raise CorpusError("the csv lacks the column emotion or pixels", where=str(file), fix=_FIX)
    at = {name: header.index(name) for name in ("emotion", "pixels", "usage") if name in header}
    tally = Tally()
    side = _side(file, at["pixels"])
    label: list[int] = []
    usage: list[str] = []
    row: list[int] = []
    rows = 0
    with (into / "pixels.npy").open("wb") as out:
        start = _write_header(out, 0, side)
        for number, cells in csv_rows(file, tally):
            rows = number + 1
            parsed = _row(cells, at, side, row_name(number), tally)
            if parsed is not None:
                out.write(parsed[0].tobytes())
                label.append(parsed[1])
                usage.append(cells[at["usage"]].strip() if "usage" in at else "")
                row.append(number)
        out.seek(0)
        if _write_header(out, len(row), side) != start:
            raise CorpusError("the unpacked pixels have no room for their header", where=str(file))
    np.savez(
        into / "rows.npz",
        label=np.array(label, np.int64),
        usage=np.array(usage, np.str_),
        row=np.array(row, np.int64),
        rows=np.int64(rows),
    )
    told = [[o.where, o.why, o.fix] for o in tally.omissions()]
    (into / "left_out.json").write_text(json.dumps(told), encoding="utf-8")


def _write_header(out: BinaryIO, images: int, side: int) -> int:
    """Write a .npy header; its length, which numpy keeps the same however many images there will be."""
    fields: dict[str, Any] = {"descr": "|u1", "fortran_order": False, "shape": (images, side, side)}
    np.lib.format.write_array_header_1_0(out, fields)
    return out.tell()


def _side(file: Path, pixels: int) -> int:
    """The side that most of the first rows' images have, if they are squares."""
    found: dict[int, int] = {}
    for number, cells in csv_rows(file, Tally()):
        count = len(cells[pixels].split()) if len(cells) > pixels else 0
        if count and math.isqrt(count) ** 2 == count:
            found[count] = found.get(count, 0) + 1
        if number >= _SAMPLED:
            break
    return math.isqrt(max(found, key=lambda c: found[c])) if found else 48


def _row(
    cells: list[str], at: dict[str, int], side: int, where: str, tally: Tally
) -> tuple[npt.NDArray[np.uint8], int] | None:
    """The pixels and the label of a row; None, and noted, where either cannot be used."""
    if len(cells) <= max(at.values()):
        tally.leave(where, "the row has too few columns", _FIX)
        return None
    values, why = _numbers(cells[at["pixels"]], side)
    written = cells[at["emotion"]].strip()
    try:
        label = int(float(written)) if float(written).is_integer() else None
    except (ValueError, OverflowError):
        label = None
    if values is None or label is None:
        tally.leave(where, why or f"its label {written[:20]!r} is no whole number", _FIX)
        return None
    if abs(label) > 1_000_000:
        tally.leave(where, f"its label {written[:20]} is out of range", _FIX)
        return None
    return values, label


def _numbers(text: str, side: int) -> tuple[npt.NDArray[np.uint8] | None, str]:
    """The pixels of a row as uint8 (side * side,), or None and why not."""
    data = " ".join(text.split()).encode("utf-8", "replace")
    if strange := data.translate(None, _DIGITS):
        return None, f"its pixels hold {strange[:8].decode('utf-8', 'replace')!r}, not numbers from 0 to 255"
    values = np.fromstring(data.decode(), dtype=np.int64, sep=" ") if data else np.zeros(0, np.int64)
    if len(values) != side * side:
        return None, f"it has {len(values):,} pixels instead of {side} x {side} = {side * side:,}"
    if values.max() > 255 or values.min() < 0:
        return None, f"a pixel is {values.max()}, more than 255"
    return values.astype(np.uint8), ""


def _load(folder: Path) -> PixelRows:
    images = np.load(folder / "pixels.npy", mmap_mode="r", allow_pickle=False)
    with np.load(folder / "rows.npz", allow_pickle=False) as columns:
        label, usage, row, rows = (columns[k] for k in ("label", "usage", "row", "rows"))
    told = json.loads((folder / "left_out.json").read_text(encoding="utf-8"))
    if not len(images) == len(label) == len(usage) == len(row):
        raise ValueError("columns of different lengths")
    return PixelRows(images, label, usage, row, int(rows), tuple(Omission(*each) for each in told))
