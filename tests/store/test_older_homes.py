"""What an older FER Lab wrote opens as before: a home of schema version 1, made by commit 4078263.

It holds an experiment on the demo corpus (two conditions, one of them searched, two folds) and one of image
models on pictures of nobody. ``expected.json`` is what that commit's own code read from it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from fer_core.base.errors import StoreError
from fer_core.results.images.study import load_image_study, rows
from fer_core.results.study import load_study, per_condition
from fer_core.store.schema import MIGRATIONS
from fer_core.store.store import Store
from fer_core.study.design import Design
from fer_core.study.image_design import ImageDesign

OLD = Path(__file__).resolve().parents[1] / "data" / "home_of_version_1"
EXPECTED: dict[str, Any] = json.loads((OLD / "expected.json").read_text("utf-8"))
IDS = sorted(EXPECTED)


@pytest.fixture
def home(own_home: Path) -> Path:
    return shutil.copytree(OLD, own_home, dirs_exist_ok=True)


def digest(plain: Any) -> str:
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


@pytest.mark.parametrize("id", IDS)
def test_every_row_is_read_as_it_was(home: Path, id: str) -> None:
    expected = EXPECTED[id]
    with Store(home / "experiments.sqlite") as store:
        record = asdict(store.experiment(id))
        assert record | {"splits": digest(record["splits"])} == expected["record"]
        cells = [asdict(cell) for cell in store.cells(id)]
        assert [c | {"classifiers": c.pop("fits")} for c in cells] == expected["cells"]
        assert digest([asdict(trial) for trial in store.trials(id)]) == expected["trials"]
        predictions = [[list(key), asdict(p)] for key, p in store.predictions(id)]
        assert predictions[0] == expected["predictions"]["first"]
        assert len(predictions) == expected["predictions"]["n"]
        assert digest(predictions) == expected["predictions"]["sha256"]


@pytest.mark.parametrize("id", IDS)
def test_conditions_hash_to_the_names_of_their_results(id: str) -> None:
    plain = EXPECTED[id]["record"]["design"]
    if id.startswith("images"):
        images = ImageDesign.from_json(plain)
        keys = [c.key for seed in (0, 1) for c in images.on_seed(seed)]
    else:
        design = Design.from_json(plain)
        keys = [design.condition(f, s).key for s in design.seeds for f in design.factors]
    assert keys == EXPECTED[id]["keys"]


def test_the_file_is_brought_up_to_date_once_and_predictions_lie_in_it_once(home: Path) -> None:
    file = home / "experiments.sqlite"
    Store(file).close()
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
        assert database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        twice = "SELECT kind, count(*) FROM (SELECT probabilities IS NULL AS kind FROM predictions) GROUP BY kind"
        images = sum(EXPECTED[id]["predictions"]["n"] for id in IDS if id.startswith("images"))
        assert dict(database.execute(twice))[1] == images
    before = file.read_bytes()
    Store(file).close()
    assert file.read_bytes() == before


def test_the_pages_readings_of_both_open(home: Path) -> None:
    with Store(home / "experiments.sqlite") as store:
        landmarks = load_study(store, next(id for id in IDS if id.startswith("experiment")))
        images = load_image_study(next(id for id in IDS if id.startswith("images")), store)
    assert set(per_condition(landmarks).condition) == {"gru-predefined-standard", "lstm-bayesian-advanced"}
    assert [row["accuracy"] for row in rows(images)] == [1.0]


def test_an_older_program_does_not_touch_a_newer_file(home: Path) -> None:
    file = home / "experiments.sqlite"
    Store(file).close()
    with closing(sqlite3.connect(file)) as database:
        database.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(StoreError, match="newer FER Lab"):
        Store(file)
