"""A store that another program changed: one sentence, and everything beside it stays."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from study_samples import ID, SLUGS, made_cell, made_predictions, made_record, made_trial

from fer_core.base.errors import StoreError
from fer_core.reports import export
from fer_core.results.study import load_study
from fer_core.store.store import Store
from fer_core.training import experiments

OTHER = "experiment-20260102-030406"


@pytest.fixture
def file(own_home: Path) -> Path:
    """A store with two experiments, one cell and one trial each."""
    with Store() as store:
        for id in (ID, OTHER):
            store.add_experiment(made_record(id))
            said = made_predictions(SLUGS[0], 0, 0)
            store.add_cell(id, made_cell(n_test=len(said)), said)
            store.add_trial(id, made_trial())
        return store.file


def put(file: Path, table: str, column: str, value: Any) -> None:
    """Write a value into a column of the first experiment's rows."""
    which = {"experiments": "number = 1", "predictions": "cell = 1"}.get(table, "experiment = 1")
    with sqlite3.connect(file) as raw:
        raw.execute("PRAGMA ignore_check_constraints = ON")
        raw.execute(f"UPDATE {table} SET {column} = ? WHERE {which}", (value,))
    raw.close()


def part(file: Path, table: str, column: str, *place: Any, value: Any) -> None:
    """Write a value at a place inside a column of JSON."""
    raw = sqlite3.connect(file)
    plain = json.loads(raw.execute(f"SELECT {column} FROM {table}").fetchone()[0])
    raw.close()
    inner = plain
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    put(file, table, column, json.dumps(plain))


def exported(file: Path) -> None:
    """As ``experiment export`` reads the first experiment."""
    with Store(file, read_only=True) as store:
        study = load_study(store, ID)
    export.tables(study)
    export.to_json(study)
    export.provenance_rows(study)


COLUMNS = [
    ("experiments", "design", "[]"),
    ("experiments", "design", "{}"),
    ("experiments", "design", '"x"'),
    ("experiments", "design", b"\xff\xfe"),
    ("experiments", "corpus", "[]"),
    ("experiments", "corpus", "{}"),
    ("experiments", "provenance", "null"),
    ("experiments", "splits", "[1]"),
    ("experiments", "splits", '{"0": 3}'),
    ("experiments", "created", "yesterday"),
    ("experiments", "planned", -3),
    ("experiments", "name", b"\xff"),
    ("experiments", "data_key", b"\x01"),
    ("cells", "fits", "[]"),
    ("cells", "fits", '{"anger": 3}'),
    ("cells", "seed", "x"),
    ("cells", "fits", '{"anger": {"settings": [1]}}'),
    ("cells", "seconds", "long"),
    ("cells", "fits", '{"anger": {"train": "x"}}'),
    ("cells", "state", "paused"),
    ("cells", "n_train", b"x"),
    ("cells", "error", b"\xff"),
    ("cells", "condition", "no-such"),
    ("trials", "condition", "no"),
    ("trials", "settings", "[]"),
    ("trials", "settings", '{"F": "x"}'),
    ("trials", "folds", "{}"),
    ("trials", "value", "low"),
    ("trials", "state", 5),
    ("trials", "fold", "x"),
    ("predictions", "outputs", b"abc"),
    ("predictions", "outputs", b"\x00" * 8),
    ("predictions", "outputs", "text"),
    ("predictions", "probabilities", b""),
    ("predictions", "emotion", "x"),
    ("predictions", "subject", b"\x05"),
    ("predictions", "emotion", b"\xff"),
]


@pytest.mark.parametrize(("table", "column", "value"), COLUMNS)
def test_a_column_of_another_kind_is_one_sentence(file: Path, table: str, column: str, value: Any) -> None:
    put(file, table, column, value)
    with pytest.raises(StoreError) as caught:
        exported(file)
    assert str(file) in str(caught.value) and "\n" not in str(caught.value)


INSIDE = [
    ("experiments", "design", ("base", "emotions"), "anger"),
    ("experiments", "design", ("base", "emotions"), ["anger", "anger"]),
    ("experiments", "design", ("base", "folds"), None),
    ("experiments", "design", ("base", "search"), {"objective": "speed"}),
    ("experiments", "design", ("factors",), [["gru"]]),
    ("experiments", "design", ("seeds",), ["0"]),
    ("experiments", "design", ("seeds",), [2**70]),
    ("experiments", "corpus", ("counts",), ["anger"]),
    ("experiments", "corpus", ("counts", "anger"), None),
    ("experiments", "provenance", ("packages",), "numpy"),
    ("experiments", "provenance", ("leaks",), [{"what": "x"}]),
    ("cells", "fits", ("anger", "loss_settings"), "x"),
]


@pytest.mark.parametrize(("table", "column", "place", "value"), INSIDE)
def test_json_of_another_inner_shape_is_one_sentence(
    file: Path, table: str, column: str, place: tuple[Any, ...], value: Any
) -> None:
    part(file, table, column, *place, value=value)
    with pytest.raises(StoreError, match="of the store"):
        exported(file)


def test_one_spoiled_experiment_does_not_take_the_others_along(file: Path) -> None:
    put(file, "experiments", "design", "{}")
    with Store(file, read_only=True) as store:
        assert [r.id for r in store.experiments()] == [OTHER]
        spoiled = {id: str(found) for id, found in store.entries() if isinstance(found, StoreError)}
        assert list(spoiled) == [ID] and "lacks 'base'" in spoiled[ID]
    found = {e.id: e for e in experiments.listed()}
    assert found[OTHER].record is not None and "lacks 'base'" in found[ID].error
    experiments.delete(ID)
    assert [e.id for e in experiments.listed()] == [OTHER]


def test_rows_that_a_damaged_page_has_lost_are_missed(file: Path) -> None:
    """SQLite itself reads on where an index has fewer entries than there are rows."""
    with sqlite3.connect(file) as raw:
        page = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'trials_by_experiment'").fetchone()[0]
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.execute("PRAGMA journal_mode = DELETE")
    raw.close()
    data = bytearray(file.read_bytes())
    data[4096 * (page - 1) + 4] = 0  # the number of entries on this page
    file.write_bytes(bytes(data))
    with pytest.raises(StoreError, match="some trials of the store are missing"):
        exported(file)


def test_a_prediction_that_is_missing_is_missed(file: Path) -> None:
    with sqlite3.connect(file) as raw:
        raw.execute("DELETE FROM predictions WHERE clip = (SELECT max(clip) FROM predictions WHERE cell = 1)")
    raw.close()
    with pytest.raises(StoreError, match=r"of 20 predictions of a cell the store holds 19 \(.*seed 0, fold 0\)"):
        exported(file)


def test_a_file_of_a_few_bytes_is_not_taken_for_a_new_store(file: Path) -> None:
    file.write_bytes(b"SQL")
    for read_only in (True, False):
        with pytest.raises(StoreError, match="damaged"):
            Store(file, read_only=read_only)


def test_an_experiment_of_an_odd_id_is_listed(file: Path) -> None:
    put(file, "experiments", "id", "other")
    assert {e.id for e in experiments.listed()} == {"other", OTHER}
