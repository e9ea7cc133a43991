"""Mutated stores: every experiment is read whole, or said to be damaged; nothing is lost in silence."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from odd import GONE, VALUES, mutations
from study_samples import FACTORS, ID, fill

from fer_core.reports import export
from fer_core.results.study import load_study
from fer_core.store.store import Store
from fer_core.training import experiments

from .mutators import damaged, every, plain_of, tried

OTHER = "experiment-20260102-030406"
Size = tuple[int, int, int]


def put(file: Path) -> dict[str, Size]:
    """Two small studies in one file, without a log beside it; what they hold."""
    with Store(file) as store:
        for id in (ID, OTHER):
            fill(store, id, factors=FACTORS[:1], seeds=(0,))
        store._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        store._database.execute("PRAGMA journal_mode = DELETE")
    return {id: size(file, id) for id in (ID, OTHER)}


def size(file: Path, id: str) -> Size:
    """How many cells, trials and predictions an experiment has, read as its export reads it."""
    with Store(file, read_only=True) as store:
        study = load_study(store, id)
    export.provenance_rows(study)
    export.record_json(study)
    return len(study.cells), len(study.trials), len(study.predictions)


def disturb_store(file: Path, rng: random.Random) -> None:
    """Its bytes damaged, a page of it more often, or a value in one of its columns replaced."""
    data = file.read_bytes()
    how = rng.randrange(6)
    if how == 0:
        file.write_bytes(damaged(data, rng))
    elif how < 4:
        page = 4096 * rng.randrange(len(data) // 4096)
        part = bytearray(data[page : page + 4096])
        for _ in range(rng.choice([1, 3, 20])):
            at = rng.randrange(rng.choice([16, 110, 4096]))
            part[at] = rng.choice([0, 255, part[at] ^ 1 << rng.randrange(8), rng.randrange(256)])
        file.write_bytes(data[:page] + part + data[page + 4096 :])
    else:
        change_value(file, rng)


def change_value(file: Path, rng: random.Random) -> None:
    """A prediction taken out, or the value of a column replaced."""
    with closing(sqlite3.connect(file)) as raw, raw:
        raw.execute("PRAGMA ignore_check_constraints = ON")
        table = rng.choice(["experiments", "cells", "trials", "predictions"])
        names = [row[1] for row in raw.execute(f"PRAGMA table_info({table})")]
        key, rows = (("cell, clip" if table == "predictions" else "number"), raw.execute(f"SELECT * FROM {table}"))
        row = dict(zip(names, rng.choice(rows.fetchall()), strict=True))
        which = " AND ".join(f"{k} = ?" for k in key.split(", "))
        given = [row[k] for k in key.split(", ")]
        name = rng.choice([n for n in names if n not in ("experiment", "number", "cell")])
        value = rng.choice([v for v in VALUES if v is not GONE])
        try:
            if table == "predictions" and rng.random() < 0.3:
                raw.execute(f"DELETE FROM {table} WHERE {which}", given)
                return
            if plain := plain_of(str(row[name]).encode()):
                value = json.dumps(next(mutations(plain, 1, rng.randrange(10**6)))[1])
            value = json.dumps(value) if isinstance(value, list | dict) else value
            value = rng.choice([value, b"\xff\xfe", str(value)])
            raw.execute(f"UPDATE {table} SET {name} = ? WHERE {which}", [value, *given])
        except (sqlite3.Error, OverflowError):
            pass


@pytest.mark.slow
def test_stores(own_home: Path, tmp_path: Path) -> None:
    file, sound = own_home / "experiments.sqlite", tmp_path / "sound.sqlite"
    whole = put(sound)

    def one(case: str, rng: random.Random) -> bool:
        for old in own_home.glob("experiments.sqlite*"):
            old.unlink()
        shutil.copy(sound, file)
        disturb_store(file, rng)
        empty = not file.stat().st_size  # no longer a store, and nothing says that it was one
        listed = tried(case, (file,), experiments.listed, 1)
        if listed is None:
            return False
        read = {e.id: tried(case, (str(file), e.id), size, file, e.id) for e in listed}
        lost = {id for id in read if id in whole and read[id] not in (None, whole[id])}
        assert not lost, f"{case}: {read}"
        assert len(read) == 2 or empty, f"{case}: {list(read)}"
        return read == whole

    assert every("stores", one) > 0.1
