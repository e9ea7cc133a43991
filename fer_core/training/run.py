"""One training run from corpus to result: folds, metrics, a bundle fitted on every clip."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from fer_core import __version__
from fer_core.base.errors import PathError, SettingError
from fer_core.base.progress import Progress, silent
from fer_core.base.text import clean_name
from fer_core.base.unknown_people import KFOLD
from fer_core.datasets.base import Corpus
from fer_core.files import json_files
from fer_core.files.csv_files import write_csv
from fer_core.landmarks.extract import extract
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.landmarks.track import FloatArray
from fer_core.models.bundle import Bundle, save_bundle
from fer_core.models.calibration import Calibration
from fer_core.models.forward import sigmoid
from fer_core.results.metrics import EVEN_ODDS, evaluate
from fer_core.study.conditions import Condition
from fer_core.training.audit import audit, check_names, enforce, evidence_by_names, evidence_of
from fer_core.training.landmarks.card import model_card
from fer_core.training.landmarks.fit import Fitted, curve
from fer_core.training.landmarks.fold_fits import EpochNote, FitTask, run_fits
from fer_core.training.landmarks.stream_quality import calibrate, read_windows, stream_quality
from fer_core.training.leaks.look_alikes import look_alikes
from fer_core.training.leaks.together import notes_of_people, together
from fer_core.training.protocols import make_splits

OnEvent = Callable[[dict[str, Any]], None]

FINAL = -1
"""Fold number of the last fit, on every clip, which becomes the bundle."""


def train(
    corpus: Corpus,
    condition: Condition,
    out: Path | None = None,
    *,
    name: str = "",
    progress: Progress = silent,
    on_event: OnEvent | None = None,
    with_bundle: bool = True,
    workers: int | None = None,
    allow: Collection[str] = (),
) -> dict[str, Any]:
    """Train and judge a condition on a corpus; returns the result as plain data.

    Each fold's recogniser sees its training side only. ``out`` receives result.json,
    predictions.csv and (``with_bundle``) bundle/, whose recogniser is fitted on every clip and
    whose quality is what the folds measured. ``workers`` processes share the fits (default: one
    per core); the result does not depend on how many. ``allow`` names leaks (`audit.RULES`) that
    are accepted; the result lists those found under "leaks".

    Raises
    ------
    LeakError
        Where the leak audit finds something that ``allow`` does not name; nothing is trained then.
    FerError
        Where the corpus, the landmarks or the protocol do not allow it; `Cancelled` on request.
    """
    check_names(allow)
    if condition.tuning == "bayesian":
        raise SettingError(
            "a single training run does not search for sizes", fix="start an experiment, or use predefined tuning"
        )
    with_bundle = with_bundle and out is not None
    chosen = corpus.only(condition.emotions)
    if out is not None:
        _make_folder(out)  # now, not after an hour of training
    enforce(audit(evidence_by_names(chosen, condition)), allow)  # nor after an hour of finding landmarks
    landmarks = together(extract(chosen, condition.extract, progress=progress), condition, chosen, allow)
    splits = make_splits(landmarks, condition)
    leaks = enforce(audit(evidence_of(landmarks, condition, splits, chosen)), allow)
    alike = look_alikes(landmarks)
    tasks = [FitTask(s.fold, s.train, s.test, condition.seed * 1000 + s.fold) for s in splits]
    if with_bundle:
        everything = np.arange(len(landmarks))
        tasks.append(FitTask(FINAL, everything, everything[:0], condition.seed))
    steps = _Steps(condition, len(tasks), progress, on_event)
    fits = {f.task.fold: f for f in run_fits(landmarks, condition, tasks, steps, workers)}
    tested = np.concatenate([s.test for s in splits])
    log_odds = np.concatenate([fits[s.fold].log_odds for s in splits])
    result = describe(landmarks.take(tested), log_odds, condition, chosen)
    result["notes"] = [*notes_of_people(landmarks)]
    result["leaks"] = [finding.to_json() for finding in leaks]
    result["look_alikes"] = alike.to_json()
    calibration = None
    if condition.augmentation.stream:
        read = [read_windows(fits[s.fold].fitted.recogniser, landmarks.take(s.test), condition, s.fold) for s in splits]
        if windows := [f for f in read if f is not None]:
            calibration = calibrate(windows)
            result["stream"] = stream_quality(windows, calibration)
    result["curves"] = [c for s in splits for c in _curves(fits[s.fold].fitted, s.fold, condition)]
    if out is not None:
        folds = np.concatenate([np.full(len(s.test), s.fold) for s in splits])
        write_predictions(out / "predictions.csv", landmarks.take(tested), log_odds, folds, condition.emotions)
        json_files.write_whole(out / "result.json", result)
        if with_bundle:
            bundle = make_bundle(
                clean_name(name) or clean_name(out.name), fits[FINAL].fitted, landmarks, condition, result, calibration
            )
            save_bundle(bundle, out / "bundle")
    return result


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PathError(
            f"the folder cannot be made ({error.strerror or error})",
            where=str(out),
            fix="name a folder you may write to",
        ) from error


class _Steps:
    """Progress over all epochs of all fits, and the events a page draws curves from."""

    def __init__(self, condition: Condition, fits: int, progress: Progress, on_event: OnEvent | None) -> None:
        self._condition, self._progress, self._on_event = condition, progress, on_event
        self._per_fit = condition.ensemble * condition.fit.epochs
        self._fits = fits
        self._done: dict[int, int] = {}

    def __call__(self, note: EpochNote) -> None:
        epochs = self._condition.fit.epochs
        self._done[note.fold] = note.member * epochs + note.epoch + 1
        done, total = sum(self._done.values()), self._fits * self._per_fit
        text = f"Training, {len(self._done)} of {self._fits} rounds begun, {done} of {total} epochs in all"
        self._progress(done, total, text)
        if self._on_event is not None:
            for k, emotion in enumerate(self._condition.emotions):
                if np.isfinite(note.train_loss[k]):  # NaN: this classifier has stopped
                    self._on_event(_event(note, emotion, k))


def _event(note: EpochNote, emotion: str, k: int) -> dict[str, Any]:
    held = note.validation_loss
    return {
        "fold": note.fold,
        "member": note.member,
        "emotion": emotion,
        "epoch": note.epoch,
        "loss": round(float(note.train_loss[k]), 6),
        "val_loss": None if held is None else round(float(held[k]), 6),
    }


def _curves(fitted: Fitted, fold: int, condition: Condition) -> list[dict[str, Any]]:
    """Loss curves of the first member, one entry per emotion."""
    fit = fitted.fits[0]
    return [
        {
            "fold": fold,
            "emotion": emotion,
            "loss": fitted.losses[emotion].name,
            "train": curve(fit.train_loss, k),
            "val": curve(fit.validation_loss, k),
        }
        for k, emotion in enumerate(condition.emotions)
    ]


def describe(landmarks: LandmarkSet, log_odds: FloatArray, condition: Condition, corpus: Corpus) -> dict[str, Any]:
    """The result of a run: metrics, protocol, seed, condition, corpus and imbalance."""
    counts = {e: int((landmarks.emotion == e).sum()) for e in condition.emotions}
    table = condition.loss_plan(corpus.counts).table
    return {
        **evaluate(
            landmarks.emotion,
            log_odds,
            landmarks.subject,
            condition.emotions,
            condition.seed,
            threshold=EVEN_ODDS,
            subjects_known=landmarks.subjects_known,
        ),
        "protocol": condition.protocol,
        "folds": condition.folds if condition.protocol in KFOLD else None,
        "seed": condition.seed,
        "tested": counts,
        "imbalance": {e: {"ratio": round(r.ratio, 4), "loss": r.choice.name} for e, r in table.items()},
        "rejected": [vars(r) for r in landmarks.rejected],
        "condition": condition.to_json(),
        "corpus": {"name": corpus.name, "format": corpus.format, "synthetic": corpus.synthetic, "note": corpus.note},
        "version": __version__,
    }


def make_bundle(
    name: str,
    fitted: Fitted,
    landmarks: LandmarkSet,
    condition: Condition,
    result: dict[str, Any],
    calibration: Calibration | None = None,
) -> Bundle:
    """The bundle of a recogniser fitted on every clip, judged by the folds."""
    metrics = {k: v for k, v in result.items() if k not in ("curves", "condition", "imbalance", "rejected")}
    training = {
        "corpus": result["corpus"],
        "clips": len(landmarks),
        "subjects": sorted(set(landmarks.subject.tolist())) if landmarks.subjects_known else None,
        "subjects_known": landmarks.subjects_known,
        **({} if landmarks.subjects_known else {"seen_clips": sorted(landmarks.clip.tolist())}),
        "counts": {e: int((landmarks.emotion == e).sum()) for e in condition.emotions},
        "losses": {e: vars(c) for e, c in fitted.losses.items()},
        "condition": condition.to_json(),
        "version": __version__,
    }
    bundle = Bundle(
        name,
        fitted.recogniser,
        condition.extract.frames,
        condition.extract.rule,
        metrics,
        training,
        streams=condition.augmentation.stream > 0,
        calibration=calibration,
    )
    return replace(bundle, card=model_card(bundle))


def write_predictions(
    file: Path, landmarks: LandmarkSet, log_odds: FloatArray, fold: Any, emotions: tuple[str, ...]
) -> None:
    """One row per tested clip: who, what it is labelled, what it was classified as, all probabilities.

    Probabilities have six decimals: log odds beyond 13 either way cannot be told apart in them. What a clip
    was classified as was decided before rounding.
    """
    names = ["clip", "subject", "fold", "emotion", "classified", *(f"p_{e}" for e in emotions)]
    lines: list[list[Any]] = [names]
    for i, row in enumerate(log_odds):
        said = emotions[int(row.argmax())]
        who = [landmarks.clip[i], landmarks.subject[i], int(fold[i]), landmarks.emotion[i], said]
        lines.append([*who, *(f"{v:.6f}" for v in sigmoid(row))])
    write_csv(file, lines)
