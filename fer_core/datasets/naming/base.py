"""What a naming scheme is: a pattern of names with tables for their codes, and what the corpus hands out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Literal

from fer_core.base.text import clean_name
from fer_core.datasets.names import NameReading
from fer_core.datasets.tree import folder_emotion, folder_part

Gives = Literal["pictures", "videos", "frames"]
"""What a corpus hands out: pictures, videos, or a folder of frames for each clip."""

_ENDS = " _.-("  # what may follow a name that a copy was given: AF01ANS (1).JPG

Beside = Callable[[Path, NameReading], tuple[NameReading, Path | None]]
"""What a file beside the clip adds to a reading, and that file."""


@dataclass(frozen=True)
class Naming:
    """How one corpus names its files.

    Attributes
    ----------
    name, title : str
        The format, and the corpus's own name.
    gives : str
        What is handed out (`Gives`).
    pattern : re.Pattern or None
        What a file's name without suffix (or the name of a clip's folder) begins with. Its groups are
        ``subject``, ``emotion``, ``number`` (which tells recordings apart), and attributes by their names.
    emotions : mapping
        Canonical names by the corpus's codes, in lower case.
    no_emotion : mapping
        Codes that are left out, with the word they stand for.
    values : mapping
        Words for an attribute's codes, in lower case.
    folder : re.Pattern or None
        Of words of folder names, whose groups are read as `pattern`'s are.
    within : re.Pattern or None
        What the folders' path has to hold, for names that say little by themselves.
    unique : bool
        Whether a name stands for one recording, so that files of one name are copies.
    copies : tuple of str
        Groups in which copies of one recording differ; the smaller value is kept.
    left_out : mapping
        Why files with a value of a group are left out: ``{"modality": {"03": "it is sound alone"}}``.
    starts_neutral : bool
        Whether clips begin with the neutral face.
    beside : callable or None
        Reads a file beside the clip.
    note : str
        What users of the corpus should know.
    source : str
        The corpus's paper.
    """

    name: str
    title: str
    gives: Gives
    pattern: re.Pattern[str] | None
    emotions: Mapping[str, str]
    source: str
    no_emotion: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    folder: re.Pattern[str] | None = None
    within: re.Pattern[str] | None = None
    unique: bool = True
    copies: tuple[str, ...] = ()
    left_out: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    starts_neutral: bool = True
    beside: Beside | None = None
    note: str = ""

    def of_file(self, file: str) -> NameReading | None:
        """What a file's name, relative to the corpus, says; None where it is none of the corpus's."""
        if self.gives == "frames":
            return None
        return self._read(file, clean_name(PurePosixPath(file).stem))

    def of_folder(self, folder: str) -> NameReading | None:
        """What the name of a folder of frames says; None where it is none of the corpus's clips."""
        if self.gives != "frames":
            return self._read(folder, clean_name(PurePosixPath(folder).name))
        groups = self._folder_groups(folder)
        inside = f"{folder}/frame"
        if "subject" not in groups or folder_emotion(inside) is None:
            return None
        return self._reading(inside, groups)

    def _read(self, path: str, name: str) -> NameReading | None:
        found = self.pattern.match(name) if self.pattern else None
        if found is None or name[found.end() : found.end() + 1] not in ("", *_ENDS):
            return None
        folders = path.rpartition("/")[0]
        if self.within is not None and not self.within.search(folders):
            return None
        groups = {key: value for key, value in found.groupdict().items() if value is not None}
        return self._reading(path, self._folder_groups(folders) | groups)

    def _folder_groups(self, folders: str) -> dict[str, str]:
        if self.folder is None:
            return {}
        words = [word for word in re.split(r"[/_\-. ]", clean_name(folders)) if word]
        found = filter(None, map(self.folder.fullmatch, words))
        return {key: value for match in found for key, value in match.groupdict().items() if value}

    def _reading(self, path: str, groups: dict[str, str]) -> NameReading:
        why = ""
        for name, table in self.left_out.items():
            why = why or table.get(groups.get(name, "").casefold(), "")
        emotion = ""
        if code := groups.pop("emotion", "").casefold():
            emotion = self.emotions.get(code, "")
            if word := self.no_emotion.get(code):
                why = why or f"it shows {word}, which is none of our emotions"
        subject = groups.pop("subject", "").upper()
        same = ".".join(f"{v.casefold()}" for k, v in sorted(groups.items()) if k not in self.copies)
        number = groups.pop("number", "")
        attributes = tuple(
            (name, self.values.get(name, {}).get(value.casefold(), value))
            for name, value in groups.items()
            if name not in self.copies
        )
        if part := folder_part(path):
            attributes = (("part", part), *attributes)
        recording = f"{subject.casefold()}/{emotion or code}/{same}/{number}" if self.pattern and self.unique else ""
        return NameReading(path, clean_name(subject), emotion, attributes, why=why, recording=recording)

    def with_beside(self, path: Path, reading: NameReading) -> tuple[NameReading, Path | None]:
        """The reading with what a file beside the clip adds, and that file."""
        return self.beside(path, reading) if self.beside else (reading, None)


def with_facts(reading: NameReading, subject: str, emotion: str, extra: tuple[tuple[str, str], ...]) -> NameReading:
    """A reading with facts from elsewhere in place of its own, where they are given."""
    return replace(
        reading,
        subject=subject or reading.subject,
        emotion=emotion or reading.emotion,
        attributes=(*reading.attributes, *extra),
    )
