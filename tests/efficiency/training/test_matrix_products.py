"""The floor is made of the very products of a training step, seen from outside."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fer_core.efficiency.training.matrix_products import Product, floor, operations, products
from fer_core.efficiency.training.task import TrainingTask
from fer_core.losses.imbalance import LossChoice
from fer_core.models.weights import Architecture, NetworkShape, initial_weights
from fer_core.study.conditions import FitSettings
from fer_core.training.landmarks.gradients import LossTerms, step

CLASSIFIERS, FRAMES, BATCH = 3, 4, 5
SEEN: list[Product] = []


class Watched(np.ndarray[Any, Any]):
    """An array that notes the shapes of every matrix product it or its descendants take part in."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = (), **how: Any) -> Any:
        if ufunc is np.matmul:
            SEEN.append(tuple(np.shape(i) for i in inputs))  # type: ignore[arg-type]
        plain = [np.asarray(i) if isinstance(i, np.ndarray) else i for i in inputs]
        if out:
            how["out"] = tuple(np.asarray(o) for o in out)
        result = getattr(ufunc, method)(*plain, **how)
        return np.asarray(out[0] if out else result).view(Watched)


@pytest.mark.parametrize("architecture", ["gru", "lstm"])
def test_they_are_the_products_of_a_step(architecture: Architecture) -> None:
    shape = NetworkShape(architecture, 6, 8, 10, 7)
    weights = initial_weights(shape, CLASSIFIERS, seed=0)
    g = np.random.default_rng(0)
    x = g.normal(size=(BATCH, FRAMES, 7)).astype(np.float32)
    y = (g.random((BATCH, CLASSIFIERS)) < 0.3).astype(np.float32)
    SEEN.clear()
    watched = {name: value.view(Watched) for name, value in weights.items()}
    step(watched, x, y, LossTerms.of([LossChoice("bce")] * CLASSIFIERS), architecture)
    assert sorted(SEEN) == sorted(products(shape, CLASSIFIERS, FRAMES, BATCH))


def test_operations_are_counted_once_per_classifier() -> None:
    assert operations(((2, 3), (3, 4))) == 2 * 2 * 3 * 4
    assert operations(((5, 2, 3), (5, 3, 4))) == 5 * 2 * 2 * 3 * 4
    assert operations(((2, 3), (5, 3, 4))) == 5 * 2 * 2 * 3 * 4  # one factor is common to all


def test_the_floor_follows_the_batches() -> None:
    """Work per epoch is that of all batches, the smaller last one included."""
    x, y = np.zeros((11, FRAMES, 7), dtype=np.float32), np.zeros((11, 2), dtype=np.float32)
    shape, settings = NetworkShape("gru", 6, 8, 10, 7), FitSettings(batch_size=5)
    task = TrainingTask(x, y, x, y, (LossChoice("bce"),) * 2, shape, settings)
    seconds, rate = floor(task)
    work = sum(operations(p) for size in (5, 5, 1) for p in products(shape, 2, FRAMES, size))
    assert seconds * 2 * rate == pytest.approx(work)
