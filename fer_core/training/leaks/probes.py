"""Proof by behaviour that a step reads no test clip: put garbage in their place and look what changes.

What a step says about itself may be wrong, or become wrong with the next change of the code. So
the very functions that training uses are run twice, on the landmarks as they are and on the same
with every test clip's points and label replaced. Whatever was fitted must be the same to the bit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np

from fer_core.base.errors import FerError
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.losses.imbalance import LossPolicy
from fer_core.study.conditions import Condition
from fer_core.training.landmarks.fit import Fitted
from fer_core.training.protocols import Index, Split

FitStep = Callable[[LandmarkSet, Condition, Split], Fitted]
"""Fits one fold; gets every clip, the training and the test positions."""

Step = Callable[[LandmarkSet, Condition, Split], Any]
"""Anything else that is done for one fold; what it returns is compared."""

FEW_PER_EMOTION, FEW_SUBJECTS, FEW_TESTED = 8, 8, 12
"""A probe runs on so many training clips of each emotion, subjects and test clips, at least."""

SIZE = 2
"""F, Q and R of the network a probe trains."""


def moved_by_test(landmarks: LandmarkSet, condition: Condition, split: Split, fit: FitStep) -> frozenset[str]:
    """What a fit makes that changes with the test side: "features", "thresholds", "weights", "stopping".

    Of steps that build on each other the first is named.
    """
    small = _small(condition)
    clean, dirty = _both(landmarks, split, lambda rows, part: fit(rows, small, part))
    differs = {name: fingerprint(part(clean)) != fingerprint(part(dirty)) for name, part in _PARTS.items()}
    first = {name for name in ("features", "thresholds") if differs[name]}
    return frozenset(first or next(({n} for n in ("weights", "stopping") if differs[n]), set()))


def _small(condition: Condition) -> Condition:
    """The condition as a probe runs it: a tiny network, and losses that show each single clip.

    Who reads what does not depend on sizes. The loss of every classifier is weighted by the exact
    imbalance ratio, because the usual three classes of ratios would hide most changes of the counts.
    """
    return replace(
        condition,
        F=SIZE,
        Q=SIZE,
        R=SIZE,
        ensemble=1,
        loss="advanced",
        decision="posterior",
        policy=LossPolicy(moderate=1e-9, severe=1e9),
        fit=replace(condition.fit, epochs=2, batch_size=64),
    )


_PARTS: dict[str, Callable[[Fitted], Any]] = {
    "features": lambda f: f.recogniser.features.to_arrays(),
    "thresholds": lambda f: (f.losses, f.recogniser.losses, f.recogniser.offsets),
    "weights": lambda f: [fit.train_loss[:1] for fit in f.fits],  # who is trained on shows at once
    "stopping": lambda f: (f.recogniser.weights, [(t.validation_loss, t.best_epoch) for t in f.fits]),
}


def changes_with_test(landmarks: LandmarkSet, condition: Condition, split: Split, step: Step) -> bool:
    """Whether what a step returns depends on the test side."""
    clean, dirty = _both(landmarks, split, lambda rows, part: step(rows, condition, part))
    return fingerprint(clean) != fingerprint(dirty)


def poisoned(landmarks: LandmarkSet, positions: Index, seed: int = 0) -> LandmarkSet:
    """The set with garbage at the given positions: no face's points, and one label for all."""
    generator = np.random.default_rng(seed)
    points, neutral, emotion = landmarks.points.copy(), landmarks.neutral.copy(), landmarks.emotion.copy()
    points[positions] = generator.random(points[positions].shape, dtype=np.float32)
    neutral[positions] = generator.random(neutral[positions].shape, dtype=np.float32)
    # One label, the rarest there: exchanging labels could leave every count as it is.
    names, shown = np.unique(emotion), emotion[positions]
    emotion[positions] = min(names.tolist(), key=lambda name: int((shown == name).sum()))
    return replace(landmarks, points=points, neutral=neutral, emotion=emotion)


def fingerprint(value: Any) -> str:
    """Hash of arrays, numbers, texts and whatever holds them, to the bit."""
    digest = hashlib.blake2b(digest_size=16)
    for part in _parts(value):
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()


def _parts(value: Any) -> Iterable[bytes]:
    if isinstance(value, np.ndarray):
        yield f"{value.dtype}{value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif is_dataclass(value) and not isinstance(value, type):
        yield type(value).__name__.encode()
        for f in fields(value):
            yield from _parts(getattr(value, f.name))
    elif isinstance(value, Mapping):
        for key in value:
            yield from _parts(key)
            yield from _parts(value[key])
    elif isinstance(value, (list, tuple)):
        yield f"{len(value)} values".encode()
        for inner in value:
            yield from _parts(inner)
    else:
        yield repr(value).encode()


def _both(landmarks: LandmarkSet, split: Split, step: Callable[[LandmarkSet, Split], Any]) -> tuple[Any, Any]:
    """What a step makes of the landmarks as they are and of the poisoned ones; on few clips if they do."""
    whole = landmarks, split
    for rows, part in (_few(*whole), whole):
        try:
            return step(rows, part), step(poisoned(rows, part.test), part)
        except (FerError, ValueError):  # too few clips for a validation split, say
            if len(rows) == len(landmarks):
                raise
    raise AssertionError("unreachable")


def _few(landmarks: LandmarkSet, split: Split) -> tuple[LandmarkSet, Split]:
    """Some subjects' clips of the training side, all emotions among them, and some test clips."""
    emotion, subject = landmarks.emotion[split.train], landmarks.subject[split.train]
    missing = {str(e): min(FEW_PER_EMOTION, int((emotion == e).sum())) for e in np.unique(emotion)}
    chosen: list[int] = []
    for taken, who in enumerate(dict.fromkeys(subject.tolist())):
        if taken >= FEW_SUBJECTS and max(missing.values()) <= 0:
            break
        own = np.flatnonzero(subject == who)
        chosen += own.tolist()
        for e in emotion[own].tolist():
            missing[e] -= 1
    tested = split.test[np.linspace(0, len(split.test) - 1, min(FEW_TESTED, len(split.test))).astype(int)]
    train = split.train[np.sort(chosen)]
    positions = np.arange(len(train) + len(tested))
    rows = landmarks.take(np.concatenate([train, tested]))
    return rows, Split(split.fold, positions[: len(train)], positions[len(train) :])
