"""One format's networks timed in a process of its own: GRU and LSTM alternately, at every batch size."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fer_core.base.errors import SettingError
from fer_core.efficiency.training.contenders import peak_mb
from fer_core.landmarks.track import FloatArray
from fer_core.models.export.runtimes import open_file
from fer_core.models.forward import Classifiers, sigmoid
from fer_core.models.weights import Architecture
from fer_core.studies.efficiency.counted import ARCHITECTURES
from fer_core.studies.efficiency.formats import BATCHES, FORMATS, MANY, ONE, PROCESSES
from fer_core.studies.efficiency.isolated import run_module
from fer_core.studies.efficiency.network_files import file_stem, keras_models, read_bundle

Classify = Callable[[FloatArray], FloatArray]
"""Landmarks or coordinates (n, P, 936) to probabilities (n, classifiers)."""


@dataclass(frozen=True)
class How:
    """What a process measures.

    Attributes
    ----------
    batches : clips at once
    budget : float
        Seconds for all networks of a format at one batch size; between 3 and 60 repeats come of it.
    architectures, which : the networks
    """

    batches: tuple[int, ...] = BATCHES
    budget: float = 0.4
    architectures: tuple[Architecture, ...] = ARCHITECTURES
    which: tuple[str, ...] = (MANY, ONE)


def measure(process: str, folder: Path, threads: int, how: How) -> dict[str, Any]:
    """Time one process of `PROCESSES` on the files of `inference_files.prepare`.

    Returns
    -------
    ``rows``: for each format and batch the median milliseconds of ``gru-many``, ``lstm-many``, ``gru-one``,
    ``lstm-one`` and the number of repeats; ``peak_mb``; ``largest_difference`` from our numpy pass.
    """
    answer = folder / "answer.json"
    words = [process, str(folder.resolve()), str(threads), json.dumps(asdict(how))]
    run_module("fer_core.studies.efficiency.timed_child", words, answer, threads, FORMATS.get(process, process))
    said: dict[str, Any] = json.loads(answer.read_text("utf-8"))
    return said


# In the process --------------------------------------------------------------------------------------


def _timed(formats: Sequence[str], folder: Path, threads: int, how: How) -> dict[str, Any]:
    generator = np.random.default_rng(0)
    rows, apart = [], 0.0
    for kind in formats:
        opened = {file_stem(a, w): _open(kind, folder, a, w, threads) for a in how.architectures for w in how.which}
        for batch in how.batches:
            bundle = read_bundle(folder, how.architectures[0], how.which[0])
            x = generator.random((batch, bundle.frames, bundle.recogniser.shape.inputs), dtype=np.float32)
            rows.append({"format": kind, "batch": batch} | _row(opened, x, how.budget))
            if batch == how.batches[0]:
                apart = max(apart, _apart(opened, folder, how, x))
    return {"rows": rows, "peak_mb": peak_mb(), "largest_difference": apart}


def take_turns(ways: Mapping[str, Callable[[], object]], turns: int) -> dict[str, list[float]]:
    """Wall time of each way in each turn, milliseconds; every second turn goes backwards."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(turns):
        for name in ways if turn % 2 == 0 else list(ways)[::-1]:
            begun = time.perf_counter()
            ways[name]()
            taken[name].append(1e3 * (time.perf_counter() - begun))
    return taken


def _row(opened: Mapping[str, Classify], x: FloatArray, budget: float) -> dict[str, Any]:
    ways = {name: (lambda run=run: run(x)) for name, run in opened.items()}
    for way in ways.values():
        way()  # compiles, allocates
    begun = time.perf_counter()
    for way in ways.values():
        way()
    turns = int(np.clip(budget / (time.perf_counter() - begun), 3, 60))
    taken = take_turns(ways, turns)
    return {"repeats": turns} | {name: float(np.median(each)) for name, each in taken.items()}


def _apart(opened: Mapping[str, Classify], folder: Path, how: How, x: FloatArray) -> float:
    """Largest difference of a probability from our pass, so that all are known to compute the same."""
    found = 0.0
    for a in how.architectures:
        for w in how.which:
            ours = _open("numpy", folder, a, w, 1)(x)
            found = max(found, float(np.abs(opened[file_stem(a, w)](x) - ours).max()))
    return found


def _open(kind: str, folder: Path, architecture: Architecture, which: str, threads: int) -> Classify:
    if kind in ("onnx", "tflite"):
        run, _ = open_file(folder / f"{file_stem(architecture, which)}.{kind}", kind, threads)  # type: ignore[arg-type]

        def classify(x: FloatArray) -> FloatArray:
            points = x.reshape(*x.shape[:2], -1, 2)
            return run({"landmarks": points, "aspect": np.ones(len(x), np.float32)})["probabilities"]

        return classify
    bundle = read_bundle(folder, architecture, which)
    r = bundle.recogniser
    if kind == "numpy":
        ours = Classifiers(r.weights, architecture)
        return lambda x: sigmoid(ours.logits(x))
    if kind not in ("call", "predict"):
        raise SettingError(f"there is no format {kind!r}", fix="use " + ", ".join(FORMATS))
    models = keras_models(r.shape, bundle)
    if kind == "call":
        return lambda x: np.concatenate([np.asarray(m(x, training=False)) for m in models], axis=1)
    return lambda x: np.concatenate([m.predict(x, verbose=0, batch_size=len(x)) for m in models], axis=1)


def main(arguments: list[str]) -> None:
    """The process: which one, the files' folder, threads, and how, as JSON."""
    from fer_core.base.quiet import quiet

    process, folder, threads, plain = arguments
    if process not in PROCESSES:
        raise SettingError(f"there is no process {process!r}", fix="use " + ", ".join(PROCESSES))
    asked = json.loads(plain)
    how = How(tuple(asked["batches"]), asked["budget"], tuple(asked["architectures"]), tuple(asked["which"]))
    with quiet():
        said = _timed(PROCESSES[process], Path(folder), int(threads), how)
    (Path(folder) / "answer.json").write_text(json.dumps(said), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
