"""A whole tree of files, level by level: for corpora whose names say more than their folders."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from fer_core.base.emotions import find_emotion
from fer_core.base.text import clean_name
from fer_core.datasets.parts import part_of
from fer_core.datasets.scan import Scan, names_unlabelled, natural_key
from fer_core.datasets.signatures import is_image_name, is_video_name

MAX_DEPTH = 8
"""Folders below the corpus that are entered; corpora have at most five levels."""

MANY = 4000
"""Files looked at to recognise a format, and to suggest a pattern."""

_FOLDERS = 3000  # listed to recognise a format: somebody may point at a whole disk
_SHORTEST_WORD = 3  # AN and SA are emotions' letters in JAFFE's names, and anybody's initials as folders


def walk(scan: Scan) -> Iterator[tuple[Path, list[Path]]]:
    """Each folder with its visible files, the corpus's own first, in natural order.

    A folder is entered once, whatever links lead to it; what lies deeper than `MAX_DEPTH` is noted.
    """
    seen: set[tuple[int, int]] = set()
    waiting = [(scan.root, 0)]
    while waiting:
        folder, depth = waiting.pop()
        try:
            stat = folder.stat()
        except OSError:
            stat = None
        if stat is not None and (stat.st_dev, stat.st_ino) in seen:
            continue
        if stat is not None:
            seen.add((stat.st_dev, stat.st_ino))
        folders, files = scan.listing(folder)
        yield folder, files
        if depth < MAX_DEPTH:
            waiting += [(inner, depth + 1) for inner in reversed(folders)]
        elif folders:
            scan.omit(folder, f"folders more than {MAX_DEPTH} levels down are not entered", "move them up")


def media_names(root: Path, most: int = MANY) -> list[str]:
    """Some picture and video files under a folder, by names relative to it, in natural order of the folders.

    Links are not followed and no fault is told: it is for recognising and suggesting alone.
    """
    found: list[str] = []
    waiting = [("", 0)]
    for _ in range(_FOLDERS):
        if not waiting or len(found) >= most:
            break
        folder, depth = waiting.pop()
        folders, files = _some_entries(root / folder)
        found += [folder + name for name in files if is_image_name(name) or is_video_name(name)]
        if depth < MAX_DEPTH:
            waiting += [(f"{folder}{name}/", depth + 1) for name in reversed(folders)]
    return found[:most]


def _some_entries(folder: Path) -> tuple[list[str], list[str]]:
    """Names of some visible folders and files of a folder, each in natural order."""
    found: tuple[list[str], list[str]] = ([], [])
    try:
        with os.scandir(folder) as entries:
            for entry in islice(entries, MANY):
                if not entry.name.startswith(".") and not entry.is_symlink():
                    found[0 if entry.is_dir() else 1].append(entry.name)
    except OSError:
        return [], []
    for names in found:
        names.sort(key=lambda name: (natural_key(name), name))
    return found


def folder_emotion(name: str) -> str | None:
    """The emotion of the innermost folder in a relative name that is called as one."""
    for folder in reversed(name.split("/")[:-1]):
        plain = clean_name(folder)
        if len(plain) >= _SHORTEST_WORD and (emotion := find_emotion(plain)):
            return emotion
    return None


def in_unlabelled(name: str) -> bool:
    """Whether a relative name lies in a folder that says of itself that it has no labels."""
    return any(names_unlabelled(folder) for folder in name.split("/")[:-1])


def folder_part(name: str) -> str:
    """The official part that a folder in a relative name means; "" for none."""
    return next((part for part in map(part_of, name.split("/")[:-1]) if part), "")


class PassedOver:
    """Counts by suffix the files of a tree that are neither pictures nor videos."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, file: Path) -> None:
        """One more file."""
        self._counts[clean_name(file.suffix).lower()[:12] or "without suffix"] += 1

    def counts(self) -> tuple[tuple[str, int], ...]:
        """Suffix and count, the commonest first."""
        return tuple(sorted(self._counts.items(), key=lambda pair: (-pair[1], pair[0])))


def passed_over_words(counts: tuple[tuple[str, int], ...], most: int = 8) -> str:
    """``14 .wav, 3 .txt``; the rarest together as ``5 others``."""
    told = [f"{n:,} {suffix}" for suffix, n in counts[:most]]
    others = sum(n for _, n in counts[most:])
    return ", ".join(told + ([f"{others:,} others"] if others else []))
