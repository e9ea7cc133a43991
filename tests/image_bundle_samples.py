"""Image bundles whose answer is known: a graph written by hand, which looks where it is bright."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from fer_core.models.images.bundle import GRAPH, ImageBundle, save_image_bundle

BANDS = ("happiness", "surprise", "neutral")
"""What a bright band says: at the top, in the middle, at the bottom."""
GAIN = 5.0


def band_bundle(
    folder: Path,
    emotions: tuple[str, ...] = BANDS,
    *,
    size: int = 24,
    channels: int = 1,
    mirrored: bool = False,
    gain: float = GAIN,
    **about: object,
) -> Path:
    """A bundle on disk: the logit of emotion k is ``gain`` times the mean of a picture's k-th band.

    ``about`` goes into its training; returns the folder.
    """
    bundle = ImageBundle(
        folder.name,
        "lenet5",
        size,
        channels,
        emotions,
        mirrored=mirrored,
        metrics={"balanced_accuracy": 0.5},
        training={"corpus": "bands", **about},
    )
    save_image_bundle(bundle, folder)
    write_graph(folder / GRAPH, band_weights(size, channels, len(emotions), gain))
    return folder


def band_weights(size: int, channels: int, classes: int, gain: float = GAIN) -> np.ndarray:
    """float32 (size * size * channels, classes)."""
    weights = np.zeros((size, size, channels, classes), dtype=np.float32)
    edges = np.round(np.linspace(0, size, classes + 1)).astype(int)
    for k in range(classes):
        weights[edges[k] : edges[k + 1], ..., k] = gain / ((edges[k + 1] - edges[k]) * size * channels)
    return weights.reshape(-1, classes)


def write_graph(file: Path, weights: np.ndarray) -> None:
    """softmax(x W) as ONNX."""
    from onnx import TensorProto, checker, helper, numpy_helper, save

    values, classes = weights.shape
    side = {"x": [None, None, None, None], "p": [None, classes]}
    nodes = [
        helper.make_node("Reshape", ["x", "shape"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["z"]),
        helper.make_node("Softmax", ["z"], ["p"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "bands",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, side["x"])],
        [helper.make_tensor_value_info("p", TensorProto.FLOAT, side["p"])],
        [numpy_helper.from_array(np.array([-1, values]), "shape"), numpy_helper.from_array(weights, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model)
    save(model, str(file))


def said_of(bright: np.ndarray, gain: float = GAIN) -> np.ndarray:
    """The probabilities of bands with these mean brightnesses, 0 to 1."""
    z = np.exp(gain * np.asarray(bright, dtype=np.float64))
    return z / z.sum()


def change(folder: Path, **values: object) -> Path:
    """Change a stored description; returns the folder."""
    file = folder / "bundle.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | values))
    return folder
