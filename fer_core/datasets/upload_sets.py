"""What came through the browser, sorted by what can be made of it; loose files made into a corpus.

The kinds are told by name here, as a browser hands out names first; bytes are looked at when a file is read.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Literal

from fer_core.base.emotions import EMOTIONS, find_emotion
from fer_core.base.errors import CorpusError, MediaError
from fer_core.base.text import clean_name, name_key
from fer_core.datasets.patterns import emotion_of
from fer_core.datasets.people import is_no_name
from fer_core.datasets.signatures import IMAGE_SUFFIXES, VIDEO_SUFFIXES, is_image_name, is_video_name
from fer_core.datasets.subjects import SUBJECTS_FILE
from fer_core.datasets.uploads import MAX_MEDIA_BYTES, TABLES, safe_name, save_upload
from fer_core.files.csv_files import read_text, records, write_csv

Kind = Literal["archive", "table", "list", "picture", "video"]

MOST_FILES = 2000
"""Loose files of one upload."""

LISTS = ("labels.csv", SUBJECTS_FILE)
"""A csv of one of these names says something of the files beside it."""

_COLUMNS = (
    ("file", "clip", "filename", "image", "video", "path", "name"),
    ("emotion", "label", "expression"),
    ("subject", "person"),
)
_UNPACK, _JPEG, _SOUND = "unpack it and zip the folder", "save it as JPEG", "a sound shows no face"
_ADVICE = {
    ".rar": _UNPACK,
    ".7z": _UNPACK,
    ".tar": _UNPACK,
    ".gz": _UNPACK,
    ".tgz": _UNPACK,
    ".xlsx": "save the sheet as .csv",
    ".xls": "save the sheet as .csv",
    ".parquet": "save it as .npz, or unpack the pictures into folders by emotion",
    ".npy": "save images and labels together as .npz",
    ".mat": "save images and labels as .npz",
    ".dng": _JPEG,
    ".cr2": _JPEG,
    ".nef": _JPEG,
    ".svg": "save it as PNG",
    ".m3u8": "upload the video itself",
    ".mp3": _SOUND,
    ".wav": _SOUND,
}


@dataclass(frozen=True)
class Unusable:
    """An uploaded file that nothing can be made of."""

    name: str
    why: str
    fix: str = ""


@dataclass(frozen=True)
class Sorted:
    """Uploaded files by kind, as positions in the upload, and those that cannot be used."""

    archives: tuple[int, ...] = ()
    tables: tuple[int, ...] = ()
    lists: tuple[int, ...] = ()
    pictures: tuple[int, ...] = ()
    videos: tuple[int, ...] = ()
    unusable: tuple[Unusable, ...] = ()

    @property
    def loose(self) -> tuple[int, ...]:
        """Pictures and videos, in the upload's order."""
        return tuple(sorted((*self.pictures, *self.videos)))


@dataclass(frozen=True)
class Labelled:
    """What is said of one loose file: which emotion, and who it shows ("" for nobody knows)."""

    name: str
    emotion: str
    subject: str = ""


def kind_of(name: str) -> Kind | None:
    """What a file is by its name; None for what cannot be used."""
    suffix = Path(name).suffix.lower()
    if suffix == ".zip":
        return "archive"
    if suffix in TABLES:
        return "list" if name_key(Path(name).name) in LISTS else "table"
    return "picture" if is_image_name(name) else "video" if is_video_name(name) else None


def sort_uploads(files: Sequence[tuple[str, int]], *, max_bytes: int = MAX_MEDIA_BYTES) -> Sorted:
    """Sort (name, size in bytes) pairs of an upload; every file is in exactly one place of the answer."""
    places: dict[Kind, list[int]] = {"archive": [], "table": [], "list": [], "picture": [], "video": []}
    unusable: list[Unusable] = []
    seen: set[tuple[str, int]] = set()
    loose = 0
    for at, (name, size) in enumerate(files):
        kind = kind_of(name)
        single = kind in ("picture", "video")
        if refused := _refused(name, size, kind, max_bytes if single else None):
            unusable.append(refused)
        elif (name, size) in seen:
            unusable.append(Unusable(clean_name(name), "it is there twice"))
        elif single and loose >= MOST_FILES:
            unusable.append(Unusable(clean_name(name), f"more than {MOST_FILES} loose files", "zip the folder"))
        elif kind:
            loose += single
            seen.add((name, size))
            places[kind].append(at)
    if not loose:  # a list needs what it tells of
        why, fix = "a list says something of files beside it, and there are none", "upload them together"
        unusable += [Unusable(clean_name(files[at][0]), why, fix) for at in places["list"]]
        places["list"] = []
    archives, tables, lists, pictures, videos = (tuple(found) for found in places.values())
    return Sorted(archives, tables, lists, pictures, videos, tuple(unusable))


def formats_words() -> str:
    """All endings that an upload may have, pictures and videos by the lists that readers go by."""
    listed = (" ".join(sorted(s.lstrip(".") for s in group)) for group in (IMAGE_SUFFIXES, VIDEO_SUFFIXES))
    pictures, videos = listed
    return f"Archives: zip. Tables of images: csv, npz. Pictures: {pictures}. Videos: {videos}."


def said_by_names(names: Sequence[str]) -> list[Labelled]:
    """What file names say by themselves: an emotion's word; nobody is guessed."""
    return [Labelled(name, _emotion_in(Path(name).stem) or "") for name in names]


