"""Where fits run: this process, or as many spawned ones as there are cores."""

from __future__ import annotations

import multiprocessing
import os
import queue
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.synchronize import Event as StopEvent
from typing import Any

import numpy as np

from fer_core.errors import Cancelled, ProtocolError
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.landmarks.track import FloatArray
from fer_core.training.conditions import Condition
from fer_core.training.fit import Fitted, fit_recogniser
from fer_core.training.protocols import Index


@dataclass(frozen=True)
class FitTask:
    """One fit: positions of its training and test clips, and its seed. ``test`` may be empty."""

    fold: int
    train: Index
    test: Index
    seed: int


@dataclass(frozen=True)
class FitOutcome:
    """A fitted recogniser, and its probabilities (n_test, E) for the test clips."""

    task: FitTask
    fitted: Fitted
    probabilities: FloatArray


@dataclass(frozen=True)
class EpochNote:
    """One finished epoch of one fit: losses (E,) on the training and, if any, validation clips."""

    fold: int
    member: int
    epoch: int
    train_loss: Any
    validation_loss: Any


OnNote = Callable[[EpochNote], None]


def run_fits(
    landmarks: LandmarkSet,
    condition: Condition,
    tasks: Sequence[FitTask],
    on_note: OnNote,
    workers: int | None = None,
) -> Iterator[FitOutcome]:
    """Carry out the tasks; outcomes come as they are ready and do not depend on ``workers``.

    ``on_note`` is called in this process; if it raises (`Cancelled`), all fits stop.
    """
    workers = min(workers or os.cpu_count() or 1, len(tasks))
    if workers <= 1:
        for task in tasks:
            yield fit_task(landmarks, condition, task, on_note)
        return
    spawn = multiprocessing.get_context("spawn")  # a forked TensorFlow hangs
    notes, stop = spawn.Queue(), spawn.Event()
    pool = ProcessPoolExecutor(
        workers, mp_context=spawn, initializer=_start_worker, initargs=(landmarks, condition, notes, stop)
    )
    try:
        yield from _collect(pool, tasks, notes, on_note)
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


def fit_task(
    landmarks: LandmarkSet, condition: Condition, task: FitTask, on_note: OnNote | None = None
) -> FitOutcome:
    """Fit on the task's training clips alone, then read its test clips."""

    def on_epoch(member: int, epoch: int, train_loss: Any, validation_loss: Any) -> None:
        if on_note is not None:
            on_note(EpochNote(task.fold, member, epoch, train_loss, validation_loss))

    fitted = fit_recogniser(landmarks.take(task.train), condition, task.seed, on_epoch)
    if len(task.test):
        probabilities = fitted.recogniser.probabilities(landmarks.take(task.test))
    else:
        probabilities = np.zeros((0, len(condition.emotions)), dtype=np.float32)
    return FitOutcome(task, fitted, probabilities)


def _collect(pool: Executor, tasks: Sequence[FitTask], notes: Any, on_note: OnNote) -> Iterator[FitOutcome]:
    pending: list[Future[FitOutcome]] = [pool.submit(_work, task) for task in tasks]
    while pending:
        try:
            on_note(notes.get(timeout=0.2))
            continue
        except queue.Empty:
            pass
        for future in [f for f in pending if f.done()]:
            pending.remove(future)
            yield _result(future)
    while not notes.empty():
        on_note(notes.get())


def _result(future: Future[FitOutcome]) -> FitOutcome:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise ProtocolError(
            "a training process ended without a word", fix="if memory is short, train with --workers 1"
        ) from error


_WORKER: dict[str, Any] = {}


def _start_worker(landmarks: LandmarkSet, condition: Condition, notes: Any, stop: StopEvent) -> None:
    """Receive the data once per process; one thread each, because the cores are shared out already."""
    os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = "1"
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    _WORKER.update(landmarks=landmarks, condition=condition, notes=notes, stop=stop)


def _work(task: FitTask) -> FitOutcome:
    def note(epoch: EpochNote) -> None:
        if _WORKER["stop"].is_set():
            raise Cancelled()
        _WORKER["notes"].put(epoch)

    return fit_task(_WORKER["landmarks"], _WORKER["condition"], task, note)
