"""Images with boxes as YOLO's tools write them: ``data.yaml``, ``images`` and ``labels/*.txt``.

Copies of AffectNet come like this (Roboflow, Kaggle). ``data.yaml`` names the classes; each picture has a
text file of its name with lines ``class x y width height`` in shares of the picture, or a polygon. Folders
are ``train/images`` and ``train/labels``, or ``images/train`` and ``labels/train``, or without parts.

A picture's label is that of its largest box. Whole pictures are taken, as the corpus's own readers of faces
cut them; both are said where it matters. Classes named by numbers are asked for
(`fer_core.datasets.images.code_orders`). Who is shown is not told.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fer_core.base.emotions import find_emotion
from fer_core.base.errors import CorpusError, SettingError
from fer_core.base.text import clean_name
from fer_core.datasets.images.base import PARTS, ImageCorpus, Part
from fer_core.datasets.images.code_orders import order_of
from fer_core.datasets.images.corpus_from_columns import assemble, require_images
from fer_core.datasets.images.files import count_images, files_of, folders_of, images_in, list_folder, only_folder
from fer_core.datasets.images.label_lists import NO_CODE, code_of, emotions_of
from fer_core.datasets.images.numbered import images_outside
from fer_core.datasets.images.omissions import Tally
from fer_core.datasets.images.sources import FileSource
from fer_core.datasets.parts import KNOWN, part_of
from fer_core.datasets.scan import count_of
from fer_core.files.shapes import regular

_IMAGES, _LABELS = "images", "labels"
_YAML_BYTES = 1 << 20
_TXT_BYTES = 1 << 16
_MOST_CLASSES = 1000
_SMALL = 0.25  # a box of less than a quarter of its picture is a face among other things
_FIX = "write 'class x y width height' in shares of the picture, a line for each face"


@dataclass(frozen=True)
class _Pair:
    """Folders of pictures and of their labels, relative to the root."""

    images: str
    labels: str
    part: Part


@dataclass(frozen=True)
class _Label:
    """The class of a picture's largest box, its share of the picture, and how many boxes there are."""

    code: int
    area: float
    boxes: int
    differ: bool


def find_yolo(path: Path) -> Path | None:
    """`path` or its only folder, whichever holds names of classes with folders ``images`` and ``labels``."""
    for root in (path, only_folder(path)):
        if root is not None and _pairs(root) and _names_file(root):
            return root.resolve()
    return None


def open_yolo(path: str | Path, codes: str | None = None) -> ImageCorpus:
    """Open pictures with boxes.

    Parameters
    ----------
    path : the folder of ``data.yaml``, or one around it
    codes : which emotion each class is, where ``data.yaml`` names them by numbers

    Raises
    ------
    CorpusError
        Where the layout is another, no class is an emotion, nobody says what numbers mean, or no picture
        has a usable label.
    SettingError
        For `codes` of classes that have names.
    """
    root = find_yolo(Path(path).resolve())
    file = _names_file(root) if root else None
    if root is None or file is None:
        raise CorpusError(
            "there is no data.yaml with folders images and labels", where=str(path), fix="open the folder of data.yaml"
        )
    table, left_out, note = _classes(root, file, codes)
    tally = Tally()
    item: list[str] = []
    labels: list[_Label] = []
    part: list[str] = []
    for pair in _pairs(root):
        for name, label in _of_pair(root, pair, tally):
            item.append(name)
            labels.append(label)
            part.append(pair.part)
    _leave_others(root, _pairs(root), tally)
    require_images(item, tally, root)
    names = np.array(item)
    emotion = emotions_of([label.code for label in labels], names, table, tally, left_out)
    kept = np.flatnonzero(emotion != "")
    return assemble(
        root.name,
        "yolo",
        root,
        FileSource(root, names[kept]),
        tally,
        item=names[kept],
        emotion=emotion[kept],
        part=np.array(part, dtype="<U10")[kept],
        note=f"{note} {_boxes([labels[k] for k in kept.tolist()])}".strip(),
    )


# folders -------------------------------------------------------------------------------------------


