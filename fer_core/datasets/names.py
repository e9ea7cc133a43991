"""What the user says of a corpus's names, where no known format says it: lists and a pattern.

`Names` is given to `datasets.catalog.open_corpus` and `datasets.images.catalog.open_images`, or kept for a
folder (`keep_names`), so that whoever opens it, a run in a process of its own too, reads it the same way.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from fer_core.base.errors import CorpusError, FerError, SettingError
from fer_core.base.paths import home
from fer_core.base.text import name_key
from fer_core.datasets.patterns import FRAME, Pattern, compile_pattern, emotion_of
from fer_core.datasets.people import is_no_name
from fer_core.datasets.tree import folder_emotion, media_names
from fer_core.files import shapes
from fer_core.files.json_files import write_whole

_SAMPLE = 400  # names from which a pattern is suggested
_MAX_BYTES = 100_000


@dataclass(frozen=True)
class Names:
    """What the user says of a corpus's names; nothing given, nothing said.

    Attributes
    ----------
    subjects : Path or None
        A CSV with the columns ``clip,subject``.
    labels : Path or None
        A CSV with ``file`` (or ``clip``) and ``emotion``, and optionally ``subject``, ``part``, ``view`` ...
        It opens any tree of pictures or videos.
    pattern : str
        What stands in the names, such as ``{subject}_{emotion}_{view}`` (`fer_core.datasets.patterns`).
    codes : tuple of (word, emotion)
        The corpus's own words for emotions, such as ``("03", "happiness")``.
    where : tuple of (attribute, value)
        Which clips are wanted (`fer_core.datasets.base.Corpus.where`); several values of one attribute
        are alternatives.
    """

    subjects: Path | None = None
    labels: Path | None = None
    pattern: str = ""
    codes: tuple[tuple[str, str], ...] = ()
    where: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is said."""
        return self != Names()

    @property
    def tells_clips(self) -> bool:
        """Whether it opens a tree of files by itself: by a pattern or a list of labels."""
        return bool(self.pattern or self.labels)

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "subjects": str(self.subjects) if self.subjects else None,
            "labels": str(self.labels) if self.labels else None,
            "pattern": self.pattern,
            "codes": [list(pair) for pair in self.codes],
            "where": [list(pair) for pair in self.where],
        }

    @classmethod
    def from_json(cls, data: Any) -> Names:
        """From `to_json`'s data. Raises `SettingError` for anything else."""
        try:
            pairs = {key: tuple((str(a), str(b)) for a, b in data[key]) for key in ("codes", "where")}
            files = {key: Path(str(data[key])) if data[key] else None for key in ("subjects", "labels")}
            names = cls(pattern=str(data["pattern"]), **files, **pairs)  # type: ignore[arg-type]
        except (TypeError, KeyError, ValueError) as error:
            raise SettingError("what is kept of the names cannot be read", fix="say it again") from error
        if names.pattern:
            compile_pattern(names.pattern)
        return names


@dataclass(frozen=True)
class NameReading:
    """What was read from one file's name.

    Attributes
    ----------
    file : str
        Relative to the corpus, with forward slashes.
    subject, emotion : str
        "" where the name does not say; the emotion is canonical, of the folder where the name has none.
    attributes : tuple of (name, value)
    frame : str
        Number of a picture in its clip, where the pattern reads one.
    why : str
        Why the file cannot be used; "" where it can.
    recording : str
        What copies of one recording have in common; "" where each file is its own.
    """

    file: str
    subject: str = ""
    emotion: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    frame: str = ""
    why: str = ""
    recording: str = ""


def read_name(pattern: Pattern, file: str, codes: Sequence[tuple[str, str]] = ()) -> NameReading:
    """What a pattern reads from a file's name relative to its corpus."""
    values = pattern.read(file)
    if values is None:
        return NameReading(file, why=f"its name does not fit {pattern.text}")
    by_folder = folder_emotion(file) or ""
    spelled = values.pop("emotion", None)
    emotion = by_folder if spelled is None else emotion_of(spelled, codes) or ""
    why = ""
    if not emotion:
        why = f"{spelled!r} is no emotion" if spelled is not None else "nothing in its name says an emotion"
    subject, frame = values.pop("subject", ""), values.pop(FRAME, "")
    return NameReading(file, subject, emotion, tuple(values.items()), frame, why)


def preview_pattern(
    root: str | Path, pattern: str, n: int = 10, codes: Sequence[tuple[str, str]] = ()
) -> tuple[NameReading, ...]:
    """What a pattern reads from `n` of the file names under a folder, spread evenly over the first thousands.

    Raises
    ------
    SettingError
        For a pattern that is none (`compile_pattern`).
    CorpusError
        Where the folder holds no picture or video.
    """
    compiled = compile_pattern(pattern)
    names = _some_names(root)
    step = max(1.0, len(names) / max(1, n))
    chosen = [names[int(k * step)] for k in range(min(n, len(names)))]
    return tuple(read_name(compiled, name, codes) for name in chosen)


