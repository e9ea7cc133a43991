"""The store gives back what it was given, and says in one sentence what it cannot do."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from study_samples import (
    FOLDS,
    ID,
    SEEDS,
    SLUGS,
    TRIALS,
    fill,
    finished_study,
    made_cell,
    made_predictions,
    made_record,
    made_trial,
)

from fer_core.base import paths
from fer_core.base.emotions import SIX
from fer_core.base.errors import StoreError
from fer_core.store import schema
from fer_core.store.store import CellKey, Store

PLANNED = len(SLUGS) * len(SEEDS) * FOLDS


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "new folder é" / "store.sqlite") as opened:
        yield opened


@pytest.fixture
def begun(store: Store) -> Store:
    store.add_experiment(made_record())
    return store


# --- what was put in comes out ------------------------------------------------------------------------


def test_the_file_lies_in_the_users_folder(own_home: Path) -> None:
    assert paths.store_file() == own_home.resolve() / "experiments.sqlite"
    assert not paths.store_file().exists()
    with Store() as store:
        assert store.experiments() == []
    assert paths.store_file().is_file()


def test_an_experiment_comes_back_as_it_was(begun: Store) -> None:
    assert begun.experiment(ID) == made_record()
    assert begun.experiments() == [replace(made_record(), splits={})]


def test_experiments_come_newest_first(store: Store) -> None:
    for id, created in (("experiment-a", 5.0), ("experiment-b", 9.0), ("experiment-c", 9.0)):
        store.add_experiment(made_record(id, created=created))
    assert [e.id for e in store.experiments()] == ["experiment-c", "experiment-b", "experiment-a"]


def test_an_id_is_used_once(begun: Store) -> None:
    with pytest.raises(StoreError, match="of this id already"):
        begun.add_experiment(made_record(name="another"))
    assert begun.experiment(ID).name == "made up"


def test_cells_and_predictions_come_back_exactly(begun: Store) -> None:
    cell, said = made_cell(SLUGS[3], 1, 2), made_predictions(SLUGS[3], 1, 2)
    begun.add_cell(ID, cell, said)
    assert begun.cells(ID) == [cell]
    assert begun.predictions(ID) == [(CellKey(SLUGS[3], 1, 2), p) for p in sorted(said, key=lambda p: p.clip)]


def test_trials_come_back_in_order_and_by_part(begun: Store) -> None:
    given = [
        made_trial(slug, seed, fold, emotion, number)
        for slug in SLUGS[:2]
        for seed in SEEDS
        for fold in range(2)
        for emotion in ("anger", "fear")
        for number in (10, 2, 0)
    ]
    for trial in given:
        begun.add_trial(ID, trial)
    ordered = sorted(given, key=lambda t: (t.condition, t.seed, t.fold, t.emotion, t.number))
    assert begun.trials(ID) == ordered
    assert begun.trials(ID, SLUGS[1], 1, 0, "fear") == [
        t for t in ordered if (t.cell, t.emotion) == ((SLUGS[1], 1, 0), "fear")
    ]
    assert begun.trials(ID, seed=0, fold=0) == [t for t in ordered if t.seed == 0 and t.fold == 0]
    assert begun.trials(ID, emotion="surprise") == []


def test_a_failed_trial_keeps_its_reason(begun: Store) -> None:
    trial = made_trial(state="failed", value=None, folds=[], error="the loss is NaN")
    begun.add_trial(ID, trial)
    assert begun.trials(ID) == [trial]


def test_numbers_of_numpy_and_numbers_that_are_none_are_stored(begun: Store) -> None:
    """skopt gives numpy's integers; a diverged fit gives NaN, which JSON does not know."""
    settings = {"F": np.int64(20), "dropout": np.float64(0.15)}
    begun.add_trial(ID, made_trial(settings=settings, value=math.nan, folds=[0.5, math.inf]))
    (back,) = begun.trials(ID)
    assert back.settings == {"F": 20, "dropout": 0.15}
    assert (back.value, back.folds) == (None, [0.5, None])
    prediction = replace(made_predictions()[0], outputs=[math.nan] * 6)
    begun.add_cell(ID, made_cell(), [prediction])
    assert np.isnan(begun.predictions(ID)[0][1].outputs).all()


def test_a_trial_told_twice_is_one_trial(begun: Store) -> None:
    begun.add_trial(ID, made_trial())
    begun.add_trial(ID, made_trial(value=0.125))
    assert [t.value for t in begun.trials(ID)] == [0.125]


def test_a_failed_cell_gives_way_to_a_done_one_and_never_the_other_way(begun: Store) -> None:
    failed = made_cell(state="failed", fits={}, error="the loss is NaN")
    done, said = made_cell(), made_predictions()
    begun.add_cell(ID, failed)
    assert begun.cells(ID) == [failed]
    begun.add_cell(ID, done, said)
    begun.add_cell(ID, failed)
    assert begun.cells(ID) == [done]
    assert len(begun.predictions(ID)) == len(said)
    begun.add_cell(ID, done, said[:3])
    assert len(begun.predictions(ID)) == 3


