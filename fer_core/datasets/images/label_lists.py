"""What the formats with a list of files share: codes to emotions, and rows left out by the code's name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from fer_core.datasets.images.base import Strings
from fer_core.datasets.images.omissions import Tally

NO_CODE = -1
"""Stands for a label that is no whole number."""

_CODE = re.compile(r"\+?0*([0-9]{1,3})(\.0*)?")

Codes = npt.NDArray[np.int16]


def code_of(text: str) -> int:
    """A code as a list writes it (``3``, ``3.0``, up to 999); `NO_CODE` for anything else."""
    found = _CODE.fullmatch(text.strip())
    return int(found[1]) if found else NO_CODE


def emotions_of(
    codes: Sequence[int] | Codes,
    places: Strings,
    table: Mapping[int, str],
    tally: Tally,
    left_out: Mapping[int, str] | None = None,
) -> Strings:
    """Canonical names by a corpus's own table; "" for a code that has none, which is noted.

    Parameters
    ----------
    codes : (n,)
    places : str (n,), where each stands
    table : the corpus's emotions by code
    left_out : codes that are no emotion, by name
    """
    found = np.asarray(codes)
    width = max(len(name) for name in table.values())
    emotion = np.full(len(found), "", dtype=f"<U{width}")
    for code in np.unique(found).tolist():
        here = found == code
        if code in table:
            emotion[here] = table[code]
        elif left_out and code in left_out:
            tally.leave_all(places[here].tolist(), f"labelled {left_out[code]!r}, which is no emotion")
        elif code == NO_CODE:
            tally.leave_all(places[here].tolist(), "its label is no whole number", _fix(table))
        else:
            tally.leave_all(places[here].tolist(), f"its label {code} is out of range", _fix(table))
    return emotion


def _fix(table: Mapping[int, str]) -> str:
    return f"use {min(table)} to {max(table)}"
