"""Folders that the user has opened for FER Lab on the Dataset page: remembered, listed, closed again.

To open a folder means that the pages may read every corpus, picture and video in it and below it, in this
session and in later ones, until it is closed again. Nothing in it is changed. Links in it that lead out are
not followed: what is remembered is the resolved path, and every path is resolved again before it is compared.
"""

from __future__ import annotations

import ipaddress
import os
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from fer_core.base.errors import PathError
from fer_core.base.hosts import HOSTS_VARIABLE
from fer_core.base.text import clean_name
from fer_core.files.json_files import write_whole

FILE = "opened_folders.json"
"""In FER Lab's home."""

MOST_FOLDERS = 64
MAX_BYTES = 1_000_000
_MAX_LENGTH = 4096
_VERSION = 1
_LOCK = threading.Lock()  # two tabs are two threads of one server

_SYSTEM = tuple(
    Path(p)
    for p in (
        "/bin",
        "/boot",
        "/dev",
        "/etc",
        "/lib",
        "/lib32",
        "/lib64",
        "/proc",
        "/sbin",
        "/sys",
        "/usr",
        "/private/etc",
        "/System",
        "/Library",
        "C:/Windows",
        "C:/Program Files",
        "C:/Program Files (x86)",
    )
)
"""Nothing in them is a corpus."""

_TOO_WIDE = frozenset(
    Path(p)
    for p in (
        "/home",
        "/media",
        "/mnt",
        "/opt",
        "/private",
        "/private/var",
        "/root",
        "/run",
        "/srv",
        "/tmp",  # noqa: S108
        "/Users",
        "/var",
        "/var/tmp",  # noqa: S108
        "/Volumes",
        "C:/Users",
    )
)
"""Folders of many people's or programs' things: one of those inside can be opened."""

_PRIVATE = frozenset({".ssh", ".gnupg", ".aws", ".kube", ".docker"})
"""Folders of keys and passwords, wherever they lie."""


def is_local(address: str | None) -> bool:
    """Whether a server bound to this address is reached from this machine alone.

    None and "" are Streamlit's words for all of a machine's addresses. A server that has further names
    (`HOSTS_VARIABLE`) stands behind another one and is reached through that.
    """
    if os.environ.get(HOSTS_VARIABLE, "").strip():
        return False
    name = (address or "").strip().strip("[]").casefold()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def opened_folders(home: Path) -> tuple[Path, ...]:
    """The remembered folders and files, as they were opened, sorted; those that are gone by now too.

    Raises
    ------
    PathError
        Where the list is there but is no such list: then nothing of it counts as open.
    """
    file = home / FILE
    try:
        if file.stat().st_size > MAX_BYTES:
            raise _unreadable(file, "it is too large")
        return _checked(file, file.read_bytes())
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise _unreadable(file, error.strerror or str(error)) from error


def open_folder(home: Path, path: str | Path) -> Path:
    """Remember a folder, or a file of images, and return its resolved path.

    Raises
    ------
    PathError
        For what `to_open` refuses, a list that is full, and a home that cannot be written to.
    """
    folder = to_open(home, path)
    with _LOCK:
        known = opened_folders(home)
        if folder not in known:
            if len(known) >= MOST_FOLDERS:
                raise PathError(
                    f"{MOST_FOLDERS} folders are open already", where=str(folder), fix="close one of them first"
                )
            _write(home, (*known, folder))
    return folder


def close_folder(home: Path, folder: Path) -> None:
    """Forget a remembered folder; one that is not remembered is no error. Raises as `opened_folders`."""
    with _LOCK:
        known = opened_folders(home)
        if folder in known:
            _write(home, tuple(f for f in known if f != folder))


def close_all(home: Path) -> None:
    """Forget all remembered folders, also where the list cannot be read."""
    with _LOCK:
        _write(home, ())


