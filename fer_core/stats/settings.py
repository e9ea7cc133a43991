"""Checks of what an analysis is asked for."""

from __future__ import annotations

from fer_core.base.errors import SettingError


def check_share(value: float, name: str) -> None:
    """Raises `SettingError` unless a value lies between 0 and 1, both left out."""
    if not 0 < value < 1:
        article = "an" if name[0] in "aeiou" else "a"
        raise SettingError(f"{article} {name} of {value:g} is out of range", fix="use a value between 0 and 1")
