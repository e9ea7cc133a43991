"""The leak audit of image experiments: pictures and people on both sides, before anything is trained.

The rules, their words and how one is accepted are those of `fer_core.training.audit`. Folds are drawn so
that copies of a picture stand together; an official split cannot be drawn anew, so there what has a copy
on the tested side is left out of training unless it is asked to stay. Nothing is fitted on a test side:
class weights, early stopping and the temperature come from the training side alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.datasets.copies.duplicates import Twins, twins_across
from fer_core.datasets.images.base import ImageCorpus, Positions, held_out
from fer_core.training.audit import Finding, check_names, enforce
from fer_core.training.images.protocols import ImageSplit
from fer_core.training.images.scan_pictures import Looked

COPIES = ("near-duplicate", "mirrored-or-augmented-copy")
"""The rules that copies across an official split break; keeping the copies accepts them."""

_EXAMPLES = 3

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class OfficialCopies:
    """How many pictures of an official split's training side have a copy on its tested side.

    ``found`` = ``exact`` + ``near`` have one directly, ``mirrored`` of them in the mirror,
    ``other_label`` of them with another label; ``left_out``: those, and copies of copies, that were
    left out of training, 0 where they were kept. ``among``: the tested part, of ``tested`` pictures;
    ``of``: pictures on the training side before.
    """

    of: int
    among: str
    tested: int
    found: int
    exact: int
    near: int
    mirrored: int
    other_label: int
    left_out: int
    examples: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """A sentence for people; empty where there is none."""
        if not self.found:
            return ""
        share = f"{self.found:,} of {self.of:,} training pictures are copies of pictures in {self.among}"
        kinds = f"{self.exact:,} exact, {self.near:,} near"
        all_of_them = "they" if self.left_out == self.found else f"with copies of those, {self.left_out:,}"
        done = f"{all_of_them} were left out of training" if self.left_out else "they were trained on"
        return f"{share} ({kinds}; {self.other_label:,} with another label): {done}."

    def to_json(self) -> dict[str, Any]:
        """Plain data, for a record."""
        return asdict(self) | {"examples": list(self.examples), "words": self.words}


def official_copies(corpus: ImageCorpus, looked: Looked, *, keep: bool) -> tuple[Mask, OfficialCopies]:
    """Which pictures may be used under the official split, and how many have a copy on the tested side.

    Unreadable ones may not; nor may, unless ``keep``, training and validation pictures that are copies
    of tested ones, directly or through others.
    """
    tested, part = held_out(corpus)  # what `image_splits` tests
    seen = np.flatnonzero(np.isin(corpus.part, ("train", "validation")) & (corpus.part != part))
    usable = looked.prints.readable.copy()
    seen, tested = seen[usable[seen]], tested[usable[tested]]
    twins = twins_across(looked.prints.take(seen), looked.prints.take(tested))
    again = seen[np.isin(looked.groups[seen], looked.groups[tested])]
    if not keep:
        usable[again] = False
    return usable, _counted(corpus, twins, seen, tested, str(part), 0 if keep else len(again))


def audit_images(corpus: ImageCorpus, splits: Iterable[ImageSplit], looked: Looked) -> list[Finding]:
    """Rules that the splits break: people, and copies of a picture, on both sides."""
    folds = list(splits)
    return [f for f in (_people(corpus, folds), *_copies(corpus, folds, looked)) if f is not None]


def allowed(findings: list[Finding], allow: Collection[str], *, keep_copies: bool) -> list[Finding]:
    """The findings, all of them accepted. Raises `LeakError`, or `SettingError` for an unknown name."""
    check_names(allow)
    return enforce(findings, {*allow, *(COPIES if keep_copies else ())})


def _counted(
    corpus: ImageCorpus, twins: Twins, seen: Positions, tested: Positions, part: str, left_out: int
) -> OfficialCopies:
    rows = np.flatnonzero(twins.found)
    mine, theirs = seen[rows], tested[twins.twin[rows]]
    exact = int(twins.exact.sum())
    first = np.lexsort((rows, twins.bits[rows], ~twins.exact[rows]))[:_EXAMPLES]
    return OfficialCopies(
        of=len(seen),
        among=part,
        tested=len(tested),
        found=len(rows),
        exact=exact,
        near=len(rows) - exact,
        mirrored=int(twins.mirrored.sum()),
        left_out=left_out,
        other_label=int((corpus.emotion[mine] != corpus.emotion[theirs]).sum()),
        examples=tuple(f"{corpus.item[mine[k]]} and {corpus.item[theirs[k]]}" for k in first),
    )


def _people(corpus: ImageCorpus, folds: list[ImageSplit]) -> Finding | None:
    if not corpus.subjects_known:
        return None
    both = [set(corpus.subject[_seen(f)].tolist()) & set(corpus.subject[f.test].tolist()) for f in folds]
    found = sorted(set().union(*both))
    if not found:
        return None
    what = f"{_count(len(found), 'subject')} on both sides of the split, such as {found[0]}"
    fix = "choose the protocol subject-kfold"
    return Finding(
        "subject-on-both-sides",
        what,
        _share(sum(map(bool, both)), len(folds)),
        fix,
        len(found),
        tuple(found[:_EXAMPLES]),
    )


def _copies(corpus: ImageCorpus, folds: list[ImageSplit], looked: Looked) -> list[Finding | None]:
    """Near-duplicates, plain ones and those in the mirror, each under its rule."""
    pairs: dict[bool, dict[int, int]] = {False: {}, True: {}}
    hit = {False: 0, True: 0}
    for f in folds:
        seen = _seen(f)
        suspects = seen[np.isin(looked.groups[seen], looked.groups[f.test])]
        if not len(suspects):
            continue
        twins = twins_across(looked.prints.take(suspects), looked.prints.take(f.test))
        for mirrored in (False, True):
            rows = np.flatnonzero(twins.found & (twins.mirrored == mirrored))
            hit[mirrored] += bool(len(rows))
            pairs[mirrored] |= dict(zip(suspects[rows].tolist(), f.test[twins.twin[rows]].tolist(), strict=True))
    what = ("nearly the same face across the split", "a picture and its mirror image across the split")
    return [_pair_finding(corpus, COPIES[m], pairs[bool(m)], what[m], _share(hit[bool(m)], len(folds))) for m in (0, 1)]


def _pair_finding(corpus: ImageCorpus, rule: str, pairs: dict[int, int], what: str, where: str) -> Finding | None:
    if not pairs:
        return None
    some = [f"{corpus.item[a]} and {corpus.item[b]}" for a, b in list(pairs.items())[:_EXAMPLES]]
    said = f"{what}, in {_count(len(pairs), 'pair')} such as {some[0]}"
    return Finding(rule, said, where, "leave the copies out of training", len(pairs), tuple(some))


def _seen(split: ImageSplit) -> Positions:
    return np.concatenate([split.train, split.validation])


def _share(folds: int, of: int) -> str:
    return f"in {folds} of {of} folds" if of > 1 else "in the one split"


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
