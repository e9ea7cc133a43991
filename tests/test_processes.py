"""Who is signalled, with real processes: the one that was started, and nobody else, whatever a clock says."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from fer_core import runs
from fer_core.base import processes
from fer_core.base.errors import PathError
from fer_core.base.processes import process_of

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture
def innocent() -> Iterator[subprocess.Popen[bytes]]:
    """A process of somebody else's, the leader of its own session and group."""
    process = subprocess.Popen(["sleep", "60"], start_new_session=True)
    while (found := process_of(process.pid)) is None or found == _forked(process.pid):
        time.sleep(0.005)
    yield process
    process.kill()
    process.wait()


def _forked(pid: int) -> processes.Process | None:
    """What a child looks like before it has become the program it is to be."""
    own, found = process_of(os.getpid()), process_of(pid)
    return found if found and own and found.command == own.command else None


def plant(folder: Path, **changes: object) -> None:
    folder.mkdir(exist_ok=True)
    (folder / runs.STATUS).write_text(json.dumps(asdict(runs.Status(state="running")) | changes))


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"born": -1, "heartbeat": 3600.0}, "lost"),  # the clock was set back by an hour
        ({"born": -1, "heartbeat": -1.0}, "lost"),  # it has just written
        ({"born": -1, "heartbeat": -3600.0}, "lost"),
        ({"born": 0, "heartbeat": -1.0}, None),  # it cannot be known who it was
        ({"born": "its own", "heartbeat": 0.0}, None),  # nor without its command
        ({"born": "its own", "command": "0123456789abcdef"}, "lost"),  # born in the same tick
        ({"born": "its own", "command": ""}, None),
        ({"born": 0, "command": "its own"}, None),
    ],
)
def test_a_stranger_with_the_same_number_is_never_signalled(
    tmp_path: Path, innocent: subprocess.Popen[bytes], changes: dict[str, object], state: str | None
) -> None:
    own = process_of(innocent.pid)
    assert own is not None
    told = {k: getattr(own, k) if v == "its own" else v for k, v in changes.items()}
    told["heartbeat"] = time.time() + float(told.get("heartbeat", 0.0))  # type: ignore[arg-type]
    plant(tmp_path, pid=innocent.pid, **told)
    found = runs.read_status(tmp_path).state
    assert state is None or found == state
    runs.stop_now(tmp_path)
    time.sleep(0.05)
    assert innocent.poll() is None


@pytest.mark.parametrize(
    "pid", [-1, pytest.param(-os.getpid(), id="own number, negative"), 0, True, 2**31, 2**70, "abc", 1.5, None]
)
def test_what_is_no_process_number_is_nobody(tmp_path: Path, pid: object) -> None:
    assert process_of(pid) is None  # type: ignore[arg-type]
    assert not processes.terminate(pid, 1, "x")  # type: ignore[arg-type]
    plant(tmp_path, pid=pid, born=1, heartbeat=time.time() - 3600)
    assert runs.read_status(tmp_path).state == "lost"
    runs.stop_now(tmp_path)


def test_a_run_whose_process_is_gone_is_lost_at_once_and_can_be_deleted_whatever_the_clock(own_home: Path) -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    folder = runs.new_run_folder("train")
    plant(folder, pid=process.pid, born=5, heartbeat=time.time() + 3600)
    assert runs.read_status(folder).state == "lost"
    runs.delete_run(folder)


@pytest.mark.parametrize(
    ("uptime", "heartbeat", "state"),
    [
        (0.0, 0.0, "queued"),
        (-2 * runs.STALE_AFTER, 7200.0, "lost"),  # asked long ago; the clock has been set back since
        (3600.0, 0.0, "lost"),  # of before the machine was switched off
        (None, 3600.0, "lost"),  # of an older version, the clock has been set back
        (None, -3600.0, "lost"),
        (None, 0.0, "queued"),
    ],
)
def test_a_run_that_was_only_asked_for_is_lost_after_a_while_whatever_the_clock(
    tmp_path: Path, uptime: float | None, heartbeat: float, state: str
) -> None:
    plant(
        tmp_path,
        state="queued",
        heartbeat=time.time() + heartbeat,
        uptime=0.0 if uptime is None else time.monotonic() + uptime,
    )
    assert runs.read_status(tmp_path).state == state


