"""The store's tables, how older files are brought up to date, and its faults in one sentence each."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fer_core.base.errors import StoreError
from fer_core.base.paths import HOME_VARIABLE

APPLICATION = 0x4645524C
"""SQLite's application_id of our files ("FERL"), so that another program's database is not touched."""

_HEADER = 100
"""Bytes that every database of SQLite begins with; an empty file is a new one."""

PATIENCE = 30.0
"""Seconds to wait for another process that is writing; one transaction takes milliseconds."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE experiments (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            created REAL NOT NULL,
            planned INTEGER NOT NULL,
            data_key TEXT NOT NULL,
            design TEXT NOT NULL,
            corpus TEXT NOT NULL,
            provenance TEXT NOT NULL,
            splits TEXT NOT NULL
        )""",
        """CREATE TABLE cells (
            number INTEGER PRIMARY KEY,
            experiment INTEGER NOT NULL REFERENCES experiments ON DELETE CASCADE,
            condition TEXT NOT NULL,
            seed INTEGER NOT NULL,
            fold INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('done', 'failed')),
            n_train INTEGER NOT NULL,
            n_test INTEGER NOT NULL,
            seconds REAL NOT NULL,
            error TEXT NOT NULL,
            classifiers TEXT NOT NULL,
            UNIQUE (experiment, condition, seed, fold)
        )""",
        """CREATE TABLE predictions (
            cell INTEGER NOT NULL REFERENCES cells ON DELETE CASCADE,
            clip TEXT NOT NULL,
            subject TEXT NOT NULL,
            emotion TEXT NOT NULL,
            outputs BLOB NOT NULL,
            probabilities BLOB NOT NULL,
            PRIMARY KEY (cell, clip)
        ) WITHOUT ROWID""",
        """CREATE TABLE trials (
            number INTEGER PRIMARY KEY,
            experiment INTEGER NOT NULL REFERENCES experiments ON DELETE CASCADE,
            condition TEXT NOT NULL,
            seed INTEGER NOT NULL,
            fold INTEGER NOT NULL,
            emotion TEXT NOT NULL,
            trial INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('done', 'failed')),
            value REAL,
            seconds REAL NOT NULL,
            settings TEXT NOT NULL,
            folds TEXT NOT NULL,
            error TEXT NOT NULL,
            UNIQUE (experiment, condition, seed, fold, emotion, trial)
        )""",
        # Small indices, for counting a thousand experiments without reading their rows.
        "CREATE INDEX cells_by_state ON cells (experiment, state)",
        "CREATE INDEX trials_by_experiment ON trials (experiment)",
    ),
    (
        # Fits by name, for image models too; what a network says in one reading only is stored once.
        "ALTER TABLE cells RENAME COLUMN classifiers TO fits",
        """CREATE TABLE predictions_once (
            cell INTEGER NOT NULL REFERENCES cells ON DELETE CASCADE,
            clip TEXT NOT NULL,
            subject TEXT NOT NULL,
            emotion TEXT NOT NULL,
            outputs BLOB NOT NULL,
            probabilities BLOB,
            PRIMARY KEY (cell, clip)
        ) WITHOUT ROWID""",
        "INSERT INTO predictions_once SELECT cell, clip, subject, emotion, outputs, nullif(probabilities, outputs) "
        "FROM predictions",
        "DROP TABLE predictions",
        "ALTER TABLE predictions_once RENAME TO predictions",
    ),
)
"""Step k brings a file from version k to k + 1. Steps that have shipped are never changed: add one."""


def open_database(file: Path, *, read_only: bool = False, patience: float = PATIENCE) -> sqlite3.Connection:
    """A connection to the store, its tables brought up to date; transactions are begun by hand.

    ``read_only`` makes no file; where there is none, that is a `StoreError`.
    """
    with faults(file):
        if file.is_dir():
            raise IsADirectoryError(0, "a folder lies in its place")
        if read_only and not file.exists():
            raise StoreError("there is no store yet", where=str(file), fix="start an experiment")
        if file.exists() and 0 < file.stat().st_size < _HEADER:  # SQLite would begin a new one in its place
            raise StoreError(_DAMAGED[0], where=str(file), fix=_DAMAGED[1])
        if not read_only:
            file.parent.mkdir(parents=True, exist_ok=True)
            _check_writable(file)
        database = _connect(file, read_only, patience)
        try:
            if _version(database, file) < len(MIGRATIONS):
                _update(database, file, read_only, patience)
            if not read_only:
                _prepare(database, patience)
            return database
        except BaseException:
            database.close()
            raise


@contextmanager
def faults(file: Path) -> Iterator[None]:
    """Everything that SQLite or the system refuses becomes a `StoreError` of one sentence."""
    try:
        yield
    except sqlite3.Error as error:
        what, fix = _told(error)
        raise StoreError(what, where=str(file), fix=fix) from error
    except (UnicodeError, OverflowError) as error:  # of a damaged schema SQLite's message is no text
        what, fix = _DAMAGED
        raise StoreError(what, where=str(file), fix=fix) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(
            f"the store cannot be opened ({reason})",
            where=str(file),
            fix=f"set {HOME_VARIABLE} to a folder you may write to",
        ) from error


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """All or nothing. The lock is taken at once, so that nobody who read first is refused later."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):  # a full disk has rolled it back already
            database.execute("ROLLBACK")
        raise


