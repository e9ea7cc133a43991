"""Tasks for the tests of the engine: small functions that a child process can import by name."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np

from fer_core.base.errors import CorpusError
from fer_core.training.engine.local import tell
from fer_core.training.engine.shared_data import DataRef, load


def add(a: int, b: int) -> int:
    return a + b


def pid() -> int:
    return os.getpid()


def exit_at_once(status: int) -> None:
    os._exit(status)


def kill_itself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail() -> None:
    raise CorpusError("the folder is empty", where="a/b", fix="fill it")


def leave() -> None:
    raise SystemExit(3)


def give_a_function() -> Any:
    return lambda: 1


class Unsendable(Exception):
    """Cannot be rebuilt from its arguments, as many libraries' exceptions."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one + two)


def fail_unsendably() -> None:
    raise Unsendable("a", "b")


def count(upto: int) -> str:
    for n in range(upto):
        tell(n)
    return "counted"


def environment(name: str) -> str | None:
    return os.environ.get(name)


def matrix_threads() -> int:
    """Threads that numpy's matrix library really uses."""
    from threadpoolctl import threadpool_info

    _ = np.ones((2, 2)) @ np.ones((2, 2))
    return max(int(library["num_threads"]) for library in threadpool_info())


def big(n: int) -> Any:
    return np.arange(n, dtype=np.float64)


def total(values: Any) -> float:
    return float(np.sum(values))


def note_and_work(folder: str, how: str, seconds: float = 600.0) -> None:
    """Leave a file named by this process, then keep it busy in one of several ways."""
    if how == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    (Path(folder) / str(os.getpid())).touch()
    end = time.monotonic() + seconds
    a = np.ones((400, 400))
    while time.monotonic() < end:
        if how == "numpy":
            a = a @ a / a.size
        elif how in ("sleep", "deaf"):
            time.sleep(seconds)


def until_there(folder: str, name: str) -> int:
    """Leave a file named by this process, and wait until somebody makes the file of that name."""
    (Path(folder) / str(os.getpid())).touch()
    return _waited_for(Path(folder) / name)


def once_held(folder: str, go: str) -> int:
    """The first attempt waits for a file, the next ones do not; a file per attempt tells who tried."""
    marks = Path(folder)
    first = not any(marks.iterdir())
    (marks / f"{os.getpid()}").touch()
    return _waited_for(Path(go)) if first else os.getpid()


def _waited_for(file: Path) -> int:
    end = time.monotonic() + 120.0
    while not file.exists() and time.monotonic() < end:
        time.sleep(0.02)
    return os.getpid()


def count_calls(folder: str) -> None:
    """Leave a new file at each call."""
    (Path(folder) / f"{os.getpid()}-{time.monotonic_ns()}").touch()


def clips(data: DataRef) -> int:
    return len(load(data))


def write_to_loaded(data: DataRef) -> None:
    load(data).points[0] = 0.0
