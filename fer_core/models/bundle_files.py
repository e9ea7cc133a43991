"""Reading a bundle's files with suspicion: they may be cut off, altered, or made by somebody else."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import BundleError, PathError
from fer_core.files import shapes
from fer_core.files.archives import check_arrays
from fer_core.files.containment import inside, leading_out
from fer_core.landmarks.track import N_LANDMARKS
from fer_core.models.bundle_shapes import Described
from fer_core.models.weights import NetworkShape

T = TypeVar("T")
Arrays = dict[str, npt.NDArray[np.float32]]

FORMAT, IMAGE_FORMAT = "fer-lab-bundle", "fer-lab-image-bundle"
VERSION = 1
DESCRIPTION = "bundle.json"
MAX_BYTES = 200_000_000
"""A bundle's arrays are refused beyond this size before they are read."""

MAX_DESCRIPTION = 16_000_000
"""Bytes of `DESCRIPTION`; shipped ones have 10,000."""

_VALUES = 2 * N_LANDMARKS


def read_description(folder: Path) -> tuple[dict[str, Any], Described]:
    """The description of a bundle of this format and version, plain and checked. Raises `BundleError`."""
    return read_json(folder, FORMAT, VERSION, "a FER Lab bundle for clips or cameras", Described)


def read_json(folder: Path, form: str, version: int, what: str, shape: type[T]) -> tuple[dict[str, Any], T]:
    """The JSON description in a bundle's folder, of a given format, version and shape, plain and checked.

    Raises `BundleError`.
    """
    file = folder / DESCRIPTION
    if not file.is_file():
        raise BundleError(
            "this folder holds no model bundle", where=str(folder), fix=f"name a folder with a {DESCRIPTION}"
        )
    _check_links(folder)
    text = shapes.plain(file, what="description", fix="copy the bundle again", error=BundleError, limit=MAX_DESCRIPTION)
    if not isinstance(text, dict) or text.get("format") != form:
        raise BundleError(f"the file does not describe {what}", where=str(file), fix="choose another folder")
    if type(text.get("version")) is not int or text["version"] != version:
        raise BundleError(
            f"the bundle has version {text.get('version')!r}, this program reads version {version}",
            where=str(file),
            fix="train it again, or use the program that wrote it",
        )
    return text, shapes.checked(
        text, shape, what="description", where=str(file), fix="copy the bundle again", error=BundleError
    )


def _check_links(folder: Path) -> None:
    """Raises `BundleError` where a part of the bundle is a link to something outside it."""
    try:
        out = leading_out(folder)
    except OSError:
        return  # its files are asked for one by one
    if out:
        raise BundleError(
            f"{out[0].name} is a link that leads out of the bundle",
            where=str(folder),
            fix="put the file itself there, or do not use the bundle",
        )


def format_of(folder: Path) -> str:
    """The format that a bundle's description names; empty where it cannot be read."""
    try:
        text = shapes.plain(inside(folder, folder / DESCRIPTION), what="description", fix="", limit=MAX_DESCRIPTION)
    except (OSError, PathError):
        return ""
    return str(text.get("format", "")) if isinstance(text, dict) else ""


def read_arrays(file: Path, limit: int | None = None) -> Arrays:
    """The arrays of a bundle, all of finite numbers, of at most ``limit`` (default `MAX_BYTES`) bytes in all.

    Raises `BundleError`; unpickles nothing.
    """
    try:
        check_arrays(file, MAX_BYTES if limit is None else limit)
    except ValueError as error:
        why = f"the arrays are larger than any bundle's: {error}"
        raise BundleError(why, where=str(file), fix="do not use it") from error
    except (OSError, zipfile.BadZipFile) as error:
        raise _damaged(file) from error
    try:
        with np.load(file, allow_pickle=False) as stored:
            loaded = {name: stored[name] for name in stored.files}
            kinds = {a.dtype.kind for a in loaded.values()}
    except Exception as error:  # a damaged archive raises a dozen kinds, from zlib's to the tokenizer's
        raise _damaged(file) from error
    if kinds - {"f"}:
        raise BundleError("an array does not hold plain numbers", where=str(file), fix="copy it again")
    with np.errstate(over="ignore"):
        arrays = {name: a.astype(np.float32) for name, a in loaded.items()}
    bad = [n for n, a in arrays.items() if not np.isfinite(a).all()]
    if bad:
        raise BundleError(f"the array {bad[0]} is not all finite numbers", where=str(file), fix="copy it again")
    return arrays


def _damaged(file: Path) -> BundleError:
    return BundleError(
        "the arrays are missing, cut off or not plain numbers", where=str(file), fix="copy the bundle again"
    )


def check_weights(folder: Path, weights: Arrays, shape: NetworkShape, classifiers: int) -> None:
    """Raises `BundleError` unless there is every weight, in the size the network asks for."""
    expected = {name: (classifiers, *size) for name, size in shape.shapes().items()}
    _check_shapes(folder, "weights", weights, expected)
    if (weights["bn_variance"] < 0).any():
        raise BundleError("a variance is negative", where=str(folder), fix="copy the whole bundle again")


def check_features(folder: Path, features: Arrays, components: int) -> None:
    """Raises `BundleError` unless the fitted features fit together."""
    directions = (_VALUES, components) if components else (0, 0)
    expected: dict[str, tuple[int, ...]] = {"mean": (_VALUES,), "directions": directions}
    guess = [name for name in features if name.startswith("guess_")]
    if guess:
        modes = features["guess_down"].shape[-1] if "guess_down" in features else 0
        expected |= {
            "guess_mean": (_VALUES,),
            "guess_mean_displacement": (_VALUES,),
            "guess_down": (_VALUES, modes),
            "guess_up": (modes, _VALUES),
        }
        if extra := sorted(set(guess) - set(expected)):
            raise BundleError(f"the array {extra[0]} is unknown", where=str(folder), fix="copy the bundle again")
    _check_shapes(folder, "features", features, expected)


def group(arrays: Arrays, prefix: str) -> Arrays:
    """The arrays whose names begin with a prefix, without it."""
    return {name.removeprefix(prefix): a for name, a in arrays.items() if name.startswith(prefix)}


def _check_shapes(folder: Path, what: str, arrays: Arrays, expected: dict[str, tuple[int, ...]]) -> None:
    for name, size in expected.items():
        if name not in arrays or arrays[name].shape != size:
            got = arrays[name].shape if name in arrays else "nothing"
            raise BundleError(
                f"the {what} {name} should have shape {size}, not {got}",
                where=str(folder),
                fix="copy the whole bundle again",
            )
