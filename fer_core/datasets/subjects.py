"""Who is filmed in a clip: from a CSV, or from the name before the first underscore, if that is a person's.

Where nobody says it, it is not guessed: the clip stands under its own id, and a list of subjects is asked
for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fer_core.base.errors import CorpusError, SettingError
from fer_core.base.text import clean_name, name_key
from fer_core.datasets.base import Clip, Corpus, Omission
from fer_core.datasets.people import one_spelling, people_in
from fer_core.datasets.scan import Scan, count_of, shortened, visible
from fer_core.files.csv_files import read_text, records, write_csv

if TYPE_CHECKING:
    from fer_core.datasets.images.base import ImageCorpus

SUBJECTS_FILE = "subjects.csv"
"""Found by itself in the root of a folder of clips."""

ASK = f"say it in a {SUBJECTS_FILE} with the columns clip,subject (--write-subjects writes one to fill in)"
"""What to do where people are unknown."""

_COLUMNS = "give it the columns clip,subject, one row per clip"
_MAX_BYTES = 20_000_000
_EACH = 10  # rows of one fault are told one by one up to so many


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
    """Read a ``clip,subject`` CSV (comma, semicolon or tab; UTF-8, UTF-16 or Windows-1252; any line ends).

    Raises
    ------
    CorpusError
        Where the file cannot be read or lacks one of the two columns.
    """
    text = read_text(file, _MAX_BYTES, kind=CorpusError, fix="save it again as CSV in UTF-8")
    lines = records(text, kind=CorpusError, where=file.name)
    header = [name_key(name) for name in next(lines, (1, []))[1]]
    clip, subject = _column(header, "clip", "file"), _column(header, "subject", "person")
    if clip is None or subject is None:
        raise CorpusError("the file lacks the column clip or subject", where=str(file), fix=_COLUMNS)
    rows = []
    for number, cells in lines:
        if any(cell.strip() for cell in cells):
            padded = [*cells, *[""] * len(header)]
            rows.append(Row(number, clean_name(padded[clip]), clean_name(padded[subject])))
    return SubjectTable(file, tuple(rows))


def find_table(scan: Scan, given: Path | None) -> tuple[SubjectTable | None, Path | None]:
    """The list of subjects: the given one, else ``subjects.csv`` in the root; and the file that was found.

    One that was found by itself and cannot be read is noted.

    Raises
    ------
    CorpusError
        Where the given one cannot be read.
    """
    if given is not None:
        return read_subjects(Path(given)), Path(given)
    found = next((f for f in visible(scan.root)[1] if name_key(f.name) == SUBJECTS_FILE), None)
    if found is None:
        return None, None
    try:
        return read_subjects(found), found
    except CorpusError as error:
        scan.omit(found, f"{error.what}, so subjects are taken from the clips' names", error.fix)
        return None, found


def with_subjects(scan: Scan, clips: Iterable[Clip], table: SubjectTable | None) -> list[Clip]:
    """The clips with their subjects: from the table, else what names begin with, else unknown.

    Rows that name no clip, or one clip twice, and clips whose subject is unknown are noted.
    """
    clips = list(clips)
    told = told_by(scan, clips, table) if table else {}
    names = people_in([(c.clip_id, c.clip_id.rpartition("/")[2], c.emotion) for c in clips if c.clip_id not in told])
    people = one_spelling((c.clip_id, who) for c in clips if (who := told.get(c.clip_id) or names.of.get(c.clip_id)))
    for way in (*names.spellings, *people.spellings):
        told_as_one(scan, way)
    shared = set(people.of.values())
    if len(shared) == 1 and len(people.of) == len(clips) > 1 and not told:
        why = f"kept, but every name begins with '{shared.pop()}_', so all clips count as one subject"
        scan.omit("all clips", why, f"begin each name with the person's, or add {SUBJECTS_FILE}")
    named = [
        replace(c, subject=people.of.get(c.clip_id, c.clip_id), subject_known=c.clip_id in people.of) for c in clips
    ]
    unknown_people(scan, named)
    return named


def apply_table(scan: Scan, clips: Sequence[Clip], table: SubjectTable) -> list[Clip]:
    """The clips with the subjects a table gives; the others keep theirs."""
    told = told_by(scan, list(clips), table)
    pairs = [(c.clip_id, told.get(c.clip_id) or (c.subject if c.subject_known else "")) for c in clips]
    people = one_spelling((clip_id, who) for clip_id, who in pairs if who)
    return [
        replace(c, subject=people.of[c.clip_id], subject_known=True) if c.clip_id in people.of else c for c in clips
    ]


def unknown_people(scan: Scan, clips: Sequence[Clip]) -> None:
    """Note in one line how many clips show nobody knows whom."""
    unknown = [c.clip_id for c in clips if not c.subject_known]
    if unknown:
        what = "all clips" if len(unknown) == len(clips) > 3 else shortened(unknown)
        why = f"kept, but who is shown in {count_of(len(unknown), 'clip')} is unknown"
        scan.omissions.append(Omission(what, why, ASK, len(unknown)))


def write_subjects(corpus: Corpus | ImageCorpus, file: Path) -> int:
    """Write a list of all clips or images to fill in, with the subjects that are known.

    Returns how many are not known.

    Raises
    ------
    SettingError
        Where the file is there already: it may be filled in.
    OSError
        Where it cannot be written.
    """
    if file.exists():
        raise SettingError("this file is there already", where=str(file), fix="name another, or remove it")
    if isinstance(corpus, Corpus):
        clips = [*corpus.clips, *corpus.unlabelled]
        rows = [(c.clip_id, c.subject if c.subject_known else "") for c in clips]
    else:
        rows = [
            (name, who if corpus.subjects_known else "")
            for name, who in zip(corpus.item.tolist(), corpus.subject.tolist(), strict=True)
        ]
    write_csv(file, [("clip", "subject"), *rows])
    return sum(not who for _, who in rows)


def told_as_one(scan: Scan, spellings: tuple[str, ...]) -> None:
    """Note that names which differ in case or in what cannot be seen count as one person."""
    shown = [name if clean_name(name) == name else ascii(name)[1:-1] for name in spellings]
    why = f"kept, and these {len(spellings)} spellings count as one person, {clean_name(spellings[0])}"
    scan.omit(" and ".join(shown), why, "rename the files if they are several people")


def _column(header: list[str], *names: str) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def told_by(scan: Scan, clips: list[Clip], table: SubjectTable) -> dict[str, str]:
    """Subject by clip id as the rows of a table tell; rows that cannot be followed are noted."""
    ways = {c.clip_id: _ways_to_name(c) for c in clips}
    times = Counter(way for names in ways.values() for way in names)
    by_name = {way: clip_id for clip_id, names in ways.items() for way in names}
    told: dict[str, str] = {}
    wrong: dict[str, list[str]] = {}
    for row in table.rows:
        name = name_key(row.clip.replace("\\", "/"))
        clip_id = by_name.get(name)
        if why := _wrong(row, clip_id, times[name], told):
            wrong.setdefault(why, []).append(f"{table.file.name} row {row.number}")
        elif clip_id:
            told[clip_id] = row.subject
    for why, places in wrong.items():
        if len(places) <= _EACH:
            for place in places:
                scan.omit(place, why, _COLUMNS)
        else:
            scan.omissions.append(Omission(shortened(places), why, _COLUMNS, len(places)))
    return told


def _wrong(row: Row, clip_id: str | None, times: int, told: dict[str, str]) -> str | None:
    """Why a row cannot be followed, or None."""
    if not row.clip or not row.subject:
        return "the row lacks its " + ("subject" if row.clip else "clip")
    if clip_id is None:
        return f"there is no clip {row.clip!r}"
    if times > 1:
        return f"{times} clips are called {row.clip!r}; say which, as in {clip_id}"
    if name_key(told.get(clip_id, row.subject)) != name_key(row.subject):
        return f"{clip_id} has another subject ({told[clip_id]}) in a row above"
    return None


def _ways_to_name(clip: Clip) -> set[str]:
    """How a row may name a clip: by any end of its path, with or without its extension."""
    levels = clip.clip_id.split("/")
    file = clip.video or (clip.frames[0] if len(clip.frames) == 1 else None)
    names = {levels[-1]}
    # A frame in a clip's own folder is no name of the clip.
    if file and (len(levels) < 2 or clean_name(file.parent.name) == levels[-2]):
        names.add(clean_name(file.name))
    ends = ["/".join([*levels[start:-1], ""]) for start in range(len(levels) - 1)] + [""]
    return {name_key(end + name) for end in ends for name in names}
