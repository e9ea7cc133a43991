"""The search for copies in a process of its own, for pages: start it, find it, read what it found."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_core import json_files, runs

PREFIX, ORDER, REPORT = "duplicates", "order.json", "report.json"

_NEEDED = ("images", "limit_bits", "within", "across", "featureless", "unread")


@dataclass(frozen=True)
class Config:
    """What was asked of a search: the path of a corpus."""

    path: str

    @property
    def words(self) -> str:
        """``copies in fer2013.csv``."""
        return f"copies in {Path(self.path).name}"


def launch(path: str | Path) -> Path:
    """Start looking for copies in the corpus at a path; returns the run folder to watch."""
    folder = runs.new_run_folder(PREFIX)
    json_files.write_whole(folder / ORDER, {"path": str(path)})
    return runs.start([PREFIX, str(path), "--run", str(folder)], folder)


def newest(path: str | Path) -> Path | None:
    """The newest search of the corpus at a path, whoever started it and however it ended."""
    asked = ((f, config_of(f)) for f in runs.list_runs(PREFIX))
    return next((f for f, config in asked if config and config.path == str(path)), None)


def config_of(folder: Path) -> Config | None:
    """What was asked of a search; None where it cannot be read or the run was started elsewhere."""
    try:
        return Config(str(json.loads((folder / ORDER).read_text(encoding="utf-8"))["path"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_report(folder: Path, report: dict[str, Any]) -> None:
    """Keep what was found. Raises `OSError`, on a full disk."""
    json_files.write_whole(folder / REPORT, report)


def read_report(folder: Path) -> dict[str, Any]:
    """What was found (`duplicate_report.duplicate_report`). Raises `PathError` where it cannot be read."""
    file = folder / REPORT
    return json_files.read_result(file, folder.name, _NEEDED, what="report on copies", again="look again")