def _pairs(root: Path) -> list[_Pair]:
    """Folders of pictures with the folders of their labels, those of parts first, in the order of parts."""
    top = {name.casefold(): name for name in folders_of(root)}
    found: list[_Pair] = []
    for name in top.values():
        inner = {n.casefold(): n for n in folders_of(root / name)}
        its = part_of(name)
        if its and _IMAGES in inner and _LABELS in inner:
            found.append(_Pair(f"{name}/{inner[_IMAGES]}", f"{name}/{inner[_LABELS]}", its))
    if _IMAGES in top and _LABELS in top:
        images, labels = top[_IMAGES], top[_LABELS]
        beside = {n.casefold(): n for n in folders_of(root / labels)}
        inner_parts = [n for n in folders_of(root / images) if part_of(n) and n.casefold() in beside]
        found += [_Pair(f"{images}/{n}", f"{labels}/{beside[n.casefold()]}", part_of(n) or "") for n in inner_parts]
        if not inner_parts:
            found.append(_Pair(images, labels, ""))
    return sorted(found, key=lambda pair: PARTS.index(pair.part))


def _leave_others(root: Path, pairs: list[_Pair], tally: Tally) -> None:
    """Note pictures in no folder that has labels."""
    used = {pair.images for pair in pairs} | {pair.labels for pair in pairs}
    top = list_folder(root, "", tally)
    images_outside(top.images, "", tally)
    for name in top.folders:
        inside = {folder for folder in used if folder.startswith(f"{name}/")}
        if name in used:
            continue
        if not inside:
            _leave_folder(root, name, tally)
            continue
        listing = list_folder(root, name, tally)
        images_outside(listing.images, name, tally)
        for inner in listing.folders:
            if f"{name}/{inner}" not in used:
                _leave_folder(root, f"{name}/{inner}", tally)


def _leave_folder(root: Path, folder: str, tally: Tally) -> None:
    count = count_images(root, folder)
    if count:
        held = count_of(count, "image")
        why = f"the folder, with {held}, has no folder of labels, or is no part that is known"
        tally.leave_many(folder, why, f"add its labels, and name it {KNOWN}", count)


def _of_pair(root: Path, pair: _Pair, tally: Tally) -> list[tuple[str, _Label]]:
    images = list_folder(root, pair.images, tally)
    images.folders[:] = []  # told as parts, or as no part
    texts = {Path(n).stem: n for n in list_folder(root, pair.labels, tally).others if n.endswith(".txt")}
    texts.pop("classes", None)  # LabelImg's list of names
    found: list[tuple[str, _Label]] = []
    without = dict(texts)
    for name in images_in(images, pair.images, tally):
        stem = Path(name).stem
        without.pop(stem, None)
        if stem not in texts:
            tally.leave(name, "it has no label", f"add {pair.labels}/{stem}.txt")
        elif (label := _label(root / pair.labels / texts[stem], name, tally)) is not None:
            found.append((name, label))
    for text in without.values():
        tally.leave(f"{pair.labels}/{text}", "its image is missing", "add it, or remove the file")
    return found


# labels --------------------------------------------------------------------------------------------


def _label(file: Path, image: str, tally: Tally) -> _Label | None:
    """The label of a picture; None, and noted, where its file gives none."""
    try:
        with regular(file).open("rb") as stream:
            data = stream.read(_TXT_BYTES + 1)
    except OSError as error:
        tally.leave(image, f"its label cannot be read ({error.strerror or error})", "check its permissions")
        return None
    lines = [line.split() for line in data.decode("utf-8-sig", "replace").splitlines()]
    lines = [words for words in lines if words]
    boxes = [box for words in lines if (box := _box(words)) is not None]
    if len(data) > _TXT_BYTES:
        tally.leave(image, f"its label has more than {_TXT_BYTES:,} bytes", _FIX)
    elif not lines:
        tally.leave(image, "its label names no face", "add a line for the face, or remove the image")
    elif len(boxes) < len(lines):
        tally.leave(image, "a line of its label is no class and box", _FIX)
    else:
        code, area = max(boxes, key=lambda box: box[1])
        return _Label(code, area, len(boxes), len({box[0] for box in boxes}) > 1)
    return None


