"""The search for copies in a process of its own, for pages: start it, find it, read what it found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fer_core import json_files, runs

PREFIX, ORDER, REPORT = "duplicates", "order.json", "report.json"

_NEEDED = ("images", "limit_bits", "within", "across", "featureless", "unread")


def launch(path: str | Path) -> Path:
    """Start looking for copies in the corpus at a path; returns the run folder to watch."""
    folder = runs.new_run_folder(PREFIX)
    json_files.write_whole(folder / ORDER, {"path": str(path)})
    return runs.start([PREFIX, str(path), "--run", str(folder)], folder)


def newest(path: str | Path) -> Path | None:
    """The newest search of the corpus at a path, whoever started it and however it ended."""
    return next((f for f in runs.list_runs(PREFIX) if path_of(f) == str(path)), None)


def path_of(folder: Path) -> str:
    """The corpus of a search; "" where that cannot be read."""
    try:
        return str(json.loads((folder / ORDER).read_text(encoding="utf-8"))["path"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def write_report(folder: Path, report: dict[str, Any]) -> None:
    """Keep what was found. Raises `OSError`, on a full disk."""
    json_files.write_whole(folder / REPORT, report)


def read_report(folder: Path) -> dict[str, Any]:
    """What was found (`duplicate_report.duplicate_report`). Raises `PathError` where it cannot be read."""
    file = folder / REPORT
    return json_files.read_result(file, folder.name, _NEEDED, what="report on copies", again="look again")
