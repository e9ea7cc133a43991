"""Whether a printed number is what a computed one gives when it is rounded."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

Status = Literal["reproduced", "double rounding", "inconsistent", "not checkable"]

_SLACK = 1e-9
"""A computed number that lies exactly between two printed ones may have been rounded to either."""


def status_of(printed: float, computed: float, digits: int) -> Status:
    """How a printed number relates to a computed one.

    Parameters
    ----------
    digits : int
        Decimals that the source prints.

    Returns
    -------
    "reproduced" where rounding gives it, "double rounding" where rounding to one decimal more and
    then to ``digits`` gives it, otherwise "inconsistent".
    """
    half = 0.5 * 10.0**-digits + _SLACK
    if abs(computed - printed) <= half:
        return "reproduced"
    if abs(rounded(computed, digits + 1) - printed) <= half:
        return "double rounding"
    return "inconsistent"


def rounded(value: float, digits: int) -> float:
    """A value at so many decimals, halves away from zero, as people round and spreadsheets do."""
    step = Decimal(1).scaleb(-digits)
    return float(Decimal(repr(float(value))).quantize(step, ROUND_HALF_UP))


def as_printed(value: float, digits: int) -> str:
    """A value as text at so many decimals, halves away from zero, without a minus before zero."""
    return f"{rounded(value, digits) + 0.0:.{digits}f}"
