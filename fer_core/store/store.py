"""The experiments' database: what was asked for and what was found, in one SQLite file.

Where an experiment stands (running, done, its progress) is not in here but in its run folder
(`fer_core.runs`). One process writes an experiment; any number may read. Open a store where it is
used and close it: a connection belongs to its thread.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, TypeVar

import numpy as np

from fer_core.base.errors import StoreError
from fer_core.base.paths import store_file
from fer_core.base.text import clean_name
from fer_core.files import shapes
from fer_core.store import store_shapes
from fer_core.store.records import CellKey, CellRecord, ExperimentRecord, Prediction, TrialRecord
from fer_core.store.schema import PATIENCE, faults, open_database, transaction

__all__ = ["CellKey", "CellRecord", "ExperimentRecord", "Prediction", "Store", "TrialRecord"]

Record = TypeVar("Record")

_FIX = "put a copy of it back, or delete the experiment"

_LISTS = {
    "experiments": ("INDEXED BY sqlite_autoindex_experiments_1", "NOT INDEXED"),
    "cells": ("INDEXED BY cells_by_state", "INDEXED BY sqlite_autoindex_cells_1"),
    "trials": ("INDEXED BY trials_by_experiment", "INDEXED BY sqlite_autoindex_trials_1"),
}
"""Two lists that SQLite keeps of each table's rows: of a damaged file they differ."""

_NUMBERS = "<f8"
"""Outputs and probabilities lie in the file as little-endian doubles."""


