"""What comes in through the browser: archives unpacked safely, single files under safe names.

A zip is a stranger's: it may name files outside the folder, hold links, claim small sizes and
unpack to gigabytes. It is looked at whole before anything is written, counted again while it is
written, and moved into place only when it is complete.
"""

from __future__ import annotations

import io
import lzma
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from fer_core.base.errors import CorpusError, MediaError
from fer_core.base.text import clean_name
from fer_core.datasets.signatures import IMAGE_WORDS, VIDEO_WORDS, is_image_name, is_video_name
from fer_core.files.archives import list_bytes, list_end

MAX_BYTES = 2 * 1024**3
MAX_FILES = 50_000
MAX_RATIO = 200
"""Unpacked bytes per packed byte; pictures and videos stay below 20, deflate's bombs reach 1000."""

RATIO_FREE_BYTES = 50 * 1024**2
"""Archives that unpack to less than this may have any ratio: they do no harm."""

MAX_DEPTH = 40
"""Folders within each other; corpora have at most five levels."""

MAX_MEDIA_BYTES = 500 * 1024**2

TABLES = (".csv", ".npz")
"""Single files that may hold a corpus of images."""

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_OTHER_METHODS = {
    6: "Implode",
    9: "Deflate64, as Windows does with large files",
    93: "Zstandard",
    95: "XZ",
    96: "JPEG",
    98: "PPMd",
    99: "AES encryption",
}
_CHUNK = 1024**2
_DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError, ValueError)
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
_MAX_NAME_BYTES = 120
_CENTRAL_ENTRY_BYTES = 512


def unpack_zip(
    file: str | Path | bytes | IO[bytes], into: Path, *, max_bytes: int = MAX_BYTES, max_files: int = MAX_FILES
) -> Path:
    """Unpack a zip archive into a new folder and return it.

    Hidden files and macOS's ``__MACOSX`` are passed over.

    Parameters
    ----------
    file : path, bytes or binary file
        The archive.
    into : Path
        The folder to make; it must not hold anything yet.
    max_bytes : int
        Most bytes the unpacked files may have together.
    max_files : int
        Most files the archive may hold.

    Raises
    ------
    CorpusError
        One sentence, for what is no zip, is damaged or encrypted, is too large or too tightly
        packed, or holds a path that leads out of the folder, a link or a name twice. Nothing
        is left behind.
    """
    name = _name_of(file)
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise CorpusError("there is already something in this folder", where=str(into), fix="choose another name")
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        # Beside the target, so that the last step is a rename on one disk.
        temporary = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=into.parent))
        try:
            with _opened(file) as stream, zipfile.ZipFile(_checked(stream, name, max_files)) as archive:
                entries = _checked_entries(archive, name, max_bytes, max_files)
                _write_all(archive, entries, temporary, name, max_bytes)
            if into.exists():
                into.rmdir()
            # mkdtemp makes it private to the owner; a corpus folder is like any other.
            temporary.chmod(0o755)
            temporary.replace(into)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except _DAMAGE as error:
        what = "the file is not a zip archive, or is damaged"
        raise CorpusError(what, where=name, fix="make the archive again and upload it whole") from error
    except OSError as error:
        what = f"the archive cannot be unpacked ({error.strerror or error})"
        raise CorpusError(what, where=name, fix="free some disk space or shorten the names in it") from error
    return into


def save_upload(file: bytes | IO[bytes], name: str, into: Path, *, max_bytes: int = MAX_MEDIA_BYTES) -> Path:
    """Write one uploaded photo or video into a folder under a safe name, and return its path.

    The name loses any folder part and control characters but keeps spaces and letters of any
    script; where a file of that name exists, a number is added.

    Raises
    ------
    MediaError
        For a name that is no image's or video's, for no bytes, too many, or no disk space.
    """
    safe = safe_name(name)
    if not (is_image_name(safe) or is_video_name(safe)):
        raise MediaError(
            "the file is neither an image nor a video by its name",
            where=repr(name)[:120],
            fix=f"use {IMAGE_WORDS}, or {VIDEO_WORDS}",
        )
    return _stored(file, safe, into, max_bytes, "cut the clip or make it smaller")


