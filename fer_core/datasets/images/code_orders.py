"""What bare numbers of a copy mean: asked for, never guessed.

Copies of AffectNet, FER2013 and others come as folders or arrays labelled 0 to 7. AffectNet counts from
neutral, FER2013 from anger, a copy made by a program that sorts names in alphabetical order; the pictures
do not tell which. So whoever opens one says it (``--codes``), or writes it once into a file ``codes.txt``
beside the labels, and the corpus's note repeats it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from fer_core.base.emotions import (
    AFFECTNET_CODES,
    AFFECTNET_LEFT_OUT,
    CKEXTENDED_CODES,
    CKPLUS_CODES,
    FER2013_CODES,
    FERPLUS_COLUMNS,
    RAFDB_CODES,
    find_emotion,
)
from fer_core.base.errors import CorpusError, SettingError
from fer_core.base.text import clean_name
from fer_core.datasets.images.base import Strings
from fer_core.datasets.images.label_lists import code_of, emotions_of
from fer_core.datasets.images.omissions import Tally
from fer_core.files.containment import stays
from fer_core.files.shapes import regular

ALPHABETICAL = "alphabetical"
_SEVEN = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
_EIGHT = ("anger", "contempt", *_SEVEN[1:])

ORDERS: dict[str, Mapping[int, str]] = {
    "affectnet": AFFECTNET_CODES,
    ALPHABETICAL: dict(enumerate(_SEVEN)),  # or of eight, see `_alphabetical`
    "fer2013": FER2013_CODES,
    "ferplus": dict(enumerate(FERPLUS_COLUMNS[:8])),
    "rafdb": RAFDB_CODES,
    "ckplus": CKPLUS_CODES,
    "ckextended": CKEXTENDED_CODES,
}
"""The words for an order, and the emotions by code."""

FILE = "codes.txt"
"""Beside the labels: one of the words, or the emotions in their order."""

WORDS = ", ".join(ORDERS)
_CHOOSE = f"say --codes with one of {WORDS}, or with the emotions in their order and commas between them"
_ASK = f"{_CHOOSE}, or write that into a file {FILE} beside them"
HIGHEST = 10
"""The highest number that any order has: AffectNet's "no face"."""

_FILE_BYTES = 4096
_MOST = 64  # emotions of a list


@dataclass(frozen=True)
class CodeOrder:
    """What numbers mean.

    Attributes
    ----------
    table : emotions by number, as the corpus counts them
    left_out : numbers that are no emotion, by name
    note : a sentence that says which order was used
    """

    table: Mapping[int, str]
    left_out: Mapping[int, str] = field(default_factory=dict)
    note: str = ""


def order_of(codes: str | None, present: Collection[int], where: Path, what: str) -> CodeOrder:
    """The order that was chosen, for the numbers that occur.

    Parameters
    ----------
    codes : a word of `ORDERS`, or emotions in their order with commas between them; None for what the
        file `FILE` in `where` (a folder) says
    present : the numbers that occur
    where : the folder of the labels
    what : what the numbers are: "folders are named", "labels are"

    Raises
    ------
    CorpusError
        Where nobody says which order it is.
    SettingError
        For a word that is none, and an order that cannot be of these numbers.
    """
    numbers = _told(present)
    said = f"--codes {codes}"
    if codes is None:
        codes = _stored(where)
        said = f"the file {FILE}"
    if not codes:
        raise CorpusError(f"the {what} {numbers}, and corpora differ in what these mean", where=str(where), fix=_ASK)
    table, name = _table(codes, present, where)
    shift = int(0 in table and 0 not in present and max(table) + 1 in present)
    moved = {code + shift: emotion for code, emotion in table.items()}
    none = AFFECTNET_LEFT_OUT if name == "affectnet" else {}
    order = ", ".join(f"{code} {emotion}" for code, emotion in moved.items())
    return CodeOrder(
        moved,
        {code + shift: emotion for code, emotion in none.items()},
        f"The {what} {numbers}; read as {order} ({clean_name(said)}).",
    )


