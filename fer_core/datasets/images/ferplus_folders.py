"""FERPlus as its own script writes it (Barsoum, Zhang, Canton Ferrer and Zhang, 2016): pictures beside votes.

``FER2013Train/fer0000000.png`` with ``FER2013Train/label.csv``, and the same for ``FER2013Valid`` and
``FER2013Test``. A row is ``fer0000000.png,"(0, 0, 48, 48)",4,0,0,1,3,2,0,0,0,0``: the picture, the box of the
face, and the ten votes in the order of `fer_core.base.emotions.FERPLUS_COLUMNS`, without a header. Copies have
the folders under ``images`` with one ``fer2013new.csv`` beside it, whose rows name pictures of all parts.

Votes become labels by `fer_core.datasets.images.ferplus_labels`. The box is the whole picture in FERPlus; where it is
not, the whole picture is taken all the same, and that is said. Who is shown is not told.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from fer_core.base.emotions import FERPLUS_COLUMNS, find_emotion
from fer_core.base.errors import CorpusError
from fer_core.datasets.images.base import PARTS, ImageCorpus, Part
from fer_core.datasets.images.corpus_from_columns import assemble, require_images
from fer_core.datasets.images.csv_lists import csv_rows, header_of, row_name, unreadable
from fer_core.datasets.images.ferplus import leave_by_vote
from fer_core.datasets.images.ferplus_labels import Ties, VoteRule, label_votes
from fer_core.datasets.images.files import OUTSIDE, escapes, files_of, folders_of, list_folder, only_folder, peek
from fer_core.datasets.images.label_lists import NO_CODE, code_of
from fer_core.datasets.images.numbered import images_outside, leave_unknown_part
from fer_core.datasets.images.omissions import Tally
from fer_core.datasets.images.sources import FileSource
from fer_core.datasets.parts import part_of
from fer_core.datasets.scan import count_of
from fer_core.datasets.signatures import is_image_name

_VOTES = len(FERPLUS_COLUMNS)
_FIX = 'write lines such as fer0000000.png,"(0, 0, 48, 48)",4,0,0,1,3,2,0,0,0,0'
_LOOKED_AT = 5  # rows that tell what a csv is
_OWN_NAME = ("label.csv", "labels.csv")


@dataclass(frozen=True)
class FerPlusFolders:
    """Where the folders of the parts lie, and the one list of all parts, where there is one."""

    root: Path
    parts: tuple[tuple[str, Part], ...]
    shared: Path | None


@dataclass(frozen=True)
class _Row:
    """One row of votes: the picture's name and place, its box as written, and its votes."""

    name: str
    place: str
    box: str
    votes: tuple[int, ...]


def find_ferplus_folders(path: Path) -> FerPlusFolders | None:
    """The folders of parts with votes beside their pictures, in `path` or in its only folder."""
    for root in (path, only_folder(path)):
        if root is None:
            continue
        for around in (root, *(root / name for name in folders_of(root) if name.casefold() == "images")):
            parts = [(name, part) for name in folders_of(around) if (part := part_of(name))]
            parts = [(name, part) for name, part in parts if peek(around / name).images]
            if not parts:
                continue
            shared = next((f for place in (around, root) for f in _csv_in(place) if _has_names(f)), None)
            if shared or any(_votes_in(around / name) for name, _ in parts):
                parts.sort(key=lambda each: PARTS.index(each[1]))
                inner = "" if around == root else f"{around.name}/"
                return FerPlusFolders(root.resolve(), tuple((inner + name, part) for name, part in parts), shared)
    return None


def open_ferplus_folders(path: str | Path, rule: VoteRule = "majority", ties: Ties = "drop") -> ImageCorpus:
    """Open FERPlus in folders of pictures with their votes.

    Raises
    ------
    CorpusError
        Where the layout is another, a list cannot be read, or no picture has votes that name an emotion.
    """
    found = find_ferplus_folders(Path(path).resolve())
    if found is None:
        raise CorpusError("there is no FER2013Train with label.csv", where=str(path), fix="open the folder around it")
    root, tally = found.root, Tally()
    matched: list[tuple[_Row, str, Part]] = []
    pool: dict[str, tuple[str, Part]] = {}
    for folder, its in found.parts:
        images = list_folder(root, folder, tally).images
        inside = {name: (f"{folder}/{name}", its) for name in images}
        own = _votes_in(root / folder)
        if own is not None:
            matched += _matched(_rows(own, root, tally), inside, f"{folder}/{own.name}", tally)
        elif found.shared is not None:
            pool |= inside
        else:
            why = f"no list of votes lies in the folder, with {count_of(len(images), 'image')}"
            tally.leave_many(folder, why, "add its label.csv", len(images))
    if pool and found.shared is not None:
        matched += _matched(_rows(found.shared, root, tally), pool, found.shared.name, tally)
    used = {folder for folder, _ in found.parts}
    top = list_folder(root, "", tally)
    images_outside(top.images, "", tally)
    for name in top.folders:
        if name not in used and not any(folder.startswith(f"{name}/") for folder in used):
            leave_unknown_part(root, name, tally)
    require_images(matched, tally, root)
    item = np.array([file for _, file, _ in matched])
    labels = label_votes(np.array([row.votes for row, _, _ in matched]), FERPLUS_COLUMNS, rule, ties)
    leave_by_vote(item, labels.why, tally)
    kept = np.flatnonzero(labels.why == "")
    return assemble(
        "FERPlus",
        "ferplus-folders",
        root,
        FileSource(root, item[kept]),
        tally,
        item=item[kept],
        emotion=labels.emotion[kept],
        part=np.array([part for _, _, part in matched], dtype="<U10")[kept],
        soft=None if labels.soft is None else labels.soft[kept],
        note=_boxes([row.box for row, _, _ in matched]),
    )


