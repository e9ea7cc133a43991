"""The matrix products of a training step alone: the time below which no loop over batches can go."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import prod

import numpy as np
import numpy.typing as npt

from fer_core.efficiency.training.task import TrainingTask
from fer_core.models.weights import GATES, NetworkShape

Product = tuple[tuple[int, ...], tuple[int, ...]]
"""Shapes of the two factors, each (rows, columns) or (E, rows, columns)."""

_ROUNDS = 25


def products(shape: NetworkShape, classifiers: int, frames: int, batch: int) -> list[Product]:
    """The products of one step of `fer_core.training.landmarks.gradients.step`, forward and backward.

    Outer products with the single output unit are left out: they are computed elementwise.
    """
    e, rows, (f, q, r), i = classifiers, frames * batch, (shape.F, shape.Q, shape.R), shape.inputs
    g = GATES[shape.architecture] * q
    once: list[Product] = [
        ((rows, i), (e, i, f)),  # features
        ((e, rows, f), (e, f, g)),  # gates from the features of all frames
        ((e, batch, q), (e, q, r)),  # hidden layer
        ((e, batch, r), (e, r, 1)),  # output
        ((e, r, batch), (e, batch, 1)),  # gradients of these kernels, and of what went into them
        ((e, q, batch), (e, batch, r)),
        ((e, batch, r), (e, r, q)),
        ((e, q, rows), (e, rows, g)),
        ((e, f, rows), (e, rows, g)),
        ((e, rows, g), (e, g, f)),
        ((i, rows), (e, rows, f)),
    ]
    each_frame: list[Product] = [((e, batch, q), (e, q, g)), ((e, batch, g), (e, g, q))]
    return once + each_frame * frames


def operations(product: Product) -> int:
    """Multiplications and additions of a product."""
    a, b = product
    return 2 * prod(b) * a[-2] if len(b) == 3 else 2 * prod(a) * b[-1]


def floor(task: TrainingTask) -> tuple[float, float]:
    """Seconds per classifier and epoch that the products alone take on this machine, and operations a second.

    Every factor lies ready and in order, those of all frames are the same ones, and every result has
    its place: the median of many rounds.
    """
    classifiers, frames = len(task.losses), task.x.shape[1]
    sizes = [len(rows) for rows in task.batches(np.arange(len(task.x)))]
    seconds, work = 0.0, 0
    for size in set(sizes):
        needed = products(task.shape, classifiers, frames, size)
        seconds += sizes.count(size) * _median_seconds(needed)
        work += sizes.count(size) * sum(operations(p) for p in needed)
    return seconds / classifiers, work / seconds


def _median_seconds(needed: list[Product]) -> float:
    generator = np.random.default_rng(0)
    ready = {product: _call(product, generator) for product in needed}
    calls = [ready[product] for product in needed]
    rounds = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        for call in calls:
            call()
        rounds.append(time.perf_counter() - begun)
    return float(np.median(rounds[_ROUNDS // 5 :]))  # the first ones find cold caches


def _call(product: Product, generator: np.random.Generator) -> Callable[[], npt.NDArray[np.float32]]:
    a, b = (generator.standard_normal(size, dtype=np.float32) for size in product)
    result = np.matmul(a, b)
    return lambda: np.matmul(a, b, out=result)
