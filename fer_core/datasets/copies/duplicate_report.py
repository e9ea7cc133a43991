"""What the copies in a corpus amount to: within each official part, and from part to part.

A held-out image with a twin in the training part was seen in training: on it, remembering looks like
recognising. A twin with another label is a mistake of the corpus in one of the two.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from fer_core.base.errors import MediaError
from fer_core.base.progress import Progress, silent, stage
from fer_core.datasets.copies.duplicates import ALIKE_BITS, Twins, twins_across, twins_within
from fer_core.datasets.copies.fingerprints import Fingerprints, fingerprints
from fer_core.datasets.images.base import PARTS, ImageCorpus, Part, Positions
from fer_core.datasets.images.omissions import Tally

EXAMPLES = 20
"""Pairs that a report names of each kind: exact ones, the nearest of the others, those with two labels."""


def duplicate_report(
    corpus: ImageCorpus, against: ImageCorpus | None = None, *, limit: int = ALIKE_BITS, progress: Progress = silent
) -> dict[str, Any]:
    """Copies in a corpus, as plain data.

    Parameters
    ----------
    corpus : ImageCorpus
    against : another corpus that each part is compared with, too
    limit : bits of 256, 0 to 31 (`fer_core.datasets.copies.duplicates`)
    progress : told while images are read and compared

    Returns
    -------
    dict
        ``within``, one entry per part: how many of its ``images`` have a twin before them (``exact``,
        ``near``, ``mirrored`` among both, ``other_label``, ``other_subject`` where people are known) and
        ``examples`` (`EXAMPLES` of each kind: exact, near, with another label). ``across``, one entry per
        pair of parts (the images ``of`` one that have a twin ``among`` the other; held-out parts against
        those before them), the same keys and ``share``.
        ``featureless``: images of one grey; ``unread``: those that could not be read.
    """
    started = time.monotonic()
    tally = Tally()
    prints = _prints(corpus, tally, progress)
    theirs = _prints(against, tally, progress) if against else None
    parts: dict[Part, Positions] = {p: at for p in PARTS if len(at := corpus.of_part(p))}
    within, across = [], []
    searches = len(parts) * (len(parts) + 1) // 2 + (len(parts) if against else 0)
    steps = (stage(progress, k, searches) for k in range(searches))
    for number, (part, at) in enumerate(parts.items()):
        own = prints.take(at)
        twins = twins_within(own, limit=limit, progress=next(steps))
        within.append({"part": str(part or "none")} | _told(twins, corpus, at, corpus, at))
        for other, there in list(parts.items())[:number]:
            twins = twins_across(own, prints.take(there), limit=limit, progress=next(steps))
            pair = {"of": str(part or "none"), "among": str(other or "none")}
            across.append(pair | _told(twins, corpus, at, corpus, there))
        if theirs is not None and against is not None:
            twins = twins_across(own, theirs, limit=limit, progress=next(steps))
            pair = {"of": str(part or "none"), "among": f"all of {against.name}"}
            across.append(pair | _told(twins, corpus, at, against, np.arange(len(against))))
    return {
        "name": corpus.name,
        "format": corpus.format,
        "images": len(corpus),
        "limit_bits": limit,
        "within": within,
        "across": across,
        "featureless": int(prints.featureless.sum()),
        "unread": [{"where": o.where, "why": o.why} for o in tally.omissions()],
        "seconds": round(time.monotonic() - started, 1),
    }


def report_words(report: dict[str, Any]) -> str:
    """A report for people."""
    lines = [f"{report['name']} ({report['format']}): {report['images']:,} images, {report['seconds']} s"]
    for entry in report["within"]:
        where = "the corpus" if entry["part"] == "none" else entry["part"]
        lines.append(f"  within {where}: {_counts(entry)} of {entry['images']:,} images")
    for entry in report["across"]:
        lines.append(
            f"  {entry['of']}, seen in {entry['among']}: {_counts(entry)} of {entry['images']:,} images "
            f"({entry['share']:.1%})"
        )
    blank = report["featureless"]
    lines += [f"  {blank:,} images show nothing but one grey"] if blank else []
    lines += [f"  not read: {o['where']}: {o['why']}" for o in report["unread"]]
    lines.append(
        f"Near: at most {report['limit_bits']} of 256 bits of a difference hash differ. Copies that were cut "
        "or turned differently are not found."
    )
    return "\n".join(lines)


def _counts(entry: dict[str, Any]) -> str:
    labels = f", {entry['other_label']:,} with another label" if entry["other_label"] else ""
    mirrored = f", {entry['mirrored']:,} mirrored" if entry["mirrored"] else ""
    return f"{entry['exact']:,} exact and {entry['near']:,} near copies{mirrored}{labels}"


def _prints(corpus: ImageCorpus, tally: Tally, progress: Progress) -> Fingerprints:
    def unread(position: int, error: MediaError) -> None:
        tally.leave(str(corpus.item[position]), error.what, error.fix)

    return fingerprints(corpus, on_error=unread, progress=progress)


def _told(twins: Twins, corpus: ImageCorpus, at: Positions, others: ImageCorpus, there: Positions) -> dict[str, Any]:
    """Counts and examples of the twins of `corpus[at]` among `others[there]`."""
    rows = np.flatnonzero(twins.found)
    mine, theirs = at[rows], there[twins.twin[rows]]
    labels = corpus.emotion[mine] != others.emotion[theirs]
    told: dict[str, Any] = {
        "images": len(at),
        "exact": int(twins.exact.sum()),
        "near": int(len(rows) - twins.exact.sum()),
        "mirrored": int(twins.mirrored.sum()),
        "share": len(rows) / len(at),
        "other_label": int(labels.sum()),
    }
    if corpus.subjects_known and others is corpus:
        told["other_subject"] = int((corpus.subject[mine] != others.subject[theirs]).sum())
    nearest = np.lexsort((rows, twins.bits[rows]))
    exact = twins.exact[rows[nearest]]
    kinds = (nearest[exact], nearest[~exact], nearest[labels[nearest]])
    # One that is of two kinds is told once.
    first = dict.fromkeys(k for kind in kinds for k in kind[:EXAMPLES].tolist())
    told["examples"] = [
        {
            "item": str(corpus.item[mine[k]]),
            "twin": str(others.item[theirs[k]]),
            "exact": bool(twins.exact[rows[k]]),
            "mirrored": bool(twins.mirrored[rows[k]]),
            "bits": int(twins.bits[rows[k]]),
            "emotion": str(corpus.emotion[mine[k]]),
            "twin_emotion": str(others.emotion[theirs[k]]),
        }
        for k in first
    ]
    return told
