"""From a format's columns to an `ImageCorpus`: names made unique, and what is wrong with the whole said."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import CorpusError
from fer_core.base.text import clean_lines, clean_name
from fer_core.datasets.images.base import ImageCorpus, Positions, Strings, one_class_words
from fer_core.datasets.images.omissions import Tally
from fer_core.datasets.images.sources import ArraySource, FileSource, PackedSource


def assemble(
    name: str,
    format: str,
    root: Path,
    source: FileSource | ArraySource | PackedSource,
    tally: Tally,
    *,
    item: Strings,
    emotion: Strings,
    part: Strings,
    position: Positions | None = None,
    subject: Strings | None = None,
    subjects_known: bool | None = None,
    attributes: Mapping[str, Strings] | None = None,
    soft: npt.NDArray[np.float32] | None = None,
    note: str = "",
) -> ImageCorpus:
    r"""A corpus of the given columns (see `ImageCorpus`); `position` is 0, 1, 2 ... where it is not given.

    Given subjects are known ones unless `subjects_known` says that they only keep what belongs together.

    Bytes of names that are not UTF-8 are told as ``\\xe9``, so that names can be printed and stored.
    A second image of a name that occurred is left out. One class is told in the note.

    Raises
    ------
    CorpusError
        Where no image is left, with the first thing that was left out.
    """
    item = _printable(item)
    position = np.arange(len(item), dtype=np.int64) if position is None else position
    first = _first_of_each(item, emotion, tally)
    require_images(first, tally, root)
    known = subject is not None if subjects_known is None else subjects_known
    attributes = dict(attributes or {})
    columns: dict[str, Any] = {
        "item": item,
        "emotion": emotion,
        "part": part,
        "subject": item if subject is None else subject,
        "position": position,
    }
    if len(first) < len(item):
        columns = {key: column[first] for key, column in columns.items()}
        soft = None if soft is None else soft[first]
        attributes = {key: column[first] for key, column in attributes.items()}
    corpus = ImageCorpus(
        clean_name(name),
        format,
        root,
        source,
        **columns,
        soft=soft,
        subjects_known=known,
        note=note,
        attributes=attributes,
        omissions=tally.omissions(),
        size=source.side(),
    )
    return _with_note(corpus)


def require_images(found: npt.NDArray[Any] | list[Any], tally: Tally, where: Path) -> None:
    """Raise `CorpusError` unless something was found, with the first thing that was left out."""
    if len(found):
        return
    left = tally.omissions()
    first = f"; first left out: {left[0].where}, {left[0].why}" if left else ""
    fix = (left[0].fix if left else "") or "check that this is the folder of the corpus"
    raise CorpusError(f"no usable image was found{first}", where=str(where), fix=fix)


def _printable(item: Strings) -> Strings:
    try:
        "".join(item.tolist()).encode()
        return item
    except UnicodeEncodeError:
        return np.array([clean_lines(name) for name in item.tolist()])


def _first_of_each(item: Strings, emotion: Strings, tally: Tally) -> Positions:
    """Positions of the first image of each name, in order; the others are left out."""
    _, first, which = np.unique(item, return_index=True, return_inverse=True)
    for again in np.flatnonzero(first[which] != np.arange(len(item))).tolist():
        same = emotion[again] == emotion[first[which[again]]]
        why = "its name occurs twice" + ("" if same else ", with another label; the first is kept")
        tally.leave(str(item[again]), why, "keep one of the two")
    return np.sort(first).astype(np.int64)


def _with_note(corpus: ImageCorpus) -> ImageCorpus:
    if len(corpus.emotions) > 1:
        return corpus
    from dataclasses import replace

    told = one_class_words(corpus.emotions)
    said = told[0].upper() + told[1:] + "."
    return replace(corpus, note=f"{corpus.note} {said}".strip())
