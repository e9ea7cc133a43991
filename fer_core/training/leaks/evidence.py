"""What an audit looks at: who is trained on and who is tested, and what each step was seen to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from fer_core.datasets.base import Corpus
from fer_core.datasets.copies.picture_hash import Pictures, hash_corpus
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.landmarks.track import N_LANDMARKS
from fer_core.study.conditions import Condition
from fer_core.training.landmarks.fit import Fitted
from fer_core.training.leaks.probes import FitStep, Step, changes_with_test, moved_by_test
from fer_core.training.protocols import Index, Split, inner_folds, make_splits, validation_split

StepName = Literal["features", "thresholds", "weights", "stopping", "search"]
STEPS: tuple[StepName, ...] = ("features", "thresholds", "weights", "stopping", "search")
"""Features with their scale and alignment; losses by imbalance and offsets; the networks; early
stopping with the choice of the best epoch; the search for sizes."""


@dataclass(frozen=True)
class FoldEvidence:
    """One fold: its two sides, the positions each step reads, and the steps that its test side moves.

    ``moved`` comes from probes (`fer_core.training.leaks.probes`), ``reads`` from the functions that choose
    the positions; a step in neither was not looked at.
    """

    fold: int
    train: Index
    test: Index
    reads: Mapping[StepName, Index] = field(default_factory=dict)
    moved: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Evidence:
    """What a training run is going to do.

    Attributes
    ----------
    rows : LandmarkSet
        Everything that is trained on or tested.
    folds : one for each time something is trained and tested
    origin : int (n,)
        Position of the row that each row is a copy of; its own where it is none.
    made : str (n,)
        How a copy was made ("mirrored", "varied", "repeated"); empty for originals.
    pictures : Pictures or None
        Hashes of the pictures behind the rows.
    """

    rows: LandmarkSet
    folds: tuple[FoldEvidence, ...]
    origin: Index
    made: npt.NDArray[np.str_]
    pictures: Pictures | None = None

    def with_reads(self, step: StepName, positions: Mapping[int, Index]) -> Evidence:
        """The same with the positions that a step reads, by fold number."""
        folds = [
            replace(f, reads={**f.reads, step: positions[f.fold]}) if f.fold in positions else f for f in self.folds
        ]
        return replace(self, folds=tuple(folds))


def evidence_of(
    landmarks: LandmarkSet,
    condition: Condition,
    splits: Sequence[Split],
    corpus: Corpus | None = None,
    *,
    fit: FitStep | None = None,
    search: Step | None = None,
    origin: Index | None = None,
    made: npt.NDArray[np.str_] | None = None,
    pictures: Pictures | None = None,
) -> Evidence:
    """What training a condition on these splits does, found out from the functions that do it.

    Parameters
    ----------
    landmarks : LandmarkSet
        The rows the splits' positions refer to.
    corpus : Corpus, optional
        Whose pictures are compared; without it landmarks alone are (or ``pictures``, one per row).
    fit, search
        How a fold is fitted and searched; by default what training does. Both are probed on the
        first fold: the same code runs on all.
    origin, made
        Where some of the rows are copies of others, which and how; see `Evidence`.
    """
    if pictures is None and corpus is not None:
        pictures = hash_corpus(corpus, landmarks.clip.tolist())
    n = len(landmarks)
    return Evidence(
        landmarks,
        tuple(
            _fold_evidence(landmarks, condition, s, fit or as_trained, search, probed=k == 0)
            for k, s in enumerate(splits)
        ),
        np.arange(n) if origin is None else origin,
        np.full(n, "") if made is None else made,
        pictures,
    )


def evidence_by_names(corpus: Corpus, condition: Condition) -> Evidence:
    """What can be known before any landmark is found: whose clips, and which, stand where.

    Clips that will turn out to be unusable are still among them. Raises as `make_splits`.
    """
    clips = corpus.only(condition.emotions).clips
    n = len(clips)
    rows = LandmarkSet(
        points=np.zeros((n, 0, N_LANDMARKS, 2), dtype=np.float32),
        neutral=np.zeros((n, N_LANDMARKS, 2), dtype=np.float32),
        has_neutral=np.zeros(n, dtype=bool),
        emotion=np.array([c.emotion or "" for c in clips]),
        subject=np.array([c.subject for c in clips]),
        clip=np.array([c.clip_id for c in clips]),
        frame_numbers=np.zeros((n, 0), dtype=np.float32),
        status=np.zeros((n, 0), dtype=np.uint8),
        aspect=np.ones(n, dtype=np.float32),
        corpus=corpus.name,
        subjects_known=all(c.subject_known for c in clips),
    )
    folds = tuple(
        FoldEvidence(s.fold, s.train, s.test, _reads(rows, condition, s)) for s in make_splits(rows, condition)
    )
    return Evidence(rows, folds, np.arange(n), np.full(n, ""))


def as_trained(landmarks: LandmarkSet, condition: Condition, split: Split) -> Fitted:
    """One fold as every training run fits it."""
    from fer_core.training.landmarks.fold_fits import FitTask, fit_task

    return fit_task(landmarks, condition, FitTask(split.fold, split.train, split.test, condition.seed)).fitted


def as_searched(landmarks: LandmarkSet, condition: Condition, split: Split) -> object:
    """What every trial of one fold's search is read on."""
    from fer_core.training.landmarks.search import prepare_inner

    two = replace(condition, search=replace(condition.search, inner_folds=2))
    return prepare_inner(landmarks, split.train, two, split.fold)


def _fold_evidence(
    landmarks: LandmarkSet, condition: Condition, split: Split, fit: FitStep, search: Step | None, probed: bool
) -> FoldEvidence:
    searches = condition.tuning == "bayesian"
    moved = moved_by_test(landmarks, condition, split, fit) if probed else frozenset()
    if probed and (searches or search is not None):
        moved |= {"search"} if changes_with_test(landmarks, condition, split, search or as_searched) else set()
    return FoldEvidence(split.fold, split.train, split.test, _reads(landmarks, condition, split), moved)


def _reads(landmarks: LandmarkSet, condition: Condition, split: Split) -> dict[StepName, Index]:
    """Positions by the functions that choose them, which are given all clips and could choose any."""
    fitting, held = validation_split(landmarks, split.train, condition)
    reads: dict[StepName, Index] = {"features": fitting, "thresholds": fitting, "weights": fitting}
    reads["stopping"] = held
    if condition.tuning == "bayesian":
        inner = inner_folds(landmarks, split.train, condition, split.fold)
        reads["search"] = np.unique(np.concatenate([np.r_[s.train, s.test] for s in inner]))
    return reads
