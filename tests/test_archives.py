"""How long an archive's list is, read from its end: classic, ZIP64, commented, cut off."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from fer_core.files.archives import check_arrays, list_bytes


def archive(members: int, comment: bytes = b"", prefix: bytes = b"") -> io.BytesIO:
    """A zip archive of empty members."""
    target = io.BytesIO(prefix)
    target.seek(len(prefix))
    with zipfile.ZipFile(target, "a") as opened:
        for k in range(members):
            opened.writestr(f"{k}.npy", b"")
        opened.comment = comment
    target.seek(0)
    return target


@pytest.mark.parametrize(("comment", "prefix"), [(b"", b""), (b"PK\x05\x06", b""), (b"c" * 65_535, b"x" * 9)])
def test_the_list_of_a_classic_archive(comment: bytes, prefix: bytes) -> None:
    found = archive(3, comment, prefix)
    if b"PK" in comment:
        with pytest.raises(zipfile.BadZipFile):
            list_bytes(found)
        return
    assert list_bytes(found) == 3 * (46 + len("0.npy"))


def test_the_list_of_a_zip64_archive_is_the_wide_one() -> None:
    """More than 65,535 members make `zipfile` write both records; a marker stands in the classic one."""
    found = archive(66_000)
    assert list_bytes(found) > 66_000 * 46
    raw = bytearray(found.getvalue())
    at = raw.rfind(b"PK\x05\x06")
    raw[at + 12 : at + 16] = (46).to_bytes(4, "little")  # the classic record lies
    assert list_bytes(io.BytesIO(bytes(raw))) > 66_000 * 46


@pytest.mark.parametrize("content", [b"", b"PK", b"x" * 100, b"PK\x05\x06" + b"\0" * 10])
def test_what_is_no_archive(content: bytes) -> None:
    with pytest.raises(zipfile.BadZipFile):
        list_bytes(io.BytesIO(content))


def test_arrays_within_bounds_and_beyond(tmp_path: Path) -> None:
    file = tmp_path / "a.npz"
    np.savez(file, a=np.zeros(10), b=np.zeros(10))
    check_arrays(file, 1_000)
    with pytest.raises(ValueError, match="more than 1 arrays"):
        check_arrays(file, 1_000, most=1)
    with pytest.raises(ValueError, match="take more than"):
        check_arrays(file, 300)
