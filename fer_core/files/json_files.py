"""Results as JSON files: written whole or not at all, and read with what is missing said in a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fer_core.base.errors import PathError
from fer_core.files import shapes, whole_files


def write_whole(file: Path, content: Any) -> None:
    """Write plain data, whole or not at all; raises as `fer_core.files.whole_files.whole`."""
    whole_files.write_text(file, json.dumps(content, indent=1) + "\n")


def read_result(file: Path | None, name: str, shape: type[Any], *, what: str, again: str) -> dict[str, Any]:
    """A result as plain data.

    Parameters
    ----------
    file : where it lies, or None where there is none
    name : what the user knows it by
    shape : what is relied on (`fer_core.files.shapes`); all keys are kept
    what, again : the result in words, and how to get a whole one

    Raises
    ------
    PathError
        Where it is gone, cannot be read or is of another shape.
    """
    if file is None:
        raise PathError(f"the {what} cannot be read (there is no such run)", where=name, fix="choose another one")
    try:
        found = shapes.plain(file, what=what, fix="choose another one")
    except PathError as error:
        raise PathError(error.what, where=name, fix=error.fix) from error
    shapes.checked(found, shape, what=what, where=name, fix=again)
    return dict(found)
