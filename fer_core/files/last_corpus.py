"""The corpus that was in use last, so that a new tab begins with it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fer_core.base.errors import PathError
from fer_core.files import shapes
from fer_core.files.json_files import write_whole

FILE = "last_corpus.json"
"""In FER Lab's home."""

MAX_BYTES = 20_000


@dataclass(frozen=True)
class _Last:
    corpus: shapes.Text


def last_corpus(home: Path) -> str | None:
    """The corpus's source as `keep_last` was given it; None where none is remembered."""
    try:
        named = shapes.read(home / FILE, _Last, what="last corpus", fix="", limit=MAX_BYTES).corpus
    except PathError:
        return None
    return named if named.strip() and "\0" not in named else None


def keep_last(home: Path, source: str | None) -> None:
    """Remember a corpus's source, or with None forget it. A home that is full costs only this."""
    with suppress(OSError, ValueError):
        home.mkdir(parents=True, exist_ok=True)
        if source is None:
            (home / FILE).unlink(missing_ok=True)
        else:
            write_whole(home / FILE, {"corpus": source})
