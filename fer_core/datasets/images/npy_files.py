"""Images and labels in two .npy files beside each other: ``X_train.npy`` with ``y_train.npy``.

Tutorials keep FER2013, AffectNet and others like this. Names are taken apart: one part says what is in the
file (X, images, data, pixels; y, labels, emotions), one of which part of the corpus it is (train, val, test),
what is left joins the two files. Pictures may be (n, H, W), (n, H, W, 1 or 3), (n, 1 or 3, H, W) or rows of
H x H numbers; whole numbers from 0 to 255, or shares from 0 to 1. Labels are names, numbers, or one column
per class. What numbers mean is asked for (`fer_core.datasets.images.code_orders`). Nothing is unpickled.

Pictures are written into the cache once, as 8-bit numbers, and mapped from there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import CorpusError
from fer_core.base.text import clean_name
from fer_core.datasets.images.base import PARTS, ImageCorpus, Part, Strings
from fer_core.datasets.images.code_orders import emotions_by_order
from fer_core.datasets.images.corpus_from_columns import assemble
from fer_core.datasets.images.files import files_of, only_folder
from fer_core.datasets.images.npy_headers import DAMAGE, sound_text
from fer_core.datasets.images.omissions import Tally
from fer_core.datasets.images.sources import ArraySource
from fer_core.datasets.images.unpacked import forget, unpacked
from fer_core.datasets.parts import part_of
from fer_core.files.containment import stays

_IMAGES = frozenset({"x", "image", "images", "img", "imgs", "data", "pixels", "faces", "features"})
_LABELS = frozenset({"y", "label", "labels", "emotion", "emotions", "target", "targets", "classes"})
_VERSION = "npy images 1"
_CHUNK = 512  # images
_MOST_BYTES = 2**37  # of pictures
_MOST_LABELS = 2**28  # bytes
_SMALLEST = 8  # pixels of a side of pictures that are rows of numbers
_FIX = "store pictures (n, H, W) or (n, H, W, 3) from 0 to 255, and as many labels, by numpy.save"

Kind = Literal["images", "labels"]
Array = npt.NDArray[Any]


@dataclass(frozen=True)
class NpyPair:
    """Two files that belong together, and their part."""

    images: Path
    labels: Path
    part: Part


def find_npy_pairs(path: Path) -> list[NpyPair]:
    """Pairs of files in a folder, in its only folder, or around a given file; train first."""
    for root in (path.parent,) if path.is_file() else (path, only_folder(path)):
        if root is None:
            continue
        found: dict[tuple[str, ...], dict[Kind, Path]] = {}
        for file in files_of(root, ".npy"):
            kind, rest = _parted(file.stem)
            if kind:
                found.setdefault(rest, {}).setdefault(kind, file)
        pairs = [
            NpyPair(files["images"], files["labels"], next((p for t in rest if (p := part_of(t))), ""))
            for rest, files in found.items()
            if len(files) == 2
        ]
        if pairs:
            return sorted(pairs, key=lambda pair: PARTS.index(pair.part))
    return []


def open_npy(path: str | Path, codes: str | None = None) -> ImageCorpus:
    """Open pairs of .npy files.

    Parameters
    ----------
    path : the folder, or one of the files
    codes : which emotion each number is (`fer_core.datasets.images.code_orders.order_of`)

    Raises
    ------
    CorpusError
        For files that hold objects, are cut off or too large, do not fit together, or whose numbers nobody
        explains, and for a full disk.
    SettingError
        For `codes` that is no order, or cannot be of these labels.
    """
    given = Path(path).resolve()
    pairs = find_npy_pairs(given)
    if not pairs:
        raise CorpusError("there is no X_train.npy with y_train.npy beside it", where=str(path), fix=_FIX)
    root = pairs[0].images.parent
    labels = [_labels(pair.labels) for pair in pairs]
    for pair, its in zip(pairs, labels, strict=True):
        rows = len(_mapped(pair.images))
        if rows != len(its):
            what = f"{pair.images.name} has {rows:,} pictures, and {pair.labels.name} has {len(its):,} labels"
            raise CorpusError(what, where=str(root), fix=_FIX)
    images, whole = _images(pairs)
    tally = Tally()
    item = np.concatenate(
        [
            np.char.add(f"{clean_name(pair.images.stem)}/", np.arange(len(its)).astype(np.str_))
            for pair, its in zip(pairs, labels, strict=True)
        ]
    )
    tally.leave_all(item[~whole].tolist(), "a pixel of it is no number", _FIX)
    _leave_alone(root, pairs, tally)
    emotion, note = emotions_by_order(np.concatenate(labels), item, codes, root, tally)
    part = np.repeat(np.array([pair.part for pair in pairs], dtype="<U10"), [len(its) for its in labels])
    kept = np.flatnonzero((emotion != "") & whole)
    if images.ndim == 4:
        note = f"{note} Colours are taken as red, green, blue.".strip()
    return assemble(
        root.name,
        "npy",
        root,
        ArraySource(images),
        tally,
        item=item[kept],
        emotion=emotion[kept],
        part=part[kept],
        position=kept.astype(np.int64),
        note=note,
    )


def _parted(stem: str) -> tuple[Kind | None, tuple[str, ...]]:
    """What a file holds by its name, and the other parts of the name: ``images`` and ("train",)."""
    words = [w.casefold() for w in re.findall(r"[A-Za-z]+|[0-9]+", stem)]
    if len(words) == 1 and words[0][:1] in ("x", "y") and part_of(words[0][1:]):
        words = [words[0][:1], words[0][1:]]
    kinds: list[Kind] = ["images" if w in _IMAGES else "labels" for w in words if w in _IMAGES | _LABELS]
    if len(kinds) != 1:
        return None, ()
    return kinds[0], tuple(w for w in words if w not in _IMAGES | _LABELS)


def _leave_alone(root: Path, pairs: list[NpyPair], tally: Tally) -> None:
    used = {file for pair in pairs for file in (pair.images, pair.labels)}
    for file in files_of(root, ".npy"):
        if file not in used:
            tally.leave(file.name, "no file of the other kind is named as it is", "name both alike")


# reading -------------------------------------------------------------------------------------------


def _mapped(file: Path) -> Array:
    """The array of a file, mapped; its header is checked against its size before anything is read."""
    try:
        if not stays(file.parent, file):
            raise CorpusError(
                "the file is a link that leads out of the folder", where=str(file), fix="copy it into the folder"
            )
        with np.errstate(over="ignore"):  # of a shape that no file can have
            array: Array = np.lib.format.open_memmap(file, mode="r")
    except OSError as error:
        what = f"the file cannot be read ({error.strerror or error})"
        raise CorpusError(what, where=str(file), fix="check its permissions") from error
    except DAMAGE as error:
        what = "the file is no whole .npy of numbers or text (nothing is unpickled)"
        raise CorpusError(what, where=str(file), fix=_FIX) from error
    if not isinstance(array, np.ndarray) or not array.ndim or not len(array):
        raise CorpusError("the file holds no rows", where=str(file), fix=_FIX)
    return array


def _labels(file: Path) -> Strings:
    """Labels as text (n,): names, or whole numbers."""
    array = _mapped(file)
    if array.nbytes > _MOST_LABELS:
        raise CorpusError(f"labels of {array.nbytes:,} bytes are none", where=str(file), fix=_FIX)
    try:
        values = sound_text(np.array(array))
    except ValueError as error:
        raise CorpusError("its text is damaged", where=str(file), fix=_FIX) from error
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim == 2 and values.dtype.kind in "biuf" and ((values == 0) | (values == 1)).all():
        # One column per class: the label is the column that holds the one 1.
        one = (values == 1).sum(axis=1) == 1
        return np.asarray(np.where(one, values.argmax(axis=1).astype(np.str_), ""))
    if values.ndim != 1 or values.dtype.kind not in "iufSU":
        raise CorpusError(f"its labels are {values.dtype} {values.shape}", where=str(file), fix=_FIX)
    if values.dtype.kind == "S":
        return np.array([text.decode("utf-8", "replace") for text in values.tolist()])
    return np.asarray(values.astype("<U40"))


def _shape(array: Array, file: Path) -> tuple[int, ...]:
    """Shape of one picture, (H, W) or (H, W, 3); the array holds them in one of the usual ways."""
    shape = array.shape[1:]
    if array.dtype.kind not in "iuf" or array.nbytes > _MOST_BYTES:
        raise CorpusError(f"its pictures are {array.dtype} {array.shape}", where=str(file), fix=_FIX)
    if len(shape) == 1 and (side := math.isqrt(shape[0])) ** 2 == shape[0] and side >= _SMALLEST:
        return side, side
    if len(shape) == 3 and shape[0] in (1, 3) and shape[2] not in (1, 3):
        shape = (shape[1], shape[2], shape[0])
    if len(shape) == 3 and shape[2] == 1:
        shape = shape[:2]
    if len(shape) not in (2, 3) or shape[2:] not in ((), (3,)) or min(shape[:2]) < 1:
        raise CorpusError(f"its pictures are {array.dtype} {array.shape}", where=str(file), fix=_FIX)
    return shape


def _images(pairs: list[NpyPair]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """All pictures, uint8 (n, H, W) or (n, H, W, 3), mapped from the cache, and which of them are whole."""
    first, *others = [pair.images for pair in pairs]
    also = tuple(others)
    for _ in range(2):
        folder = unpacked(first, _VERSION, lambda into: _unpack([first, *others], into), also)
        try:
            images = np.load(folder / "images.npy", mmap_mode="r", allow_pickle=False)
            whole = np.load(folder / "whole.npy", allow_pickle=False)
            if len(images) == len(whole):
                return images, whole
        except (OSError, ValueError):  # damaged on disk: once more
            pass
        forget(first, _VERSION, also)
    raise CorpusError("the unpacked images cannot be read back", where=str(first), fix="check the disk")


def _unpack(files: list[Path], into: Path) -> None:
    arrays = [_mapped(file) for file in files]
    shapes = [_shape(array, file) for array, file in zip(arrays, files, strict=True)]
    for shape, file in zip(shapes, files, strict=True):
        if shape != shapes[0]:
            what = f"pictures of {file.name} are {shape}, and those of {files[0].name} are {shapes[0]}"
            raise CorpusError(what, where=str(file.parent), fix="store them at one size")
    total = sum(len(array) for array in arrays)
    out = np.lib.format.open_memmap(into / "images.npy", mode="w+", dtype=np.uint8, shape=(total, *shapes[0]))
    whole = np.zeros(total, dtype=bool)
    at = 0
    for array, file in zip(arrays, files, strict=True):
        scale = _scale(array, file)
        for chunk, fine in _chunks(array, shapes[0]):
            end = at + len(chunk)
            out[at:end] = np.rint(np.where(_wide(fine, chunk), chunk, 0) * scale)
            whole[at:end] = fine
            at = end
    out.flush()
    np.save(into / "whole.npy", whole)


def _scale(array: Array, file: Path) -> float:
    """255 for shares from 0 to 1, 1 for numbers from 0 to 255."""
    low, high = math.inf, -math.inf
    for start in range(0, len(array), _CHUNK):
        chunk = np.asarray(array[start : start + _CHUNK])
        chunk = chunk[np.isfinite(chunk)]
        if chunk.size:
            low, high = min(low, float(chunk.min())), max(high, float(chunk.max()))
    if not (0 <= low <= high <= 255):
        what = f"its pictures hold numbers from {low:.4g} to {high:.4g}, which are not from 0 to 255"
        raise CorpusError(what, where=str(file), fix="store them before they are standardised")
    return 255.0 if high <= 1 and array.dtype.kind == "f" else 1.0


def _chunks(array: Array, shape: tuple[int, ...]) -> Iterator[tuple[Array, npt.NDArray[np.bool_]]]:
    """Some pictures at a time, as (k, *shape), and which of them hold finite numbers alone."""
    first = array.ndim == 4 and array.shape[1] in (1, 3) and array.shape[3] not in (1, 3)
    for start in range(0, len(array), _CHUNK):
        chunk = np.asarray(array[start : start + _CHUNK])
        chunk = np.moveaxis(chunk, 1, -1) if first else chunk
        chunk = chunk.reshape(len(chunk), *shape)
        yield chunk, np.isfinite(chunk).reshape(len(chunk), -1).all(axis=1)


def _wide(rows: npt.NDArray[np.bool_], like: Array) -> npt.NDArray[np.bool_]:
    return rows.reshape(-1, *(1,) * (like.ndim - 1))
