"""The names of tests are the same whenever, wherever and in whatever order they are collected.

Processes that share the tests (`make test`) each collect all of them, and stop where their lists differ.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]

CLOCK = 2.1
"""Seconds: more than the step in which a zip counts time."""
BEGUN = time.monotonic()
"""When this process collected."""


def collected(arguments: list[str], environment: dict[str, str]) -> list[str]:
    """The ids of all tests, as a process of its own finds them."""
    plain = ["--assert=plain", "-p", "no:xdist", "-p", "no:cacheprovider"]  # nothing is run
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", *plain, *arguments]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return [line for line in done.stdout.splitlines() if "::" in line]


@pytest.mark.slow
def test_a_second_collection_finds_the_same_tests(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    mine = [item.nodeid for item in request.session.items]
    time.sleep(max(0.0, BEGUN + CLOCK - time.monotonic()))
    elsewhere = {"PYTHONHASHSEED": "7", "TMPDIR": str(tmp_path), "TZ": "Asia/Tokyo"}
    left_out = {"PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST"}
    environment = {k: v for k, v in os.environ.items() if k not in left_out} | elsewhere
    assert collected([str(a) for a in request.config.args], environment) == mine
