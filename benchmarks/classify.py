"""One clip through six classifiers: our numpy pass against Keras, side by side in one run.

    PYTHONPATH=. python benchmarks/classify.py

Prints the median time of each way and the ratio to ours, with the 5th and 95th percentile of the
ratio over the repetitions; the ways take turns, so that a slow moment hits all of them.
"""

from __future__ import annotations

import os
import time

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from fer_core.models.forward import probabilities
from fer_core.models.recurrent import build_classifier, set_weights
from fer_core.models.weights import NetworkShape, initial_weights

FRAMES, CLASSIFIERS, TURNS = 10, 6, 40


def main() -> None:
    """Measure and print."""
    for inputs in (60, 936):
        measure(inputs)


def measure(inputs: int) -> None:
    """The three ways with this many values per frame."""
    shape = NetworkShape(inputs=inputs)
    weights = initial_weights(shape, CLASSIFIERS, seed=0)
    models = [build_classifier(shape, FRAMES) for _ in range(CLASSIFIERS)]
    for k, model in enumerate(models):
        set_weights(model, weights, k)
    x = np.random.default_rng(0).standard_normal((1, FRAMES, inputs)).astype(np.float32)
    ways = {
        "one numpy pass": lambda: probabilities(weights, x, "gru"),
        "six direct calls": lambda: [m(x, training=False) for m in models],
        "six Model.predict": lambda: [m.predict(x, verbose=0) for m in models],
    }
    report(inputs, ways)


def report(inputs: int, ways: dict) -> None:
    """Run the ways in turn and print their times and ratios to the first."""
    seconds = {name: [] for name in ways}
    for turn in range(TURNS + 3):
        for name, way in ways.items():
            begun = time.perf_counter()
            way()
            if turn >= 3:  # the first turns compile
                seconds[name].append(time.perf_counter() - begun)
    ours = np.array(seconds["one numpy pass"])
    print(f"GRU, {inputs} values per frame, {CLASSIFIERS} classifiers, one clip, {TURNS} turns")
    for name, times in seconds.items():
        low, middle, high = np.quantile(np.array(times) / ours, [0.05, 0.5, 0.95])
        print(f"  {name:<18} {np.median(times) * 1e3:9.3f} ms   × {middle:7.1f} [{low:.1f}, {high:.1f}]")


if __name__ == "__main__":
    main()