def _csv_in(folder: Path) -> list[Path]:
    return files_of(folder, ".csv", ".txt")[:20]


def _votes_in(folder: Path) -> Path | None:
    """The list of votes in a folder: ``label.csv`` in any case, else the first csv whose rows are votes."""
    files = sorted(_csv_in(folder), key=lambda f: f.name.casefold() not in _OWN_NAME)
    return next((f for f in files if _is_votes(f)), None)


def _is_votes(file: Path) -> bool:
    try:
        return any(_row(cells, file.name) for _, cells in islice(csv_rows(file, Tally(), header=False), _LOOKED_AT))
    except OSError:
        return False


def _has_names(file: Path) -> bool:
    """Whether a csv is FERPlus's own list, whose rows name their picture."""
    return {"image name", *(name.casefold() for name in FERPLUS_COLUMNS)} <= set(header_of(file))


def _rows(file: Path, root: Path, tally: Tally) -> list[_Row]:
    found: list[_Row] = []
    shared = _has_names(file)
    where = file.name if file.parent == root else f"{file.parent.name}/{file.name}"
    try:
        for number, cells in csv_rows(file, tally, header=False):
            if number == 0 and _is_header(cells):
                continue
            place = f"{where} {row_name(number - 1)}"
            row = _row(cells[1:] if shared else cells, place)
            if row is not None:
                found.append(row)
            elif not (shared and not "".join(cells[1:2]).strip()):  # FERPlus names no picture of no face
                tally.leave(place, "the row is not a picture's name and ten votes", _FIX)
    except OSError as error:
        raise unreadable(file, error) from error
    return found


def _is_header(cells: list[str]) -> bool:
    return sum(bool(find_emotion(cell)) for cell in cells) >= 5


def _row(cells: list[str], place: str) -> _Row | None:
    """A row's picture and votes; None where it is none. A box may be one cell, four, or none."""
    if len(cells) < _VOTES + 1 or not is_image_name(cells[0].strip()):
        return None
    votes = tuple(code_of(cell) for cell in cells[-_VOTES:])
    if NO_CODE in votes or len(cells) > _VOTES + 5:
        return None
    box = ",".join(cells[1:-_VOTES]).strip(' ()"').replace(" ", "")
    return _Row(cells[0].strip().replace("\\", "/"), place, box, votes)


def _matched(
    rows: list[_Row], images: dict[str, tuple[str, Part]], csv: str, tally: Tally
) -> list[tuple[_Row, str, Part]]:
    """Rows with the file and the part of the picture each names; the others, on either side, are left out."""
    folded = {name.casefold(): name for name in images}
    found: list[tuple[_Row, str, Part]] = []
    seen: set[str] = set()
    for row in rows:
        folder, _, plain = row.name.rpartition("/")
        name = folded.get(plain.casefold(), "")
        file, part = images.get(name, ("", ""))
        if escapes(row.name):
            tally.leave(f"{row.place}: {row.name[:80]!r}", OUTSIDE, "name files inside the corpus alone")
        elif file and f"/{file}".casefold().endswith(f"/{folder}/{plain}".replace("//", "/").casefold()):
            found.append((row, file, part))
            seen.add(name)
        else:
            tally.leave(f"{row.place}: {row.name}", "the image is missing", "add it, or remove its row")
    for name, (file, _) in images.items():
        if name not in seen:
            tally.leave(file, f"{csv} does not name it", "add its row of votes")
    return found


def _boxes(boxes: list[str]) -> str:
    """What is said of boxes that are not the one of most pictures."""
    others = len(boxes) - max(Counter(boxes).values(), default=0)
    if not others:
        return ""
    return f"The list gives {count_of(others, 'picture')} a box of its own; whole pictures are taken."
