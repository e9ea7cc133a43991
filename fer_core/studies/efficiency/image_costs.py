"""What the image models cost on one machine: measured model by model, kept in a file that pages read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fer_core.base.errors import SettingError, TrainingError
from fer_core.base.paths import assets_dir
from fer_core.base.progress import Progress, silent
from fer_core.files import json_files
from fer_core.files.shapes import Amount, Count, Text
from fer_core.models.images.registry import find
from fer_core.studies.efficiency.image_child import FORMATS, measure
from fer_core.studies.efficiency.machine import machine

SMALL = ("lenet5", "attention-cnn", "fastcnn-se", "sequential-4-conv", "residual-gru-1", "mobilenetv2")
"""What is measured unless others are named: one of each kind, each within seconds."""


@dataclass(frozen=True)
class Timed:
    """A row: milliseconds of a batch."""

    model: Text
    size: Count
    format: Text
    batch: Count
    ms: Amount
    low: Amount
    high: Amount
    repeats: Count


@dataclass(frozen=True)
class Sized:
    """What a model takes in memory and on disk."""

    model: Text
    size: Count
    format: Text
    peak_mb: Amount | None = None
    bytes: Count | None = None


@dataclass(frozen=True)
class Costs:
    """A measurement, as `compare` gives it."""

    machine: dict[str, Any]
    threads: Count
    rows: list[Timed]
    sizes: list[Sized] = field(default_factory=list)


Measure = Callable[[str, str, int, Path, int], dict[str, Any]]


def compare(
    models: Sequence[str] = SMALL,
    *,
    threads: int = 1,
    size: int | None = None,
    progress: Progress = silent,
    by: Measure = measure,
) -> dict[str, Any]:
    """Time networks of the registry with fresh weights, each format in a process of its own.

    What they learned does not change the work.

    Parameters
    ----------
    models : names of networks
    size : int, default each model's first
        Input side in pixels.
    by : what measures one model in one format

    Returns
    -------
    Plain data: ``machine``, ``threads``, ``rows`` of model, size, format, batch, ms (median), low and high
    (quartiles), repeats; ``sizes`` of model, size, format, peak_mb and bytes; ``failed`` of model and why.

    Raises
    ------
    SettingError
        For a name that is no network's, or no thread.
    """
    networks = [_network(name) for name in models]
    if threads < 1:
        raise SettingError(f"{threads} threads cannot compute", fix="use 1 or more")
    result: dict[str, Any] = {"machine": machine(), "threads": threads, "rows": [], "sizes": [], "failed": []}
    for k, spec in enumerate(networks):
        progress(k, len(networks), spec.title)
        _one(spec.name, size or spec.sizes[0], threads, result, by)
    progress(len(networks), len(networks), "Finished")
    return result


def _network(name: str) -> Any:
    spec = find(name)
    if spec.kind != "network":
        raise SettingError(f"{spec.title} is no network", fix="name networks only")
    return spec


def _one(model: str, size: int, threads: int, result: dict[str, Any], by: Measure) -> None:
    """A model that fails in a format leaves the others' numbers as they are."""
    with TemporaryDirectory() as folder:
        for kind in FORMATS:
            try:
                said = by(kind, model, size, Path(folder), threads)
            except TrainingError as error:
                result["failed"].append({"model": model, "format": kind, "why": str(error)})
                return
            about = {"model": model, "size": size, "format": kind}
            result["rows"] += [about | row for row in said["rows"]]
            result["sizes"].append(about | {"peak_mb": said["peak_mb"], "bytes": said.get("bytes")})
            if "no_graph" in said:
                why = f"the graph cannot be written ({said['no_graph']})"
                result["failed"].append({"model": model, "format": "onnx", "why": why})
                return


def write(result: Mapping[str, Any], file: Path) -> None:
    """Store a measurement in a file, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    json_files.write_whole(file, dict(result))


def shipped_file() -> Path:
    """The measurement that comes with FER Lab."""
    return assets_dir() / "image_costs.json"


def shipped() -> dict[str, Any] | None:
    """The measurement that comes with FER Lab, or None. Raises `PathError` for a damaged one."""
    file = shipped_file()
    if not file.is_file():
        return None
    return json_files.read_result(file, file.name, Costs, what="measurement", again="measure again")


def latency(result: Mapping[str, Any] | None, model: str, size: int, batch: int = 1) -> dict[str, float]:
    """Median milliseconds of a batch by format; empty where it was not measured."""
    rows = result["rows"] if result else []
    return {r["format"]: r["ms"] for r in rows if (r["model"], r["size"], r["batch"]) == (model, size, batch)}
