"""Sensitivity: a study shown, looked at from several sides, started, followed, and how runs end."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from sensitivity_samples import GRID, made
from streamlit.testing.v1 import AppTest

from fer_core import runs
from fer_core.studies.sensitivity import jobs as sensitivity_jobs
from fer_core.studies.sensitivity.run import Order

from .conftest import Open, button, text


def study_run(home: Path, name: str = "sensitivity-20260102-030405", **changes: Any) -> Path:
    """A run folder as a finished study leaves it."""
    folder = home / "runs" / name
    folder.mkdir(parents=True)
    now = time.time()
    (folder / runs.STATUS).write_text(json.dumps(asdict(runs.Status("done", 9, 9, "", now - 50, now))))
    (folder / sensitivity_jobs.ORDER).write_text(json.dumps(Order("demo").to_json()))
    (folder / "result.json").write_text(json.dumps(made(**changes)))
    return folder


def going_on(**changes: object) -> Path:
    """A run folder of a study that goes on: this very process."""
    folder = runs.new_run_folder(sensitivity_jobs.PREFIX)
    now = time.time()
    status = asdict(runs.Status("running", 30, 120, "Training, fold 1, fear", now - 30, now, os.getpid()))
    (folder / runs.STATUS).write_text(json.dumps(status | changes))
    (folder / sensitivity_jobs.ORDER).write_text(json.dumps(Order("demo").to_json()))
    return folder


@pytest.fixture(autouse=True)
def nothing_shipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What ships is tested apart: it changes when it is computed anew."""
    monkeypatch.setattr(sensitivity_jobs, "assets_dir", lambda: tmp_path)


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[Order]:
    """What would have been started; a run folder is made, no process."""
    asked: list[Order] = []

    def launch(order: Order) -> Path:
        asked.append(order)
        return going_on()

    monkeypatch.setattr(sensitivity_jobs, "launch", launch)
    return asked


def table(app: AppTest, column: str) -> Any:
    """The table that has this column."""
    found = [d.value for d in app.dataframe if column in d.value.columns]
    assert found, [list(d.value.columns) for d in app.dataframe]
    return found[0]


def test_without_study_and_corpus_it_says_what_to_do(open_page: Open) -> None:
    app = open_page("sensitivity")
    assert "No study yet" in text(app)
    assert "No corpus is in use" in text(app)
    assert not [b for b in app.button if b.label == "Start the study"]


def test_a_study_is_said_in_a_sentence_and_in_numbers(open_page: Open, own_home: Path) -> None:
    study_run(own_home)
    app = open_page("sensitivity")
    words = text(app)
    assert "A point chosen on inner folds gives a mean F1 of" in words
    assert "would have promised" in words
    assert "The moderate threshold (weighted BCE beyond it) decides for disgust (3.2) only." in words
    assert "γ and α matter to fear alone" in words
    assert "python -m fer_core sensitivity made" in words
    assert "Made up for a test." in words
    shown = table(app, "loss").set_index("emotion")
    assert shown.loc["fear", "loss"] == "focal loss in 2 of 3 folds, weighted BCE in 1"
    assert shown.loc["happiness", "ratio"] == pytest.approx(5 / 12, abs=1e-3)
    assert len(app.get("plotly_chart")) == 3


def test_sliders_move_the_point_and_start_nothing(open_page: Open, own_home: Path, launched: list) -> None:
    study_run(own_home)
    app = open_page("sensitivity", corpus="demo")
    app.select_slider(key="sens_severe").set_value(14.0).run()
    shown = table(app, "loss").set_index("emotion")
    assert shown.loc["fear", "loss"] == "weighted BCE"
    app.segmented_control(key="sens_given").set_value("focal").run()
    app.select_slider(key="sens_alpha").set_value(0.9).run()
    shown = table(app, "loss").set_index("emotion")
    assert set(shown["loss"]) == {"focal loss"}
    cells = made()["per_emotion"]["happiness"]
    place = GRID.gamma.index(2.0) * len(GRID.alpha) + GRID.alpha.index(0.9)
    row = cells["cells"]["outputs"][cells["patterns"].index("fff")][place]
    assert shown.loc["happiness", ["tp", "fp", "fn", "tn"]].tolist() == row[:4]
    assert not launched
    for key, value in (
        ("sens_metric", "f1"),
        ("sens_reading", "probabilities"),
        ("sens_shown", "difference"),
        ("sens_objective", "recall"),
    ):
        app.segmented_control(key=key).set_value(value).run()
        assert not app.exception
    assert "mean recall" in text(app)