def _box(words: list[str]) -> tuple[int, float] | None:
    """Class and area, in shares of the picture, of a line; None where it is neither box nor polygon."""
    code = code_of(words[0])
    try:
        numbers = [float(word) for word in words[1:]]
    except ValueError:
        return None
    if code == NO_CODE or len(numbers) < 4 or not all(-1 <= n <= 2 for n in numbers):  # NaN is not
        return None
    if len(numbers) <= 5:  # a fifth number is a detector's confidence
        return code, numbers[2] * numbers[3]
    if len(numbers) % 2:
        return None
    x, y = numbers[0::2], numbers[1::2]
    return code, abs(math.fsum(x[k - 1] * y[k] - x[k] * y[k - 1] for k in range(len(x)))) / 2


def _boxes(labels: list[_Label]) -> str:
    several = sum(label.boxes > 1 for label in labels)
    differ = sum(label.differ for label in labels)
    small = sum(label.area < _SMALL for label in labels)
    told = []
    if several:
        told.append(
            f"Of several boxes, in {count_of(several, 'picture')}, the largest counts"
            f" ({differ:,} with boxes of different emotions)."
        )
    if small:
        told.append(
            f"In {count_of(small, 'picture')} the face's box is less than a quarter of the picture; "
            "whole pictures are taken, so cut the faces out first."
        )
    return " ".join(told)


# names of classes ----------------------------------------------------------------------------------


def _names_file(root: Path) -> Path | None:
    """``data.yaml``, any other yaml that names classes, or ``classes.txt``."""
    yamls = sorted(files_of(root, ".yaml", ".yml"), key=lambda f: f.name.casefold() != "data.yaml")
    texts = [f for f in files_of(root, "classes.txt") if f.name.casefold() == "classes.txt"]
    return next((f for f in [*yamls, *texts][:20] if _class_names(f)), None)


def _classes(root: Path, file: Path, codes: str | None) -> tuple[dict[int, str], dict[int, str], str]:
    """Emotions by class, classes that are no emotion by name, and what is said of it."""
    names = _class_names(file)
    emotions = {code: found for code, name in names.items() if (found := find_emotion(clean_name(name)))}
    if emotions:
        if codes:
            raise SettingError(f"{file.name} names the classes", where=str(root), fix="leave out --codes")
        return emotions, {c: clean_name(n) for c, n in names.items() if c not in emotions}, ""
    numbers = {code: code_of(name) for code, name in names.items()}
    if NO_CODE in numbers.values():
        raise CorpusError(f"no class in {file.name} is named as an emotion", where=str(file), fix="correct its names")
    order = order_of(codes, set(numbers.values()), root, "classes are named")
    table = {code: order.table[n] for code, n in numbers.items() if n in order.table}
    left = {code: order.left_out.get(n, str(n)) for code, n in numbers.items() if n not in order.table}
    return table, left, order.note


def _class_names(file: Path) -> dict[int, str]:
    """Names by class of a yaml's ``names`` (a list, or a mapping), or of a text file's lines; {} without."""
    try:
        with regular(file).open("rb") as stream:
            data = stream.read(_YAML_BYTES + 1)
    except OSError:
        return {}
    if len(data) > _YAML_BYTES:
        return {}
    if file.suffix.casefold() == ".txt":
        lines = data.decode("utf-8-sig", "replace").splitlines()
        return {code: line.strip() for code, line in enumerate(lines[:_MOST_CLASSES]) if line.strip()}
    return _from_yaml(data)


def _from_yaml(data: bytes) -> dict[int, str]:
    import yaml

    try:
        content: Any = yaml.safe_load(data)
        names = content.get("names") if isinstance(content, dict) else None
        if isinstance(names, list):
            names = dict(enumerate(names))
        if not isinstance(names, dict) or not 0 < len(names) <= _MOST_CLASSES:
            return {}
        found = {code_of(str(code)): name for code, name in names.items() if isinstance(code, (int, str))}
        plain = {code: str(name)[:80] for code, name in found.items() if isinstance(name, (str, int))}
    except (yaml.YAMLError, ValueError, RecursionError, UnicodeError):
        return {}
    return {code: name for code, name in plain.items() if code != NO_CODE}
