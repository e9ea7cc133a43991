"""The exported file run by its own runtime, which knows nothing of FER Lab."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from fer_core.landmarks.track import FloatArray
from fer_core.models.export.optional_packages import needed

Format = Literal["onnx", "tflite"]
FORMATS: tuple[Format, ...] = ("onnx", "tflite")
Runner = Callable[[Mapping[str, FloatArray]], dict[str, FloatArray]]
"""Named inputs to named outputs."""


def open_file(file: Path, kind: Format, threads: int = 0) -> tuple[Runner, str]:
    """A function that runs the file, and the runtime's name with its version.

    ``threads``: computing threads; 0 leaves it to the runtime. Raises `BundleError` where the runtime is not
    installed; a file it cannot read raises whatever the runtime raises.
    """
    return (_onnx if kind == "onnx" else _tflite)(file, threads)


def _onnx(file: Path, threads: int) -> tuple[Runner, str]:
    runtime = needed("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = threads
    session = runtime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    names = [o.name for o in session.get_outputs()]

    def run(given: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        return dict(zip(names, session.run(names, dict(given)), strict=True))

    return run, f"onnxruntime {runtime.__version__}"


def _tflite(file: Path, threads: int) -> tuple[Runner, str]:
    import tensorflow as tf

    with warnings.catch_warnings():
        # It announces its move to a package of its own; the one inside TensorFlow 2.19 is what is installed.
        warnings.simplefilter("ignore", UserWarning)
        interpreter: Any = tf.lite.Interpreter(str(file), num_threads=threads or None)
    runner = interpreter.get_signature_runner()

    def run(given: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        return {name: values.copy() for name, values in runner(**given).items()}

    return run, f"tf.lite.Interpreter {_version()}"


def _version() -> str:
    for name in ("tensorflow-cpu", "tensorflow"):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return ""
