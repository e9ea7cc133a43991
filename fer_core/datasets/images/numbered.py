"""Images in folders named by number: ``3/a.jpg``, or ``train/3/a.jpg`` with ``val`` and ``test``.

RAF-DB's newer copies come like this (`fer_core.datasets.images.rafdb`), AffectNet's, FER2013's, and what a
program made of any of them. What the numbers mean is not told by such a folder: it is asked for
(`fer_core.datasets.images.code_orders`). Who is shown is not told either.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fer_core.base.emotions import find_emotion
from fer_core.base.errors import CorpusError
from fer_core.base.text import clean_name
from fer_core.datasets.images.base import PARTS, ImageCorpus, Part
from fer_core.datasets.images.code_orders import HIGHEST, order_of
from fer_core.datasets.images.contradictions import contradictions
from fer_core.datasets.images.corpus_from_columns import assemble, require_images
from fer_core.datasets.images.files import count_images, folders_of, list_folder, list_images, only_folder, peek
from fer_core.datasets.images.label_lists import emotions_of
from fer_core.datasets.images.omissions import Tally
from fer_core.datasets.images.sources import FileSource
from fer_core.datasets.parts import KNOWN, part_of
from fer_core.datasets.scan import count_of, squeezed

_NUMBER = re.compile(r"(?:class|label|emotion|expression)?0{0,3}([0-9]{1,2})")


@dataclass(frozen=True)
class NumberedImage:
    """One image: its name relative to the root, the number of its folder, and its part."""

    name: str
    code: int
    part: Part


def code_in(folder: str) -> int | None:
    """The number that names a folder (``3``, ``03``, ``class003``), 0 to 10; None for another name."""
    found = _NUMBER.fullmatch(squeezed(folder))
    code = int(found[1]) if found else HIGHEST + 1
    return code if code <= HIGHEST else None


def codes_under(root: Path) -> set[int]:
    """The numbers of all folders of images under a root, in parts or not; empty for another layout."""
    parts = [root / name for name in folders_of(root) if part_of(name)]
    found = {code for part in parts for code in _codes(part)}
    return found or _codes(root)


def find_numbered(path: Path) -> Path | None:
    """`path` or its only folder, whichever holds folders of images named by at least two numbers."""
    for root in (path, only_folder(path)):
        if root is None or find_emotion(clean_name(root.name)):  # whose folders are clips of one emotion
            continue
        if len(codes_under(root)) > 1:
            return root.resolve()
    return None


def open_numbered(path: str | Path, codes: str | None = None) -> ImageCorpus:
    """Open a folder of images by number.

    Parameters
    ----------
    path : the folder, or one around it
    codes : which emotion each number is (`fer_core.datasets.images.code_orders.order_of`)

    Raises
    ------
    CorpusError
        Where no folder of images is named by a number, nobody says what the numbers mean, or none is left.
    SettingError
        For `codes` that is no order, or cannot be of these numbers.
    """
    root = find_numbered(Path(path).resolve())
    if root is None:
        raise CorpusError(
            "no folders of images in it are named by number",
            where=str(path),
            fix="open the folder that holds 0 to 7, or train",
        )
    order = order_of(codes, codes_under(root), root, "folders are named")
    tally = Tally()
    images = numbered_images(root, tally)
    require_images(images, tally, root)
    item = np.array([image.name for image in images])
    emotion = emotions_of([image.code for image in images], item, order.table, tally, order.left_out)
    kept = np.flatnonzero(emotion != "")
    part = np.array([image.part for image in images], dtype="<U10")
    note = contradictions(root, item[kept], emotion[kept], tally, order.table)
    return assemble(
        root.name,
        "numbered",
        root,
        FileSource(root, item[kept]),
        tally,
        item=item[kept],
        emotion=emotion[kept],
        part=part[kept],
        note=f"{order.note} {note}".strip(),
    )


def numbered_images(root: Path, tally: Tally) -> list[NumberedImage]:
    """All images in numbered folders of a root, part by part; whatever else lies there is left out."""
    top = list_folder(root, "", tally)
    images_outside(top.images, "", tally)
    parts = [(name, part) for name in top.folders if (part := part_of(name))]
    parts.sort(key=lambda each: PARTS.index(each[1]))
    if not any(_codes(root / name) for name, _ in parts):
        return _of_part(root, "", top.folders, "", tally)
    found: list[NumberedImage] = []
    for name, part in parts:
        listing = list_folder(root, name, tally)
        images_outside(listing.images, name, tally)
        found += _of_part(root, name, listing.folders, part, tally)
    for name in top.folders:
        if not part_of(name):
            leave_unknown_part(root, name, tally)
    return found


def leave_unknown_part(root: Path, folder: str, tally: Tally) -> None:
    """Note a folder beside the parts that is none, with the number of its images."""
    count = count_images(root, folder)
    if count or code_in(folder) is not None:
        why = f"the folder, with {count_of(count, 'image')}, is no part that is known"
        tally.leave_many(folder, why, f"name it {KNOWN}, or merge it into one", max(count, 1))


def images_outside(names: list[str], folder: str, tally: Tally) -> None:
    """Note images that lie in no folder of a label."""
    for name in names:
        where = f"{folder}/{name}".lstrip("/")
        tally.leave(where, "the image lies outside any folder of a label", "move it into one")


def _of_part(root: Path, part: str, folders: list[str], its: Part, tally: Tally) -> list[NumberedImage]:
    found: list[NumberedImage] = []
    for name in folders:
        folder = f"{part}/{name}".lstrip("/")
        code = code_in(name)
        if code is None:
            _leave_unnumbered(root, folder, tally)
            continue
        names = list_images(root, folder, tally)
        found += [NumberedImage(image, code, its) for image in names]
    return found


def _leave_unnumbered(root: Path, folder: str, tally: Tally) -> None:
    count = count_images(root, folder)
    if count:
        why = f"the folder, with {count_of(count, 'image')}, is not named by a number as the others are"
        tally.leave_many(folder, why, "name it as they are", count)


def _codes(folder: Path) -> set[int]:
    """Numbers of the folders of images in a folder; empty where folders are named as emotions, too."""
    names = folders_of(folder)
    if any(find_emotion(clean_name(name)) for name in names):
        return set()
    numbered = [(name, code) for name in names if (code := code_in(name)) is not None]
    return {code for name, code in numbered if peek(folder / name, 2000).images}
