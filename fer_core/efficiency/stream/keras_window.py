"""The plain way to classify a window, in a process of its own: one Keras model per emotion."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from fer_core.landmarks.track import FloatArray
from fer_core.models.weights import NetworkShape, Weights

_MODELS: list[Any] = []


class Answer(NamedTuple):
    """Milliseconds of all models' ``predict`` and of all direct calls, and the outputs (E,)."""

    predict: float
    call: float
    outputs: FloatArray


class KerasModels:
    """One model per classifier, ready in another process."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def classify(self, x: FloatArray) -> Answer:
        """Classify a window (1, P, inputs) both ways."""
        return self._pool.submit(_classify, x).result()


@contextmanager
def keras_models(shape: NetworkShape, weights: Weights, frames: int) -> Iterator[KerasModels]:
    """The models with stacked weights (E, ...), in a process that ends with the block.

    Not in this one: TensorFlow's threads would get in the way of what is compared with it, and a
    server that reads a camera has no TensorFlow.
    """
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, initializer=_build, initargs=(shape, weights, frames)) as pool:
        yield KerasModels(pool)


def _build(shape: NetworkShape, weights: Weights, frames: int) -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    from fer_core.base.quiet import quiet
    from fer_core.models.recurrent import build_classifier, set_weights

    with quiet():
        for k in range(len(weights["dense_bias"])):
            model = build_classifier(shape, frames)
            set_weights(model, weights, k)
            _MODELS.append(model)


def _classify(x: FloatArray) -> Answer:
    from fer_core.base.quiet import quiet

    with quiet():
        begun = time.perf_counter()
        said = [model.predict(x, verbose=0) for model in _MODELS]
        predicted = time.perf_counter()
        for model in _MODELS:
            model(x, training=False)
        called = time.perf_counter()
    outputs = np.concatenate(said)[:, 0]
    return Answer(1e3 * (predicted - begun), 1e3 * (called - predicted), outputs)
