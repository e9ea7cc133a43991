"""Runs: the list, every state of an experiment, what can be done with it, and a store that cannot be read."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from run_samples import finished_run
from samples import tiny
from streamlit.testing.v1 import AppTest
from study_samples import ID, fill, finished_study, made_cell, made_record, made_trial
from training.images.image_samples import write_npz

from fer_core import runs
from fer_core.base import provenance
from fer_core.datasets.copies import copy_runs
from fer_core.store import store as store_module
from fer_core.store.store import Store
from fer_core.studies.leak_lab.lab import LabSettings
from fer_core.studies.sensitivity import jobs as sensitivity_jobs
from fer_core.studies.sensitivity import run as sensitivity
from fer_core.study.design import Design, Factors
from fer_core.training import experiments
from fer_core.training.experiment import Order, write_order
from ui.runs import rows as runs_data

from .conftest import Open, button, text

FACTORS = (("gru", "bayesian", "advanced"), ("lstm", "predefined", "standard"))
HERE = {"provenance": {"fer_core": "0.1.0", "code_key": provenance.code_key(), "packages": {}}}
"""Made by this very program, so that a resume needs no override."""
VIEWS = ("Cells", "Searches", "Learning curves", "Failures", "Settings", "Log")
GONE = 2**22 + 1
"""A process number that no process has."""


def status_of(folder: Path, state: str, **changes: Any) -> None:
    """Write a run folder's status."""
    folder.mkdir(parents=True, exist_ok=True)
    now = time.time()
    status = asdict(runs.Status(state, 30, 120, "gru-bayesian-advanced", now - 30, now, os.getpid()))  # type: ignore[arg-type]
    (folder / runs.STATUS).write_text(json.dumps(status | changes))


def begun(home: Path, state: str = "running", id: str = ID, **changes: Any) -> Path:
    """An experiment of 12 cells: 3 are done, one failed, one is being searched."""
    folder = home / "runs" / id
    with Store(home / "experiments.sqlite") as store:
        store.add_experiment(made_record(id, factors=FACTORS, **(HERE | changes)))
        for fold in range(3):
            store.add_cell(id, made_cell("lstm-predefined-standard", 0, fold))
        store.add_cell(id, made_cell(fold=1, state="failed", fits={}, error="the loss is NaN"))
        for number in range(4):
            store.add_trial(id, made_trial(fold=2, number=number))
        lost: dict[str, Any] = {"state": "failed", "value": None, "folds": [], "error": "too wild"}
        store.add_trial(id, made_trial(fold=2, number=4, **lost))
    status_of(folder, state, **({"pid": GONE, "heartbeat": time.time() - 9} if state == "running" else {}))
    write_order(Order("demo", Design(tiny(), (Factors(*FACTORS[0]),)), "made up"), folder)
    return folder


def going_on(home: Path, **changes: Any) -> Path:
    """The same, by a process that is there: this one."""
    folder = begun(home, **changes)
    status_of(folder, "running")
    return folder


def columns(app: AppTest) -> list[str]:
    """The names that can be opened."""
    return [b.label for b in app.button if str(b.key).startswith("open_")]


# --- the list ----------------------------------------------------------------------------------------


def test_without_any_run_it_says_how_to_begin(open_page: Open) -> None:
    app = open_page("runs")
    assert "Nothing has run here yet" in text(app)
    assert not app.get("progress")


def test_experiments_and_training_runs_stand_in_one_list(open_page: Open, own_home: Path) -> None:
    finished_study(own_home, "experiment-20260103-030405", factors=FACTORS, name="a *study*")
    finished_run(own_home, "train-20260102-030405")
    going_on(own_home, id="experiment-20260104-000000", name="now")
    app = open_page("runs")
    assert columns(app)[:2] == ["now", "a \\*study\\*"]
    assert len(columns(app)) == 3
    assert "2 experiments and 1 training run; 1 going on" in text(app)
    assert "12 of 12 cells" in text(app)
    assert app.get("progress")[0].proto.value == 25
    assert app.get("progress")[0].proto.text == "3 of 12 cells, 1 failed"
    assert "2026-01-04 00:00" in text(app)
    assert any(b.value.endswith("done") or "done" in b.value for b in app.markdown), "states are words too"


def test_a_line_leads_to_its_experiment_and_back(open_page: Open, own_home: Path) -> None:
    finished_study(own_home, factors=FACTORS)
    app = open_page("runs")
    button(app, "made up").click().run()
    assert app.query_params["experiment"] == [ID]
    assert "Finished: all 12 cells are done" in text(app)
    button(app, "All runs").click().run()
    assert "experiment" not in app.query_params
    assert "1 experiment and 0 training runs; none going on" in text(app)


