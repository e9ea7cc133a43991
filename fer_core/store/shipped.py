"""Finished studies that come along with the code: ``assets/study/<name>.sqlite``, one experiment each.

Each is a small store of its own, so that whatever reads an experiment reads these too. It is written
without a write-ahead log: opening it for reading leaves no file beside it.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from fer_core.base.errors import PathError
from fer_core.base.paths import assets_dir
from fer_core.store.records import CellKey, Prediction
from fer_core.store.schema import faults
from fer_core.store.store import Store

SUFFIX = ".sqlite"


def shipped_dir() -> Path:
    """Where they lie."""
    return assets_dir() / "study"


def shipped_studies() -> dict[str, Path]:
    """{name: file}, by name."""
    return {f.stem: f for f in sorted(shipped_dir().glob(f"*{SUFFIX}"))}


def ship(store: Store, id: str, file: Path, name: str = "") -> Path:
    """Write one experiment into a store of its own, ready to come along with the code.

    Of the corpus's path only the folder's name is kept: where it lay on one machine is of no use elsewhere.
    Subjects and clips get numbers, in the order of their names: which sequence of a corpus has which
    label is the corpus's to give away, and the numbers leave every table as it is.

    Parameters
    ----------
    store : where it is; only read
    id : the experiment's
    file : what to write; an earlier one is replaced
    name : what the experiment is called there; its own name if not given

    Raises
    ------
    StoreError
        Where there is no such experiment, or the disk does not allow it.
    PathError
        Where the folder cannot be written to.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent) as folder:
            draft, ready = Path(folder, "draft.sqlite"), Path(folder, "ready.sqlite")
            with Store(draft) as target:
                _copy(store, id, target, name)
            with faults(ready), closing(sqlite3.connect(draft, isolation_level=None)) as database:
                database.execute("VACUUM INTO ?", (str(ready),))  # smallest, and without a write-ahead log
            ready.replace(file)
    except OSError as error:
        raise PathError(
            f"the study cannot be written ({error.strerror or error})",
            where=str(file),
            fix="name a folder you may write to",
        ) from error
    return file


def _copy(store: Store, id: str, target: Store, name: str) -> None:
    record, predictions = store.experiment(id), store.predictions(id)
    corpus = {**record.corpus, "path": Path(str(record.corpus.get("path", ""))).name}
    sides = [clip for folds in record.splits.values() for side in folds for clip in side]
    clips = _numbered("clip", [*sides, *(p.clip for _, p in predictions)])
    subjects = _numbered("subject", [p.subject for _, p in predictions])
    splits = {seed: [[clips[c] for c in side] for side in folds] for seed, folds in record.splits.items()}
    said: dict[CellKey, list[Prediction]] = {}
    for key, p in predictions:
        said.setdefault(key, []).append(replace(p, clip=clips[p.clip], subject=subjects[p.subject]))
    target.add_experiment(replace(record, name=name or record.name, corpus=corpus, splits=splits))
    for trial in store.trials(id):
        target.add_trial(id, trial)
    for cell in store.cells(id):
        target.add_cell(id, cell, said.get(cell.key, []))


def _numbered(kind: str, names: Iterable[str]) -> dict[str, str]:
    """Name → ``clip 0007``, in the order of the names."""
    return {name: f"{kind} {k + 1:04d}" for k, name in enumerate(sorted(set(names)))}
