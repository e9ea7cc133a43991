"""Training all classifiers at once against one ``Model.fit`` per emotion, measured side by side.

Contenders take turns, each time in a new process and with the same number of threads, so that a
slow moment of the machine hits both and neither disturbs the other.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from fer_core.base.errors import SettingError
from fer_core.base.progress import Progress, silent
from fer_core.efficiency.training.contenders import Answer, Name, measure
from fer_core.efficiency.training.task import TrainingTask

WAYS: tuple[Name, ...] = ("ours", "plain", "tf-data")
CLIPS, REPLICATES = (1, 2, 4), (1, 2, 3)
"""What `growth` multiplies the clips by, and how many replicates it trains."""


def compare(
    task: TrainingTask, *, threads: int, repeats: int = 3, jit: bool = False, progress: Progress = silent
) -> dict[str, Any]:
    """All ways on one task, and the floor under them.

    Parameters
    ----------
    repeats : int
        Each way is measured so often; ratios are taken turn by turn.
    jit : bool
        The plain loops compile their models with XLA, which Keras does not do by itself here.

    Returns
    -------
    Plain data about ``ours``, ``plain`` (one ``Model.fit`` on arrays per emotion) and ``tf-data``
    (the same, fed the very batches of ours in their order). ``ratio`` and
    ``ratio_excluding_compile`` are plain over ours, ``ratio_tf_data`` and its like tf-data over
    ours: medians, with ``[lowest, highest]`` beside them. Whole seconds go from the start of a
    process to its end; seconds per classifier and epoch leave out each model's first epoch;
    processor seconds are those of all threads together. ``equal`` is a run of ours and tf-data
    without dropout: the largest difference of any output for a held-out clip, and the accuracies.
    """
    if repeats < 1 or threads < 1:
        raise SettingError("repeats and threads are 1 or more", fix="choose a sensible value")
    load = os.getloadavg() if hasattr(os, "getloadavg") else None
    turns: dict[Name, list[Answer]] = {name: [] for name in (*WAYS, "floor")}
    with TemporaryDirectory() as folder:
        step = _Steps(Path(folder), threads, len(turns) * repeats + 2, progress, jit)
        for turn in range(repeats):
            for name in turns if turn % 2 == 0 else reversed(turns):
                turns[name].append(step(name, task))
        still = task.without_dropout()
        equal = step("ours", still), step("tf-data", still)
    return _facts(task, threads, load) | _figures(task, turns) | {"equal": _equality(still, *equal)}


def growth(task: TrainingTask, *, threads: int, repeats: int = 3, progress: Progress = silent) -> dict[str, Any]:
    """How our cost grows with clips, emotions and replicates.

    Returns
    -------
    Plain data: for each of the three a list of rows (size, whole seconds, processor seconds,
    seconds of training, seconds per epoch of all classifiers, peak memory; medians of the
    repeats), and ``exponent``: the slope of log seconds per epoch (for replicates: of log seconds
    of training) over log size.
    """
    if repeats < 1 or threads < 1:
        raise SettingError("repeats and threads are 1 or more", fix="choose a sensible value")
    sizes: dict[str, tuple[Sequence[int], Callable[[int], TrainingTask]]] = {
        "clips": (CLIPS, task.enlarged),
        "emotions": (range(1, len(task.losses) + 1), task.of_first),
        "replicates": (REPLICATES, lambda n: replace(task, replicates=n)),
    }
    variants = [(kind, n, make(n)) for kind, (each, make) in sizes.items() for n in each]
    answers: dict[tuple[str, int], list[Answer]] = {(kind, n): [] for kind, n, _ in variants}
    load = os.getloadavg() if hasattr(os, "getloadavg") else None
    with TemporaryDirectory() as folder:
        step = _Steps(Path(folder), threads, repeats * len(variants), progress)
        for _ in range(repeats):
            for kind, n, variant in variants:
                answers[kind, n].append(step("ours", variant))
    tables = {
        kind: [_row(n, answers[kind, n], len(variant.losses)) for k, n, variant in variants if k == kind]
        for kind in sizes
    }
    exponents = {
        kind: _exponent(rows, "training" if kind == "replicates" else "epoch") for kind, rows in tables.items()
    }
    return _facts(task, threads, load) | {"repeats": repeats} | tables | {"exponent": exponents}


class _Steps:
    """Measures contenders one after the other and says how far it is."""

    def __init__(self, folder: Path, threads: int, total: int, progress: Progress, jit: bool = False) -> None:
        self._folder, self._threads, self._total, self._progress = folder, threads, total, progress
        self._jit, self._done = jit, 0

    def __call__(self, name: Name, task: TrainingTask) -> Answer:
        self._progress(self._done, self._total, "measuring")
        answer = measure(name, task, self._threads, self._folder, self._jit)
        self._done += 1
        self._progress(self._done, self._total, "measuring")
        return answer


def _facts(task: TrainingTask, threads: int, load: tuple[float, float, float] | None) -> dict[str, Any]:
    """What was measured, and how busy the machine was before."""
    s = task.shape
    return {
        "architecture": s.architecture,
        "F": s.F,
        "Q": s.Q,
        "R": s.R,
        "inputs": s.inputs,
        "frames": task.x.shape[1],
        "classifiers": len(task.losses),
        "training_clips": len(task.x),
        "test_clips": len(task.test_x),
        "epochs": task.settings.epochs,
        "batch_size": task.settings.batch_size,
        "dropout": task.settings.dropout,
        "seed": task.seed,
        "threads": threads,
        "load_before": None if load is None else round(load[0], 2),
    }


def _figures(task: TrainingTask, turns: dict[Name, list[Answer]]) -> dict[str, Any]:
    ours, ground = turns["ours"], turns["floor"]
    lowest = _median([g.epoch_seconds for g in ground])
    middle = {name: _median([a.epoch_seconds for a in turns[name]]) for name in WAYS}
    return {
        "repeats": len(ours),
        **_ratios("ratio", ours, turns["plain"]),
        **_ratios("ratio_tf_data", ours, turns["tf-data"]),
        "accuracy": {name: turns[name][0].accuracy(task) for name in WAYS},
        "seconds": {name: _spread(turns[name]) for name in WAYS},
        "processor_seconds": {name: _median([a.processor for a in turns[name]]) for name in WAYS},
        "seconds_per_classifier_epoch": middle,
        "floor": {
            "seconds_per_classifier_epoch": lowest,
            "times": middle["ours"] / lowest,
            "operations_per_second": _median([g.operations for g in ground]),
        },
        "peak_mb": {name: _peak(turns[name]) for name in WAYS},
    }


def _ratios(name: str, ours: Sequence[Answer], theirs: Sequence[Answer]) -> dict[str, Any]:
    """Whole and without compiling, each with its range over the turns."""
    whole = [t.seconds / o.seconds for o, t in zip(ours, theirs, strict=True)]
    steady = [t.epoch_seconds / o.epoch_seconds for o, t in zip(ours, theirs, strict=True)]
    return {
        name: _median(whole),
        f"{name}_range": [min(whole), max(whole)],
        f"{name}_excluding_compile": _median(steady),
        f"{name}_excluding_compile_range": [min(steady), max(steady)],
    }


def _equality(task: TrainingTask, ours: Answer, theirs: Answer) -> dict[str, Any]:
    apart = np.abs(np.array(ours.probabilities) - np.array(theirs.probabilities))
    return {
        "dropout": task.settings.dropout,
        "largest_difference": float(apart.max()),
        "accuracy": {"ours": ours.accuracy(task), "tf-data": theirs.accuracy(task)},
    }


def _spread(answers: Sequence[Answer]) -> dict[str, float]:
    each = [a.seconds for a in answers]
    return {"median": _median(each), "lowest": min(each), "highest": max(each)}


def _peak(answers: Sequence[Answer]) -> float | None:
    known = [a.peak_mb for a in answers if a.peak_mb is not None]
    return max(known) if known else None


def _row(size: int, answers: Sequence[Answer], classifiers: int) -> dict[str, Any]:
    return {
        "size": size,
        "whole": _median([a.seconds for a in answers]),
        "processor": _median([a.processor for a in answers]),
        "training": _median([a.training for a in answers]),
        "epoch": classifiers * _median([a.epoch_seconds for a in answers]),
        "peak_mb": _peak(answers),
    }


def _median(values: Sequence[float]) -> float:
    return float(np.median(values))


def _exponent(rows: Sequence[dict[str, Any]], key: str) -> float | None:
    """Least-squares slope on log scales; None with a single size."""
    if len(rows) < 2:
        return None
    size, seconds = (np.log([row[name] for row in rows]) for name in ("size", key))
    return float(np.polyfit(size, seconds, 1)[0])