@pytest.mark.parametrize(("state", "where"), [("done", "run"), ("failed", "watch")])
def test_a_training_run_leads_to_its_own_page(open_page: Open, own_home: Path, state: str, where: str) -> None:
    folder = finished_run(own_home)
    status_of(folder, state)
    app = open_page("runs", corpus="demo")
    app.button(key=f"open_{folder.name}").click().run()
    assert not app.exception
    assert app.query_params[where] == [folder.name]


@pytest.mark.parametrize(
    ("id", "state", "kind", "asked"),
    [
        ("leaklab-20260102-030405", "failed", "Leak Lab run", "demo: five protocols, 4 folds"),
        ("sensitivity-20260102-030405", "cancelled", "sensitivity run", "demo: GRU, "),
        ("leaklab-20260102-030405", "lost", "Leak Lab run", "demo: five protocols, 4 folds"),
        ("cross-20260102-030405", "failed", "cross-corpus run", "net on pictures, demo"),
        ("duplicates-20260102-030405", "lost", "duplicates run", "copies in pictures.npz"),
    ],
)
def test_other_studies_are_listed_and_lead_to_their_pages(
    open_page: Open,
    own_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    id: str,
    state: str,
    kind: str,
    asked: str,
) -> None:
    monkeypatch.setenv("FER_LAB_DATA", str(tmp_path))
    pictures = write_npz(tmp_path / "pictures.npz")
    folder = own_home / "runs" / id
    status_of(folder, state, error="no face was found.")
    plain = {
        "corpus": "demo",
        "settings": asdict(LabSettings(folds=4)),
        "trained": ["/a/net"],
        "tested": ["/d/pictures", "demo"],
        "strict": False,
    }
    (folder / "config.json").write_text(json.dumps(plain))
    if id.startswith("duplicates"):
        (folder / copy_runs.ORDER).write_text(json.dumps({"path": str(pictures)}))
    else:
        (folder / sensitivity_jobs.ORDER).write_text(json.dumps(sensitivity.Order("demo").to_json()))
    app = open_page("runs", corpus="demo")
    assert f"0 experiments, 0 training runs and 1 {kind}; none going on" in text(app)
    assert columns(app)[0].replace("\\", "").startswith(asked)
    app.button(key=f"open_{id}").click().run()
    assert not app.exception
    assert ("No face was found" in text(app)) == (state == "failed")
    assert ("Stopped on request" in text(app)) == (state == "cancelled")
    lost = [w.value for w in app.warning if "ended without a word" in w.value]
    assert len(lost) == (state == "lost") and not any("{" in said for said in lost)
    noun = "search" if id.startswith("duplicates") else "run"
    button(app, f"Delete this {noun}").click().run()
    assert not folder.exists()


def test_a_long_list_is_found_through(open_page: Open, own_home: Path) -> None:
    with Store(own_home / "experiments.sqlite") as store:
        for k in range(30):
            store.add_experiment(made_record(f"experiment-202601{k + 1:02d}-120000", name=f"number {k}"))
    status_of(own_home / "runs" / "experiment-20260107-120000", "failed", error="the corpus is gone.")
    app = open_page("runs")
    assert columns(app) == [f"number {k}" for k in range(29, 17, -1)]
    app.text_input(key="runs_find").set_value("number 2").run()
    assert columns(app) == [f"number {k}" for k in (*range(29, 19, -1), 2)]
    assert app.query_params["find"] == ["number 2"]
    app.text_input(key="runs_find").set_value("FAILED").run()
    assert columns(app) == ["number 6"]
    app.text_input(key="runs_find").set_value("nothing").run()
    assert "Nothing in the list fits what is chosen above" in text(app)
    app = open_page("runs", kind="train")
    assert columns(app) == []


