"""From a corpus to the folds of an experiment: parted and audited, before anything is trained."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from fer_core.datasets.base import Omission
from fer_core.datasets.images.base import ImageCorpus
from fer_core.study.image_design import ImageDesign
from fer_core.training.audit import Finding
from fer_core.training.images.leaks import OfficialCopies, allowed, audit_images, official_copies
from fer_core.training.images.protocols import ImageSplit, image_splits
from fer_core.training.images.scan_pictures import Looked


@dataclass(frozen=True, eq=False)
class Parted:
    """The folds of each seed, and what the audit found on the way to them.

    ``unread``: pictures that cannot be read and stand on no side; ``leaks``: findings that were
    accepted; ``copies``: those across an official split, None where folds are drawn.
    """

    splits: dict[int, list[ImageSplit]]
    unread: tuple[Omission, ...]
    leaks: tuple[Finding, ...]
    copies: OfficialCopies | None


def part(
    corpus: ImageCorpus, looked: Looked, design: ImageDesign, allow: Collection[str] = (), *, keep_copies: bool = False
) -> Parted:
    """Part a corpus's pictures as the design asks, and audit the result.

    Parameters
    ----------
    looked : what was seen of this corpus
    allow : rules of the leak audit (`fer_core.training.audit.RULES`) that may be broken
    keep_copies : whether what has a copy on an official split's tested side stays in training

    Raises
    ------
    ProtocolError
        Where the corpus does not allow the protocol.
    LeakError
        Where a broken rule was not allowed by name.
    """
    usable, copies = looked.prints.readable, None
    if design.base.protocol == "official":
        usable, copies = official_copies(corpus, looked, keep=keep_copies)
    splits = {s: image_splits(corpus, design.on_seed(s)[0], looked.groups, usable) for s in design.seeds}
    found = audit_images(corpus, [x for folds in splits.values() for x in folds], looked)
    leaks = allowed(found, allow, keep_copies=keep_copies)
    return Parted(splits, looked.unread, tuple(leaks), copies)
