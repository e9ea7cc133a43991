"""Extraction in a process of its own, for pages: start it, watch it, stop it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from fer_core import runs


def start(corpus_path: str | Path) -> Path:
    """Begin extracting a corpus's landmarks into the cache; returns the run folder to watch."""
    folder = runs.new_run_folder("extract")
    return runs.start(["extract", str(corpus_path), "--run", str(folder)], folder)


def status(folder: Path) -> dict[str, Any]:
    """state, step, total, text, started, heartbeat, pid, error (see `fer_core.runs.Status`)."""
    return asdict(runs.read_status(folder))


def cancel(folder: Path) -> None:
    """Ask it to stop; what is extracted stays in the cache."""
    runs.request_cancel(folder)
