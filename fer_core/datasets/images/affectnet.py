"""AffectNet (Mollahosseini, Hasani and Mahoor, 2019), in its older and its newer layout.

Older: ``training.csv`` and ``validation.csv`` with ``subDirectory_filePath, ..., expression, valence,
arousal``, in the folder of the images or beside it (``Manually_Annotated_Images``).
Newer: ``{train,val}_set/images/ID.jpg`` with ``{train,val}_set/annotations/ID_exp.npy``, a .npy file that
holds the code as text; any other set that is named as a part is one. Labels are read without unpickling;
one that asks for that is left out.

Codes are `fer_core.base.emotions.AFFECTNET_CODES`; 8 to 10 (none, uncertain, no face) are left out by name.
The test images were never given out: the validation part is all that is held out. Who is shown is not told.
"""

from __future__ import annotations

import io
import math
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from fer_core.base.emotions import AFFECTNET_CODES, AFFECTNET_LEFT_OUT
from fer_core.base.errors import CorpusError
from fer_core.datasets.images.base import PARTS, ImageCorpus, Part, Strings
from fer_core.datasets.images.corpus_from_columns import assemble, require_images
from fer_core.datasets.images.csv_lists import csv_rows, header_of, row_name, unreadable
from fer_core.datasets.images.files import (
    check_listed,
    escapes,
    files_of,
    folders_of,
    list_folder,
    list_images,
    only_folder,
    peek,
)
from fer_core.datasets.images.label_lists import NO_CODE, code_of, emotions_of
from fer_core.datasets.images.npy_headers import read_header, sound_text
from fer_core.datasets.images.numbered import images_outside, leave_unknown_part
from fer_core.datasets.images.omissions import Tally
from fer_core.datasets.images.sources import FileSource
from fer_core.datasets.parts import part_of
from fer_core.files.shapes import regular

_LISTS: dict[str, Part] = {"training.csv": "train", "validation.csv": "validation"}
_PATH, _LABEL = "subdirectory_filepath", "expression"
_LIST_FOLDERS = ("", "Manually_Annotated_file_lists")
_IMAGE_FOLDERS = ("", "Manually_Annotated_Images", "Manually_Annotated/Manually_Annotated_Images", "images")
_SAMPLE = 50
_LABEL_END = "_exp.npy"
_NPY_BYTES = 4096  # a label's file has some 130; nothing larger is read


# the lists -----------------------------------------------------------------------------------------


def find_affectnet_lists(path: Path) -> Path | None:
    """The folder that holds the lists, or a folder that holds them; None where there is no list."""
    if path.is_file():
        return path.parent.parent if path.parent.name in _LIST_FOLDERS else path.parent
    for root in (path, only_folder(path)):
        if root is not None and _list_files(root):
            return root
    return None


def is_affectnet_csv(file: Path) -> bool:
    """Whether a csv has AffectNet's columns."""
    return {_PATH, _LABEL} <= set(header_of(file))


def open_affectnet_lists(path: str | Path) -> ImageCorpus:
    """Open AffectNet by its lists.

    Raises
    ------
    CorpusError
        Where there is no list, one cannot be read, or no image that they name is there.
    """
    root = find_affectnet_lists(Path(path).resolve())
    files = _list_files(root) if root else []
    if root is None or not files:
        raise CorpusError(
            "there is no training.csv or validation.csv", where=str(path), fix="put AffectNet's lists beside its images"
        )
    root = root.resolve()
    tally = Tally()
    columns = [_read_list(file, tally) for file in files]
    name, place = (np.concatenate([c[i] for c in columns]) for i in (0, 1))
    part = np.repeat([_LISTS[f.name.casefold()] for f in files], [len(c[0]) for c in columns])
    emotion = emotions_of(np.concatenate([c[2] for c in columns]), place, AFFECTNET_CODES, tally, AFFECTNET_LEFT_OUT)
    labelled = np.flatnonzero(emotion != "")
    require_images(labelled, tally, root)
    base = _image_folder(root, name[labelled])
    folder = root / base
    kept = labelled[check_listed(folder.resolve(), name[labelled], place[labelled], tally)]
    return assemble(
        "AffectNet",
        "affectnet",
        root,
        FileSource(folder, name[kept]),
        tally,
        item=name[kept],
        emotion=emotion[kept],
        part=part[kept],
    )


def _list_files(root: Path) -> list[Path]:
    found = []
    for name in _LISTS:
        files = [f for folder in _LIST_FOLDERS for f in files_of(root / folder, name)]
        found += [f for f in files if f.name.casefold() == name and is_affectnet_csv(f)][:1]
    return found


def _read_list(file: Path, tally: Tally) -> tuple[Strings, Strings, Any]:
    """Names, places and codes of a list, as columns (n,)."""
    header = header_of(file)
    path_at, label_at = header.index(_PATH), header.index(_LABEL)
    names: list[str] = []
    codes: list[int] = []
    rows: list[int] = []
    try:
        for number, cells in csv_rows(file, tally):
            if len(cells) <= max(path_at, label_at):
                tally.leave(f"{file.name} {row_name(number)}", "the row has too few columns")
                continue
            names.append(cells[path_at].strip().replace("\\", "/"))
            codes.append(code_of(cells[label_at]))
            rows.append(number + 2)
    except OSError as error:
        raise unreadable(file, error) from error
    places = np.char.add(f"{file.name} row ", np.array(rows, dtype=np.int64).astype(np.str_))
    return np.array(names, dtype=np.str_), places, np.array(codes, dtype=np.int16)


