"""What searches found, as tidy tables. A search is one cell's emotion: its trials in their order.

Smaller values are better, whatever the objective (`fer_core.results.words.OBJECTIVES`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from fer_core.store.records import TrialRecord

if TYPE_CHECKING:
    import pandas as pd

SEARCH = ("condition", "seed", "fold", "emotion")
"""What names a search."""


def trial_table(trials: Iterable[TrialRecord]) -> pd.DataFrame:
    """One row per trial.

    Columns: condition, seed, fold, emotion, number, state, value, each setting, seconds, error.
    """
    import pandas as pd

    rows = [
        {
            **t.cell._asdict(),
            "emotion": t.emotion,
            "number": t.number,
            "state": t.state,
            "value": np.nan if t.value is None else t.value,
            **t.settings,
            "seconds": t.seconds,
            "error": t.error,
        }
        for t in trials
    ]
    keys = [*SEARCH, "number", "state", "value", "seconds", "error"]
    table = pd.DataFrame(rows) if rows else pd.DataFrame(columns=keys)
    return table.astype({"value": float, "seconds": float})


def convergence(trials: Iterable[TrialRecord]) -> pd.DataFrame:
    """The best value so far of each search: condition, seed, fold, emotion, number, state, value, best.

    A failed trial has no value and leaves the best as it was.
    """
    table = trial_table(trials)[[*SEARCH, "number", "state", "value"]]
    table = table.sort_values([*SEARCH, "number"], ignore_index=True)
    groups = table.groupby(list(SEARCH), sort=False)["value"]
    best = groups.cummin()
    carried = best.groupby([table[k] for k in SEARCH], sort=False).ffill()
    return table.assign(best=carried)


def best_trials(trials: Iterable[TrialRecord]) -> pd.DataFrame:
    """One row per search: its best trial's number, value and settings, and how many trials it took.

    Columns: condition, seed, fold, emotion, number, value, the settings, trials, failed, seconds (all).
    """
    table = trial_table(trials)
    groups = table.groupby(list(SEARCH), sort=False)
    spent = groups.agg(
        trials=("number", "size"), failed=("state", lambda s: int((s == "failed").sum())), seconds=("seconds", "sum")
    )
    done = table[table["state"] == "done"].sort_values("value", kind="stable")
    best = done.drop_duplicates(list(SEARCH)).drop(columns=["state", "seconds", "error"])
    return best.merge(spent.reset_index(), on=list(SEARCH)).sort_values(list(SEARCH), ignore_index=True)
