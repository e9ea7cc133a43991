"""Folders that name an official part of a corpus: ``Train``, ``Val``, ``PublicTest`` ..."""

from __future__ import annotations

import re
from typing import Literal

from fer_core.text import name_key

Part = Literal["train", "validation", "test", ""]
"""A corpus's own official split; "" where it has none."""

PART_FOLDERS: dict[str, Part] = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "publictest": "validation",
    "test": "test",
    "testing": "test",
    "privatetest": "test",
}
"""Folder names, in lower case, that name a part."""


_BESIDE = frozenset({"afew", "sfew", "set", "data", "images", "videos", "faces"})


def part_of(folder: str) -> Part:
    """The part a folder's name means (``Train``, ``Val_AFEW``); "" where it means none."""
    first, *others = re.split(r"[_\- ]", name_key(folder)) or [""]
    return PART_FOLDERS.get(first, "") if set(others) <= _BESIDE else ""
