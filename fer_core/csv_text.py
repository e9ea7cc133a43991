"""CSV as people have it: any spreadsheet's encoding, separator and line ends, read within limits."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

SEPARATORS = (",", ";", "\t")


class NotCsv(ValueError):  # noqa: N818 - says what the file is not, and its readers say it in their own error
    """Why text is no CSV, and in which row (the header is row 1; 0 for the file as a whole)."""

    def __init__(self, why: str, row: int = 0) -> None:
        self.why, self.row = why, row
        super().__init__(f"row {row}: {why}" if row else why)


def decoded(data: bytes) -> str:
    """A file's text: UTF-8, UTF-16 with its mark, or the Windows-1252 of spreadsheets. Raises `NotCsv`."""
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise NotCsv("the file is not text")


def read_bytes(file: Path, most: int) -> bytes:
    """A file's bytes. Raises `NotCsv` for one that is too large, no file, or cannot be read."""
    try:
        if not file.is_file() and file.exists():
            raise NotCsv("it is no file")
        with file.open("rb") as stream:
            data = stream.read(most + 1)
    except OSError as error:
        raise NotCsv(f"it cannot be read ({error.strerror or error})") from error
    if len(data) > most:
        raise NotCsv(f"the file is larger than {most // 10**6} MB")
    return data


def separator(text: str) -> str:
    """The separator that stands most often in the first line, or the one a line ``sep=;`` names."""
    first = text[:100_000].lstrip().splitlines()[:1]
    line = first[0] if first else ""
    if line.casefold().startswith("sep=") and line[4:5] in SEPARATORS and not line[5:].strip():
        return line[4]
    return max(SEPARATORS, key=line.count)


def records(text: str, *, strict: bool = False) -> Iterator[tuple[int, list[str]]]:
    """Row number from 1 and cells of each row; a first line ``sep=;`` is no row. Raises `NotCsv`.

    `strict` refuses a quote that is never closed, which would take the rest of the file into one cell.
    """
    # newline="" leaves line ends to csv, which then takes \n, \r\n and the \r of Excel's "CSV (Macintosh)".
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator(text), strict=strict)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if number == 1 and "".join(cells).strip().casefold().startswith("sep="):
                continue
            yield number, cells
    except csv.Error as error:
        raise NotCsv(f"it is not a CSV here ({error})", number + 1) from error
