"""What makes a frame of results fit for statistics: every fault is named with its row and column."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from fer_core.base.emotions import find_emotion
from fer_core.base.errors import TableError
from fer_core.base.text import clean_name, name_key
from fer_core.stats.columns import ALL_LEVELS, COUNTS, FACTORS, KEYS, METRICS, require_columns
from fer_core.stats.csv_file import ROW

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

AGREEMENT = 0.0015
"""How far a given metric may lie from its counts: three printed digits, rounded twice."""


def checked(frame: pd.DataFrame) -> pd.DataFrame:
    """A new frame as `fer_core.stats.table.Evaluations` wants it; raises `TableError`.

    Rows are counted from 2 (the header is row 1), unless the frame's index is named "row" and holds
    their numbers in a file.
    """
    import pandas as pd

    doubled = frame.columns[frame.columns.duplicated()]
    if len(doubled):
        raise TableError(f"two columns are named {doubled[0]!r}", where="row 1", fix="rename one of them")
    require_columns([str(c) for c in frame.columns])
    if not len(frame):
        raise TableError("the table has no rows", fix="add one row per evaluation of a classifier")
    rows = frame.index.to_numpy() if frame.index.name == ROW else np.arange(len(frame)) + 2
    made: dict[str, Any] = {}
    for name in FACTORS:
        made[name] = _text(frame[name], name, rows) if name in frame else ALL_LEVELS
    made["emotion"] = _emotions(_text(frame["emotion"], "emotion", rows))
    for name in ("replicate", "fold", "person"):
        made[name] = _numbered(_text(frame[name], name, rows)) if name in frame else 0
    comma = bool(frame.attrs.get("decimal_comma"))
    has_counts = set(COUNTS) <= set(frame.columns)
    given = {m: _numbers(frame[m], m, rows, comma, has_counts) for m in METRICS if m in frame}
    for name, values in given.items():
        _check_range(values, name, rows)
    if has_counts:
        counts = {c: _counts(_numbers(frame[c], c, rows, comma), c, rows) for c in COUNTS}
        _check_not_empty(counts, rows)
        made |= metrics_of(counts)
        for name, values in given.items():
            _check_agreement(values, made[name], name, rows)
        made |= counts
    else:
        made |= given
    table = pd.DataFrame(made, index=pd.RangeIndex(len(frame)))
    _check_no_double(table, rows)
    return table.sort_values(list(KEYS), kind="stable", ignore_index=True)


def metrics_of(counts: dict[str, npt.NDArray[np.int64]]) -> dict[str, npt.NDArray[np.float64]]:
    """`METRICS` of tp, fp, fn, tn; a ratio without a denominator is 0."""
    tp, fp, fn, tn = (counts[name].astype(float) for name in COUNTS)
    return {
        "accuracy": _ratio(tp + tn, tp + fp + fn + tn),
        "f1": _ratio(2 * tp, 2 * tp + fp + fn),
        "precision": _ratio(tp, tp + fp),
        "recall": _ratio(tp, tp + fn),
        "specificity": _ratio(tn, tn + fp),
    }


def _ratio(above: Any, below: Any) -> npt.NDArray[np.float64]:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


# --- reading cells --------------------------------------------------------------------------------


def _text(column: pd.Series, name: str, rows: npt.NDArray[Any]) -> pd.Series:
    """Lower-cased, each name in one spelling (`fer_core.base.text.name_key`); an empty cell is refused."""
    empty = column.isna().to_numpy()
    text: pd.Series = column.astype(str)
    first: dict[str, str] = {}
    spelled = {v: first.setdefault(name_key(v), clean_name(v).lower()) for v in text.unique()}
    text = text.map(spelled)
    empty = empty | (text == "").to_numpy()
    if empty.any():
        k = int(empty.argmax())
        raise TableError("a cell is empty", where=_place(rows[k], name), fix="fill it, or remove the row")
    return text.reset_index(drop=True)


def _emotions(text: pd.Series) -> pd.Series:
    """Canonical names for the spellings we know; other classifiers keep their own names."""
    names = {spelling: find_emotion(spelling) or spelling for spelling in text.unique()}
    return text.map(names)


def _numbered(text: pd.Series) -> pd.Series:
    """Whole numbers where all are; otherwise text."""
    import pandas as pd

    numbers = pd.to_numeric(text, errors="coerce")
    if numbers.isna().any() or (numbers % 1 != 0).any() or (numbers.abs() > 2**53).any():
        return text
    return numbers.astype("int64")


def _numbers(
    column: pd.Series, name: str, rows: npt.NDArray[Any], comma: bool = False, may_lack: bool = False
) -> npt.NDArray[np.float64]:
    """As floats; NaN only where a cell may be empty, because counts say the same."""
    import pandas as pd

    text = column
    if not pd.api.types.is_numeric_dtype(column):
        text = column.where(column.notna(), "").astype(str).str.strip()  # type: ignore[misc]
        text = text.where(text.str.lower() != "nan", "")
        if comma:
            text = text.str.replace(",", ".", regex=False)
    values = pd.to_numeric(text.mask(text == "") if text is not column else text, errors="coerce")
    numbers = values.to_numpy(dtype=float, na_value=math.nan).copy()
    empty = (text == "").to_numpy() if text is not column else np.isnan(numbers)
    wrong = np.isnan(numbers) & ~empty
    if wrong.any():
        k = int(wrong.argmax())
        fix = "write a share between 0 and 1, such as 0.93" if name in METRICS else "write a whole number"
        raise TableError(f"{_shown(column.iloc[k])} is not a number", where=_place(rows[k], name), fix=fix)
    if empty.any() and not may_lack:
        k = int(empty.argmax())
        raise TableError("a value is missing", where=_place(rows[k], name), fix="fill it, or remove the row")
    return numbers


def _counts(values: npt.NDArray[np.float64], name: str, rows: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    with np.errstate(invalid="ignore"):  # of what is not finite there is no remainder
        wrong = ~np.isfinite(values) | (values < 0) | (values % 1 != 0) | (values > 2**53)
    if wrong.any():
        k = int(wrong.argmax())
        raise TableError(
            f"{values[k]:g} is not a count", where=_place(rows[k], name), fix="write a whole number, 0 or more"
        )
    return values.astype(np.int64)


# --- checks over cells ----------------------------------------------------------------------------


def _check_range(values: npt.NDArray[np.float64], name: str, rows: npt.NDArray[Any]) -> None:
    wrong = (values < 0) | (values > 1)
    if not wrong.any():
        return
    k = int(wrong.argmax())
    percent = bool(np.nanmax(values) > 1.5 and np.nanmax(values) <= 100 and np.nanmin(values) >= 0)
    raise TableError(
        f"{values[k]:g} lies outside 0 to 1",
        where=_place(rows[k], name),
        fix="divide percentages by 100" if percent else "write a share between 0 and 1",
    )


def _check_not_empty(counts: dict[str, npt.NDArray[np.int64]], rows: npt.NDArray[Any]) -> None:
    none = sum(counts.values()) == 0
    if np.any(none):
        raise TableError("all four counts are 0", where=f"row {rows[int(np.argmax(none))]}", fix="remove the row")


def _check_agreement(
    given: npt.NDArray[np.float64], counted: npt.NDArray[np.float64], name: str, rows: npt.NDArray[Any]
) -> None:
    apart = np.abs(given - counted) > AGREEMENT
    if apart.any():
        k = int(apart.argmax())
        raise TableError(
            f"{given[k]:.4g} is given, and the counts of the row make {counted[k]:.4g}",
            where=_place(rows[k], name),
            fix="correct one of them (a ratio without a denominator counts as 0), or leave the counts out",
        )


def _check_no_double(table: pd.DataFrame, rows: npt.NDArray[Any]) -> None:
    keys = table[list(KEYS)]
    double = keys.duplicated().to_numpy()
    if not double.any():
        return
    later = int(double.argmax())
    same = (keys == keys.iloc[later]).all(axis=1).to_numpy()
    first = int(same.argmax())
    named = ", ".join(f"{name} {table[name].iloc[later]}" for name in KEYS)
    raise TableError(
        f"two rows are about the same evaluation: {named}",
        where=f"rows {rows[first]} and {rows[later]}",
        fix="remove one, or tell them apart by a column replicate, fold or person",
    )


def _place(row: Any, column: str) -> str:
    return f"row {row}, column {column}"


def _shown(value: object) -> str:
    text = str(value)
    return repr(text if len(text) <= 40 else text[:40] + "...")
