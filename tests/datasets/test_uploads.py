"""Uploads: a stranger's archive is unpacked whole and inside its folder, or not at all."""

from __future__ import annotations

import io
import os
import resource
import stat
import struct
import warnings
import zipfile
from pathlib import Path

import pytest

from fer_core.base.errors import CorpusError, MediaError
from fer_core.datasets import uploads
from fer_core.datasets.catalog import open_corpus
from fer_core.datasets.images.catalog import open_images
from fer_core.datasets.uploads import safe_name, save_table, save_upload, unpack_zip

from .builders import picture, put_sequence


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of the named files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def refused(data: bytes, tmp_path: Path, why: str, **limits: int) -> None:
    """The archive is refused with the reason, and nothing is left on the disk."""
    into = tmp_path / "uploads" / "corpus"
    with pytest.raises(CorpusError, match=why) as caught:
        unpack_zip(data, into, **limits)
    assert caught.value.where and caught.value.fix
    assert not into.exists() and list((tmp_path / "uploads").iterdir()) == []
    assert [p.name for p in tmp_path.iterdir()] == ["uploads"]


def test_a_corpus_comes_through_whole(tmp_path: Path) -> None:
    put_sequence(tmp_path / "made" / "CK é", "S005/001", "3")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted((tmp_path / "made").rglob("*")):
            archive.write(path, path.relative_to(tmp_path / "made"))
        archive.writestr("__MACOSX/CK é/._x.png", b"x")
        archive.writestr("CK é/.DS_Store", b"x")
    into = unpack_zip(buffer, tmp_path / "new" / "corpus")
    assert open_corpus(into).counts == {"disgust": 1}
    assert sorted(p.name for p in into.iterdir()) == ["CK é"]
    assert not list(into.rglob(".*")) and list((tmp_path / "new").iterdir()) == [into]
    assert not buffer.closed


@pytest.mark.parametrize("kind", ["bytes", "path", "str", "stream"])
def test_archives_come_in_several_ways(tmp_path: Path, kind: str) -> None:
    data = zipped({"fear/anna_1.png": picture()})
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    given = {"bytes": data, "path": path, "str": str(path), "stream": io.BytesIO(data)}[kind]
    into = unpack_zip(given, tmp_path / "corpus")  # type: ignore[arg-type]
    assert (into / "fear" / "anna_1.png").read_bytes() == picture()


def test_an_empty_target_may_exist_and_a_full_one_is_kept(tmp_path: Path) -> None:
    data, into = zipped({"a.txt": b"new"}), tmp_path / "corpus"
    into.mkdir()
    unpack_zip(data, into)
    with pytest.raises(CorpusError, match="already something"):
        unpack_zip(zipped({"a.txt": b"newer"}), into)
    assert (into / "a.txt").read_bytes() == b"new"


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt",
        "a/../../evil.txt",
        "/etc/evil.txt",
        "..\\evil.txt",
        "C:\\evil.txt",
        "c:evil.txt",
        "a/..",
        "\\\\host\\x",
    ],
)
def test_paths_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    refused(zipped({"fine.txt": b"x", name: b"x"}), tmp_path, "leads out of the folder")


