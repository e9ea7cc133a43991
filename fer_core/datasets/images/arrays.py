"""Images in one .npz file of arrays, one row an image.

Arrays it may hold, all of n rows (names in any case):

========================= ============================================================================
``images``                uint8 (n, H, W) or (n, H, W, 3)
``label``                 whole numbers (n,) that index ``label_names`` (k,), which name emotions (without
                          them, what the numbers mean is asked for: `code_orders`); or
``emotion``               emotion names (n,), "" where unlabelled
``usage``                 optional (n,): Training, PublicTest, PrivateTest, or train, validation, test
``subject``               optional (n,): who is shown
``sequence``, ``frame``   optional (n,): with ``subject``, they name the image
``phase``                 optional (n,): ``apex`` or ``neutral``; neutral frames are left out unless asked for
``ferplus_votes``         optional (n, c): votes for ``ferplus_columns`` (c,), see `votes`
========================= ============================================================================

The images are unpacked into the cache once and mapped from there. Nothing is ever unpickled: a file with
an array of objects is refused.
"""

from __future__ import annotations

import shutil
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.emotions import EMOTIONS, NEUTRAL, find_emotion
from fer_core.base.errors import CorpusError, SettingError
from fer_core.datasets.images.base import ImageCorpus, Positions, Strings
from fer_core.datasets.images.code_orders import emotions_by_order
from fer_core.datasets.images.corpus_from_columns import assemble
from fer_core.datasets.images.csv_lists import unreadable
from fer_core.datasets.images.fer2013 import USAGE
from fer_core.datasets.images.ferplus import leave_by_vote
from fer_core.datasets.images.ferplus_labels import Ties, VotedLabels, VoteRule, label_votes
from fer_core.datasets.images.npy_headers import DAMAGE, read_array, read_header
from fer_core.datasets.images.omissions import Tally
from fer_core.datasets.images.sources import ArraySource
from fer_core.datasets.images.unpacked import forget, unpacked
from fer_core.datasets.parts import PART_FOLDERS
from fer_core.files.archives import check_arrays

_VERSION = "npz images 1"
_MOST_BYTES = 2**31  # of all columns but the images: larger ones are no labels
_MOST_IMAGE_BYTES = 2**38
_MOST_ARRAYS = 1000
_FIX = "store images (n, H, W) as uint8 with label and label_names, or emotion, by numpy.savez"
_ROWS = ("label", "emotion", "usage", "subject", "sequence", "frame", "phase", "ferplus_votes")
_COLUMNS = {*_ROWS, "label_names", "ferplus_columns"}
_PARTS = USAGE | PART_FOLDERS

Columns = dict[str, npt.NDArray[Any]]


def open_arrays(
    path: str | Path,
    *,
    rule: VoteRule | None = None,
    ties: Ties = "drop",
    neutral: bool = False,
    codes: str | None = None,
) -> ImageCorpus:
    """Open an .npz file of images.

    Parameters
    ----------
    path : the file
    rule : "majority" or "soft" for labels from ``ferplus_votes``; None for the file's own labels
    ties : what becomes of images whose votes tie (`fer_core.datasets.images.ferplus_labels`)
    codes : which emotion each number is, where the file names none (`code_orders.order_of`)
    neutral : whether frames of the phase ``neutral`` are images of neutral faces, or are left out

    Raises
    ------
    CorpusError
        For a file that is no .npz, lacks an array, holds objects or arrays that do not fit together,
        has no votes where a rule for them is given, and for a full disk.
    """
    file = Path(path).resolve()
    images, columns = _read(file)
    tally = Tally()
    item = _items(columns, len(images))
    voted = _voted(file, columns, rule, ties)
    at_rest = _at_rest(columns, len(images))
    if voted:
        leave_by_vote(item, voted.why, tally)
    note = ""
    if voted:
        emotion = voted.emotion
    elif _numbered(columns):
        told = np.where(at_rest, "", columns["label"].astype(np.str_))
        emotion, note = emotions_by_order(told, item, codes, file.parent, tally)
    else:
        if codes:
            raise SettingError("the file names its labels", where=str(file), fix="leave out --codes")
        emotion = _emotions(file, columns, item, at_rest, tally)
    if at_rest.any():
        emotion = np.where(at_rest, NEUTRAL if neutral else "", emotion)
        if not neutral:
            tally.leave_all(item[at_rest].tolist(), "it shows the neutral face before the expression")
    part, known = _parts(columns, item, tally)
    kept: Positions = np.flatnonzero((emotion != "") & known).astype(np.int64)
    subject = columns["subject"].astype(np.str_)[kept] if "subject" in columns else None
    return assemble(
        file.stem,
        "arrays",
        file,
        ArraySource(images),
        tally,
        item=item[kept],
        emotion=emotion[kept],
        part=part[kept],
        position=kept,
        subject=subject,
        soft=None if voted is None or voted.soft is None else voted.soft[kept],
        note=note,
    )


