"""GRU against LSTM measured on this machine: latency, training, memory and size on disk, in paired turns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from fer_core.base.emotions import SIX
from fer_core.base.errors import SettingError
from fer_core.base.progress import Progress, silent
from fer_core.datasets.demo import open_demo
from fer_core.efficiency.training.contenders import Answer, Name
from fer_core.efficiency.training.contenders import measure as train
from fer_core.efficiency.training.task import TrainingTask
from fer_core.landmarks.extract import extract
from fer_core.landmarks.features import FeatureSpec, coordinates
from fer_core.losses.imbalance import LossChoice
from fer_core.models.weights import Architecture
from fer_core.studies.efficiency.counted import ARCHITECTURES, Sizes, plain
from fer_core.studies.efficiency.formats import BATCHES, MANY, PROCESSES, TRAINING
from fer_core.studies.efficiency.machine import machine
from fer_core.studies.efficiency.network_files import prepare
from fer_core.studies.efficiency.timed_child import How, measure
from fer_core.study.conditions import FitSettings

CLIPS, EPOCHS = 256, 4
"""Of the timed training; a fit's first epoch compiles and does not count."""

MAX_TURNS = 50


def compare(
    sizes: Sizes | None = None,
    *,
    turns: int = 5,
    threads: int = 1,
    batches: tuple[int, ...] = BATCHES,
    libraries: tuple[str, ...] = tuple(PROCESSES),
    progress: Progress = silent,
) -> dict[str, Any]:
    """Measure both architectures in every format.

    A turn times every format in a process of its own, GRU and LSTM alternately within it, and trains
    both: with our way all classifiers at once, with the plain one a single classifier, whose epoch counts
    as many times as there are classifiers. Every second turn goes through everything backwards.

    Parameters
    ----------
    sizes : Sizes, optional
        Of the networks; default: the study's assumed predefined ones, six classifiers.
    threads : int
        Computing threads of every process.
    libraries : of numpy, keras, onnx and tflite
        What is measured; without keras its training is left out too.

    Returns
    -------
    Plain data: ``machine``, ``sizes``, ``turns``, ``threads``, ``batches``; ``latency``: rows of format and
    batch with the median milliseconds of each turn for ``gru-many``, ``lstm-many`` (one classifier per
    emotion), ``gru-one``, ``lstm-one`` (a single one); ``training``: rows of ``way`` with the seconds for an
    epoch of all classifiers of each turn; ``memory``: rows of what was done with the most megabytes its
    process held; ``disk``: rows of format with bytes; ``largest_difference`` of any probability between
    the formats.

    Raises
    ------
    SettingError
        For turns or threads out of range, or a library that is not known.
    """
    sizes = sizes or Sizes()
    if not 1 <= turns <= MAX_TURNS or threads < 1:
        raise SettingError(f"turns are 1 to {MAX_TURNS}, threads 1 or more", fix="choose a sensible value")
    if not libraries or not set(libraries) <= set(PROCESSES):
        raise SettingError(f"the libraries {libraries} are not known", fix="use " + ", ".join(PROCESSES))
    result: dict[str, Any] = {
        "machine": machine(),
        "sizes": plain(sizes),
        "turns": turns,
        "threads": threads,
        "batches": list(batches),
        "training_clips": CLIPS,
    }
    with TemporaryDirectory() as folder:
        work = _Work(sizes, Path(folder), threads, batches, libraries, turns, progress)
        result["disk"] = work.step("writing the files", lambda: prepare(sizes, Path(folder), threads, libraries))
        for turn in range(turns):
            work.turn(turn)
        work.memories()
    return result | work.found()