def said_by_lists(
    said: Sequence[Labelled], lists: Sequence[tuple[str, bytes]]
) -> tuple[list[Labelled], tuple[Unusable, ...]]:
    """What uploaded lists (name, content) add to what is said of files; a list goes before a name.

    A list has the columns ``file`` or ``clip``, and ``emotion``, ``subject`` or both; names are compared
    without folders, endings and case. Lists that cannot be read, and rows that name no file, are given back.
    """
    found = list(said)
    places = {name_key(Path(s.name).stem): k for k, s in enumerate(said)}
    left: list[Unusable] = []
    for name, content in lists:
        strangers = 0
        try:
            rows = records(read_text(content, kind=CorpusError), kind=CorpusError, where=clean_name(name))
            header = [name_key(cell) for cell in next(rows, (0, []))[1]]
            columns = [_column(header, names) for names in _COLUMNS]
            if columns[0] is None or columns[1:] == [None, None]:
                raise CorpusError("it lacks the columns file and emotion, or clip and subject")
            for _, cells in rows:
                file, emotion, subject = ("" if k is None or k >= len(cells) else cells[k] for k in columns)
                at = places.get(name_key(PurePosixPath(file.replace("\\", "/")).stem))
                if at is None:
                    strangers += bool(file.strip())
                    continue
                before = found[at]
                told = emotion_of(emotion) if emotion.strip() else before.emotion
                found[at] = Labelled(before.name, told or "", clean_name(subject) or before.subject)
        except CorpusError as error:
            left.append(Unusable(clean_name(name), error.what, error.fix))
        if strangers:
            left.append(Unusable(clean_name(name), f"{strangers} of its rows name no uploaded file"))
    return found, tuple(left)


def store_tables(files: Sequence[tuple[str, IO[bytes]]], into: Path) -> Path:
    """Store tables that belong together in a new folder, as FERPlus's votes and FER2013's images do.

    Raises
    ------
    CorpusError, MediaError
        Where they are no corpus of images together; nothing is left behind.
    """
    from fer_core.datasets.images.catalog import LAYOUTS, recognise_images
    from fer_core.datasets.uploads import store_file

    try:
        for name, stream in files:
            store_file(stream, name, into)
        if recognise_images(into) is None:
            raise CorpusError(
                "these tables are no corpus of images together",
                where=", ".join(clean_name(name) for name, _ in files),
                fix=f"upload one alone, or {LAYOUTS}",
            )
    except BaseException:
        shutil.rmtree(into, ignore_errors=True)
        raise
    return into


def store_labelled(
    files: Sequence[tuple[bytes | IO[bytes], Labelled]], into: Path, *, max_bytes: int = MAX_MEDIA_BYTES
) -> tuple[Path, tuple[Unusable, ...]]:
    """Make loose files into a corpus: a folder per emotion, and a list of subjects where any is known.

    Parameters
    ----------
    files : (content, what is said of it)
        Files without an emotion are named among what was not used.
    into : Path
        The folder to make; it must not be there.

    Raises
    ------
    CorpusError
        Where no file can be used, the folder is there or cannot be written; nothing is left behind.
    """
    if into.exists():
        raise CorpusError("there is already something in this folder", where=str(into), fix="choose another name")
    left: list[Unusable] = []
    rows: list[tuple[str, str]] = []
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".making-", dir=into.parent))
        try:
            for content, said in files:
                shown = clean_name(said.name)
                if said.emotion not in EMOTIONS:
                    left.append(Unusable(shown, "no emotion is said of it", "choose one in the table"))
                    continue
                try:
                    stored = save_upload(content, said.name, temporary / said.emotion, max_bytes=max_bytes)
                except MediaError as error:
                    left.append(Unusable(shown, error.what, error.fix))
                    continue
                if subject := clean_name(said.subject):
                    rows.append((f"{said.emotion}/{stored.name}", subject))
            if not any(temporary.iterdir()):
                raise CorpusError(
                    "no file can be used",
                    where=clean_name(into.name),
                    fix="say an emotion of at least one picture or video",
                )
            if rows:
                write_csv(temporary / SUBJECTS_FILE, [("clip", "subject"), *rows])
            temporary.chmod(0o755)
            temporary.replace(into)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise CorpusError(
            f"the corpus cannot be stored ({error.strerror or error})", where=str(into), fix="free some disk space"
        ) from error
    return into, tuple(left)


def corpus_name(names: Sequence[str]) -> str:
    """A safe folder name for a corpus of these files: what they begin with, or ``my_clips``."""
    stems = Counter(Path(safe_name(n)).stem.partition("_")[0].strip() for n in names)
    common, times = stems.most_common(1)[0] if stems else ("", 0)
    own = times > len(names) / 2 and len(names) > 1 and not is_no_name(common)
    return safe_name(common) if own else "my_clips"


def _column(header: Sequence[str], names: Sequence[str]) -> int | None:
    return next((header.index(n) for n in names if n in header), None)


def _emotion_in(stem: str) -> str | None:
    """The one emotion that a word of a name says; None where none does, or several do."""
    words = re.split(r"[\W\d_]+|(?<=[a-z])(?=[A-Z])", stem)
    found = {find_emotion(word) for word in words if len(word) > 2}  # "an" and "di" are words, too
    found.discard(None)
    return found.pop() if len(found) == 1 else None


def _refused(name: str, size: int, kind: Kind | None, max_bytes: int | None) -> Unusable | None:
    shown = clean_name(name)
    if kind is None:
        suffix = Path(name).suffix.lower()
        why = f"{suffix} is neither a picture, a video, a .zip nor a table" if suffix else "it has no ending"
        return Unusable(shown, why, _ADVICE.get(suffix, ""))
    if not size:
        return Unusable(shown, "the file is empty (0 bytes)", "upload it again")
    if max_bytes is not None and size > max_bytes:
        return Unusable(shown, f"it is larger than {max_bytes // 1024**2} MB", "cut the clip or make it smaller")
    return None
