"""Results as JSON files: written whole or not at all, and read with what is missing said in a sentence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fer_core import whole_files
from fer_core.errors import PathError


def write_whole(file: Path, content: Any) -> None:
    """Write plain data, whole or not at all; raises as `fer_core.whole_files.whole`."""
    whole_files.write_text(file, json.dumps(content, indent=1) + "\n")


def read_result(
    file: Path | None, name: str, needed: Sequence[str], *, what: str, again: str
) -> dict[str, Any]:
    """A result as plain data.

    Parameters
    ----------
    file : where it lies, or None where there is none
    name : what the user knows it by
    needed : keys without which it is of no use
    what, again : the result in words, and how to get a whole one

    Raises
    ------
    PathError
        Where it is gone, cannot be read or lacks a key.
    """
    try:
        if file is None:
            raise OSError("there is no such run")
        result: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        missing = [k for k in needed if k not in result]
    except (OSError, ValueError, TypeError) as error:
        raise PathError(f"the {what} cannot be read", where=name, fix="choose another one") from error
    if missing:
        raise PathError(f"the {what} lacks {missing[0]!r}", where=name, fix=again)
    return result
