"""Efficiency: the shipped measurement and one made here, measuring, its ends, damaged and empty states."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict
from pathlib import Path

import pytest
from efficiency_samples import made_measurement
from streamlit.testing.v1 import AppTest

from fer_core import runs
from fer_core.studies.efficiency import jobs
from ui.efficiency import words

from .conftest import Open, button, read


def made_run(name: str = "efficiency-20260102-030405", state: str = "done", **changes: object) -> Path:
    """A measurement's folder, as a run leaves it."""
    folder = runs.runs_dir() / name
    folder.mkdir()
    now = time.time()
    status = asdict(runs.Status(state, 5, 20, "timing", now - 30, now, os.getpid())) | changes  # type: ignore[arg-type]
    (folder / runs.STATUS).write_text(json.dumps(status))
    if state == "done":
        jobs.write_result(made_measurement(), folder / jobs.RESULT)
    return folder


@pytest.fixture
def nothing_shipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(jobs, "shipped_file", lambda: tmp_path / "absent.json")


@pytest.fixture
def shipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "efficiency.json"
    jobs.write_result(made_measurement(), file)
    monkeypatch.setattr(jobs, "shipped_file", lambda: file)


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    asked: list[tuple[int, int]] = []

    def launch(turns: int, threads: int) -> Path:
        asked.append((turns, threads))
        return made_run(state="running")

    monkeypatch.setattr(jobs, "launch", launch)
    return asked


def test_it_opens_with_its_sentence_and_says_whose_machine_it_was(open_page: Open, shipped: None) -> None:
    app = open_page("efficiency")
    said = read(app)
    assert "a GRU costs 0.90 [0.87, 0.93] of an LSTM on the machine this was measured on" in said
    assert "the claimed 0.75 lies below that interval" in said
    assert "Counted over the whole network it is 0.89" in said
    assert "over 5 formats (0.80 to 1.00 by format) and 3 batch sizes, 95% interval over 4 turns." in said
    assert "Made-up CPU, 2 cores" in said and "was made on another machine" in said
    assert "multiply 6.00 times as often as one network with 6 outputs" in said
    assert "5.00 [5.00, 5.00] times as long for 1 clip" in said
    assert len(app.get("plotly_chart")) == 3
    counted = next(d.value for d in app.dataframe if "note" in d.value.columns)
    assert list(counted["GRU / LSTM"].round(3)) == [0.75, 0.75, 0.888, 0.898]
    assert app.query_params["measured"] == ["shipped"]


def test_a_measurement_made_here_comes_first(open_page: Open, shipped: None) -> None:
    folder = made_run()
    app = open_page("efficiency")
    assert app.query_params["measured"] == [folder.name]
    assert "of an LSTM here;" in read(app)
    assert "was made on another machine" not in read(app)
    again = open_page("efficiency", measured="shipped")
    assert "was made on another machine" in read(again)
    app.segmented_control(key="efficiency_per").set_value("clip").run()
    assert app.query_params["efficiency_per"] == ["clip"]
    button(app, "Delete this measurement").click().run()
    assert not folder.exists() and not app.exception
    assert app.query_params["measured"] == ["shipped"]


def test_without_any_measurement_it_says_what_to_do(
    open_page: Open, nothing_shipped: None, launched: list[tuple[int, int]]
) -> None:
    app = open_page("efficiency")
    assert "Nothing was measured yet" in read(app)
    assert not app.dataframe
    app.number_input(key="efficiency_turns").set_value(3).run()
    app.number_input(key="efficiency_threads").set_value(2).run()
    app.button(key="efficiency_start").click().run()
    assert not app.exception
    assert launched == [(3, 2)]
    assert app.get("progress")[0].proto.value == 25
    assert not [b for b in app.button if b.key == "efficiency_start"], "one at a time"
    button(app, "Stop").click().run()
    assert (runs.runs_dir() / "efficiency-20260102-030405" / runs.CANCEL).exists()


def test_a_finished_measurement_is_shown(open_page: Open, shipped: None, launched: list) -> None:
    app = open_page("efficiency", measured="shipped")
    app.button(key="efficiency_start").click().run()
    folder = runs.runs_dir() / "efficiency-20260102-030405"
    jobs.write_result(made_measurement(turns=1), folder / jobs.RESULT)
    status = asdict(runs.Status("done", 20, 20, "", 0, time.time(), os.getpid()))
    (folder / runs.STATUS).write_text(json.dumps(status))
    app.run()
    button(app, "Show its result").click().run()
    assert app.query_params["measured"] == [folder.name]
    assert "cannot be judged from a single turn" in read(app)
    assert not app.exception


def test_a_failed_measurement_says_why(open_page: Open, nothing_shipped: None, launched: list) -> None:
    app = open_page("efficiency")
    app.button(key="efficiency_start").click().run()
    folder = runs.runs_dir() / "efficiency-20260102-030405"
    ended = runs.Status("failed", 5, 20, "", 0, time.time(), 2**22 + 1, 0, "the contender failed: no space.")
    (folder / runs.STATUS).write_text(json.dumps(asdict(ended)))
    app.run()
    assert "The contender failed: no space." in read(app)
    button(app, "Delete this measurement").click().run()
    assert not folder.exists()


def test_a_damaged_measurement_is_one_sentence(open_page: Open, nothing_shipped: None) -> None:
    folder = made_run()
    for broken in ("{", "[]", '{"machine": {}}'):
        (folder / jobs.RESULT).write_text(broken)
        app = open_page("efficiency", measured=folder.name)
        assert len(app.error) == 1
        assert "measurement" in app.error[0].value


@pytest.mark.parametrize("name", ["../../etc", "efficiency-gone", "<b>"])
def test_a_link_to_nothing_shows_what_there_is(open_page: Open, shipped: None, name: str) -> None:
    app = open_page("efficiency", measured=name)
    assert app.query_params["measured"] == ["shipped"]
    assert not app.error


def test_where_the_claim_lies_is_said_as_it_is() -> None:
    made = made_measurement()
    for row in made["latency"]:
        row["gru-many"] = [0.75 * v * f for v, f in zip(row["lstm-many"], (0.99, 1.01, 1, 1), strict=True)]
    assert "lies inside that interval" in words.headline(made, False)
    for row in made["latency"]:
        row["gru-many"] = [0.5 * v for v in row["gru-many"]]
    assert "lies above that interval" in words.headline(made, False)
    made["machine"]["load_before"] = 6.0
    assert "Other work was going on" in words.machine(made)


def test_the_shipped_measurement_is_one(open_page: Open) -> None:
    if not jobs.shipped_file().is_file():
        pytest.skip("no measurement comes with this checkout yet")
    result = jobs.read_result(jobs.SHIPPED)
    assert result["turns"] >= 3 and result["largest_difference"] < 1e-4
    assert not {"host", "user"} & set(result["machine"]), "it names no machine or person"
    app: AppTest = open_page("efficiency", measured=jobs.SHIPPED)
    assert "was made on another machine" in read(app)
