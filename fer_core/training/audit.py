"""The leak audit: before anything is trained, does the test side reach into it?

Each rule has a name, so that a user who wants a run all the same (to repeat a study as it was
done, say) must name what is broken, and the result carries that name from then on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import LeakError, SettingError, sentence
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.training.leaks.evidence import Evidence, FoldEvidence, StepName, evidence_by_names, evidence_of
from fer_core.training.leaks.near_duplicates import SAME, Pairs, near_pairs

__all__ = [
    "RULES",
    "Evidence",
    "Finding",
    "FoldEvidence",
    "audit",
    "check_names",
    "enforce",
    "evidence_by_names",
    "evidence_of",
]

RULES: dict[str, str] = {
    "subject-on-both-sides": "Nobody who is tested was trained on.",
    "clip-on-both-sides": "The frames of a clip stand together on one side.",
    "near-duplicate": "No two rows on different sides show nearly the same face.",
    "mirrored-or-augmented-copy": "Mirrored and otherwise varied copies stand on the side of their original.",
    "oversampled-before-split": "Nothing was repeated before the split, so that repeats stand on both sides.",
    "fitted-on-test": "Features, scale, alignment and networks are fitted on the training side alone.",
    "threshold-on-test": "Losses, thresholds and offsets follow from the training side alone.",
    "search-on-test": "The search for settings reads the training side alone.",
    "stopping-on-test": "Early stopping and the choice of the best epoch read the training side alone.",
}
"""Each rule's name, and what holds where it is kept."""

_EXAMPLES = 3

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Finding:
    """One broken rule.

    Attributes
    ----------
    rule : str
        A name in `RULES`.
    what, where, fix : str
        What was found, on which folds, and what to do; without full stops.
    count : int
        How many subjects, clips, pairs or folds.
    examples : tuple of str
        Some of them.
    """

    rule: str
    what: str
    where: str
    fix: str
    count: int
    examples: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """One sentence."""
        return sentence(self.what, self.where, self.fix)

    def to_json(self) -> dict[str, Any]:
        """Plain data, for a result."""
        return asdict(self) | {"examples": list(self.examples)}


def audit(evidence: Evidence) -> list[Finding]:
    """Every rule that is broken, in the order of `RULES`."""
    sides = _Sides(evidence)
    pairs = near_pairs(evidence.rows, evidence.pictures)
    found = [
        _names_on_both_sides(sides, "subject"),
        _names_on_both_sides(sides, "clip"),
        *_pairs_on_both_sides(sides, pairs),
        _step(evidence, "fitted-on-test", ("features", "weights"), "features or networks are fitted with"),
        _step(evidence, "threshold-on-test", ("thresholds",), "losses or thresholds are chosen with"),
        _step(evidence, "search-on-test", ("search",), "the search for settings reads"),
        _step(evidence, "stopping-on-test", ("stopping",), "early stopping or the best epoch reads"),
    ]
    return [finding for finding in found if finding is not None]


def enforce(findings: Sequence[Finding], allow: Collection[str] = ()) -> list[Finding]:
    """The findings, all of them allowed by name.

    Raises
    ------
    LeakError
        Where a broken rule is not named in ``allow``.
    SettingError
        For a name that is no rule's, so that a typing error allows nothing.
    """
    check_names(allow)
    refused = [f for f in findings if f.rule not in allow]
    if refused:
        each = "; ".join(f"{f.rule}, {f.what}" for f in refused)
        names = " ".join(f"--allow-leak {f.rule}" for f in refused)
        raise LeakError(
            f"the numbers would not be honest: {each}",
            where=refused[0].where,
            fix=f"{refused[0].fix}, or accept it by name: {names}",
        )
    return list(findings)


def check_names(allow: Collection[str]) -> None:
    """Raises `SettingError` for a name that is no rule's."""
    unknown = sorted(set(allow) - set(RULES))
    if unknown:
        raise SettingError(f"there is no leak rule {unknown[0]!r}", fix="use " + ", ".join(RULES))


# --- rules about who stands where -----------------------------------------------------------------