def test_many_runs_are_listed_with_one_look_at_each_and_no_more_questions_to_the_store(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: Counter[str] = Counter()
    read, open_database = runs._read, store_module.open_database

    def counted(folder: Path) -> runs.Status:
        looks["statuses"] += 1
        return read(folder)

    def traced(*args: Any, **kwargs: Any) -> Any:
        database = open_database(*args, **kwargs)
        database.set_trace_callback(lambda statement: looks.update(["questions"]))
        return database

    monkeypatch.setattr(runs, "_read", counted)
    monkeypatch.setattr(store_module, "open_database", traced)
    seen = []
    for first, many in ((0, 5), (5, 50)):
        with Store(own_home / "experiments.sqlite") as store:
            for k in range(first, many):
                id = f"experiment-20260101-{k:06d}"
                store.add_experiment(replace(made_record(splits={}), id=id, name=f"number {k}"))
                status_of(own_home / "runs" / id, "done")
        looks.clear()
        found, error = runs_data.entries()
        assert (len(found), error) == (many, "")
        assert looks["statuses"] == many
        seen.append(looks["questions"])
    assert seen[0] == seen[1] > 0


# --- one experiment ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("cancelled", "Stopped on request after 3 of 12 cells; 1 failed. What was finished is kept"),
        ("failed", "It could not go on after 3 of 12 cells; 1 failed"),
        ("running", "Its process ended without a word after 3 of 12 cells"),  # and its process is gone
        ("done", "Finished: 3 of 12 cells done; 1 failed"),
    ],
)
def test_how_an_experiment_ends_is_said_and_what_to_do_next(
    open_page: Open, own_home: Path, state: str, said: str
) -> None:
    folder = begun(own_home, state)
    (folder / runs.LOG).write_text("line one\nthe last line")
    if state == "failed":
        status_of(folder, "failed", error="the corpus is gone: put it back.")
    app = open_page("runs", experiment=ID)
    assert said in text(app)
    assert not app.get("progress"), "nothing polls any more"
    assert not button(app, "Resume").disabled
    assert [b for b in app.button if b.label == "Delete it for good"]
    assert ("The corpus is gone" in text(app)) == (state == "failed")
    app.segmented_control(key="runs_view").set_value("Log").run()
    assert app.code[0].value == "line one\nthe last line"
    assert app.query_params["view"] == ["Log"]


def test_a_stopped_run_lasted_from_its_start_and_not_from_what_it_stored_first(open_page: Open, own_home: Path) -> None:
    folder = going_on(own_home)
    now = time.time()
    with Store() as store:
        created = store.experiment(ID).created
    status_of(folder, "cancelled", began=created - 20, heartbeat=created + 1)
    said = text(open_page("runs", experiment=ID))
    assert "ended after 21 s" in said and "resumed" not in said
    status_of(folder, "cancelled", began=now + 60, heartbeat=now + 90)
    assert "resumed, ended after 30 s" in text(open_page("runs", experiment=ID))
    status_of(folder, "cancelled", heartbeat=now)
    assert "ended after" not in text(open_page("runs", experiment=ID)), "an older run does not say it"


def test_an_experiment_that_goes_on_is_followed_and_stopped(open_page: Open, own_home: Path) -> None:
    folder = going_on(own_home)
    app = open_page("runs", experiment=ID)
    assert "Running: 3 of 12 cells done so far; 1 failed" in text(app)
    assert app.get("progress")[0].proto.value == 25
    assert ": 25%, 2 min left" in app.get("progress")[0].proto.text
    assert not [b for b in app.button if b.label in ("Resume", "Delete it for good")]
    button(app, "Stop").click().run()
    assert (folder / runs.CANCEL).exists()
    assert "Stopping" in text(app)
    old = time.time() - 60
    os.utime(folder / runs.CANCEL, (old, old))
    assert button(app.run(), "Stop at once")
    status_of(folder, "cancelled")
    app.run()
    assert "Stopped on request" in text(app)
    assert not app.get("progress"), "nothing polls any more"


def test_one_that_waits_and_one_without_any_result(open_page: Open, own_home: Path) -> None:
    folder = own_home / "runs" / ID
    status_of(folder, "queued", pid=0)
    write_order(Order("demo", Design(tiny(), (Factors(*FACTORS[0]),)), "to be"), folder)
    app = open_page("runs", experiment=ID)
    assert "It is waiting for its process to begin" in text(app)
    assert "to be" in text(app)
    status_of(folder, "failed", error="there is no corpus: choose another.")
    app = open_page("runs", experiment=ID)
    for view in VIEWS:
        app.segmented_control(key="runs_view").set_value(view).run()
        assert "It could not go on after no cell" in text(app)
        assert "There is no corpus" in text(app)


def test_one_whose_folder_is_gone_is_still_read(open_page: Open, own_home: Path) -> None:
    folder = begun(own_home, "done")
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    app = open_page("runs", experiment=ID)
    assert "Its run folder is gone; 3 of 12 cells are in the store" in text(app)
    assert not [b for b in app.button if b.label == "Resume"]
    assert button(app, "Use this design again")