def _image_folder(root: Path, names: Strings) -> str:
    """The folder, relative to the root, in which most of a sample of the names are found."""
    sample = [n for n in names[:: max(1, len(names) // _SAMPLE)].tolist() if not escapes(n)]
    return max(_IMAGE_FOLDERS, key=lambda f: sum((root / f / name).is_file() for name in sample))


# the sets ------------------------------------------------------------------------------------------


def find_affectnet_sets(path: Path) -> Path | None:
    """The folder that holds parts (``train_set``, ``val_set``) with images and annotations."""
    for root in (path, only_folder(path)):
        if root and any(_is_set(root / name) for name in folders_of(root) if part_of(name)):
            return root
    return None


def _is_set(folder: Path) -> bool:
    """Whether a folder holds images, and beside them labels with AffectNet's names."""
    names = peek(folder / "annotations", _SAMPLE).others if (folder / "images").is_dir() else []
    return any(name.endswith(_LABEL_END) for name in names)


def open_affectnet_sets(path: str | Path) -> ImageCorpus:
    """Open AffectNet in sets of images with one file per label.

    Raises
    ------
    CorpusError
        Where the layout is another, or no image has a usable label.
    """
    root = find_affectnet_sets(Path(path).resolve())
    if root is None:
        raise CorpusError(
            "there is no train_set or val_set with images and annotations",
            where=str(path),
            fix="open the folder around them",
        )
    root = root.resolve()
    tally = Tally()
    names: list[str] = []
    codes: list[int] = []
    part: list[str] = []
    top = list_folder(root, "", tally)
    images_outside(top.images, "", tally)
    sets = [(folder, its) for folder in top.folders if (its := part_of(folder))]
    for folder, its_part in sorted(sets, key=lambda each: PARTS.index(each[1])):
        if not (root / folder / "images").is_dir():
            leave_unknown_part(root, folder, tally)
            continue
        found = list_images(root, f"{folder}/images", tally)
        labels = [_label(root, folder, name, tally) for name in found]
        _leave_labels(root, folder, found, tally)
        names += [n for n, label in zip(found, labels, strict=True) if label is not None]
        codes += [label for label in labels if label is not None]
        part += [its_part] * (len(names) - len(part))
    for folder in top.folders:
        if not part_of(folder):
            leave_unknown_part(root, folder, tally)
    require_images(names, tally, root)
    name = np.array(names, dtype=np.str_)
    emotion = emotions_of(codes, name, AFFECTNET_CODES, tally, AFFECTNET_LEFT_OUT)
    kept = np.flatnonzero(emotion != "")
    return assemble(
        "AffectNet",
        "affectnet-sets",
        root,
        FileSource(root, name[kept]),
        tally,
        item=name[kept],
        emotion=emotion[kept],
        part=np.array(part)[kept],
    )


def _leave_labels(root: Path, folder: str, images: list[str], tally: Tally) -> None:
    """Note the labels whose image is not there."""
    stems = {Path(image).stem for image in images}
    for name in list_folder(root, f"{folder}/annotations", tally).others:
        if name.endswith(_LABEL_END) and name.removesuffix(_LABEL_END) not in stems:
            tally.leave(f"{folder}/annotations/{name}", "its image is missing", "add it, or remove the label")


def _label(root: Path, folder: str, image: str, tally: Tally) -> int | None:
    """The code in an image's ``_exp.npy``; None, and noted, where there is none."""
    file = root / folder / "annotations" / f"{Path(image).stem}{_LABEL_END}"
    try:
        if file.is_symlink() and not file.resolve().is_relative_to(root):
            tally.leave(image, "its label is a link that leads out of the corpus", "copy it into the corpus")
            return None
        with regular(file).open("rb", buffering=0) as stream:
            return read_code(stream.read(_NPY_BYTES))
    except FileNotFoundError:
        tally.leave(image, "it has no label", f"add annotations/ID{_LABEL_END}")
    except (OSError, RuntimeError, ValueError):
        tally.leave(image, "its label cannot be read", "write one number as text into its _exp.npy")
    return None


def read_code(data: bytes) -> int:
    """The whole number in the bytes of a .npy file of one text or number; `NO_CODE` for anything else in it.

    Raises
    ------
    ValueError
        For bytes that are no .npy file, hold objects or more than one value.
    """
    dtype, start = _npy_type(data[: _header_length(data)])
    if len(data) < start + dtype.itemsize:
        raise ValueError("the file is cut off")
    found = np.frombuffer(data, dtype=dtype, count=1, offset=start) if dtype.itemsize else np.array([""])
    value = sound_text(found)[0]
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
    return code_of(text) if text else NO_CODE


def _header_length(data: bytes) -> int:
    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    width = 2 if version == (1, 0) else 4
    return stream.tell() + width + int.from_bytes(data[stream.tell() : stream.tell() + width], "little")


@lru_cache(maxsize=256)  # 290,000 labels have a handful of different headers
def _npy_type(header: bytes) -> tuple[np.dtype[Any], int]:
    """Type of the one value that a .npy header announces, and where it begins."""
    stream = io.BytesIO(header)
    shape, _, dtype = read_header(stream)
    if dtype.kind not in "SUifu" or math.prod(shape) != 1:
        raise ValueError("the file does not hold one number or text")
    return dtype, stream.tell()
