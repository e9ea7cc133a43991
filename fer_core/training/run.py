"""One training run from corpus to result: folds, metrics, a bundle fitted on every clip."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from fer_core import __version__
from fer_core.datasets.base import Corpus
from fer_core.imbalance import imbalance_table
from fer_core.landmarks.extract import extract
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.landmarks.track import FloatArray
from fer_core.models.bundle import Bundle, save_bundle
from fer_core.progress import Progress, silent
from fer_core.results.metrics import evaluate
from fer_core.training.card import model_card
from fer_core.training.conditions import Condition
from fer_core.training.fit import Fitted, fit_recogniser
from fer_core.training.protocols import Split, make_splits

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
) -> dict[str, Any]:
    """Train and judge a condition on a corpus; returns the result as plain data.

    Each fold's recogniser sees its training side only. ``out`` receives result.json,
    predictions.csv and (``with_bundle``) bundle/, whose recogniser is fitted on every clip and
    whose quality is what the folds measured.

    Raises
    ------
    FerError
        Where the corpus, the landmarks or the protocol do not allow it; `Cancelled` on request.
    """
    chosen = corpus.only(condition.emotions)
    landmarks = extract(chosen, condition.extract, progress=progress)
    splits = make_splits(landmarks, condition)
    steps = _Steps(condition, len(splits) + with_bundle, progress, on_event)
    probabilities, fold_of, curves = _cross_validate(landmarks, condition, splits, steps)
    tested = np.concatenate([s.test for s in splits])
    result = describe(landmarks.take(tested), probabilities[tested], condition, chosen)
    result["curves"] = curves
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        write_predictions(
            out / "predictions.csv",
            landmarks.take(tested),
            probabilities[tested],
            fold_of[tested],
            condition.emotions,
        )
        (out / "result.json").write_text(json.dumps(result, indent=1), encoding="utf-8")
        if with_bundle:
            fitted = fit_recogniser(landmarks, condition, condition.seed, steps.watch(FINAL))
            save_bundle(make_bundle(name or out.name, fitted, landmarks, condition, result), out / "bundle")
    return result


def _cross_validate(
    landmarks: LandmarkSet, condition: Condition, splits: list[Split], steps: _Steps
) -> tuple[FloatArray, Any, list[dict[str, Any]]]:
    probabilities = np.zeros((len(landmarks), len(condition.emotions)), dtype=np.float32)
    fold_of = np.full(len(landmarks), FINAL)
    curves: list[dict[str, Any]] = []
    for split in splits:
        seed = condition.seed * 1000 + split.fold
        fitted = fit_recogniser(landmarks.take(split.train), condition, seed, steps.watch(split.fold))
        probabilities[split.test] = fitted.recogniser.probabilities(landmarks.take(split.test))
        fold_of[split.test] = split.fold
        curves += _curves(fitted, split.fold, condition)
    return probabilities, fold_of, curves


class _Steps:
    """Progress over all epochs of all fits, and the events a page draws curves from."""

    def __init__(self, condition: Condition, fits: int, progress: Progress, on_event: OnEvent | None) -> None:
        self._condition, self._progress, self._on_event = condition, progress, on_event
        self._per_fit = condition.ensemble * condition.fit.epochs
        self._total = fits * self._per_fit
        self._fits_done = -1
        self._fold: int | None = None

    def watch(self, fold: int) -> Callable[[int, int, Any, Any], None]:
        """What `fit_recogniser` calls after each epoch of a fold."""
        self._fits_done += 1
        begun = self._fits_done * self._per_fit
        text = "Fitting on every clip" if fold == FINAL else f"Training fold {fold + 1}"

        def on_epoch(member: int, epoch: int, train_loss: Any, validation_loss: Any) -> None:
            done = begun + member * self._condition.fit.epochs + epoch + 1
            self._progress(done, self._total, text)
            if self._on_event is not None:
                for k, emotion in enumerate(self._condition.emotions):
                    self._on_event(_event(fold, member, epoch, emotion, train_loss, validation_loss, k))

        return on_epoch


def _event(fold: int, member: int, epoch: int, emotion: str, train: Any, held: Any, k: int) -> dict[str, Any]:
    return {
        "fold": fold,
        "member": member,
        "emotion": emotion,
        "epoch": epoch,
        "loss": round(float(train[k]), 6),
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
            "train": [round(float(v[k]), 5) for v in fit.train_loss],
            "val": [round(float(v[k]), 5) for v in fit.validation_loss],
        }
        for k, emotion in enumerate(condition.emotions)
    ]


def describe(
    landmarks: LandmarkSet, probabilities: FloatArray, condition: Condition, corpus: Corpus
) -> dict[str, Any]:
    """The result of a run: metrics, protocol, seed, condition, corpus and imbalance."""
    counts = {e: int((landmarks.emotion == e).sum()) for e in condition.emotions}
    table = imbalance_table(
        {e: n for e, n in corpus.counts.items() if e in condition.emotions}, condition.policy
    )
    kfold = condition.protocol == "subject-kfold"
    return {
        **evaluate(landmarks.emotion, probabilities, landmarks.subject, condition.emotions, condition.seed),
        "protocol": condition.protocol,
        "folds": condition.folds if kfold else None,
        "seed": condition.seed,
        "tested": counts,
        "imbalance": {e: {"ratio": round(r.ratio, 4), "loss": r.choice.name} for e, r in table.items()},
        "rejected": [vars(r) for r in landmarks.rejected],
        "condition": condition.to_json(),
        "corpus": {
            "name": corpus.name,
            "format": corpus.format,
            "synthetic": corpus.synthetic,
            "note": corpus.note,
        },
        "version": __version__,
    }


def make_bundle(
    name: str, fitted: Fitted, landmarks: LandmarkSet, condition: Condition, result: dict[str, Any]
) -> Bundle:
    """The bundle of a recogniser fitted on every clip, judged by the folds."""
    metrics = {k: v for k, v in result.items() if k not in ("curves", "condition", "imbalance", "rejected")}
    training = {
        "corpus": result["corpus"],
        "clips": len(landmarks),
        "subjects": sorted(set(landmarks.subject.tolist())),
        "counts": {e: int((landmarks.emotion == e).sum()) for e in condition.emotions},
        "losses": {e: vars(c) for e, c in fitted.losses.items()},
        "condition": condition.to_json(),
        "version": __version__,
    }
    bundle = Bundle(
        name, fitted.recogniser, condition.extract.frames, condition.extract.rule, metrics, training
    )
    return replace(bundle, card=model_card(bundle))


def write_predictions(
    file: Path, landmarks: LandmarkSet, probabilities: FloatArray, fold: Any, emotions: tuple[str, ...]
) -> None:
    """One row per tested clip: who, what it is labelled, what it was classified as, all probabilities."""
    with file.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(["clip", "subject", "fold", "emotion", "classified", *[f"p_{e}" for e in emotions]])
        for i, row in enumerate(probabilities):
            said = emotions[int(row.argmax())]
            values = [f"{v:.6f}" for v in row]
            writer.writerow(
                [landmarks.clip[i], landmarks.subject[i], int(fold[i]), landmarks.emotion[i], said, *values]
            )
