"""What a user's pattern reads from a file's name: ``{subject}_{emotion}_{view}``.

Literal text is compared without regard to case. A placeholder takes what stands before the next literal
text, the last one of a name the rest; ``{subject:4}`` takes four characters, for names without separators.
``{}`` and ``{skip}`` are passed over, ``{frame}`` numbers the pictures of one clip, any other word
(``{view}``, ``{part}``) becomes an attribute. ``{subject}/{emotion}/{}`` reads the folders too.

No regular expression is made of it: each literal is looked for once, so that no name takes long.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath

from fer_core.base.emotions import EMOTIONS, find_emotion
from fer_core.base.errors import SettingError
from fer_core.base.text import clean_name, name_key
from fer_core.datasets.signatures import is_image_name, is_video_name

MAX_LENGTH = 200
"""Characters of a pattern."""

MAX_PLACEHOLDERS = 16

SKIP = "skip"
FRAME = "frame"

_PIECE = re.compile(r"\{([^{}]*)\}")
_WORD = re.compile(r"[a-z][a-z0-9_]{0,29}")
_FIX = "write it like {subject}_{emotion}_{view}; {} passes over what does not matter"


@dataclass(frozen=True)
class Placeholder:
    """A piece of a name that is read; `width` characters of it, or up to the next literal text (0)."""

    name: str
    width: int = 0


@dataclass(frozen=True)
class Pattern:
    """A pattern as pieces: literal texts and placeholders of each folder level, the file's name last."""

    text: str
    levels: tuple[tuple[str | Placeholder, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The placeholders that are read, in their order."""
        return tuple(p.name for level in self.levels for p in level if isinstance(p, Placeholder) and p.name != SKIP)

    def read(self, name: str) -> dict[str, str] | None:
        """Placeholder values of a name relative to the corpus, with ``/``; None if it does not fit.

        The last levels of the name are compared, so that a folder around the corpus changes nothing.
        """
        parts = [clean_name(part) for part in name.split("/")]
        if len(parts) < len(self.levels):
            return None
        if is_image_name(parts[-1]) or is_video_name(parts[-1]):
            parts[-1] = PurePosixPath(parts[-1]).stem
        found: dict[str, str] = {}
        for level, part in zip(self.levels, parts[-len(self.levels) :], strict=True):
            values = _read_level(level, part)
            if values is None:
                return None
            found |= values
        found.pop(SKIP, None)
        return found


def compile_pattern(text: str) -> Pattern:
    """A pattern that was written by a user.

    Raises
    ------
    SettingError
        For an empty or too long one, unknown or doubled placeholders, and placeholders with nothing between
        them that says where the one ends.
    """
    if len(text) > MAX_LENGTH:
        raise SettingError(f"the pattern has more than {MAX_LENGTH} characters", fix=_FIX)
    shown = clean_name(text).strip("/")
    if is_image_name(shown) or is_video_name(shown):
        shown = shown.rpartition(".")[0]
    levels = tuple(_pieces(level, shown) for level in shown.split("/"))
    pattern = Pattern(shown, levels)
    names = pattern.names
    if not names:
        raise SettingError("the pattern reads nothing", where=shown, fix=_FIX)
    if len(names) > MAX_PLACEHOLDERS:
        raise SettingError(f"the pattern has more than {MAX_PLACEHOLDERS} placeholders", where=shown, fix=_FIX)
    if twice := next((n for n in names if names.count(n) > 1), None):
        raise SettingError(f"the pattern reads {{{twice}}} twice", where=shown, fix="write {} for one of them")
    return pattern


def emotion_of(value: str, codes: Iterable[tuple[str, str]] = ()) -> str | None:
    """The canonical emotion of a value: by the user's own codes, or a usual word; ``happy2`` is happiness."""
    key = name_key(value)
    own = next((emotion for code, emotion in codes if name_key(code) == key), None)
    return own or find_emotion(key) or find_emotion(key.rstrip("0123456789").rstrip(" _-."))


def parse_codes(text: str) -> tuple[tuple[str, str], ...]:
    """``1=anger, 2=fear`` as pairs of the corpus's own word and our emotion. Raises `SettingError`."""
    pairs = []
    for piece in filter(None, (p.strip() for p in text[:2000].replace(";", ",").split(","))):
        code, equals, word = piece.partition("=")
        emotion = find_emotion(name_key(word))
        if not equals or not code.strip() or emotion is None:
            raise SettingError(
                f"{piece!r} does not say which emotion is meant",
                fix="write 1=anger, 2=fear with " + ", ".join(EMOTIONS),
            )
        pairs.append((clean_name(code), emotion))
    return tuple(pairs)


def _pieces(level: str, pattern: str) -> tuple[str | Placeholder, ...]:
    """Literal texts and placeholders of one level."""
    pieces: list[str | Placeholder] = []
    at = 0
    for found in _PIECE.finditer(level):
        if found.start() > at:
            pieces.append(level[at : found.start()])
        pieces.append(_placeholder(found[1].strip(), pattern))
        at = found.end()
    if at < len(level):
        pieces.append(level[at:])
    if not pieces or any(isinstance(p, str) and set(p) & set("{}") for p in pieces):
        raise SettingError("the pattern has an empty level or a bracket too many", where=pattern, fix=_FIX)
    for one, other in pairwise(pieces):
        if isinstance(one, Placeholder) and isinstance(other, Placeholder) and not one.width:
            what = f"nothing says where {{{one.name}}} ends and {{{other.name}}} begins"
            fix = f"put text between them, or say how many characters: {{{one.name}:2}}"
            raise SettingError(what, where=pattern, fix=fix)
    return tuple(pieces)


def _placeholder(text: str, pattern: str) -> Placeholder:
    name, colon, width = text.partition(":")
    name = name.strip().casefold() or SKIP
    if not _WORD.fullmatch(name) or (colon and not re.fullmatch(r"[1-9][0-9]?", width.strip())):
        raise SettingError(f"{{{text}}} is no placeholder", where=pattern, fix=_FIX)
    return Placeholder(name, int(width) if colon else 0)


def _read_level(level: tuple[str | Placeholder, ...], text: str) -> dict[str, str] | None:
    found: dict[str, str] = {}
    at = 0
    for number, piece in enumerate(level):
        if isinstance(piece, str):
            if text[at : at + len(piece)].casefold() != piece.casefold():
                return None
            at += len(piece)
            continue
        end = at + piece.width if piece.width else _end(level[number + 1 :], text, at)
        value = text[at:end].strip()
        if end <= at or end > len(text) or not value:
            return None
        found[piece.name] = value
        at = end
    return found if at == len(text) else None


def _end(after: tuple[str | Placeholder, ...], text: str, at: int) -> int:
    """Where a placeholder without a width ends: before the next literal, or with the text; -1 for nowhere."""
    if not after:
        return len(text)
    literal = str(after[0])
    if len(after) == 1:
        return len(text) - len(literal)
    found = re.compile(re.escape(literal), re.IGNORECASE).search(text, at + 1)
    return found.start() if found else -1
