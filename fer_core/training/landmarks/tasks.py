"""The work of an experiment, cut into tasks that any process or machine can carry out.

A task gets where the landmarks lie, not the landmarks; it is the same work however often and
wherever it is done; it returns plain records and writes nothing. What went wrong inside a fit comes
back as a failed record; only what makes every task fail (landmarks that cannot be read) is raised.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from fer_core.base.errors import FerError
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.models.forward import sigmoid
from fer_core.store.records import CellKey, CellRecord, Prediction, TrialRecord
from fer_core.study.conditions import Condition, FitSettings, SearchSettings
from fer_core.training.engine.shared_data import DataRef, load
from fer_core.training.landmarks.fit import Fitted, Sizes, curve, fit_recogniser, imbalance_ratios
from fer_core.training.landmarks.search import InnerFold, evaluate, next_settings, prepare_inner
from fer_core.training.protocols import Index, Split

KEPT = 32
"""Prepared training sides a worker keeps: all trials of a search use the same ones."""


@dataclass(frozen=True)
class CellTask:
    """Fit a condition on one outer training side and read the test side."""

    data: DataRef
    condition: Condition
    split: Split
    sizes: Sizes | None

    @property
    def key(self) -> CellKey:
        """Names the cell within its experiment."""
        return CellKey(self.condition.slug, self.condition.seed, self.split.fold)

    @property
    def cost(self) -> int:
        """Single classifiers it fits."""
        return len(self.condition.emotions) * self.condition.ensemble

    @property
    def words(self) -> str:
        """What it is, for people."""
        c = self.condition
        return f"{c.slug}, seed {c.seed}, fold {self.split.fold + 1}: fit and test"

    def carry_out(self) -> tuple[CellRecord, list[Prediction]]:
        """`run_cell`."""
        return run_cell(self)

    def failed(self, why: str) -> tuple[CellRecord, list[Prediction]]:
        """The record of a cell that gave nothing."""
        return failed_cell(self, why), []


@dataclass(frozen=True)
class TrialTask:
    """Evaluate the next setting of a search. It holds no test position: a search cannot look there."""

    data: DataRef
    condition: Condition
    fold: int
    train: Index
    emotion: str
    number: int
    history: Sequence[TrialRecord]

    @property
    def cost(self) -> int:
        """Single classifiers it fits."""
        return self.condition.search.inner_folds

    @property
    def words(self) -> str:
        """What it is, for people."""
        c = self.condition
        return f"{c.slug}, seed {c.seed}, fold {self.fold + 1}: trial {self.number + 1} for {self.emotion}"

    def carry_out(self) -> TrialRecord:
        """`run_trial`."""
        return run_trial(self)

    def failed(self, why: str) -> TrialRecord:
        """The record of a trial that gave nothing."""
        return failed_trial(self, why)


def fit_seed(condition: Condition, fold: int) -> int:
    """Seed of a cell's fit: the same for all conditions of a seed and fold."""
    return condition.seed * 1000 + fold


def run_cell(task: CellTask) -> tuple[CellRecord, list[Prediction]]:
    """Carry out a `CellTask`."""
    landmarks = load(task.data)
    training, test = landmarks.take(task.split.train), landmarks.take(task.split.test)
    begun = time.perf_counter()
    try:
        seed = fit_seed(task.condition, task.split.fold)
        fitted = fit_recogniser(training, task.condition, seed, sizes=task.sizes)
        predictions = _read(fitted, test)
    except Exception as error:  # one fit's fault must not end the others
        failed = failed_cell(task, _sentence(error))
        return replace(failed, seconds=time.perf_counter() - begun), []
    classifiers = _classifiers(fitted, training, task.condition, task.sizes)
    seconds = time.perf_counter() - begun
    record = CellRecord(*task.key, "done", len(training), len(test), seconds, classifiers)
    return record, predictions


