"""Two classifiers compared on the same items, or over the folds of a cross-validation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import SettingError
from fer_core.stats.effect_sizes import spread


@dataclass(frozen=True)
class McNemar:
    """How two classifiers' answers to the same n items differ; ``p_exact`` and ``p_mid`` are two-sided."""

    n: int
    both: int
    first_only: int
    second_only: int
    neither: int
    difference: float
    p_exact: float
    p_mid: float


def mcnemar(first_right: npt.ArrayLike, second_right: npt.ArrayLike) -> McNemar:
    """McNemar's test of two classifiers' shares of right answers.

    Parameters
    ----------
    first_right, second_right : bool (n,)
        Whether each classifier got each item right.

    ``p_exact`` is the binomial test of the discordant items (McNemar, 1947; statsmodels); ``p_mid`` takes
    half of the observed outcome's probability away, which keeps the level and costs less power (Fagerland,
    Lydersen and Laake, 2013). Without discordant items both are 1. ``difference`` is first minus second.
    The items must be independent; clips of one person are not. Raises `SettingError` for arrays that are
    no right-or-wrong answers to the same items.
    """
    from scipy.stats import binom
    from statsmodels.stats.contingency_tables import mcnemar as test

    first, second = _answers(first_right), _answers(second_right)
    if first.shape != second.shape:
        raise SettingError(f"{len(first)} answers stand against {len(second)}", fix="give both for the same items")
    if not len(first):
        raise SettingError("there are no answers to compare", fix="give at least one item")
    both, neither = int((first & second).sum()), int((~first & ~second).sum())
    b, c = int((first & ~second).sum()), int((~first & second).sum())
    exact = float(test([[both, b], [c, neither]], exact=True).pvalue) if b + c else 1.0
    lost = min(b, c)
    mid = float(2 * binom.cdf(lost, b + c, 0.5) - binom.pmf(lost, b + c, 0.5)) if b + c else 1.0
    return McNemar(len(first), both, b, c, neither, (b - c) / len(first), min(exact, 1.0), min(mid, 1.0))


def _answers(right: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    values: npt.NDArray[Any] = np.asarray(right)
    if values.ndim != 1 or not np.isin(values, (0, 1)).all():
        raise SettingError("the answers are no list of right and wrong", fix="give 1 or 0 for each item")
    return values.astype(bool)


@dataclass(frozen=True)
class CorrectedT:
    """The corrected resampled t test of k differences; NaN where ``note`` says why."""

    n: int
    mean: float
    se: float
    df: int
    t: float = math.nan
    p: float = math.nan
    low: float = math.nan
    high: float = math.nan
    note: str = ""


def corrected_t(differences: npt.ArrayLike, n_train: float, n_test: float, confidence: float = 0.95) -> CorrectedT:
    """Whether two learners differ over the folds or splits of one data set.

    Parameters
    ----------
    differences : float (k,)
        First learner's metric minus the second's, one per fold or split.
    n_train, n_test : float
        Items trained and tested on in each split.

    The splits share training items, so the usual variance of the mean, s^2 / k, is too small; this one is
    (1/k + n_test/n_train) s^2, with k - 1 degrees of freedom (Nadeau and Bengio, 2003, eq. 21).
    """
    from scipy.stats import t as student

    values = finite(differences)
    if not (n_train > 0 and n_test > 0 and math.isfinite(n_train + n_test)):
        raise SettingError(
            f"{n_train:g} training and {n_test:g} test items are no split", fix="give two positive numbers"
        )
    k, mean, sd = len(values), float(values.mean()), spread(values)
    if not sd > 0:
        note = "one difference has no spread" if k == 1 else "all differences are equal"
        return CorrectedT(k, mean, 0.0 if k > 1 else math.nan, k - 1, note=note)
    se = math.sqrt(1 / k + n_test / n_train) * sd
    half = float(student.ppf((1 + confidence) / 2, k - 1)) * se
    p = 2 * float(student.sf(abs(mean / se), k - 1))
    return CorrectedT(k, mean, se, k - 1, mean / se, p, mean - half, mean + half)


def finite(differences: npt.ArrayLike, what: str = "difference") -> npt.NDArray[np.float64]:
    """The values as floats (n,), n >= 1. Raises `SettingError` that names the first that is not a number."""
    try:
        values = np.asarray(differences, dtype=float)
    except (TypeError, ValueError) as error:
        raise SettingError(f"a {what} is not a number", fix="give numbers only") from error
    if values.ndim != 1:
        raise SettingError(f"the {what}s form no list", fix="give one number after the other")
    if not len(values):
        raise SettingError(f"there is no {what}", fix="give at least one, from a matched pair")
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise SettingError(
            f"a {what} is not a finite number", where=f"number {bad[0] + 1} of {len(values)}", fix="leave it out"
        )
    return values
