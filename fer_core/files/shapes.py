"""What other programs may have written, read within limits and checked by type and range.

A *shape* is a frozen dataclass of plain types, or such a type, with ranges as
``Annotated[int, Ge(0), Le(9)]``. pydantic holds data against it, strictly: no text becomes a number, no
number a truth. Keys that a shape does not name are passed over. What does not fit is one sentence: what,
where in the file, what to do. pydantic is imported when the first file is read, so that neither the app nor
``--help`` waits for it.
"""

from __future__ import annotations

import json
import math
import stat
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from annotated_types import Ge, Le, MaxLen

from fer_core.base.errors import FerError, PathError

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

T = TypeVar("T")

MOST_BYTES = 64_000_000
"""Of a JSON file. What FER Lab writes takes a hundredth of it."""
MOST_DEPTH = 64
"""Lists and groups within each other."""
LARGEST = 2**53
"""Whole numbers up to here are the same in every program that reads JSON (RFC 8259)."""

Finite = Annotated[float, Ge(-1e300), Le(1e300)]
Share = Annotated[float, Ge(0), Le(1)]
Amount = Annotated[float, Ge(0), Le(1e15)]
"""Seconds, sums, ratios: a finite number of 0 or more."""
Count = Annotated[int, Ge(0), Le(LARGEST)]
Whole = Annotated[int, Ge(-LARGEST), Le(LARGEST)]
Text = Annotated[str, MaxLen(1_000_000)]
Interval = tuple[Finite, Finite]


def read(
    file: Path, shape: type[T], *, what: str, fix: str, error: type[FerError] = PathError, limit: int = MOST_BYTES
) -> T:
    """A JSON file as a value of a shape.

    Parameters
    ----------
    file : Path
        With or without a byte order mark.
    what, fix : the file in words ("result"), and what to do where it does not fit
    error : the kind of error raised
    limit : bytes; a larger file is not read

    Raises
    ------
    FerError
        Of the given kind, where the file is gone, is no regular file, too large, no JSON, nested beyond
        `MOST_DEPTH`, names a key twice, or does not fit the shape.
    """
    found = plain(file, what=what, fix=fix, error=error, limit=limit)
    return checked(found, shape, what=what, where=str(file), fix=fix, error=error)


def plain(file: Path, *, what: str, fix: str, error: type[FerError] = PathError, limit: int = MOST_BYTES) -> Any:
    """A JSON file as plain data, whatever its shape; arguments and errors as `read`."""
    try:
        raw = read_bytes(file, limit)
    except OSError as told:
        raise error(f"the {what} cannot be read ({_reason(told)})", where=str(file), fix=fix) from told
    return loads(raw, what=what, where=str(file), fix=fix, error=error)


def loads(text: bytes | str, *, what: str, where: str = "", fix: str, error: type[FerError] = PathError) -> Any:
    """Plain data of JSON text; errors as `read`."""
    try:
        said = text.decode("utf-8-sig") if isinstance(text, bytes) else text.removeprefix("\ufeff")
        found = json.loads(said, object_pairs_hook=_once)
        _check_depth(found)
    except _TextError as told:
        raise error(f"the {what} cannot be read ({told})", where=where, fix=fix) from told
    except UnicodeDecodeError as told:
        raise error(f"the {what} cannot be read (it is not UTF-8 text)", where=where, fix=fix) from told
    except (ValueError, RecursionError) as told:
        why = "it is nested too deep" if isinstance(told, RecursionError) else "it is not JSON"
        raise error(f"the {what} cannot be read ({why})", where=where, fix=fix) from told
    return found


def checked(
    found: Any, shape: type[T], *, what: str, where: str = "", fix: str, error: type[FerError] = PathError
) -> T:
    """Plain data as a value of a shape; errors as `read`."""
    from pydantic import ValidationError

    try:
        # As JSON text, where a list stands for a tuple and a group for a dataclass; nothing else is lax.
        adapter: TypeAdapter[T] = _adapter(shape)  # type: ignore[arg-type]
        return adapter.validate_json(json.dumps(found, default=_binary), strict=True)
    except ValidationError as told:
        said, place = _told(told, found, what)
        raise error(said, where=", ".join(p for p in (where, place) if p), fix=fix) from told


