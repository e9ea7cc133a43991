"""One image model timed in a process of its own: by Keras, which also writes its graph, or by onnxruntime."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import SettingError
from fer_core.efficiency.training.contenders import peak_mb
from fer_core.studies.efficiency.isolated import run_module

BATCHES = (1, 32)
BUDGET = 1.5
"""Seconds for one batch size; between 3 and 60 repeats come of it."""
FORMATS = {"keras": "Keras", "onnx": "onnxruntime"}
CLASSES = 7

Read = Callable[[npt.NDArray[np.float32]], object]


def measure(kind: str, model: str, size: int, folder: Path, threads: int) -> dict[str, Any]:
    """Time one model in one of `FORMATS`; "keras" first, which leaves the graph in the folder.

    Returns
    -------
    ``rows``: for each of `BATCHES` the median, lowest and highest milliseconds (p50, low, high: quartiles)
    and the number of repeats; ``peak_mb``; of keras also ``parameters``, of onnx ``bytes``.

    Raises
    ------
    TrainingError
        Where the process fails; its last line says why.
    """
    answer = folder / f"{kind}.json"
    run_module(
        "fer_core.studies.efficiency.image_child",
        [kind, model, str(size), str(folder.resolve()), str(threads)],
        answer,
        threads,
        f"{model}, {FORMATS[kind]}",
    )
    said: dict[str, Any] = json.loads(answer.read_text("utf-8"))
    return said


# In the process --------------------------------------------------------------------------------------


def timed(read: Read, shape: tuple[int, int, int], budget: float = BUDGET) -> list[dict[str, Any]]:
    """Rows of a function that reads a batch of pictures; its first call, which compiles, does not count."""
    generator = np.random.default_rng(0)
    return [_row(read, generator.random((batch, *shape), dtype=np.float32), budget) for batch in BATCHES]


def _row(read: Read, x: npt.NDArray[np.float32], budget: float) -> dict[str, Any]:
    read(x)
    first = _milliseconds(read, x)
    turns = int(np.clip(1e3 * budget / max(first, 1e-3), 3, 60))
    taken = [_milliseconds(read, x) for _ in range(turns)]
    low, middle, high = np.percentile(taken, [25, 50, 75])
    return {"batch": len(x), "ms": float(middle), "low": float(low), "high": float(high), "repeats": turns}


def _milliseconds(read: Read, x: npt.NDArray[np.float32]) -> float:
    begun = time.perf_counter()
    read(x)
    return 1e3 * (time.perf_counter() - begun)


def _keras(model: str, size: int, folder: Path, threads: int) -> dict[str, Any]:
    from fer_core.models.images.registry import find

    network = find(model).build(size=size, classes=CLASSES)
    rows = timed(network.predict_on_batch, network.input_shape[1:])
    said: dict[str, Any] = {"rows": rows, "peak_mb": peak_mb(), "parameters": int(network.count_params())}
    try:
        network.export(str(folder / "model.onnx"), format="onnx", verbose=False)
    except Exception as error:  # an operation that ONNX does not have: whatever the converter raises
        said["no_graph"] = type(error).__name__
    return said


def _onnx(model: str, size: int, folder: Path, threads: int) -> dict[str, Any]:
    import onnxruntime

    file = folder / "model.onnx"
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    shape = (int(given.shape[1]), int(given.shape[2]), int(given.shape[3]))
    rows = timed(lambda x: session.run(None, {given.name: x}), shape)
    return {"rows": rows, "peak_mb": peak_mb(), "bytes": file.stat().st_size}


def main(arguments: list[str]) -> None:
    """The process: format, model, input side, folder and threads."""
    from fer_core.base.quiet import quiet

    kind, model, size, folder, threads = arguments
    if kind not in FORMATS:
        raise SettingError(f"there is no format {kind!r}", fix="use " + ", ".join(FORMATS))
    work = _keras if kind == "keras" else _onnx
    with quiet():
        said = work(model, int(size), Path(folder), int(threads))
    (Path(folder) / f"{kind}.json").write_text(json.dumps(said), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
