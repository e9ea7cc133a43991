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

from fer_core.efficiency.contenders import Answer, Name, measure
from fer_core.efficiency.training_task import TrainingTask
from fer_core.errors import SettingError
from fer_core.progress import Progress, silent

CLIPS, REPLICATES = (1, 2, 4), (1, 2, 3)
"""What `growth` multiplies the clips by, and how many replicates it trains."""


def compare(
    task: TrainingTask,
    *,
    threads: int,
    repeats: int = 3,
    jit: bool = False,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Both ways on one task, and the floor under them.

    Parameters
    ----------
    repeats : int
        Each way is measured so often; ratios are taken turn by turn.
    jit : bool
        The plain loop compiles its models with XLA, which Keras does not do by itself here.

    Returns
    -------
    Plain data. ``ratio``, ``ratio_excluding_compile``: plain over ours, medians, with ``[lowest,
    highest]`` beside them. Whole seconds go from the start of a process to its end; seconds per
    classifier and epoch leave out each model's first epoch, processor seconds are those of all
    threads together. ``equal`` is a run of both without
    dropout: the largest difference of any output for a held-out clip, and both accuracies there.
    """
    if repeats < 1 or threads < 1:
        raise SettingError("repeats and threads are 1 or more", fix="choose a sensible value")
    load = os.getloadavg() if hasattr(os, "getloadavg") else None
    name: Name = "plain-jit" if jit else "plain"
    turns: dict[str, list[Answer]] = {"ours": [], "plain": [], "floor": []}
    with TemporaryDirectory() as folder:
        step = _Steps(Path(folder), threads, 3 * repeats + 2, progress)
        for turn in range(repeats):
            order: list[tuple[str, Name]] = [("ours", "ours"), ("plain", name), ("floor", "floor")]
            for kind, contender in order if turn % 2 == 0 else reversed(order):
                turns[kind].append(step(contender, task))
        still = task.without_dropout()
        equal = step("ours", still), step(name, still)
    return _facts(task, threads, load) | _figures(task, turns) | {"equal": _equality(still, *equal)}


def growth(
    task: TrainingTask, *, threads: int, repeats: int = 3, progress: Progress = silent
) -> dict[str, Any]:
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
    exponents = {kind: _exponent(rows, "training" if kind == "replicates" else "epoch")
                 for kind, rows in tables.items()}  # fmt: skip
    return _facts(task, threads, load) | {"repeats": repeats} | tables | {"exponent": exponents}


class _Steps:
    """Measures contenders one after the other and says how far it is."""

    def __init__(self, folder: Path, threads: int, total: int, progress: Progress) -> None:
        self._folder, self._threads, self._total, self._progress = folder, threads, total, progress
        self._done = 0

    def __call__(self, name: Name, task: TrainingTask) -> Answer:
        self._progress(self._done, self._total, "measuring")
        answer = measure(name, task, self._threads, self._folder)
        self._done += 1
        self._progress(self._done, self._total, "measuring")
        return answer


def _facts(task: TrainingTask, threads: int, load: tuple[float, float, float] | None) -> dict[str, Any]:
    """What was measured, and how busy the machine was before."""
    s = task.shape
    return {
        "architecture": s.architecture, "F": s.F, "Q": s.Q, "R": s.R, "inputs": s.inputs,
        "frames": task.x.shape[1], "classifiers": len(task.losses), "training_clips": len(task.x),
        "test_clips": len(task.test_x), "epochs": task.settings.epochs,
        "batch_size": task.settings.batch_size, "dropout": task.settings.dropout, "seed": task.seed,
        "threads": threads, "load_before": None if load is None else round(load[0], 2),
    }  # fmt: skip


def _figures(task: TrainingTask, turns: dict[str, list[Answer]]) -> dict[str, Any]:
    ours, plain, ground = turns["ours"], turns["plain"], turns["floor"]
    whole = [p.seconds / o.seconds for o, p in zip(ours, plain, strict=True)]
    steady = [p.epoch_seconds / o.epoch_seconds for o, p in zip(ours, plain, strict=True)]
    lowest = float(np.median([g.epoch_seconds for g in ground]))
    middle = {kind: float(np.median([a.epoch_seconds for a in turns[kind]])) for kind in ("ours", "plain")}
    return {
        "repeats": len(ours),
        "ratio": float(np.median(whole)),
        "ratio_range": [min(whole), max(whole)],
        "ratio_excluding_compile": float(np.median(steady)),
        "ratio_excluding_compile_range": [min(steady), max(steady)],
        "accuracy": {"ours": ours[0].accuracy(task), "plain": plain[0].accuracy(task)},
        "seconds": {"ours": _spread(ours), "plain": _spread(plain)},
        "processor_seconds": {k: float(np.median([a.processor for a in turns[k]])) for k in middle},
        "seconds_per_classifier_epoch": middle,
        "floor": {
            "seconds_per_classifier_epoch": lowest,
            "times": middle["ours"] / lowest,
            "operations_per_second": float(np.median([g.operations for g in ground])),
        },
        "peak_mb": {"ours": _peak(ours), "plain": _peak(plain)},
    }


def _equality(task: TrainingTask, ours: Answer, plain: Answer) -> dict[str, Any]:
    apart = np.abs(np.array(ours.probabilities) - np.array(plain.probabilities))
    return {
        "dropout": task.settings.dropout,
        "largest_difference": float(apart.max()),
        "accuracy": {"ours": ours.accuracy(task), "plain": plain.accuracy(task)},
    }


def _spread(answers: Sequence[Answer]) -> dict[str, float]:
    each = [a.seconds for a in answers]
    return {"median": float(np.median(each)), "lowest": min(each), "highest": max(each)}


def _peak(answers: Sequence[Answer]) -> float | None:
    known = [a.peak_mb for a in answers if a.peak_mb is not None]
    return max(known) if known else None


def _row(size: int, answers: Sequence[Answer], classifiers: int) -> dict[str, Any]:
    return {
        "size": size,
        "whole": float(np.median([a.seconds for a in answers])),
        "processor": float(np.median([a.processor for a in answers])),
        "training": float(np.median([a.training for a in answers])),
        "epoch": classifiers * float(np.median([a.epoch_seconds for a in answers])),
        "peak_mb": _peak(answers),
    }


def _exponent(rows: Sequence[dict[str, Any]], key: str) -> float | None:
    """Least-squares slope on log scales; None with a single size."""
    if len(rows) < 2:
        return None
    size, seconds = (np.log([row[name] for row in rows]) for name in ("size", key))
    return float(np.polyfit(size, seconds, 1)[0])
