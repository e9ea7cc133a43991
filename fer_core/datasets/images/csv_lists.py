"""Lists and tables beside images, read line by line as text: one bad line costs itself only.

Whoever wrote them used a spreadsheet: UTF-8 or UTF-16, with or without a byte order mark, lines that end
in CR, LF or both, cells parted by commas, semicolons or tabs, a first line ``sep=;``. None of these lists
has a cell of several lines, so that a quote that is never closed ends with its line.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TextIO

from fer_core.base.errors import CorpusError
from fer_core.datasets.images.omissions import Tally
from fer_core.files.shapes import regular

LONGEST = 8_000_000
"""Characters of a line at most: a picture of some 1400 x 1400 pixels written as numbers."""

_HEAD = 4096
_SEPARATORS = (",", ";", "\t")
_FIX = "save the list as CSV (UTF-8)"


def text_lines(file: Path) -> Iterator[str | None]:
    """The lines of a text file without their ends; None for one of more than `LONGEST` characters.

    Bytes that are no UTF-8 are kept as file names keep them (surrogates).
    Raises `OSError`.
    """
    encoding = _encoding(file)
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    with file.open("r", encoding=encoding, errors=errors, newline="") as stream:
        yield from _lines(stream)


def header_of(file: Path) -> list[str]:
    """Column names of a csv as they are compared: lower case, no blanks around; [] where there are none."""
    try:
        first = _without_hint(text_lines(file))
        line = next(first, None)
    except (OSError, ValueError):
        return []
    if not line or len(line) > _HEAD * 4:
        return []
    return [name.strip().casefold() for name in _cells(line, _separator(line))]


def csv_rows(file: Path, tally: Tally, *, header: bool = True) -> Iterator[tuple[int, list[str]]]:
    """Number (from 0) and cells of each data row that is not blank.

    The first line is passed over as the header, or is a data row of a list without one. A row that is no
    csv is left out, and the rest goes on. Raises `OSError`.
    """
    lines = _without_hint(text_lines(file))
    first = next(lines, None)
    separator = _separator(first or "")
    number = 0
    for line in lines if header else chain([first], lines):
        try:
            if line is None:
                raise csv.Error(f"it has more than {LONGEST:,} characters")
            cells = _cells(line, separator)
            if not any(cells) and line.strip(f"{separator} "):
                raise csv.Error("a quote is never closed")
        except csv.Error as error:
            tally.leave(row_name(number), f"the row cannot be read ({error})", _FIX)
            number += 1
            continue
        if any(cells):
            yield number, cells
            number += 1


def row_name(number: int) -> str:
    """A data row as a spreadsheet counts it: the header is row 1."""
    return f"row {number + 2}"


def unreadable(file: Path, error: OSError) -> CorpusError:
    """The sentence for a list or table that the system does not give."""
    what = f"the file cannot be read ({error.strerror or error})"
    return CorpusError(what, where=str(file), fix="check the path and its permissions")


def _encoding(file: Path) -> str:
    with regular(file).open("rb") as stream:
        head = stream.read(_HEAD)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    # UTF-16 without its mark: every other byte of plain letters is zero.
    even, odd = head[:40:2], head[1:40:2]
    if len(odd) > 1 and not any(odd) and all(even):
        return "utf-16-le"
    return "utf-16-be" if len(odd) > 1 and not any(even) and all(odd) else "utf-8-sig"


def _lines(stream: TextIO) -> Iterator[str | None]:
    while line := stream.readline(LONGEST):
        if len(line) < LONGEST or line.endswith(("\n", "\r")):
            yield line.rstrip("\r\n")
            continue
        while len(line) == LONGEST and not line.endswith(("\n", "\r")):
            line = stream.readline(LONGEST)
        yield None


def _without_hint(lines: Iterator[str | None]) -> Iterator[str | None]:
    """The lines without a first ``sep=;``, which is meant for Excel."""
    first = next(lines, None)
    if first is not None and not first.strip().casefold().startswith("sep="):
        yield first
    yield from lines


def _separator(line: str) -> str:
    """The one that stands most often in the first line."""
    return max(_SEPARATORS, key=line.count)


def _cells(line: str, separator: str) -> list[str]:
    if '"' not in line:
        return line.split(separator)
    if len(line) < csv.field_size_limit():
        return next(csv.reader([line], delimiter=separator), [])
    before = csv.field_size_limit(LONGEST)
    try:
        return next(csv.reader([line], delimiter=separator), [])
    finally:
        csv.field_size_limit(before)