def _connect(file: Path, read_only: bool, patience: float) -> sqlite3.Connection:
    mode = "ro" if read_only else "rwc"
    if read_only and not os.access(file.parent, os.W_OK) and not _waiting(file).exists():
        # Even a reader needs a lock file beside a WAL database; where none can be made nobody writes.
        mode += "&immutable=1"
    database = sqlite3.connect(
        f"{file.resolve().as_uri()}?mode={mode}", uri=True, timeout=patience, isolation_level=None
    )
    database.row_factory = sqlite3.Row
    database.execute("PRAGMA foreign_keys = ON")
    return database


def _waiting(file: Path) -> Path:
    """Where SQLite keeps transactions that are not in the file itself yet."""
    return file.with_name(file.name + "-wal")


def _check_writable(file: Path) -> None:
    """On a disk that may only be read SQLite itself says no more than that it cannot open the file."""
    if not all(os.access(path, os.W_OK) for path in (file.parent, file) if path.exists()):
        raise StoreError(READ_ONLY[0], where=str(file), fix=READ_ONLY[1])


def _prepare(database: sqlite3.Connection, patience: float) -> None:
    """Readers never wait for the writer (WAL), and a stored trial survives a power cut (FULL).

    A disk that knows no WAL (some network disks) keeps its own mode, which is slower and as safe.
    """
    until = time.monotonic() + patience
    while database.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            database.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:  # for this one statement SQLite itself does not wait
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)
    database.execute("PRAGMA synchronous = FULL")


def _version(database: sqlite3.Connection, file: Path) -> int:
    """The file's schema version; refuses what is not ours and what is newer than this program."""
    # In this order: another process may make the tables, and the id with them, between the two.
    tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    application = database.execute("PRAGMA application_id").fetchone()[0]
    if application != APPLICATION and (application or tables):
        raise StoreError("this is another program's database", where=str(file), fix="move it away; a new store is made")
    version = int(database.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        raise StoreError(
            f"the store was made by a newer FER Lab (version {version}; this one reads {len(MIGRATIONS)})",
            where=str(file),
            fix=f"get the newer FER Lab, or set {HOME_VARIABLE} to another folder",
        )
    return version


def _update(database: sqlite3.Connection, file: Path, read_only: bool, patience: float) -> None:
    """Bring an older file up to date, all steps or none."""
    if read_only:
        open_database(file, patience=patience).close()
        return
    with transaction(database):
        # Asked again under the lock: another process may have been faster.
        for step in MIGRATIONS[_version(database, file) :]:
            for statement in step:
                database.execute(statement)
        database.execute(f"PRAGMA application_id = {APPLICATION}")
        database.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


_DAMAGED = ("the store is damaged or is no database", "put a copy back, or move it away; a new store is made")

READ_ONLY = (
    "the store may only be read here",
    f"earlier results are intact; allow writing, or set {HOME_VARIABLE} to another folder",
)

_FAULTS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("disk is full",),
        "the disk is full, so this could not be stored",
        "earlier results are intact; free space and resume",
    ),
    (
        ("disk i/o error",),
        "the disk refused to read or write",
        "earlier results are intact; see whether it is full or failing, then resume",
    ),
    (("readonly", "read-only"), *READ_ONLY),
    (
        ("locked", "busy"),
        "another process has kept the store locked",
        "earlier results are intact; close what has the file open, then try again",
    ),
    (("not a database", "malformed", "encrypted", "schema", "decode"), *_DAMAGED),
    (
        ("unable to open",),
        "the store cannot be opened",
        f"see that it is a file and its folder may be written to, or set {HOME_VARIABLE}",
    ),
)


def _told(error: sqlite3.Error) -> tuple[str, str]:
    """What is wrong and what to do, by SQLite's own message (its codes have names from Python 3.11 on)."""
    text = str(error).lower()
    for words, what, fix in _FAULTS:
        if any(word in text for word in words):
            return what, fix
    return f"the store could not do this ({error})", "try again; if it stays, move the file away"
