"""Who is filmed in a clip of a plain folder: from a CSV, or from the name before the first underscore."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from fer_core.datasets.base import Clip
from fer_core.datasets.scan import Scan, count_of, shortened
from fer_core.errors import CorpusError
from fer_core.text import clean_name

SUBJECTS_FILE = "subjects.csv"
"""Found by itself in the root of a folder of clips."""

_COLUMNS = "give it the columns clip,subject, one row per clip"
_MAX_BYTES = 20_000_000


@dataclass(frozen=True)
class Row:
    """One row of a subjects CSV: its number as a spreadsheet counts (the header is row 1)."""

    number: int
    clip: str
    subject: str


@dataclass(frozen=True)
class SubjectTable:
    """The rows of a subjects CSV that are not blank."""

    file: Path
    rows: tuple[Row, ...]


def read_subjects(file: Path) -> SubjectTable:
    """Read a ``clip,subject`` CSV (comma, semicolon or tab; UTF-8, UTF-16 or Windows-1252).

    Raises
    ------
    CorpusError
        Where the file cannot be read or lacks one of the two columns.
    """
    lines = list(csv.reader(io.StringIO(text := _text(file)), delimiter=_delimiter(text)))
    header = [clean_name(name).casefold() for name in lines[0]] if lines else []
    if "clip" not in header or "subject" not in header:
        raise CorpusError("the file lacks the column clip or subject", where=str(file), fix=_COLUMNS)
    clip, subject = header.index("clip"), header.index("subject")
    rows = []
    for number, cells in enumerate(lines[1:], start=2):
        if any(cell.strip() for cell in cells):
            padded = [*cells, *[""] * len(header)]
            rows.append(Row(number, clean_name(padded[clip]), clean_name(padded[subject])))
    return SubjectTable(file, tuple(rows))


def with_subjects(scan: Scan, clips: Iterable[Clip], table: SubjectTable | None) -> list[Clip]:
    """The clips with their subjects: from the table, else the name's prefix, else one of their own.

    Rows that name no clip, or one clip twice, and clips whose subject is unknown are noted.
    """
    clips = list(clips)
    told = _told(scan, clips, table) if table else {}
    named = [replace(c, subject=told.get(c.clip_id) or prefix_of(c.clip_id) or c.clip_id) for c in clips]
    unknown = [c.clip_id for c in named if c.subject == c.clip_id]
    if unknown:
        why = f"kept, but the subject of {count_of(len(unknown), 'clip')} is unknown: each counts as its own"
        scan.omit(shortened(unknown), why, f"name files like anna_clip1.mp4, or add {SUBJECTS_FILE}")
    shared = {c.subject for c in named}
    if len(shared) == 1 and len(named) > 1 and not told:
        why = f"kept, but every name begins with '{shared.pop()}_', so all clips count as one subject"
        scan.omit("all clips", why, f"begin each name with the person's, or add {SUBJECTS_FILE}")
    return named


def prefix_of(clip_id: str) -> str:
    """The subject a clip's name begins with: ``anna`` of ``anger/anna_clip1``; "" without underscore."""
    before, underscore, _ = clip_id.rpartition("/")[2].partition("_")
    return before.strip() if underscore else ""


def _told(scan: Scan, clips: list[Clip], table: SubjectTable) -> dict[str, str]:
    """Subject by clip id as the rows tell; rows that cannot be followed are noted."""
    ways = {c.clip_id: _ways_to_name(c) for c in clips}
    times = Counter(way for names in ways.values() for way in names)
    by_name = {way: clip_id for clip_id, names in ways.items() for way in names}
    told: dict[str, str] = {}
    for row in table.rows:
        name = row.clip.replace("\\", "/")
        clip_id = by_name.get(name)
        if why := _wrong(row, clip_id, times[name], told):
            scan.omit(f"{table.file.name} row {row.number}", why, _COLUMNS)
        elif clip_id:
            told[clip_id] = row.subject
    return told


def _wrong(row: Row, clip_id: str | None, times: int, told: dict[str, str]) -> str | None:
    """Why a row cannot be followed, or None."""
    if not row.clip or not row.subject:
        return "the row lacks its " + ("subject" if row.clip else "clip")
    if clip_id is None:
        return f"there is no clip {row.clip!r}"
    if times > 1:
        return f"{times} clips are called {row.clip!r}; say which, as in {clip_id}"
    if told.get(clip_id, row.subject) != row.subject:
        return f"{clip_id} has another subject ({told[clip_id]}) in a row above"
    return None


def _ways_to_name(clip: Clip) -> set[str]:
    """How a row may name a clip: with or without its emotion folder, with or without its extension."""
    folder, _, name = clip.clip_id.rpartition("/")
    file = clip.video or (clip.frames[0] if len(clip.frames) == 1 else None)
    # A frame in a clip's own folder is no name of the clip.
    names = {name} | ({clean_name(file.name)} if file and clean_name(file.parent.name) == folder else set())
    return {way for n in names for way in (n, f"{folder}/{n}")}


def _text(file: Path) -> str:
    fix = "save it again as CSV in UTF-8"
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise CorpusError("the file is too large for a list of subjects", where=str(file), fix=_COLUMNS)
        data = file.read_bytes()
    except OSError as error:
        what = f"the list of subjects cannot be read ({error.strerror or error})"
        raise CorpusError(what, where=str(file), fix="check the path and its permissions") from error
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    # Spreadsheets on Windows still write cp1252.
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise CorpusError("the file is not text", where=str(file), fix=fix)


def _delimiter(text: str) -> str:
    header = text.partition("\n")[0]
    return max(",;\t", key=header.count)
