"""One row of a table as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fer_core.base.errors import TableError

if TYPE_CHECKING:
    import pandas as pd


def one(frame: pd.DataFrame, **where: object) -> dict[str, Any]:
    """The only row in which the named columns have these values. Raises `TableError` unless there is one."""
    found = frame
    for column, value in where.items():
        found = found[found[column] == value]
    if len(found) != 1:
        asked = ", ".join(f"{k} {v}" for k, v in where.items())
        raise TableError(f"{len(found)} rows where one is needed", where=asked, fix="name the row fully")
    return {str(k): v for k, v in found.to_dict("records")[0].items()}