def to_open(home: Path, path: str | Path) -> Path:
    """What would be opened: the resolved path, links followed.

    Raises
    ------
    PathError
        For text that is no path, what is not there or cannot be listed, and what is too much to open: a whole
        disk, the user's whole home, FER Lab's own folder, the system's folders, folders of keys.
    """
    try:
        place = Path(str(path).strip()).expanduser()
        if not place.is_absolute():
            raise PathError(
                "this is not a whole path",
                where=repr(str(path))[:120],
                fix="give the path from its beginning, as in /home/anna/corpus",
            )
        place = place.resolve()
        str(place).encode()
        there, is_file = place.exists(), place.is_file()
        if there and not is_file:
            with os.scandir(place) as entries:
                next(entries, None)
    except PermissionError as error:
        raise PathError("the folder cannot be listed", where=str(path), fix="check its permissions") from error
    except UnicodeEncodeError as error:
        raise PathError(
            "the folder's name is not UTF-8, so it cannot be remembered", where=clean_name(str(path)), fix="rename it"
        ) from error
    except (OSError, RuntimeError, ValueError) as error:  # too long, a loop of links, a NUL inside
        raise PathError("this is not a usable path", where=repr(str(path))[:120], fix="check it") from error
    if not there:
        raise PathError("there is no such folder", where=str(path), fix="check the path")
    if why := _too_much(home, place):
        raise PathError(f"this is not opened: {why}", where=str(place), fix="name the folder of the corpus")
    if is_file and place.suffix.lower() not in (".csv", ".npz"):
        zipped = place.suffix.lower() == ".zip"
        raise PathError(
            "this is a file, not a folder",
            where=str(place),
            fix="upload it" if zipped else "name the folder that holds the corpus",
        )
    return place


def _too_much(home: Path, place: Path) -> str | None:
    """Why a place is not opened, or None."""
    if place.parent == place:
        return "it is the whole disk"
    if any(place.is_relative_to(folder) for folder in _SYSTEM):
        return "it belongs to the operating system"
    if _PRIVATE & {part.casefold() for part in place.parts}:
        return "it is a folder for keys and passwords"
    with suppress(OSError, RuntimeError):  # a user without a home
        if Path.home().resolve().is_relative_to(place):
            return "it holds everything of yours, letters and keys too"
    if place in _TOO_WIDE:
        return "it holds what many people or programs keep"
    if home.is_relative_to(place) or place.is_relative_to(home):
        return "it holds FER Lab's own files"
    return None


@cache
def _shape() -> Any:
    """What the list looks like. Made when first needed: pydantic takes a moment to load."""
    from pydantic import BaseModel, ConfigDict, Field

    class Stored(BaseModel):
        model_config = ConfigDict(strict=True, extra="forbid")
        version: int = Field(ge=_VERSION, le=_VERSION)
        folders: list[str] = Field(max_length=MOST_FOLDERS)

    return Stored


def _checked(file: Path, content: bytes) -> tuple[Path, ...]:
    try:
        found = [Path(f) for f in _shape().model_validate_json(content).folders]
    except (ValueError, RecursionError) as error:
        raise _unreadable(file, "it was changed or damaged") from error
    if any(not f.is_absolute() or f.parent == f or len(str(f)) > _MAX_LENGTH or "\0" in str(f) for f in found):
        raise _unreadable(file, "it names what cannot be opened")
    return tuple(sorted(set(found)))


def _write(home: Path, folders: tuple[Path, ...]) -> None:
    file = home / FILE
    try:
        home.mkdir(parents=True, exist_ok=True)
        write_whole(file, {"version": _VERSION, "folders": sorted(map(str, folders))})
    except OSError as error:
        raise PathError(
            f"the list of opened folders cannot be written ({error.strerror or error})",
            where=str(file),
            fix="set FER_LAB_HOME to a folder you may write to",
        ) from error


def _unreadable(file: Path, why: str) -> PathError:
    return PathError(
        f"the list of opened folders cannot be read ({why}), so none of them is open",
        where=str(file),
        fix="begin a new list on the Dataset page",
    )
