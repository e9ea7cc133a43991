"""MixUp and CutMix: batches in which two pictures and their targets share one example."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import SettingError

Images = npt.NDArray[np.float32]
Targets = npt.NDArray[np.float32]

ALPHA = 0.2
"""Of both Beta distributions in Suwartono et al. (section 3.2)."""


def mixup(x: Images, y: Targets, alpha: float, generator: np.random.Generator) -> tuple[Images, Targets]:
    """lambda x_i + (1 - lambda) x_j, and targets alike (Zhang et al., 2018).

    lambda ~ Beta(alpha, alpha). j is a permutation of the batch, and each pair has a lambda of its own, as
    in Zhang et al.'s equation 1 (their program draws one for the whole batch). With alpha 0.2 most pictures
    stay almost what they were.

    Parameters
    ----------
    x : (n, h, w, c)
        Pixels, float32. uint8 would be rounded; convert it first.
    y : (n, k)
        Targets, one-hot or soft.
    alpha : float above 0
    generator : numpy.random.Generator

    Raises
    ------
    SettingError
        ``alpha`` is not above 0.
    """
    share, other = _drawn(len(x), alpha, generator)
    at = share[:, None, None, None]
    return at * x + (1 - at) * x[other], _shared(y, other, share)


def cutmix(x: Images, y: Targets, alpha: float, generator: np.random.Generator) -> tuple[Images, Targets]:
    """A box of x_j pasted into x_i; targets by the share of the area (Yun et al., 2019, equation 2).

    The box has sides sqrt(1 - lambda) of the picture's and a uniformly drawn centre; what reaches over the
    border is cut off. So the target takes the share that is left of x_i, counted in pixels, not lambda
    itself. Parameters, and what is raised, are those of `mixup`.
    """
    share, other = _drawn(len(x), alpha, generator)
    mixed, left = x.copy(), np.ones(len(x), np.float32)
    height, width = x.shape[1:3]
    top, bottom = _span(height, share, generator)
    start, end = _span(width, share, generator)
    for i, j in enumerate(other):
        rows, columns = slice(top[i], bottom[i]), slice(start[i], end[i])
        mixed[i, rows, columns] = x[j, rows, columns]
        left[i] -= (bottom[i] - top[i]) * (end[i] - start[i]) / (height * width)
    return mixed, _shared(y, other, left)


def _drawn(
    n: int, alpha: float, generator: np.random.Generator
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """lambda of each picture, and which other one it is mixed with."""
    if not alpha > 0:
        raise SettingError(f"pictures cannot be mixed with alpha {alpha}", fix="use a number such as 0.2")
    return generator.beta(alpha, alpha, n).astype(np.float32), generator.permutation(n)


def _span(
    length: int, share: npt.NDArray[np.float32], generator: np.random.Generator
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """First pixel, and the one after the last, of each box along one side."""
    side = np.floor(length * np.sqrt(1 - share)).astype(np.int64)
    first = generator.integers(length, size=len(share)) - side // 2
    return np.clip(first, 0, length), np.clip(first + side, 0, length)


def _shared(y: Targets, other: npt.NDArray[np.int64], share: npt.NDArray[np.float32]) -> Targets:
    return share[:, None] * y + (1 - share[:, None]) * y[other]