class Store:
    """A connection to the store; a context manager.

    Parameters
    ----------
    file : Path, optional
        `fer_core.base.paths.store_file` if not given.
    read_only : bool
        Never writes, and never makes a file.
    patience : float
        Seconds to wait while another process writes.

    Raises
    ------
    StoreError
        Here and from every method: one sentence where the disk is full, the file is damaged, locked
        for long, may not be written, or was made by a newer version.
    """

    def __init__(self, file: Path | None = None, *, read_only: bool = False, patience: float = PATIENCE) -> None:
        self.file = store_file() if file is None else file
        self._database = open_database(self.file, read_only=read_only, patience=patience)

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back."""
        with faults(self.file):
            self._database.close()

    # --- experiments --------------------------------------------------------------------------

    def add_experiment(self, record: ExperimentRecord) -> None:
        """Note what was asked for; an id is used once."""
        values = (
            record.id,
            record.name,
            record.created,
            record.planned,
            record.data_key,
            *map(_text, (record.design, record.corpus, record.provenance, record.splits)),
        )
        with faults(self.file), transaction(self._database):
            if self._database.execute("SELECT 1 FROM experiments WHERE id = ?", (record.id,)).fetchone():
                raise StoreError("there is an experiment of this id already", where=record.id, fix="resume it")
            self._database.execute(
                "INSERT INTO experiments (id, name, created, planned, data_key, design, corpus, provenance, "
                "splits) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            )

    def experiments(self) -> list[ExperimentRecord]:
        """Every experiment, newest first, without its splits, which are long (`experiment` reads them).

        Those that another program has spoiled are left out; `entries` names them.
        """
        return [found for _, found in self.entries() if isinstance(found, ExperimentRecord)]

    def entries(self) -> list[tuple[str, ExperimentRecord | StoreError]]:
        """Id of every experiment, newest first, with its record as `experiments` gives it, or why it has none."""
        rows = self._rows(
            "SELECT id, name, created, planned, data_key, design, corpus, provenance, '{}' AS splits "
            "FROM experiments ORDER BY created DESC, number DESC"
        )
        self._check_lists("experiments")
        found: list[tuple[str, ExperimentRecord | StoreError]] = []
        for row in rows:
            try:
                found.append((row["id"], self._read(_experiment, [row])[0]))
            except StoreError as error:
                found.append((str(row["id"]), error))
        return found

    def experiment(self, id: str) -> ExperimentRecord:
        """The experiment of that id; `StoreError` where there is none."""
        rows = self._rows("SELECT * FROM experiments WHERE id = ?", id)
        return self._read(_experiment, rows or _absent(id))[0]

    def rename(self, id: str, name: str) -> None:
        """Give an experiment another name."""
        self._change("UPDATE experiments SET name = ? WHERE number = ?", clean_name(name), self._number(id))

    def delete(self, id: str) -> None:
        """Remove an experiment with its cells, predictions and trials."""
        self._change("DELETE FROM experiments WHERE number = ?", self._number(id))

    def counts(self) -> dict[str, dict[str, int]]:
        """{id: {cells_done, cells_failed, trials}} of every experiment."""
        rows = self._rows(
            "SELECT id, "
            "(SELECT count(*) FROM cells WHERE experiment = e.number AND state = 'done') AS cells_done, "
            "(SELECT count(*) FROM cells WHERE experiment = e.number AND state = 'failed') AS cells_failed, "
            "(SELECT count(*) FROM trials WHERE experiment = e.number) AS trials "
            "FROM experiments AS e"
        )
        return {row["id"]: {k: row[k] for k in ("cells_done", "cells_failed", "trials")} for row in rows}

    # --- trials ---------------------------------------------------------------------------------

    def add_trial(self, id: str, trial: TrialRecord) -> None:
        """Note a trial; one of the same cell, emotion and number is replaced."""
        t = trial
        self._change(
            "INSERT OR REPLACE INTO trials (experiment, condition, seed, fold, emotion, trial, state, value, "
            "seconds, settings, folds, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            self._number(id),
            t.condition,
            t.seed,
            t.fold,
            t.emotion,
            t.number,
            t.state,
            t.value,
            t.seconds,
            _text(t.settings),
            _text(t.folds),
            t.error,
        )

    def trials(
        self,
        id: str,
        condition: str | None = None,
        seed: int | None = None,
        fold: int | None = None,
        emotion: str | None = None,
    ) -> list[TrialRecord]:
        """Trials of an experiment, or of the part of it that is named, ordered by search and number."""
        asked = {"condition": condition, "seed": seed, "fold": fold, "emotion": emotion}
        given = {name: value for name, value in asked.items() if value is not None}
        where = "".join(f" AND {name} = ?" for name in given)
        rows = self._rows(
            f"SELECT * FROM trials WHERE experiment = ?{where} "  # noqa: S608 - the four names above
            "ORDER BY condition, seed, fold, emotion, trial",
            self._number(id),
            *given.values(),
        )
        self._check_lists("trials", self._number(id))
        return self._read(_trial, rows)

    # --- cells ----------------------------------------------------------------------------------

    def add_cell(self, id: str, cell: CellRecord, predictions: Iterable[Prediction] = ()) -> None:
        """Note a cell with its predictions, all or nothing.

        A cell of the same key is replaced, but a done one stays where a failed one follows.
        """
        c = cell
        with faults(self.file), transaction(self._database):
            key = (self._number(id), c.condition, c.seed, c.fold)
            which = "experiment = ? AND condition = ? AND seed = ? AND fold = ?"
            present = self._database.execute(f"SELECT state FROM cells WHERE {which}", key).fetchone()  # noqa: S608
            if present and present["state"] == "done" and c.state == "failed":
                return
            self._database.execute(f"DELETE FROM cells WHERE {which}", key)  # noqa: S608
            number = self._database.execute(
                "INSERT INTO cells (experiment, condition, seed, fold, state, n_train, n_test, seconds, "
                "error, fits) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*key, c.state, c.n_train, c.n_test, c.seconds, c.error, _text(c.fits)),
            ).lastrowid
            self._database.executemany(
                "INSERT INTO predictions VALUES (?, ?, ?, ?, ?, ?)", (_row(number, p) for p in predictions)
            )

    def cells(self, id: str) -> list[CellRecord]:
        """Cells of an experiment, done and failed, ordered by condition, seed and fold."""
        rows = self._rows("SELECT * FROM cells WHERE experiment = ? ORDER BY condition, seed, fold", self._number(id))
        self._check_lists("cells", self._number(id))
        return self._read(_cell, rows)

    def predictions(
        self, id: str, emotions: Sequence[str] = (), conditions: Collection[str] = ()
    ) -> list[tuple[CellKey, Prediction]]:
        """What was said of every tested clip, ordered by cell and clip.

        Where the design's emotions and conditions are given, `StoreError` for what is of others, and where
        some of a cell are missing.
        """
        rows = self._rows(
            "SELECT condition, seed, fold, clip, subject, emotion, outputs, "
            "coalesce(probabilities, outputs) AS probabilities "
            "FROM cells JOIN predictions ON cell = cells.number WHERE experiment = ? "
            "ORDER BY condition, seed, fold, clip",
            self._number(id),
        )
        found = self._read(_prediction, rows)
        if emotions:
            self._check_predictions(self._number(id))
        for key, said in found if emotions else ():
            sizes = {len(said.outputs), len(said.probabilities)}
            if said.emotion not in emotions or sizes != {len(emotions)} or key.condition not in conditions:
                raise StoreError(
                    "a prediction of the store does not fit the experiment's design",
                    where=f"{self.file}, {said.clip[:60]}",
                    fix=_FIX,
                )
        return found

    # --- inside ---------------------------------------------------------------------------------

    def _number(self, id: str) -> int:
        rows = self._rows("SELECT number FROM experiments WHERE id = ?", id)
        return int((rows or _absent(id))[0]["number"])

    def _rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        with faults(self.file):
            return self._database.execute(query, values).fetchall()

    def _check_lists(self, table: str, experiment: int | None = None) -> None:
        """Raises `StoreError` where rows are missing: SQLite passes over those of a damaged page."""
        where = "" if experiment is None else f" WHERE experiment = {experiment:d}"
        one, other = (f"(SELECT count(*) FROM {table} {how}{where})" for how in _LISTS[table])  # noqa: S608
        if not self._rows(f"SELECT {one} = {other} AS whole")[0]["whole"]:
            raise StoreError(
                f"some {table} of the store are missing: it is damaged", where=str(self.file), fix="put a copy back"
            )

    def _check_predictions(self, experiment: int) -> None:
        """Raises `StoreError` where a finished cell has not the predictions that it says it has."""
        rows = self._rows(
            "SELECT * FROM (SELECT condition, seed, fold, n_test, "
            "(SELECT count(*) FROM predictions WHERE cell = cells.number) AS stored "
            "FROM cells WHERE experiment = ? AND state = 'done') WHERE n_test <> stored LIMIT 1",
            experiment,
        )
        for condition, seed, fold, tested, stored in rows:
            where = f"{self.file}, {condition}, seed {seed}, fold {fold}"
            raise StoreError(f"of {tested} predictions of a cell the store holds {stored}", where=where, fix=_FIX)

    def _change(self, statement: str, *values: Any) -> None:
        with faults(self.file), transaction(self._database):
            self._database.execute(statement, values)

    def _read(self, make: Callable[[sqlite3.Row, str], Record], rows: list[sqlite3.Row]) -> list[Record]:
        try:
            return [make(row, str(self.file)) for row in rows]
        except (ValueError, TypeError, LookupError) as error:  # half a number, a column that is not there
            raise StoreError("an entry of the store cannot be read", where=str(self.file), fix=_FIX) from error


def _absent(id: str) -> NoReturn:
    raise StoreError("there is no such experiment", where=id, fix="it may have been deleted; choose one in the list")


def _experiment(row: sqlite3.Row, file: str) -> ExperimentRecord:
    names = ("id", "name", "created", "planned", "data_key", "design", "corpus", "provenance", "splits")
    plain = _plain(row, names, names[5:], f"experiment {row['id']}"[:100], file)
    _check(plain, store_shapes.entry_of(plain), f"experiment {row['id']}"[:100], file)
    return ExperimentRecord(**plain)


def _trial(row: sqlite3.Row, file: str) -> TrialRecord:
    names = ("condition", "seed", "fold", "emotion", "trial", "settings", "state", "value", "folds", "seconds", "error")
    plain = _plain(row, names, ("settings", "folds"), "trial", file)
    _check(plain, store_shapes.Trial, "trial", file)
    return TrialRecord(*plain.values())


def _cell(row: sqlite3.Row, file: str) -> CellRecord:
    names = ("condition", "seed", "fold", "state", "n_train", "n_test", "seconds", "fits", "error")
    plain = _plain(row, names, ("fits",), "cell", file)
    _check(plain, store_shapes.cell_of(plain), "cell", file)
    return CellRecord(*plain.values())


def _plain(row: sqlite3.Row, names: Sequence[str], texts: Sequence[str], what: str, file: str) -> dict[str, Any]:
    """A row's columns, those of JSON as what they say."""
    plain: dict[str, Any] = {name: row[name] for name in names}
    for name in texts:
        if not isinstance(plain[name], str):
            raise StoreError(f"the {what} of the store holds no JSON", where=f"{file}, {name}", fix=_FIX)
        plain[name] = shapes.loads(
            plain[name], what=f"{what} of the store", where=f"{file}, {name}", fix=_FIX, error=StoreError
        )
    return plain