# reading -------------------------------------------------------------------------------------------


def _read(file: Path) -> tuple[npt.NDArray[np.uint8], Columns]:
    """The images, mapped, and the other arrays of the file, checked to be of one length."""
    try:
        check_arrays(file, _MOST_IMAGE_BYTES, _MOST_ARRAYS)
        columns = _columns(file)
        images = _images(file)
    except OSError as error:
        raise unreadable(file, error) from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, *DAMAGE) as error:
        what = "the file is no .npz of arrays of numbers and text"
        raise CorpusError(what, where=str(file), fix=_FIX) from error
    if images.dtype != np.uint8 or images.ndim not in (3, 4) or images.shape[3:] not in ((), (3,)):
        what = f"its images are {images.dtype} {images.shape}"
        raise CorpusError(what, where=str(file), fix=_FIX)
    for name in _ROWS:
        if name in columns and columns[name].shape[:1] != images.shape[:1]:
            rows = columns[name].shape[0] if columns[name].ndim else 0
            what = f"{name} has {rows:,} rows, and images has {len(images):,}"
            raise CorpusError(what, where=str(file), fix=_FIX)
    return images, columns


def _columns(file: Path) -> Columns:
    found: Columns = {}
    room = _MOST_BYTES
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            name = member.filename.removesuffix(".npy").casefold()
            if name in _COLUMNS and member.file_size <= room:
                room -= member.file_size
                with archive.open(member) as stream:
                    found[name] = read_array(stream, member.file_size)
    return found


def _images(file: Path) -> npt.NDArray[np.uint8]:
    for _ in range(2):
        folder = unpacked(file, _VERSION, lambda into: _unpack(file, into))
        try:
            images: npt.NDArray[np.uint8] = np.load(folder / "images.npy", mmap_mode="r", allow_pickle=False)
            return images
        except (OSError, ValueError):  # damaged on disk: once more
            forget(file, _VERSION)
    raise CorpusError("the unpacked images cannot be read back", where=str(file), fix="check the disk")


def _unpack(file: Path, into: Path) -> None:
    """Copy the images' member, which is a .npy file, as it is; it is looked at before it is copied."""
    with zipfile.ZipFile(file) as archive:
        names = [m for m in archive.namelist() if m.casefold() == "images.npy"]
        if not names:
            raise CorpusError("the file holds no array called images", where=str(file), fix=_FIX)
        with archive.open(names[0]) as stream:
            _require_bytes(stream, file)
        with archive.open(names[0]) as stream, (into / "images.npy").open("wb") as out:
            shutil.copyfileobj(stream, out, 1 << 20)


def _require_bytes(stream: Any, file: Path) -> None:
    shape, fortran, dtype = read_header(stream)
    if dtype != np.uint8 or fortran or len(shape) not in (3, 4):
        what = f"its images are {dtype} {shape}" + (", columns first" if fortran else "")
        raise CorpusError(what, where=str(file), fix=_FIX)


# labels --------------------------------------------------------------------------------------------


def _items(columns: Columns, n: int) -> Strings:
    """``Training/17``, ``S005/001/11``, or ``row/17`` (rows count from 0)."""
    named = [columns[k].astype(np.str_) for k in ("subject", "sequence", "frame") if k in columns]
    if len(named) == 3:
        return np.char.add(np.char.add(np.char.add(np.char.add(named[0], "/"), named[1]), "/"), named[2])
    before = columns["usage"].astype(np.str_) if "usage" in columns else np.full(n, "row")
    return np.char.add(np.char.add(before, "/"), np.arange(n).astype(np.str_))


