"""Numbers of the command line: argparse types that know their bounds (`fer_core.limits`)."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

from fer_core.errors import SettingError
from fer_core.limits import Range


@dataclass(frozen=True)
class Number:
    """An argparse type: one number within its range. What is not is told by argparse, status 2."""

    limits: Range

    def __call__(self, text: str) -> Any:
        """The number; `argparse.ArgumentTypeError` with the range where it is none or not within."""
        try:
            return self.limits.read(text)
        except SettingError as error:
            raise argparse.ArgumentTypeError(str(error)) from error


@dataclass(frozen=True)
class Numbers:
    """An argparse type: numbers between commas, at most ``most`` of them."""

    limits: Range
    most: int = 1000

    def __call__(self, text: str) -> tuple[Any, ...]:
        """The numbers; errors as `Number`."""
        parts = text.split(",")
        if len(parts) > self.most:
            raise argparse.ArgumentTypeError(f"{len(parts)} numbers are too many: give at most {self.most}.")
        return tuple(map(Number(self.limits), parts))
