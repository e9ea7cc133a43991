"""Measurements in processes of their own, and their results: start, follow, find, read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Gt, Le, Len
from typing_extensions import TypedDict

from fer_core import runs
from fer_core.base.paths import assets_dir
from fer_core.files import json_files
from fer_core.files.shapes import Amount, Count, Text
from fer_core.studies.efficiency.counted import Sizes

Kind = Literal["numpy", "call", "predict", "onnx", "tflite"]

PREFIX, RESULT = "efficiency", "result.json"

SHIPPED = "shipped"
"""Name of the measurement that comes with the code, made on another machine."""

Times = Annotated[list[Annotated[float, Gt(0), Le(1e9)]], Len(1, 10_000)]
"""Milliseconds or seconds, one for each turn."""

Latency = TypedDict(
    "Latency",
    {"format": Kind, "batch": Count, "gru-many": Times, "gru-one": Times, "lstm-many": Times, "lstm-one": Times},
)
"""How long a batch takes in one format."""


@dataclass(frozen=True)
class Trained:
    """How long an epoch takes."""

    way: Literal["ours", "plain"]
    gru: Times
    lstm: Times


@dataclass(frozen=True)
class Needed:
    """What a process takes in memory."""

    doing: Text
    way: Literal["numpy", "keras", "onnx", "tflite", "ours", "plain"]
    gru: Amount | None
    lstm: Amount | None


@dataclass(frozen=True)
class Stored:
    """Bytes on disk."""

    format: Literal["numpy", "keras", "onnx", "tflite"]
    gru: Amount
    lstm: Annotated[float, Gt(0), Le(1e15)]


@dataclass(frozen=True)
class Machine:
    """Where it was measured."""

    processor: Text
    cores: Count
    date: Text
    memory_gb: Amount = 0.0
    system: Text = ""
    python: Text = ""
    packages: dict[str, Text] = field(default_factory=dict)
    load_before: Amount | None = None


@dataclass(frozen=True)
class Measurement:
    """GRU against LSTM (`fer_core.studies.efficiency.measured`)."""

    machine: Machine
    sizes: Sizes
    turns: Count
    threads: Count
    batches: Annotated[list[Count], Len(1, 100)]
    latency: Annotated[list[Latency], Len(1, 10_000)]
    training: list[Trained]
    memory: list[Needed]
    disk: list[Stored]
    largest_difference: Amount
    training_clips: Count

    def __post_init__(self) -> None:
        rows = [[r["gru-many"], r["gru-one"], r["lstm-many"], r["lstm-one"]] for r in self.latency]
        rows += [[t.gru, t.lstm] for t in self.training]
        if any(len({len(times) for times in row}) > 1 for row in rows):
            raise ValueError("GRU and LSTM were not measured equally often")
        there = {(r["format"], r["batch"]) for r in self.latency}
        lacking = {kind for kind, _ in there} - {kind for kind, batch in there if batch == self.batches[0]}
        if lacking:
            raise ValueError(f"{min(lacking)} was not measured with batches of {self.batches[0]}")


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
    return json_files.read_result(file, name, Measurement, what="measurement", again="measure again")
