"""Bayesian search for one classifier's settings, as pure functions on plain data.

A search is the list of its trials. What is tried next follows from the trials before it and the
seed alone, so a stopped search goes on by telling them again, on any machine, and ends where an
undisturbed one would have ended. Trials are read on inner folds of the outer training side; the
outer test side is never given to anything in this module.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import TrainingError
from fer_core.landmarks.augment import flipped_set
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.landmarks.track import FloatArray
from fer_core.losses.imbalance import LossChoice
from fer_core.models.forward import logits
from fer_core.store.records import TrialRecord
from fer_core.study.conditions import ClassifierSettings, Condition
from fer_core.training.landmarks.fit import Prepared, choose_losses, fit_classifiers, prepare
from fer_core.training.landmarks.gradients import LossTerms, point_loss
from fer_core.training.protocols import Index, inner_folds

SIZES = ("F", "Q", "R")
DROPOUT, LEARNING_RATE = (0.15, 0.25), (3e-4, 3e-3)
"""Ranges searched when `SearchSettings.rates` is on; the learning rate on a log scale."""


@dataclass(frozen=True)
class InnerFold:
    """One inner fold made ready: the fitting side, and the held clips' features, plain and mirrored."""

    prepared: Prepared
    held: tuple[FloatArray, ...]
    emotion: npt.NDArray[np.str_]


@dataclass(frozen=True)
class Evaluation:
    """How good a setting is: over all held clips, and fold by fold; smaller is better."""

    value: float
    folds: list[float]


# --- what to try next -----------------------------------------------------------------------------


def next_settings(
    condition: Condition, emotion: str, fold: int, history: Sequence[TrialRecord], number: int
) -> ClassifierSettings:
    """The setting that trial ``number`` (from 0) of a search evaluates.

    Trial 0 is the predefined setting, so that a search can be compared with not searching. The
    trials up to ``search.spread`` are a Latin hypercube over the space (McKay et al., 1979). After
    them a Gaussian process chooses by expected improvement (Jones et al., 1998) from all trials
    before the current batch; within a batch the lowest value so far stands in for what is not yet
    known (constant liar, Ginsbourger et al., 2010). A failed trial counts as the worst.

    Raises
    ------
    TrainingError
        Where trials that this one depends on are missing from ``history``.
    """
    s = condition.search
    if number == 0:
        return condition.predefined
    seeds = [condition.seed, fold, condition.emotions.index(emotion)]
    if number < s.spread:
        design = _hypercube(condition, s.spread - 1, seeds)
        return _settings(condition, design[number - 1])
    start = s.spread + (number - s.spread) // s.batch * s.batch
    known = sorted((t for t in history if t.number < start), key=lambda t: t.number)
    if [t.number for t in known] != list(range(start)):
        raise TrainingError(
            f"trial {number} needs the {start} trials before it, {len(known)} are there",
            where=emotion,
            fix="resume the experiment",
        )
    return _settings(condition, _ask(condition, known, [*seeds, start], s.batch)[number - start])


def ready(condition: Condition, done: Sequence[int]) -> list[int]:
    """Trials that can be evaluated now, given the numbers of those that are done."""
    s, finished = condition.search, set(done)
    if len(finished) < s.spread:
        batch = range(s.spread)
    else:
        start = s.spread + (len(finished) - s.spread) // s.batch * s.batch
        batch = range(start, min(start + s.batch, s.evaluations))
    return [n for n in batch if n not in finished]


def best(condition: Condition, trials: Sequence[TrialRecord]) -> ClassifierSettings:
    """The setting with the lowest value; the predefined one where every trial failed."""
    fine = [t for t in trials if t.value is not None]
    if not fine:
        return condition.predefined
    chosen = min(fine, key=lambda t: (t.value, t.number))
    return read_settings(chosen.settings)


def read_settings(plain: Any) -> ClassifierSettings:
    """Settings from a trial's record."""
    rates = float(plain["dropout"]), float(plain["learning_rate"])
    return ClassifierSettings(int(plain["F"]), int(plain["Q"]), int(plain["R"]), *rates)


def _ask(condition: Condition, known: Sequence[TrialRecord], seeds: list[int], n: int) -> list[list[Any]]:
    from skopt import Optimizer

    dimensions = _space(condition)
    state = int(np.random.SeedSequence(seeds).generate_state(1)[0] % 2**31)
    optimizer = Optimizer(dimensions, base_estimator="GP", acq_func="EI", n_initial_points=1, random_state=state)
    finite = [t.value for t in known if t.value is not None]
    worst = max(finite) if finite else 0.0
    points = [_point(condition, t) for t in known]
    inside = [(p, t.value) for p, t in zip(points, known, strict=True) if p in optimizer.space]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "evaluated before" and the process's own convergence notes
        if inside:
            optimizer.tell([p for p, _ in inside], [worst if v is None else v for _, v in inside])
        return [optimizer.ask()] if n == 1 else list(optimizer.ask(n, strategy="cl_min"))


