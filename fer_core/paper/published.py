"""What the studies print: their tables as shipped, and the numbers that stand in their text.

Nothing here is corrected. The files in ``assets/paper`` hold the values as printed; ``sources.json``
names the study, its licence and what in the folder is not the study's own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from fer_core.base.errors import TableError
from fer_core.base.paths import assets_dir
from fer_core.files.csv_files import records

if TYPE_CHECKING:
    import pandas as pd

Study = Literal["winarno", "munsarif", "tutuianu", "suwartono"]

METRICS = ("accuracy", "f1", "precision", "recall")
"""The metrics that the study's Tables 2, 3, 5 and 6 treat."""

FACTOR_OF = {"architecture": "architecture", "optimization": "tuning", "loss": "loss"}
"""The study's word for a factor → the one used here."""

ORDERS: dict[str, tuple[str, str]] = {
    "architecture": ("gru", "lstm"),
    "tuning": ("bayesian", "predefined"),
    "loss": ("standard", "advanced"),
}
"""First minus second, as the differences in Table 3 are found to be taken: the loss is the other way
round than its wording suggests (see `fer_core.paper.recall_findings.recall_sign`)."""

PAPER_RATIOS: dict[str, float] = {
    "anger": 5.9,
    "disgust": 3.2,
    "fear": 11.5,
    "happiness": 2.1,
    "sadness": 3.1,
    "surprise": 2.8,
}
"""Imbalance ratios as printed by Winarno et al., table 4 (of their training set)."""


@dataclass(frozen=True)
class Source:
    """A study: how to cite it, its licence, the files that hold its tables, and what in them is ours."""

    key: str
    short: str
    citation: str
    doi: str
    licence: str
    files: tuple[str, ...]
    ours: str


@dataclass(frozen=True)
class Statement:
    """A number that stands in a study's text, and where."""

    value: float
    where: str


def folder() -> Path:
    """Where the printed tables lie."""
    return assets_dir() / "paper"


@cache
def sources() -> dict[str, Source]:
    """Every study by its key."""
    read: dict[str, Any] = json.loads(_text("sources.json"))
    return {key: Source(key, **(part | {"files": tuple(part["files"])})) for key, part in read.items()}


def table(study: Study, which: int | str) -> pd.DataFrame:
    """A printed table as shipped, values as printed; a fresh copy each time.

    ``which`` is the table's number, or the name of an extract ("btfer" of tutuianu_btfer.csv).

    Raises
    ------
    TableError
        Where the study has no such table here.
    """
    return _table(study, which).copy()


@cache
def _table(study: str, which: int | str) -> pd.DataFrame:
    import pandas as pd

    file = folder() / f"{study}_{f'table{which}' if isinstance(which, int) else which}.csv"
    if not file.is_file():
        raise TableError(
            f"table {which} of {study} is not shipped",
            where=str(file),
            fix="ask for one of those named in sources.json",
        )
    return pd.read_csv(file)


def statement(study: Study, name: str) -> Statement:
    """A number from a study's text by its name in ``statements.csv``. Raises `TableError` if unknown."""
    try:
        return _statements()[study, name]
    except KeyError:
        raise TableError(
            f"{study} has no statement {name!r}", where=str(folder() / "statements.csv"), fix="use a name of that file"
        ) from None


def said(name: str, study: Study = "winarno") -> float:
    """The value of a `statement` alone."""
    return statement(study, name).value


@cache
def _statements() -> dict[tuple[str, str], Statement]:
    (_, names), *rows = records(_text("statements.csv"))
    table = (dict(zip(names, cells, strict=True)) for _, cells in rows if cells)
    return {(r["study"], r["name"]): Statement(float(r["value"]), r["where"]) for r in table}


def _text(name: str) -> str:
    file = folder() / name
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise TableError(
            f"the printed tables cannot be read ({error.strerror or error})",
            where=str(file),
            fix="restore the folder assets/paper from the repository",
        ) from error
