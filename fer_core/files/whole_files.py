"""Files that appear under their names whole or not at all, and only where a file may stand.

What is being written lies beside its target under a name of its own that ends in ``.part``; a full disk, an
error or a stop removes it, so that nothing but whole files is ever left.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from fer_core.base.errors import PathError, sentence

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FIXES = {
    **dict.fromkeys(_FULL, "free some space there, or name a folder on another disk"),
    errno.ENAMETOOLONG: "use a shorter name",
    errno.EROFS: "name a folder you may write to",
    errno.EACCES: "name a folder you may write to, or change its permissions",
    errno.EPERM: "name a folder you may write to, or change its permissions",
    errno.EMFILE: "close other programs, or allow more open files (ulimit -n)",
}


def writable_target(path: str | Path) -> Path:
    """A file's path if a file may be written there: nothing stands there yet, or a regular file.

    Made for before the work begins. Links are not followed and not replaced.

    Raises
    ------
    PathError
        For a folder, a pipe, a device, a socket or a link, and for a folder that cannot hold the file.
    """
    path = Path(path)
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        mode = 0
    except (OSError, ValueError) as error:
        raise _unusable(path, error) from error
    if mode and not stat.S_ISREG(mode):
        raise PathError(
            f"{_kind(mode)} stands where the file would go",
            where=str(path),
            fix="name a file that is new or a file that may be replaced",
        )
    _may_hold(path.parent)
    return path


def writable_folder(path: str | Path) -> Path:
    """A folder's path if files may be written into it; one that is absent is not made here.

    Raises
    ------
    PathError
        Where something else stands there, or the folder may not be written to or made.
    """
    path = Path(path)
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        mode = path.lstat().st_mode if path.is_symlink() else 0
    except (OSError, ValueError) as error:
        raise _unusable(path, error) from error
    if mode and not stat.S_ISDIR(mode):
        raise PathError(
            f"{_kind(mode)} stands where the folder would be", where=str(path), fix="name a folder, new or not"
        )
    _may_hold(path)
    return path


@contextmanager
def whole(file: Path) -> Iterator[IO[bytes]]:
    """A file to write that appears under its name once it is complete; a regular file there is replaced.

    Raises
    ------
    OSError
        With ``filename`` set, where it cannot be written; nothing is left then.
    PathError
        Where something stands there that is no file (`writable_target`).
    """
    with whole_path(file) as partial, partial.open("xb") as out:
        yield out


@contextmanager
def whole_path(file: Path) -> Iterator[Path]:
    """As `whole`, for writers that want a path: it is written there, and gets its name at the end."""
    _regular_or_absent(file)
    partial = file.with_name(f".{secrets.token_hex(6)}.part")
    try:
        yield partial
        partial.replace(file)
    except BaseException as error:
        with suppress(OSError):
            partial.unlink()
        if isinstance(error, OSError) and error.filename in (None, partial, str(partial)):
            error.filename, error.filename2 = str(file), None
        raise


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A folder to fill, whose files get their place in ``folder`` once all are written; raises as `whole`.

    What lies in ``folder`` already stays, but for files of the same names.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = folder.with_name(f".{secrets.token_hex(6)}.part")
    try:
        partial.mkdir()
        yield partial
        if not folder.exists() and not folder.is_symlink():
            partial.rename(folder)
            return
        made = sorted(partial.iterdir())
        for file in made:
            _regular_or_absent(folder / file.name)
        for file in made:
            file.replace(folder / file.name)
    except OSError as error:
        if error.filename is None or str(error.filename).startswith(str(partial)):
            error.filename, error.filename2 = str(folder), None
        raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def write_bytes(file: Path, data: bytes) -> None:
    """Write bytes, whole or not at all; raises as `whole`."""
    with whole(file) as out:
        out.write(data)


def write_text(file: Path, text: str) -> None:
    """Write UTF-8 text as it is, whole or not at all; raises as `whole`."""
    write_bytes(file, text.encode("utf-8"))


def write_arrays(file: Path, arrays: Mapping[str, Any], *, compress: bool = False) -> None:
    """Write arrays as an ``.npz`` file (`numpy.savez`), whole or not at all; raises as `whole`.

    `numpy.savez` leaves its archive open where the disk is full, which is heard of later as an ignored error.
    """
    import numpy as np

    kind = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with whole(file) as out, zipfile.ZipFile(out, "w", kind) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)


def sentence_of(error: OSError) -> str:
    """What the system refused, where, and what helps, in one sentence."""
    if isinstance(error, FileNotFoundError) and error.filename is None and not _is_somewhere():
        return sentence("the current folder does not exist any more", fix="change to another folder (cd)")
    where = str(error.filename) if error.filename is not None else ""
    return sentence(error.strerror or str(error) or type(error).__name__, where, _FIXES.get(error.errno or 0, ""))


def _is_somewhere() -> bool:
    """Whether the current folder is still there."""
    try:
        return bool(os.getcwd())  # noqa: PTH109 - asked without making a path of it
    except OSError:
        return False


def _regular_or_absent(file: Path) -> None:
    """Raises `PathError` where a file of that name would replace what is none."""
    try:
        mode = file.lstat().st_mode
    except OSError:
        return  # absent, or the writing says why not
    if not stat.S_ISREG(mode):
        raise PathError(
            f"{_kind(mode)} stands where the file would go",
            where=str(file),
            fix="name a file that is new or a file that may be replaced",
        )


def _may_hold(folder: Path) -> None:
    """Raises `PathError` where a folder that is there, or the nearest one above, takes no files."""
    try:
        there = next(f for f in (folder, *folder.absolute().parents) if f.exists())
        if not there.is_dir():
            raise PathError("a file stands where a folder is needed", where=str(there), fix="name another folder")
    except (OSError, ValueError) as error:
        raise _unusable(folder, error) from error
    if not os.access(there, os.W_OK | os.X_OK):
        raise PathError(
            "nothing may be written into this folder", where=str(there), fix="name a folder you may write to"
        )


def _unusable(path: Path, error: Exception) -> PathError:
    why = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return PathError(f"this path cannot be written to ({why})", where=repr(str(path))[:160], fix="name another one")


def _kind(mode: int) -> str:
    kinds = {
        stat.S_IFDIR: "a folder",
        stat.S_IFLNK: "a link",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    return kinds.get(stat.S_IFMT(mode), "something that is no file")
