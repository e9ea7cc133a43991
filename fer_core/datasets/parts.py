"""Which official part of a corpus a folder or a file stands for, by its name."""

from __future__ import annotations

import re
from typing import Literal

from fer_core.datasets.scan import squeezed

Part = Literal["train", "validation", "test", ""]
"""A corpus's own official split; "" where it has none."""

PARTS: tuple[Part, ...] = ("train", "validation", "test", "")
"""All parts, in the order they are told in."""

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

KNOWN = "train, validation or test"
"""What a folder of a part is to be named."""

_AROUND = re.compile(
    r"^(fer2013|ferplus|affectnet|rafdb|[as]few)"
    r"|(set|class|classes|images|image|data|split|videos|faces|[as]few)$"
)


def part_of(name: str) -> Part | None:
    """``train`` for ``Train``, ``train_set``, ``FER2013Train``; None for a name that is no part's."""
    plain = squeezed(name)
    return PART_FOLDERS.get(plain) or PART_FOLDERS.get(_AROUND.sub("", plain))