def test_a_cell_whose_predictions_fail_is_not_there_at_all(begun: Store) -> None:
    said = made_predictions()
    with pytest.raises(StoreError, match="UNIQUE"):
        begun.add_cell(ID, made_cell(), [*said, said[0]])
    assert (begun.cells(ID), begun.predictions(ID)) == ([], [])
    begun.add_cell(ID, made_cell(), said)
    assert len(begun.cells(ID)) == 1


def test_renaming_and_deleting(begun: Store) -> None:
    other = "experiment-other"
    fill(begun, other)
    begun.rename(ID, "Fear & Co.")
    assert begun.experiment(ID).name == "Fear & Co."
    begun.delete(other)
    assert [e.id for e in begun.experiments()] == [ID]
    with sqlite3.connect(begun.file) as raw:
        left = [raw.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("cells", "predictions", "trials")]
    assert left == [0, 0, 0]


def test_whats_not_there_is_one_sentence(store: Store) -> None:
    for ask in (
        lambda: store.experiment("x"),
        lambda: store.cells("x"),
        lambda: store.trials("x"),
        lambda: store.predictions("x"),
        lambda: store.rename("x", "y"),
        lambda: store.delete("x"),
        lambda: store.add_trial("x", made_trial()),
        lambda: store.add_cell("x", made_cell()),
    ):
        with pytest.raises(StoreError, match=r"no such experiment \(x\)"):
            ask()


def test_counts_of_a_whole_study(store: Store) -> None:
    fill(store)
    store.add_experiment(made_record("experiment-empty"))
    store.add_cell("experiment-empty", made_cell(state="failed"))
    searches = PLANNED // 2 * len(SIX)
    assert store.counts() == {
        ID: {"cells_done": PLANNED, "cells_failed": 0, "trials": searches * TRIALS},
        "experiment-empty": {"cells_done": 0, "cells_failed": 1, "trials": 0},
    }


def test_many_experiments_are_listed_by_a_few_queries_that_read_each_row_once(store: Store) -> None:
    """The whole study's design, 48 cells and 144 trials each; written past the store, to save time."""
    fill(store)
    rows = [f"experiment-{i:04d}" for i in range(100)]
    fields = "name, created, planned, data_key, design, corpus, provenance, splits"
    cells = "condition, seed, fold, state, n_train, n_test, seconds, error, fits"
    trials = "condition, seed, fold, emotion, trial, state, value, seconds, settings, folds, error"
    with sqlite3.connect(store.file) as raw:
        raw.executemany(
            f"INSERT INTO experiments (id, {fields}) SELECT ?, {fields} FROM experiments WHERE number = 1",
            [(id,) for id in rows],
        )
        for table, columns, part in (("cells", cells, ""), ("trials", trials, "AND seed = 0 AND emotion < 'e'")):
            raw.execute(
                f"INSERT INTO {table} (experiment, {columns}) SELECT e.number, {columns} FROM {table} "
                f"JOIN experiments AS e ON e.number <> 1 WHERE experiment = 1 {part}"
            )
    queries: list[str] = []
    steps: list[int] = []
    with Store(store.file, read_only=True) as reader:
        reader._database.set_trace_callback(queries.append)
        reader._database.set_progress_handler(lambda: steps.append(100), 100)
        listed, counts = reader.experiments(), reader.counts()
    assert len(listed) == 101
    assert len([q for q in queries if q.startswith("SELECT")]) <= 4, "as many as for one"
    assert sum(steps) < 20 * 100 * (PLANNED + 4 * FOLDS * 2 * TRIALS), "steps of SQLite's machine a row"
    assert listed[0] == replace(made_record(listed[0].id), splits={})
    each = {"cells_done": PLANNED, "cells_failed": 0, "trials": 4 * FOLDS * 2 * TRIALS}
    assert all(counts[id] == each for id in rows)


# --- reading only -------------------------------------------------------------------------------------