def test_a_point_of_another_grid_does_not_stay(open_page: Open, own_home: Path) -> None:
    study_run(own_home)
    app = open_page("sensitivity", sens_severe="12.25", sens_alpha="x", study="sensitivity-gone")
    assert not app.exception
    assert app.select_slider(key="sens_severe").value == 11.5


def test_an_unreadable_study_is_one_sentence(open_page: Open, own_home: Path) -> None:
    folder = study_run(own_home)
    (folder / "result.json").write_text("{")
    app = open_page("sensitivity", corpus="demo")
    assert "cannot be read" in app.error[0].value
    assert not app.exception
    assert button(app, "Start the study")


def test_its_cost_and_its_start(open_page: Open, launched: list[Order]) -> None:
    app = open_page("sensitivity", corpus="demo")
    number = next(n for n in app.number_input if n.label == "Outer folds")
    number.set_value(4).run()
    metrics = {m.label: m.value for m in app.metric}
    assert int(metrics["Classifiers to fit"].replace(" ", "")) > 4 * 6 * 32
    assert metrics["Time, about"]
    assert "--folds 4" in app.code[0].value
    button(app, "Start the study").click().run()
    assert not app.exception
    assert (launched[0].corpus, launched[0].condition.folds) == ("demo", 4)
    assert "Training, fold 1, fear: 25%" in app.get("progress")[0].proto.text
    assert button(app, "Start the study").disabled
    assert "stands at the top of the page" in text(app)


def test_a_study_that_goes_on_is_found_and_stopped(open_page: Open) -> None:
    folder = going_on()
    app = open_page("sensitivity")
    assert app.get("progress")[0].proto.value == 25
    assert "2 min left" in app.get("progress")[0].proto.text
    app.button(key=f"stop_{folder.name}").click().run()
    assert (folder / runs.CANCEL).exists()
    assert "Stopping" in text(app)


@pytest.mark.parametrize(
    ("state", "error", "said"),
    [
        ("cancelled", None, "Stopped on request"),
        ("failed", "the corpus is empty: choose another.", "The corpus is empty: choose another."),
        ("running", None, "ended without a word"),
    ],
)
def test_how_a_study_ends_is_said(open_page: Open, state: str, error: str | None, said: str) -> None:
    folder = going_on()
    app = open_page("sensitivity")
    status = json.loads((folder / runs.STATUS).read_text())
    ended = {"state": state, "error": error, "pid": 2**22 + 1, "heartbeat": time.time() - 500}
    (folder / runs.STATUS).write_text(json.dumps(status | ended))
    (folder / runs.LOG).write_text("line one\nthe last line")
    app.run()
    assert said in text(app).replace("\\", "")
    assert not app.exception
    assert not app.get("progress"), "nothing polls any more"
    button(app, "Delete this run").click().run()
    assert not folder.exists()


def test_a_finished_study_is_offered_and_can_be_deleted(open_page: Open, own_home: Path) -> None:
    study_run(own_home, "sensitivity-20260101-030405")
    folder = going_on()
    app = open_page("sensitivity")
    status = json.loads((folder / runs.STATUS).read_text())
    (folder / runs.STATUS).write_text(json.dumps(status | {"state": "done"}))
    (folder / "result.json").write_text(json.dumps(made(fits=777)))
    app.run()
    button(app, "Look at it").click().run()
    assert "777 classifiers" in text(app)
    assert app.query_params["study"] == [folder.name]
    button(app, "Delete this study").click().run()
    assert not folder.exists()
    assert "123 classifiers" in text(app)
