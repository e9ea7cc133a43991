"""Numbers of the command line: argparse types that know their bounds (`fer_core.base.limits`)."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

from fer_core.base.errors import SettingError, sentence
from fer_core.base.limits import Range

_NO_INT = {"nan", "inf", "infinity"}


@dataclass(frozen=True)
class Number:
    """An argparse type: one number within its range.

    Text that is no number is wrong usage (`argparse.ArgumentTypeError`, status 2); a number that is not
    within raises `SettingError` as it does from a file (status 1). Both name the range.
    """

    limits: Range

    def __call__(self, text: str) -> Any:
        """The number, an int where it is whole."""
        r = self.limits
        try:
            value = int(text) if r.whole and text.lower().lstrip("+-") not in _NO_INT else float(text)
        except ValueError as error:
            said = sentence(
                f"the {r.what} {text[:40]!r} is not a{' whole' if r.whole else ''} number", fix=f"use {r.words}"
            )
            raise argparse.ArgumentTypeError(said) from error
        r.check(value)
        return value


@dataclass(frozen=True)
class Numbers:
    """An argparse type: numbers between commas, at most ``most`` of them."""

    limits: Range
    most: int = 1000

    def __call__(self, text: str) -> tuple[Any, ...]:
        """The numbers; errors as `Number`."""
        parts = text.split(",")
        if len(parts) > self.most:
            raise SettingError(f"{len(parts)} numbers are too many", fix=f"give at most {self.most}")
        return tuple(map(Number(self.limits), parts))
