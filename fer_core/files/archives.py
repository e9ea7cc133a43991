"""What a zip archive, a .npz among them, says of itself before its list of members is read.

`zipfile` reads the whole list on opening, and numpy looks every member up in it: millions of empty members
fit into a small file.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import IO

from fer_core.files.shapes import regular

MOST_ARRAYS = 4096
"""Arrays in a .npz: the largest network of the registry has a third of them."""
ENTRY_BYTES = 256
"""Of the list, at most, for one member: 46 bytes, its name, and what programs add."""

_END, _LOCATOR, _RECORD = b"PK\x05\x06", b"PK\x06\x07", b"PK\x06\x06"
_MARKER = 2**32 - 1


def list_bytes(stream: IO[bytes]) -> int:
    """How long an archive's list of members is by its own account, of ZIP64 archives too.

    Only the end of the stream is read, which is left at its beginning. Raises `zipfile.BadZipFile` where
    there is no end record.
    """
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - 65_635))  # both end records, and a comment of up to 65535
    tail = stream.read()
    stream.seek(0)
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        raise zipfile.BadZipFile("there is no end record")
    listed = int.from_bytes(tail[at + 12 : at + 16], "little")
    record = tail[at - 76 : at - 20] if at >= 76 else b""
    if tail[max(0, at - 20) : at].startswith(_LOCATOR) and record.startswith(_RECORD):
        wide = int.from_bytes(record[40:48], "little")
        return wide if listed == _MARKER else max(wide, listed)
    return listed


def check_arrays(file: Path, limit: int, most: int = MOST_ARRAYS) -> None:
    """Raises `ValueError` for a .npz with more arrays, or which unpacks to more bytes, than given.

    `zipfile.BadZipFile` where it is no archive, `OSError` where it cannot be read.
    """
    with regular(file).open("rb") as stream:
        if list_bytes(stream) > most * ENTRY_BYTES:
            raise ValueError(f"it holds more than {most:,} arrays")
        with zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
    if len(members) > most:
        raise ValueError(f"it holds more than {most:,} arrays")
    if sum(m.file_size for m in members) > limit:
        raise ValueError(f"its arrays take more than {limit // 1_000_000:,} MB")


def list_end(stream: IO[bytes]) -> int:
    """Where an archive's list of members ends: before the end record, or before the ZIP64 record before that.

    Raises `zipfile.BadZipFile` where there is no end record.
    """
    size = stream.seek(0, io.SEEK_END)
    start = max(0, size - 65_635)
    stream.seek(start)
    tail = stream.read()
    stream.seek(0)
    at = tail.rfind(_END)
    if at < 0:
        raise zipfile.BadZipFile("there is no end record")
    wide = tail[max(0, at - 20) : at].startswith(_LOCATOR) and tail[max(0, at - 76) :].startswith(_RECORD)
    return start + at - (76 if wide else 0)
