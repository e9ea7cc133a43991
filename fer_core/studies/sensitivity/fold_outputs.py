"""The outputs of a sensitivity study's tasks, put where they belong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.losses.grid import Grid
from fer_core.studies.sensitivity.fits import FitTask, Outputs
from fer_core.studies.sensitivity.loss_outputs import Sheet
from fer_core.training.protocols import Split

Found = Sequence[tuple[FitTask, Outputs]]


def filled(
    landmarks: LandmarkSet, grid: Grid, splits: Sequence[Split], inner: Sequence[Sequence[Split]], found: Found
) -> tuple[Sheet, list[Sheet], Sheet | None]:
    """Sheets of the test sides, of each training side's inner folds, and of further seeds (None without)."""
    plain = [f for f in found if f[0].inner < 0 and not f[0].again]
    outer = _sheet(landmarks, splits, grid.losses, plain)
    inside = []
    for split, parts in zip(splits, inner, strict=True):
        held = [f for f in found if f[0].inner >= 0 and f[0].fold == split.fold]
        inside.append(_sheet(landmarks, parts, grid.losses, held))
    further = [f for f in found if f[0].again]
    layers = max((task.again for task, _ in further), default=0)
    return outer, inside, _sheet(landmarks, splits, layers, further) if further else None


def _sheet(landmarks: LandmarkSet, parts: Sequence[Split], layers: int, found: Found) -> Sheet:
    """Layers are losses, or further seeds where the tasks are of such."""
    emotions = found[0][0].condition.emotions
    part = np.concatenate([np.full(len(p.test), i) for i, p in enumerate(parts)])
    ratio = np.full((len(parts), len(emotions)), np.nan)
    log_odds = np.full((layers, len(part), len(emotions)), np.nan, dtype=np.float32)
    position = {p.fold: i for i, p in enumerate(parts)}
    for task, outputs in found:
        i = position[task.inner if task.inner >= 0 else task.fold]
        ratio[i] = [outputs.ratios[e] for e in emotions]
        for j, (emotion, number) in enumerate(outputs.columns):
            layer = task.again - 1 if task.again else number
            log_odds[layer, part == i, emotions.index(emotion)] = outputs.log_odds[:, j]
    test = landmarks.take(np.concatenate([p.test for p in parts]))
    return Sheet(emotions, test.clip, test.subject, test.emotion, part, ratio, log_odds)
