"""Run folders with real processes: progress, cancelling, a kill, a death before the first word."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from fer_core import runs
from fer_core.base.errors import Cancelled, CorpusError, PathError
from fer_core.runs import RunFolder, Status, read_status

REPOSITORY = Path(__file__).resolve().parents[1]
SLOW = 60.0

WORKER = """
import signal, sys, time
from pathlib import Path
from fer_core.runs import RunFolder
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by what is started in the background
run = RunFolder(Path(sys.argv[1]))
run.min_interval = 0.0
try:
    for step in range(600):
        run(step, 600, "Working")
        run.event({"step": step})
        time.sleep(0.05)
except BaseException as error:
    run.finish(error)
else:
    run.finish()
"""


@pytest.fixture
def working(tmp_path: Path) -> Iterator[Callable[[], tuple[Path, subprocess.Popen[bytes]]]]:
    """Start a process that works for half a minute and reports to a run folder."""
    begun: list[subprocess.Popen[bytes]] = []

    def start() -> tuple[Path, subprocess.Popen[bytes]]:
        folder = tmp_path / f"train-{len(begun)}"
        begun.append(
            subprocess.Popen([sys.executable, "-c", WORKER, str(folder)], cwd=REPOSITORY, start_new_session=True)
        )
        wait_for(lambda: (folder / runs.STATUS).exists() and read_status(folder).step > 2)
        return folder, begun[-1]

    yield start
    for process in begun:
        process.kill()
        process.wait()


def wait_for(look: Callable[[], object], seconds: float = SLOW) -> None:
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.05)


def stored(folder: Path, **changes: object) -> None:
    (folder / runs.STATUS).write_text(json.dumps(asdict(Status()) | changes))


def test_progress_is_seen_from_another_process(working) -> None:
    folder, process = working()
    first = read_status(folder)
    assert (first.state, first.pid, first.total, first.text) == ("running", process.pid, 600, "Working")
    assert abs(first.heartbeat - time.time()) < 10
    wait_for(lambda: read_status(folder).step > first.step)
    later = read_status(folder)
    assert later.heartbeat > first.heartbeat
    assert 0 < (later.seconds_left() or 0) < 600


def test_a_stop_on_request_ends_as_cancelled(working) -> None:
    folder, process = working()
    runs.request_cancel(folder)
    assert process.wait(timeout=SLOW) == 0
    assert read_status(folder).state == "cancelled"
    assert read_status(folder).error is None


def test_a_run_has_lasted_since_it_was_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    asked = time.time() - 20  # its process took so long to begin
    stored(folder, began=asked, heartbeat=asked)
    writing = runs.RunFolder(folder)
    for done in (1, 2):  # another piece of work begins its own time
        writing(done, 2 + done, "Working")
    assert 20 <= (read_status(folder).lasted() or 0) < 20 + SLOW
    writing.finish(Cancelled())
    ended = read_status(folder)
    assert 20 <= (ended.lasted(now=time.time() + 1000) or 0) < 20 + SLOW, "no longer than until its end"
    assert Status(heartbeat=5.0).lasted() is None, "of runs from before it was noted nothing is known"
    stored(folder, state="done", began=asked)
    runs.RunFolder(folder)
    assert (read_status(folder).lasted() or 0) < SLOW, "one that is begun anew in a terminal"


def test_a_killed_process_is_lost(working) -> None:
    folder, process = working()
    os.kill(process.pid, signal.SIGKILL)
    # Not reaped yet, the process is a zombie: still in the table, and yet dead.
    wait_for(lambda: read_status(folder).state == "lost", 20)
    process.wait()
    assert read_status(folder).state == "lost"
    assert "ended without a word" in str(read_status(folder).error)
    assert json.loads((folder / runs.STATUS).read_text())["state"] == "running", "reading writes nothing"


def test_a_run_that_does_not_stop_can_be_ended(working) -> None:
    folder, process = working()
    os.kill(process.pid, signal.SIGSTOP)  # it cannot look for the request
    runs.request_cancel(folder)
    time.sleep(0.3)
    assert read_status(folder).active
    runs.stop_now(folder)
    os.kill(process.pid, signal.SIGCONT)  # a stopped process gets its SIGTERM on waking
    assert process.wait(timeout=SLOW) != 0
    wait_for(lambda: read_status(folder).state == "cancelled", 20)


def test_ctrl_c_is_a_stop_and_no_fault(working) -> None:
    folder, process = working()
    process.send_signal(signal.SIGINT)
    process.wait(timeout=SLOW)
    assert read_status(folder).state == "cancelled"


def test_another_process_with_the_same_number_is_not_taken_for_the_run(tmp_path: Path) -> None:
    if not Path("/proc/self/stat").exists():
        pytest.skip("start times of processes are read from /proc")
    long_ago = time.time() - 3600
    own = json.loads((RunFolder(tmp_path).folder / runs.STATUS).read_text())
    assert own["born"] > 0
    stored(tmp_path, state="running", pid=os.getpid(), born=own["born"], heartbeat=long_ago)
    assert read_status(tmp_path).state == "running", "the very process, only quiet"
    stored(tmp_path, state="running", pid=os.getpid(), born=own["born"] - 1, heartbeat=long_ago)
    assert read_status(tmp_path).state == "lost"


def test_a_started_command_that_dies_at_once_is_lost_at_once(tmp_path: Path) -> None:
    folder = runs.start(["no-such-command"], tmp_path / "train-x")
    assert read_status(folder).state in ("queued", "lost")
    wait_for(lambda: read_status(folder).state == "lost")
    assert "no-such-command" in runs.read_log(folder)
    assert read_status(folder).state == "lost", "asked again, it is still lost"


def test_a_started_command_leaves_its_error_as_a_sentence(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    folder = tmp_path / "extract-x"
    runs.start(["extract", str(empty), "--run", str(folder)], folder)
    wait_for(lambda: not read_status(folder).active)
    status = read_status(folder)
    assert status.state == "failed", runs.read_log(folder)
    assert str(empty) in str(status.error)
    assert "Traceback" not in str(status.error)


@pytest.mark.parametrize(
    ("error", "state", "words"),
    [
        (None, "done", None),
        (Cancelled(), "cancelled", None),
        (CorpusError("it is empty", fix="choose another"), "failed", "it is empty: choose another."),
        (ZeroDivisionError("x / 0"), "failed", "ZeroDivisionError: x / 0"),
    ],
)
def test_how_a_run_ended(tmp_path: Path, error: BaseException | None, state: str, words: str | None) -> None:
    RunFolder(tmp_path).finish(error)
    status = read_status(tmp_path)
    assert status.state == state
    assert status.error is None if words is None else words in str(status.error)


def test_events_are_read_on_from_where_one_was(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    assert runs.read_events(tmp_path) == ([], 0)
    run.event({"epoch": 0})
    first, position = runs.read_events(tmp_path)
    assert first == [{"epoch": 0}]
    with (tmp_path / runs.EVENTS).open("a") as file:
        file.write('{"epoch": 1}\n{"epo')  # the writer is in the middle of a line
    second, position = runs.read_events(tmp_path, position)
    assert second == [{"epoch": 1}]
    with (tmp_path / runs.EVENTS).open("a") as file:
        file.write('ch": 2}\n')
    assert runs.read_events(tmp_path, position)[0] == [{"epoch": 2}]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"state": "running", "colour": 1}'])
def test_an_unreadable_status_is_lost(tmp_path: Path, text: str) -> None:
    (tmp_path / runs.STATUS).write_text(text)
    assert read_status(tmp_path).state == "lost"
    assert read_status(tmp_path / "nowhere").state == "lost"


def test_new_folders_never_collide_and_are_listed_newest_first(own_home: Path) -> None:
    folders = [runs.new_run_folder("train") for _ in range(3)]
    assert len(set(folders)) == 3
    assert runs.list_runs() == [], "without a status it is no run"
    for folder in folders:
        stored(folder)
    assert runs.list_runs()[-1] == folders[0]
    assert set(runs.list_runs()) == set(folders)
    assert runs.list_runs("extract") == []


def test_only_ended_runs_of_ones_own_are_deleted(own_home: Path, tmp_path: Path) -> None:
    folder = runs.new_run_folder("train")
    stored(folder, state="running", pid=os.getpid(), heartbeat=time.time())
    with pytest.raises(PathError, match="still going"):
        runs.delete_run(folder)
    with pytest.raises(PathError, match="no run folder"):
        runs.delete_run(tmp_path)
    with pytest.raises(PathError, match="no run folder"):
        runs.delete_run(own_home / "runs" / ".." / "cache")
    stored(folder, state="done")
    runs.delete_run(folder)
    assert not folder.exists()


def test_a_name_that_is_a_path_is_never_found(own_home: Path) -> None:
    folder = runs.new_run_folder("train")
    assert runs.find_run(folder.name) == folder
    for name in ("..", "../runs", f"../runs/{folder.name}", str(folder), ""):
        assert runs.find_run(name) is None
