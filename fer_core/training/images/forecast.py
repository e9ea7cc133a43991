"""How long an image experiment will take at most, from what earlier ones took here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from fer_core.base.paths import store_file
from fer_core.store.store import Store
from fer_core.study.image_conditions import ImageCondition
from fer_core.study.image_design import KIND, ImageDesign

Paces = Mapping[tuple[str, int], float]
"""(model, input side) → seconds that one picture takes in one epoch; of what has no epochs, in all."""


@dataclass(frozen=True)
class ImageForecast:
    """What a design amounts to.

    Attributes
    ----------
    trainings : how often a model is trained and tested
    seconds : at most, of those whose pace is known
    unknown : models that were never trained at that size here, in the design's order
    """

    trainings: int
    seconds: float
    unknown: tuple[str, ...]


def forecast(design: ImageDesign, pictures: int, paces: Paces) -> ImageForecast:
    """A design's trainings and their time; ``pictures``: how many one training side has, about."""
    times = len(design.seeds) * design.folds
    known = [c for c in design.conditions if (c.model, c.size) in paces]
    seconds = sum(times * pictures * _epochs(c) * paces[c.model, c.size] for c in known)
    unknown = dict.fromkeys(c.model for c in design.conditions if (c.model, c.size) not in paces)
    return ImageForecast(design.n_cells, seconds, tuple(unknown))


def paces() -> dict[tuple[str, int], float]:
    """What is known of earlier trainings on this machine: the median over them."""
    found: dict[tuple[str, int], list[float]] = {}
    if store_file().is_file():
        with Store(read_only=True) as store:
            for record in store.experiments():
                if record.design.get("kind") == KIND:
                    conditions = dict(zip(record.design["slugs"], record.design["conditions"], strict=True))
                    _note(found, conditions, store.cells(record.id))
    return {key: median(values) for key, values in found.items()}


def _note(found: dict[tuple[str, int], list[float]], conditions: Mapping[str, Any], cells: Iterable[Any]) -> None:
    for cell in cells:
        condition = conditions.get(cell.condition)
        if cell.state != "done" or condition is None or not cell.n_train:
            continue
        epochs = cell.network.get("seconds") or []
        seconds = median(epochs) if epochs else cell.seconds
        found.setdefault((condition["model"], condition["size"]), []).append(seconds / cell.n_train)


def _epochs(condition: ImageCondition) -> int:
    from fer_core.models.images.registry import find

    return condition.fit.epochs if find(condition.model).kind == "network" else 1
