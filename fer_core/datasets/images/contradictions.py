"""A csv of labels beside folders of labels: where the two disagree, that is said.

Copies of AffectNet come with a ``labels.csv`` whose labels are not those of their folders (the one a
person's, the other a program's). The folders are believed, as they are what one sees; how many rows say
something else is told, so that nobody takes one copy for the other. RAF-DB's own lists are older than its
folders, and are held against them picture by picture (`fer_core.datasets.images.rafdb`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fer_core.base.emotions import find_emotion
from fer_core.base.text import clean_name
from fer_core.datasets.images.base import Strings
from fer_core.datasets.images.csv_lists import csv_rows, header_of
from fer_core.datasets.images.files import folders_of, list_folder
from fer_core.datasets.images.label_lists import NO_CODE, code_of
from fer_core.datasets.images.omissions import Tally
from fer_core.datasets.parts import part_of

_PATH = (
    "pth",
    "path",
    "image",
    "file",
    "filename",
    "file_name",
    "image_name",
    "image_path",
    "filepath",
    "img",
    "img_name",
    "name",
    "image name",
    "subdirectory_filepath",
)
_LABEL = ("label", "emotion", "expression", "class", "target", "labels", "emotion_label")
_MOST_LISTS = 12
_NAMED = 3


def contradictions(
    root: Path, item: Strings, emotion: Strings, tally: Tally, table: Mapping[int, str] | None = None
) -> str:
    """What csv files beside the folders say otherwise, in a sentence each; "" where they agree.

    Parameters
    ----------
    root : the corpus's folder; its own csv files and those of its parts are read
    item : str (n,), names of the images relative to `root`
    emotion : str (n,), by their folders
    tally : takes the rows that cannot be read
    table : emotions by code, where the folders are numbers; labels that are numbers are compared by it
    """
    files = _lists(root)
    if not files:
        return ""
    rows: dict[str, list[int]] = {}
    for number, name in enumerate(item.tolist()):
        rows.setdefault(name.rpartition("/")[2].casefold(), []).append(number)
    told = [_of_list(root, file, rows, item, emotion, tally, table) for file in files]
    return " ".join(sentence for sentence in told if sentence)


def _lists(root: Path) -> list[str]:
    """csv files with a column of names and one of labels, relative to the root."""
    folders = ["", *(name for name in folders_of(root) if part_of(name))]
    quiet = Tally()
    names = [
        f"{folder}/{name}".lstrip("/")
        for folder in folders
        for name in list_folder(root, folder, quiet).others
        if name.casefold().endswith(".csv")
    ]
    return [name for name in names[:_MOST_LISTS] if _columns(header_of(root / name))]


def _columns(header: list[str]) -> tuple[int, int] | None:
    path = next((header.index(name) for name in _PATH if name in header), None)
    label = next((header.index(name) for name in _LABEL if name in header), None)
    return None if path is None or label is None else (path, label)


def _of_list(
    root: Path,
    file: str,
    rows: Mapping[str, list[int]],
    item: Strings,
    emotion: Strings,
    tally: Tally,
    table: Mapping[int, str] | None,
) -> str:
    columns = _columns(header_of(root / file))
    if columns is None:
        return ""
    compared = unclear = 0
    differ: list[str] = []
    try:
        for _, cells in csv_rows(root / file, tally):
            if len(cells) <= max(columns):
                continue
            at = _row_of(cells[columns[0]], rows, item)
            if at is None:
                continue
            said = _emotion(cells[columns[1]], table)
            compared += bool(said)
            unclear += not said
            if said and said != emotion[at]:
                differ.append(str(item[at]))
    except OSError as error:
        return f"{clean_name(file)} cannot be read ({error.strerror or error})."
    name = clean_name(file)
    if unclear > compared:
        return f"{name} was not held against the folders: its labels are no names of emotions."
    if not differ:
        return ""
    shown = ", ".join(clean_name(item) for item in differ[:_NAMED])
    more = ", ..." if len(differ) > _NAMED else ""
    return (
        f"{name} gives {len(differ):,} of {compared:,} images another label than their folder"
        f" ({shown}{more}); the folders are believed."
    )


def _row_of(path: str, rows: Mapping[str, list[int]], item: Strings) -> int | None:
    """The one image that a cell names: by its file name, and by its folders where several have that name."""
    wanted = path.strip().replace("\\", "/").casefold()
    found = rows.get(wanted.rpartition("/")[2], [])
    if len(found) > 1:
        found = [at for at in found if _ends_alike(str(item[at]).casefold(), wanted)]
    return found[0] if len(found) == 1 else None


def _ends_alike(one: str, other: str) -> bool:
    """Whether the shorter of two paths is the end of the longer."""
    short, long = sorted((one.split("/"), other.strip("/").split("/")), key=len)
    return long[-len(short) :] == short


def _emotion(cell: str, table: Mapping[int, str] | None) -> str:
    if (code := code_of(cell)) != NO_CODE:
        return table.get(code, "") if table else ""
    return find_emotion(clean_name(cell)) or ""