def save_table(file: bytes | IO[bytes], name: str, into: Path, *, max_bytes: int = MAX_BYTES) -> Path:
    """Write one uploaded .csv or .npz of images into a folder under a safe name, and return its path.

    Nothing of it is read but what says that it is a corpus of images (`recognise_images`).

    Raises
    ------
    CorpusError
        For a file that is no corpus of images; nothing is left behind.
    MediaError
        For no bytes, too many, or no disk space.
    """
    from fer_core.datasets.images.catalog import LAYOUTS, recognise_images

    path = _stored(file, safe_name(name), into, max_bytes, "put it into the data folder")
    if path.suffix.lower() in TABLES and recognise_images(path) is not None:
        return path
    path.unlink()
    raise CorpusError("the file is no corpus of images that is known", where=safe_name(name), fix=LAYOUTS)


def store_file(file: bytes | IO[bytes], name: str, into: Path, *, max_bytes: int = MAX_BYTES) -> Path:
    """Write one uploaded file of any kind into a folder under a safe name, and return its path.

    Raises
    ------
    MediaError
        For no bytes, too many, or no disk space.
    """
    return _stored(file, safe_name(name), into, max_bytes, "put it into the data folder")


def _stored(file: bytes | IO[bytes], name: str, into: Path, max_bytes: int, smaller: str) -> Path:
    """A file under a free name in a folder, whole or not at all. Raises `MediaError`."""
    stream = io.BytesIO(file) if isinstance(file, bytes) else file
    try:
        into.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(prefix=".upload-", dir=into, delete=False) as out:
            temporary = Path(out.name)
            try:
                _copy(stream, out, name, max_bytes, smaller)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
        return temporary.replace(_free_name(into, name))
    except OSError as error:
        what = f"the file cannot be stored ({error.strerror or error})"
        raise MediaError(what, where=name, fix="free some disk space") from error


def safe_name(name: str) -> str:
    """A file name that stays in its folder on every system: ``../a:b.png`` becomes ``a_b.png``."""
    last = _FORBIDDEN.sub("_", name.replace("\\", "/").rpartition("/")[2])
    last = clean_name(last).strip(". ")
    stem, dot, suffix = last.rpartition(".")
    stem, suffix = (stem, suffix) if dot else (suffix, "")
    if _RESERVED.fullmatch(stem):
        stem = f"_{stem}"
    room = _MAX_NAME_BYTES - len(suffix.encode())
    stem = stem.encode()[: max(room, 1)].decode(errors="ignore").strip() or "upload"
    return f"{stem}.{suffix}" if suffix else stem


def _name_of(file: str | Path | bytes | IO[bytes]) -> str:
    """How to call the archive in a message."""
    if isinstance(file, (str, Path)):
        return Path(file).name
    return Path(str(getattr(file, "name", "") or "the uploaded archive")).name


@contextmanager
def _opened(file: str | Path | bytes | IO[bytes]) -> Iterator[IO[bytes]]:
    """The archive as a seekable stream; one the caller opened stays open."""
    if isinstance(file, bytes):
        yield io.BytesIO(file)
    elif isinstance(file, (str, Path)):
        with Path(file).open("rb") as stream:
            yield stream
    else:
        yield file


def _checked(stream: IO[bytes], name: str, max_files: int) -> IO[bytes]:
    """The same stream, refused where the archive's list of files alone would fill the memory.

    `zipfile` reads the whole list on opening: millions of empty files fit into a small upload. So its length
    and, header by header, its entries are counted first.
    """
    listed = list_bytes(stream)
    if listed > max_files * _CENTRAL_ENTRY_BYTES:
        raise _too_many(name, max_files)
    stream.seek(max(0, list_end(stream) - listed))
    entries = stream.read(listed)
    at = count = 0
    while entries.startswith(b"PK\x01\x02", at):
        count += 1
        if count > max_files:
            raise _too_many(name, max_files)
        lengths = (int.from_bytes(entries[at + k : at + k + 2], "little") for k in (28, 30, 32))
        at += 46 + sum(lengths)  # the header, then name, extra field and comment
    stream.seek(0)
    return stream