def test_a_reader_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no store yet"):
        Store(tmp_path / "none.sqlite", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_reader_sees_what_a_writer_adds_and_writes_nothing(begun: Store) -> None:
    with Store(begun.file, read_only=True) as reader:
        assert reader.cells(ID) == []
        begun.add_cell(ID, made_cell(), made_predictions())
        assert reader.cells(ID) == [made_cell()]
        with pytest.raises(StoreError, match=r"may only be read here.*earlier results are intact"):
            reader.add_trial(ID, made_trial())
        with pytest.raises(StoreError, match="may only be read"):
            reader.delete(ID)
    assert begun.experiment(ID).id == ID


# --- older, newer and foreign files -------------------------------------------------------------------


def test_an_older_file_is_brought_up_to_date_with_nothing_lost(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A newer version is planted on the file of this program, and read by a reader first."""
    file = finished_study(own_home)
    with Store(file) as store:
        before = store.predictions(ID)
    second = ("ALTER TABLE experiments ADD COLUMN tags TEXT NOT NULL DEFAULT ''", "UPDATE experiments SET tags = 'old'")
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, second))
    for read_only in (True, False):
        with Store(file, read_only=read_only) as store:
            assert store.predictions(ID) == before
            assert store.experiment(ID) == made_record()
    raw = sqlite3.connect(file)
    assert raw.execute("PRAGMA user_version").fetchone() == (len(schema.MIGRATIONS),)
    assert raw.execute("SELECT tags FROM experiments").fetchall() == [("old",)]


def test_a_step_that_fails_leaves_the_older_file_as_it_was(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = finished_study(own_home)
    broken = ("ALTER TABLE experiments ADD COLUMN tags TEXT", "INSERT INTO nowhere VALUES (1)")
    with monkeypatch.context() as planted:
        planted.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, broken))
        with pytest.raises(StoreError, match="nowhere"):
            Store(file)
    with Store(file) as store:
        assert store.experiment(ID) == made_record()
    columns = [row[1] for row in sqlite3.connect(file).execute("PRAGMA table_info(experiments)")]
    assert "tags" not in columns


def test_an_empty_file_is_a_new_store(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite").touch()
    with Store(tmp_path / "store.sqlite", read_only=True) as store:
        assert store.experiments() == []


@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_of_a_newer_program_is_left_alone(begun: Store, read_only: bool) -> None:
    begun.close()
    raw = sqlite3.connect(begun.file)
    raw.execute("PRAGMA user_version = 99")
    raw.close()
    before = begun.file.read_bytes()
    with pytest.raises(StoreError, match=r"newer FER Lab \(version 99"):
        Store(begun.file, read_only=read_only)
    assert begun.file.read_bytes() == before


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "bookmarks.sqlite"
    raw = sqlite3.connect(file)
    raw.execute("CREATE TABLE bookmarks (url TEXT)")
    raw.close()
    before = file.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        Store(file)
    assert file.read_bytes() == before


@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path, read_only: bool) -> None:
    file = tmp_path / "store.sqlite"
    file.write_text("clip,subject\n" * 400)
    with pytest.raises(StoreError, match=r"damaged or is no database \(.*store\.sqlite\)"):
        Store(file, read_only=read_only)
    assert file.read_text().startswith("clip,subject")


def test_a_damaged_page_is_one_sentence_and_not_a_wrong_answer(own_home: Path) -> None:
    file = finished_study(own_home)
    raw = sqlite3.connect(file)
    (page,) = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'predictions'").fetchone()
    size = raw.execute("PRAGMA page_size").fetchone()[0]
    raw.close()
    with file.open("r+b") as handle:
        handle.seek((page - 1) * size)
        handle.write(b"\xff" * size)
    with Store(file, read_only=True) as store, pytest.raises(StoreError, match="damaged"):
        store.predictions(ID)


def test_an_edited_entry_is_one_sentence(begun: Store) -> None:
    with sqlite3.connect(begun.file) as raw:
        raw.execute("UPDATE experiments SET design = '{'")
    with pytest.raises(StoreError, match="cannot be read"):
        begun.experiment(ID)


@pytest.mark.parametrize("read_only", [False, True])
def test_a_folder_in_place_of_the_file_is_one_sentence(tmp_path: Path, read_only: bool) -> None:
    (tmp_path / "store.sqlite").mkdir()
    with pytest.raises(StoreError, match="a folder lies in its place"):
        Store(tmp_path / "store.sqlite", read_only=read_only)


def test_a_home_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(StoreError, match=r"cannot be opened.*FER_LAB_HOME"):
        Store(tmp_path / "home" / "store.sqlite")


# --- one writer at a time -----------------------------------------------------------------------------


def test_a_lock_held_for_long_is_one_sentence_and_nothing_is_lost(begun: Store) -> None:
    holder = sqlite3.connect(begun.file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with Store(begun.file, patience=0.2) as store:
        assert store.experiment(ID).id == ID, "readers never wait"
        with pytest.raises(StoreError, match="kept the store locked"):
            store.add_trial(ID, made_trial())
        holder.execute("ROLLBACK")
        store.add_trial(ID, made_trial())
        assert len(store.trials(ID)) == 1


def test_a_store_used_by_another_thread_is_one_sentence(begun: Store) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool, pytest.raises(StoreError, match="thread"):
        pool.submit(begun.experiments).result()
