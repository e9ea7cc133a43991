"""Local workers with real processes: crashes, cancelling, a killed parent, what comes through the pipe."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, wait
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fer_core.base.errors import CorpusError, SettingError
from fer_core.training.engine import local
from fer_core.training.engine.engine import Engine, open_engine
from fer_core.training.engine.local import LocalWorkers, cores

from . import engine_tasks as tasks

REPOSITORY = Path(__file__).resolve().parents[2]
SLOW = 120.0
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def engine() -> Iterator[Engine]:
    with open_engine(workers=2) as opened:
        yield opened


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that does not listen is soon made to end."""
    monkeypatch.setattr(local, "_GRACE", 0.3)


def wait_for(look: Callable[[], object], seconds: float = SLOW) -> None:
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Whether a process is there and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def group(leader: int) -> list[int]:
    """The processes of a process group."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[2]) == leader:
                found.append(int(stat.parent.name))
    return found


def busy(folder: Path, n: int) -> list[int]:
    """The processes of n tasks `note_and_work`, once all have begun."""
    wait_for(lambda: len(list(folder.iterdir())) == n)
    return [int(file.name) for file in folder.iterdir()]


def test_tasks_run_in_children_that_are_kept(engine: Engine, tmp_path: Path) -> None:
    assert engine.submit(tasks.add, 2, 3).result(SLOW) == 5
    first = [engine.submit(tasks.until_there, str(tmp_path), "go") for _ in range(2)]
    busy(tmp_path, 2)  # both at once
    (tmp_path / "go").touch()
    pids = {f.result(SLOW) for f in first}
    assert len(pids) == engine.slots == 2
    assert os.getpid() not in pids
    assert {engine.submit(tasks.pid).result(SLOW) for _ in range(4)} <= pids


def test_one_worker_is_a_child_too() -> None:
    with open_engine(workers=1) as engine:
        assert engine.submit(tasks.pid).result(SLOW) != os.getpid()
        assert engine.where == "1 process on this machine"


def test_by_default_there_is_one_slot_per_core() -> None:
    with open_engine() as engine:
        assert engine.slots == cores() >= 1


def test_it_is_an_executor(engine: Engine) -> None:
    assert list(engine.executor.map(tasks.add, range(4), range(4))) == [0, 2, 4, 6]
    with LocalWorkers(1) as workers:
        children = [workers.submit(tasks.pid).result(SLOW)]
    assert not alive(children[0])
    with pytest.raises(RuntimeError, match="after shutdown"):
        workers.submit(tasks.pid)


def test_large_arrays_go_both_ways(engine: Engine) -> None:
    values = engine.submit(tasks.big, 2_000_000).result(SLOW)  # 16 MB, far more than a pipe holds
    np.testing.assert_array_equal(values, np.arange(2_000_000))
    assert engine.submit(tasks.total, values).result(SLOW) == values.sum()


def test_a_childs_matrix_library_has_one_thread(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    assert engine.submit(tasks.matrix_threads).result(SLOW) == 1
    assert os.environ["OPENBLAS_NUM_THREADS"] == "2", "this process keeps its own"
    assert "MKL_NUM_THREADS" not in os.environ


def test_what_a_task_raises_arrives_whole(engine: Engine) -> None:
    error = engine.submit(tasks.fail).exception(SLOW)
    assert isinstance(error, CorpusError)
    assert str(error) == "the folder is empty (a/b): fill it."
    assert (error.what, error.where, error.fix) == ("the folder is empty", "a/b", "fill it")
    assert "in fail" in str(error.__cause__), "the child's traceback is shown"


@pytest.mark.parametrize(
    ("task", "kind", "said"),
    [
        (tasks.leave, SystemExit, "3"),
        (tasks.give_a_function, TypeError, "cannot be sent"),
        (tasks.fail_unsendably, TypeError, "two"),
    ],
)
def test_what_cannot_cross_the_pipe_is_an_error_of_its_own_task(
    engine: Engine, task: Callable[[], object], kind: type[BaseException], said: str
) -> None:
    with pytest.raises(kind, match=said):
        engine.submit(task).result(SLOW)
    assert engine.submit(tasks.add, 1, 1).result(SLOW) == 2


def test_a_task_that_cannot_be_sent_says_so(engine: Engine) -> None:
    with pytest.raises(Exception, match="lambda"):
        engine.submit(lambda: 1).result(SLOW)
    assert engine.submit(tasks.add, 1, 1).result(SLOW) == 2


@pytest.mark.parametrize(("crash", "how"), [((tasks.exit_at_once, 7), "status 7"), ((tasks.kill_itself,), "signal 9")])
def test_a_crash_fails_its_own_task_alone(engine: Engine, tmp_path: Path, crash: tuple[Any, ...], how: str) -> None:
    beside = engine.submit(tasks.until_there, str(tmp_path), "go")
    crashed = engine.submit(*crash)
    after = [engine.submit(tasks.add, n, n) for n in range(4)]
    with pytest.raises(BrokenExecutor, match=f"ended without a word, .*{how}"):
        crashed.result(SLOW)
    assert [f.result(SLOW) for f in after] == [0, 2, 4, 6]
    (tmp_path / "go").touch()
    assert beside.result(SLOW)


@pytest.mark.parametrize("pause", [0.0, 0.5])  # the system takes a moment to notice a death
def test_a_child_that_dies_while_idle_is_replaced(engine: Engine, pause: float) -> None:
    for _ in range(5):
        idle = engine.submit(tasks.pid).result(SLOW)
        os.kill(idle, signal.SIGKILL)
        time.sleep(pause / 5)
        assert engine.submit(tasks.pid).result(SLOW) != idle


def test_a_restart_after_a_crash_gives_fresh_children(engine: Engine) -> None:
    before = engine.submit(tasks.pid).result(SLOW)
    with pytest.raises(BrokenExecutor):
        engine.submit(tasks.exit_at_once, 1).result(SLOW)
    executor = engine.executor
    engine.restart()
    assert engine.executor is not executor
    assert engine.submit(tasks.pid).result(SLOW) != before
    assert not alive(before)


@pytest.mark.parametrize("how", ["sleep", "loop", "numpy", "deaf"])
def test_a_stop_leaves_no_child_whatever_it_does(tmp_path: Path, how: str, hasty: None) -> None:
    engine = open_engine(workers=2)
    futures = [engine.submit(tasks.note_and_work, str(tmp_path), how) for _ in range(4)]
    pids = busy(tmp_path, 2)
    engine.stop()  # their work would take minutes
    assert [pid for pid in pids if alive(pid)] == []
    assert not wait(futures, timeout=SLOW).not_done
    assert sum(f.cancelled() for f in futures) == 2  # those that waited
    for future in futures:
        with pytest.raises(CancelledError):
            future.result()
    engine.stop()  # a second one does nothing
    assert len(list(tmp_path.iterdir())) == 2, "nothing began after the stop"


def test_a_stop_ends_even_a_frozen_child(tmp_path: Path, hasty: None) -> None:
    engine = open_engine(workers=1)
    engine.submit(tasks.note_and_work, str(tmp_path), "loop")
    (pid,) = busy(tmp_path, 1)
    os.kill(pid, signal.SIGSTOP)  # SIGTERM waits for it to go on; SIGKILL does not
    engine.stop()
    assert not alive(pid)


def test_a_stop_in_the_middle_of_a_result_does_not_hang() -> None:
    """Killed while they write: the next read is an end of file, not a wait for the rest."""
    for _ in range(3):
        engine = open_engine(workers=2)
        for _ in range(6):
            engine.submit(tasks.big, 4_000_000)
        time.sleep(0.2)
        engine.stop()


def test_an_error_inside_the_block_ends_the_children(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), open_engine(workers=1) as engine:
        engine.submit(tasks.note_and_work, str(tmp_path), "sleep")
        (pid,) = busy(tmp_path, 1)
        raise ZeroDivisionError
    assert not alive(pid)


PARENT = """
import sys, threading, time
sys.path.insert(0, sys.argv[3])
import engine_tasks as tasks
from fer_core.training.engine.engine import open_engine
engine = open_engine(workers=2)
# From a thread that ends at once: a death signal bound to it would kill the children too early.
thread = threading.Thread(target=lambda: [
    engine.submit(tasks.note_and_work, sys.argv[1], sys.argv[2]) for _ in range(3)])
