"""The networks that inference is measured on, written once in every format."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from fer_core.base.emotions import EMOTIONS
from fer_core.landmarks.features import FeatureMap, FeatureSpec
from fer_core.landmarks.sampling import SamplingRule
from fer_core.models.bundle import Bundle, save_bundle
from fer_core.models.recogniser import Recogniser
from fer_core.models.weights import Architecture, NetworkShape, initial_weights
from fer_core.studies.efficiency.counted import ARCHITECTURES, Sizes
from fer_core.studies.efficiency.formats import MANY, ONE, PROCESSES
from fer_core.studies.efficiency.isolated import run_module


def prepare(
    sizes: Sizes, folder: Path, threads: int, libraries: Sequence[str] = tuple(PROCESSES)
) -> list[dict[str, Any]]:
    """Write every network for every library, in a process of its own (most need TensorFlow).

    Returns
    -------
    Rows with ``format``, ``gru`` and ``lstm``: bytes on disk of all classifiers.
    """
    answer = folder / "files.json"
    words = [str(folder.resolve()), json.dumps(asdict(sizes)), *libraries]
    run_module("fer_core.studies.efficiency.network_files", words, answer, threads, "writing the files")
    rows: list[dict[str, Any]] = json.loads(answer.read_text("utf-8"))
    return rows


def made_bundle(sizes: Sizes, architecture: Architecture, which: str) -> Bundle:
    """The study's network with fresh weights, on coordinates as they are (raw features, no projection)."""
    n = sizes.classifiers if which == MANY else 1
    shape = sizes.shape(architecture)
    width = shape.inputs
    features = FeatureMap(
        FeatureSpec("raw", components=0), 1.0, np.zeros(width, np.float32), np.zeros((0, 0), np.float32), None
    )
    recogniser = Recogniser(EMOTIONS[:n], shape, 1, features, initial_weights(shape, n, seed=0), mirrored=False)
    return Bundle(file_stem(architecture, which), recogniser, sizes.frames, SamplingRule.EQUATIONS)


def file_stem(architecture: Architecture, which: str) -> str:
    """Names the files of a network."""
    return f"{architecture}-{which}"


def read_bundle(folder: Path, architecture: Architecture, which: str) -> Bundle:
    """The network as our bundle, made again from its seed."""
    about = json.loads((folder / "sizes.json").read_text("utf-8"))
    return made_bundle(Sizes(**about), architecture, which)


def keras_models(shape: NetworkShape, bundle: Bundle) -> list[Any]:
    """One Keras model per classifier, with the bundle's weights."""
    from fer_core.models.recurrent import build_classifier, set_weights

    models = []
    for k in range(len(bundle.emotions)):
        model = build_classifier(shape, bundle.frames)
        set_weights(model, bundle.recogniser.weights, k)
        models.append(model)
    return models


# In the process --------------------------------------------------------------------------------------


def _write(folder: Path, sizes: Sizes, libraries: Sequence[str]) -> list[dict[str, Any]]:
    size: dict[str, dict[str, int]] = {library: {} for library in libraries}
    for architecture in ARCHITECTURES:
        for which in (MANY, ONE):
            bundle, stem = made_bundle(sizes, architecture, which), folder / file_stem(architecture, which)
            for library in libraries:
                file = _written(bundle, stem, library, which)
                if file is not None:
                    files = len(bundle.emotions) if library == "keras" else 1
                    size[library][architecture] = files * _bytes(file)
    return [{"format": f, **each} for f, each in size.items()]


def _written(bundle: Bundle, stem: Path, library: str, which: str) -> Path | None:
    """The bundle as a file or folder; a single classifier is written only where it is read from a file."""
    if library in ("onnx", "tflite"):
        from fer_core.models.export.description import describe, shapes
        from fer_core.models.export.onnx_file import write_onnx
        from fer_core.models.export.tflite_file import write_tflite

        file = stem.with_suffix(f".{library}")
        (write_onnx if library == "onnx" else write_tflite)(bundle, describe(bundle), shapes(bundle), file)
        return file if which == MANY else None
    if which == ONE:
        return None
    save_bundle(bundle, stem)
    if library == "numpy":
        return stem
    keras_models(bundle.recogniser.shape, bundle)[0].save(stem.with_suffix(".keras"))
    return stem.with_suffix(".keras")


def _bytes(file: Path) -> int:
    return sum(f.stat().st_size for f in file.iterdir()) if file.is_dir() else file.stat().st_size


def main(arguments: list[str]) -> None:
    """The process: folder, sizes as JSON, libraries."""
    from fer_core.base.quiet import quiet

    folder, sizes = Path(arguments[0]), Sizes(**json.loads(arguments[1]))
    (folder / "sizes.json").write_text(arguments[1], "utf-8")
    with quiet():
        rows = _write(folder, sizes, arguments[2:])
    (folder / "files.json").write_text(json.dumps(rows), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
