"""The search for copies in a process of its own, for pages: start it, find it, read what it found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_core import runs
from fer_core.base.errors import PathError
from fer_core.files import json_files, shapes
from fer_core.files.shapes import Count, Share, Text

PREFIX, ORDER, REPORT = "duplicates", "order.json", "report.json"


@dataclass(frozen=True)
class Pair:
    """Two pictures that are alike."""

    item: Text
    twin: Text
    exact: bool
    mirrored: bool
    bits: Count
    emotion: Text
    twin_emotion: Text


@dataclass(frozen=True)
class Alike:
    """Copies within a part, or of one part among another."""

    images: Count
    exact: Count
    near: Count
    mirrored: Count
    other_label: Count
    share: Share
    examples: list[Pair]
    part: Text = ""
    of: Text = ""
    among: Text = ""
    other_subject: Count | None = None


@dataclass(frozen=True)
class Unread:
    """A picture that could not be read."""

    where: Text
    why: Text


@dataclass(frozen=True)
class Report:
    """What a search found (`fer_core.datasets.copies.duplicate_report`)."""

    images: Count
    limit_bits: Count
    within: list[Alike]
    across: list[Alike]
    featureless: Count
    unread: list[Unread]


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
        return shapes.read(folder / ORDER, Config, what="order", fix="look again")
    except PathError:
        return None


def write_report(folder: Path, report: dict[str, Any]) -> None:
    """Keep what was found. Raises `OSError`, on a full disk."""
    json_files.write_whole(folder / REPORT, report)


def read_report(folder: Path) -> dict[str, Any]:
    """What was found (`duplicate_report.duplicate_report`). Raises `PathError` where it cannot be read."""
    file = folder / REPORT
    return json_files.read_result(file, folder.name, Report, what="report on copies", again="look again")
