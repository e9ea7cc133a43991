"""RAF-DB's basic emotions (Li, Deng and Du, 2017), in its own layout and in the newer copies' one.

As distributed: ``basic/EmoLabel/list_patition_label.txt`` (its spelling) with lines such as
``train_00001.jpg 5``, and the faces at ``basic/Image/aligned/train_00001_aligned.jpg``.
Newer copies: ``DATASET/{train,test}/{1..7}/train_00001_aligned.jpg``, with or without ``train_labels.csv``
and ``test_labels.csv`` (``image,label``), which must then agree with the folders.
Codes count from 1 (`fer_core.emotions.RAFDB_CODES`). The official parts are train and test; who is shown
is not told.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fer_core.datasets.images.assemble import assemble, require_images
from fer_core.datasets.images.base import ImageCorpus, Part
from fer_core.datasets.images.csv_lists import csv_rows, header_of, unreadable
from fer_core.datasets.images.files import check_listed, folders_of, list_folder, list_images
from fer_core.datasets.images.label_lists import code_of, emotions_of
from fer_core.datasets.images.sources import FileSource
from fer_core.datasets.images.tally import Tally
from fer_core.datasets.scan import only_child
from fer_core.emotions import RAFDB_CODES
from fer_core.errors import CorpusError

LISTS = ("list_patition_label.txt", "list_partition_label.txt")
"""The list's name as distributed, and as somebody will have corrected it."""

_ALIGNED = "Image/aligned"
_LIST_FIX = "write lines such as 'train_00001.jpg 5'"
_FOLDERS = frozenset(str(code) for code in RAFDB_CODES)
_HALVES: dict[str, Part] = {"train": "train", "test": "test"}


def find_rafdb_list(path: Path) -> tuple[Path, Path] | None:
    """The corpus's folder and its list: in `path`, in ``basic`` in it, or in its only folder."""
    around = only_child(path)
    for root in (path, path / "basic", around, around and around / "basic"):
        for name in LISTS:
            if root and (root / "EmoLabel" / name).is_file():
                return root.resolve(), root / "EmoLabel" / name
    return None


def find_rafdb_folders(path: Path) -> Path | None:
    """The folder that holds ``train`` or ``test`` with folders 1 to 7, and no other numbers."""
    around = only_child(path)
    for root in (path, path / "DATASET", around, around and around / "DATASET"):
        if root is None:
            continue
        inner = [set(folders_of(root / half)) for half in _HALVES]
        if any(inner) and all(names <= _FOLDERS for names in inner):
            return root.resolve()
    return None


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
    # Names hold no folder, so that what leads out of Image/aligned is refused as a whole.
    aligned = np.array([f"{_ALIGNED}/{stem}_aligned.jpg" for stem in names])
    emotion = emotions_of(codes, place, RAFDB_CODES, tally)
    part = np.array([_HALVES.get(stem.partition("_")[0].casefold(), "") for stem in names])
    tally.leave_all(name[part == ""].tolist(), "its name begins with neither train_ nor test_", _LIST_FIX)
    labelled = np.flatnonzero((emotion != "") & (part != ""))
    kept = labelled[check_listed(root, aligned[labelled], place[labelled], tally)]
    return assemble(
        "RAF-DB",
        "rafdb",
        root,
        FileSource(root, aligned[kept]),
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
    item: list[str] = []
    emotion: list[str] = []
    part: list[str] = []
    for half in _HALVES:
        listed = _labels_csv(root, half, tally)
        for folder in list_folder(root, half, tally).folders if (root / half).is_dir() else []:
            names = list_images(root, f"{half}/{folder}", tally)
            names = _agreeing(names, int(folder), listed, half, tally)
            item += names
            emotion += [RAFDB_CODES[int(folder)]] * len(names)
            part += [_HALVES[half]] * len(names)
        for name in listed:  # those found were taken out
            tally.leave(f"{half}_labels.csv: {name}", "the image is missing", "add it, or remove its row")
    require_images(item, tally, root)
    names_column = np.array(item)
    return assemble(
        "RAF-DB",
        "rafdb-folders",
        root,
        FileSource(root, names_column),
        tally,
        item=names_column,
        emotion=np.array(emotion),
        part=np.array(part),
    )


def _read_list(file: Path, tally: Tally) -> tuple[list[str], list[int], list[int]]:
    """Names without their ending, codes and line numbers (from 1) of the list."""
    names: list[str] = []
    codes: list[int] = []
    lines: list[int] = []
    try:
        with file.open("r", encoding="utf-8-sig", errors="replace") as stream:
            for number, line in enumerate(stream, start=1):
                words = line.split()
                if len(words) == 2 and Path(words[0]).suffix:
                    names.append(words[0].rpartition(".")[0])
                    codes.append(code_of(words[1]))
                    lines.append(number)
                elif words:
                    tally.leave(f"line {number}", "it is not a file name and a label", _LIST_FIX)
    except OSError as error:
        raise unreadable(file, error) from error
    return names, codes, lines


def _labels_csv(root: Path, half: str, tally: Tally) -> dict[str, int]:
    """Codes by image name, from ``train_labels.csv`` beside the folders or around them; {} without it."""
    for file in (root / f"{half}_labels.csv", root.parent / f"{half}_labels.csv"):
        if {"image", "label"} <= set(header := header_of(file)):
            image, label = header.index("image"), header.index("label")
            rows = (cells for _, cells in csv_rows(file, tally) if len(cells) > max(image, label))
            return {cells[image].strip(): code_of(cells[label]) for cells in rows}
    return {}


def _agreeing(names: list[str], code: int, listed: dict[str, int], half: str, tally: Tally) -> list[str]:
    """The images whose row in the csv, if there is a csv, says what their folder says."""
    if not listed:
        return names
    kept = []
    for name in names:
        told = listed.pop(name.rpartition("/")[2], code)
        if told == code:
            kept.append(name)
        else:
            tally.leave(
                name, f"{half}_labels.csv gives it label {told}", "correct the csv, or move the image"
            )
    return kept
