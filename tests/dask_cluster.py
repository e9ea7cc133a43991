"""A real dask scheduler and workers on the loopback, for tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
SLOW = 60.0


def wait_for(look: Callable[[], object], seconds: float = SLOW) -> None:
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.05)


class Cluster:
    """A scheduler and the workers that were started for it, each a process group of its own."""

    def __init__(self, folder: Path, code: Path = REPOSITORY) -> None:
        self._folder = folder
        self._file = folder / "scheduler.json"
        self.groups: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start("dask_scheduler", "--port", "0", "--no-dashboard", code=code)
        try:
            wait_for(lambda: self._file.exists() and self._file.read_text().rstrip().endswith("}"))
            self.address = str(json.loads(self._file.read_text())["address"])
        except BaseException:
            self.end()
            raise

    def worker(self, code: Path = REPOSITORY, threads: int = 1) -> subprocess.Popen[bytes]:
        """One more worker (a nanny and its process) that runs the code of a checkout; it has arrived."""
        process = self._start(
            "dask_worker",
            "--nthreads",
            str(threads),
            "--no-dashboard",
            "--local-directory",
            str(self._folder),
            code=code,
        )
        log = self._log(len(self.groups) - 1)
        wait_for(lambda: "Registered to" in log.read_text())
        return process

    def _log(self, number: int) -> Path:
        return self._folder / f"log{number}.txt"

    def _start(self, program: str, *more: str, code: Path = REPOSITORY) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.{program}", "--host", "127.0.0.1"]
        path = os.pathsep.join([str(code), str(REPOSITORY / "tests")])  # the tests' own tasks are there
        home = {"FER_LAB_HOME": str(self._folder / "home"), "PYTHONPATH": path}
        with self._log(len(self.groups)).open("ab") as log:
            process = subprocess.Popen(
                [*command, "--scheduler-file", str(self._file), *more],
                cwd=self._folder,
                stderr=log,
                env=os.environ | home,
                start_new_session=True,
            )
        self.groups.append(process)
        return process

    @contextmanager
    def with_worker(self, code: Path = REPOSITORY, threads: int = 1) -> Iterator[None]:
        """A worker for the length of a block."""
        process = self.worker(code, threads)
        try:
            yield
        finally:
            self.lose(process)

    def lose(self, worker: subprocess.Popen[bytes]) -> None:
        """kill -9 of a nanny and its worker, which the scheduler has noticed."""
        scheduler = self._log(0)
        gone = scheduler.read_text().count("Remove worker addr")
        self.kill(worker)
        wait_for(lambda: scheduler.read_text().count("Remove worker addr") > gone)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """kill -9 of a scheduler, or of a nanny and its worker: as if the machine went away."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def end(self) -> None:
        """Nothing that was started stays."""
        for process in self.groups:
            self.kill(process)


def cluster_in(folder: Path, workers: int) -> Cluster:
    cluster = Cluster(folder)
    for _ in range(workers):
        cluster.worker()
    return cluster