def _voted(file: Path, columns: Columns, rule: VoteRule | None, ties: Ties) -> VotedLabels | None:
    if rule is None:
        return None
    if "ferplus_votes" not in columns or "ferplus_columns" not in columns:
        raise CorpusError("the file holds no votes", where=str(file), fix="use its own labels")
    names = tuple(str(name) for name in columns["ferplus_columns"].ravel())
    votes = columns["ferplus_votes"]
    if votes.ndim != 2 or votes.shape[1] != len(names) or votes.dtype.kind not in "iu":
        raise CorpusError("ferplus_votes is not whole numbers (n, columns)", where=str(file), fix=_FIX)
    return label_votes(votes, names, rule, ties)


def _emotions(file: Path, columns: Columns, item: Strings, at_rest: npt.NDArray[np.bool_], tally: Tally) -> Strings:
    """Canonical names (n,); "" where an image has no usable label, which is noted."""
    if "emotion" in columns:
        spelled, which = np.unique(columns["emotion"].astype(np.str_), return_inverse=True)
    elif "label" in columns and "label_names" in columns:
        spelled, which = _indexed(file, columns)
    else:
        raise CorpusError("the file has neither label with label_names nor emotion", where=str(file), fix=_FIX)
    names = [find_emotion(s) or "" for s in spelled.tolist()]
    for number, (spelling, name) in enumerate(zip(spelled.tolist(), names, strict=True)):
        here = (which == number) & ~at_rest
        if not name and here.any():
            why = f"its label {spelling!r} is no emotion" if spelling.strip() else "it is unlabelled"
            tally.leave_all(item[here].tolist(), why, "use one of " + ", ".join(EMOTIONS))
    return np.array(names)[which]


def _numbered(columns: Columns) -> bool:
    """Whether labels are bare numbers, which the file does not explain."""
    bare = not {"emotion", "label_names"} & columns.keys()
    return bare and "label" in columns and columns["label"].dtype.kind in "iu" and columns["label"].ndim == 1


def _indexed(file: Path, columns: Columns) -> tuple[Strings, Positions]:
    label = columns["label"]
    if label.dtype.kind not in "iu" or label.ndim != 1:
        raise CorpusError("label is not whole numbers (n,)", where=str(file), fix=_FIX)
    names = columns["label_names"].astype(np.str_).ravel()
    outside = (label < 0) | (label >= len(names))
    # A label out of range gets a name of its own, which is no emotion.
    strange = [f"{code}" for code in np.unique(label[outside]).tolist()]
    spelled = np.array([*names.tolist(), *strange])
    which = label.astype(np.int64)
    for number, code in enumerate(strange):
        which[label == int(code)] = len(names) + number
    return spelled, which


def _at_rest(columns: Columns, n: int) -> npt.NDArray[np.bool_]:
    """Which images are frames of the phase neutral, whatever their clip shows later."""
    if "phase" not in columns:
        return np.zeros(n, dtype=bool)
    return np.asarray(columns["phase"].astype(np.str_) == NEUTRAL)


def _parts(columns: Columns, item: Strings, tally: Tally) -> tuple[Strings, npt.NDArray[np.bool_]]:
    if "usage" not in columns:
        return np.full(len(item), "", dtype="<U10"), np.ones(len(item), dtype=bool)
    told, which = np.unique(columns["usage"].astype(np.str_), return_inverse=True)
    parts = [_PARTS.get(usage.strip().casefold()) for usage in told.tolist()]
    for number, part in enumerate(parts):
        if part is None:
            why = f"its usage {str(told[number])[:20]!r} is unknown"
            tally.leave_all(item[which == number].tolist(), why, "write Training, PublicTest or PrivateTest")
    known = np.array([part is not None for part in parts], dtype=bool)
    return np.array([part or "" for part in parts], dtype="<U10")[which], known[which]
