"""The fits of one training run, one per fold: in this process, or shared out among children of it."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass
from typing import Any

import numpy as np

from fer_core.base.errors import TrainingError
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.landmarks.track import FloatArray
from fer_core.study.conditions import Condition
from fer_core.training.engine.local import LocalWorkers, cores, tell
from fer_core.training.landmarks.fit import Fitted, fit_recogniser
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
    """A fitted recogniser, and the log odds (n_test, E) it reads from the test clips (`Recogniser.read`)."""

    task: FitTask
    fitted: Fitted
    log_odds: FloatArray


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
    landmarks: LandmarkSet, condition: Condition, tasks: Sequence[FitTask], on_note: OnNote, workers: int | None = None
) -> Iterator[FitOutcome]:
    """Carry out the tasks; outcomes come as they are ready and do not depend on ``workers``.

    ``on_note`` is called in this process and thread; if it raises (`Cancelled`), all fits stop.
    Raises `TrainingError` where a process dies.
    """
    workers = min(workers or cores(), len(tasks))
    if workers <= 1:
        for task in tasks:
            yield fit_task(landmarks, condition, task, on_note)
        return
    notes: queue.SimpleQueue[EpochNote] = queue.SimpleQueue()
    pool = LocalWorkers(workers, notes.put)
    try:
        futures = [pool.submit(fit_task, landmarks, condition, task, tell) for task in tasks]
        yield from _collect(futures, notes, on_note)
    finally:
        pool.stop()


def fit_task(landmarks: LandmarkSet, condition: Condition, task: FitTask, on_note: OnNote | None = None) -> FitOutcome:
    """Fit on the task's training clips alone, then read its test clips."""

    def on_epoch(member: int, epoch: int, train_loss: Any, validation_loss: Any) -> None:
        if on_note is not None:
            on_note(EpochNote(task.fold, member, epoch, train_loss, validation_loss))

    fitted = fit_recogniser(landmarks.take(task.train), condition, task.seed, on_epoch)
    if len(task.test):
        log_odds = fitted.recogniser.read(landmarks.take(task.test))
    else:
        log_odds = np.zeros((0, len(condition.emotions)), dtype=np.float32)
    return FitOutcome(task, fitted, log_odds)


def _collect(
    pending: list[Future[FitOutcome]], notes: queue.SimpleQueue[EpochNote], on_note: OnNote
) -> Iterator[FitOutcome]:
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
    except BrokenExecutor as error:
        raise TrainingError(str(error), fix="if memory is short, train with --workers 1") from error
