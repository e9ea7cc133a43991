"""From FERPlus's votes to labels (Barsoum, Zhang, Canton Ferrer and Zhang, 2016).

Ten people voted on each image, for one of eight emotions, for "unknown" or for "no face" (NF).

``majority``
    The emotion of most votes. Where "unknown" or NF has most, alone or with an emotion, the image is
    left out by that name. Where several emotions share the most votes, ``ties`` decides: ``drop``
    leaves the image out, ``soft`` keeps it with equal shares for the tied emotions (and the whole share
    for the winner of every other image).
``soft``
    The shares of the votes for the eight emotions, votes for "unknown" and NF taken away. What is left
    out is as above; ties stay. The emotion, needed for counting and for splits, is then that of most
    votes, the first in the canonical order where several have as many.

Votes are taken as they are: the single votes that Barsoum et al. drop as noise are not dropped here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from fer_core.base.emotions import EMOTIONS, FERPLUS_LEFT_OUT, find_emotion
from fer_core.base.errors import CorpusError
from fer_core.datasets.images.base import Strings

Ties = Literal["drop", "soft"]
VoteRule = Literal["majority", "soft"]

Votes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class VotedLabels:
    """Labels of n images.

    Attributes
    ----------
    emotion : str (n,)
        Canonical names; "" where an image is left out.
    soft : float32 (n, 8) or None
        Shares in the order of `EMOTIONS`; rows of images left out hold zeros.
    why : str (n,)
        Why an image is left out; "" where it is not.
    """

    emotion: Strings
    soft: npt.NDArray[np.float32] | None
    why: Strings


def label_votes(
    votes: npt.NDArray[Any], columns: tuple[str, ...], rule: VoteRule = "majority", ties: Ties = "drop"
) -> VotedLabels:
    """Labels of n images from their votes (n, columns), by the rules above.

    Raises
    ------
    CorpusError
        For a column that is neither an emotion nor "unknown" or "NF", and one given twice.
    """
    counts = np.asarray(votes, dtype=np.int64)
    shown, left_out = _by_emotion(counts, columns)
    best = shown.max(axis=1)
    tied = (shown == best[:, None]) & (best[:, None] > 0)
    why = _why(counts, best, left_out)
    if rule == "majority" and ties == "drop":
        several = (tied.sum(axis=1) > 1) & (why == "")
        why = np.where(several, "several emotions share the most votes", why)
    emotion = np.where(why == "", np.array(EMOTIONS)[tied.argmax(axis=1)], "")
    if rule == "majority" and ties == "drop":
        return VotedLabels(emotion, None, why)
    weights = shown if rule == "soft" else tied.astype(np.int64)
    return VotedLabels(emotion, _shares(weights, why == ""), why)


def _by_emotion(counts: Votes, columns: tuple[str, ...]) -> tuple[Votes, dict[str, Votes]]:
    """Votes in the order of `EMOTIONS` (n, 8), and those of each column that is no emotion."""
    shown = np.zeros((len(counts), len(EMOTIONS)), dtype=np.int64)
    left_out: dict[str, Votes] = {}
    seen: set[str] = set()
    for number, column in enumerate(columns):
        name = find_emotion(column) or column.strip()
        if name in seen or (name not in EMOTIONS and name not in FERPLUS_LEFT_OUT):
            what = "occurs twice" if name in seen else "is neither an emotion nor unknown nor NF"
            raise CorpusError(f"the column {column!r} of the votes {what}", fix="keep FERPlus's columns")
        seen.add(name)
        if name in EMOTIONS:
            shown[:, EMOTIONS.index(name)] = counts[:, number]
        else:
            left_out[FERPLUS_LEFT_OUT[name]] = counts[:, number]
    return shown, left_out


def _why(counts: Votes, best: Votes, left_out: dict[str, Votes]) -> Strings:
    why = np.full(len(counts), "", dtype="<U80")
    for words, theirs in left_out.items():
        others = np.max([v for w, v in left_out.items() if w != words] or [np.zeros_like(best)], axis=0)
        most = (theirs >= best) & (theirs >= others) & (theirs > 0) & (why == "")
        alone = theirs > best
        why[most & alone] = f"most votes say {words}"
        why[most & ~alone] = f"as many votes say {words} as any emotion"
    why[(counts.sum(axis=1) <= 0) | (counts < 0).any(axis=1)] = "no votes of it are known"
    return why


def _shares(weights: Votes, kept: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    total = weights.sum(axis=1, keepdims=True)
    shares = weights / np.maximum(total, 1)
    return np.asarray(np.where(kept[:, None], shares, 0), dtype=np.float32)
