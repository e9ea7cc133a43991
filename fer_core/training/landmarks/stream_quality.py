"""Calibrating a recogniser for streams, and what its folds were worth there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.emotions import NEUTRAL
from fer_core.base.unknown_people import drawn_words
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.landmarks.track import FloatArray
from fer_core.models.calibration import Calibration, expected_calibration_error, fit_calibration
from fer_core.models.recogniser import Recogniser
from fer_core.results.metrics import THRESHOLD, draws
from fer_core.study.conditions import Condition
from fer_core.training.landmarks.stream_windows import PER_CLIP, stream_windows


@dataclass(frozen=True)
class FoldWindows:
    """What one fold's recogniser says of its test clips as a stream would show them.

    ``log_odds`` (m, E); ``target`` (m,) the emotion's number, or E for rest; ``subject`` (m,), and whether
    these are people's names.
    """

    log_odds: FloatArray
    target: npt.NDArray[np.int64]
    subject: npt.NDArray[np.str_]
    subjects_known: bool = True


def read_windows(recogniser: Recogniser, test: LandmarkSet, condition: Condition, seed: int) -> FoldWindows | None:
    """Play a fold's test clips as windows and have its recogniser read them; None without a usable clip."""
    if not test.has_neutral.any():
        return None
    a = condition.augmentation
    windows = stream_windows(test, condition.features, a.pose, a.noise, seed)
    names = [*condition.emotions, NEUTRAL]
    target = np.array([names.index(e) for e in windows.emotion.tolist()], dtype=np.int64)
    return FoldWindows(recogniser.read(windows), target, windows.subject, test.subjects_known)


def calibrate(folds: Sequence[FoldWindows]) -> Calibration:
    """One calibration from every fold's windows: of people the fold's recogniser has not seen."""
    log_odds = np.concatenate([f.log_odds for f in folds])
    target = np.concatenate([f.target for f in folds])
    each = 2.0 / PER_CLIP  # an emotion's three windows of a clip count as one observation, rest's as another
    return fit_calibration(log_odds, target, np.full(len(target), each))


def stream_quality(folds: Sequence[FoldWindows], calibration: Calibration) -> dict[str, Any]:
    """How well windows are read, each fold with a calibration from the others, as plain data.

    Returns shown_accuracy (share of windows with an emotion that get the right one at probability 0.5
    or above), unsure_rate (of those), rest_false_alarm (share of resting windows given an emotion) and
    ece over all windows, with their number, subjects and 95% intervals from resampled subjects.
    """
    others = [[o for o in folds if o is not f] for f in folds]
    probabilities = np.concatenate(
        [(calibrate(o) if o else calibration).distribution(f.log_odds) for f, o in zip(folds, others, strict=True)]
    )
    target = np.concatenate([f.target for f in folds])
    subject = np.concatenate([f.subject for f in folds])
    known = all(f.subjects_known for f in folds)
    rest = probabilities.shape[1] - 1
    top, height = probabilities.argmax(axis=1), probabilities.max(axis=1)
    said = (top != rest) & (height >= THRESHOLD)
    shown = target != rest
    unsure = (top != rest) & ~said
    parts = {
        "shown_accuracy": (shown & said & (top == target), shown),
        "unsure_rate": (shown & unsure, shown),
        "rest_false_alarm": (~shown & said, ~shown),
    }
    return {
        "windows": len(target),
        "subjects": len(np.unique(subject)) if known else None,
        "subjects_known": known,
        **{name: round(float(hit.sum() / max(of.sum(), 1)), 6) for name, (hit, of) in parts.items()},
        "ece": round(expected_calibration_error(height, top == target), 6),
        "intervals": {name: _interval(hit, of, subject) for name, (hit, of) in parts.items()},
        "interval_method": f"95% percentile bootstrap over {drawn_words(known)} (1000 resamples)",
        "calibration": asdict(calibration),
    }


def _interval(hit: npt.NDArray[np.bool_], of: npt.NDArray[np.bool_], subject: npt.NDArray[np.str_]) -> list[float]:
    """Interval of a share, subjects resampled."""
    _, number = np.unique(subject, return_inverse=True)
    hits = np.bincount(number, weights=hit)
    total = np.bincount(number, weights=of)
    weights = draws(len(total))
    values = (weights @ hits) / np.maximum(weights @ total, 1e-9)
    return [round(float(v), 6) for v in np.percentile(values, [2.5, 97.5])]
