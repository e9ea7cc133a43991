"""Recognise a corpus of images by its folder or file, open it, and say what was found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Literal

from fer_core.base.errors import CorpusError, SettingError
from fer_core.datasets import catalog as clip_catalog
from fer_core.datasets.base import Omission
from fer_core.datasets.folders import emotion_folders
from fer_core.datasets.formats import FORMATS, find_format, format_called
from fer_core.datasets.images.affectnet import (
    find_affectnet_lists,
    find_affectnet_sets,
    is_affectnet_csv,
    open_affectnet_lists,
    open_affectnet_sets,
)
from fer_core.datasets.images.arrays import open_arrays
from fer_core.datasets.images.base import ImageCorpus
from fer_core.datasets.images.clips import images_of
from fer_core.datasets.images.fer2013 import find_fer2013, open_fer2013
from fer_core.datasets.images.ferplus import find_ferplus, is_votes_csv, open_ferplus
from fer_core.datasets.images.ferplus_folders import find_ferplus_folders, open_ferplus_folders
from fer_core.datasets.images.ferplus_labels import Ties, VoteRule
from fer_core.datasets.images.files import count_images, peek
from fer_core.datasets.images.folder import find_image_folder, open_image_folder
from fer_core.datasets.images.npy_files import find_npy_pairs, open_npy
from fer_core.datasets.images.numbered import find_numbered, open_numbered
from fer_core.datasets.images.parquet_files import find_parquet, open_parquet
from fer_core.datasets.images.pixel_rows import is_pixel_csv
from fer_core.datasets.images.rafdb import find_rafdb_folders, find_rafdb_list, open_rafdb_folders, open_rafdb_list
from fer_core.datasets.images.yolo import find_yolo, open_yolo
from fer_core.datasets.mapped import open_mapped
from fer_core.datasets.names import Names, alternatives, names_for
from fer_core.datasets.scan import count_of
from fer_core.datasets.signatures import is_image_name, is_video_name
from fer_core.datasets.source import parse, select

Labels = Literal["default", "own", "majority", "soft"]
"""Which labels are wanted.

