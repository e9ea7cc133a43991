"""Class weights from how many images each class has: none, simple, conservative, effective."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import SettingError

Balancing = Literal["none", "simple", "conservative", "effective"]
"""The strategies by name; `weigh` says what each is."""

BALANCINGS: tuple[Balancing, ...] = get_args(Balancing)
CAP = 3.0
"""Largest weight of the conservative strategy (Tutuianu et al., section 3.4)."""
BETA = 0.999
"""Of the effective number of samples (Suwartono et al., section 3)."""

FloatArray = npt.NDArray[np.float64]


def weigh(
    strategy: Balancing, counts: npt.ArrayLike, *, cap: float = CAP, beta: float = BETA, mean_one: bool = True
) -> FloatArray:
    """One weight for each class, float64 (k,), in the order of ``counts``.

    Parameters
    ----------
    strategy : Balancing
        "none": 1 each. "simple": the largest count by the class's own (Tutuianu et al., figure 11).
        "conservative": simple, no larger than ``cap`` (figure 13). "effective": `effective_weights`.
    counts : array-like of int, (k,)
        Images of each class on the training side. 0 is allowed: such a class weighs nothing.
    mean_one : bool
        Whether the effective weights are scaled to a mean of 1 over the classes; no other strategy is scaled.

    Raises
    ------
    SettingError
        Unknown strategy; negative counts or none at all; ``cap`` below 1; ``beta`` outside [0, 1).
    """
    n = _checked(counts)
    if strategy == "none":
        return (n > 0).astype(np.float64)
    if strategy == "simple":
        return simple_weights(n)
    if strategy == "conservative":
        return conservative_weights(n, cap)
    if strategy == "effective":
        return effective_weights(n, beta, mean_one=mean_one)
    raise SettingError(f"{strategy!r} is no way to weigh classes", fix="use one of " + ", ".join(BALANCINGS))


def class_weights(counts: Mapping[str, int], strategy: Balancing) -> dict[str, float]:
    """`weigh` by name: each class's weight from each class's number of images."""
    return dict(zip(counts, weigh(strategy, list(counts.values())).tolist(), strict=True))


def simple_weights(counts: npt.ArrayLike) -> FloatArray:
    """max(n) / n_k: the commonest class weighs 1, the others more (Tutuianu et al., section 3.4)."""
    n = _checked(counts)
    return np.divide(n.max(), n, out=np.zeros_like(n), where=n > 0)


def conservative_weights(counts: npt.ArrayLike, cap: float = CAP) -> FloatArray:
    """min(``cap``, max(n) / n_k) (Tutuianu et al., section 3.4, where the cap is 3)."""
    if not cap >= 1:
        raise SettingError(f"the cap {cap} is below 1, the weight of the commonest class", fix="use 1 or more")
    return np.minimum(cap, simple_weights(counts))


def effective_weights(counts: npt.ArrayLike, beta: float = BETA, *, mean_one: bool = True) -> FloatArray:
    """(1 - beta) / (1 - beta^n_k): one by the effective number of samples (Cui et al., 2019, section 4).

    With ``mean_one`` they are scaled to sum to the number of classes that have images, as Cui et al. do.
    Suwartono et al. print them unscaled; with beta .999 all of them are near 0.001 then, which
    divides the loss, and so with plain gradient descent the rate, by a thousand.

    Raises
    ------
    SettingError
        ``beta`` is outside [0, 1), or the counts are negative or all 0.
    """
    n = _checked(counts)
    if not 0 <= beta < 1:
        raise SettingError(f"beta is {beta}, outside [0, 1)", fix="use a number such as 0.999")
    weights = np.divide(1.0 - beta, 1.0 - beta**n, out=np.zeros_like(n), where=n > 0)
    return weights * (np.count_nonzero(n) / weights.sum()) if mean_one else weights


def _checked(counts: npt.ArrayLike) -> FloatArray:
    n = np.asarray(counts, np.float64)
    if n.ndim != 1 or not n.size or not np.isfinite(n).all() or (n < 0).any() or not n.any():
        raise SettingError("classes cannot be weighed by these counts", fix="give each a count from 0 up")
    return n
