"""Leak Lab runs in processes of their own, and their results: start, follow, find, read."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fer_core import runs
from fer_core.base.errors import FerError
from fer_core.base.paths import assets_dir
from fer_core.files import json_files, shapes
from fer_core.files.containment import stays
from fer_core.results.result_shapes import LabResult
from fer_core.studies.leak_lab.lab import LabSettings
from fer_core.studies.leak_lab.results import KIND, PREDICTIONS, RESULT

PREFIX, CONFIG = "leaklab", "config.json"

SHIPPED = "shipped"
"""Name of the result that comes with the code, computed on CK+48."""


@dataclass(frozen=True)
class Config:
    """What was asked of a run: the corpus (a path or "demo") and the settings."""

    corpus: str
    settings: LabSettings

    @property
    def words(self) -> str:
        """``demo: five protocols, 5 folds, seed 0``."""
        s = self.settings
        repeats = f", drawn {s.repeats} times" if s.repeats > 1 else ""
        return f"{Path(self.corpus).name}: five protocols, {s.folds} folds{repeats}, seed {s.seed}"


def launch(corpus_path: str | Path, settings: LabSettings) -> Path:
    """Start a lab run in a process of its own; returns the run folder to watch."""
    folder = runs.new_run_folder(PREFIX)
    config = {"corpus": str(corpus_path), "settings": asdict(settings)}
    json_files.write_whole(folder / CONFIG, config)
    options = [word for name, value in asdict(settings).items() for word in (f"--{name}", str(value))]
    return runs.start([KIND, str(corpus_path), *options, "--run", str(folder)], folder)


def config_of(folder: Path) -> Config | None:
    """What was asked of a run; None where it cannot be read or the run was started elsewhere."""
    try:
        return shapes.read(folder / CONFIG, Config, what="order", fix="run it again")
    except FerError:
        return None


def active_run() -> Path | None:
    """The newest lab run that is still going, whoever started it."""
    return runs.newest_active(PREFIX)


def find(name: str | None) -> Path | None:
    """The lab run of that name, or None."""
    return runs.find_run_of(PREFIX, name)


def results() -> list[str]:
    """Names of all results there are: finished runs, newest first, then the shipped one."""
    finished = [f.name for f in runs.list_runs(PREFIX) if (f / RESULT).is_file()]
    return finished + ([SHIPPED] if shipped_file().is_file() else [])


def shipped_file() -> Path:
    """Where the result on CK+48 lies."""
    return assets_dir() / "study" / "leak_lab.json"


def read_result(name: str) -> dict[str, Any]:
    """A result as plain data. Raises `PathError` where it is gone or cannot be read."""
    folder = find(name)
    file = shipped_file() if name == SHIPPED else folder / RESULT if folder is not None else None
    return json_files.read_result(file, name, LabResult, what="result", again="run it again")


def predictions_file(name: str) -> Path | None:
    """The table of all classified frames; None for the shipped result, whose corpus is not ours to show."""
    folder = find(name)
    file = folder / PREDICTIONS if folder is not None else None
    return file if file is not None and file.is_file() and stays(file.parent, file) else None