def suggest_pattern(root: str | Path) -> str:
    """A pattern that reads most of the file names under a folder; ``""`` where none suggests itself.

    Names are cut at ``_``, ``-``, blanks and dots. Where most names have as many pieces, the piece that is
    an emotion's word becomes ``{emotion}``, a piece before it that comes back and looks like a person's name
    ``{subject}``; folders named by emotion are left to be read as they are.

    Raises
    ------
    CorpusError
        Where the folder holds no picture or video.
    """
    names = _some_names(root)
    names = names[:: max(1, len(names) // _SAMPLE)]
    found = [_suggested(names, levels) for levels in (1, 2, 3)]
    return max(found, key=lambda pattern: ("{emotion}" in pattern) + ("{subject}" in pattern))


def _some_names(root: str | Path) -> list[str]:
    names = media_names(Path(root))
    if not names:
        raise CorpusError("the folder holds no picture or video", where=str(root), fix="choose another folder")
    return names


def _suggested(names: list[str], levels: int) -> str:
    """The pattern of the commonest shape of the last `levels` levels of the names."""
    cut = [_cut(name, levels) for name in names]
    shapes = Counter(shape for shape, _ in cut)
    shape, times = shapes.most_common(1)[0]
    if not shape or 2 * times < len(names):
        return ""
    rows = [pieces for its_shape, pieces in cut if its_shape == shape]
    columns = list(zip(*rows, strict=True))
    emotion = next((k for k, column in enumerate(columns) if _share_of_emotions(column) >= 0.8), None)
    folders = [folder_emotion(name) for name in names]
    if emotion is None and not all(folders):
        return ""
    emotions = [row[emotion] for row in rows] if emotion is not None else [str(f) for f in folders]
    last = len(columns) - 1
    subject = next(
        (k for k, c in enumerate(columns) if k != emotion and _is_people(c, emotions, numbers=k < last)), None
    )
    if emotion is None and subject is None:
        return ""
    named = {emotion: "{emotion}", subject: "{subject}"}
    if shape.endswith("/\0") and all(piece.isdigit() for piece in columns[-1]):
        named.setdefault(last, "{frame}")
    words = [named.get(k, "{}") for k in range(len(columns))]
    return "".join(a + b for a, b in zip(shape.split("\0"), [*words, ""], strict=True))


def _cut(name: str, levels: int) -> tuple[str, tuple[str, ...]]:
    """The separators of a name, with a NUL for each piece, and the pieces."""
    parts = name.split("/")[-levels:]
    if len(parts) < levels:
        return "", ()
    text = "/".join([*parts[:-1], parts[-1].rpartition(".")[0] or parts[-1]])
    pieces = tuple(re.findall(r"[^_\-. /]+", text[:400]))
    return re.sub(r"[^_\-. /]+", "\0", text[:400]), pieces


def _share_of_emotions(column: Sequence[str]) -> float:
    return sum(emotion_of(piece) is not None for piece in column) / len(column)


def _is_people(column: Sequence[str], emotions: Sequence[str], *, numbers: bool) -> bool:
    """Whether pieces look like people's names, or like their numbers, where `numbers` may be that."""
    found: dict[str, set[str]] = {}
    for piece, emotion in zip(column, emotions, strict=False):
        found.setdefault(name_key(piece), set()).add(emotion)
    back = sum(len(shown) > 1 for shown in found.values())
    named = not any(is_no_name(piece) and not (numbers and piece.isdigit()) for piece in found)
    return named and 1 < len(found) < len(column) and 2 * back >= len(found)


# kept for a folder ------------------------------------------------------------------------------------


def keep_names(root: str | Path, names: Names) -> None:
    """Keep what is said of a folder's names, for whoever opens it; `Names()` forgets it.

    Raises
    ------
    PathError, OSError
        Where the user's folder cannot be written to.
    """
    file = _kept_file(root)
    if not names:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, {"folder": str(Path(root).expanduser().resolve()), **names.to_json()})


def kept_names(root: str | Path) -> Names:
    """What is kept of a folder's names; `Names()` where nothing is, or what lies there is damaged."""
    try:
        data = shapes.plain(_kept_file(root), what="kept names", fix="", limit=_MAX_BYTES)
        return Names.from_json(data) if data.get("folder") == str(Path(root).expanduser().resolve()) else Names()
    except (OSError, ValueError, RuntimeError, AttributeError, RecursionError, FerError):
        return Names()


def names_for(root: str | Path, given: Names | None) -> tuple[Names, str]:
    """What is to be used for a folder, and a note on where it comes from: given, or kept."""
    if given is not None:
        return given, ""
    kept = kept_names(root)
    if not kept:
        return Names(), ""
    told = [f"the pattern {kept.pattern}"] if kept.pattern else []
    told += [f"the list {file.name}" for file in (kept.labels, kept.subjects) if file]
    told += [f"{name}={value} alone" for name, value in kept.where]
    return kept, "Opened as kept for this folder: " + ", ".join(told) + "."


def alternatives(where: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Wanted values by attribute, for the ``where`` of a corpus."""
    found: dict[str, list[str]] = {}
    for name, value in where:
        found.setdefault(name, []).append(value)
    return found


def _kept_file(root: str | Path) -> Path:
    folder = str(Path(root).expanduser().resolve())
    digest = blake2b(folder.encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()
    return home() / "names" / f"{digest}.json"