def emotions_by_order(
    labels: Strings, places: Strings, codes: str | None, where: Path, tally: Tally
) -> tuple[Strings, str]:
    """Canonical names (n,) of labels that are names of emotions, or numbers, and what is said of it.

    Parameters
    ----------
    labels, places : str (n,), labels as written, and where each stands; labels of one kind
    codes, where : as `order_of` takes them
    tally : takes what is no emotion

    Raises
    ------
    CorpusError, SettingError
        As `order_of`, and for `codes` where labels are names.
    """
    spelled, which = np.unique(labels, return_inverse=True)
    names = [find_emotion(clean_name(text)) or "" for text in spelled.tolist()]
    if any(names):
        if codes:
            raise SettingError("the labels are names of emotions", where=str(where), fix="leave out --codes")
        for number, (text, name) in enumerate(zip(spelled.tolist(), names, strict=True)):
            if not name:
                why = f"its label {clean_name(text)[:40]!r} is no emotion" if text.strip() else "it is unlabelled"
                tally.leave_all(places[which == number].tolist(), why, "use a name of an emotion")
        return np.array(names)[which], ""
    numbers = np.array([code_of(text) for text in spelled.tolist()], dtype=np.int16)
    unlabelled = np.array([not text.strip() for text in spelled.tolist()], dtype=bool)[which]
    tally.leave_all(places[unlabelled].tolist(), "it is unlabelled")
    present = [n for n in numbers.tolist() if 0 <= n <= HIGHEST]
    emotion = np.full(len(labels), "", dtype="<U9")
    if not present:
        tally.leave_all(places[~unlabelled].tolist(), "its label is no emotion", "use a name of an emotion")
        return emotion, ""
    order = order_of(codes, present, where, "labels are")
    told = np.flatnonzero(~unlabelled)
    emotion[told] = emotions_of(numbers[which[told]], places[told], order.table, tally, order.left_out)
    return emotion, order.note


def known(table: Mapping[int, str], whose: str) -> CodeOrder:
    """The order that a corpus's own layout decides, with a note that says so."""
    order = ", ".join(f"{code} {emotion}" for code, emotion in table.items())
    return CodeOrder(table, {}, f"The folders' numbers are {whose}'s by their layout: {order}.")


def _stored(folder: Path) -> str:
    """What the file `FILE` in a folder says, on one line; "" without it."""
    file = folder / FILE
    try:
        if not file.is_file() or not stays(folder, file):
            return ""
        with regular(file).open("rb") as stream:
            text = stream.read(_FILE_BYTES).decode("utf-8-sig", "replace")
    except (OSError, RuntimeError):
        return ""
    return ",".join(line.strip().strip(",") for line in text.splitlines() if line.strip())


def _table(codes: str, present: Collection[int], where: Path) -> tuple[Mapping[int, str], str]:
    word = clean_name(codes).casefold().replace("-", "").replace("+", "plus").replace(" ", "")
    if word == ALPHABETICAL:
        return _alphabetical(present, where), word
    if word in ORDERS:
        return ORDERS[word], word
    names = [clean_name(part) for part in codes.split(",", _MOST)]
    emotions = [find_emotion(name) for name in names]
    if len(names) < 2 or None in emotions or len(set(emotions)) < len(emotions):
        what = f"{clean_name(codes)[:80]!r} is no known order of codes"
        raise SettingError(what, where=str(where), fix=_CHOOSE)
    return {code: emotion for code, emotion in enumerate(emotions) if emotion}, ""


def _alphabetical(present: Collection[int], where: Path) -> Mapping[int, str]:
    """Seven or eight emotions in alphabetical order, by how many numbers there are."""
    classes = max(present) + int(0 in present)
    for names in (_SEVEN, _EIGHT):
        if classes == len(names):
            return dict(enumerate(names))
    what = f"which emotions {_told(present)} are in alphabetical order is unknown: not 7 or 8 of them"
    raise SettingError(what, where=str(where), fix="say --codes with the emotions in their order")


def _told(present: Collection[int]) -> str:
    """``0 to 7``; ``0, 2, 5`` where numbers are missing."""
    numbers = sorted(present)
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{numbers[0]} to {numbers[-1]}"
    more = " ..." if len(numbers) > 12 else ""
    return ", ".join(str(n) for n in numbers[:12]) + more
