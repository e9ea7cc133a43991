"""The corpus that was in use last, so that a new tab begins with it."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from fer_core.json_files import write_whole

FILE = "last_corpus.json"
"""In FER Lab's home."""

MAX_BYTES = 20_000


def last_corpus(home: Path) -> str | None:
    """The corpus's source as `keep_last` was given it; None where none is remembered."""
    file = home / FILE
    try:
        if file.stat().st_size > MAX_BYTES:
            return None
        content = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    named = content.get("corpus") if isinstance(content, dict) else None
    return named if isinstance(named, str) and named.strip() and "\0" not in named else None


def keep_last(home: Path, source: str | None) -> None:
    """Remember a corpus's source, or with None forget it. A home that is full costs only this."""
    with suppress(OSError, ValueError):
        home.mkdir(parents=True, exist_ok=True)
        if source is None:
            (home / FILE).unlink(missing_ok=True)
        else:
            write_whole(home / FILE, {"corpus": source})
