"""A part of a study: some of its conditions and seeds, or only what all of its conditions were tested on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from fer_core.results.metrics import THRESHOLD
from fer_core.results.study import Reading, Study, items

if TYPE_CHECKING:
    import pandas as pd

Outcome = Literal["missed", "called", "found"]
"""Of one classifier: its emotion was not called so, another one was called so, it was called so."""

Tests = frozenset[tuple[int, int]]
"""(seed, fold) of test sides."""


def part_of(
    study: Study,
    conditions: Collection[str] | None = None,
    seeds: Collection[int] | None = None,
    *,
    common: bool = False,
) -> Study:
    """The same experiment as if only these conditions and seeds had been asked for.

    Parameters
    ----------
    conditions : slugs, optional
        All if not given; the design's order is kept.
    seeds : optional
        All if not given.
    common : bool
        Keep the cells of those folds alone that every condition with results has finished, so that all
        are compared on the same clips.
    """
    slugs = [c for c in study.conditions if conditions is None or c in conditions]
    kept = [s for s in study.seeds if seeds is None or s in seeds]
    part = _narrowed(study, slugs, kept)
    if not common:
        return part
    done = [tests_of(part, c) for c in part.tested]
    shared = frozenset.intersection(*done) if done else frozenset()
    rows = part.predictions
    same = np.array([key in shared for key in zip(rows["seed"], rows["fold"], strict=True)], dtype=bool)
    cells = tuple(c for c in part.cells if (c.seed, c.fold) in shared)
    return replace(part, cells=cells, predictions=rows[same])


def tests_of(study: Study, condition: str) -> Tests:
    """The test sides that a condition has finished."""
    return frozenset((c.seed, c.fold) for c in study.cells if c.condition == condition and c.state == "done")


def uneven(study: Study) -> bool:
    """Whether conditions with results were tested on different folds, so on different clips."""
    return len({tests_of(study, c) for c in study.tested}) > 1


def outcomes(
    study: Study, condition: str, emotion: str, outcome: Outcome, reading: Reading = "outputs"
) -> pd.DataFrame:
    """The clips that one emotion's classifier alone missed, called so wrongly or found, as `items`."""
    rows = items(study, condition, reading)
    is_so, said_so = rows["emotion"] == emotion, rows[emotion] > THRESHOLD
    wanted = {"missed": is_so & ~said_so, "called": ~is_so & said_so, "found": is_so & said_so}
    return rows[wanted[outcome]].reset_index(drop=True)


def _narrowed(study: Study, slugs: Sequence[str], seeds: Sequence[int]) -> Study:
    record = study.record
    before = max(1, len(study.conditions) * len(study.seeds))
    design = {**study.design, "factors": [s.split("-") for s in slugs], "seeds": list(seeds)}
    splits = {k: v for k, v in record.splits.items() if not k.lstrip("-").isdecimal() or int(k) in seeds}
    planned = record.planned * len(slugs) * len(seeds) // before
    rows = study.predictions
    return replace(
        study,
        record=replace(record, design=design, splits=splits, planned=planned),
        cells=tuple(c for c in study.cells if c.condition in slugs and c.seed in seeds),
        trials=tuple(t for t in study.trials if t.condition in slugs and t.seed in seeds),
        predictions=rows[rows["condition"].isin(slugs) & rows["seed"].isin(seeds)],
    )
