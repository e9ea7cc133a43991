"""Status and events that another program wrote: the run is lost, with the reason, and the others stay."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest
from odd import ODD_STATUS

from fer_core import runs
from fer_core.training.jobs import config_of, curves_of


@pytest.mark.parametrize("content", ODD_STATUS, ids=range(len(ODD_STATUS)))
def test_an_odd_status_is_a_lost_run_with_its_reason(own_home: Path, content: bytes) -> None:
    folder = own_home / "runs" / "train-20260101-000000"
    folder.mkdir(parents=True)
    (folder / runs.STATUS).write_bytes(content)
    status = runs.read_status(folder)
    assert status.state == "lost" and status.error
    assert "the status of the run" in status.error and "\n" not in status.error
    assert runs.newest_active("train") is None
    assert status.seconds_left() is None and status.lasted() is None
    runs.stop_now(folder)
    runs.delete_run(folder)


def test_a_status_of_a_later_version_is_read(own_home: Path) -> None:
    folder = own_home / "runs" / "train-20260101-000000"
    folder.mkdir(parents=True)
    done = asdict(runs.Status("done", 3, 3))
    (folder / runs.STATUS).write_bytes(b"\xef\xbb\xbf" + json.dumps(done | {"colour": "red"}).encode())
    assert runs.read_status(folder).state == "done"


def test_odd_events_are_passed_over(own_home: Path) -> None:
    folder = own_home / "runs" / "train-20260101-000000"
    folder.mkdir(parents=True)
    sound = {"fold": 0, "emotion": "anger", "loss": 0.5}
    odd = [b"{", b"[]", b"null", b"\xff", b"[" * 10_000]
    shaped = [{}, sound | {"fold": "x"}, sound | {"loss": None}, sound | {"member": []}, sound | {"emotion": 3}]
    lines = [json.dumps(sound).encode(), *odd, *(json.dumps(e).encode() for e in shaped), b"half a l"]
    (folder / runs.EVENTS).write_bytes(b"\n".join(lines))
    events, position = runs.read_events(folder)
    assert events == [sound, *shaped] and position == len(b"\n".join(lines)) - len(b"half a l")
    assert curves_of(events) == [{"fold": 0, "emotion": "anger", "train": [0.5], "val": []}]


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "{}",
        '{"corpus": 3}',
        '{"corpus": "demo", "clips": -1, "name": "", "condition": {}}',
        '{"corpus": "demo", "clips": 1, "name": "", "condition": []}',
        '{"corpus": "demo", "clips": 1, "name": "", "condition": {"seed": 4294967296}}',
        '{"corpus": "demo", "clips": 1, "name": "", "condition": {}, "allow": "x"}',
    ],
)
def test_an_odd_order_of_a_training_run_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content)
    assert config_of(tmp_path) is None


def test_a_pipe_in_the_place_of_events_or_log_is_not_waited_for(own_home: Path) -> None:
    folder = own_home / "runs" / "train-20260101-000000"
    folder.mkdir(parents=True)
    for name in (runs.EVENTS, runs.LOG, runs.STATUS):
        os.mkfifo(folder / name)
    assert runs.read_events(folder) == ([], 0) and runs.read_log(folder) == "The log cannot be read: it is not a file."
    assert "it is not a file" in (runs.read_status(folder).error or "")
