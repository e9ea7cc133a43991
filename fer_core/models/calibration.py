"""From one-vs-all log odds to one calibrated distribution over the emotions and rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import TrainingError
from fer_core.landmarks.track import FloatArray

_PRIOR = 0.5
"""Curvature of the pull towards scale 1 and bias 0 (in log scale and bias): two numbers need little."""


@dataclass(frozen=True)
class Calibration:
    """Softmax over ``scale * log odds + bias`` of each emotion and 0 for rest.

    With scale 1 and bias 0 the probabilities are the classifiers' odds normalised with 1 for rest:
    what the one-vs-all odds imply where they are already calibrated. The scale corrects their
    confidence (temperature scaling; Guo et al., 2017), the bias how readily any emotion is said at
    all. Both are shared by the emotions, so their order never changes.
    """

    scale: float = 1.0
    bias: float = 0.0

    def distribution(self, log_odds: FloatArray) -> FloatArray:
        """Probabilities (n, E + 1), rows summing to 1, rest last, of log odds (n, E)."""
        z = self.scale * np.asarray(log_odds, dtype=np.float64) + self.bias
        top = np.maximum(z.max(axis=1, keepdims=True), 0.0)
        weights = np.concatenate([np.exp(z - top), np.exp(-top)], axis=1)
        return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


NONE = Calibration()
"""For a recogniser that was never calibrated."""


def fit_calibration(
    log_odds: FloatArray, target: npt.NDArray[np.int64], weight: npt.NDArray[np.float64] | None = None
) -> Calibration:
    """The calibration of highest likelihood, with a weak pull towards none at all.

    Parameters
    ----------
    log_odds : (n, E)
        Of clips that the classifiers were not trained on.
    target : int (n,)
        Which emotion each shows, 0 to E - 1, or E for rest.
    weight : (n,)
        How much each counts, summing to the number of independent clips; default: 1 each.

    Raises
    ------
    TrainingError
        If there is nothing to fit on, or a number is not finite.
    """
    from scipy.optimize import minimize

    z = np.asarray(log_odds, dtype=np.float64)
    if not len(z) or not np.isfinite(z).all():
        raise TrainingError(
            "the calibration has no finite log odds to learn from", fix="look at the folds' predictions"
        )
    weights = np.ones(len(z)) if weight is None else weight
    rows = np.arange(len(z))

    def cost(parameters: npt.NDArray[np.float64]) -> float:
        values = np.concatenate([np.exp(parameters[0]) * z + parameters[1], np.zeros((len(z), 1))], axis=1)
        top = values.max(axis=1)
        total = top + np.log(np.exp(values - top[:, None]).sum(axis=1))
        return float((weights * (total - values[rows, target])).sum() + _PRIOR * (parameters**2).sum())

    found = minimize(cost, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-6})
    return Calibration(float(np.exp(found.x[0])), float(found.x[1]))


def tempered(probabilities: FloatArray, temperature: float) -> FloatArray:
    """Probabilities (n, E) of one softmax, their logarithms divided by a temperature: (n, E), rows sum to 1.

    Temperature scaling (Guo et al., 2017). An exact zero, as sparsemax gives, has no logarithm: it counts as
    1e-7, or as the row's smallest where that is less.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    known = np.where(p > 0, p, 1e-7)
    z = np.log(np.where(p > 0, p, known.min(axis=1, keepdims=True))) / temperature
    weights = np.exp(z - z.max(axis=1, keepdims=True))
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def fit_temperature(probabilities: FloatArray, shown: npt.NDArray[np.int64]) -> float:
    """The temperature (0.2 to 5) under which held-out pictures' labels are likeliest.

    ``probabilities`` (n, E) of pictures that training did not see, ``shown`` (n,) the right columns.
    Raises `TrainingError` where there are none or a number is not finite.
    """
    from scipy.optimize import minimize_scalar

    if not len(probabilities) or not np.isfinite(probabilities).all():
        raise TrainingError("there is nothing finite to fit a temperature on", fix="hold pictures back")
    rows = np.arange(len(shown))

    def cost(log_temperature: float) -> float:
        said = tempered(probabilities, float(np.exp(log_temperature)))[rows, shown]
        return float(-np.log(np.maximum(said, 1e-12)).mean())

    found = minimize_scalar(cost, bounds=(np.log(0.2), np.log(5.0)), method="bounded")
    return float(np.exp(found.x))


def log_odds_of(distribution: FloatArray) -> FloatArray:
    """Log odds float32 (n, K) of each of K outcomes against all others, of distributions (n, K).

    By the sum of the others, not by 1 - p, of which near 1 only rounding is left. A probability that is zero
    in float32 counts as the smallest that is not, so that all are finite.
    """
    p = np.maximum(np.asarray(distribution, dtype=np.float64), np.finfo(np.float32).tiny)
    others = np.stack([np.delete(p, k, axis=1).sum(axis=1) for k in range(p.shape[1])], axis=1)
    return np.log(p / others).astype(np.float32)


def expected_calibration_error(
    confidence: npt.NDArray[np.floating], right: npt.NDArray[np.bool_], bins: int = 10
) -> float:
    """Mean distance between confidence and share right, over equal-width bins (Naeini et al., 2015).

    ``confidence`` (n,) in 0..1, ``right`` (n,): sum over bins of share of cases times
    |mean confidence - share right|. NaN without cases.
    """
    if not len(confidence):
        return float("nan")
    number = np.minimum((np.asarray(confidence) * bins).astype(int), bins - 1)
    gap = np.bincount(number, weights=np.asarray(confidence, dtype=np.float64) - right, minlength=bins)
    return float(np.abs(gap).sum() / len(confidence))
