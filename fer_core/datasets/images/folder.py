"""Any folder of images by emotion: ``angry/a.jpg``, or ``train/angry/a.jpg`` and ``test/angry/b.jpg``.

BTFER comes like this, and so do FER2013's copies in folders. In those, file names keep FER2013's own parts
(``Training_3908.jpg``, ``PublicTest_88305960.jpg``, ``PrivateTest_...``), and ``test`` holds both held-out
parts; where a name says which part it is of, it is believed rather than the folder, so that PublicTest
stays the validation part (why: `fer_core.datasets.images.fer2013`).
Leakage rule: who is shown stands in ``subjects.csv``, or is what names begin with where that looks like
names of people (`fer_core.datasets.people`); else nobody knows, and that is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from fer_core.base.emotions import EMOTIONS, find_emotion
from fer_core.base.errors import CorpusError
from fer_core.base.text import clean_name
from fer_core.datasets.base import Clip
from fer_core.datasets.images.base import ImageCorpus, Part, Strings
from fer_core.datasets.images.contradictions import contradictions
from fer_core.datasets.images.corpus_from_columns import assemble, require_images
from fer_core.datasets.images.fer2013 import USAGE
from fer_core.datasets.images.files import count_images, folders_of, list_folder, list_images, peek
from fer_core.datasets.images.omissions import Tally
from fer_core.datasets.images.sources import FileSource
from fer_core.datasets.parts import PART_FOLDERS
from fer_core.datasets.people import one_spelling, people_in
from fer_core.datasets.scan import Scan, names_unlabelled, only_child
from fer_core.datasets.subjects import ASK, find_table, told_as_one, told_by

_EXPECTED = "sort the images into folders named by emotion, such as anger/a.jpg or train/anger/a.jpg"
_NOT_EMOTION = "name it as an emotion (" + ", ".join(EMOTIONS) + ")"
_FER2013_NAME = re.compile(r"(training|publictest|privatetest)[_-]?\d+", re.IGNORECASE)


def find_image_folder(path: Path) -> Path | None:
    """`path` or its only folder, whichever holds images in emotion folders, in parts or not."""
    for root in (path, only_child(path)):
        if root is not None and any(_holds_images(root / folder) for _, folder, _ in _levels(root)):
            return root
    return None


def open_image_folder(path: str | Path, subjects: Path | None = None) -> ImageCorpus:
    """Open a folder of images by emotion; names alone are read.

    Parameters
    ----------
    path : the folder, or one around it
    subjects : a CSV with the columns ``clip,subject``; ``subjects.csv`` in the root is found by itself

    Raises
    ------
    CorpusError
        Where no folder is named as an emotion, none holds an image, or the given list cannot be read.
    """
    root = find_image_folder(Path(path).resolve())
    if root is None:
        raise CorpusError("no folder of images in it is named as an emotion", where=str(path), fix=_EXPECTED)
    root = root.resolve()
    tally = Tally()
    _strangers(root, "", tally)
    item: list[str] = []
    emotion: list[str] = []
    part: list[str] = []
    for its_part, folder, its_emotion in _levels(root, tally):
        names = list_images(root, folder, tally)
        item += names
        emotion += [its_emotion] * len(names)
        part += [its_part] * len(names)
    require_images(item, tally, root)
    named = [_FER2013_NAME.match(name.rpartition("/")[2]) for name in item]
    is_fer2013 = sum(n is not None for n in named) > len(item) / 2
    if is_fer2013:
        part = [USAGE[n[1].casefold()] if n else p for n, p in zip(named, part, strict=True)]
    names_column = np.array(item)
    subject, known = (None, False) if is_fer2013 else _people(root, item, emotion, subjects, tally)
    note = contradictions(root, names_column, np.array(emotion), tally)
    return assemble(
        root.name,
        "fer2013-folders" if is_fer2013 else "folder",
        root,
        FileSource(root, names_column),
        tally,
        item=names_column,
        emotion=np.array(emotion),
        part=np.array(part),
        subject=subject,
        subjects_known=known,
        note=note,
    )


def _people(
    root: Path, item: list[str], emotion: list[str], subjects: Path | None, tally: Tally
) -> tuple[Strings | None, bool]:
    """Who is shown in each image, its own name where unknown, and whether all are known; None for nobody."""
    scan = Scan(root)
    table, _ = find_table(scan, subjects)
    told: dict[str, str] = {}
    if table is not None:
        clips = [Clip(name.rpartition(".")[0], "", e, (root / name,)) for name, e in zip(item, emotion, strict=True)]
        told = told_by(scan, clips, table)
    stems = {name: name.rpartition(".")[0] for name in item}
    asked = [
        (name, stems[name].rpartition("/")[2], e)
        for name, e in zip(item, emotion, strict=True)
        if stems[name] not in told
    ]
    named = people_in(asked)
    people = one_spelling((name, who) for name in item if (who := told.get(stems[name]) or named.of.get(name)))
    for way in (*named.spellings, *people.spellings):
        told_as_one(scan, way)
    for o in scan.omissions:
        tally.leave(o.where, o.why, o.fix)
    if not people.of:
        return None, False
    if unknown := len(item) - len(people.of):
        tally.leave(f"{unknown:,} images", "kept, but who is shown is unknown", ASK)
    return np.array([people.of.get(name, name) for name in item]), not unknown


def _levels(root: Path, tally: Tally | None = None) -> Iterator[tuple[Part, str, str]]:
    """Part, folder relative to the root and emotion of each folder named as an emotion.

    Folders of parts come before emotion folders that lie beside them, which are then left out: of those
    nobody knows whether they repeat the parts.
    """
    folders = folders_of(root)
    parts = [f for f in folders if clean_name(f).casefold() in PART_FOLDERS]
    inside = [(f, e) for f in parts for e in _emotion_folders(root / f)]
    if inside:
        for folder, name in inside:
            its_emotion = find_emotion(clean_name(name)) or ""
            yield PART_FOLDERS[clean_name(folder).casefold()], f"{folder}/{name}", its_emotion
        for folder in parts if tally is not None else []:
            _strangers(root, folder, tally)
        for name in _emotion_folders(root) if tally is not None else []:
            _leave_folder(root, name, tally, "an emotion folder beside folders of parts", "move it into one")
        return
    for name in _emotion_folders(root):
        yield "", name, find_emotion(clean_name(name)) or ""


def _leave(tally: Tally | None, where: str, why: str, fix: str) -> None:
    if tally is not None:
        tally.leave(where, why, fix)


def _leave_folder(root: Path, folder: str, tally: Tally | None, why: str, fix: str) -> None:
    """Note a folder that is left out, with the number of its images."""
    if tally is not None:
        tally.leave_many(folder, why, fix, max(count_images(root, folder), 1))


def _emotion_folders(folder: Path) -> list[str]:
    return [f for f in folders_of(folder) if find_emotion(clean_name(f))]


def _strangers(root: Path, folder: str, tally: Tally | None) -> None:
    """Note what lies beside emotion folders and parts and is neither."""
    listing = list_folder(root, folder, tally if tally is not None else Tally())
    for name in listing.folders:
        where = f"{folder}/{name}".lstrip("/")
        plain = clean_name(name)
        if find_emotion(plain) or (not folder and plain.casefold() in PART_FOLDERS):
            continue
        why = "its images have no label" if names_unlabelled(name) else "the folder is not named as an emotion"
        _leave_folder(root, where, tally, why, _NOT_EMOTION)
    for name in listing.images:
        where = f"{folder}/{name}".lstrip("/")
        _leave(tally, where, "the image lies outside any emotion folder", _EXPECTED)


def _holds_images(folder: Path) -> bool:
    return bool(peek(folder, 2000).images)
