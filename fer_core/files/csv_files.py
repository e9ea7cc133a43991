"""CSV, in and out: the one reader and the one writer of this program.

What is written is defused (`fer_core.base.text.for_csv`), and what is read is given back as it was.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_core.base.errors import FerError, TableError
from fer_core.base.text import for_csv, from_csv
from fer_core.files import whole_files

if TYPE_CHECKING:
    import pandas as pd

MAX_BYTES = 64 * 1024**2
MAX_CELL = 100_000
"""Letters in one cell, unless the reader expects more."""
SEPARATORS = (",", ";", "\t")
FIX_FORMAT = "save it as CSV (UTF-8) and choose that file"

csv.field_size_limit(8_000_000)  # for the whole process, so here; a picture may stand in one cell
_END = "end\N{SYMBOL FOR END OF TRANSMISSION}"


# --- reading --------------------------------------------------------------------------------------


def read_text(
    source: Path | bytes, most: int = MAX_BYTES, *, kind: type[FerError] = TableError, fix: str = FIX_FORMAT
) -> str:
    """The text of a CSV: UTF-8 with or without its mark, UTF-16 with it, else Windows-1252.

    Parameters
    ----------
    source : a file, or its bytes
    most : bytes that are read at most
    kind : the error that is raised
    fix : what to do about a file that is no text

    Raises
    ------
    kind
        Where it cannot be read, is larger, is no text (a spreadsheet's own format, say), or is empty.
    """
    where = source.name if isinstance(source, Path) else ""
    try:
        too_large = (source.stat().st_size if isinstance(source, Path) else len(source)) > most
        if too_large:
            raise kind(f"the file is larger than {most // 1000**2:,} MB", where=where, fix="split it")
        raw = source.read_bytes() if isinstance(source, Path) else source
    except OSError as error:
        what = f"the file cannot be read ({error.strerror or error})"
        raise kind(what, where=where, fix="check the path and its permissions") from error
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise kind("this is a spreadsheet's own format, not CSV", where=where, fix=fix)
    text = _decoded(raw)
    if text is None or "\0" in text:
        raise kind("the file is not text", where=where, fix=fix)
    if not text.strip():
        raise kind("the file is empty", where=where, fix="choose another")
    return text


def separator_of(text: str) -> str:
    """Comma, semicolon or tab: as a first line ``sep=;`` says, else the most frequent in the header."""
    first = next(_lines(text.lstrip()), "")
    return _told(first) or max(SEPARATORS, key=first.count)


def records(
    text: str | Iterable[str],
    separator: str = "",
    *,
    kind: type[FerError] = TableError,
    where: str = "",
    longest: int = MAX_CELL,
) -> Iterator[tuple[int, list[str]]]:
    """(row number as a spreadsheet counts, cells) of every row, the header first, which is row 1 or 2.

    Line ends may be those of any system. A first line ``sep=;`` is passed over; blank rows come as ``[]``.

    Parameters
    ----------
    text : a whole CSV (`read_text`), or the lines of a file opened with ``newline=""``
    separator : `separator_of` the text if not given; a comma for lines
    kind, where : the error that is raised, and the file it names
    longest : letters that a cell may have

    Raises
    ------
    kind
        For a quote that is not closed, which would swallow all that follows, and a cell that is too long.
    """
    if isinstance(text, str):
        separator = separator or separator_of(text)
        text = _lines(text)
    # A last row of our own comes out as it went in only if no quote is open before it.
    reader = csv.reader(itertools.chain(text, [_END]), delimiter=separator or ",")
    number, ended = 0, False
    try:
        for number, cells in enumerate(reader, start=1):
            if cells and cells[-1].endswith(_END):
                ended = cells == [_END]
                break
            if number == 1 and len(cells) <= 2 and _told((separator or ",").join(cells)):
                continue
            if any(len(cell) > longest for cell in cells):
                raise _not_csv(kind, f"a cell has more than {longest:,} letters", where, number)
            yield number, [from_csv(cell) for cell in cells]
    except csv.Error as error:
        raise _not_csv(kind, str(error), where, number + 1) from error
    if not ended:
        place = f"{where} row {number}".strip()
        raise kind("a quote is opened and never closed", where=place, fix="close it, or remove it")


def _not_csv(kind: type[FerError], why: str, where: str, row: int) -> FerError:
    return kind(f"the file is not a CSV here ({why})", where=f"{where} row {row}".strip(), fix="mend it")


def _decoded(raw: bytes) -> str | None:
    marked = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    # Spreadsheets on Windows still write cp1252.
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _lines(text: str) -> Iterator[str]:
    return io.StringIO(text, newline="")


def _told(first: str) -> str:
    """The separator that a first line ``sep=;`` names, as spreadsheets write it; else nothing."""
    plain = first.strip('\r\n" ')
    return plain[4:] if plain[:4].casefold() == "sep=" and plain[4:] in SEPARATORS else ""


# --- writing --------------------------------------------------------------------------------------


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV, the header among them; no cell is a formula."""
    lines = _Lines()
    # With this line end the writer quotes cells with either sign of it, which it would not do with "\n".
    csv.writer(lines, lineterminator="\r\n").writerows([for_csv(cell) for cell in row] for row in rows)
    return "".join(lines)


def frame_text(frame: pd.DataFrame, float_format: str | None = None) -> str:
    """A table without its index as CSV; no cell and no name of a column is a formula."""
    from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

    safe = frame.copy(deep=False)
    for k, kind in enumerate(frame.dtypes):
        if not (is_numeric_dtype(kind) or is_bool_dtype(kind) or is_datetime64_any_dtype(kind)):
            safe.isetitem(k, frame.iloc[:, k].astype(object).map(for_csv).array)
    safe.columns = [for_csv(str(name)) for name in frame.columns]
    text: str = safe.to_csv(index=False, float_format=float_format, lineterminator="\r\n")
    return text.replace("\r\n", "\n")


class _Lines(list[str]):
    def write(self, line: str) -> None:
        self.append(line[:-2] + "\n")


def write_csv(file: Path, rows: Iterable[Sequence[Any]]) -> None:
    """Write rows, whole or not at all; raises as `fer_core.files.whole_files.whole`."""
    whole_files.write_text(file, csv_text(rows))
