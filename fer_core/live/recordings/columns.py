"""What a recording holds: its columns, what they mean, and in which units."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

NEUTRAL = "neutral"
MARK_LENGTH = 200
"""Letters kept of an event marker."""
BETWEEN_MARKS = " | "
_FORMULA = "=+-@"
"""What a spreadsheet reads as the beginning of a formula (OWASP, CSV injection)."""


def columns(emotions: Sequence[str]) -> tuple[str, ...]:
    """Names of a recording's columns, in order, for a recogniser of these emotions."""
    before = ("time_s", "frame", "face", "faces", "state", "emotion")
    after = ("motion", "reference", "latency_ms", "event")
    return (*before, *(f"p_{e}" for e in with_neutral(emotions)), *after)


def with_neutral(emotions: Sequence[str]) -> tuple[str, ...]:
    """The emotions that probabilities are given for: neutral stands last."""
    return (*(e for e in emotions if e != NEUTRAL), NEUTRAL)


def meanings(emotions: Sequence[str]) -> dict[str, dict[str, str]]:
    """Column → ``{"meaning": ..., "unit": ...}``."""
    said = {
        "time_s": ("the frame's time stamp, as the camera or the video gives it; rises from row to row", "s"),
        "frame": ("the frame's number, from 1", "count"),
        "face": ("identity of the face, stable while it is seen; empty where no face was found", "none"),
        "faces": ("faces found in the frame", "count"),
        "state": ("what can be said: no face, calibrating, rest, unsure or emotion", "none"),
        "emotion": ("what the expression is classified as, where the state is emotion; no feeling", "none"),
    }
    said |= {
        f"p_{e}": (f"probability of {e}: smoothed, calibrated; these columns sum to 1", "probability, 0 to 1")
        for e in with_neutral(emotions)
    }
    said |= {
        "motion": ("distance from the resting face, root mean square over the landmarks", "eye distances"),
        "reference": ("where the resting face comes from: calibrated, running or guessed", "none"),
        "latency_ms": ("time that reading the frame took on the machine", "ms"),
        "event": (f"event markers set since the row before, separated by '{BETWEEN_MARKS}'", "none"),
    }
    return {name: {"meaning": said[name][0], "unit": said[name][1]} for name in columns(emotions)}


def safe_mark(text: str) -> str:
    """An event marker as it is written: one line, no formula, at most `MARK_LENGTH` letters.

    A cell that begins with ``=``, ``+``, ``-`` or ``@`` is run as a formula by spreadsheets, so these are
    taken off the beginning; ``mark`` stands for what has nothing left.
    """
    shown = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text[: 4 * MARK_LENGTH])
    words = " ".join(shown.replace(BETWEEN_MARKS.strip(), "/").split())
    while words and unicodedata.normalize("NFKC", words[0])[0] in _FORMULA:  # NFKC: their wide forms too
        words = words[1:].lstrip()
    return words[:MARK_LENGTH].rstrip() or "mark"
