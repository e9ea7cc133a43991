"""An image recogniser on disk: JSON and plain arrays, and the same network as an ONNX graph. Never code.

The arrays are what training gave; the graph is made from them (`fer_core.models.images.graph`) and lets
pages read pictures without TensorFlow.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import BundleError
from fer_core.files import whole_files
from fer_core.files.json_files import write_whole
from fer_core.models.bundle_files import DESCRIPTION, IMAGE_FORMAT, format_of, read_arrays, read_json
from fer_core.models.bundle_shapes import ImageDescribed

VERSION = 1
ARRAYS, GRAPH, CARD = "weights.npz", "model.onnx", "card.md"
MAX_BYTES = 2_000_000_000
"""Arrays or a graph beyond this size are refused: the largest network of the registry takes a quarter."""

Weights = list[npt.NDArray[np.float32]]


@dataclass(frozen=True)
class ImageBundle:
    """An image recogniser, its measured quality and its card.

    Attributes
    ----------
    model : str
        Name in the registry (`fer_core.models.images.registry`).
    size, channels, dropout
        What the model is built with; ``channels`` 1 is grey, 3 is RGB.
    emotions : the columns of its probabilities
    mirrored : bool
        Whether its answer is the mean over a picture and its mirror image.
    weights : list of float32 arrays
        In the order of Keras' ``get_weights``; empty where only the description was read.
    temperature : float
        By which log probabilities are divided so that they hold on pictures kept out of training
        (Guo et al., 2017); 1 where none was fitted.
    metrics, training : what judged it, and what it was trained on
    """

    name: str
    model: str
    size: int
    channels: int
    emotions: tuple[str, ...]
    dropout: float = 0.0
    mirrored: bool = False
    temperature: float = 1.0
    weights: Weights = field(default_factory=list, repr=False)
    metrics: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    card: str = ""
    folder: Path | None = None

    def network(self) -> Any:
        """The Keras model with its weights. Raises `BundleError` where they do not fit."""
        from fer_core.models.images.registry import find

        model = find(self.model).build(self.size, self.channels, len(self.emotions), dropout=self.dropout)
        expected = [tuple(w.shape) for w in model.get_weights()]
        if [w.shape for w in self.weights] != expected:
            raise BundleError(
                f"its arrays are not those of {self.model}",
                where=str(self.folder or self.name),
                fix="copy the whole bundle again",
            )
        model.set_weights(self.weights)
        return model


def save_image_bundle(bundle: ImageBundle, folder: Path, *, half: bool = False) -> None:
    """Write a bundle's description, arrays and card; ``half`` stores the arrays in 16 bits.

    The graph is added by `fer_core.models.images.graph.write_graph`.
    """
    text = {
        "format": IMAGE_FORMAT,
        "version": VERSION,
        "name": bundle.name,
        "model": bundle.model,
        "input": {"size": bundle.size, "channels": bundle.channels},
        "emotions": list(bundle.emotions),
        "dropout": bundle.dropout,
        "mirrored": bundle.mirrored,
        "temperature": bundle.temperature,
        "metrics": bundle.metrics,
        "training": bundle.training,
    }
    kind = np.float16 if half else np.float32
    arrays = {f"w/{k:04d}": w.astype(kind) for k, w in enumerate(bundle.weights)}
    with whole_files.whole_folder(folder) as made:
        whole_files.write_arrays(made / ARRAYS, arrays, compress=True)
        write_whole(made / DESCRIPTION, text)
        whole_files.write_text(made / CARD, bundle.card)


def load_image_bundle(folder: str | Path, *, arrays: bool = True) -> ImageBundle:
    """Read a bundle, with or without its arrays.

    Raises
    ------
    BundleError
        Where files are missing, cut off, pickled, of another version, or do not fit together.
    """
    folder = Path(folder)
    text, described = read_json(folder, IMAGE_FORMAT, VERSION, "an image bundle", ImageDescribed)
    bundle = _bundle(folder, text, described)
    if not arrays:
        return bundle
    stored = read_arrays(folder / ARRAYS, MAX_BYTES)
    bundle.weights.extend(stored[name] for name in sorted(stored))
    return bundle


def image_bundles_in(folder: Path) -> list[Path]:
    """Image bundle folders directly inside a folder, by name."""
    return sorted(p.parent for p in folder.glob(f"*/{DESCRIPTION}") if is_image_bundle(p.parent))


def is_image_bundle(folder: Path) -> bool:
    """Whether a folder describes an image bundle."""
    return format_of(folder) == IMAGE_FORMAT


def _bundle(folder: Path, text: dict[str, Any], d: ImageDescribed) -> ImageBundle:
    card = folder / CARD
    return ImageBundle(
        d.name,
        d.model,
        d.input.size,
        d.input.channels,
        tuple(d.emotions),
        d.dropout,
        d.mirrored,
        d.temperature,
        [],
        d.metrics,
        dict(text["training"]),
        card.read_text("utf-8", errors="replace") if card.is_file() else "",
        folder,
    )
