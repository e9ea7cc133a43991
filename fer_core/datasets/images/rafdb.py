"""RAF-DB's basic emotions (Li, Deng and Du, 2017), in its own layout and in the newer copies' one.

As distributed: ``basic/EmoLabel/list_patition_label.txt`` (its spelling) with lines such as
``train_00001.jpg 5``, and the faces at ``basic/Image/aligned/train_00001_aligned.jpg``.
Newer copies: ``DATASET/{train,test}/{1..7}/train_00001_aligned.jpg``, the held-out part also called ``valid``
or ``val``, with or without ``train_labels.csv`` and ``test_labels.csv`` (``image,label``), which must then
agree with the folders. Any other folder beside the parts is left out by name.
Codes count from 1 (`fer_core.base.emotions.RAFDB_CODES`). The official parts are train and test; who is shown
is not told.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fer_core.base.emotions import RAFDB_CODES
from fer_core.base.errors import CorpusError
from fer_core.datasets.images.base import ImageCorpus, Strings
from fer_core.datasets.images.code_orders import known
from fer_core.datasets.images.corpus_from_columns import assemble, require_images
from fer_core.datasets.images.csv_lists import csv_rows, header_of, text_lines, unreadable
from fer_core.datasets.images.files import (
    OUTSIDE,
    Listing,
    escapes,
    files_of,
    folders_of,
    list_folder,
    only_folder,
    peek,
)
from fer_core.datasets.images.label_lists import code_of, emotions_of
from fer_core.datasets.images.numbered import NumberedImage, code_in, codes_under, numbered_images
from fer_core.datasets.images.omissions import Tally
from fer_core.datasets.images.sources import FileSource
from fer_core.datasets.parts import part_of

LISTS = ("list_patition_label.txt", "list_partition_label.txt")
"""The list's name as distributed, and as somebody will have corrected it."""

_LIST_FOLDERS = ("", "emolabel")
_IMAGE_FOLDERS = ("Image/aligned", "aligned", "Image", "Image/original", "")
_ALIGNED = "_aligned"
_LIST_FIX = "write lines such as 'train_00001.jpg 5'"


def find_rafdb_list(path: Path) -> tuple[Path, Path] | None:
    """The corpus's folder and its list: in `path`, in ``basic`` in it, or in its only folder."""
    around = only_folder(path)
    for root in (path, path / "basic", around, around and around / "basic"):
        if root is None or not root.is_dir():
            continue
        for folder in (root, *(root / n for n in folders_of(root) if n.casefold() in _LIST_FOLDERS)):
            files = [f for f in files_of(folder, *LISTS) if f.name.casefold() in LISTS]
            if files:
                return root.resolve(), files[0]
    return None


def find_rafdb_folders(path: Path) -> Path | None:
    """The folder that holds parts (``train``, ``test``, ``valid``) with folders 1 to 7, and no other numbers.

    Six folders or fewer are RAF-DB's only where the folder around them, or their files, are named as its.
    """
    around = only_folder(path)
    for root in (path, path / "DATASET", around, around and around / "DATASET"):
        if root is None:
            continue
        parts = [root / name for name in folders_of(root) if part_of(name)]
        inner = {code for part in parts for name in folders_of(part) if (code := code_in(name)) is not None}
        if inner and inner <= set(RAFDB_CODES) and codes_under(root) and (7 in inner or _named_as_rafdb(root)):
            return root.resolve()
    return None


def _named_as_rafdb(root: Path) -> bool:
    if root.name.casefold() in ("dataset", "raf-db", "rafdb"):
        return True
    parts = [root / name for name in folders_of(root) if part_of(name)]
    folders = [part / name for part in parts for name in folders_of(part)]
    names = [name for folder in folders for name in peek(folder, 3).images]
    return any(_ALIGNED in name for name in names)


def open_rafdb_list(path: str | Path) -> ImageCorpus:
    """Open RAF-DB as distributed: the list and the aligned faces.

    Raises
    ------
    CorpusError
        Where there is no list, it cannot be read, or names no usable face.
    """
    given = Path(path).resolve()
    found = find_rafdb_list(given)
    if found is None:
        raise CorpusError(f"there is no EmoLabel/{LISTS[0]}", where=str(path), fix="open the folder 'basic'")
    root, file = found
    tally = Tally()
    names, codes, lines = _read_list(file, tally)
    require_images(names, tally, root)
    name, place = np.array(names), np.array([f"line {line}" for line in lines])
    emotion = emotions_of(codes, place, RAFDB_CODES, tally)
    part = np.array([part_of(stem.partition("_")[0]) or "" for stem in names], dtype="<U10")
    tally.leave_all(name[part == ""].tolist(), "its name begins with neither train_ nor test_", _LIST_FIX)
    labelled = np.flatnonzero((emotion != "") & (part != ""))
    files = _faces(root, name, labelled, place, tally)
    kept = labelled[files[labelled] != ""]
    return assemble(
        "RAF-DB",
        "rafdb",
        root,
        FileSource(root, files[kept]),
        tally,
        item=name[kept],
        emotion=emotion[kept],
        part=part[kept],
    )