class _Sides:
    """For each fold and row: trained on, tested, neither."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        shape = len(evidence.folds), len(evidence.rows)
        self.train, self.test = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        for k, fold in enumerate(evidence.folds):
            self.train[k, fold.train] = True
            self.test[k, fold.test] = True

    def across(self, pairs: Pairs) -> Mask:
        """(folds, m): whether one row of a pair is trained on and the other tested."""
        i, j = pairs.first, pairs.second
        return (self.train[:, i] & self.test[:, j]) | (self.test[:, i] & self.train[:, j])

    def words(self, hit: Mask) -> str:
        """``in 3 of 10 folds``, for hit (folds,)."""
        return _share(int(hit.sum()), len(hit))


def _names_on_both_sides(sides: _Sides, kind: str) -> Finding | None:
    """A subject, or a clip, with rows on both sides. Copies and repeats of a clip have rules of their own."""
    rows, origin = sides.evidence.rows, sides.evidence.origin
    names, which = np.unique(getattr(rows, kind), return_inverse=True)
    member = np.zeros((len(rows), len(names)), dtype=np.float32)
    counted = (origin == np.arange(len(rows))) | (kind == "subject")
    member[np.flatnonzero(counted), which[counted]] = 1
    both = ((sides.train @ member) > 0) & ((sides.test @ member) > 0)
    found = names[both.any(axis=0)]
    if not len(found):
        return None
    fixes = {
        "subject": "choose a protocol that keeps subjects apart",
        "clip": "split by subject, or at least by clip, never by frame",
    }
    what = f"{_count(len(found), kind)} on both sides of the split, such as {found[0]}"
    rule = f"{kind}-on-both-sides"
    return _finding(rule, what, sides.words(both.any(axis=1)), fixes[kind], len(found), found)


def _pairs_on_both_sides(sides: _Sides, near: Pairs) -> list[Finding | None]:
    """Near-duplicates, copies and repeats, each pair under one rule."""
    evidence = sides.evidence
    rows, origin = evidence.rows, _first_origin(evidence.origin)
    related = origin[near.first] == origin[near.second]
    near = near.take(~related)  # copies that are known to be copies are judged as such, near or not
    same_clip = rows.clip[near.first] == rows.clip[near.second]
    repeated = same_clip & ~near.mirrored & (near.distance < SAME)
    mirrored = near.mirrored & ~repeated
    known = _related(origin)
    again = (evidence.made[known.first] == "repeated") | (evidence.made[known.second] == "repeated")
    return [
        _pair_finding(
            sides,
            "near-duplicate",
            [near.take(~repeated & ~mirrored)],
            "nearly the same face across the split",
            "keep one of each, or give the people in them one name",
        ),
        _pair_finding(
            sides,
            "mirrored-or-augmented-copy",
            [near.take(mirrored), known.take(~again)],
            "an original and its mirrored or varied copy across the split",
            "split first, then make copies of the training side",
        ),
        _pair_finding(
            sides,
            "oversampled-before-split",
            [near.take(repeated), known.take(again)],
            "a row and its repeat across the split",
            "split first, then repeat rows of the training side",
        ),
    ]


def _pair_finding(sides: _Sides, rule: str, parts: Sequence[Pairs], what: str, fix: str) -> Finding | None:
    rows = sides.evidence.rows
    count, folds, examples = 0, np.zeros(len(sides.evidence.folds), dtype=bool), []
    for pairs in parts:
        across = sides.across(pairs)
        hit = np.flatnonzero(across.any(axis=0))
        count, folds = count + len(hit), folds | across.any(axis=1)
        some = hit[np.argsort(pairs.distance[hit], kind="stable")][:_EXAMPLES]
        examples += [f"{_row(rows, pairs.first[k])} and {_row(rows, pairs.second[k])}" for k in some]
    if not count:
        return None
    said = f"{what}, in {_count(count, 'pair')} such as {examples[0]}"
    return _finding(rule, said, sides.words(folds), fix, count, examples)


def _row(rows: LandmarkSet, i: int) -> str:
    """A row's clip, and its frame where rows are single frames."""
    frame = f" frame {rows.frame_numbers[i, 0]:.0f}" if rows.frame_numbers.shape[1] == 1 else ""
    return f"{rows.clip[i]}{frame}"


def _first_origin(origin: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The original that each row goes back to, also where copies were copied."""
    while (origin[origin] != origin).any():
        origin = origin[origin]
    return origin


def _related(origin: npt.NDArray[np.int64]) -> Pairs:
    """All pairs of rows that go back to one original."""
    first, second = [], []
    for rows in np.split(np.argsort(origin, kind="stable"), np.cumsum(np.bincount(origin))[:-1]):
        if len(rows) > 1:
            i, j = np.triu_indices(len(rows), 1)
            first.append(rows[i])
            second.append(rows[j])
    i, j = (np.concatenate([np.zeros(0, dtype=np.int64), *part]) for part in (first, second))
    return Pairs(i, j, np.zeros(len(i), dtype=bool), np.zeros(len(i), dtype=np.float32))


# --- rules about what each step reads -------------------------------------------------------------


def _step(evidence: Evidence, rule: str, steps: Iterable[StepName], what: str) -> Finding | None:
    """A step that reads test rows, by its positions or by what it was seen to do."""
    reading = [any(_reads_test(fold, step) for step in steps) for fold in evidence.folds]
    moved = any(fold.moved & set(steps) for fold in evidence.folds)
    if not any(reading):
        return None
    where = "garbage put there changes what comes out" if moved else _share(sum(reading), len(reading))
    return _finding(rule, f"{what} the test side", where, "give it the training side alone", sum(reading), ())


def _reads_test(fold: FoldEvidence, step: StepName) -> bool:
    read = fold.reads.get(step)
    return step in fold.moved or (read is not None and bool(np.isin(read, fold.test).any()))


# --- shared ---------------------------------------------------------------------------------------


def _finding(rule: str, what: str, where: str, fix: str, count: int, examples: Iterable[Any]) -> Finding:
    some: list[str] = [str(e) for e in examples][:_EXAMPLES]
    return Finding(rule, what, where, fix, count, tuple(some))


def _share(folds: int, of: int) -> str:
    return f"in {folds} of {of} folds" if of > 1 else "in the one split"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
