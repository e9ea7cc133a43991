"""Names of image files under a folder, as columns; nothing outside the folder is ever named.

Lists are checked folder by folder: one listing of a folder answers for all its files, where asking for
each of AffectNet's 400,000 files would take minutes on a network disk.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fer_core.datasets.images.base import Strings
from fer_core.datasets.images.omissions import Tally
from fer_core.datasets.scan import INSIDE_FIX, OUTSIDE, natural_key
from fer_core.datasets.signatures import IMAGE_SUFFIXES, IMAGE_WORDS, is_image_name, is_video_name
from fer_core.files.containment import stays as _stays

_SYSTEM = frozenset({"__macosx", "thumbs.db", "desktop.ini", "ehthumbs.db", "$recycle.bin"})
_LIKELY_LABELS = frozenset({".csv", ".txt", ".json", ".npy", ".md", ".xml"})


@dataclass(frozen=True)
class Listing:
    """What lies in one folder: folders, image files, the other files, and what was left out, by name."""

    folders: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def list_folder(root: Path, folder: str, tally: Tally) -> Listing:
    """What lies in a folder under `root`, each kind in natural order; links out of `root` are left out."""
    found = Listing()
    if folder and not _stays(root, root / folder):
        tally.leave(folder, f"it is a link, and {OUTSIDE}", INSIDE_FIX)
        return found
    try:
        for entry in _visible(root / folder):
            where = f"{folder}/{entry.name}".lstrip("/")
            if entry.is_symlink() and not _stays(root, Path(entry.path)):
                tally.leave(where, f"it is a link, and {OUTSIDE}", INSIDE_FIX)
                found.left.append(entry.name)
            elif _is_dir(entry):
                found.folders.append(entry.name)
            elif not _is_file(entry):
                tally.leave(where, *_no_file(entry))
                found.left.append(entry.name)
            else:
                (found.images if is_image_name(entry.name) else found.others).append(entry.name)
    except OSError as error:
        tally.leave(folder or ".", f"the folder cannot be listed ({error.strerror})", "check its permissions")
    for names in (found.folders, found.images, found.others):
        names.sort(key=lambda name: (natural_key(name), name))
    return found


def list_images(root: Path, folder: str, tally: Tally) -> list[str]:
    """Names, relative to `root`, of the images in a folder; whatever else lies there is left out."""
    listing = list_folder(root, folder, tally)
    return images_in(listing, folder, tally)


def images_in(listing: Listing, folder: str, tally: Tally) -> list[str]:
    """As `list_images`, of a folder that is listed already."""
    for name in listing.folders:
        tally.leave(f"{folder}/{name}", "a folder among the images of an emotion", "move its images up")
    for name in listing.others:
        _not_an_image(f"{folder}/{name}", tally)
    return [f"{folder}/{name}" for name in listing.images]


def peek(folder: Path, most: int = 300) -> Listing:
    """Some of what lies in a folder, in no order: enough to recognise a format by."""
    found = Listing()
    try:
        for number, entry in enumerate(_visible(folder)):
            if number >= most:
                break
            kind = found.folders if _is_dir(entry) else found.others
            (found.images if is_image_name(entry.name) and kind is found.others else kind).append(entry.name)
    except OSError:
        pass
    return found


def folders_of(folder: Path) -> list[str]:
    """Names of the visible folders in a folder, in natural order; none where it cannot be listed."""
    try:
        names = [entry.name for entry in _visible(folder) if _is_dir(entry)]
    except OSError:
        return []
    return sorted(names, key=lambda name: (natural_key(name), name))


def only_folder(folder: Path) -> Path | None:
    """The one folder in a folder, as unpacking an archive leaves it; None for none or several."""
    names = folders_of(folder)
    return folder / names[0] if len(names) == 1 else None


def files_of(folder: Path, *suffixes: str) -> list[Path]:
    """Visible files of a folder whose names end so, in any case, in natural order.

    A folder of 100,000 pictures is passed over by their names; none where it cannot be listed.
    """
    try:
        entries = [e for e in _visible(folder) if e.name.casefold().endswith(suffixes)]
    except OSError:
        return []
    names = sorted((e.name for e in entries if _is_file(e)), key=lambda name: (natural_key(name), name))
    return [folder / name for name in names]


def count_images(root: Path, folder: str, most: int = 200_000) -> int:
    """How many images lie in a folder under `root` and its folders; no more than `most` are looked at."""
    count = seen = 0
    for _, folders, files in os.walk(root / folder):  # follows no links
        folders[:] = [n for n in folders if not n.startswith(".") and n.casefold() not in _SYSTEM]
        count += sum(is_image_name(name) and not name.startswith(".") for name in files)
        seen += len(folders) + len(files)
        if seen > most:
            break
    return count


def check_listed(root: Path, names: Strings, places: Strings, tally: Tally) -> npt.NDArray[np.bool_]:
    """Which of the file names of a list exist inside `root`; the others are left out with their place.

    Parameters
    ----------
    root : the folder the names are relative to
    names : str (n,), with forward slashes
    places : str (n,), where in the list each name stands
    """
    folder_of = np.array([_folder(name) for name in names.tolist()], dtype=np.str_)
    order = np.argsort(folder_of, kind="stable")
    bounds = np.flatnonzero(np.r_[True, folder_of[order][1:] != folder_of[order][:-1], True])
    good = np.zeros(len(names), dtype=bool)
    for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        rows = order[start:end]
        good[rows] = _check_one_folder(root, str(folder_of[rows[0]]), names[rows], places[rows], tally)
    return good


def escapes(name: str) -> bool:
    """Whether a name in a list could mean a file outside the corpus: absolute, with ``..``, or no path."""
    return (
        not name
        or "\0" in name
        or name.startswith(("/", "~"))
        or ":" in name.partition("/")[0]
        or ".." in name.split("/")
    )


_BAD = "//"  # no name that stays inside has such a folder


def _folder(name: str) -> str:
    return _BAD if escapes(name) else name.rpartition("/")[0]


def _check_one_folder(root: Path, folder: str, names: Strings, places: Strings, tally: Tally) -> npt.NDArray[np.bool_]:
    if folder == _BAD:
        tally.leave_all(_told(places, names), OUTSIDE, "name files inside the corpus alone")
        return np.zeros(len(names), dtype=bool)
    there, outside = _files_in(root, root / folder)
    good = np.zeros(len(names), dtype=bool)
    for row, (name, place) in enumerate(zip(names.tolist(), places.tolist(), strict=True)):
        own = name.rpartition("/")[2]
        good[row] = own in there and f".{own.rpartition('.')[2].lower()}" in IMAGE_SUFFIXES
        if own in outside:
            tally.leave(f"{place}: {name}", f"it is a link, and {OUTSIDE}", INSIDE_FIX)
        elif own not in there:
            tally.leave(f"{place}: {name}", "the image is missing", "add it, or remove it from the list")
        elif not good[row]:
            _not_an_image(f"{place}: {name}", tally)
    return good


def _files_in(root: Path, folder: Path) -> tuple[set[str], set[str]]:
    """Names of the files in a folder, and of those that are links out of the corpus."""
    there: set[str] = set()
    outside: set[str] = set()
    try:
        stays = _stays(root, folder)
        with os.scandir(folder) as entries:
            for entry in entries:
                leads_out = not stays or (entry.is_symlink() and not _stays(root, Path(entry.path)))
                if leads_out:
                    outside.add(entry.name)
                elif _is_file(entry):
                    there.add(entry.name)
    except OSError:  # no such folder: all its files are missing
        pass
    return there, outside


def _told(places: Strings, names: Strings) -> Iterator[str]:
    return (f"{p}: {n[:80]!r}" for p, n in zip(places.tolist(), names.tolist(), strict=True))


def _not_an_image(where: str, tally: Tally) -> None:
    suffix = Path(where).suffix.lower()
    if is_video_name(where):
        tally.leave(where, "it is a video, not an image", "save one picture of it as PNG or JPEG")
    elif suffix not in _LIKELY_LABELS:
        tally.leave(where, "it is no image by its name", f"use {IMAGE_WORDS}")


def _is_dir(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder; a link onto itself, or into a folder one may not enter, is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False


def _no_file(entry: os.DirEntry[str]) -> tuple[str, str]:
    """Why something is neither a folder nor a file, and what to do."""
    if entry.is_symlink():
        return "it is a link that leads nowhere", "copy what it should point to here"
    return "it is no plain file", "replace it by a file"


def _visible(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.startswith(".") and entry.name.casefold() not in _SYSTEM:
                yield entry
