"""How a corpus is named in one line: its path, and which part of it is meant.

``/data/kdef`` is the whole corpus; ``/data/kdef?view=S&view=HL`` the clips whose attribute ``view`` is one of
the two; ``/data/copy?codes=affectnet`` a corpus labelled by number, and what its numbers mean. One line goes
through addresses, run folders and the command line alike, so that a page, the process that it starts and a
resumed run all mean the same clips. Values are percent-encoded (RFC 3986).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, unquote

from fer_core.base.errors import CorpusError
from fer_core.base.text import clean_name
from fer_core.datasets.base import Corpus

if TYPE_CHECKING:
    from fer_core.datasets.images.base import ImageCorpus

Opened = TypeVar("Opened", "Corpus", "ImageCorpus")

CODES = "codes"
"""The name in a line that is no attribute."""

MOST_VALUES = 200
"""Values of all attributes together that a line may name."""

_QUERY = re.compile(r"[a-z][a-z_]{0,29}=[^&=?/]*(&[a-z][a-z_]{0,29}=[^&=?/]*)*")


@dataclass(frozen=True)
class Source:
    """A corpus as a line names it.

    Attributes
    ----------
    path : ``"demo"``, or a folder or file
    only : (attribute, values that are meant) pairs
    codes : what labels that are bare numbers mean (`fer_core.datasets.images.code_orders`); "" for what the
        corpus itself says
    """

    path: str
    only: tuple[tuple[str, tuple[str, ...]], ...] = ()
    codes: str = ""

    @property
    def line(self) -> str:
        """The line that `parse` reads back."""
        said = [(CODES, (self.codes,))] if self.codes else []
        pairs = [f"{n}={quote(v, safe='')}" for n, values in (*said, *self.only) for v in values]
        return self.path + ("?" + "&".join(pairs) if pairs else "")

    @property
    def words(self) -> str:
        """``kdef, view S or HL``: the last name of the path, and what is meant of it."""
        return ", ".join([clean_name(Path(self.path).name) or self.path, *only_words(self.only)])


def source_of(path: str, only: Mapping[str, Sequence[str]], codes: str = "") -> Source:
    """A source by its parts; attributes without a value are left out, order does not matter."""
    pairs = ((name, tuple(dict.fromkeys(values))) for name, values in sorted(only.items()) if values)
    return Source(path, tuple(pairs), codes)


def parse(line: str) -> Source:
    """The source that a line names; a path that exists as it is written is one, whatever is in its name.

    Raises
    ------
    CorpusError
        Where more than `MOST_VALUES` values are named.
    """
    path, mark, query = line.rpartition("?")
    if not mark or not path.strip() or not _QUERY.fullmatch(query) or _exists(line):
        return Source(line)
    only: dict[str, list[str]] = {}
    pairs = query.split("&")
    if len(pairs) > MOST_VALUES:
        raise CorpusError(f"more than {MOST_VALUES} values are chosen", where=path, fix="choose fewer")
    for pair in pairs:
        name, _, value = pair.partition("=")
        only.setdefault(name, []).append(unquote(value))
    codes = only.pop(CODES, [""])
    return source_of(path, only, codes[-1])


def only_words(only: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    """``["view S or HL"]``."""
    return [f"{name} {' or '.join(clean_name(v) for v in values)}" for name, values in only]


def values_of(corpus: Corpus | ImageCorpus) -> dict[str, dict[str, int]]:
    """Labelled clips or images by value of each attribute that is a choice: one that has two values or more,
    or that some do not say.
    """
    table = corpus.attributes if isinstance(corpus, Corpus) else corpus.attribute_counts
    total = sum(corpus.counts.values())
    said = {name: {v: n for v, n in values.items() if v} for name, values in table.items()}
    return {n: v for n, v in said.items() if v and (len(v) > 1 or sum(v.values()) < total)}


def select(corpus: Opened, source: Source) -> Opened:
    """What a source means of an opened corpus; the rest is left out aloud.

    Raises
    ------
    CorpusError
        For an attribute or a value that does not occur, and where nothing labelled is left.
    """
    if not source.only:
        return corpus
    part = corpus.where(**dict(source.only))
    return replace(part, name=", ".join([corpus.name, *only_words(source.only)]))


def _exists(line: str) -> bool:
    try:
        return Path(line).expanduser().exists()
    except (OSError, RuntimeError, ValueError):
        return False
