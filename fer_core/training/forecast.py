"""What a design will cost and what it can show, before it starts."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from fer_core.losses.imbalance import LossChoice
from fer_core.models.weights import Architecture, NetworkShape
from fer_core.stats.power import smallest_effect
from fer_core.study.conditions import ClassifierSettings, Condition, FitSettings
from fer_core.study.design import Design
from fer_core.training.engine.local import cores
from fer_core.training.landmarks.stacked import fit_stacked

ASK_SECONDS = 0.4
"""For choosing a trial's setting and making its data ready, beside fitting it."""
START_SECONDS = 6.0
"""For starting workers and reading landmarks."""


@dataclass(frozen=True)
class Forecast:
    """Cost and reach of a design.

    Attributes
    ----------
    cells, trials, fits : int
        Cells of the design, search trials, and single classifiers fitted in all.
    seconds : float
        Expected with ``workers`` workers as fast as this machine's cores; early stopping may end
        it sooner.
    pairs : int
        Matched pairs of a comparison of two levels: emotions x combinations of the other factors x
        seeds. Folds are not counted, they share one test of every clip. 0 where the design holds
        only one level of every factor.
    smallest_effect : float
        Smallest d_z these pairs show at 80% power (alpha 0.05, two-sided); infinite without pairs.
    """

    cells: int
    trials: int
    fits: int
    seconds: float
    workers: int
    pairs: int
    smallest_effect: float


def forecast(design: Design, clips: int, workers: int | None = None) -> Forecast:
    """Cost and reach of a design on a corpus of so many clips, by a calibration of about a second."""
    at_once = workers or cores()
    work = sum(_seconds(design, f.tuning == "bayesian", f.architecture, clips) for f in design.factors)
    pairs = matched_pairs(design)
    return Forecast(
        design.n_cells,
        design.n_trials,
        design.n_fits,
        START_SECONDS + work * len(design.seeds) * design.folds / at_once,
        at_once,
        pairs,
        smallest_effect(pairs) if pairs > 1 else math.inf,
    )


def matched_pairs(design: Design) -> int:
    """Pairs of the factor with most: conditions that differ in that factor alone, x emotions x seeds."""
    best = 0
    for position in range(3):
        others = [f[:position] + f[position + 1 :] for f in design.factors]
        best = max(best, sum(others.count(o) == 2 for o in set(others)))
    return best * len(design.base.emotions) * len(design.seeds)


def _seconds(design: Design, searched: bool, architecture: Architecture, clips: int) -> float:
    """One cell on one core."""
    base = design.base
    share = 1 - (1 / base.parts if base.parts > 1 else base.test_share)
    training = clips * share
    emotions = len(base.emotions)
    seconds = emotions * base.ensemble * fit_seconds(base, architecture, training)
    if searched:
        s = base.search
        inner = training * (1 - 1 / s.inner_folds)
        middle = ClassifierSettings(*(sum(r) // 2 for r in (s.F, s.Q, s.R)))
        trial = s.inner_folds * fit_seconds(base, architecture, inner, middle) + ASK_SECONDS
        seconds += emotions * s.evaluations * trial
    return seconds


def fit_seconds(
    base: Condition, architecture: Architecture, clips: float, settings: ClassifierSettings | None = None
) -> float:
    """Seconds of one classifier's fit on so many clips on one core, without early stopping.

    ``settings``: default the condition's own.
    """
    a, s = base.augmentation, settings or base.predefined
    copies = (1.0 + (a.mirror != "none")) * (1.0 + a.still + a.neutral)
    batches = math.ceil(clips * (1 - base.fit.validation_share) * copies / base.fit.batch_size)
    step = step_seconds(architecture, s.F, s.Q, s.R, base.features.inputs, base.extract.frames)
    return base.fit.epochs * batches * step


@lru_cache(maxsize=64)
def step_seconds(architecture: Architecture, f: int, q: int, r: int, inputs: int, frames: int) -> float:
    """Seconds of one training step of one classifier (batch 32) on one core of this machine, measured."""
    shape = NetworkShape(architecture, f, q, r, inputs)
    generator = np.random.default_rng(0)
    x = generator.standard_normal((160, frames, inputs), dtype=np.float32)
    y = (generator.random((160, 1)) < 0.2).astype(np.float32)
    marks = [time.process_time()]
    fit_stacked(
        x,
        y,
        [LossChoice("bce")],
        shape,
        FitSettings(epochs=6),
        0,
        on_epoch=lambda *_: marks.append(time.process_time()),
    )
    return float(np.median(np.diff(marks[1:]))) / 5
