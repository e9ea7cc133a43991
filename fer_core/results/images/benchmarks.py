"""Image experiments as plain data that can be shown, taken away and shipped: own ones and those in assets/.

One file holds what a page needs: rows, per-emotion metrics, confusion matrices, learning curves, and what
made them. It holds no picture, nothing that was said of a single one, and no folder of this machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_core.base.errors import PathError
from fer_core.base.paths import assets_dir, store_file
from fer_core.files import json_files, shapes
from fer_core.files.shapes import Text
from fer_core.results.images.differences import differences
from fer_core.results.images.study import ImageStudy, curves, load_image_study, rows
from fer_core.results.result_shapes import BenchmarkResult
from fer_core.store.store import Store

FORMAT = "fer-lab-image-results"
SHIPPED = "shipped:"
"""Prefix that tells a shipped benchmark's name from an experiment's id."""


@dataclass(frozen=True)
class _Named:
    """Of a benchmark what a list shows."""

    name: Text


@dataclass(frozen=True)
class Benchmark:
    """One in a list: ``name`` is unique and safe in a URL, ``title`` is for people."""

    name: str
    title: str

    @property
    def shipped(self) -> bool:
        """Whether it came with FER Lab and was made on another machine."""
        return self.name.startswith(SHIPPED)


def summary(study: ImageStudy) -> dict[str, Any]:
    """An image experiment as plain data.

    Keys: format, id, name, corpus, protocol, emotions, seeds, created, provenance, rows (see
    `fer_core.results.images.study.rows`), conditions {slug: condition}, results {slug: metrics with
    intervals}, curves {slug: learning curve}, differences (`fer_core.results.images.differences`).
    """
    r = study.record
    found = rows(study)
    slugs = [row["condition"] for row in found]
    return {
        "format": FORMAT,
        "id": r.id,
        "name": r.name or r.id,
        "corpus": {**r.corpus, "path": Path(str(r.corpus["path"])).name},
        "protocol": study.protocol,
        "emotions": list(study.emotions),
        "seeds": list(r.design["seeds"]),
        "notes": study.notes,
        "created": r.created,
        "provenance": dict(r.provenance),
        "rows": found,
        "conditions": {s: study.conditions[s] for s in slugs},
        "results": {s: study.result(s) for s in slugs},
        "curves": {s: curves(study, s) for s in slugs},
        "differences": differences(study),
    }


def listed() -> list[Benchmark]:
    """Everything there is to look at: own image experiments, newest first, then shipped results."""
    own = []
    if store_file().is_file():
        with Store(read_only=True) as store:
            done = store.counts()
            own = [
                Benchmark(r.id, r.name or r.id)
                for r in store.experiments()
                if r.design.get("kind") == "images" and done[r.id]["cells_done"]
            ]
    return own + [Benchmark(SHIPPED + f.stem, _title(f)) for f in sorted(_folder().glob("*.json"))]


def read(name: str) -> dict[str, Any]:
    """One of `listed` as plain data (see `summary`). Raises `PathError` or `StoreError`."""
    if not name.startswith(SHIPPED):
        return summary(load_image_study(name))
    file = next((f for f in _folder().glob("*.json") if f.stem == name.removeprefix(SHIPPED)), None)
    found = json_files.read_result(file, name, BenchmarkResult, what="benchmark", again="export it again")
    if found["format"] != FORMAT:
        raise PathError("the file holds no image results", where=name, fix="choose another one")
    return found


def write(found: Mapping[str, Any], file: Path) -> None:
    """Store a summary in a file, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    json_files.write_whole(file, _plain(dict(found)))


def _folder() -> Path:
    return assets_dir() / "benchmark"


def _title(file: Path) -> str:
    try:
        return shapes.read(file, _Named, what="benchmark", fix="export it again").name
    except PathError:
        return file.stem


def _plain(value: Any) -> Any:
    """Numbers that are not finite have no place in JSON; a sixth decimal says nothing."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return round(value, 6) if value == value and abs(value) != float("inf") else None
    return value
