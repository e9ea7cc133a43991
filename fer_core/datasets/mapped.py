"""A tree of pictures or videos that no format knows, read as its user says: by a list, a pattern, or both."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from fer_core.base.errors import CorpusError
from fer_core.base.text import clean_name, name_key
from fer_core.datasets.base import Clip, Corpus, Omission
from fer_core.datasets.named import open_tree
from fer_core.datasets.names import NameReading, Names, read_name
from fer_core.datasets.parts import part_of
from fer_core.datasets.patterns import Pattern, compile_pattern, emotion_of
from fer_core.datasets.scan import Scan, shortened
from fer_core.datasets.tree import folder_part, walk
from fer_core.files.csv_files import read_text, records

MAX_BYTES = 64_000_000
"""Of a list of labels: half a million rows."""

MAX_ATTRIBUTES = 12
"""Columns of a list that become attributes; the others are passed over."""

_FILE = ("file", "clip", "path", "filename", "file_name", "image", "video", "name", "filepath", "file_path")
_EMOTION = ("emotion", "label", "expression", "emotions", "class")
_SUBJECT = ("subject", "person", "actor", "participant", "subject_id", "speaker")
_NOT_ATTRIBUTES = re.compile(r"|index|id|unnamed.*|x\d?|y\d?|w|h|width|height|left|top|valence|arousal|.*(_x|_y|box)")
_FIX = "give it the columns file,emotion, and subject, part, view where they are known"


@dataclass(frozen=True)
class _Row:
    number: int
    file: str
    emotion: str
    subject: str
    attributes: tuple[tuple[str, str], ...]


class MappedReader:
    """Reads names by a list of labels first, and by a pattern for what the list does not say."""

    def __init__(self, names: Names, pattern: Pattern | None, by_file: dict[str, _Row]) -> None:
        self._names, self._pattern, self._by_file = names, pattern, by_file

    @property
    def title(self) -> str:
        """Whose names they are."""
        told = [f"the pattern {self._pattern.text}"] if self._pattern else []
        return " and ".join([*([f"the list {self._names.labels.name}"] if self._names.labels else []), *told])

    def of_file(self, file: str) -> NameReading | None:
        """What the list and the pattern say of a file; None where neither says anything."""
        return self._read(file, self._by_file.get(file))

    def of_folder(self, folder: str) -> NameReading | None:
        """Of a folder of frames: what the list says of it."""
        row = self._by_file.get(folder)
        return None if row is None else self._read(folder, row, by_pattern=False)

    def with_beside(self, path: Path, reading: NameReading) -> tuple[NameReading, Path | None]:
        """The reading as it is."""
        return reading, None

    def _read(self, name: str, row: _Row | None, *, by_pattern: bool = True) -> NameReading | None:
        reading = None
        if self._pattern is not None and by_pattern:
            reading = read_name(self._pattern, name, self._names.codes)
            reading = None if reading.why and self._pattern.read(name) is None else reading
        if row is None:
            return reading
        reading = reading or NameReading(name)
        emotion = emotion_of(row.emotion, self._names.codes) or ""
        why = f"{row.emotion!r} is no emotion" if row.emotion and not emotion else ""
        own = dict(row.attributes)
        others = tuple((key, value) for key, value in reading.attributes if key not in own)
        return replace(
            reading,
            subject=row.subject or reading.subject,
            emotion=emotion or reading.emotion,
            attributes=(*others, *row.attributes),
            why=why or ("" if row.emotion else reading.why),
        )


def open_mapped(root: Path, names: Names) -> Corpus:
    """Open a tree as `names` says.

    Raises
    ------
    CorpusError
        Where the list cannot be read, and where nothing under the folder is labelled.
    SettingError
        For a pattern that is none.
    """
    pattern = compile_pattern(names.pattern) if names.pattern else None
    rows = _read_labels(names.labels) if names.labels else []
    by_file, omissions = _matched(root, rows, names.labels)
    reader = MappedReader(names, pattern, by_file)
    used = [file for file in (names.labels, names.subjects) if file]
    corpus = open_tree(root, "mapped", reader, names.subjects, used=used, folders_first=False)
    clips = tuple(_with_part(c) for c in corpus.clips)
    return replace(corpus, clips=clips, omissions=(*omissions, *corpus.omissions))


def _with_part(clip: Clip) -> Clip:
    """The clip with its part in our words, of the list or of a folder."""
    told = dict(clip.attributes)
    part = part_of(told["part"]) if "part" in told else folder_part(clip.clip_id)
    if part:
        told["part"] = part
    return replace(clip, attributes=tuple(told.items()))


def _read_labels(file: Path) -> list[_Row]:
    text = read_text(file, MAX_BYTES, kind=CorpusError, fix="save it again as CSV in UTF-8")
    lines = records(text, kind=CorpusError, where=file.name)
    header = [name_key(name) for name in next(lines, (1, []))[1]]
    places = [_place(header, names) for names in (_FILE, _EMOTION, _SUBJECT)]
    at_file, at_emotion, at_subject = places
    if at_file is None or (at_emotion is None and at_subject is None):
        raise CorpusError("the list lacks the column file or emotion", where=str(file), fix=_FIX)
    named = [(k, re.sub(r"[^a-z0-9]+", "_", name).strip("_")) for k, name in enumerate(header) if k not in places]
    kept = [(k, name) for k, name in named if not _NOT_ATTRIBUTES.fullmatch(name)][:MAX_ATTRIBUTES]
    rows = []
    for number, cells in lines:
        if any(cell.strip() for cell in cells):
            padded = [clean_name(cell) for cell in cells] + [""] * len(header)
            rows.append(
                _Row(
                    number,
                    padded[at_file].replace("\\", "/").removeprefix("./"),
                    padded[at_emotion] if at_emotion is not None else "",
                    padded[at_subject] if at_subject is not None else "",
                    tuple((name, padded[k]) for k, name in kept if padded[k]),
                )
            )
    return rows


def _place(header: list[str], names: tuple[str, ...]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def _matched(root: Path, rows: list[_Row], file: Path | None) -> tuple[dict[str, _Row], list[Omission]]:
    """Rows by the name, relative to the root, of the file or folder they mean; rows that mean none are noted.

    A row may give any end of a path, with or without the suffix.
    """
    if not rows or file is None:
        return {}, []
    wanted = {name_key(row.file) for row in rows}
    meant: dict[str, list[str]] = {}
    for name in _everything(root):
        for way in _ways(name):
            if way in wanted:
                meant.setdefault(way, []).append(name)
    found: dict[str, _Row] = {}
    wrong: dict[str, list[str]] = {}
    for row in rows:
        there = meant.get(name_key(row.file), [])
        exact = [name for name in there if name_key(name) == name_key(row.file)] or there
        if why := _why_not(row, exact, found):
            wrong.setdefault(why, []).append(f"{file.name} row {row.number}: {row.file}")
        else:
            found[exact[0]] = row
    return found, [Omission(shortened(places), why, _FIX, len(places)) for why, places in wrong.items()]


def _why_not(row: _Row, names: list[str], found: dict[str, _Row]) -> str:
    if not row.file:
        return "the row names no file"
    if len(names) != 1:
        return "several files are called so; write the folder too" if names else "there is no such file"
    before = found.get(names[0])
    if before is not None and (name_key(before.emotion), before.subject) != (name_key(row.emotion), row.subject):
        return "a row above says something else of this file, and is followed"
    return ""


def _everything(root: Path) -> list[str]:
    """Names, relative to the root, of all folders and files."""
    names = []
    for folder, files in walk(Scan(root)):
        if folder != root:
            names.append(folder.relative_to(root).as_posix())
        names += [file.relative_to(root).as_posix() for file in files]
    return names


def _ways(name: str) -> set[str]:
    levels = [clean_name(level) for level in name.split("/")]
    ends = ["/".join(levels[start:]) for start in range(len(levels))]
    return {name_key(way) for end in ends for way in (end, end.rpartition(".")[0]) if way}
