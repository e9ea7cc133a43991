"""An image bundle's network as an ONNX graph, checked against Keras, and read without TensorFlow."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import BundleError
from fer_core.models.calibration import tempered
from fer_core.models.images.bundle import GRAPH, MAX_BYTES, ImageBundle, load_image_bundle

LIMIT = 1e-4
"""Largest difference between a probability of Keras and of the graph that is let through."""

Probabilities = npt.NDArray[np.float32]


def write_graph(bundle: ImageBundle, folder: Path) -> float:
    """Write a bundle's network as ``model.onnx`` into its folder; returns the largest difference to Keras.

    The graph is believed only after it ran: on noise and on flat pictures it must give Keras' probabilities.

    Raises
    ------
    BundleError
        Where the network cannot be written so, or differs by more than `LIMIT`; no file is left then.
    """
    network = bundle.network()
    side = (bundle.size, bundle.size, bundle.channels)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        file = Path(scratch) / GRAPH
        x = _probe(side)
        expected = np.asarray(network(x, training=False))  # Keras exports only what was called before
        _export(network, file)
        difference = float(np.abs(_session(file)(x) - expected).max())
        if not difference <= LIMIT:
            raise BundleError(
                f"the graph's probabilities differ by {difference:.1e} from Keras'",
                where=bundle.name,
                fix="report this: it is a fault",
            )
        file.replace(folder / GRAPH)
    return difference


def _export(network: Any, file: Path) -> None:
    try:
        network.export(str(file), format="onnx", verbose=False)
    except Exception as error:  # an operation that ONNX does not have: whatever the converter raises
        raise BundleError(
            f"the network cannot be written as ONNX ({type(error).__name__})",
            where=file.name,
            fix="use the bundle with Keras",
        ) from error


def _probe(side: tuple[int, int, int]) -> npt.NDArray[np.float32]:
    noise = np.random.default_rng(0).random((6, *side), dtype=np.float32)
    flat = np.stack([np.full(side, v, dtype=np.float32) for v in (0.0, 0.5, 1.0)])
    return np.concatenate([noise, flat])


class ImageReader:
    """Reads pictures with a bundle's graph: no TensorFlow, one thread pool of its own.

    Raises `BundleError` where the folder is no image bundle with a graph.
    """

    def __init__(self, folder: str | Path) -> None:
        folder = Path(folder)
        self.bundle = load_image_bundle(folder, arrays=False)
        file = folder / GRAPH
        if not file.is_file():
            raise BundleError(
                "the bundle comes without a graph",
                where=str(folder),
                fix="write it: python -m fer_core images graph BUNDLE",
            )
        if file.stat().st_size > MAX_BYTES:
            raise BundleError("the graph is larger than any bundle's", where=str(file), fix="do not use it")
        self._run = _session(file)
        self._check(file)

    @property
    def emotions(self) -> tuple[str, ...]:
        """The columns of `read`."""
        return self.bundle.emotions

    def read(self, pictures: npt.NDArray[np.uint8]) -> Probabilities:
        """Calibrated probabilities (n, E) of pictures uint8 (n, size, size, channels), rows summing to 1."""
        x = pictures.astype(np.float32) / np.float32(255)
        said = self._run(x)
        if self.bundle.mirrored:
            said = (said + self._run(np.ascontiguousarray(x[:, :, ::-1]))) / 2
        if not np.isfinite(said).all():
            raise BundleError(
                "the model's outputs are not finite numbers",
                where=self.bundle.name,
                fix="use another bundle, or train it again",
            )
        return tempered(said, self.bundle.temperature)

    def _check(self, file: Path) -> None:
        b = self.bundle
        try:
            said = self._run(_probe((b.size, b.size, b.channels))[:1])
        except Exception as error:  # onnxruntime's own kinds
            raise BundleError(
                "the graph does not take the bundle's pictures", where=str(file), fix="copy the whole bundle again"
            ) from error
        if said.shape != (1, len(b.emotions)):
            raise BundleError(
                "the graph does not tell the bundle's emotions apart",
                where=str(file),
                fix="copy the whole bundle again",
            )


class _session:  # noqa: N801 - used as a function
    """A graph as a function of a batch."""

    def __init__(self, file: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(2, os.cpu_count() or 1)
        try:
            self._inner = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's own kinds
            raise BundleError("the graph cannot be read", where=str(file), fix="copy the bundle again") from error
        self._name = self._inner.get_inputs()[0].name

    def __call__(self, x: npt.NDArray[np.float32]) -> Probabilities:
        return np.asarray(self._inner.run(None, {self._name: x})[0], dtype=np.float32)


def with_graph(folder: Path) -> float:
    """Add the graph to a stored bundle; returns the largest difference to Keras. Raises `BundleError`."""
    bundle = load_image_bundle(folder)
    return write_graph(replace(bundle, folder=folder), folder)
