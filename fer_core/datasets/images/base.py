"""What a corpus of labelled images is, whatever its format: columns of names and labels over a lazy source.

Everything that is told of an image lies in one numpy column per fact, so that AffectNet's 400,000
rows fill some hundred megabytes and no Python object per image. Pixels are read when asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from fer_core.base.emotions import EMOTIONS, in_order
from fer_core.base.errors import CorpusError
from fer_core.datasets.base import Omission, not_wanted, wanted_values
from fer_core.datasets.parts import PARTS as PARTS
from fer_core.datasets.parts import Part as Part
from fer_core.datasets.scan import count_of

Grey = npt.NDArray[np.uint8]
"""uint8 (height, width)."""

Image = npt.NDArray[np.uint8]
"""uint8 (height, width), or (height, width, 3) with red first."""

Strings = npt.NDArray[np.str_]
Positions = npt.NDArray[np.int64]


class ImageSource(Protocol):
    """Where pixels come from: files of a folder, or one array."""

    def __len__(self) -> int:
        """How many images it holds."""
        ...

    def read(self, position: int) -> Image:
        """One image. Raises `fer_core.base.errors.MediaError`."""
        ...

    @property
    def key(self) -> str:
        """32 hex digits that change with the content: from names, sizes and times, or from the pixels."""
        ...


@dataclass(frozen=True, eq=False)
class ImageCorpus:
    """An opened corpus of n labelled images, and what was left out.

    Attributes
    ----------
    name, format : str
        For people, and as `fer_core.datasets.images.catalog.recognise_images` says it.
    root : Path or None
        The folder, or the file, it was opened from.
    source : ImageSource
        Gives the pixels.
    item : str (n,)
        Unique names, such as ``Training/17`` or ``train/happy/a.jpg``.
    emotion : str (n,)
        Canonical names (`fer_core.base.emotions.EMOTIONS`).
    part : str (n,)
        The official part of each (`Part`).
    subject : str (n,)
        Who is shown; the item's own name where the corpus does not say.
    subjects_known : bool
        Whether the corpus does say.
    soft : float32 (n, 8) or None
        Shares of votes in the order of `EMOTIONS`, each row with the sum 1.
    position : int64 (n,)
        Where each image lies in `source`.
    attributes : mapping of name to str (n,)
        What else the corpus says of each: ``view``, ``intensity``, ``light``, ``gaze`` ...; "" where it
        does not.
    passed_over : tuple of (suffix, count)
        Files that are neither pictures nor videos, where they were counted.
    omissions : tuple of Omission
        What was left out, many of one reason told in one line.
    size : int or None
        Side in pixels where all images, or all of a sample of files, are squares of one size.
    """

    name: str
    format: str
    root: Path | None
    source: ImageSource
    item: Strings
    emotion: Strings
    part: Strings
    subject: Strings
    subjects_known: bool
    soft: npt.NDArray[np.float32] | None
    position: Positions
    omissions: tuple[Omission, ...] = ()
    note: str = ""
    synthetic: bool = False
    size: int | None = None
    attributes: Mapping[str, Strings] = field(default_factory=dict)
    passed_over: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        columns: list[npt.NDArray[Any]] = [self.emotion, self.part, self.subject, self.position]
        columns += self.attributes.values()
        if any(len(column) != len(self.item) for column in columns):
            raise ValueError("the columns of an image corpus differ in length")

    def __len__(self) -> int:
        """How many labelled images."""
        return len(self.item)

    @property
    def counts(self) -> dict[str, int]:
        """Images per emotion, canonical order, emotions that occur only."""
        return _tally(self.emotion)

    @property
    def emotions(self) -> tuple[str, ...]:
        """Emotions that occur, in the canonical order."""
        return in_order(self.counts)

    @property
    def subjects(self) -> tuple[str, ...]:
        """The people shown, sorted; none where the corpus does not say who they are."""
        return tuple(str(s) for s in np.unique(self.subject)) if self.subjects_known else ()

    @property
    def parts(self) -> dict[str, dict[str, int]]:
        """Images per emotion of each part that occurs."""
        return {p: _tally(self.emotion[self.of_part(p)]) for p in PARTS if len(self.of_part(p))}

    @property
    def key(self) -> str:
        """32 hex digits of the pixels' key and of every label: equal for equal corpora."""
        digest = blake2b(self.source.key.encode(), digest_size=16)
        for column in (self.item, self.emotion, self.part, self.subject):
            # A column's width depends on its longest name: told as text, it does not matter.
            digest.update("\n".join(column.tolist()).encode("utf-8", "surrogateescape"))
        for name, column in sorted(self.attributes.items()):
            digest.update("\n".join([f"\0{name}", *column.tolist()]).encode("utf-8", "surrogateescape"))
        digest.update(b"" if self.soft is None else np.ascontiguousarray(self.soft).tobytes())
        digest.update(np.ascontiguousarray(self.position).tobytes())
        return digest.hexdigest()

    def of_part(self, part: Part) -> Positions:
        """Positions of the images of one official part, in order."""
        return np.flatnonzero(self.part == part).astype(np.int64)

    def take(self, positions: Sequence[int] | Positions) -> ImageCorpus:
        """The corpus with the images at the given positions alone, in that order."""
        at = np.asarray(positions, dtype=np.int64)
        columns = {name: getattr(self, name)[at] for name in ("item", "emotion", "part", "subject", "position")}
        attributes = {name: column[at] for name, column in self.attributes.items()}
        soft = None if self.soft is None else self.soft[at]
        return replace(self, **columns, attributes=attributes, soft=soft)

    @property
    def attribute_counts(self) -> dict[str, dict[str, int]]:
        """Images by value of each attribute that the corpus gives, its official parts among them."""
        columns = {**self.attributes, **({"part": self.part} if np.any(self.part != "") else {})}
        return {name: _values(column) for name, column in sorted(columns.items())}

    def where(self, **wanted: str | Collection[str]) -> ImageCorpus:
        """The corpus with the images whose attributes have the wanted values (`Corpus.where`).

        Raises
        ------
        CorpusError
            For an attribute or a value that does not occur, and where no image is left.
        """
        there = self.attribute_counts
        kept, left = np.ones(len(self), dtype=bool), list(self.omissions)
        for name, values in wanted.items():
            chosen = wanted_values(name, values, there.get(name, {}), there, self.name)
            column = self.part if name == "part" else self.attributes[name]
            fits = np.isin(column, list(chosen))
            gone, counts = np.unique(column[kept & ~fits], return_counts=True)
            left += not_wanted(name, dict(zip(gone.tolist(), counts.tolist(), strict=True)), "image")
            kept &= fits
        if not kept.any():
            raise CorpusError("no image has all of the wanted values", where=self.name, fix="ask for fewer of them")
        return replace(self.take(np.flatnonzero(kept)), omissions=tuple(left))

    def only(self, emotions: Sequence[str]) -> ImageCorpus:
        """The corpus with the named emotions alone; how many show others becomes one omission each.

        Shares of votes for other emotions are taken away, so that the rest sums to 1 again.

        Raises
        ------
        CorpusError
            Where no image shows any of them.
        """
        kept = np.flatnonzero(np.isin(self.emotion, list(emotions)))
        if not len(kept):
            raise CorpusError(
                "no image shows any of " + ", ".join(emotions),
                where=self.name,
                fix="choose emotions that occur: " + (", ".join(self.emotions) or "none does"),
            )
        left = tuple(
            Omission(count_of(n, "image"), f"shows {e}, which is not among the chosen emotions", count=n)
            for e, n in self.counts.items()
            if e not in emotions
        )
        found = self.take(kept)
        return replace(found, omissions=self.omissions + left, soft=_shares_of(found.soft, emotions))