def _space(condition: Condition) -> list[Any]:
    from skopt.space import Integer, Real

    s = condition.search
    space: list[Any] = [Integer(*getattr(s, name), name=name) for name in SIZES]
    if s.rates:
        space += [Real(*DROPOUT, name="dropout"), Real(*LEARNING_RATE, prior="log-uniform", name="learning_rate")]
    return space


def _point(condition: Condition, trial: TrialRecord) -> list[Any]:
    point: list[Any] = [int(trial.settings[name]) for name in SIZES]
    rates = [float(trial.settings["dropout"]), float(trial.settings["learning_rate"])]
    return point + (rates if condition.search.rates else [])


def _hypercube(condition: Condition, n: int, seeds: list[int]) -> list[list[Any]]:
    """n points of the space, each dimension's range evenly covered."""
    s = condition.search
    d = len(SIZES) + 2 * s.rates
    generator = np.random.default_rng([*seeds, 5])
    strata = generator.permuted(np.tile(np.arange(n), (d, 1)), axis=1).T
    unit = (strata + generator.random((n, d))) / n
    points: list[list[Any]] = []
    for u in unit:
        ranges = [getattr(s, name) for name in SIZES]
        point: list[Any] = [
            int(low + math.floor(v * (high - low + 1))) for v, (low, high) in zip(u, ranges, strict=False)
        ]
        if s.rates:
            point.append(float(DROPOUT[0] + u[-2] * (DROPOUT[1] - DROPOUT[0])))
            point.append(float(LEARNING_RATE[0] * (LEARNING_RATE[1] / LEARNING_RATE[0]) ** u[-1]))
        points.append(point)
    return points


def _settings(condition: Condition, point: Sequence[Any]) -> ClassifierSettings:
    f, q, r = (int(v) for v in point[:3])
    p = condition.predefined
    rates = (float(point[3]), float(point[4])) if condition.search.rates else (p.dropout, p.learning_rate)
    return ClassifierSettings(f, q, r, *rates)


# --- how good it is -------------------------------------------------------------------------------


def prepare_inner(landmarks: LandmarkSet, train: Index, condition: Condition, fold: int) -> list[InnerFold]:
    """The inner folds of an outer training side, with features fitted on each fitting side alone."""
    folds = []
    for split in inner_folds(landmarks, train, condition, fold):
        prepared = prepare(landmarks.take(split.train), condition, _inner_seed(condition, fold, split.fold))
        held = landmarks.take(split.test)
        views = [held, flipped_set(held)] if condition.augmentation.mirror == "true" else [held]
        folds.append(InnerFold(prepared, tuple(prepared.features.transform(v) for v in views), held.emotion))
    return folds


def evaluate(
    inner: Sequence[InnerFold], condition: Condition, emotion: str, settings: ClassifierSettings, fold: int
) -> Evaluation:
    """Train one emotion's classifier with these settings on every inner fold and read the held clips."""
    said, true, losses = [], [], []
    for k, part in enumerate(inner):
        choice = choose_losses(part.prepared.fitting, condition)[emotion]
        seed = _inner_seed(condition, fold, k) * 100
        fit = fit_classifiers(part.prepared, condition, {emotion: choice}, seed, {emotion: settings})
        views = [logits(fit.weights, x, condition.architecture)[:, 0] for x in part.held]
        said.append(np.mean(views, axis=0))
        true.append((part.emotion == emotion).astype(np.float32))
        losses.append(choice)
    each = [_objective(condition, [z], [y], [c]) for z, y, c in zip(said, true, losses, strict=True)]
    value = _objective(condition, said, true, losses)
    if not math.isfinite(value):
        raise TrainingError("the objective is no number", where=emotion, fix="the trial is left out")
    return Evaluation(value, each)


def _objective(
    condition: Condition,
    said: Sequence[FloatArray],
    true: Sequence[npt.NDArray[np.float32]],
    losses: Sequence[LossChoice],
) -> float:
    """Over the clips of several folds: mean loss, or 1 minus the average precision."""
    if condition.search.objective == "average_precision":
        from sklearn.metrics import average_precision_score

        y = np.concatenate(true)
        return 1.0 - float(average_precision_score(y, np.concatenate(said))) if y.any() else 1.0
    each = [point_loss(z[:, None], y[:, None], LossTerms.of([c])) for z, y, c in zip(said, true, losses, strict=True)]
    return float(np.concatenate(each).mean(dtype=np.float64))


def _inner_seed(condition: Condition, fold: int, inner: int) -> int:
    return ((condition.seed * 1000 + fold) + 1) * 1000 + inner