thread.start(); thread.join()
time.sleep(600)
"""


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[Callable[[str], tuple[subprocess.Popen[bytes], list[int]]]]:
    """A process with two children at work, and their numbers."""
    begun: list[subprocess.Popen[bytes]] = []

    def start(how: str) -> tuple[subprocess.Popen[bytes], list[int]]:
        command = [sys.executable, "-c", PARENT, str(tmp_path), how, str(Path(__file__).parent)]
        begun.append(subprocess.Popen(command, cwd=REPOSITORY, start_new_session=True))
        return begun[-1], busy(tmp_path, 2)

    yield start
    for process in begun:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.parametrize("how", ["sleep", "loop", "numpy", "deaf"])
def test_a_killed_parent_leaves_no_child(parent, how: str) -> None:
    process, pids = parent(how)
    time.sleep(0.2)
    assert all(alive(pid) for pid in pids)
    os.kill(process.pid, signal.SIGKILL)
    wait_for(lambda: not any(alive(pid) for pid in pids))


def test_a_killed_parent_leaves_nobody_at_all(parent) -> None:
    process, pids = parent("sleep")
    everybody = group(process.pid)
    assert {process.pid, *pids} < set(everybody), "Python's own helper process is among them"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    wait_for(lambda: not any(alive(pid) for pid in everybody))


def test_ctrl_c_is_the_parents_to_handle(engine: Engine, tmp_path: Path) -> None:
    future = engine.submit(tasks.note_and_work, str(tmp_path), "loop", 0.6)
    (pid,) = busy(tmp_path, 1)
    for _ in range(3):
        os.kill(pid, signal.SIGINT)
        time.sleep(0.1)
    assert future.result(SLOW) is None, "the task went on to its end"
    assert engine.submit(tasks.add, 1, 1).result(SLOW) == 2


def test_notes_arrive_before_the_result() -> None:
    told: list[int] = []
    workers = LocalWorkers(1, told.append)
    assert workers.submit(tasks.count, 50).result(SLOW) == "counted"
    assert told == list(range(50))
    workers.stop()


@pytest.mark.parametrize("workers", [0, -1])
def test_fewer_than_one_worker_is_refused(workers: int) -> None:
    with pytest.raises(SettingError, match="use 1 or more"):
        open_engine(workers=workers)
