"""The emotion vocabulary, and the label order of each corpus, by name.

Codes of different corpora disagree (3 is disgust in CK+ and happiness in
FER2013), so every source has its own named table and nothing is positional.
"""

from __future__ import annotations

from fer_core.base.errors import CorpusError
from fer_core.base.text import name_key

EMOTIONS: tuple[str, ...] = ("anger", "contempt", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
"""Canonical names, in the order used everywhere."""

SIX: tuple[str, ...] = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
"""The study's six classes, in the order of its equation 4."""

SEVEN: tuple[str, ...] = EMOTIONS[:-1]
"""The six and contempt: all expressions CK+ labels."""

NEUTRAL = "neutral"
"""A face at rest."""

CKPLUS_CODES: dict[int, str] = {
    0: "neutral",
    1: "anger",
    2: "contempt",
    3: "disgust",
    4: "fear",
    5: "happiness",
    6: "sadness",
    7: "surprise",
}
"""CK+ ``Emotion/*_emotion.txt`` codes (Lucey et al., 2010)."""

CKPLUS_PUBLISHED_COUNTS: dict[str, int] = {
    "anger": 45,
    "contempt": 18,
    "disgust": 59,
    "fear": 25,
    "happiness": 69,
    "sadness": 28,
    "surprise": 83,
}
"""Labelled sequences per emotion of the whole CK+ (327, of 118 subjects; Lucey et al., 2010)."""

FER2013_CODES: dict[int, str] = {
    0: "anger",
    1: "disgust",
    2: "fear",
    3: "happiness",
    4: "sadness",
    5: "surprise",
    6: "neutral",
}
"""FER2013's ``emotion`` column (Goodfellow et al., 2013)."""

CKEXTENDED_CODES: dict[int, str] = FER2013_CODES | {7: "contempt"}
"""``ckextended.csv``, CK+ in FER2013's form: FER2013's codes and one more, not CK+'s own order."""

FERPLUS_COLUMNS: tuple[str, ...] = (
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
    "unknown",
    "NF",
)
"""FERPlus's columns of votes, ten voters an image (Barsoum et al., 2016); the last two are no emotions."""

FERPLUS_LEFT_OUT: dict[str, str] = {"unknown": "unknown", "NF": "no face (NF)"}
"""FERPlus's columns that say that an image shows no emotion anyone could name."""

RAFDB_CODES: dict[int, str] = {
    1: "surprise",
    2: "fear",
    3: "disgust",
    4: "happiness",
    5: "sadness",
    6: "anger",
    7: "neutral",
}
"""RAF-DB's basic emotions, counted from 1 (Li, Deng and Du, 2017)."""

AFFECTNET_CODES: dict[int, str] = {
    0: "neutral",
    1: "happiness",
    2: "sadness",
    3: "surprise",
    4: "fear",
    5: "disgust",
    6: "anger",
    7: "contempt",
}
"""AffectNet's ``expression`` (Mollahosseini, Hasani and Mahoor, 2019)."""

AFFECTNET_LEFT_OUT: dict[int, str] = {8: "none", 9: "uncertain", 10: "no face"}
"""AffectNet's codes that are no emotion."""

JAFFE_CODES: dict[str, str] = {
    "an": "anger",
    "di": "disgust",
    "fe": "fear",
    "ha": "happiness",
    "ne": "neutral",
    "sa": "sadness",
    "su": "surprise",
}
"""JAFFE's letters, in lower case (Lyons et al., 1998)."""

KDEF_CODES: dict[str, str] = {
    "af": "fear",
    "an": "anger",
    "di": "disgust",
    "ha": "happiness",
    "ne": "neutral",
    "sa": "sadness",
    "su": "surprise",
}
"""KDEF's letters, in lower case; AF is afraid (Lundqvist, Flykt and Öhman, 1998)."""

RAFD_WORDS: dict[str, str] = {
    "angry": "anger",
    "contemptuous": "contempt",
    "disgusted": "disgust",
    "fearful": "fear",
    "happy": "happiness",
    "neutral": "neutral",
    "sad": "sadness",
    "surprised": "surprise",
}
"""RaFD's words (Langner et al., 2010)."""

RAVDESS_CODES: dict[str, str] = {
    "01": "neutral",
    "03": "happiness",
    "04": "sadness",
    "05": "anger",
    "06": "fear",
    "07": "disgust",
    "08": "surprise",
}
"""RAVDESS's third number (Livingstone and Russo, 2018)."""

RAVDESS_LEFT_OUT: dict[str, str] = {"02": "calm"}
"""RAVDESS's code that is none of our emotions."""

CREMAD_CODES: dict[str, str] = {
    "ang": "anger",
    "dis": "disgust",
    "fea": "fear",
    "hap": "happiness",
    "neu": "neutral",
    "sad": "sadness",
}
"""CREMA-D's third field, in lower case (Cao et al., 2014)."""

MMI_CODES: dict[str, str] = {
    "1": "anger",
    "2": "disgust",
    "3": "fear",
    "4": "happiness",
    "5": "sadness",
    "6": "surprise",
}
"""The basic emotions of MMI's session files, by number (Valstar and Pantic, 2010)."""

_SPELLINGS: dict[str, tuple[str, ...]] = {
    "anger": ("angry", "an", "ang"),
    "contempt": ("contemptuous", "co", "con"),
    "disgust": ("disgusted", "di", "dis"),
    "fear": ("fearful", "afraid", "scared", "fe", "fea"),
    "happiness": ("happy", "joy", "smile", "ha", "hap"),
    "sadness": ("sad", "sa"),
    "surprise": ("surprised", "suprise", "su", "sur"),
    "neutral": ("neutrality", "ne", "neu"),
}
_CANONICAL = {name_key(s): name for name, others in _SPELLINGS.items() for s in (name, *others)}


def find_emotion(spelling: str) -> str | None:
    """Canonical name for a corpus's own spelling, or None if it is no emotion."""
    return _CANONICAL.get(name_key(spelling))


def canonical(spelling: str, where: str = "") -> str:
    """Canonical name for a spelling; raises `CorpusError` naming the legal ones."""
    name = find_emotion(spelling)
    if name is None:
        raise CorpusError(f"{spelling!r} is not an emotion name", where=where, fix="use one of " + ", ".join(EMOTIONS))
    return name


def in_order(names: object) -> tuple[str, ...]:
    """The given canonical names, once each, in the canonical order."""
    present = set(names)  # type: ignore[call-overload]
    return tuple(e for e in EMOTIONS if e in present)
