"""Effect coding: numbers for the levels of factors, and names for what factors do together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

BETWEEN = " x "
"""Between the factors of an interaction's name."""


def names_of(effect: str) -> list[str]:
    """The factors of an effect: "architecture x loss" → architecture, loss."""
    return effect.split(BETWEEN)


def contains(effect: str, other: str) -> bool:
    """Whether an effect is an interaction that the other one is part of."""
    return set(names_of(other)) < set(names_of(effect))


def code_levels(levels: Sequence[Any]) -> dict[Any, Floats]:
    """Level → its codes (k - 1,): 1 in its own column, 0 elsewhere; the last level has -1 in all."""
    rows = np.vstack([np.eye(len(levels) - 1), -np.ones(len(levels) - 1)])
    return dict(zip(levels, rows, strict=True))


def coded_column(column: pd.Series, codes: dict[Any, Floats]) -> Floats:
    """(n, k - 1): each row's codes."""
    rows = np.vstack(list(codes.values()))
    place = column.map({level: k for k, level in enumerate(codes)}).to_numpy(dtype=int)
    return rows[place]


def product(columns: Sequence[Floats]) -> Floats:
    """The columns of an interaction: all products of one column of each."""
    return reduce(lambda a, b: (a[..., :, None] * b[..., None, :]).reshape(*a.shape[:-1], -1), columns)
