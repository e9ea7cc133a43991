"""Nothing outside a folder is read through links in it.

A folder that somebody handed out may hold links to anywhere. Those that stay in it are followed; those that
lead out are named and left. The folder itself may be a link, or lie behind one: whoever named it meant it.
"""

from __future__ import annotations

import errno
from pathlib import Path

OUTSIDE = "it is a link that leads out of its folder"


def stays(root: Path, path: Path) -> bool:
    """Whether a path, all links followed, lies in a folder; not so for a loop of links."""
    try:
        return path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        return False


def inside(root: Path, path: Path) -> Path:
    """The path with all links followed, to be opened in its stead: a link that is changed meanwhile changes
    nothing. Raises `OSError` where it leads out of the folder.
    """
    try:
        found = path.resolve()
        if found.is_relative_to(root.resolve()):
            return found
    except RuntimeError:  # a loop, before Python 3.13
        pass
    raise OSError(errno.ELOOP, OUTSIDE, str(path))


def leading_out(folder: Path) -> list[Path]:
    """Links directly in a folder that lead out of it, by name. Raises `OSError` where it cannot be listed."""
    return sorted(entry for entry in folder.iterdir() if entry.is_symlink() and not stays(folder, entry))