def held_out(corpus: ImageCorpus) -> tuple[Positions, Part]:
    """What the corpus itself keeps for judging, and that part's name.

    ``test`` where there is one, else ``validation`` (FER2013 without its PrivateTest, AffectNet, whose
    test images were never given out), else no positions and "".
    """
    parts: tuple[Part, ...] = ("test", "validation")
    for part in parts:
        positions = corpus.of_part(part)
        if len(positions):
            return positions, part
    return np.zeros(0, dtype=np.int64), ""


def require_two_emotions(corpus: ImageCorpus) -> None:
    """Raise `CorpusError` where all images show one emotion, so that nothing can be told apart."""
    if len(corpus.emotions) < 2:
        raise CorpusError(one_class_words(corpus.emotions), where=corpus.name, fix="add images of another emotion")


def one_class_words(emotions: Sequence[str]) -> str:
    """The sentence for a corpus of one class, without its full stop."""
    return f"all images show {''.join(emotions) or 'nothing'}, so that there is nothing to tell apart"


def _values(column: Strings) -> dict[str, int]:
    names, counts = np.unique(column[column != ""], return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))


def _tally(emotion: Strings) -> dict[str, int]:
    names, counts = np.unique(emotion, return_counts=True)
    tally = dict(zip(names.tolist(), counts.tolist(), strict=True))
    return {e: tally[e] for e in EMOTIONS if e in tally}


def _shares_of(soft: npt.NDArray[np.float32] | None, emotions: Sequence[str]) -> npt.NDArray[np.float32] | None:
    if soft is None:
        return None
    kept = soft * np.isin(EMOTIONS, list(emotions))
    return np.asarray(kept / kept.sum(axis=1, keepdims=True), dtype=np.float32)
