"""Class imbalance of one-vs-all classifiers, and the loss each of them gets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from fer_core.base.emotions import SIX, in_order
from fer_core.base.errors import SettingError
from fer_core.base.limits import GAMMA, RATIO

LossName = Literal["bce", "weighted_bce", "focal"]
Boundary = Literal[">", ">="]

LOSS_WORDS: dict[LossName, str] = {
    "bce": "binary cross-entropy",
    "weighted_bce": "weighted binary cross-entropy",
    "focal": "focal loss",
}


def imbalance_ratio(n_positive: int, n_negative: int) -> float:
    """N_negative / N_positive (Winarno et al., equation 5); infinite without positives."""
    if n_positive < 0 or n_negative < 0:
        raise SettingError("a class cannot have fewer than 0 clips", fix="count the clips again")
    return n_negative / n_positive if n_positive else float("inf")


def focal_alpha(ratio: float) -> float:
    """Weight of the positive class in the focal loss: 0.75, or equation 9 beyond ratio 12.

    Equation 9 is min(0.8, 0.25 + 0.1 (ratio - 5)). Beyond 12 the second term is at least 0.95,
    so the equation always gives 0.8 there; it is computed as printed all the same.
    """
    return min(0.8, 0.25 + (ratio - 5.0) * 0.1) if ratio > 12.0 else 0.75


@dataclass(frozen=True)
class LossChoice:
    """The loss of one classifier: its name and the numbers it needs."""

    name: LossName
    alpha: float | None = None
    gamma: float | None = None
    weight: float | None = None

    def __post_init__(self) -> None:
        needed = {"bce": (), "weighted_bce": ("weight",), "focal": ("alpha", "gamma")}
        if self.name not in needed or any(getattr(self, n) is None for n in needed[self.name]):
            raise SettingError(f"the loss {self.name!r} is unknown or incomplete", fix="choose it by a policy")

    @property
    def words(self) -> str:
        """For people: ``focal loss (alpha 0.80, gamma 2.0)``."""
        if self.name == "focal":
            return f"{LOSS_WORDS['focal']} (alpha {self.alpha:.2f}, gamma {self.gamma:.1f})"
        if self.name == "weighted_bce":
            return f"{LOSS_WORDS['weighted_bce']} (positives × {self.weight:.2f})"
        return LOSS_WORDS["bce"]


@dataclass(frozen=True)
class LossPolicy:
    """Which imbalance ratio gets which loss (Winarno et al., section 3.5).

    Attributes
    ----------
    moderate, severe : float
        Thresholds 3.5 and 11.5; ratios above the first get weighted BCE, above the second focal.
    boundary : ">" or ">="
        Whether a ratio equal to a threshold already belongs to the class above. The paper says
        ``>= 11.5`` in section 3.1 and ``> 11.5`` in 3.5.2.
    gamma : float
        Focusing strength of the focal loss.
    """

    moderate: float = 3.5
    severe: float = 11.5
    boundary: Boundary = ">"
    gamma: float = 2.0

    def __post_init__(self) -> None:
        if not 0 < self.moderate <= self.severe:
            raise SettingError(
                f"the thresholds {self.moderate:g} and {self.severe:g} are out of order",
                fix="give a moderate threshold above 0 and not above the severe one",
            )
        if self.boundary not in (">", ">="):
            raise SettingError(f"the boundary rule {self.boundary!r} is unknown", fix="use > or >=")
        GAMMA.check(self.gamma)
        RATIO.check(self.severe)

    def choose(self, ratio: float) -> LossChoice:
        """The loss for one classifier with this imbalance ratio."""
        if self._reaches(ratio, self.severe):
            return LossChoice("focal", alpha=focal_alpha(ratio), gamma=self.gamma)
        if self._reaches(ratio, self.moderate):
            return LossChoice("weighted_bce", weight=ratio)
        return LossChoice("bce")

    def _reaches(self, ratio: float, threshold: float) -> bool:
        return ratio >= threshold if self.boundary == ">=" else ratio > threshold


@dataclass(frozen=True)
class ImbalanceRow:
    """One emotion's imbalance: clips that show it, clips that do not, their ratio, the chosen loss."""

    n_positive: int
    n_negative: int
    ratio: float
    choice: LossChoice


def loss_for(ratio: float, policy: LossPolicy | None) -> LossChoice:
    """The loss of one classifier: the policy's choice, or plain BCE without a policy."""
    return LossChoice("bce") if policy is None else policy.choose(ratio)


def imbalance_table(counts: Mapping[str, int], policy: LossPolicy | None = None) -> dict[str, ImbalanceRow]:
    """Imbalance and chosen loss per emotion, for one-vs-all classifiers over these counts."""
    return _rows(counts, policy or LossPolicy())


def _rows(counts: Mapping[str, int], policy: LossPolicy | None) -> dict[str, ImbalanceRow]:
    total = sum(counts.values())
    ratios = {e: imbalance_ratio(n, total - n) for e, n in counts.items()}
    return {e: ImbalanceRow(n, total - n, ratios[e], loss_for(ratios[e], policy)) for e, n in counts.items()}


def usual_emotions(occurring: Iterable[str], wanted: Collection[str] = SIX) -> tuple[str, ...]:
    """The wanted emotions, the study's six, as far as they occur; all that occur where fewer than two do."""
    there = in_order(occurring)
    found = tuple(e for e in there if e in wanted)
    return found if len(found) > 1 else there


@dataclass(frozen=True)
class LossPlan:
    """Which emotions of a corpus one-vs-all classifiers tell apart, and the loss each of them gets.

    Attributes
    ----------
    counts : mapping
        Labelled clips of every emotion that occurs in the corpus.
    emotions : tuple
        Those that are told apart; only their clips are used, so that they alone make the ratios.
    policy : LossPolicy or None
        None: plain BCE for every emotion, whatever its ratio.
    """

    counts: Mapping[str, int]
    emotions: tuple[str, ...]
    policy: LossPolicy | None

    @property
    def table(self) -> dict[str, ImbalanceRow]:
        """Imbalance and loss of each emotion that is told apart."""
        return _rows({e: n for e, n in self.counts.items() if e in self.emotions}, self.policy)

    @property
    def left_out(self) -> dict[str, int]:
        """Clips per emotion that occurs and is not told apart."""
        return {e: n for e, n in self.counts.items() if e not in self.emotions}

    @property
    def total(self) -> int:
        """Labelled clips of the corpus."""
        return sum(self.counts.values())

    @property
    def used(self) -> int:
        """Labelled clips of the emotions that are told apart."""
        return self.total - sum(self.left_out.values())

    def telling(self, emotions: Iterable[str]) -> LossPlan:
        """The same corpus and policy with other emotions told apart."""
        return replace(self, emotions=in_order(emotions))

    def other_losses(self, other: LossPlan) -> dict[str, LossName]:
        """Of the emotions of both plans those whose loss differs, with the loss the other plan gives."""
        mine, theirs = self.table, other.table
        return {e: theirs[e].choice.name for e in mine if e in theirs and mine[e].choice.name != theirs[e].choice.name}