@pytest.mark.parametrize(("kind", "why"), [(stat.S_IFLNK, "is a link"), (stat.S_IFIFO, "neither a file nor")])
def test_links_and_pipes_are_refused(tmp_path: Path, kind: int, why: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("link")
        info.create_system, info.external_attr = 3, (kind | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    refused(buffer.getvalue(), tmp_path, why)


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    refused(zipped({"a": bytes(3000), "b": bytes(3000)}), tmp_path, "more than 0 MB", max_bytes=5000)


def test_a_bomb_is_told_by_its_ratio(tmp_path: Path) -> None:
    bomb = zipped({"a.png": bytes(uploads.RATIO_FREE_BYTES + 1)})
    assert len(bomb) < 100_000
    refused(bomb, tmp_path, "-fold, as no pictures do")


def test_a_header_that_lies_about_the_size_is_found_out(tmp_path: Path) -> None:
    """Both headers claim 10 bytes where 100 000 come out."""
    data = zipped({"a.png": bytes(100_000)})
    lying = data.replace(struct.pack("<I", 100_000), struct.pack("<I", 10))
    assert lying != data
    refused(lying, tmp_path, "not a zip archive, or is damaged")


def test_bytes_are_counted_whatever_the_headers_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the check of the headers taken away, the count while writing must still stop it."""
    trusting = uploads._checked_entries
    monkeypatch.setattr(uploads, "_checked_entries", lambda a, n, _, m: trusting(a, n, 10**12, m))
    refused(zipped({"a": bytes(4000), "b": bytes(4000)}), tmp_path, "more than 0 MB", max_bytes=5000)


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    data = zipped({f"{n}.txt": b"" for n in range(30)})
    refused(data, tmp_path, "more than 29 files", max_files=29)
    assert unpack_zip(data, tmp_path / "fits", max_files=30)


def test_a_long_list_of_files_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = zipped({f"{n:04d}.txt": b"" for n in range(200)})
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("the list was read"))
    refused(data, tmp_path, "more than 5 files", max_files=5)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not a zip"),
        (b"this is no archive", "not a zip"),
        (zipped({}), "no file"),
        (zipped({"__MACOSX/x": b"x", ".DS_Store": b"x", "empty/": b""}), "no file"),
        (zipped({"a.txt": b"hello" * 100})[:-30], "not a zip"),
    ],
)
def test_what_is_no_archive_is_one_sentence(tmp_path: Path, data: bytes, why: str) -> None:
    refused(data, tmp_path, why)


def test_damaged_content_is_found(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.txt": picture()}, zipfile.ZIP_STORED))
    data[60] ^= 0xFF
    refused(bytes(data), tmp_path, "is damaged")


def test_an_encrypted_archive_says_so(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.txt": b"x"}))
    data[data.find(b"PK\x01\x02") + 8] |= 1
    refused(bytes(data), tmp_path, "is encrypted")


@pytest.mark.parametrize("names", [("a.txt", "a.txt"), ("a", "a/b.txt"), ("a/b.txt", "a//b.txt")])
def test_a_name_twice_is_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w") as archive:
        warnings.simplefilter("ignore")
        for name in names:
            archive.writestr(name, b"x")
    refused(buffer.getvalue(), tmp_path, "twice")


def test_a_name_too_long_for_the_disk_is_one_sentence(tmp_path: Path) -> None:
    refused(zipped({"x" * 3000: b"x"}), tmp_path, "cannot be unpacked")


def test_an_absent_archive_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"absent\.zip"):
        unpack_zip(tmp_path / "absent.zip", tmp_path / "corpus")


def test_letters_survive_archives_that_do_not_mark_their_encoding(tmp_path: Path) -> None:
    """macOS writes UTF-8 names without the flag; made here by clearing it."""
    data = bytearray(zipped({"Zoë_笑.png": picture()}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark) + offset
        data[at : at + 2] = struct.pack("<H", struct.unpack("<H", data[at : at + 2])[0] & ~0x800)
    into = unpack_zip(bytes(data), tmp_path / "corpus")
    assert [p.name for p in into.iterdir()] == ["Zoë_笑.png"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("face.png", "face.png"),
        ("../../etc/face.png", "face.png"),
        ("C:\\Users\\x\\my face.JPG", "my face.JPG"),
        ("Zoë 笑.mp4", "Zoë 笑.mp4"),
        ("a:b*c\x00.png", "a_b_c_.png"),
        ("...png", "png"),
        (".hidden.png", "hidden.png"),
        ("con.png", "_con.png"),
        ("", "upload"),
        ("..", "upload"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_long_names_keep_their_ending() -> None:
    short = safe_name("é" * 500 + ".png")
    assert len(short.encode()) <= 130 and short.endswith("é.png")


def test_an_upload_is_stored_under_a_name_of_its_own(tmp_path: Path) -> None:
    into = tmp_path / "new"
    first = save_upload(picture(), "../face.png", into)
    second = save_upload(io.BytesIO(b"other"), "face.png", into)
    assert [first.name, second.name] == ["face.png", "face (2).png"]
    assert first.read_bytes() == picture() and second.read_bytes() == b"other"
    assert sorted(p.name for p in into.iterdir()) == ["face (2).png", "face.png"]


@pytest.mark.parametrize(
    ("data", "name", "why"),
    [
        (b"x", "script.py", "neither an image nor a video"),
        (b"x", "png", "neither an image nor a video"),
        (b"", "a.png", "0 bytes"),
        (bytes(2000), "a.mp4", "larger than"),
    ],
)
def test_an_upload_that_cannot_be_used_leaves_nothing(tmp_path: Path, data: bytes, name: str, why: str) -> None:
    with pytest.raises(MediaError, match=why):
        save_upload(data, name, tmp_path, max_bytes=1000)
    assert list(tmp_path.iterdir()) == []


def test_a_single_file_of_images_is_stored_and_opens(tmp_path: Path, shared_data: Path) -> None:
    source = shared_data / "fer2013_excerpt.csv"
    stored = save_table(source.read_bytes(), "../fer2013_excerpt.csv", tmp_path / "uploads")
    assert stored == tmp_path / "uploads" / "fer2013_excerpt.csv"
    assert open_images(stored).counts == open_images(source).counts


@pytest.mark.parametrize(
    ("name", "data"),
    [("notes.csv", b"a,b\n1,2\n"), ("fer2013.csv.exe", b"emotion,pixels\n0,1 2 3 4\n"), ("x.npz.zip", b"PK")],
)
def test_a_file_that_is_no_corpus_leaves_nothing(tmp_path: Path, name: str, data: bytes) -> None:
    with pytest.raises(CorpusError, match="no corpus of images"):
        save_table(data, name, tmp_path / "uploads")
    assert list((tmp_path / "uploads").iterdir()) == []
    with pytest.raises(MediaError, match="larger than"):
        save_table(b"x" * 100, "a.csv", tmp_path / "uploads", max_bytes=10)
    assert list((tmp_path / "uploads").iterdir()) == []


def as_zip64(data: bytes, *, classic: bytes = b"", files: int | None = None) -> bytes:
    """The archive with a ZIP64 record before its end record, which then holds markers or what is given."""
    at = data.rindex(b"PK\x05\x06")
    _, _, _, _, count, size, offset, _ = struct.unpack("<4s4H2LH", data[at : at + 22])
    wide = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, files or count, files or count, size, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
    end = classic or struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return data[:at] + wide + locator + end


def test_a_sound_zip64_archive_is_unpacked(tmp_path: Path) -> None:
    data = as_zip64(zipped({"fear/anna_1.png": picture(), "anger/ben_1.png": picture()}))
    assert len(zipfile.ZipFile(io.BytesIO(data)).infolist()) == 2, "others read it"
    assert open_corpus(unpack_zip(data, tmp_path / "corpus")).counts == {"anger": 1, "fear": 1}
    with zipfile.ZipFile(tmp_path / "wide.zip", "w") as archive, archive.open("a.txt", "w", force_zip64=True) as file:
        file.write(b"x")
    assert (unpack_zip(tmp_path / "wide.zip", tmp_path / "wide") / "a.txt").read_bytes() == b"x"


def _hidden(data: bytes) -> bytes:
    """Behind a ZIP64 record; the classic one tells of one small file."""
    return as_zip64(data, classic=struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 46, 0, 0))


@pytest.mark.parametrize("wrapped", ["classic", "zip64", "hidden", "hidden, with a comment", "lying count"])
def test_a_list_of_a_hundred_thousand_files_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrapped: str
) -> None:
    entry = zipped({"n": b""}, zipfile.ZIP_STORED)
    at, end = entry.index(b"PK\x01\x02"), entry.index(b"PK\x05\x06")
    many = entry[at:end] * 100_000
    last = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(many), at, 0)
    data = entry[:at] + many + last
    if wrapped == "zip64":
        data = as_zip64(data)
    elif wrapped == "hidden":
        data = _hidden(data)
    elif wrapped == "hidden, with a comment":
        data = _hidden(data)[:-2] + struct.pack("<H", 3) + b"abc"
    elif wrapped == "lying count":
        data = as_zip64(data, files=1)
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("the list was read"))
    refused(data, tmp_path, "more than 50000 files")


def test_methods_that_are_not_read_are_named(tmp_path: Path) -> None:
    for number, said in ((9, "Deflate64"), (93, "Zstandard"), (77, "method 77")):
        data = bytearray(zipped({"a.png": picture()}))
        for header, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
            place = data.index(header) + at
            data[place : place + 2] = number.to_bytes(2, "little")
        refused(bytes(data), tmp_path, f"'a.png' is packed by {said}")


def test_folders_within_folders_have_an_end(tmp_path: Path) -> None:
    refused(zipped({"a/" * 1500 + "x.png": picture()}), tmp_path, "lies more than 40 folders deep")
    assert unpack_zip(zipped({"a/" * 39 + "x.png": picture()}), tmp_path / "fits")


def test_a_disk_that_fills_up_while_unpacking_leaves_nothing(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    data = zipped({"a.png": os.urandom(200_000)})
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        refused(data, tmp_path, "cannot be unpacked")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