@pytest.mark.parametrize("id", ["experiment-gone", "../runs", "/etc", "train-20260102-030405", "a\0b", "<b>"])
def test_an_experiment_that_is_not_there_is_one_sentence(open_page: Open, own_home: Path, id: str) -> None:
    finished_run(own_home)
    app = open_page("runs", experiment=id)
    assert len(app.error) == 1
    assert "There is no such experiment" in app.error[0].value
    assert button(app, "All runs")


# --- views -------------------------------------------------------------------------------------------


def test_every_view_of_a_finished_study(open_page: Open, own_home: Path) -> None:
    finished_study(own_home, factors=FACTORS)
    charts = {"Cells": 1, "Searches": 2, "Learning curves": 1, "Failures": 0, "Settings": 0, "Log": 0}
    app = open_page("runs", experiment=ID)
    for view, n in charts.items():
        app.segmented_control(key="runs_view").set_value(view).run()
        assert not app.error, (view, app.error)
        assert len(app.get("plotly_chart")) == n, view
    app = open_page("runs", experiment=ID, view="Settings")
    assert "Train GRU and LSTM, predefined and Bayesian tuning, both losses (2 of their combinations)" in text(app)
    rows = {r["setting"]: r["value"] for table in app.dataframe for r in table.value.to_dict("records")}
    assert rows["program: packages: numpy"] == "1.26.4"
    assert rows["corpus: counts: fear"] == str(made_record().corpus["counts"]["fear"])
    assert rows["search: evaluations"] == "50"


def test_the_best_trials_are_the_best(open_page: Open, own_home: Path) -> None:
    finished_study(own_home, factors=FACTORS)
    app = open_page("runs", experiment=ID, view="Searches")
    best = app.dataframe[0].value
    assert len(best) == 2 * 3 * 6, "one per seed, fold and emotion"
    with Store(own_home / "experiments.sqlite", read_only=True) as store:
        trials = store.trials(ID, seed=1, fold=2, emotion="fear")
    lowest = min((t for t in trials if t.value is not None), key=lambda t: t.value or 0)
    row = best[(best.seed == 1) & (best.fold == 3) & (best.emotion == "fear")].iloc[0]
    assert (row.trial, row.value, row.failed) == (lowest.number + 1, lowest.value, 1)
    app.selectbox(key="runs_fold").set_value(2).run()
    assert set(app.dataframe[0].value.fold) == {3}
    app.pills(key="runs_emotion").set_value("fear").run()
    assert not app.exception


def test_what_failed_is_listed_with_its_sentence(open_page: Open, own_home: Path) -> None:
    begun(own_home, "done")
    app = open_page("runs", experiment=ID, view="Failures")
    cells, trials = (t.value for t in app.dataframe)
    assert cells.to_dict("records") == [
        {"condition": "gru-bayesian-advanced", "seed": 0, "fold": 2, "what went wrong": "the loss is NaN"}
    ]
    assert trials["what went wrong"].tolist() == ["too wild"]
    assert trials["trial"].tolist() == [5]


def test_a_running_search_can_be_looked_at(open_page: Open, own_home: Path) -> None:
    going_on(own_home)
    app = open_page("runs", experiment=ID)
    for view in VIEWS:
        app.segmented_control(key="runs_view").set_value(view).run()
        assert not app.error, (view, app.error)


def test_a_leak_that_was_accepted_stays_in_sight(open_page: Open, own_home: Path) -> None:
    leak = {"rule": "subject-on-both-sides", "what": "5 subjects on both sides"}
    begun(own_home, "done", provenance={**HERE["provenance"], "leaks": [leak]})
    assert "subject-on-both-sides" in open_page("runs", experiment=ID).warning[0].value


# --- what can be done --------------------------------------------------------------------------------


@pytest.fixture
def resumed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """What would have been resumed."""
    asked: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(experiments, "resume", lambda id, options=(): asked.append((id, list(options))))
    return asked


def test_resume_asks_before_it_tries_failed_cells_again(
    open_page: Open, own_home: Path, resumed: list[tuple[str, list[str]]]
) -> None:
    begun(own_home, "cancelled")
    app = open_page("runs", experiment=ID)
    button(app, "Resume").click().run()
    app.checkbox(key=f"retry_{ID}").check().run()
    button(app, "Resume").click().run()
    assert resumed == [(ID, []), (ID, ["--retry-failed"])]


def test_where_only_failed_cells_are_left_they_are_what_is_resumed(
    open_page: Open, own_home: Path, resumed: list[tuple[str, list[str]]]
) -> None:
    begun(own_home, "done", planned=4)
    app = open_page("runs", experiment=ID)
    assert app.checkbox(key=f"retry_{ID}").value
    app.checkbox(key=f"retry_{ID}").uncheck().run()
    assert button(app, "Resume").disabled
    app.checkbox(key=f"retry_{ID}").check().run()
    button(app, "Resume").click().run()
    assert resumed == [(ID, ["--retry-failed"])]


