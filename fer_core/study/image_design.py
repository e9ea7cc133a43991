"""What an image experiment compares: conditions, seeds, and what that amounts to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from fer_core.base.errors import SettingError
from fer_core.study.design import check_seeds
from fer_core.study.image_conditions import ImageCondition

KIND = "images"
"""How a design of image models is told from one of landmark classifiers in the store."""


@dataclass(frozen=True)
class ImageDesign:
    """Conditions to compare on one corpus, and the seeds each is repeated with.

    All of them share protocol, folds, emotions and label rule, so that they are tested on the same
    pictures. Raises `SettingError` where they do not, or two would have the same name.
    """

    conditions: tuple[ImageCondition, ...]
    seeds: tuple[int, ...] = (0,)

    def __post_init__(self) -> None:
        if not self.conditions:
            raise SettingError("an experiment needs a model", fix="name at least one")
        check_seeds(self.seeds)
        slugs = [c.slug for c in self.conditions]
        if twice := next((s for s in slugs if slugs.count(s) > 1), None):
            raise SettingError(
                f"two conditions are called {twice}", fix="let them differ in model, size, balancing or weights"
            )
        shared = {(c.protocol, c.folds, c.emotions, c.labels) for c in self.conditions}
        if len(shared) > 1:
            raise SettingError(
                "the conditions would be tested on different pictures",
                fix="give all of them one protocol, number of folds, label rule and set of emotions",
            )

    @property
    def base(self) -> ImageCondition:
        """The first condition: what all share can be read from it."""
        return self.conditions[0]

    @property
    def folds(self) -> int:
        """Folds per seed; 1 for the official split."""
        return 1 if self.base.protocol == "official" else self.base.folds

    @property
    def n_cells(self) -> int:
        """Condition x seed x fold: how often a model is trained and tested."""
        return len(self.conditions) * len(self.seeds) * self.folds

    def on_seed(self, seed: int) -> list[ImageCondition]:
        """The conditions on one seed."""
        return [replace(c, seed=seed) for c in self.conditions]

    @property
    def key(self) -> str:
        """Hash of all of it."""
        text = json.dumps(self.to_json(), sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Plain dicts, lists and numbers."""
        return {
            "kind": KIND,
            "conditions": [c.to_json() for c in self.conditions],
            "slugs": [c.slug for c in self.conditions],
            "seeds": list(self.seeds),
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> ImageDesign:
        """The inverse of `to_json`; raises `SettingError` where it cannot be read."""
        try:
            conditions = tuple(ImageCondition.from_json(c) for c in plain["conditions"])
            seeds = tuple(plain["seeds"])
            if not all(type(s) is int for s in seeds):
                raise TypeError("a seed is no whole number")
            return cls(conditions, seeds)
        except (KeyError, TypeError) as error:
            raise SettingError(
                f"the design cannot be read: {error}", fix="save it again from the Benchmark page"
            ) from error
