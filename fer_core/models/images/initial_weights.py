"""Initial weights: ImageNet's by name, or those of a file, matched layer by layer.

A file is read as numbers only (h5py, or numpy without pickle). It may hold the trunk alone or a whole network
with another head: the trunk must fit, the head is taken where it fits too.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from fer_core.base.errors import BundleError
from fer_core.models.images.public_blocks import HEAD
from fer_core.models.images.weight_files import Stored, read_layers


def imagenet(make: Callable[..., keras.Model], name: str) -> keras.Model:
    """What ``make(weights="imagenet")`` gives: downloaded, or from Keras' cache (~/.keras).

    Raises `BundleError` where it can be had from neither.
    """
    try:
        with warnings.catch_warnings():
            # MobileNets would warn that they take the weights of 224 pixels: there are no others.
            warnings.simplefilter("ignore", UserWarning)
            return make(weights="imagenet")
    except Exception as error:  # Keras raises a bare Exception where the network fails
        raise BundleError(
            f"the ImageNet weights of {name} cannot be downloaded",
            where=str(error).splitlines()[0].rstrip(". ") if str(error) else "",
            fix="connect to the internet once, name a file of weights, or train from scratch",
        ) from error


def load_initial_weights(model: keras.Model, file: Path) -> int:
    """Give a fresh network the weights of a file (.weights.h5, .h5 or .npz), by order and shape.

    Returns
    -------
    int
        How many layers were given weights.

    Raises
    ------
    BundleError
        The file cannot be read, or is of another architecture: the sentence names the layer that differs.
    """
    ours = [layer for layer in model.layers if layer.weights]
    stored = read_layers(file, [len(layer.weights) for layer in ours])
    pairs = _paired(ours, stored)
    trunk = _trunk(ours)
    for number, (layer, found) in enumerate(pairs[:trunk], start=1):
        if found is None or not _fits(layer, found):
            raise _other_architecture(layer, found, number, file)
    whole = all(found is not None and _fits(layer, found) for layer, found in pairs)
    taken = pairs if whole else pairs[:trunk]
    if any(found.nested for _, found in taken if found is not None):
        return _by_keras(model, file, whole, len(taken))
    for layer, found in taken:
        assert found is not None
        layer.set_weights(found.arrays)
    return len(taken)


def _trunk(ours: list[Any]) -> int:
    """How many layers come before the head; the last one is the head where none is named so."""
    heads = [number for number, layer in enumerate(ours) if layer.name.startswith(HEAD)]
    return min(heads, default=len(ours) - 1)


def _paired(ours: list[Any], stored: list[Stored]) -> list[tuple[Any, Stored | None]]:
    """Each layer with the next stored one of its kind (files that tell no kinds keep the order of all)."""
    queues: dict[str, list[Stored]] = {}
    for layer in stored:
        queues.setdefault(layer.kind, []).append(layer)
    for queue in queues.values():
        queue.reverse()
    pairs: list[tuple[Any, Stored | None]] = []
    for layer in ours:
        queue = queues.get("") or queues.get(_kind(layer)) or []
        pairs.append((layer, queue.pop() if queue else None))
    return pairs


def _kind(layer: Any) -> str:
    """A layer's class as Keras writes it in files: BatchNormalization is batch_normalization."""
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", type(layer).__name__)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def _fits(layer: Any, found: Stored) -> bool:
    wanted = [tuple(weight.shape) for weight in layer.weights]
    shapes = [array.shape for array in found.arrays]
    return sorted(wanted) == sorted(shapes) if found.nested else wanted == shapes


def _by_keras(model: keras.Model, file: Path, whole: bool, layers: int) -> int:
    """Layers made of layers are taken by Keras itself, which knows their inner order."""
    if not whole:
        raise BundleError(
            "a network of layers within layers takes weights only of the same network whole",
            where=file.name,
            fix="choose weights saved from this model with as many classes",
        )
    model.load_weights(file)
    return layers


def _other_architecture(layer: Any, found: Stored | None, number: int, file: Path) -> BundleError:
    wanted = _shapes([tuple(weight.shape) for weight in layer.weights])
    if found is None:
        has = "the file has no such layer any more"
    else:
        has = f"the file's {found.name} has {_shapes([array.shape for array in found.arrays])}"
    return BundleError(
        f"the weights are those of another architecture: layer {number}, {layer.name}, needs {wanted}, {has}",
        where=file.name,
        fix="choose weights of this network",
    )


def _shapes(shapes: list[tuple[int, ...]]) -> str:
    return " and ".join(" × ".join(str(n) for n in shape) or "1" for shape in shapes)
