"""Pixels unpacked once into the cache, so that they can be mapped instead of read.

A folder of the cache belongs to one file as it is: its path, size and time of change. It appears under
its name only when all is written. When the file changes, what was unpacked of its older form is removed.
"""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from fer_core.base.errors import CorpusError
from fer_core.base.paths import HOME_VARIABLE, cache_dir

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def unpacked(file: Path, version: str, write: Callable[[Path], None], also: tuple[Path, ...] = ()) -> Path:
    """The folder of the cache with what `write` makes of a file; `write` is called where there is none.

    Parameters
    ----------
    file : what is unpacked
    version : name of the format written; another one is another folder
    write : fills the (empty) folder it is given
    also : files whose content is unpacked along with the first one's

    Raises
    ------
    CorpusError
        Where there is no room on the disk, or the cache cannot be written; and whatever `write` raises.
    """
    folder = _place(file, version, also)
    if folder.is_dir():
        return folder
    partial: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".part-", dir=folder.parent))
        write(partial)
        _remove_older(folder)
        with suppress(OSError):  # somebody else was faster: theirs is as good
            partial.rename(folder)
    except OSError as error:
        raise _no_room(error, file) from error
    finally:
        if partial is not None:
            shutil.rmtree(partial, ignore_errors=True)
    if not folder.is_dir():
        raise CorpusError("the unpacked pixels cannot be kept", where=str(folder), fix="check its permissions")
    return folder


def forget(file: Path, version: str, also: tuple[Path, ...] = ()) -> None:
    """Remove what was unpacked of a file, as after damage."""
    shutil.rmtree(_place(file, version, also), ignore_errors=True)


def _place(file: Path, version: str, also: tuple[Path, ...]) -> Path:
    names = "\0".join([version, str(file.resolve()), *(str(other.resolve()) for other in also)])
    stats = [each.stat() for each in (file, *also)]
    which = blake2b(names.encode("utf-8", "surrogateescape"), digest_size=10)
    state = blake2b("\0".join(f"{s.st_size}\0{s.st_mtime_ns}" for s in stats).encode(), digest_size=6)
    return cache_dir() / "images" / f"{which.hexdigest()}-{state.hexdigest()}"


def _remove_older(folder: Path) -> None:
    for older in folder.parent.glob(folder.name.partition("-")[0] + "-*"):
        if older != folder:
            shutil.rmtree(older, ignore_errors=True)


def _no_room(error: OSError, file: Path) -> CorpusError:
    if error.errno in _FULL:
        return CorpusError(
            "there is no room on the disk to unpack the pixels",
            where=file.name,
            fix=f"free some space, or set {HOME_VARIABLE} to a folder on another disk",
        )
    return CorpusError(
        f"the pixels cannot be unpacked into the cache ({error.strerror or error})",
        where=str(error.filename or file),
        fix=f"check permissions, or set {HOME_VARIABLE} to a folder you may write to",
    )
