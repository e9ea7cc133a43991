"""Measurements in processes of their own, and their results: start, follow, find, read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fer_core import json_files, runs
from fer_core.paths import assets_dir

PREFIX, RESULT = "efficiency", "result.json"

SHIPPED = "shipped"
"""Name of the measurement that comes with the code, made on another machine."""

_NEEDED = (
    "machine", "sizes", "turns", "threads", "batches", "latency", "training", "memory", "disk",
    "largest_difference", "training_clips",
)  # fmt: skip


def launch(turns: int, threads: int) -> Path:
    """Start measuring in a process of its own; returns the run folder to watch."""
    folder = runs.new_run_folder(PREFIX)
    words = [PREFIX, "--turns", str(turns), "--threads", str(threads), "--run", str(folder)]
    return runs.start(words, folder)


def active_run() -> Path | None:
    """The newest measurement that is still going, whoever started it."""
    return runs.newest_active(PREFIX)


def find(name: str | None) -> Path | None:
    """The measurement's run of that name, or None."""
    return runs.find_run_of(PREFIX, name)


def results() -> list[str]:
    """Names of all results there are: finished runs, newest first, then the shipped one."""
    finished = [f.name for f in runs.list_runs(PREFIX) if (f / RESULT).is_file()]
    return finished + ([SHIPPED] if shipped_file().is_file() else [])


def shipped_file() -> Path:
    """Where the measurement that comes with the code lies."""
    return assets_dir() / "efficiency.json"


def write_result(result: dict[str, Any], file: Path) -> None:
    """Store a measurement, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    json_files.write_whole(file, result)


def read_result(name: str) -> dict[str, Any]:
    """A measurement as plain data. Raises `PathError` where it is gone or cannot be read."""
    folder = find(name)
    file = shipped_file() if name == SHIPPED else folder / RESULT if folder is not None else None
    return json_files.read_result(file, name, _NEEDED, what="measurement", again="measure again")
