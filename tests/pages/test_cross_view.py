"""Across corpora: the empty state, a stored matrix, a run of one's own. The panel alone, as a small app."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from fer_core import runs
from fer_core.studies.cross import jobs

SHELF = jobs.shelf


@pytest.fixture(autouse=True)
def nothing_shipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(jobs, "shelf", lambda: tmp_path / "no shelf")


METRICS = ("accuracy", "balanced_accuracy", "macro_f1")


def panel_alone() -> None:
    from ui.benchmark import cross

    cross.panel()


def opened(**query: str) -> AppTest:
    app = AppTest.from_function(panel_alone, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def text(app: AppTest) -> str:
    said = [e.value for kind in ("markdown", "caption", "error", "success", "info") for e in app.get(kind)]
    return "\n".join(map(str, said))


def cell(accuracy: float, drop: float | None = None, own: bool = False) -> dict:  # type: ignore[type-arg]
    fell = {m: {"value": drop, "interval": [0.0, 0.2]} for m in METRICS} if drop is not None else None
    return {
        "n": 99,
        **dict.fromkeys(METRICS, accuracy),
        "intervals": {m: [0.4, 0.6] for m in METRICS},
        "drop": fell,
        "labels": "Compared on anger and fear.",
        "own": own,
        "notes": ["a <b>note</b>"],
    }


def made_run(name: str = "cross-20260102-030405", state: str = "done") -> Path:
    """A run's folder, as a run leaves it."""
    folder = runs.runs_dir() / name
    folder.mkdir()
    now = time.time()
    status = asdict(runs.Status(state, 1, 2, "net on raf", now - 30, now, os.getpid()))  # type: ignore[arg-type]
    (folder / runs.STATUS).write_text(json.dumps(status))
    config = jobs.Config(("/a/net",), ("/data/fer", "/data/raf"))
    (folder / jobs.CONFIG).write_text(json.dumps(asdict(config)))
    if state == "done":
        matrix = {
            "format": "fer-lab-cross",
            "strict": False,
            "method": "Intervals: bootstraps.",
            "rows": [{"name": "net", "corpus": "fer"}],
            "columns": [{"name": "fer"}, {"name": "raf"}, {"name": "ck"}],
            "cells": [[cell(0.6, own=True), cell(0.5, 0.1), {"n": 0, "why": "it was trained on all of it."}]],
        }
        jobs.write_result(matrix, folder)
    return folder


def test_without_a_matrix_it_says_what_one_is_and_the_command() -> None:
    app = opened()
    assert not app.exception
    assert "No matrix yet" in text(app) and jobs.SHIPPED not in text(app)
    assert "fer_core cross --train" in text(app)
    assert [m.label for m in app.multiselect] == ["Recognisers", "Corpora"]
    assert "ckplus-gru" in app.multiselect(key="cross_trained").options
    assert app.button(key="cross_start").disabled


def test_a_stored_matrix_is_shown_with_what_each_cell_compares() -> None:
    folder = made_run()
    app = opened()
    assert not app.exception
    assert app.query_params["cross"] == [folder.name]
    assert len(app.get("plotly_chart")) == 1
    said = text(app)
    assert "Compared on anger and fear" in said and "it was trained on all of it" in said
    assert "<b>" not in said.replace("\\<b>", ""), "names and notes are taken literally"
    assert "Intervals: bootstraps." in said
    app.segmented_control(key="cross_metric").set_value("macro_f1").run()
    assert not app.exception


def test_the_matrix_that_comes_with_the_code_is_read_and_cannot_be_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "shelf", SHELF)
    (name,) = jobs.results()
    assert name.startswith(jobs.SHIPPED)
    matrix = jobs.read_result(name)
    assert [r["name"] for r in matrix["rows"]] == ["fer2013-attention", "ckplus-gru", "ckplus-live"]
    app = opened()
    assert not app.exception and len(app.get("plotly_chart")) == 1
    assert "its own test side" in text(app).lower() or "own test" in text(app)
    assert not [b for b in app.button if b.key == "cross_delete"]


def test_of_two_the_one_in_the_link_is_shown_and_can_be_deleted() -> None:
    made_run()
    made_run("cross-20260303-030405")
    app = opened(cross="cross-20260102-030405")
    assert app.selectbox(key="cross_result").value == "cross-20260102-030405"
    app.button(key="cross_delete").click().run()
    assert not app.exception
    assert jobs.results() == ["cross-20260303-030405"]


def test_a_run_is_started_with_what_was_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[object] = []

    def launch(trained: list[str], tested: list[str], *, strict: bool) -> Path:
        asked.append((trained, tested, strict))
        return made_run(state="running")

    monkeypatch.setattr(jobs, "launch", launch)
    monkeypatch.setenv("FER_LAB_DATA", str(tmp_path))
    (tmp_path / "faces").mkdir()
    app = opened()
    app.multiselect(key="cross_trained").select("ckplus-gru")
    app.session_state["cross_tested"] = ["faces"]
    app.checkbox(key="cross_strict").check()
    app.run()
    app.button(key="cross_start").click().run()
    assert not app.exception
    ((trained, tested, strict),) = asked  # type: ignore[misc]
    assert trained[0].endswith("saved_models/ckplus-gru") and tested == [str(tmp_path / "faces")] and strict
    assert "net on fer, raf" in text(app).replace("\\", "")


def test_a_corpus_outside_the_opened_folders_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "launch", lambda *_, **__: pytest.fail("it was started"))
    app = opened()
    app.multiselect(key="cross_trained").select("ckplus-gru")
    app.session_state["cross_tested"] = ["/etc"]
    app.run()
    app.button(key="cross_start").click().run()
    assert "outside the folders" in text(app)


def test_a_damaged_result_is_said() -> None:
    folder = made_run()
    (folder / jobs.RESULT).write_text("{")
    app = opened()
    assert not app.exception
    assert "matrix cannot be read" in text(app)
