"""What classifiers of many losses put out on the same clips, and metrics of any choice among them.

A sheet holds, for every loss and emotion, the output on every clip by a classifier that was not
trained on that clip's subject. Which loss an emotion gets may differ from part to part (fold to
fold); the metrics of any such choice are looked up and counted, nothing is trained.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from fer_core.losses.imbalance import LossChoice
from fer_core.models.forward import sigmoid
from fer_core.models.posterior import posterior_log_odds, prior_offset
from fer_core.results.metrics import CONFIDENCE, RESAMPLES, THRESHOLD, wilson

Reading = Literal["outputs", "probabilities"]
READINGS: tuple[Reading, ...] = ("outputs", "probabilities")
MEASURES = ("recall", "precision", "f1")

Floats = npt.NDArray[np.float64]
Choices = Callable[[float], Sequence[LossChoice]]
"""Every loss, by its number, as a classifier with the given imbalance ratio gets it."""


@dataclass(frozen=True)
class Sheet:
    """Outputs of L losses on n clips for E emotions.

    Attributes
    ----------
    emotions : E names
    clip, subject, emotion : str (n,)
    part : int (n,)
        Which part (fold) tested the clip.
    ratio : float64 (parts, E)
        Imbalance ratio of each part's training side.
    log_odds : float32 (L, n, E)
        NaN where a loss was not trained, or its fit failed.
    """

    emotions: tuple[str, ...]
    clip: npt.NDArray[np.str_]
    subject: npt.NDArray[np.str_]
    emotion: npt.NDArray[np.str_]
    part: npt.NDArray[np.int64]
    ratio: Floats
    log_odds: npt.NDArray[np.float32]

    @property
    def parts(self) -> int:
        """Number of parts."""
        return len(self.ratio)


@dataclass(frozen=True)
class Verdicts:
    """A sheet read at threshold 0.5: ``said`` bool (L, n, E), ``known`` bool (L, parts, E)."""

    sheet: Sheet
    said: npt.NDArray[np.bool_]
    known: npt.NDArray[np.bool_]
    _who: Floats = field(repr=False)

    def counts(self, emotion: int, numbers: npt.NDArray[np.int64]) -> Floats:
        """(K, subjects, 4): tp, fp, fn, tn of one emotion's classifier for K choices of losses.

        ``numbers`` (K, parts) names the loss of each part. NaN where an output is not known.
        """
        sheet = self.sheet
        said = self.said[numbers[:, sheet.part], np.arange(len(sheet.clip)), emotion]
        true = sheet.emotion == sheet.emotions[emotion]
        cells = (said & true, said & ~true, ~said & true, ~said & ~true)
        counts = np.stack([c.astype(np.float64) @ self._who for c in cells], axis=-1)
        whole = self.known[numbers, np.arange(sheet.parts), emotion].all(axis=1)
        counts[~whole] = np.nan
        return counts


def read(sheet: Sheet, choices: Choices, reading: Reading, evenness: float) -> Verdicts:
    """Read a sheet's outputs as they are, or as the probabilities that their losses imply.

    ``evenness`` says for which shares of the emotions the probabilities hold
    (`fer_core.models.posterior.prior_offset`).
    """
    z = sheet.log_odds if reading == "outputs" else _implied(sheet, choices, evenness)
    finite = np.isfinite(sheet.log_odds)
    known = np.stack([finite[:, sheet.part == p].all(axis=1) for p in range(sheet.parts)], axis=1)
    subjects, who = np.unique(sheet.subject, return_inverse=True)
    belongs = (who[:, None] == np.arange(len(subjects))).astype(np.float64)
    with np.errstate(invalid="ignore"):  # NaN: not trained
        return Verdicts(sheet, sigmoid(z) > THRESHOLD, known, belongs)


def measures(counts: Floats) -> dict[str, Floats]:
    """`MEASURES` of counts (..., 4); 0 where nothing was called so, as the study counts it."""
    tp, fp, fn, _ = np.moveaxis(counts, -1, 0)
    return {"recall": _share(tp, tp + fn), "precision": _share(tp, tp + fp), "f1": _share(2 * tp, 2 * tp + fp + fn)}


class Bootstrap:
    """Resamples of subjects, the same for everything it is asked about, so that differences are paired.

    Draws as `fer_core.results.metrics.evaluate` does, with the same result.
    """

    def __init__(self, subjects: int, seed: int) -> None:
        generator = np.random.default_rng(seed)
        self._weights = generator.multinomial(subjects, np.full(subjects, 1 / subjects), size=RESAMPLES)

    def resampled(self, counts: Floats) -> Floats:
        """(RESAMPLES, K, 4): totals of counts (K, subjects, 4)."""
        return np.einsum("rs,ksc->rkc", self._weights.astype(np.float64), counts, optimize=True)

    def intervals(self, counts: Floats) -> dict[str, Floats]:
        """Each measure's interval (K, 2); Wilson's where all resamples agree."""
        total = counts.sum(axis=1)
        tp, fp, fn, _ = np.moveaxis(total, -1, 0)
        of = {"recall": tp + fn, "precision": tp + fp, "f1": tp + fp + fn}
        drawn = measures(self.resampled(counts))
        return {name: self.ends(drawn[name], of[name]) for name in MEASURES}

    @staticmethod
    def ends(drawn: Floats, of: Floats) -> Floats:
        """Ends (K, 2) of resampled shares (RESAMPLES, K) of so many (K,)."""
        low, high = (1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2
        ends = np.quantile(drawn, [low, high], axis=0).T
        for k in np.flatnonzero(ends[:, 0] == ends[:, 1]):
            ends[k] = wilson(float(ends[k, 0]) * float(of[k]), float(of[k]))
        return ends


def arrays(sheet: Sheet) -> dict[str, npt.NDArray[Any]]:
    """A sheet as arrays for an .npz file."""
    return {"emotions": np.array(sheet.emotions)} | {n: getattr(sheet, n) for n in _ARRAYS}


def from_arrays(stored: dict[str, npt.NDArray[Any]]) -> Sheet:
    """The inverse of `arrays`."""
    return Sheet(tuple(str(e) for e in stored["emotions"]), **{n: stored[n] for n in _ARRAYS})


_ARRAYS = ("clip", "subject", "emotion", "part", "ratio", "log_odds")


def _implied(sheet: Sheet, choices: Choices, evenness: float) -> npt.NDArray[np.float32]:
    z = sheet.log_odds.copy()
    for part in range(sheet.parts):
        rows = np.flatnonzero(sheet.part == part)
        for k, ratio in enumerate(sheet.ratio[part]):
            offset = prior_offset(float(ratio), evenness)
            for number, choice in enumerate(choices(float(ratio))):
                said = z[number, rows, k]
                if np.isfinite(said).all():  # else not trained
                    z[number, rows, k] = posterior_log_odds(said, choice) + np.float32(offset)
    return z


def _share(above: Floats, below: Floats) -> Floats:
    """above / below; 0 where below is 0, NaN where it is NaN."""
    with np.errstate(invalid="ignore"):
        return np.where(np.isnan(below), np.nan, np.divide(above, below, out=np.zeros_like(above), where=below > 0))