def open_rafdb_folders(path: str | Path) -> ImageCorpus:
    """Open RAF-DB in folders 1 to 7.

    Raises
    ------
    CorpusError
        Where the layout is another, or no folder holds an image.
    """
    root = find_rafdb_folders(Path(path).resolve())
    if root is None:
        raise CorpusError("there are no folders train/1 to train/7", where=str(path), fix="open DATASET")
    tally = Tally()
    images = _agreeing(root, numbered_images(root, tally), tally)
    require_images(images, tally, root)
    item = np.array([image.name for image in images])
    return assemble(
        "RAF-DB",
        "rafdb-folders",
        root,
        FileSource(root, item),
        tally,
        item=item,
        emotion=np.array([RAFDB_CODES[image.code] for image in images]),
        part=np.array([image.part for image in images], dtype="<U10"),
        note=known(RAFDB_CODES, "RAF-DB").note,
    )


def _faces(
    root: Path, name: Strings, rows: np.ndarray[tuple[int], np.dtype[np.int64]], place: Strings, tally: Tally
) -> Strings:
    """Files (n,), relative to the root, of the named rows; "" and noted where there is none."""
    folder, listing = _image_folder(root, name[rows].tolist(), tally)
    by_stem = {_stem(file): file for file in listing.images}
    left = {_stem(file) for file in listing.left}
    files = [""] * len(name)
    for row in rows.tolist():
        stem = str(name[row])
        if escapes(stem):
            tally.leave(f"{place[row]}: {stem[:80]!r}", OUTSIDE, "name files inside the corpus alone")
            continue
        if file := by_stem.get(stem.casefold()):
            files[row] = f"{folder}/{file}".lstrip("/")
        elif stem.casefold() not in left:
            told = f"{folder}/{stem}{_ALIGNED}.jpg".lstrip("/")
            tally.leave(f"{place[row]}: {told}", "the image is missing", "add it, or remove it from the list")
    listed = {stem.casefold() for stem in name.tolist()}
    for stem, file in by_stem.items():
        if stem not in listed:
            where = f"{folder}/{file}".lstrip("/")
            tally.leave(where, "the list does not name it", "add its line to the list")
    return np.array(files)


def _image_folder(root: Path, stems: list[str], tally: Tally) -> tuple[str, Listing]:
    """The folder, relative to the root, that holds most of the named faces, and what lies there."""
    wanted = {stem.casefold() for stem in stems}

    def held(folder: str) -> int:
        names = peek(root / folder, 1_000_000).images
        return sum(_stem(name) in wanted for name in names)

    counts = {folder: held(folder) for folder in _IMAGE_FOLDERS if (root / folder).is_dir()}
    best = max(counts, key=lambda folder: counts[folder], default="")
    best = best if counts.get(best) else _IMAGE_FOLDERS[0]
    return best, list_folder(root, best, tally) if (root / best).is_dir() else Listing()


def _stem(file: str) -> str:
    """A face's name as it is compared with the list's."""
    return Path(file).stem.casefold().removesuffix(_ALIGNED)


def _read_list(file: Path, tally: Tally) -> tuple[list[str], list[int], list[int]]:
    """Names without their ending, codes and line numbers (from 1) of the list."""
    names: list[str] = []
    codes: list[int] = []
    lines: list[int] = []
    try:
        for number, line in enumerate(text_lines(file), start=1):
            words = ["(too long)"] if line is None else line.split()
            if len(words) == 2 and Path(words[0]).suffix:
                names.append(words[0].rpartition(".")[0])
                codes.append(code_of(words[1]))
                lines.append(number)
            elif words:
                tally.leave(f"line {number}", "it is not a file name and a label", _LIST_FIX)
    except OSError as error:
        raise unreadable(file, error) from error
    return names, codes, lines


def _labels_csv(root: Path, half: str, tally: Tally) -> tuple[str, dict[str, int]]:
    """The csv of a part, such as ``train_labels.csv``, beside the folders or around them, and its codes."""
    wanted = f"{half}_labels.csv".casefold()
    for folder in (root, root.parent):
        for file in (f for f in files_of(folder, wanted) if f.name.casefold() == wanted):
            header = header_of(file)
            if {"image", "label"} <= set(header):
                image, label = header.index("image"), header.index("label")
                rows = (cells for _, cells in csv_rows(file, tally) if len(cells) > max(image, label))
                return file.name, {cells[image].strip(): code_of(cells[label]) for cells in rows}
    return "", {}


def _agreeing(root: Path, images: list[NumberedImage], tally: Tally) -> list[NumberedImage]:
    """The images whose row in their part's csv, if there is a csv, says what their folder says."""
    kept: list[NumberedImage] = []
    lists: dict[str, tuple[str, dict[str, int]]] = {}
    for image in images:
        half = image.name.partition("/")[0]
        if half not in lists:
            lists[half] = _labels_csv(root, half, tally)
        csv, codes = lists[half]
        told = codes.pop(image.name.rpartition("/")[2], image.code)
        if told == image.code:
            kept.append(image)
        else:
            tally.leave(image.name, f"{csv} gives it label {told}", "correct the csv, or move the image")
    for csv, codes in lists.values():
        for name in codes:  # those found were taken out
            tally.leave(f"{csv}: {name}", "the image is missing", "add it, or remove its row")
    return kept
