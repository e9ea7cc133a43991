"""A whole lab run: its statistics against plain loops, its files, its stopping, its process."""

from __future__ import annotations

import csv
import json
import time
from dataclasses import asdict
from multiprocessing import active_children
from pathlib import Path

import numpy as np
import pytest
from lab_samples import made_result
from samples import demo_part

from fer_core import runs
from fer_core.base.errors import Cancelled, FerError, PathError, SettingError
from fer_core.cli.leak_lab import text
from fer_core.cli.main import main
from fer_core.studies.leak_lab import jobs as lab_runs
from fer_core.studies.leak_lab.lab import LabSettings, run_lab
from fer_core.studies.leak_lab.protocols import HONEST, PROTOCOLS
from fer_core.studies.leak_lab.results import compare

TINY = LabSettings(folds=2, repeats=2, last=1, epochs=1, seed=3)


def test_intervals_are_those_of_resampled_people() -> None:
    g = np.random.default_rng(0)
    subject = np.repeat([f"S{i}" for i in range(40)], 3)
    right = {name: (g.random(120) < 0.6 + 0.05 * k).astype(float) for k, name in enumerate(PROTOCOLS)}
    said = compare(right, subject)
    draws = g.integers(0, 40, (4000, 40))
    rows = np.arange(120).reshape(40, 3)
    for name, hits in right.items():
        drawn = hits[rows[draws]].mean(axis=(1, 2))
        assert said[name]["accuracy"] == pytest.approx(hits.mean(), abs=1e-6)
        assert said[name]["interval"] == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.012)
        if name != HONEST:
            above = (hits - right[HONEST])[rows[draws]].mean(axis=(1, 2))
            assert said[name]["inflation"] == pytest.approx(hits.mean() - right[HONEST].mean(), abs=1e-6)
            assert said[name]["inflation_interval"] == pytest.approx(np.quantile(above, [0.025, 0.975]), abs=0.012)
    assert said[HONEST]["inflation"] is None


def test_a_difference_is_paired() -> None:
    """The same hits everywhere: no difference, and no doubt about it."""
    hits = (np.random.default_rng(1).random(60) < 0.7).astype(float)
    said = compare(dict.fromkeys(PROTOCOLS, hits), np.repeat([f"S{i}" for i in range(20)], 3))
    assert said["random-frames"]["inflation_interval"] == [0, 0]
    assert said["random-frames"]["interval"][0] < said["random-frames"]["accuracy"]


def test_all_right_is_no_certainty() -> None:
    said = compare(dict.fromkeys(PROTOCOLS, np.ones(30)), np.repeat([f"S{i}" for i in range(10)], 3))
    assert said[HONEST]["interval"][0] < 0.95


@pytest.mark.slow
def test_a_run_writes_what_it_found_whoever_did_the_work(tmp_path: Path) -> None:
    corpus = demo_part(16)
    told: list[tuple[float, float, str]] = []
    result = run_lab(corpus, TINY, tmp_path / "out", workers=2, progress=lambda *a: told.append(a))
    assert json.loads((tmp_path / "out" / "result.json").read_text()) == result
    assert [p["name"] for p in result["protocols"]] == list(PROTOCOLS)
    assert result["n"] == len(corpus.clips)
    assert result["subjects"] == len(corpus.subjects)
    assert result["settings"] == asdict(TINY)
    assert "single frame" in result["notes"][0]
    assert told[-1][:2] == (20, 20)
    with (tmp_path / "out" / "predictions.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 5 * 2 * result["n"], "every frame once per protocol and drawing"
    for p in result["protocols"]:
        own = [r for r in rows if r["protocol"] == p["name"]]
        assert {r["repeat"] for r in own} == {"0", "1"}
        assert np.mean([r["emotion"] == r["classified"] for r in own]) == pytest.approx(p["accuracy"], abs=1e-6)
    words = text(result)
    assert "breaks subject-on-both-sides" in words
    assert "synthetic" in words.lower()
    assert run_lab(corpus, TINY, workers=1)["protocols"] == result["protocols"]


@pytest.mark.slow
def test_a_run_can_be_stopped() -> None:
    def stop(done: float, total: float, words: str) -> None:
        if words.startswith("Training"):
            raise Cancelled()

    with pytest.raises(Cancelled):
        run_lab(demo_part(16), LabSettings(folds=2, epochs=5000), progress=stop, workers=1)
    assert active_children() == [], "their fits would have taken minutes"


@pytest.mark.parametrize(
    "wrong", [{"folds": 1}, {"repeats": 0}, {"last": 0}, {"epochs": 0}, {"seed": -1}, {"repeats": 1000}]
)
def test_wrong_settings_speak(wrong: dict[str, int]) -> None:
    with pytest.raises(SettingError):
        LabSettings(**wrong)


def test_a_corpus_that_is_too_small_is_said() -> None:
    with pytest.raises(FerError, match="subjects"):
        run_lab(demo_part(2), workers=1)


# --- runs of their own ------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_real_run_from_start_to_result(own_home: Path) -> None:
    folder = lab_runs.launch("demo", LabSettings(folds=2, last=1, epochs=1))
    assert lab_runs.active_run() == folder
    assert lab_runs.find(folder.name) == folder
    end = time.monotonic() + 200
    while (status := runs.read_status(folder)).active:
        assert time.monotonic() < end, runs.read_log(folder)
        time.sleep(0.05)
    assert status.state == "done", runs.read_log(folder)
    assert lab_runs.active_run() is None
    assert lab_runs.results()[0] == folder.name
    assert lab_runs.read_result(folder.name)["n"] == 327
    assert lab_runs.predictions_file(folder.name) is not None
    config = lab_runs.config_of(folder)
    assert config is not None
    assert config.words == "demo: five protocols, 2 folds, seed 0"


@pytest.mark.parametrize("name", ["leaklab-gone", "../runs", "train-1", "", "shipped/../../etc"])
def test_a_result_that_is_not_there_is_one_sentence(name: str) -> None:
    assert lab_runs.find(name) is None
    with pytest.raises(PathError):
        lab_runs.read_result(name)


def test_a_damaged_result_is_one_sentence(own_home: Path) -> None:
    folder = runs.new_run_folder(lab_runs.PREFIX)
    (folder / runs.STATUS).write_text("{}")
    for content, said in (("{", "cannot be read"), ("{}", "lacks"), ("[]", "a list of 0 where")):
        (folder / "result.json").write_text(content)
        with pytest.raises(PathError, match=said):
            lab_runs.read_result(folder.name)


def test_the_command_line_refuses_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["leak-lab", "demo", "--folds", "1"]) == 1
    assert "folds" in capsys.readouterr().err


def test_the_shipped_result_is_whole_and_says_how_to_repeat_it() -> None:
    if not lab_runs.shipped_file().is_file():
        pytest.fail("assets/study/leak_lab.json is missing")
    result = lab_runs.read_result(lab_runs.SHIPPED)
    assert (result["n"], result["clips"], result["subjects"]) == (915, 305, 113)
    assert result["corpus"]["format"] == "ckplus48"
    by_name = {p["name"]: p for p in result["protocols"]}
    assert by_name["random-frames"]["inflation_interval"][0] > 0.05, "the difference is large"
    assert by_name[HONEST]["findings"] == []
    assert all(p["findings"] for n, p in by_name.items() if n != HONEST)
    assert result.keys() >= made_result().keys()