def fits(found: Any, shape: type[Any]) -> bool:
    """Whether plain data are of a shape."""
    try:
        checked(found, shape, what="entry", fix="")
    except FerError:
        return False
    return True


def read_bytes(file: Path, limit: int = MOST_BYTES) -> bytes:
    """A regular file's bytes. Raises `OSError` with the reason where it is none, or larger than the limit."""
    if regular(file).stat().st_size > limit:
        raise OSError(0, f"it is larger than {limit // 1_000_000} MB", str(file))
    with file.open("rb") as stream:
        return stream.read(limit + 1)[:limit]


def regular(file: Path) -> Path:
    """The file itself. Raises `OSError` where it is none: whoever opens a pipe would wait without end."""
    if not stat.S_ISREG(file.stat().st_mode):
        raise OSError(0, "it is not a file", str(file))
    return file


def place(loc: Sequence[int | str]) -> str:
    """Where in a file, in words: ``intervals, row 3``."""
    return ", ".join(f"row {part + 1}" if isinstance(part, int) else str(part)[:60] for part in loc)


# --- inside ---------------------------------------------------------------------------------------


class _TextError(ValueError):
    """What is wrong with a text, in words."""


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(shape)


def _binary(value: Any) -> Any:
    """Of a column of a database: bytes, which are neither text nor number."""
    if isinstance(value, bytes):
        return {}
    raise TypeError(f"{type(value).__name__} is no JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _TextError(f"the key {twice[:60]!r} stands in it twice")
    return result


def _check_depth(found: Any) -> None:
    level, depth = [found], 0
    while level := [x for x in level if isinstance(x, (dict, list))]:
        depth += 1
        if depth > MOST_DEPTH:
            raise RecursionError
        level = [child for x in level for child in (x.values() if isinstance(x, dict) else x)]


def _told(error: ValidationError, found: Any, what: str) -> tuple[str, str]:
    """The first fault as (what, where in the file)."""
    first = error.errors(include_url=False)[0]
    kind, loc, context = first["type"], first["loc"], first.get("ctx", {})
    if kind == "json_invalid":  # half a surrogate pair
        return f"the {what} cannot be read (it is not Unicode text)", ""
    value, inside = found, []
    for part in loc:
        if _has(value, part):  # else it names a member of a union, or what is missing
            value = value[part]
            inside.append(part)
    if kind == "missing":
        lacking = f"row {loc[-1] + 1}" if isinstance(loc[-1], int) else repr(loc[-1])
        return f"the {what} lacks {lacking}", place(inside)
    if kind == "value_error":
        return f"the {what} does not fit together: {context['error']}", place(inside)
    return f"the {what} holds {_shown(value)} where {_wanted(kind, context, value)} belongs", place(inside)


def _has(value: Any, part: int | str) -> bool:
    if isinstance(value, list):
        return isinstance(part, int) and part < len(value)
    return isinstance(value, dict) and part in value


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "a group of named values"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else text[:37] + "..."


_WANTED = {
    "int": "a whole number",
    "float": "a number",
    "finite": "a finite number",
    "string": "text",
    "bool": "true or false",
    "list": "a list",
    "tuple": "a list",
    "dict": "a group of named values",
    "dataclass": "a group of named values",
    "model": "a group of named values",
    "none": "null",
    "greater_than_equal": "a number of at least {ge:,g}",
    "less_than_equal": "a number of at most {le:,g}",
    "greater_than": "a number above {gt:,g}",
    "less_than": "a number below {lt:,g}",
    "literal": "one of {expected}",
    "enum": "one of {expected}",
}


def _wanted(kind: str, context: dict[str, Any], value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "a finite number"
    if kind in ("too_long", "too_short"):
        least, most = context.get("min_length"), context.get("max_length")
        return f"a list of at most {most:,}" if most is not None else f"a list of at least {least:,}"
    if kind == "string_too_long":
        return f"text of at most {context['max_length']:,} letters"
    words = _WANTED.get(kind) or _WANTED.get(kind.partition("_")[0], "something else")
    return words.format(**context) if "{" in words else words


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return error.strerror or str(error)
