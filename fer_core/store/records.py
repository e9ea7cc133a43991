"""What the store holds: an experiment, its cells and trials, and what was said of every tested clip.

A *condition* is one triple of factor levels, named by its slug (``gru-bayesian-advanced``). A *cell*
is one condition, seed and outer fold: one fit of all one-vs-all classifiers, after their searches
where the tuning is Bayesian. A *trial* is one evaluation of a search, read on inner folds of the
cell's training side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

RecordState = Literal["done", "failed"]

NETWORK = "network"
"""What the one fit of an image model is called."""


class CellKey(NamedTuple):
    """Names one cell of an experiment; ``fold`` counts from 0."""

    condition: str
    seed: int
    fold: int


@dataclass(frozen=True)
class ExperimentRecord:
    """What was asked for. All dictionaries are plain JSON.

    Attributes
    ----------
    id : str
        Name of its run folder.
    name : str
        What the user calls it; may be empty.
    created : float
        Seconds since 1970.
    design : dict
        ``base`` (a condition), ``factors`` (a list of [architecture, tuning, loss]) and ``seeds``.
    corpus : dict
        name, path (as given, or "demo"), format, synthetic, note, clips, subjects (None where people are
        unknown), subjects_known, counts {emotion: n}.
    data_key : str
        Hash of the landmarks that were trained on.
    splits : dict
        {seed as text: [clip ids of the test side of each fold]}.
    provenance : dict
        fer_core version, code_key (hash of the source), git commit if known, python, platform,
        packages {name: version}, leaks (findings of the leak audit that the user accepted by name),
        look_alikes (people who look like one), notes (of landmarks: that people are unknown).
    planned : int
        Cells of the whole design.
    """

    id: str
    name: str
    created: float
    design: Mapping[str, Any]
    corpus: Mapping[str, Any]
    data_key: str
    splits: Mapping[str, list[list[str]]]
    provenance: Mapping[str, Any]
    planned: int


@dataclass(frozen=True)
class TrialRecord:
    """One evaluation of one search (a cell's emotion); ``number`` counts from 0 within the search.

    ``value`` is the objective over the held clips of all inner ``folds``, whose own values stand
    beside it; None where the trial failed, and ``error`` then says why.
    """

    condition: str
    seed: int
    fold: int
    emotion: str
    number: int
    settings: Mapping[str, float]
    state: RecordState
    value: float | None
    folds: list[float] = field(default_factory=list)
    seconds: float = 0.0
    error: str = ""

    @property
    def cell(self) -> CellKey:
        """The cell whose search it belongs to."""
        return CellKey(self.condition, self.seed, self.fold)


@dataclass(frozen=True)
class CellRecord:
    """One fit of all classifiers on one training side.

    ``fits`` says how each network was trained: {emotion: fit} of one-vs-all classifiers, {`NETWORK`: fit} of
    an image model, nothing of a failed cell. A fit holds loss (its name), loss_settings {alpha, gamma,
    weight}, ratio, settings {F, Q, R, dropout, learning_rate}, parameters (how many), train and validation
    (loss by epoch), best_epoch and epochs; an image model's what `fer_core.training.images.fit` tells.
    """

    condition: str
    seed: int
    fold: int
    state: RecordState
    n_train: int
    n_test: int
    seconds: float
    fits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    error: str = ""

    @property
    def key(self) -> CellKey:
        """Names the cell within its experiment."""
        return CellKey(self.condition, self.seed, self.fold)

    @property
    def network(self) -> Mapping[str, Any]:
        """The fit of an image model's network; empty where the cell failed."""
        return self.fits.get(NETWORK, {})


@dataclass(frozen=True)
class Prediction:
    """What a cell's classifiers said of one test clip, one number per emotion in the design's order.

    ``outputs`` are the raw sigmoid outputs (the study's reading); ``probabilities`` are the same,
    read by the loss they were trained with (`fer_core.models.posterior`); an image model has one reading, and both
    are the same. From log odds of 37 on a
    double is 1; older stores were rounded to float32, which is 1 from 17 on. Two that are 1 are a tie.
    """

    clip: str
    subject: str
    emotion: str
    outputs: list[float]
    probabilities: list[float]
