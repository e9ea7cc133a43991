"""CSV files of results as frames of text, read within limits; each row keeps its number in the file."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from fer_core.base.errors import TableError
from fer_core.files.csv_files import read_text, records, separator_of
from fer_core.stats.columns import METRICS, checked_mapping, judged_on, require_columns, suggest_mapping
from fer_core.stats.wide import named_values, tidied, wide_of

if TYPE_CHECKING:
    import pandas as pd

MAX_ROWS = 500_000
MAX_COLUMNS = 500
ROW = "row"
"""Name of the index that holds the numbers of the rows in their file; the header is row 1."""


def read_csv(source: Path | bytes, mapping: Mapping[str, str] | None = None) -> pd.DataFrame:
    """The mapped columns under our names, every cell as text, indexed by row number (`ROW`).

    Rows without any content are passed over. In files that are not separated by commas a decimal comma is
    read as a point. Tables with a column for each emotion, or a row for each metric, are brought into this
    form (`fer_core.stats.wide`); ``attrs["notes"]`` says so, and what was left out. Raises `TableError`.
    """
    import pandas as pd

    text = read_text(source)
    separator = separator_of(text)
    rows = records(text, separator)
    header = _header(next(rows, (1, []))[1])
    mapping = checked_mapping(suggest_mapping(header) if mapping is None else mapping, header)
    wide, one = wide_of(header, mapping), named_values(header, mapping)
    taken = dict(mapping) | one if wide is None else wide.taken(mapping)
    require_columns((*taken, *(METRICS if one else ())) if wide is None else wide.names(mapping))
    places = [header.index(theirs) for theirs in taken.values()]
    numbers, cells = [], []
    for number, record in rows:
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
    return _header(next(records(read_text(source)), (1, []))[1])


def preview(source: Path | bytes, most: int = 5) -> pd.DataFrame:
    """The first rows of a file (at most ``most``) as text under their own names. Raises `TableError`."""
    import pandas as pd

    rows = records(read_text(source))
    header = _header(next(rows, (1, []))[1])
    shown = [record for _, record in islice(rows, most) if record]
    cells = [[*record, *[""] * len(header)][: len(header)] for record in shown]
    return pd.DataFrame(cells, columns=header, dtype=object)


def _header(record: list[str]) -> list[str]:
    names = [name.strip() for name in record]
    if len(names) > MAX_COLUMNS:
        raise TableError(f"the table has more than {MAX_COLUMNS} columns", where="row 1", fix="leave some out")
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
