"""Where each planned cell of an experiment stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from fer_core.base.unknown_people import KFOLD
from fer_core.store.records import CellKey, CellRecord, TrialRecord

CellState = Literal["waiting", "begun", "done", "failed"]


@dataclass(frozen=True)
class CellPlan:
    """One planned cell.

    ``trials`` of ``searched`` search trials are stored; both are 0 where nothing is searched. "begun"
    says that some of them are there and the cell's own result is not.
    """

    key: CellKey
    state: CellState
    trials: int = 0
    searched: int = 0
    seconds: float = 0.0
    n_test: int = 0
    error: str = ""


def cell_plans(design: Mapping[str, Any], cells: Iterable[CellRecord], trials: Iterable[TrialRecord]) -> list[CellPlan]:
    """One entry per planned cell, by seed and fold and then by condition, as they are worked off.

    ``design`` is the plain form of `fer_core.study.design.Design`, as the store keeps it.
    """
    stored = {c.key: c for c in cells}
    counts: dict[CellKey, int] = {}
    for trial in trials:
        counts[trial.cell] = counts.get(trial.cell, 0) + 1
    base = design["base"]
    folds = base["folds"] if base["protocol"] in KFOLD else 1
    whole = len(base["emotions"]) * base["search"]["evaluations"]
    return [
        _plan(CellKey("-".join(levels), seed, fold), levels, stored, counts, whole)
        for seed in design["seeds"]
        for fold in range(folds)
        for levels in design["factors"]
    ]


def _plan(
    key: CellKey, levels: Iterable[str], stored: Mapping[CellKey, CellRecord], counts: Mapping[CellKey, int], whole: int
) -> CellPlan:
    searched = whole if "bayesian" in levels else 0
    trials = counts.get(key, 0)
    cell = stored.get(key)
    if cell is None:
        return CellPlan(key, "begun" if trials else "waiting", trials, searched)
    return CellPlan(key, cell.state, trials, searched, cell.seconds, cell.n_test, cell.error)
