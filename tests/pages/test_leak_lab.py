"""Leak Lab: a shown result, a run on one's own corpus, how runs end, and what is empty."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict
from pathlib import Path

import pytest
from lab_samples import made_result
from streamlit.testing.v1 import AppTest

from fer_core import runs
from fer_core.studies.leak_lab import jobs as lab_runs
from fer_core.studies.leak_lab.lab import LabSettings
from fer_core.studies.leak_lab.protocols import PROTOCOLS
from ui.leak_lab import words

from .conftest import Open, button, text


def made_run(name: str = "leaklab-20260102-030405", state: str = "done", **changes: object) -> Path:
    """A lab run's folder, as a run leaves it."""
    folder = runs.runs_dir() / name
    folder.mkdir()
    now = time.time()
    status = asdict(runs.Status(state, 5, 20, "Training", now - 30, now, os.getpid())) | changes  # type: ignore[arg-type]
    (folder / runs.STATUS).write_text(json.dumps(status))
    (folder / lab_runs.CONFIG).write_text(json.dumps({"corpus": "demo", "settings": asdict(LabSettings())}))
    if state == "done":
        (folder / "result.json").write_text(json.dumps(made_result()))
        (folder / "predictions.csv").write_text("protocol\n")
    return folder


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, LabSettings]]:
    asked: list[tuple[str, LabSettings]] = []

    def launch(path: str, settings: LabSettings) -> Path:
        asked.append((path, settings))
        return made_run(state="running")

    monkeypatch.setattr(lab_runs, "launch", launch)
    return asked


@pytest.fixture
def nothing_shipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(lab_runs, "shipped_file", lambda: tmp_path / "absent.json")


def shown(app: AppTest) -> str:
    return text(app).replace("\\", "")


def test_a_result_says_its_inflation_first(open_page: Open) -> None:
    folder = made_run()
    app = open_page("leak_lab", lab=folder.name)
    said = shown(app)
    assert "classifies 96.0% of the frames as labelled" in said
    assert "16.0 percentage points (95% interval 13.0 to 18.0) come from the split alone" in said
    assert "n = 90 frames of 30 clips, 30 people, 3 emotions; 5 folds, seed 0." in said
    assert "python -m fer_core leak-lab made --folds 5" in said
    assert "Made up for a test." in said
    for protocol in PROTOCOLS.values():
        assert protocol.title in said
    assert said.count("clip-on-both-sides") == 4
    assert "No rule of the leak audit is broken" in said
    table = app.dataframe[0].value.set_index("protocol")
    assert table.loc["Random frames", "above subject-independent"] == pytest.approx(0.15)
    assert table.loc["Subject-independent", "rules broken"] == "none"
    assert app.query_params["lab"] == [folder.name]


def test_without_any_result_it_says_what_to_do(open_page: Open, nothing_shipped: None) -> None:
    app = open_page("leak_lab")
    assert "No result yet" in shown(app)
    assert "No corpus is in use" in shown(app)
    assert not app.dataframe


def test_a_run_on_ones_own_corpus(open_page: Open, nothing_shipped: None, launched: list) -> None:
    app = open_page("leak_lab", corpus="demo")
    assert "327 clips of 118 subjects" in shown(app)
    app.number_input(key="lab_folds").set_value(4).run()
    app.number_input(key="lab_repeats").set_value(2).run()
    assert "40 fits" in shown(app)
    app.button(key="lab_start").click().run()
    assert not app.exception
    assert launched == [("demo", LabSettings(folds=4, repeats=2))]
    assert app.get("progress")[0].proto.value == 25
    button(app, "Stop").click().run()
    assert (runs.runs_dir() / "leaklab-20260102-030405" / runs.CANCEL).exists()
    assert "Stopping" in shown(app)


def test_a_run_that_goes_on_is_found_by_a_new_tab(open_page: Open) -> None:
    made_run(state="running")
    app = open_page("leak_lab", corpus="demo")
    assert app.get("progress")
    assert not [b for b in app.button if b.key == "lab_start"]


@pytest.mark.parametrize(
    ("state", "error", "said"),
    [
        ("cancelled", None, "Stopped on request"),
        ("failed", "the corpus is empty: choose another.", "The corpus is empty: choose another."),
        ("running", None, "The run ended without a word"),
    ],
)
def test_how_a_run_ends_is_said(
    open_page: Open, launched: list, monkeypatch: pytest.MonkeyPatch, state: str, error: str | None, said: str
) -> None:
    app = open_page("leak_lab", corpus="demo")
    app.button(key="lab_start").click().run()
    folder = runs.runs_dir() / "leaklab-20260102-030405"
    ended = runs.Status(state, 5, 20, "", 0, time.time() - 500, 2**22 + 1, 0, error)  # type: ignore[arg-type]
    (folder / runs.STATUS).write_text(json.dumps(asdict(ended)))
    (folder / runs.LOG).write_text("the last line")
    app.run()
    assert said.lower() in shown(app).lower()
    assert not app.exception
    assert not app.get("progress"), "nothing polls any more"
    button(app, "Delete this run").click().run()
    assert not folder.exists()
    assert app.button(key="lab_start")


def test_a_finished_run_is_shown_and_can_be_deleted(open_page: Open, launched: list) -> None:
    app = open_page("leak_lab", corpus="demo")
    app.button(key="lab_start").click().run()
    folder = runs.runs_dir() / "leaklab-20260102-030405"
    status = asdict(runs.Status("done", 20, 20, "", 0, time.time(), os.getpid()))
    (folder / runs.STATUS).write_text(json.dumps(status))
    (folder / "result.json").write_text(json.dumps(made_result()))
    older = made_run("leaklab-20250102-030405")
    app.query_params["lab"] = older.name
    app.run()
    assert app.success[0].value.strip() == "Done."
    button(app, "Show its result").click().run()
    assert not app.success
    assert app.query_params["lab"] == [folder.name]
    assert app.selectbox(key="lab_result").value == folder.name
    app = open_page("leak_lab", corpus="demo", lab=folder.name)
    button(app, "Delete this result").click().run()
    assert not folder.exists()
    assert not app.exception


def test_a_damaged_result_is_one_sentence(open_page: Open) -> None:
    folder = made_run()
    (folder / "result.json").write_text("{")
    app = open_page("leak_lab", lab=folder.name)
    assert len(app.error) == 1
    assert "cannot be read" in app.error[0].value


@pytest.mark.parametrize("name", ["../../etc", "leaklab-gone", "<b>"])
def test_a_link_to_nothing_shows_what_there_is(open_page: Open, name: str) -> None:
    folder = made_run()
    app = open_page("leak_lab", lab=name)
    assert app.query_params["lab"] == [folder.name]
    assert not app.error


def test_where_the_interval_holds_zero_nothing_is_claimed() -> None:
    result = made_result()
    for p in result["protocols"]:
        if p["inflation"] is not None:
            p["inflation_interval"] = [-0.01, 0.2]
    assert "cannot be told apart" in words.headline(result)
    assert "come from the split" not in words.headline(result)