def _check(plain: dict[str, Any], shape: type[Any], what: str, file: str) -> None:
    shapes.checked(plain, shape, what=f"{what} of the store", where=file, fix=_FIX, error=StoreError)


def _prediction(row: sqlite3.Row, file: str) -> tuple[CellKey, Prediction]:
    # There may be a million of them: checked by hand.
    numbers = [np.frombuffer(row[name], _NUMBERS) for name in ("outputs", "probabilities")]
    said = Prediction(row["clip"], row["subject"], row["emotion"], *(n.tolist() for n in numbers))
    key = CellKey(row["condition"], row["seed"], row["fold"])
    texts = (said.clip, said.subject, said.emotion, key.condition)
    whole = all(type(n) is int for n in (key.seed, key.fold))
    if not (whole and all(type(t) is str for t in texts)):
        raise StoreError(
            "a prediction of the store holds something else than names and numbers",
            where=f"{file}, {str(row['clip'])[:60]}",
            fix=_FIX,
        )
    return key, said


def _row(cell: int | None, p: Prediction) -> tuple[Any, ...]:
    """A prediction as it lies in the file; probabilities that are the outputs are not written twice."""
    outputs, probabilities = _bytes(p.outputs), _bytes(p.probabilities)
    return cell, p.clip, p.subject, p.emotion, outputs, None if probabilities == outputs else probabilities


def _bytes(numbers: Iterable[float]) -> bytes:
    return np.asarray(list(numbers), dtype=_NUMBERS).tobytes()


def _text(plain: Any) -> str:
    """JSON; a number that is not finite has no place in it and becomes null."""
    return json.dumps(_finite(plain), allow_nan=False)


def _finite(plain: Any) -> Any:
    if isinstance(plain, dict):
        return {key: _finite(value) for key, value in plain.items()}
    if isinstance(plain, (list, tuple)):
        return [_finite(value) for value in plain]
    if isinstance(plain, np.generic):
        return _finite(plain.item())
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain
