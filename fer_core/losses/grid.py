"""A grid over the loss policy's four numbers, and which loss each of its points gives a classifier.

One-vs-all classifiers share nothing, so a point of the grid only decides which loss each emotion's
classifier is trained with. Every distinct loss is trained once; a point is looked up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import SettingError
from fer_core.losses.imbalance import Boundary, LossChoice, LossPolicy

AXES = ("moderate", "severe", "gamma", "alpha")
"""The four numbers, in the order of every array over the grid."""

PLAIN, WEIGHTED, FOCAL = 0, 1, 2
"""Numbers of the losses: plain BCE, weighted BCE, and the first focal loss."""

Place = tuple[int, int, int, int]
"""A point of the grid: a position on each of `AXES`."""

Ratios = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Grid:
    """Values of each number, ascending. The defaults cover the ranges of the study's future work.

    A value of ``alpha`` stands in for equation 9, which gives 0.75, or 0.8 beyond a ratio of 12.
    """

    moderate: tuple[float, ...] = tuple(2.5 + 0.25 * i for i in range(11))
    severe: tuple[float, ...] = tuple(9 + 0.5 * i for i in range(11))
    gamma: tuple[float, ...] = (0.5, 1.0, 2.0, 3.0, 5.0)
    alpha: tuple[float, ...] = (0.5, 0.6, 0.7, 0.75, 0.8, 0.9)
    boundary: Boundary = ">"

    def __post_init__(self) -> None:
        for name in AXES:
            values = getattr(self, name)
            if not values or list(values) != sorted(set(values)):
                raise SettingError(f"the values of {name} are not ascending", fix="give each once, in order")
            if len(values) > 50:
                raise SettingError(f"{len(values)} values of {name} are too many", fix="give at most 50")
        if min(self.alpha) <= 0 or max(self.alpha) >= 1:
            raise SettingError("alpha is a share", fix="give values between 0 and 1")
        for gamma in self.gamma:  # the extreme pair of thresholds holds for all others
            LossPolicy(self.moderate[-1], self.severe[0], self.boundary, gamma)
            LossPolicy(self.moderate[0], self.severe[0], self.boundary, gamma)

    @property
    def shape(self) -> Place:
        """How many values each number has."""
        m, s, g, a = (len(getattr(self, name)) for name in AXES)
        return m, s, g, a

    @property
    def points(self) -> int:
        """How many combinations that makes."""
        return int(np.prod(self.shape))

    @cached_property
    def focal(self) -> tuple[tuple[float, float], ...]:
        """(gamma, alpha) of every focal loss: those of the grid, gamma by gamma, then the study's own."""
        grid = [(g, a) for g in self.gamma for a in self.alpha]
        own = [(LossPolicy().gamma, a) for a in (0.75, 0.8)]
        return tuple(dict.fromkeys([*grid, *own]))

    @property
    def losses(self) -> int:
        """How many distinct losses there are."""
        return FOCAL + len(self.focal)

    def choices(self, ratio: float) -> list[LossChoice]:
        """Every loss, by its number, as a classifier with this imbalance ratio gets it."""
        focal = [LossChoice("focal", alpha=a, gamma=g) for g, a in self.focal]
        return [LossChoice("bce"), LossChoice("weighted_bce", weight=ratio), *focal]

    def number(self, choice: LossChoice) -> int:
        """The number of a loss of `choices`."""
        if choice.name == "focal":
            assert choice.gamma is not None and choice.alpha is not None
            return FOCAL + self.focal.index((choice.gamma, round(choice.alpha, 9)))
        return WEIGHTED if choice.name == "weighted_bce" else PLAIN

    def own(self, ratio: float) -> int:
        """The loss that the study's own policy gives: thresholds 3.5 and 11.5, gamma 2, equation 9."""
        return self.number(LossPolicy(boundary=self.boundary).choose(ratio))

    @property
    def own_place(self) -> Place:
        """The point nearest to the study's own; exact but for alpha, which equation 9 sets by the ratio."""
        values = asdict(LossPolicy()) | {"alpha": 0.75}
        m, s, g, a = (int(np.argmin(np.abs(np.array(getattr(self, n)) - values[n]))) for n in AXES)
        return m, s, g, a

    def kinds(self, ratio: float) -> Numbers:
        """(moderate, severe): `PLAIN`, `WEIGHTED` or `FOCAL`, the kind a ratio gets at each threshold."""
        return np.array(
            [[_KIND[LossPolicy(m, s, self.boundary).choose(ratio).name] for s in self.severe] for m in self.moderate]
        )

    def assigned(self, ratio: float) -> Numbers:
        """(moderate, severe, gamma, alpha): the number of the loss that each point gives this ratio."""
        kinds = np.broadcast_to(self.kinds(ratio)[:, :, None, None], self.shape)
        focal = FOCAL + np.arange(len(self.gamma) * len(self.alpha)).reshape(self.shape[2:])
        return np.where(kinds == FOCAL, focal, kinds)

    def needed(self, ratio: float) -> list[int]:
        """Numbers of the losses that some point gives this ratio."""
        return [int(n) for n in np.unique(self.assigned(ratio))]

    def values(self, place: Place) -> dict[str, float]:
        """The four numbers of a point, by name."""
        return {name: getattr(self, name)[i] for name, i in zip(AXES, place, strict=True)}

    def to_json(self) -> dict[str, Any]:
        """Plain lists."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Grid:
        """The inverse of `to_json`. Raises `SettingError` where it cannot be read."""
        try:
            known = {f.name for f in fields(cls)}
            if set(plain) - known:
                raise TypeError(f"unknown value {sorted(set(plain) - known)[0]!r}")
            values: dict[str, Any] = {n: tuple(float(v) for v in plain[n]) for n in AXES if n in plain}
            return cls(**values, boundary=plain.get("boundary", ">"))
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise SettingError(
                f"the grid cannot be read: {error}", fix="save it again from the Sensitivity page"
            ) from error


def letters(kinds: Sequence[int]) -> str:
    """The kinds of a classifier's loss over the folds as text: ``wwfwf``."""
    return "".join("bwf"[min(int(k), FOCAL)] for k in kinds)


_KIND = {"bce": PLAIN, "weighted_bce": WEIGHTED, "focal": FOCAL}

USUAL = Grid()
QUICK = replace(USUAL, gamma=(0.5, 2.0, 5.0), alpha=(0.5, 0.75, 0.9))
FINE = replace(
    USUAL, gamma=tuple(0.5 + 0.5 * i for i in range(10)), alpha=tuple(round(0.5 + 0.05 * i, 2) for i in range(9))
)
GRIDS: dict[str, Grid] = {"quick": QUICK, "usual": USUAL, "fine": FINE}
"""Grids by name."""
