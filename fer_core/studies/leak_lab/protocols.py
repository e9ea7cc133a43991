"""Five ways to judge the same model, four of them leaky: who is trained on, monitored and tested.

A group (a frame, a clip or a subject) is never cut by a split. The splits are those of
`make_splits` and `validation_split`, with groups in the place of subjects.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from fer_core.datasets.copies.picture_hash import Pictures
from fer_core.landmarks.augment import flipped_set, joined
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.models.recogniser import Recogniser
from fer_core.studies.leak_lab.frames import Frames
from fer_core.study.conditions import Condition
from fer_core.training.audit import Evidence, Finding, FoldEvidence, audit
from fer_core.training.landmarks.data import training_data
from fer_core.training.landmarks.fit import Fitted, Prepared, choose_losses, fit_classifiers
from fer_core.training.leaks.probes import moved_by_test
from fer_core.training.protocols import Index, Split, make_splits, validation_split

Name = Literal["random-frames", "random-clips", "augmented-before-split", "best-epoch-on-test", "subject-independent"]
Unit = Literal["frame", "clip", "subject"]

HONEST: Name = "subject-independent"


@dataclass(frozen=True)
class Protocol:
    """A way to judge: its title, what it does in a sentence, and what its splits keep whole."""

    title: str
    words: str
    unit: Unit


PROTOCOLS: dict[Name, Protocol] = {
    "random-frames": Protocol(
        "Random frames", "Single frames are dealt to the folds, so that frames of one clip fall on both sides.", "frame"
    ),
    "random-clips": Protocol(
        "Random clips", "Whole clips are dealt to the folds; other clips of a tested person are trained on.", "clip"
    ),
    "augmented-before-split": Protocol(
        "Augmented before the split",
        "Mirrored copies are made first; then frames and copies are dealt to the folds.",
        "frame",
    ),
    "best-epoch-on-test": Protocol(
        "Best epoch on the test side",
        "People are kept apart, but the test side chooses which epoch is kept.",
        "subject",
    ),
    "subject-independent": Protocol(
        "Subject-independent", "People are kept apart, and nothing reads the test side before the end.", "subject"
    ),
}
"""In the order in which they are shown."""


@dataclass(frozen=True)
class Plan:
    """One protocol on one corpus: its rows, which of them are copies, and its folds.

    The first n rows are the frames themselves, in their order, in every protocol.
    """

    name: Name
    rows: LandmarkSet
    origin: Index
    pictures: Pictures | None
    folds: tuple[Split, ...]

    @property
    def originals(self) -> int:
        """How many rows are no copies."""
        return int((self.origin == np.arange(len(self.origin))).sum())

    def tested(self, fold: Split) -> Index:
        """Positions of a fold's tested frames, copies left out, so that all protocols test the same."""
        return fold.test[fold.test < self.originals]


def make_plan(name: Name, frames: Frames, pictures: Pictures | None, condition: Condition) -> Plan:
    """The rows and folds of a protocol. Raises `ProtocolError` where the corpus is too small for it."""
    rows, origin = frames.rows, np.arange(len(frames.rows))
    if name == "augmented-before-split":
        rows, origin = joined(rows, flipped_set(rows)), np.tile(origin, 2)
        pictures = None if pictures is None else _with_mirrored(pictures)
    return Plan(name, rows, origin, pictures, tuple(make_splits(grouped(rows, name), condition)))


def grouped(rows: LandmarkSet, name: Name) -> LandmarkSet:
    """The rows with what a protocol keeps whole in the place of their subjects."""
    groups = {"frame": np.arange(len(rows)).astype(str), "clip": rows.clip, "subject": rows.subject}
    return replace(rows, subject=groups[PROTOCOLS[name].unit])


def sides(name: Name, rows: LandmarkSet, condition: Condition, split: Split) -> tuple[Index, Index]:
    """Positions that are fitted, and those that early stopping and the best epoch go by.

    In every protocol the same share of the training side is set aside for the latter; the leaky
    one leaves it unused and looks at the test side instead.
    """
    fitting, held = validation_split(grouped(rows, name), split.train, condition)
    return fitting, split.test if name == "best-epoch-on-test" else held


def fit_fold(name: Name, rows: LandmarkSet, condition: Condition, split: Split) -> Fitted:
    """Train one fold; gets all rows, as leaky code would. The fit is the same in all protocols."""
    fitting, monitored = sides(name, rows, condition, split)
    training, watched = rows.take(fitting), rows.take(monitored)
    if name != "augmented-before-split":
        training = joined(training, flipped_set(training))
    seed = condition.seed * 1000 + split.fold
    data, features = training_data(training, condition, seed)
    prepared = Prepared(training, data, features, (features.transform(watched), watched.emotion))
    losses = choose_losses(training, condition)
    sizes = dict.fromkeys(condition.emotions, condition.predefined)
    fit = fit_classifiers(prepared, condition, losses, seed, sizes)
    recogniser = Recogniser(
        condition.emotions, condition.shape, 1, features, fit.weights, mirrored=False, losses=tuple(losses.values())
    )
    return Fitted(recogniser, losses, [fit])


def fitted_rows(plan: Plan, condition: Condition, split: Split) -> int:
    """How many rows a fold is fitted on, mirrored copies included."""
    n = len(sides(plan.name, plan.rows, condition, split)[0])
    return n if plan.name == "augmented-before-split" else 2 * n


def findings(plan: Plan, condition: Condition) -> list[Finding]:
    """What the leak audit says of a protocol; the fit that it probes is the one that is carried out."""
    folds = []
    for k, split in enumerate(plan.folds):
        fitting, monitored = sides(plan.name, plan.rows, condition, split)
        moved = frozenset() if k else _moved(plan, condition, split)
        reads = {"features": fitting, "thresholds": fitting, "weights": fitting, "stopping": monitored}
        folds.append(FoldEvidence(split.fold, split.train, split.test, reads, moved))  # type: ignore[arg-type]
    made = np.where(plan.origin == np.arange(len(plan.origin)), "", "mirrored")
    return audit(Evidence(plan.rows, tuple(folds), plan.origin, made, plan.pictures))


def _moved(plan: Plan, condition: Condition, split: Split) -> frozenset[str]:
    def fit(rows: LandmarkSet, small: Condition, part: Split) -> Fitted:
        return fit_fold(plan.name, rows, small, part)

    return moved_by_test(plan.rows, condition, split, fit)


def _with_mirrored(pictures: Pictures) -> Pictures:
    """Of the pictures, then of the same in the mirror."""
    return Pictures(
        np.concatenate([pictures.plain, pictures.mirrored]),
        np.concatenate([pictures.mirrored, pictures.plain]),
        np.tile(pictures.known, 2),
    )
