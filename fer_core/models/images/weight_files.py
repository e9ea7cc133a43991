"""Reading files of weights as lists of layers: Keras' .weights.h5, the older .h5, and .npz. Numbers only."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from fer_core.base.errors import BundleError
from fer_core.files.archives import check_arrays

MOST_BYTES = 4_000_000_000
Array = npt.NDArray[np.generic]


@dataclass(frozen=True)
class Stored:
    """One layer of a file."""

    name: str
    kind: str
    """Its class, as in "conv2d"; empty where the file does not tell, but keeps the order of all layers."""
    arrays: tuple[Array, ...]
    nested: bool = False
    """Whether it is made of further layers, whose order among each other the file does not tell."""


def read_layers(file: Path, sizes: Sequence[int]) -> list[Stored]:
    """The layers of a file that have weights, in the order of the network.

    Parameters
    ----------
    file : Path
        .weights.h5, .h5 or .npz.
    sizes : sequence of int
        Arrays per layer of the network that is to be filled: an .npz lists arrays only.

    Raises
    ------
    BundleError
        It is missing, of another kind, or damaged.
    """
    if not file.is_file():
        raise BundleError("there is no such file of weights", where=str(file), fix="check its name")
    try:
        if file.suffix == ".npz":
            return _npz(file, sizes)
        if file.suffix == ".h5":
            return _h5(file)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise BundleError(
            "the file of weights cannot be read", where=file.name, fix="copy it again, or choose another one"
        ) from error
    raise BundleError(
        "a file of weights must end in .weights.h5, .h5 or .npz", where=file.name, fix="choose such a file"
    )


def _npz(file: Path, sizes: Sequence[int]) -> list[Stored]:
    check_arrays(file, MOST_BYTES)
    with np.load(file, allow_pickle=False) as archive:
        arrays = [(name, archive[name]) for name in archive.files]
    layers = []
    for size in [*sizes, *[1] * len(arrays)]:
        taken, arrays = arrays[:size], arrays[size:]
        if taken:
            layers.append(Stored(taken[0][0], "", tuple(array for _, array in taken)))
    return layers


def _h5(file: Path) -> list[Stored]:
    with h5py.File(file, "r") as root:
        if "layers" in root:
            return _by_class(root["layers"])
        return _by_name(root.get("model_weights", root))


def _by_class(group: Any) -> list[Stored]:
    """Keras 3: groups "conv2d", "conv2d_1", … numbered within each class."""
    layers = []
    for key in sorted(group, key=_numbered):
        arrays = _datasets(group[key])
        if arrays:
            nested = any(inner != "vars" and _datasets(group[key][inner]) for inner in group[key])
            kind, _ = _numbered(key)
            name = group[key]["vars"].attrs.get("name", key) if "vars" in group[key] else key
            layers.append(Stored(str(name), kind, tuple(arrays), nested))
    return layers


def _numbered(key: str) -> tuple[str, int]:
    match = re.fullmatch(r"(.*?)(?:_(\d+))?", key)
    assert match is not None
    return match[1], int(match[2] or 0)


def _datasets(node: Any) -> list[Array]:
    """Every array under a node: "vars" first, each group by number or name."""
    if isinstance(node, h5py.Dataset):
        return [node[()]]
    keys = sorted(node, key=lambda key: (key != "vars", int(key) if key.isdigit() else 0, key))
    return [array for key in keys for array in _datasets(node[key])]


def _by_name(group: Any) -> list[Stored]:
    """Keras 2: attributes list the layers' and their weights' names in order."""
    layers = []
    for name in _listed(group, "layer_names"):
        arrays = tuple(group[name][weight][()] for weight in _listed(group[name], "weight_names"))
        if arrays:
            layers.append(Stored(name, "", arrays))
    return layers


def _listed(group: Any, what: str) -> list[str]:
    """An attribute's texts; long lists are cut into "what0", "what1", …"""
    parts = [what] if what in group.attrs else []
    while f"{what}{len(parts)}" in group.attrs:
        parts.append(f"{what}{len(parts)}")
    if not parts:
        raise KeyError(what)
    texts = [text for part in parts for text in group.attrs[part]]
    return [text.decode() if isinstance(text, bytes) else str(text) for text in texts]
