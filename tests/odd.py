"""Odd values, and plain data with one of them put in somewhere."""

from __future__ import annotations

import copy
import json
import random
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from fer_core import runs

GONE = object()
"""In place of a value: its key is taken out."""

VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    2**70,
    1e300,
    float("nan"),
    float("inf"),
    "",
    "x",
    "12",
    [],
    [[1], [1, 2]],
    {},
    {"a": None},
    GONE,
)


def mutations(plain: Any, n: int, seed: int = 0) -> Iterator[tuple[str, Any]]:
    """``n`` copies of plain data, each with one value replaced: (what was done, the copy)."""
    generator = random.Random(seed)
    places = list(_places(plain))
    for _ in range(n):
        place, value = generator.choice(places), generator.choice(VALUES)
        said = f"{'/'.join(map(str, place))} = {'gone' if value is GONE else value!r}"
        yield said, changed(plain, place, value)


def changed(plain: Any, place: tuple[Any, ...], value: Any) -> Any:
    """A copy with the value at a place replaced, or taken out (`GONE`)."""
    result = copy.deepcopy(plain)
    inner = result
    for part in place[:-1]:
        inner = inner[part]
    if value is GONE:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return result


def _places(plain: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = plain.items() if isinstance(plain, dict) else enumerate(plain) if isinstance(plain, list) else ()
    for key, value in items:
        yield (*before, key)
        yield from _places(value, (*before, key))


_SOUND = asdict(runs.Status("running", 3, 10, "x", time.time(), time.time(), 4_000_000))


def _status(**values: Any) -> bytes:
    """A sound status with other values."""
    return json.dumps(_SOUND | values).encode()


ODD_STATUS = (
    _status(state="paused"),
    _status(state=None),
    _status(state=[]),
    _status(heartbeat=None),
    _status(heartbeat="now"),
    _status(heartbeat=1e400),
    _status(heartbeat=float("nan")),
    _status(pid="abc"),
    _status(pid=2**70),
    _status(pid=-1),
    _status(pid=1.5),
    _status(step=None),
    _status(step="x"),
    _status(step=-1),
    _status(total=None),
    _status(total=float("inf")),
    _status(text=5),
    _status(error={}),
    _status(started=[]),
    _status(began=-5),
    _status(born="x"),
    b"",
    b"{",
    b"[]",
    b"null",
    b"3",
    b"\xff\xfe",
    b"[" * 10_000,
    b'{"state": "done", "state": "failed"}',
    b'{"text": "' + b"x" * 2_000_000 + b'"}',
)
"""Files of status that no run of ours has written."""