def run_trial(task: TrialTask) -> TrialRecord:
    """Carry out a `TrialTask`."""
    load(task.data)
    c, begun = task.condition, time.perf_counter()
    record = failed_trial(task, "")
    try:
        settings = next_settings(c, task.emotion, task.fold, task.history, task.number)
        record = replace(record, settings=asdict(settings))
        found = evaluate(_inner(task), c, task.emotion, settings, task.fold)
    except Exception as error:  # one trial's fault must not end the search
        return replace(record, seconds=time.perf_counter() - begun, error=_sentence(error))
    seconds = time.perf_counter() - begun
    return replace(record, state="done", value=found.value, folds=found.folds, seconds=seconds)


def failed_cell(task: CellTask, why: str) -> CellRecord:
    """The record of a cell that gave nothing."""
    return CellRecord(*task.key, "failed", len(task.split.train), len(task.split.test), 0.0, error=why)


def failed_trial(task: TrialTask, why: str) -> TrialRecord:
    """The record of a trial that gave nothing; what was asked is not known then, so the predefined."""
    c = task.condition
    return TrialRecord(
        c.slug, c.seed, task.fold, task.emotion, task.number, asdict(c.predefined), "failed", None, error=why
    )


def _read(fitted: Fitted, test: LandmarkSet) -> list[Prediction]:
    recogniser = fitted.recogniser
    log_odds = recogniser.log_odds(test)
    # In float64, as the store keeps them: in float32 all beyond log odds of 17 would be the same.
    outputs, probabilities = (sigmoid(z.astype(float)) for z in (log_odds, recogniser.implied(log_odds)))
    rows = zip(test.clip, test.subject, test.emotion, outputs, probabilities, strict=True)
    return [
        Prediction(str(clip), str(subject), str(emotion), [float(v) for v in out], [float(v) for v in read])
        for clip, subject, emotion, out, read in rows
    ]


def _classifiers(
    fitted: Fitted, training: LandmarkSet, condition: Condition, sizes: Sizes | None
) -> dict[str, dict[str, Any]]:
    """Of each emotion's classifier: loss, size, curves of its first member (see `CellRecord`)."""
    ratios, fit = imbalance_ratios(training, condition), fitted.fits[0]
    described = {}
    for k, emotion in enumerate(condition.emotions):
        settings = sizes[emotion] if sizes else condition.predefined
        loss = fitted.losses[emotion]
        described[emotion] = {
            "loss": loss.name,
            "loss_settings": {name: getattr(loss, name) for name in ("alpha", "gamma", "weight")},
            "ratio": ratios[emotion],
            "settings": asdict(settings),
            "parameters": condition.shape_of(settings).n_parameters(),
            "train": curve(fit.train_loss, k),
            "validation": curve(fit.validation_loss, k),
            "best_epoch": int(fit.best_epoch[k]),
            "epochs": int(fit.stopped_epoch[k]) + 1,
        }
    return described


def _sentence(error: Exception) -> str:
    return str(error) if isinstance(error, FerError) else f"{type(error).__name__}: {error}"


# What this process has prepared, newest last: GRU and LSTM, both losses and all emotions share it.
_PREPARED: OrderedDict[tuple[str, str, int], list[InnerFold]] = OrderedDict()


def _inner(task: TrialTask) -> list[InnerFold]:
    """The search's inner folds, made once per process and outer fold."""
    key = (task.data.key, _shared(task.condition).key, task.fold)
    if key not in _PREPARED:
        _PREPARED[key] = prepare_inner(load(task.data), task.train, task.condition, task.fold)
        while len(_PREPARED) > KEPT:
            _PREPARED.popitem(last=False)
    _PREPARED.move_to_end(key)
    return _PREPARED[key]


def _shared(condition: Condition) -> Condition:
    """The condition with all that the preparation of its data does not depend on set to one value."""
    plain = Condition()
    same = {
        name: getattr(plain, name) for name in ("architecture", "loss", "tuning", "F", "Q", "R", "ensemble", "policy")
    }
    fit = FitSettings(validation_share=condition.fit.validation_share)
    search = SearchSettings(inner_folds=condition.search.inner_folds)
    return replace(condition, fit=fit, search=search, **same)
