"""From the outputs of every loss to the tables of a sensitivity study, as plain data.

Choosing the best point of a grid by looking at the clips it is judged on promises too much. Beside
it stands the honest number: for each outer fold the point is chosen on inner folds of its training
side, and the outer test side only reads what was chosen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.losses.grid import FOCAL, PLAIN, WEIGHTED, Grid, Place, letters
from fer_core.studies.sensitivity.loss_outputs import (
    MEASURES,
    READINGS,
    Bootstrap,
    Floats,
    Reading,
    Sheet,
    Verdicts,
    measures,
    read,
)

ROW = ("tp", "fp", "fn", "tn", *(f"{m}{end}" for m in MEASURES for end in ("", "_low", "_high")))
"""What a row of numbers holds."""

OBJECTIVES = ("f1", "recall")
"""What a choice maximises: the mean over the emotions."""

Numbers = npt.NDArray[np.int64]


def tabulate(
    outer: Sheet, inner: Sequence[Sheet], again: Sheet | None, grid: Grid, evenness: float, seed: int = 0
) -> dict[str, Any]:
    """Every table of the study.

    Parameters
    ----------
    outer : outputs on the test sides; its parts are the outer folds
    inner : for each outer fold, outputs on the inner folds of its training side
    again : outputs on the test sides of the study's own losses, one "loss" per further seed; or None
    evenness : how the losses' probabilities are shifted (`fer_core.studies.sensitivity.loss_outputs.read`)
    seed : of the bootstrap

    Returns
    -------
    dict with grid, emotions, per_emotion (ratios, which kinds of loss each pair of thresholds leads
    to, a row of numbers for each), ways (plain BCE, the study's own point, chosen on inner folds,
    best on the test side), again (recall, precision and F1 of the study's own point with other seeds).
    """
    assigned = [_assigned(outer, grid, k) for k in range(len(outer.emotions))]
    per_emotion = {e: _about(outer, grid, k) for k, e in enumerate(outer.emotions)}
    ways, other_seeds = [], {}
    for reading in READINGS:
        verdicts = read(outer, grid.choices, reading, evenness)
        bootstrap = Bootstrap(len(np.unique(outer.subject)), seed)
        for k, e in enumerate(outer.emotions):
            per_emotion[e]["cells"][reading] = _cells(verdicts, k, per_emotion[e], grid, bootstrap)
        inside = [read(sheet, grid.choices, reading, evenness) for sheet in inner]
        ways += _ways(verdicts, inside, assigned, grid, bootstrap, reading)
        if again is not None:
            other_seeds[reading] = _again(again, grid, reading, evenness)
    return {
        "grid": grid.to_json(),
        "row": list(ROW),
        "emotions": list(outer.emotions),
        "n": len(outer.clip),
        "subjects": len(np.unique(outer.subject)),
        "folds": outer.parts,
        "inner_folds": inner[0].parts if inner else 0,
        "per_emotion": per_emotion,
        "ways": ways,
        "again": other_seeds,
    }


def choose(score: Floats, grid: Grid) -> tuple[Place, int]:
    """The point with the highest score, the nearest to the study's own among equals, and how many equals.

    ``score`` (moderate, severe, gamma, alpha); NaN is never chosen.
    """
    best = np.argwhere(score >= np.nanmax(score) - 1e-12)
    steps = np.abs(best - np.array(grid.own_place)) / np.maximum(np.array(grid.shape) - 1, 1)
    m, s, g, a = best[steps.sum(axis=1).argmin()].tolist()
    return (m, s, g, a), len(best)


# --- the grid, emotion by emotion -----------------------------------------------------------------


def _assigned(sheet: Sheet, grid: Grid, emotion: int) -> Numbers:
    """(moderate, severe, gamma, alpha, parts): the loss that each point gives each part."""
    return np.stack([grid.assigned(float(r)) for r in sheet.ratio[:, emotion]], axis=-1)


def _about(sheet: Sheet, grid: Grid, emotion: int) -> dict[str, Any]:
    """Ratios, and the kinds of loss over the folds (``wwfwf``) at each pair of thresholds."""
    clips = int((sheet.emotion == sheet.emotions[emotion]).sum())
    ratios = [float(r) for r in sheet.ratio[:, emotion]]
    kinds = np.stack([grid.kinds(r) for r in ratios], axis=-1)
    words = [[letters(kinds[m, s]) for s in range(grid.shape[1])] for m in range(grid.shape[0])]
    everywhere = [letters([kind] * sheet.parts) for kind in (PLAIN, WEIGHTED, FOCAL)]
    patterns = list(dict.fromkeys([*everywhere, *(w for row in words for w in row)]))
    return {
        "clips": clips,
        "ratio": round((len(sheet.clip) - clips) / max(clips, 1), 4),
        "ratios": [round(r, 4) for r in ratios],
        "patterns": patterns,
        "which": [[patterns.index(w) for w in row] for row in words],
        "cells": {},
    }


def _cells(
    verdicts: Verdicts, emotion: int, about: dict[str, Any], grid: Grid, bootstrap: Bootstrap
) -> list[list[list[float] | None]]:
    """For each pattern: one row, or one per (gamma, alpha) where the pattern holds a focal loss."""
    n_focal = len(grid.gamma) * len(grid.alpha)
    found = []
    for pattern in about["patterns"]:
        kinds = np.array(["bwf".index(c) for c in pattern])
        varied = FOCAL + np.arange(n_focal)[:, None] if FOCAL in kinds else np.zeros((1, 1), dtype=int)
        numbers = np.where(kinds == FOCAL, varied, kinds[None])
        found.append(_rows(verdicts.counts(emotion, numbers), bootstrap))
    return found


def _rows(counts: Floats, bootstrap: Bootstrap) -> list[list[float] | None]:
    """`ROW` for each of K counts (K, subjects, 4); None where a fit failed."""
    total, ends = counts.sum(axis=1), bootstrap.intervals(counts)
    point = measures(total)
    rows: list[list[float] | None] = []
    for k in range(len(counts)):
        if np.isnan(total[k]).any():
            rows.append(None)
            continue
        shares = [v for m in MEASURES for v in (point[m][k], *ends[m][k])]
        rows.append([*(int(c) for c in total[k]), *(round(float(v), 4) for v in shares)])
    return rows


# --- ways to come to a point ----------------------------------------------------------------------


def _ways(
    verdicts: Verdicts,
    inside: Sequence[Verdicts],
    assigned: Sequence[Numbers],
    grid: Grid,
    bootstrap: Bootstrap,
    reading: Reading,
) -> list[dict[str, Any]]:
    sheet = verdicts.sheet
    plain = np.full((len(sheet.emotions), sheet.parts), PLAIN)
    own = np.array([[grid.own(float(r)) for r in column] for column in sheet.ratio.T])
    judge = _Judge(verdicts, bootstrap, own)
    ways = [judge(plain, "plain"), judge(own, "own")]
    outside = _scores(verdicts, assigned)
    chosen_inside = [_scores(v, [_assigned(v.sheet, grid, k) for k in range(len(assigned))]) for v in inside]
    for objective in OBJECTIVES:
        if inside:
            picked = [choose(scores[objective], grid) for scores in chosen_inside]
            numbers = np.stack([[a[place][p] for a in assigned] for p, (place, _) in enumerate(picked)], axis=1)
            ways.append(judge(numbers, "chosen", objective, picked))
        best = choose(outside[objective], grid)
        ways.append(judge(np.stack([a[best[0]] for a in assigned]), "best", objective, [best]))
    return [{"reading": reading, **way} for way in ways]


def _scores(verdicts: Verdicts, assigned: Sequence[Numbers]) -> dict[str, Floats]:
    """(moderate, severe, gamma, alpha): each objective's mean over the emotions."""
    each: dict[str, list[Floats]] = {m: [] for m in OBJECTIVES}
    for emotion, numbers in enumerate(assigned):
        shape = numbers.shape[:-1]
        columns, where = np.unique(numbers.reshape(-1, numbers.shape[-1]), axis=0, return_inverse=True)
        found = measures(verdicts.counts(emotion, columns).sum(axis=1))
        for m in OBJECTIVES:
            each[m].append(found[m][where.reshape(-1)].reshape(shape))
    return {m: np.mean(values, axis=0) for m, values in each.items()}


class _Judge:
    """Metrics of one choice of losses over all emotions, and how they differ from the study's own."""

    def __init__(self, verdicts: Verdicts, bootstrap: Bootstrap, own: Numbers) -> None:
        self._verdicts, self._bootstrap = verdicts, bootstrap
        self._own = self._mean(self._counts(own))

    def __call__(
        self, numbers: Numbers, way: str, objective: str = "", picked: Sequence[tuple[Place, int]] = ()
    ) -> dict[str, Any]:
        """``numbers`` (E, parts)."""
        counts = self._counts(numbers)
        emotions = self._verdicts.sheet.emotions
        (mean, drawn), (own, own_drawn) = self._mean(counts), self._own
        clips = np.array([float(len(self._verdicts.sheet.clip))])
        judged: dict[str, Any] = {
            "way": way,
            "objective": objective,
            "mean": {m: _three(mean[m], Bootstrap.ends(drawn[m][:, None], clips)[0]) for m in MEASURES},
            "difference": {m: _difference(mean[m] - own[m], drawn[m] - own_drawn[m]) for m in MEASURES},
            "per_emotion": dict(zip(emotions, _rows(counts, self._bootstrap), strict=True)),
            "places": [list(place) for place, _ in picked],
            "equals": [n for _, n in picked],
        }
        return judged

    def _counts(self, numbers: Numbers) -> Floats:
        return np.concatenate([self._verdicts.counts(k, row[None]) for k, row in enumerate(numbers)])

    def _mean(self, counts: Floats) -> tuple[dict[str, float], dict[str, Floats]]:
        """Means over the emotions: of all clips, and of each resample."""
        point, drawn = measures(counts.sum(axis=1)), measures(self._bootstrap.resampled(counts))
        return {m: float(point[m].mean()) for m in MEASURES}, {m: drawn[m].mean(axis=1) for m in MEASURES}


def _difference(value: float, drawn: Floats) -> list[float | None]:
    return _three(value, np.quantile(drawn, [0.025, 0.975]))


def _three(value: float, ends: Floats) -> list[float | None]:
    """Value and interval, rounded; None where a fit failed."""
    return [round(float(v), 4) if math.isfinite(v) else None for v in (value, *ends)]


def _again(again: Sheet, grid: Grid, reading: Reading, evenness: float) -> dict[str, dict[str, list[float]]]:
    """{emotion: {measure: one value per further seed}} of the study's own losses."""
    seeds = len(again.log_odds)
    own = read(again, lambda ratio: [grid.choices(ratio)[grid.own(ratio)]] * seeds, reading, evenness)
    numbers = np.repeat(np.arange(seeds)[:, None], again.parts, axis=1)
    found = {}
    for k, emotion in enumerate(again.emotions):
        values = measures(own.counts(k, numbers).sum(axis=1))
        found[emotion] = {m: [round(float(v), 4) for v in values[m] if math.isfinite(v)] for m in MEASURES}
    return found
