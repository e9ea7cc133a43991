"""CSV files of results as frames of text, read within limits; each row keeps its number in the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fer_core.errors import TableError
from fer_core.stats.columns import METRICS, checked_mapping, judged_on, require_columns, suggest_mapping
from fer_core.stats.wide import named_values, tidied, wide_of

if TYPE_CHECKING:
    import pandas as pd

MAX_BYTES = 64 * 1024**2
MAX_ROWS = 500_000
MAX_COLUMNS = 500
ROW = "row"
"""Name of the index that holds the numbers of the rows in their file; the header is row 1."""

_SEPARATORS = (",", ";", "\t")
_FIX_FORMAT = "save it as CSV (UTF-8) and choose that file"


def read_csv(source: Path | bytes, mapping: Mapping[str, str] | None = None) -> pd.DataFrame:
    """The mapped columns under our names, every cell as text, indexed by row number (`ROW`).

    Rows without any content are passed over. In files that are not separated by commas a decimal comma is
    read as a point. Tables with a column for each emotion, or a row for each metric, are brought into this
    form (`fer_core.stats.wide`); ``attrs["notes"]`` says so, and what was left out. Raises `TableError`.
    """
    import pandas as pd

    text = _text(source)
    separator = _separator(text)
    records = _records(text, separator)
    header = _header(next(records, (1, []))[1])
    mapping = checked_mapping(suggest_mapping(header) if mapping is None else mapping, header)
    wide, one = wide_of(header, mapping), named_values(header, mapping)
    taken = dict(mapping) | one if wide is None else wide.taken(mapping)
    require_columns((*taken, *(METRICS if one else ())) if wide is None else wide.names(mapping))
    places = [header.index(theirs) for theirs in taken.values()]
    numbers, cells = [], []
    for number, record in records:
        if not any(map(str.strip, record)):
            continue
        _check_width(record, len(header), number)
        numbers.append(number)
        cells.append([record[k] if k < len(record) else "" for k in places])
        if len(cells) > MAX_ROWS:
            raise TableError(f"the table has more than {MAX_ROWS:,} rows", fix="split it")
    index = pd.Index(numbers, name=ROW, dtype="int64")
    frame = pd.DataFrame(cells, columns=list(taken), index=index, dtype=object)
    frame.attrs["decimal_comma"] = separator != ","
    return tidied(frame, wide, one=bool(one), notes=judged_on(taken))


def header_of(source: Path | bytes) -> list[str]:
    """The names of a file's columns, for a page that lets its user map them. Raises `TableError`."""
    text = _text(source)
    return _header(next(_records(text, _separator(text)), (1, []))[1])


def preview(source: Path | bytes, rows: int = 5) -> pd.DataFrame:
    """The first rows of a file as text under their own names. Raises `TableError`."""
    import pandas as pd

    text = _text(source)
    records = _records(text, _separator(text))
    header = _header(next(records, (1, []))[1])
    shown = [record for _, record in (next(records, (0, [])) for _ in range(rows)) if record]
    cells = [[*record, *[""] * len(header)][: len(header)] for record in shown]
    return pd.DataFrame(cells, columns=header, dtype=object)


def _text(source: Path | bytes) -> str:
    where = source.name if isinstance(source, Path) else ""
    try:
        too_large = (source.stat().st_size if isinstance(source, Path) else len(source)) > MAX_BYTES
        if too_large:
            raise TableError(
                f"the file is larger than {MAX_BYTES // 1024**2} MB", where=where, fix="split it"
            )
        raw = source.read_bytes() if isinstance(source, Path) else source
    except OSError as error:
        what = f"the file cannot be read ({error.strerror or error})"
        raise TableError(what, where=where, fix="choose another") from error
    if raw.startswith(b"PK\x03\x04") or raw.startswith(b"\xd0\xcf\x11\xe0"):
        raise TableError("this is a spreadsheet's own format, not CSV", where=where, fix=_FIX_FORMAT)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableError("the file is not UTF-8 text", where=where, fix=_FIX_FORMAT) from error
    if "\0" in text:
        raise TableError("the file is not text", where=where, fix=_FIX_FORMAT)
    if not text.strip():
        raise TableError("the file is empty", where=where, fix="choose another")
    return text


def _separator(text: str) -> str:
    """The one that stands most often in the first line."""
    first = text.lstrip().partition("\n")[0]
    return max(_SEPARATORS, key=first.count)


def _records(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """(row number from 1, cells), the first being the header."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    number = 0
    try:
        for number, record in enumerate(reader, start=1):
            yield number, record
    except csv.Error as error:
        raise TableError(
            f"the file is not a CSV here ({error})", where=f"row {number + 1}", fix="mend it"
        ) from error


def _header(record: list[str]) -> list[str]:
    names = [name.strip() for name in record]
    if len(names) > MAX_COLUMNS:
        raise TableError(
            f"the table has more than {MAX_COLUMNS} columns", where="row 1", fix="leave some out"
        )
    doubled = next((name for name in names if name and names.count(name) > 1), None)
    if doubled is not None:
        raise TableError(f"two columns are named {doubled!r}", where="row 1", fix="rename one of them")
    if not any(names):
        raise TableError("the first row holds no column names", where="row 1", fix="add them")
    return names


def _check_width(record: list[str], width: int, number: int) -> None:
    if len(record) > width and any(map(str.strip, record[width:])):
        raise TableError(
            f"the row has {len(record)} cells and the header {width}",
            where=f"row {number}",
            fix="put text that holds the separator between double quotes",
        )