def test_another_program_goes_on_only_when_told_to(
    open_page: Open, own_home: Path, resumed: list[tuple[str, list[str]]]
) -> None:
    begun(own_home, "cancelled", provenance={"code_key": "another"})
    app = open_page("runs", experiment=ID)
    assert "The program has changed since this experiment began" in app.warning[0].value
    assert button(app, "Resume").disabled
    app.checkbox(key=f"other_code_{ID}").check().run()
    button(app, "Resume").click().run()
    assert resumed == [(ID, ["--other-code"])]


def test_a_resume_that_is_refused_is_one_sentence(open_page: Open, own_home: Path) -> None:
    folder = begun(own_home, "cancelled")
    app = open_page("runs", experiment=ID)
    status_of(folder, "running")  # another tab was faster
    button(app, "Resume").click().run()
    assert "The experiment is still going on" in app.error[0].value


def test_rename_and_delete(open_page: Open, own_home: Path) -> None:
    folder = begun(own_home, "done")
    app = open_page("runs", experiment=ID)
    app.text_input(key=f"name_{ID}").set_value("  better: `name` ").run()
    button(app, "Save the name").click().run()
    assert "better: \\`name\\`" in text(app)
    assert experiments.find(ID).title == "better: `name`"
    button(app, "Delete it for good").click().run()
    assert not folder.exists()
    assert experiments.listed() == []
    assert "experiment" not in app.query_params
    assert "Nothing has run here yet" in text(app)


def test_its_design_can_be_used_again(open_page: Open, own_home: Path) -> None:
    finished_study(own_home, factors=FACTORS)
    app = open_page("runs", experiment=ID)
    button(app, "Use this design again").click().run()
    assert not app.exception
    assert "(2 of their combinations), 3 subject-independent folds, 2 seeds, on demo" in text(app)


# --- a store that cannot be read ---------------------------------------------------------------------


def damage(file: Path, how: str) -> None:
    for extra in file.parent.glob("experiments.sqlite-*"):
        extra.unlink()
    if how == "damaged":
        file.write_bytes(b"no database at all" * 1000)
    elif how == "newer":
        with sqlite3.connect(file) as database:
            database.execute("PRAGMA user_version = 999")
        database.close()
    else:
        file.unlink()
        file.mkdir()


@pytest.mark.parametrize("how", ["damaged", "newer", "a folder"])
def test_a_store_that_cannot_be_read_is_one_sentence_and_the_rest_works(
    open_page: Open, own_home: Path, how: str
) -> None:
    finished_run(own_home)
    folder = going_on(own_home)
    damage(own_home / "experiments.sqlite", how)
    app = open_page("runs")
    assert len(app.error) == 1, app.error
    assert "store" in app.error[0].value
    assert len(columns(app)) == 2, "the run folders still say what goes on"
    app = open_page("runs", experiment=ID)
    assert len(app.error) == 1, app.error
    button(app, "Stop").click().run()
    assert (folder / runs.CANCEL).exists()
    status_of(folder, "cancelled")
    app = open_page("runs", experiment=ID)
    for view in VIEWS:
        app.segmented_control(key="runs_view").set_value(view).run()
        assert len(app.error) == 1, (view, app.error)
    button(app, "Delete it for good").click().run()
    assert not app.exception
    assert app.error


def test_a_store_that_is_being_written_for_long_is_one_sentence(
    open_page: Open, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs_data, "PATIENCE", 0.2)
    begun(own_home, "done")
    app = open_page("runs", experiment=ID)
    writer = sqlite3.connect(own_home / "experiments.sqlite", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    app.text_input(key=f"name_{ID}").set_value("other").run()
    button(app, "Save the name").click().run()
    assert len(app.error) == 1
    assert "Finished: 3 of 12 cells" in text(app), "reading goes on"
    writer.execute("ROLLBACK")
    writer.close()


def test_two_studies_in_one_store_are_kept_apart(open_page: Open, own_home: Path) -> None:
    finished_study(own_home, factors=FACTORS)
    with Store(own_home / "experiments.sqlite") as store:
        fill(store, "experiment-20260105-000000", factors=FACTORS[1:], seeds=(0,), name="other")
    app = open_page("runs", experiment="experiment-20260105-000000", view="Searches")
    assert "This design searches nothing" in text(app)
