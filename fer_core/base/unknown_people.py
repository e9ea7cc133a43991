"""Where nobody says who is filmed: the words for it, in one place for clips and pictures alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from fer_core.base.errors import ProtocolError

UNKNOWN = "people unknown"

BY_CLIP = f"by clip: {UNKNOWN}"
"""Said in place of "people apart" by every result, card, table and page."""

GIVE_NAMES = "give a subjects.csv (columns clip,subject)"
"""What makes people known."""

PROTOCOL_WORDS: dict[str, str] = {
    "subject-kfold": "subject-independent k-fold",
    "subject-holdout": "subject-independent hold-out",
    "clip-kfold": "k-fold by clip (subjects on both sides)",
    "random-holdout": "random hold-out (the paper's; subjects on both sides)",
}
"""How clips are parted into trained and tested ones."""

BY_PERSON = ("subject-kfold", "subject-holdout")
"""Protocols that keep people apart, so that it must be known who is filmed."""

KFOLD = ("subject-kfold", "clip-kfold")
"""Protocols with folds; the others have one test side."""

WITHOUT_PEOPLE: dict[str, Literal["clip-kfold", "random-holdout"]] = {
    "subject-kfold": "clip-kfold",
    "subject-holdout": "random-holdout",
}
"""What stands in for a protocol by person where people are unknown."""

CAUTION = "Who is filmed is not known, so one person may stand on both sides of the split: on new people, expect less."


def people_known(plain: Mapping[str, Any]) -> bool:
    """Whether a stored result, record or description says who is shown; the one place that reads it.

    Newer files say it under ``subjects_known``, older ones of pictures under ``known_subjects``; files
    that say neither come from a time when every corpus of clips counted as known.
    """
    for key in ("subjects_known", "known_subjects"):
        if key in plain:
            return bool(plain[key])
    return True


def protocol_words(protocol: str, known: bool = True, words: Mapping[str, str] = PROTOCOL_WORDS) -> str:
    """A protocol for people to read: ``k-fold by clip: people unknown``; one without words as it is."""
    found = words.get(protocol, protocol)
    if known or protocol not in words:
        return found
    return found.partition(" (")[0].partition(", the same")[0].removesuffix(" by clip") + f" {BY_CLIP}"


def not_apart(where: str, otherwise: str) -> ProtocolError:
    """The refusal of a protocol by person; ``otherwise`` names the protocol to choose instead."""
    return ProtocolError(
        "nobody says who is shown, so people cannot be kept apart", where=where, fix=f"{GIVE_NAMES}, or {otherwise}"
    )


def clips_words(plain: Mapping[str, Any], clips: str = "clip") -> str:
    """``309 clips of 118 subjects``, or ``309 clips, people unknown``; ``plain`` has n and subjects."""
    n = int(plain["n"])
    return f"{n:,} {clips}{'' if n == 1 else 's'}" + whose(plain)


def whose(plain: Mapping[str, Any], noun: str = "subject") -> str:
    """`` of 118 subjects``, or ``, people unknown``: what follows a number of clips."""
    subjects = plain.get("subjects")
    if not people_known(plain) or subjects is None:
        return f", {UNKNOWN}"
    number = len(subjects) if isinstance(subjects, list | tuple) else int(subjects)
    plural = "people" if noun == "person" else f"{noun}s"
    return f" of {number:,} {noun if number == 1 else plural}"


def drawn_words(known: bool, unit: str = "clips") -> str:
    """What a bootstrap draws: ``subjects``, or ``clips (people unknown)``."""
    return "subjects" if known else f"{unit} ({UNKNOWN})"
