"""How a corpus is named in one line: its path, and which part of it is meant.

``/data/kdef`` is the whole corpus; ``/data/kdef?view=S&view=HL`` the clips whose attribute ``view`` is one of
the two. One line goes through addresses, run folders and the command line alike, so that a page, the process
that it starts and a resumed run all mean the same clips. Values are percent-encoded (RFC 3986).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from fer_core.datasets.base import Clip, Corpus, Omission
from fer_core.datasets.scan import count_of
from fer_core.errors import CorpusError
from fer_core.text import clean_name

MOST_VALUES = 200
"""Values of all attributes together that a line may name."""

UNSAID = "not said"
"""How a missing value is shown; in a line it is empty."""

_QUERY = re.compile(r"[a-z][a-z_]{0,29}=[^&=?/]*(&[a-z][a-z_]{0,29}=[^&=?/]*)*")


@dataclass(frozen=True)
class Source:
    """A corpus as a line names it.

    Attributes
    ----------
    path : ``"demo"``, or a folder or file
    only : (attribute, values that are meant) pairs; "" is the value of clips that do not say
    """

    path: str
    only: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def line(self) -> str:
        """The line that `parse` reads back."""
        pairs = [f"{name}={quote(value, safe='')}" for name, values in self.only for value in values]
        return self.path + ("?" + "&".join(pairs) if pairs else "")

    @property
    def words(self) -> str:
        """``kdef, view S or HL``: the last name of the path, and what is meant of it."""
        return ", ".join([clean_name(Path(self.path).name) or self.path, *only_words(self.only)])


def source_of(path: str, only: Mapping[str, Sequence[str]]) -> Source:
    """A source by its parts; attributes without a value are left out, order does not matter."""
    pairs = ((name, tuple(dict.fromkeys(values))) for name, values in sorted(only.items()) if values)
    return Source(path, tuple(pairs))


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
    return source_of(path, only)


def only_words(only: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    """``["view S or HL"]``."""
    return [f"{name} {' or '.join(clean_name(v) or UNSAID for v in values)}" for name, values in only]


def values_of(corpus: Any) -> dict[str, dict[str, int]]:
    """Labelled clips or images by value of each attribute; "" for those that do not say. Attributes with one
    value are no choice and are left out."""
    total = sum(corpus.counts.values())
    table: dict[str, dict[str, int]] = {}
    for name, values in getattr(corpus, "attributes", {}).items():
        unsaid = total - sum(values.values())
        counts = dict(values) | ({"": unsaid} if unsaid > 0 else {})
        if len(counts) > 1:
            table[name] = counts
    return table


def select(corpus: Corpus, source: Source) -> Corpus:
    """The clips of a corpus that a source means; how many are left out is told, attribute by attribute.

    Raises
    ------
    CorpusError
        Where no clip says anything of an attribute, or no labelled clip is left.
    """
    left: list[Omission] = []
    clips, apart = corpus.clips, corpus.unlabelled
    for name, values in source.only:
        if name not in corpus.attributes:
            raise CorpusError(f"no clip says its {name}", where=corpus.name,
                              fix=_instead(corpus.attributes))  # fmt: skip
        kept = tuple(c for c in clips if c.attribute(name) in values)
        if gone := len(clips) - len(kept):
            why = f"not among the chosen: {only_words([(name, values)])[0]}"
            left.append(Omission(count_of(gone, "clip"), why, "choose more on the Dataset page", count=gone))
        clips, apart = kept, tuple(c for c in apart if _fits(c, name, values))
    if not clips:
        raise CorpusError("no labelled clip is left by this choice", where=source.words,
                          fix=_instead(corpus.attributes))  # fmt: skip
    name = ", ".join([corpus.name, *only_words(source.only)])
    return replace(corpus, name=name, clips=clips, unlabelled=apart, omissions=corpus.omissions + tuple(left))


def _fits(clip: Clip, name: str, values: Sequence[str]) -> bool:
    return clip.attribute(name) in values


def _instead(attributes: Mapping[str, Mapping[str, int]]) -> str:
    return "choose of: " + "; ".join(f"{n} {', '.join(v)}" for n, v in attributes.items()) if attributes \
        else "name the corpus alone"  # fmt: skip


def _exists(line: str) -> bool:
    try:
        return Path(line).expanduser().exists()
    except (OSError, RuntimeError, ValueError):
        return False