def _checked_entries(
    archive: zipfile.ZipFile, name: str, max_bytes: int, max_files: int
) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """The files to write and where, if the whole archive is harmless by its own account."""
    infos = archive.infolist()
    if len(infos) > max_files:
        raise _too_many(name, max_files)
    paths = [(info, _safe_path(info, name)) for info in infos]
    wanted = [(info, path) for info, path in paths if not info.is_dir() and not _hidden(path)]
    if not wanted:
        raise CorpusError("the archive holds no file", where=name, fix="zip the corpus folder and upload that")
    total, packed = sum(i.file_size for i, _ in wanted), sum(i.compress_size for i, _ in wanted)
    if total > max_bytes:
        raise _too_large(name, max_bytes)
    if total > RATIO_FREE_BYTES and total > MAX_RATIO * max(packed, 1):
        what = f"the archive would grow {total // max(packed, 1)}-fold, as no pictures do"
        raise CorpusError(what, where=name, fix="upload an archive of pictures or videos only")
    return wanted


def _safe_path(info: zipfile.ZipInfo, name: str) -> PurePosixPath:
    """Where an entry goes, relative to the folder; `CorpusError` for one that leads elsewhere."""
    told = _decoded(info).replace("\\", "/")
    path = PurePosixPath(told)
    mode = info.external_attr >> 16
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", told) or "\x00" in told:
        what, fix = ("leads out of the folder it is unpacked to", "make the archive again from the corpus folder")
    elif stat.S_ISLNK(mode):
        what, fix = "is a link", "put the files themselves into the archive"
    elif stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        what, fix = "is neither a file nor a folder", "leave it out of the archive"
    elif info.flag_bits & 0x1:
        what, fix = "is encrypted", "make the archive again without a password"
    elif info.compress_type not in _METHODS:
        method = _OTHER_METHODS.get(info.compress_type, f"method {info.compress_type}")
        what, fix = f"is packed by {method}, which is not read here", "make the archive again with Deflate"
    elif len(path.parts) > MAX_DEPTH:
        what, fix = f"lies more than {MAX_DEPTH} folders deep", "leave it out, or move it up"
    else:
        return path
    raise CorpusError(f"the entry {told[:80]!r} {what}", where=name, fix=fix)


def _decoded(info: zipfile.ZipInfo) -> str:
    """The entry's name; macOS writes UTF-8 without the flag that says so, and `zipfile` reads cp437."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _hidden(path: PurePosixPath) -> bool:
    return not path.parts or any(p.startswith(".") or p == "__MACOSX" for p in path.parts)


def _write_all(
    archive: zipfile.ZipFile,
    entries: list[tuple[zipfile.ZipInfo, PurePosixPath]],
    folder: Path,
    name: str,
    max_bytes: int,
) -> None:
    """Write the entries, counting the bytes that really come out: a header's size can lie."""
    left = max_bytes
    for info, path in entries:
        target = folder / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(info) as source, target.open("xb") as out:
                while chunk := source.read(_CHUNK):
                    left -= len(chunk)
                    if left < 0:
                        raise _too_large(name, max_bytes)
                    out.write(chunk)
        except (FileExistsError, NotADirectoryError) as error:
            what = f"the archive holds {str(path)[:80]!r} twice"
            raise CorpusError(what, where=name, fix="make the archive again from the corpus folder") from error


def _copy(stream: IO[bytes], out: IO[bytes], name: str, max_bytes: int, smaller: str) -> None:
    written = 0
    while chunk := stream.read(_CHUNK):
        written += len(chunk)
        if written > max_bytes:
            what = f"the file is larger than {max_bytes / 1024**2:.0f} MB"
            raise MediaError(what, where=name, fix=smaller)
        out.write(chunk)
    if not written:
        raise MediaError("the file is empty (0 bytes)", where=name, fix="upload it again")


def _free_name(folder: Path, name: str) -> Path:
    """The path for a name in a folder, with a number where it is taken."""
    path, number = folder / name, 2
    while path.exists():
        path = folder / f"{Path(name).stem} ({number}){Path(name).suffix}"
        number += 1
    return path


def _too_large(name: str, max_bytes: int) -> CorpusError:
    what = f"the archive would unpack to more than {max_bytes / 1024**2:.0f} MB"
    return CorpusError(what, where=name, fix="upload a part of the corpus, or copy it into the data folder")


def _too_many(name: str, max_files: int) -> CorpusError:
    what = f"the archive holds more than {max_files} files"
    return CorpusError(what, where=name, fix="upload a part of the corpus, or copy it into the data folder")
