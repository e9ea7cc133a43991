"""Training in a process of its own: what is asked of it, what it costs, one real run to its result."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from experiment_samples import RARE
from run_samples import finished_run
from samples import tiny

from fer_core import runs
from fer_core.base.errors import PathError
from fer_core.models.bundle import load_bundle
from fer_core.runs import Status
from fer_core.study.conditions import Augmentation, Condition
from fer_core.training import jobs

PLAIN = Augmentation("none", retime=0, blend=0, gain=0, neutral=0, still=0)
CONDITION = replace(tiny(), augmentation=PLAIN, ensemble=1)
SMALL = replace(CONDITION, emotions=RARE, folds=2)


def wait(folder: Path, seconds: float = 240.0) -> Status:
    end = time.monotonic() + seconds
    while (status := runs.read_status(folder)).active:
        assert time.monotonic() < end, runs.read_log(folder)
        time.sleep(0.05)
    return status


@pytest.mark.slow
def test_a_real_run_from_start_to_result(own_home: Path) -> None:
    folder = jobs.launch("demo", SMALL, "my recogniser", clips=53)
    assert folder.parent == own_home / "runs"
    assert jobs.active_run() == folder
    assert jobs.find(folder.name) == folder
    status = wait(folder)
    assert status.state == "done", runs.read_log(folder)
    assert jobs.active_run() is None
    result = json.loads((folder / jobs.RESULT).read_text())
    assert Condition.from_json(result["condition"]) == SMALL
    assert load_bundle(folder / jobs.BUNDLE).name == "my recogniser"
    events, _ = runs.read_events(folder)
    curves = jobs.curves_of(events)
    assert {c["fold"] for c in curves} == {-1, 0, 1}
    kept = {(c["fold"], c["emotion"]): c["train"] for c in result["curves"]}
    told = {(c["fold"], c["emotion"]): c["train"] for c in curves if c["fold"] >= 0}
    assert told.keys() == kept.keys()
    for key in kept:
        assert told[key] == pytest.approx(kept[key], abs=1e-4), "live and stored curves are the same"
    # The next plan knows how fast this machine is.
    plan = jobs.plan(SMALL, 53)
    assert plan.seconds == pytest.approx(status.heartbeat - status.started, rel=0.01)
    assert jobs.plan(SMALL, 106).seconds == pytest.approx(2 * plan.seconds)


def test_accepted_leaks_reach_the_process_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(runs, "start", lambda command, folder: started.append(list(command)) or folder)
    folder = jobs.launch("demo", CONDITION, allow=("near-duplicate", "clip-on-both-sides"))
    named = [b for a, b in zip(started[0], started[0][1:], strict=False) if a == "--allow-leak"]
    assert named == ["near-duplicate", "clip-on-both-sides"]
    config = jobs.config_of(folder)
    assert config is not None
    assert config.allow == ("near-duplicate", "clip-on-both-sides")


def test_a_run_that_cannot_be_made_says_why(own_home: Path, tmp_path: Path) -> None:
    folder = jobs.launch(tmp_path / "nowhere", CONDITION)
    status = wait(folder)
    assert status.state == "failed"
    assert "nowhere" in str(status.error)


@pytest.mark.slow
def test_a_run_that_is_asked_to_stop_leaves_no_result(own_home: Path) -> None:
    long = replace(SMALL, fit=replace(SMALL.fit, epochs=2000))
    folder = jobs.launch("demo", long)
    runs.request_cancel(folder)
    assert wait(folder).state == "cancelled"
    assert not (folder / jobs.RESULT).exists()


def test_what_was_asked_is_kept(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "start", lambda command, folder: started.append(command) or folder)
    started: list[list[str]] = []
    folder = jobs.launch("/some/where/CK+", CONDITION, "", clips=12)
    assert jobs.config_of(folder) == jobs.Config("/some/where/CK+", 12, "", CONDITION)
    assert "--name" not in started[0]
    file = Path(started[0][started[0].index("--condition") + 1])
    assert Condition.from_json(json.loads(file.read_text())) == CONDITION
    words = jobs.config_of(folder).words
    assert words == "CK+: GRU, adaptive loss, displacement, subject-independent 3-fold, seed 0"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"corpus": "demo", "clips": 1, "name": "", "condition": {"x": 1}}'])
def test_a_config_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / jobs.CONFIG).write_text(text)
    assert jobs.config_of(tmp_path) is None
    assert jobs.config_of(tmp_path / "nowhere") is None


def test_what_a_condition_costs(own_home: Path) -> None:
    plan = jobs.plan(replace(CONDITION, folds=10, ensemble=3), 300)
    # 10 folds and every clip once more; 3 emotions, 3 networks each; 2 epochs
    assert (plan.rounds, plan.networks, plan.epochs, plan.seconds) == (11, 99, 66, None)
    hold_out = jobs.plan(replace(CONDITION, protocol="random-holdout"), 300)
    assert (hold_out.rounds, hold_out.networks) == (2, 6)


def test_time_comes_from_the_newest_finished_run_of_the_same_architecture(own_home: Path) -> None:
    first = finished_run(own_home, "train-20260101-000000")  # 50 s for 100 steps on 27 clips
    lstm = replace(tiny(), architecture="lstm")
    assert jobs.plan(lstm, 27).seconds is None
    steps = jobs.plan(tiny(), 27).epochs
    assert jobs.plan(tiny(), 27).seconds == pytest.approx(0.5 * steps)
    failed = finished_run(own_home, "train-20260102-000000")
    (failed / runs.STATUS).write_text(json.dumps(asdict(Status("failed", 1, 100, started=1, heartbeat=9e9))))
    assert jobs.plan(tiny(), 27).seconds == pytest.approx(0.5 * steps)
    (first / jobs.CONFIG).unlink()
    assert jobs.plan(tiny(), 27).seconds is None


def test_curves_are_the_first_members(own_home: Path) -> None:
    events = [
        {"fold": 0, "member": m, "emotion": e, "epoch": i, "loss": 1 / (i + 1) + m, "val_loss": v}
        for m in (0, 1)
        for i in range(3)
        for e, v in (("anger", None), ("fear", 0.5))
    ]
    curves = jobs.curves_of(events)
    assert [c["emotion"] for c in curves] == ["anger", "fear"]
    assert curves[0]["train"] == pytest.approx([1, 1 / 2, 1 / 3])
    assert (curves[0]["val"], curves[1]["val"]) == ([], [0.5, 0.5, 0.5])
    assert jobs.curves_of([]) == []


def test_only_training_runs_are_found(own_home: Path) -> None:
    folder = finished_run(own_home)
    assert jobs.find(folder.name) == folder
    for name in (None, "", "..", "extract-1", f"../runs/{folder.name}", "train-gone"):
        assert jobs.find(name) is None
    with pytest.raises(PathError, match="train-gone"):
        jobs.require("train-gone")