``default``: the corpus's own, and of FERPlus the majority of its votes. ``own``: never from votes, so
that FERPlus's folder gives FER2013's labels. ``majority``, ``soft``: from votes where the corpus has any
(`fer_core.datasets.images.ferplus_labels`); of a corpus without votes, ``majority`` gives its labels and ``soft``
is refused.
"""

LAYOUTS = (
    "use fer2013.csv, FERPlus (fer2013new.csv beside it, or FER2013Train with label.csv), RAF-DB (EmoLabel "
    "beside Image, or train/1 to test/7), AffectNet (training.csv, or train_set), data.yaml with images and "
    "labels, an .npz of arrays, X_train.npy with y_train.npy, a .parquet of images, or folders of images by "
    "emotion"
)

PICTURE_SCHEMES = frozenset(format.name for format in FORMATS if format.pictures)
"""Corpora whose single pictures are named by a scheme."""

_MANY = 5000  # files of a folder looked at to tell clips from images


def open_images(
    path: str | Path,
    *,
    labels: Labels = "default",
    ties: Ties = "drop",
    frames: int = 1,
    neutral: bool = False,
    codes: str | None = None,
    names: Names | None = None,
) -> ImageCorpus:
    """Open a corpus of images of any known format.

    Parameters
    ----------
    path : str or Path
        The corpus's folder, one around it that holds no other, or its .csv, .npz, .npy or .parquet file.
    labels, ties
        Which labels, and what becomes of votes that tie; only corpora with votes (FERPlus) have a choice.
    frames, neutral
        Of a corpus of clips: how many last frames, and whether first frames are images of ``neutral``
        (`fer_core.datasets.images.clips`).
    codes
        What labels that are bare numbers mean (`fer_core.datasets.images.code_orders`); None for what the
        corpus itself says.
    names
        What the user says of the names, as for `fer_core.datasets.catalog.open_corpus`.

    Raises
    ------
    CorpusError
        One sentence, for a path that is absent, empty or of no known format, without a usable image, and
        for soft labels of a corpus without votes.
    """
    if labels not in ("default", "own", "majority", "soft") or ties not in ("drop", "soft"):
        raise SettingError(
            f"the labels {labels!r} with ties {ties!r} are unknown",
            fix="use default, own, majority or soft; for ties drop or soft",
        )
    source = parse(str(path))
    if source.only or source.codes:
        codes = codes or source.codes or None
        whole = open_images(
            source.path, labels=labels, ties=ties, frames=frames, neutral=neutral, codes=codes, names=names
        )
        return select(whole, source)
    place = _existing(path)
    said, note = names_for(place, names)
    corpus = _opened(place, str(path), labels, ties, frames, neutral, codes, said)
    if not said.tells_clips and format_called(corpus.format) is None:  # clips account for their own frames
        corpus = _with_strays(corpus, place)
    if said.where:
        corpus = corpus.where(**alternatives(said.where))
    return replace(corpus, note=f"{note} {corpus.note}".strip()) if note else corpus


def _opened(
    place: Path, path: str, labels: Labels, ties: Ties, frames: int, neutral: bool, codes: str | None, names: Names
) -> ImageCorpus:
    if names.tells_clips and place.is_dir():
        return images_of(open_mapped(place, names), frames=frames, neutral=neutral)
    kind = _kind(place)
    if kind is None:
        raise _unrecognised(place, str(path))
    if codes and kind not in (*_NUMBERED, "rafdb-folders", "arrays"):
        raise SettingError("the labels of this corpus are no bare numbers", where=path, fix="leave out --codes")
    rule: VoteRule = "soft" if labels == "soft" else "majority"
    if kind == "ferplus" and labels != "own" and (found := find_ferplus(place)):
        return open_ferplus(*found, rule, ties)
    if kind == "ferplus-folders":
        if labels == "own":
            raise CorpusError("this corpus has votes alone", where=str(path), fix="use the labels majority or soft")
        return open_ferplus_folders(place, rule, ties)
    if kind == "arrays":
        return _arrays(place, labels, ties, neutral, codes)
    if labels == "soft":
        raise CorpusError("this corpus has no votes to make soft labels of", where=str(path), fix="use its own labels")
    if kind == "clips" or kind in PICTURE_SCHEMES:
        # The folder's kept names have been asked for: here they count as given.
        clips = clip_catalog.open_corpus(place, names=Names(subjects=names.subjects))
        return images_of(clips, frames=frames, neutral=neutral)
    if kind == "folder":
        return open_image_folder(place, names.subjects)
    if codes or kind in _NUMBERED:
        return _NUMBERED.get(kind, open_numbered)(place, codes)
    return _OPENERS[kind](place)


def _with_strays(corpus: ImageCorpus, place: Path) -> ImageCorpus:
    """The corpus, where its folder holds more images than it has and leaves out, with their number."""
    more = count_images(place, "") if place.is_dir() else 0
    more -= len(corpus) + sum(o.count for o in corpus.omissions)
    if more <= 0:
        return corpus
    stray = Omission(
        ".",
        f"{count_of(more, 'image')} that no list names, and no folder of a label holds",
        "add them to the list, or move them",
        more,
    )
    return replace(corpus, omissions=(*corpus.omissions, stray))


def recognise_images(path: str | Path) -> str | None:
    """The format of a corpus of images, or None where there is none that is known.

    ``fer2013`` (csv), ``ferplus``, ``ferplus-folders``, ``rafdb``, ``rafdb-folders``, ``affectnet``,
    ``affectnet-sets``, ``folder`` (FER2013 in folders too), ``yolo``, ``numbered`` (folders 0 to 7),
    ``arrays`` (.npz), ``npy``, ``parquet``, pictures named by a scheme (``jaffe``, ``kdef``, ``rafd``,
    ``sfew``), or ``clips`` (CK+, CK+48, Oulu-CASIA, folders of frames, videos).
    """
    try:
        return _kind(_existing(parse(str(path)).path))
    except CorpusError:
        return None


def summary(corpus: ImageCorpus) -> dict[str, Any]:
    """What a corpus holds, as plain data for the page and for ``corpus --json``.

    The keys of `fer_core.datasets.catalog.summary` (a corpus of images has no clips), and ``kind``,
    ``images``, ``parts`` (images per emotion of each official part) and ``size``.
    """
    return {
        "kind": "images",
        "format": corpus.format,
        "name": corpus.name,
        "clips": 0,
        "images": len(corpus),
        "labelled": len(corpus),
        "subjects": len(corpus.subjects) if corpus.subjects_known else None,
        "subjects_known": corpus.subjects_known,
        "counts": corpus.counts,
        "attributes": corpus.attribute_counts,
        "passed_over": dict(corpus.passed_over),
        "parts": {part or "none": counts for part, counts in corpus.parts.items()},
        "size": corpus.size,
        "soft_labels": corpus.soft is not None,
        "unlabelled": 0,
        "omissions": [asdict(o) for o in corpus.omissions],
        "synthetic": corpus.synthetic,
        "note": corpus.note,
    }


# recognising -----------------------------------------------------------------------------------------


def _kind(place: Path) -> str | None:
    """The format of a file or folder; the stricter layouts are tried first."""
    if place.is_file():
        return _kind_of_file(place)
    finders: dict[str, Callable[[Path], object]] = {
        "rafdb": find_rafdb_list,
        "affectnet-sets": find_affectnet_sets,
        "affectnet": find_affectnet_lists,
        "ferplus": find_ferplus,
        "fer2013": find_fer2013,
        "ferplus-folders": find_ferplus_folders,
        "rafdb-folders": find_rafdb_folders,
        "yolo": find_yolo,
        "numbered": find_numbered,
        "clips": _find_clips,
        "folder": find_image_folder,
        "arrays": _only_npz,
        "npy": find_npy_pairs,
        "parquet": find_parquet,
    }
    for kind, find in finders.items():
        if found := find(place):
            return str(found) if kind == "clips" else kind
    return None


def _kind_of_file(file: Path) -> str | None:
    if file.suffix.lower() == ".npz":
        return "arrays"
    if file.suffix.lower() in (".npy", ".parquet"):
        finders: dict[str, Callable[[Path], object]] = {"npy": find_npy_pairs, "parquet": find_parquet}
        kind = file.suffix.lower()[1:]
        return kind if finders[kind](file) else None
    if file.suffix.lower() != ".csv":
        return None
    if is_votes_csv(file):
        return "ferplus" if find_ferplus(file) else None
    return "fer2013" if is_pixel_csv(file) else "affectnet" if is_affectnet_csv(file) else None


def _find_clips(folder: Path) -> str | None:
    """``clips`` for a corpus of clips, a scheme's name where it names single pictures, None for neither.

    Any folder of images by emotion is one of clips of one frame, too; it is one of images unless its emotion
    folders hold more videos and folders of frames than images.
    """
    format = find_format(folder)
    if format is None or (format.name == "folder" and not _mostly_clips(folder)):
        return None
    return format.name if format.pictures else "clips"


def _mostly_clips(folder: Path) -> bool:
    images = clips = 0
    for inner in emotion_folders(folder):
        listing = peek(inner, _MANY)
        images += len(listing.images)
        clips += sum(bool(peek(inner / name, 50).images) for name in listing.folders)
        clips += sum(is_video_name(name) for name in listing.others)
    return clips > images


def _only_npz(folder: Path) -> Path | None:
    """The one .npz file in a folder without folders."""
    listing = peek(folder)
    found = [name for name in listing.others if name.lower().endswith(".npz")]
    return folder / found[0] if len(found) == 1 and not listing.folders else None


# opening ---------------------------------------------------------------------------------------------


def _arrays(place: Path, labels: Labels, ties: Ties, neutral: bool, codes: str | None) -> ImageCorpus:
    file = place if place.is_file() else _only_npz(place)
    if labels == "soft" or (labels == "majority" and _has_votes(file)):
        return open_arrays(file or place, rule=labels, ties=ties, neutral=neutral)
    return open_arrays(file or place, neutral=neutral, codes=codes)


def _has_votes(file: Path | None) -> bool:
    import zipfile

    try:
        with zipfile.ZipFile(file or "") as archive:
            return any(name.casefold() == "ferplus_votes.npy" for name in archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False  # said in a sentence when it is opened


def _open_csv(place: Path) -> ImageCorpus:
    file = place if place.is_file() and is_pixel_csv(place) else None
    return open_fer2013(file or find_fer2013(place if place.is_dir() else place.parent) or place)


_OPENERS: dict[str, Callable[[Path], ImageCorpus]] = {
    "fer2013": _open_csv,
    "ferplus": _open_csv,  # with FER2013's own labels
    "rafdb": open_rafdb_list,
    "rafdb-folders": open_rafdb_folders,
    "affectnet": open_affectnet_lists,
    "affectnet-sets": open_affectnet_sets,
}


_NUMBERED: dict[str, Callable[[Path, str | None], ImageCorpus]] = {
    "numbered": open_numbered,
    "yolo": open_yolo,
    "npy": open_npy,
    "parquet": open_parquet,
}
"""Formats whose labels may be bare numbers."""


# saying what is wrong ----------------------------------------------------------------------------------


def _existing(path: str | Path) -> Path:
    """The resolved path, or `CorpusError` for what is none."""
    where = str(path)
    try:
        place = Path(where.strip()).expanduser().resolve()
        if where.strip() and place.exists():
            return place
    except (OSError, RuntimeError, ValueError) as error:  # too long, a loop of links, a NUL inside
        raise CorpusError("this is not a usable path", where=repr(where)[:120], fix="check the path") from error
    raise CorpusError("there is no such folder or file", where=where, fix="check the path")


def _unrecognised(place: Path, where: str) -> CorpusError:
    """The sentence for what is of no known layout, with what it holds instead."""
    if place.is_file():
        if place.suffix.lower() == ".csv":
            votes = is_votes_csv(place)
            what = "there is no fer2013.csv beside these votes" if votes else "the csv is of no known format"
            return CorpusError(what, where=where, fix=LAYOUTS)
        return CorpusError("this file is no corpus of images", where=where, fix=LAYOUTS)
    listing = peek(place)
    if not listing.folders and not listing.images and not listing.others:
        return CorpusError("the folder is empty", where=where, fix=LAYOUTS)
    loose = any(is_image_name(name) for name in listing.images)
    held = "images but none with a label" if loose else "no corpus of a known layout"
    return CorpusError(f"the folder holds {held}", where=where, fix=LAYOUTS)
