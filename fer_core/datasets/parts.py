"""Folders that name an official part of a corpus: ``Train``, ``Val``, ``PublicTest`` ..."""

from __future__ import annotations

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


def part_of(folder: str) -> Part:
    """The part a folder's name means; "" where it means none."""
    return PART_FOLDERS.get(name_key(folder), "")