def _sleeping_run(folder: Path, *, session: bool, program: str = "") -> subprocess.Popen[bytes]:
    code = (
        "import subprocess, sys, time\nfrom pathlib import Path\nfrom fer_core.runs import RunFolder\n"
        f"{program}\nRunFolder(Path(sys.argv[1]))\nprint('ready', flush=True)\ntime.sleep(60)\n"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], cwd=REPOSITORY, stdout=subprocess.PIPE, start_new_session=session
    )
    assert run.stdout is not None and run.stdout.readline() == b"ready\n"
    return run


def test_a_run_in_a_session_of_its_own_is_ended_with_what_it_started(tmp_path: Path) -> None:
    run = _sleeping_run(
        tmp_path,
        session=True,
        program="child = subprocess.Popen(['sleep', '60']); Path(sys.argv[1], 'child').write_text(str(child.pid))",
    )
    child = int((tmp_path / "child").read_text())
    try:
        runs.stop_now(tmp_path)
        assert run.wait(timeout=20) == -signal.SIGTERM
        end = time.monotonic() + 20
        while process_of(child) is not None and time.monotonic() < end:
            time.sleep(0.01)
        assert process_of(child) is None
    finally:
        run.kill()


def test_a_run_from_a_terminal_takes_nobody_of_its_group_with_it(tmp_path: Path) -> None:
    """`python -m fer_core ... | less`: the pipe's other end is in the same group, and not ours."""
    job = subprocess.Popen(
        ["sh", "-c", "sleep 60 & echo $!; exec sleep 61"], preexec_fn=os.setpgrp, stdout=subprocess.PIPE
    )
    assert job.stdout is not None
    other = int(job.stdout.readline())
    try:
        while Path(f"/proc/{job.pid}/cmdline").read_bytes() != b"sleep\x0061\x00":
            time.sleep(0.005)
        found = process_of(job.pid)
        assert found is not None
        assert os.getpgid(job.pid) == job.pid == os.getpgid(other)
        assert processes.terminate(found.pid, found.born, found.command)
        assert job.wait(timeout=20) == -signal.SIGTERM
        assert process_of(other) is not None, "its neighbour lives"
    finally:
        os.kill(other, signal.SIGKILL)
        job.kill()


def test_a_folder_has_one_process_at_work(tmp_path: Path) -> None:
    run = _sleeping_run(tmp_path, session=True)
    try:
        (tmp_path / runs.STATUS).write_text(json.dumps(asdict(runs.Status("cancelled"))))  # as a stale page reads
        again = subprocess.run(
            [
                sys.executable,
                "-c",
                "import sys\nfrom pathlib import Path\n"
                "from fer_core.runs import RunFolder\nRunFolder(Path(sys.argv[1]))",
                str(tmp_path),
            ],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
        )
        assert "still going on, in another process" in again.stderr
        with pytest.raises(PathError, match="still going on"):
            runs.start(["--version"], tmp_path)
        assert runs.read_status(tmp_path).state == "cancelled", "nothing was written over"
    finally:
        run.kill()
        run.wait()
    runs.RunFolder(tmp_path).finish()  # the lock ended with its process
    runs.RunFolder(tmp_path).finish()


def test_a_run_whose_folder_is_removed_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run = runs.RunFolder(folder)
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    with pytest.raises(PathError, match="folder was removed while it was at work"):
        run(1, 1, "Working")
    with pytest.raises(PathError, match="was removed"):
        run.finish()
    assert not folder.exists()


def test_a_clock_set_back_does_not_silence_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = runs.RunFolder(tmp_path)
    run.min_interval = 0.0
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 3600)
    run(1, 3, "Working")
    assert runs.read_status(tmp_path).step == 1
