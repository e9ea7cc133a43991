"""Pages before files of other programs: what cannot be shown is said, and everything beside it stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from odd import ODD_STATUS
from run_samples import finished_run, made_result
from streamlit.testing.v1 import AppTest
from study_samples import ID, finished_study

from fer_core import runs

from .conftest import Open, text

SOUND, ODD = "train-20260102-030405", "train-20260102-030406"


def without_error(app: AppTest) -> str:
    """What stands on a page that ended without an exception."""
    assert not app.exception, app.exception
    return text(app)


def test_odd_states_leave_runs_and_home_as_they_are(open_page: Open, own_home: Path) -> None:
    finished_run(own_home, SOUND)
    for k, content in enumerate(ODD_STATUS):
        folder = own_home / "runs" / f"train-20260103-0{k:05d}"
        folder.mkdir()
        (folder / runs.STATUS).write_bytes(content)
    said = without_error(open_page("runs"))
    assert f"{len(ODD_STATUS) + 1} training runs" in said and "lost" in said
    without_error(open_page())


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 10_000,
        b"null",
        b"[]",
        b'"x"',
        b"{}",
        json.dumps(made_result()[0] | {"accuracy": None}).encode(),
        json.dumps(made_result()[0] | {"corpus": "demo"}).encode(),
        json.dumps(made_result()[0] | {"confusion": [[1], [2, 3], []]}).encode(),
        json.dumps(made_result()[0] | {"intervals": {}}).encode(),
    ],
)
def test_an_odd_result_is_one_sentence_on_results(open_page: Open, own_home: Path, content: bytes) -> None:
    finished_run(own_home, ODD, bundle=False)
    (own_home / "runs" / ODD / "result.json").write_bytes(content)
    app = open_page("results", run=ODD)
    without_error(app)
    assert any("the result" in e.value.lower() for e in app.error)


def test_odd_predictions_and_an_odd_card_are_said_beside_the_numbers(open_page: Open, own_home: Path) -> None:
    folder = finished_run(own_home, SOUND)
    (folder / "predictions.csv").write_bytes(b'clip,"fold\n' + b"x" * 200_000)
    (folder / "bundle" / "card.md").write_bytes(b"\xff\xfe# x")
    app = open_page("results", run=SOUND)
    assert "Balanced accuracy" in {m.label for m in app.metric}
    without_error(app)
    assert any("table of predictions" in e.value for e in app.error)


def test_a_spoiled_experiment_is_listed_beside_the_others(open_page: Open, own_home: Path) -> None:
    import sqlite3

    file = finished_study(own_home)
    with sqlite3.connect(file) as raw:
        raw.execute("UPDATE experiments SET design = '[]'")
    raw.close()
    finished_run(own_home, SOUND)
    assert "1 training run" in without_error(open_page("runs"))
    without_error(open_page("runs", experiment=ID))
    without_error(open_page())


@pytest.mark.parametrize("query", [{"train_seed": "nan"}, {"train_folds": "1e400"}, {"train_test_share": "nan"}])
def test_odd_numbers_of_an_address_are_the_defaults(open_page: Open, query: dict[str, Any]) -> None:
    without_error(open_page("train", corpus="demo", **query))
