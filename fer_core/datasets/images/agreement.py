"""How sure the voters were, where several people labelled each image (FERPlus: ten; Barsoum et al., 2016).

An image's agreement is the largest of its shares of votes: 1 where all say the same. Votes for
"unknown" and "no face" are taken away before (`fer_core.datasets.images.ferplus_labels`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fer_core.base.emotions import EMOTIONS
from fer_core.base.errors import CorpusError
from fer_core.datasets.images.base import ImageCorpus

BANDS: tuple[tuple[str, float], ...] = (
    ("all agree", 1.0),
    ("at least 4 of 5", 0.8),
    ("more than half", 0.5),
    ("half or fewer", 0.0),
)
"""Words and the least share of each band; of ``more than half`` the share itself is above one half."""

_SMALL = 1e-5  # shares are float32


@dataclass(frozen=True)
class Agreement:
    """Of the images that most votes give one emotion.

    Attributes
    ----------
    images : how many
    median : the median of their agreement, 0 to 1
    bands : how many images lie in each of `BANDS`
    """

    images: int
    median: float
    bands: tuple[int, ...]


@dataclass(frozen=True)
class Difference:
    """The corpus's own labels against those of most votes.

    Attributes
    ----------
    both : images that have a label of either kind
    differ : how many of them have an own label that another emotion has more votes than
    unvoted : images with an own label that the votes leave out
    """

    both: int
    differ: int
    unvoted: int


def agreement(voted: ImageCorpus) -> dict[str, Agreement]:
    """Agreement per emotion, of a corpus opened with labels "soft". Raises `CorpusError` for any other."""
    if voted.soft is None:
        raise _no_shares(voted)
    most = voted.soft.max(axis=1).astype(np.float64)
    band = np.select([most >= 1 - _SMALL, most >= 0.8 - _SMALL, most > 0.5 + _SMALL], [0, 1, 2], 3)
    found = {}
    for emotion in voted.emotions:
        at = voted.emotion == emotion
        counts = np.bincount(band[at], minlength=len(BANDS))
        found[emotion] = Agreement(int(at.sum()), float(np.median(most[at])), tuple(counts.tolist()))
    return found


def difference(own: ImageCorpus, voted: ImageCorpus) -> Difference:
    """How often the corpus's own labels are outvoted; images are paired by name. A tie outvotes nobody."""
    if voted.soft is None:
        raise _no_shares(voted)
    _, mine, theirs = np.intersect1d(own.item, voted.item, assume_unique=True, return_indices=True)
    order = {emotion: column for column, emotion in enumerate(EMOTIONS)}
    shares = voted.soft[theirs]
    own_share = shares[np.arange(len(mine)), [order[e] for e in own.emotion[mine].tolist()]]
    differ = int((own_share < shares.max(axis=1, initial=0) - _SMALL).sum())
    return Difference(len(mine), differ, len(own) - len(mine))


def _no_shares(corpus: ImageCorpus) -> CorpusError:
    what = "the labels of this corpus are no shares of votes"
    return CorpusError(what, where=corpus.name, fix='open it with the labels "soft"')
