"""How a study's conditions, metrics and readings are called on pages, in tables and in reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fer_core.base.unknown_people import whose

LEVELS = {"gru": "GRU", "lstm": "LSTM", "bayesian": "Bayesian"}
"""Factor levels that are written otherwise than in a slug."""

BINARY_METRICS: dict[str, str] = {
    "recall": "Recall",
    "precision": "Precision",
    "f1": "F1",
    "specificity": "Specificity",
    "accuracy": "Binary accuracy",
}
"""A classifier's own metrics at threshold 0.5."""

WHOLE_METRICS: dict[str, str] = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "macro_f1": "Macro F1",
    "mean_binary_accuracy": "Mean binary accuracy",
    "mean_binary_f1": "Mean binary F1",
    "mean_binary_precision": "Mean precision",
    "mean_binary_recall": "Mean recall",
    "mean_binary_specificity": "Mean specificity",
}
"""A condition's metrics: the first three read the highest of the classifiers, the others each alone."""

BASELINES = {"accuracy": "commonest emotion", "balanced_accuracy": "one emotion", "mean_binary_accuracy": "always no"}
"""What answers reach the baselines of `fer_core.results.study.baselines` without looking at a face."""

READINGS = {
    "outputs": "raw outputs of the classifiers, as the published study reads them",
    "probabilities": "outputs read by the loss each classifier was trained with",
}

OBJECTIVES = {"loss": "Loss on inner folds", "average_precision": "1 − average precision on inner folds"}
"""What a trial's value is; smaller is better."""


SETTINGS = {
    "F": "F, features per frame",
    "Q": "Q, recurrent units",
    "R": "R, hidden units",
    "dropout": "Dropout",
    "learning_rate": "Learning rate",
}


def condition_words(slug: str, between: str = ", ") -> str:
    """``GRU, Bayesian, advanced`` for ``gru-bayesian-advanced``."""
    return between.join(LEVELS.get(level, level) for level in slug.split("-"))


def seed_words(seeds: Sequence[int]) -> str:
    """``seed 0`` or ``seeds 0, 1``."""
    return ("seed " if len(seeds) == 1 else "seeds ") + ", ".join(map(str, seeds))


def size_words(row: Mapping[Any, Any]) -> str:
    """``269 clips of 100 subjects, 807 tests in 3 seeds``; ``row`` has n, subjects, tests and seeds."""
    tests = "" if row["tests"] == row["n"] else f", {row['tests']} tests in {row['seeds']} seeds"
    return f"{row['n']} clips{whose(row)}{tests}"
