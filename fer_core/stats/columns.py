"""Names of the columns of a table of results, ours and those that others give them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from fer_core.base.errors import TableError
from fer_core.base.text import name_key
from fer_core.results.differences import LEVELS
from fer_core.results.metrics import BINARY
from fer_core.results.study import FACTOR_NAMES

FACTORS: tuple[str, ...] = FACTOR_NAMES
"""What a study varies: architecture, tuning, loss."""

ORDERS: dict[str, tuple[str, str]] = LEVELS
"""Of each factor, the level that stands first in a difference, and the one subtracted from it."""

METRICS: tuple[str, ...] = BINARY
"""Of one classifier at 0.5, each in [0, 1]."""

COUNTS = ("tp", "fp", "fn", "tn")
UNITS = ("emotion", "replicate", "fold", "person")
"""What tells evaluations of the same condition apart."""

KEYS = (*FACTORS, *UNITS)
"""Together they name one row, so no two rows may share them all."""

ALL_LEVELS = "all"
"""The level of a factor that a table does not have."""

_ALIASES: dict[str, tuple[str, ...]] = {
    "architecture": ("arch", "model", "network", "rnn", "cell", "cell_type", "model_type"),
    "tuning": (
        "optimization",
        "optimisation",
        "optimizer",
        "optimiser",
        "opt",
        "hyperparameters",
        "hyperparameter",
        "hyperparameter_optimization",
        "hyperparameter_tuning",
        "search",
        "parameters",
    ),
    "loss": ("loss_function", "loss_type", "lossfunction", "criterion", "objective"),
    "emotion": ("class", "label", "expression", "classifier", "category", "target"),
    "replicate": ("seed", "run", "repeat", "repetition", "rep", "random_seed", "random_state"),
    "fold": ("cv_fold", "split", "k", "fold_id"),
    "person": ("subject", "participant", "subject_id", "person_id", "participant_id"),
    "accuracy": ("acc", "binary_accuracy", "accuracy_score", "test_accuracy"),
    "f1": ("f1_score", "f1score", "f_1", "fscore", "f_score", "f_measure", "f1_measure", "binary_f1"),
    "precision": ("prec", "ppv", "positive_predictive_value", "precision_score", "binary_precision"),
    "recall": ("sensitivity", "sens", "rec", "tpr", "true_positive_rate", "hit_rate", "recall_score", "binary_recall"),
    "specificity": ("spec", "tnr", "true_negative_rate", "selectivity", "binary_specificity"),
    "tp": ("true_positive", "true_positives", "n_tp"),
    "fp": ("false_positive", "false_positives", "n_fp"),
    "fn": ("false_negative", "false_negatives", "n_fn"),
    "tn": ("true_negative", "true_negatives", "n_tn"),
}


_KEPT_UNDER = ("params", "param", "metrics", "metric", "config", "summary", "hparams", "tags")
"""What trackers of experiments write before a name: ``params.loss``, ``config/seed``."""
_JUDGED_ON = ("test", "testing", "holdout", "val", "valid", "validation", "eval", "evaluation", "dev")
"""What was judged, in the order in which it is taken; what was measured in training is not."""


def bare(column: str) -> tuple[str, str]:
    """A name without what trackers write before it, and what it was judged on: ``val/f1`` → (f1, val)."""
    words = _plain(column).split("_")
    while len(words) > 1 and words[0] in _KEPT_UNDER:
        words = words[1:]
    on = words.pop(0) if len(words) > 1 and words[0] in _JUDGED_ON else ""
    return "_".join(words), on


def suggest_mapping(columns: Sequence[str]) -> dict[str, str]:
    """Our name of a column → theirs, for every column whose meaning its name gives away.

    Case, spaces and punctuation do not matter, nor what trackers write before a name (`bare`). Our own names
    win over others' for the same thing; of two columns that could mean the same, the one whose name stands
    first in our list of spellings is taken, and what was judged on test data before validation data.
    """
    spelled: dict[str, str] = {}
    for column in columns:
        spelled.setdefault(_plain(column), column)
    rest = [(bare(column), column) for column in columns]
    for (name, on), column in sorted(rest, key=lambda r: _JUDGED_ON.index(r[0][1]) if r[0][1] else -1):
        if not on or name in _MEASURED:
            spelled.setdefault(name, column)
    found = {}
    for name in (*KEYS, *METRICS, *COUNTS):
        theirs = next((spelled[s] for s in (name, *_ALIASES[name]) if s in spelled), None)
        if theirs is not None:
            found[name] = theirs
    return found


_MEASURED = {spelling for name in (*METRICS, *COUNTS) for spelling in (name, *_ALIASES[name])}


def metric_of(name: str) -> str | None:
    """Which of `METRICS` and `COUNTS` a bare name is; None for anything else."""
    known = (*METRICS, *COUNTS)
    return next((m for m in known if name == m or name in _ALIASES[m]), None)


def judged_on(mapping: Mapping[str, str]) -> list[str]:
    """A sentence for each metric whose column says what it was judged on."""
    said = [(ours, theirs) for ours, theirs in mapping.items() if ours in METRICS and bare(theirs)[1]]
    return [f"{ours} was read from {theirs}." for ours, theirs in said]


def checked_mapping(mapping: Mapping[str, str], columns: Sequence[str]) -> dict[str, str]:
    """The mapping, if each of its names is ours, each of its columns is there, and none is used twice."""
    used: dict[str, str] = {}
    for ours, theirs in mapping.items():
        if ours not in (*KEYS, *METRICS, *COUNTS):
            raise TableError(f"{ours!r} is not a column of a table of results", fix=f"use {_list(KEYS + METRICS)}")
        if theirs not in columns:
            raise TableError(f"the table has no column {theirs!r}", fix=f"choose one of {_list(columns)}")
        if theirs in used:
            raise TableError(
                f"one column is mapped to both {used[theirs]} and {ours}",
                where=f"column {theirs}",
                fix="map it to one of them",
            )
        used[theirs] = ours
    return dict(mapping)


def require_columns(columns: Sequence[str]) -> None:
    """Raises `TableError` where columns (our names) are too few for any analysis."""
    if not set(columns) & set(FACTORS):
        raise TableError("no column says what was varied", fix=f"name one of them {_list(FACTORS, 'or')}")
    if "emotion" not in columns:
        raise TableError(
            "no column says which classifier a row is about",
            fix="name one of them emotion, and write the same word in every row if there is only one",
        )
    counts = [name for name in COUNTS if name in columns]
    if counts and len(counts) < len(COUNTS):
        missing = [name for name in COUNTS if name not in columns]
        raise TableError(
            f"counts need all of {_list(COUNTS)}, and {_list(missing)} cannot be found",
            fix="add what is missing, or leave all counts out",
        )
    if not counts and not set(columns) & set(METRICS):
        raise TableError(
            "no column holds a metric", fix=f"name one of them {_list(METRICS, 'or')}, or give {_list(COUNTS)}"
        )


def _plain(column: str) -> str:
    """Lower case, everything that is no letter or digit as one underscore."""
    return re.sub(r"[^a-z0-9]+", "_", name_key(str(column))).strip("_")


def _list(names: Sequence[str], last: str = "and") -> str:
    shown = [str(name) for name in names[:20]]
    if len(names) > len(shown):
        return ", ".join(shown) + ", ..."
    return f" {last} ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
