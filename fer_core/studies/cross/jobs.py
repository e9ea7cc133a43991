"""Cross-corpus matrices as runs of their own, and their results: start, follow, list, read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fer_core import runs
from fer_core.base.errors import PathError, SettingError
from fer_core.base.paths import assets_dir, bundles_dir
from fer_core.files import json_files, shapes
from fer_core.models.bundle import bundles_in
from fer_core.models.images.bundle import image_bundles_in
from fer_core.results.result_shapes import Matrix
from fer_core.studies.cross.matrix import FORMAT

PREFIX, CONFIG, RESULT = "cross", "config.json", "result.json"
SHIPPED = "shipped:"
"""Prefix that tells a matrix that came with the code from a run's."""


@dataclass(frozen=True)
class Config:
    """What was asked of a run."""

    trained: tuple[str, ...]
    tested: tuple[str, ...]
    strict: bool = False

    @property
    def words(self) -> str:
        """``attention-cnn on fer2013, ckplus48``."""
        names = [", ".join(Path(x).name for x in side) for side in (self.trained, self.tested)]
        return " on ".join(names)


def launch(trained: Sequence[str], tested: Sequence[str], *, strict: bool = False) -> Path:
    """Judge bundles on corpora in a process of its own; returns the run folder. Raises `SettingError`."""
    if not trained or not tested:
        raise SettingError("a matrix needs a recogniser and a corpus", fix="choose at least one of each")
    folder = runs.new_run_folder(PREFIX)
    config = Config(tuple(map(str, trained)), tuple(map(str, tested)), strict)
    json_files.write_whole(folder / CONFIG, asdict(config))
    options = ["--strict"] if strict else []
    words = ["cross", "--train", *config.trained, "--test", *config.tested, *options, "--run", str(folder)]
    return runs.start(words, folder)


def config_of(folder: Path) -> Config | None:
    """What was asked of a run; None where it cannot be read or the run was started elsewhere."""
    try:
        return shapes.read(folder / CONFIG, Config, what="order", fix="run it again")
    except PathError:
        return None


def active_run() -> Path | None:
    """The newest run that is still going, whoever started it."""
    return runs.newest_active(PREFIX)


def find(name: str | None) -> Path | None:
    """The run of that name, or None."""
    return runs.find_run_of(PREFIX, name)


def results() -> list[str]:
    """Names of all matrices there are: finished runs, newest first, then shipped ones."""
    own = [f.name for f in runs.list_runs(PREFIX) if (f / RESULT).is_file()]
    return own + [SHIPPED + f.stem for f in sorted(shelf().glob("*.json"))]


def read_result(name: str) -> dict[str, Any]:
    """A matrix as plain data. Raises `PathError` where it is gone or cannot be read."""
    if name.startswith(SHIPPED):
        file = next((f for f in shelf().glob("*.json") if SHIPPED + f.stem == name), None)
    else:
        folder = find(name)
        file = folder / RESULT if folder is not None else None
    found = json_files.read_result(file, name, Matrix, what="matrix", again="run it again")
    if found["format"] != FORMAT:
        raise PathError("the file holds no cross-corpus matrix", where=name, fix="choose another one")
    return found


def write_result(matrix: dict[str, Any], folder: Path) -> None:
    """Store a matrix in a folder, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    json_files.write_whole(folder / RESULT, matrix)


def bundles() -> dict[str, str]:
    """Label → folder of every bundle that can take part: shipped ones first, then those of runs."""
    shipped = bundles_dir()
    found = {f.name: str(f) for f in (*image_bundles_in(shipped), *bundles_in(shipped))} if shipped.is_dir() else {}
    for run in (*runs.list_runs("images"), *runs.list_runs("train")):
        inner = image_bundles_in(run / "models") or [f for f in bundles_in(run) if f.name == "bundle"]
        found |= {f"{f.name}, {run.name}": str(f) for f in inner}
    return found


def shelf() -> Path:
    """Where matrices that come with the code lie."""
    return assets_dir() / "cross"
