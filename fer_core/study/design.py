"""The factorial design: which conditions, on which seeds, and what that amounts to."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, get_args

from fer_core.base.errors import SettingError
from fer_core.base.limits import SEED
from fer_core.losses.imbalance import LossPlan
from fer_core.models.weights import Architecture
from fer_core.study.conditions import Condition, LossKind, TuningKind
from fer_core.study.presets import DEFAULT

FACTORS: dict[str, tuple[str, str]] = {
    "architecture": ("gru", "lstm"),
    "tuning": ("bayesian", "predefined"),
    "loss": ("advanced", "standard"),
}
"""Each factor's two levels, in the study's order (section 3.1)."""


class Factors(NamedTuple):
    """One level of each factor."""

    architecture: Architecture
    tuning: TuningKind
    loss: LossKind

    @property
    def slug(self) -> str:
        """``gru-bayesian-advanced``."""
        return "-".join(self)

    @classmethod
    def of(cls, slug: str) -> Factors:
        """The inverse of `slug`. Raises `SettingError` for an unknown one."""
        found = next((f for f in ALL if f.slug == slug), None)
        if found is None:
            raise SettingError(f"there is no condition {slug!r}", fix="use " + ", ".join(f.slug for f in ALL))
        return found


ALL: tuple[Factors, ...] = tuple(Factors(*levels) for levels in itertools.product(*FACTORS.values()))  # type: ignore[arg-type]
"""The 2 x 2 x 2 study."""

BASE = replace(DEFAULT, folds=5, ensemble=1)
"""What the conditions share by default: the sound features and protocol, one network per emotion."""


MOST_SEEDS = 1000


@dataclass(frozen=True)
class Design:
    """Conditions to compare, and the seeds each is repeated with.

    Attributes
    ----------
    base : Condition
        Everything the conditions share; its own levels and seed do not matter.
    factors : the conditions, each once
    seeds : replicates; each seed draws its own folds, which all conditions share
    """

    base: Condition = BASE
    factors: tuple[Factors, ...] = ALL
    seeds: tuple[int, ...] = (0,)

    def __post_init__(self) -> None:
        if not self.factors or len(set(self.factors)) != len(self.factors):
            raise SettingError("a design needs conditions, each once", fix="choose at least one")
        for factors in self.factors:
            Factors.of(factors.slug)
        check_seeds(self.seeds)

    def condition(self, factors: Factors, seed: int) -> Condition:
        """One condition on one seed."""
        return replace(self.base, **factors._asdict(), seed=seed)

    def loss_plan(self, counts: Mapping[str, int]) -> LossPlan:
        """Which emotions of a corpus are told apart, and with which loss: the adaptive one where a condition
        has it, else plain BCE.
        """
        adaptive = any(f.loss == "advanced" for f in self.factors)
        return LossPlan(counts, self.base.emotions, self.base.policy if adaptive else None)

    @property
    def folds(self) -> int:
        """Outer folds per seed; 1 for a hold-out."""
        return self.base.parts

    @property
    def searched(self) -> int:
        """How many of the conditions search for their sizes."""
        return sum(f.tuning == "bayesian" for f in self.factors)

    @property
    def n_cells(self) -> int:
        """Condition x seed x fold: how often a whole set of classifiers is fitted and tested."""
        return len(self.factors) * len(self.seeds) * self.folds

    @property
    def n_trials(self) -> int:
        """Evaluations of all searches."""
        per_cell = len(self.base.emotions) * self.base.search.evaluations
        return self.searched * len(self.seeds) * self.folds * per_cell

    @property
    def n_fits(self) -> int:
        """Single classifiers fitted: inner folds of every trial, and every cell's emotions and members."""
        final = self.n_cells * len(self.base.emotions) * self.base.ensemble
        return self.n_trials * self.base.search.inner_folds + final

    @property
    def key(self) -> str:
        """Hash of all of it: equal designs have equal keys, on any machine."""
        text = json.dumps(self.to_json(), sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Plain dicts, lists and numbers."""
        return {"base": self.base.to_json(), "factors": [list(f) for f in self.factors], "seeds": list(self.seeds)}

    @classmethod
    def from_json(cls, plain: Any) -> Design:
        """The inverse of `to_json`; raises `SettingError` where it cannot be read."""
        try:
            factors = tuple(Factors.of("-".join(levels)) for levels in plain["factors"])
            seeds = tuple(plain["seeds"])
            if not all(type(s) is int for s in seeds):
                raise TypeError("a seed is no whole number")
            return cls(Condition.from_json(plain["base"]), factors, seeds)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise SettingError(
                f"the design cannot be read: {error}", fix="save it again from the Launch page"
            ) from error


def check_seeds(seeds: tuple[int, ...]) -> None:
    """Raises `SettingError` where there is none, one stands twice, is out of range, or there are too many."""
    if not 0 < len(set(seeds)) == len(seeds) <= MOST_SEEDS:
        raise SettingError(f"a design needs 1 to {MOST_SEEDS} seeds, each once", fix="give one seed per replicate")
    for seed in seeds:
        SEED.check(seed)


assert all(
    set(get_args(kind)) == set(FACTORS[name])
    for name, kind in (("architecture", Architecture), ("tuning", TuningKind), ("loss", LossKind))
)