class _Work:
    """The steps of a measurement, and what they found."""

    def __init__(
        self,
        sizes: Sizes,
        folder: Path,
        threads: int,
        batches: tuple[int, ...],
        libraries: tuple[str, ...],
        turns: int,
        progress: Progress,
    ) -> None:
        self._libraries = libraries
        self._ways = [w for w in TRAINING if w == "ours" or "keras" in libraries]
        self._sizes, self._folder, self._threads, self._batches = sizes, folder, threads, batches
        self._progress, self._done = progress, 0
        self._total = 1 + turns * (len(libraries) + 2 * len(self._ways)) + 2 * len(libraries)
        self._tasks = {a: training_task(sizes, a) for a in ARCHITECTURES}
        self._latency: dict[tuple[str, int], dict[str, Any]] = {}
        self._training: dict[str, dict[str, list[float]]] = {w: {a: [] for a in ARCHITECTURES} for w in self._ways}
        self._memory: list[dict[str, Any]] = []
        self._peaks: dict[tuple[str, str], list[float | None]] = {}
        self._apart = 0.0

    def step(self, words: str, do: Any) -> Any:
        """One piece of work, with the progress before and after it."""
        self._progress(self._done, self._total, words)
        found = do()
        self._done += 1
        self._progress(self._done, self._total, words)
        return found

    def turn(self, number: int) -> None:
        """Everything once."""
        steps: list[Any] = [lambda p=p: self._inference(p) for p in self._libraries]
        steps += [lambda w=w, a=a: self._train(w, a) for w in self._ways for a in ARCHITECTURES]
        for step in steps if number % 2 == 0 else reversed(steps):
            step()

    def memories(self) -> None:
        """The most memory of a process that holds one architecture and classifies the largest batch."""
        for process in self._libraries:
            row: dict[str, Any] = {"doing": "classifying", "way": process}
            for a in ARCHITECTURES:
                how = How(self._batches[-1:], 0.0, (a,), (MANY,))
                words = "measuring memory"
                said = self.step(words, lambda p=process, h=how: measure(p, self._folder, self._threads, h))
                row[a] = said["peak_mb"]
            self._memory.append(row)

    def found(self) -> dict[str, Any]:
        """What was measured, as plain data."""
        training = [{"way": w, **each} for w, each in self._training.items()]
        peaks = [
            {"doing": "training", "way": w} | {a: _highest(self._peaks[w, a]) for a in ARCHITECTURES}
            for w in self._ways
        ]
        return {
            "latency": list(self._latency.values()),
            "training": training,
            "memory": self._memory + peaks,
            "largest_difference": self._apart,
        }

    def _inference(self, process: str) -> None:
        how = How(self._batches)
        said = self.step("timing", lambda: measure(process, self._folder, self._threads, how))
        self._apart = max(self._apart, said["largest_difference"])
        for row in said["rows"]:
            key = (row["format"], row["batch"])
            kept = self._latency.setdefault(key, {"format": key[0], "batch": key[1]})
            for name, value in row.items():
                if name not in ("format", "batch"):
                    kept.setdefault(name, []).append(value)

    def _train(self, way: Name, architecture: Architecture) -> None:
        task = self._tasks[architecture]
        task = task if way == "ours" else task.of_first(1)
        answer: Answer = self.step("training", lambda: train(way, task, self._threads, self._folder))
        self._training[way][architecture].append(answer.epoch_seconds * self._sizes.classifiers)
        self._peaks.setdefault((way, architecture), []).append(answer.peak_mb)


def training_task(sizes: Sizes, architecture: Architecture) -> TrainingTask:
    """A few epochs of the study's network on raw coordinates of demo clips; what it learns is no matter."""
    demo = open_demo().only(SIX[: sizes.classifiers])
    landmarks = extract(replace(demo, clips=demo.clips[:CLIPS]))
    x = coordinates(landmarks, FeatureSpec("raw", components=0))[:, : sizes.frames]
    labels = (landmarks.emotion[:, None] == np.array(SIX[: sizes.classifiers])).astype(np.float32)
    losses = (LossChoice("bce"),) * sizes.classifiers
    settings = FitSettings(epochs=EPOCHS)
    return TrainingTask(x, labels, x[:4], labels[:4], losses, sizes.shape(architecture), settings)


def _highest(peaks: list[float | None]) -> float | None:
    known = [p for p in peaks if p is not None]
    return max(known) if known else None
