"""A study's findings as tidy tables: one row per number, each with its interval and its N.

A clip is tested at most once per seed. Values are computed from the pooled tests of all folds and seeds;
intervals are bootstraps over subjects (`fer_core.results.metrics`), and a subject's clips of all seeds
are drawn together, so more seeds never pass for more people. What the intervals do not hold is how the
answer would vary over other seeds; `replicates` shows that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import StoreError
from fer_core.base.unknown_people import people_known, protocol_words
from fer_core.results.metrics import BINARY, WHOLE, binary_metrics, confusion_counts, evaluate
from fer_core.results.searches import best_trials, convergence, trial_table
from fer_core.results.words import OBJECTIVES
from fer_core.store.records import CellRecord, ExperimentRecord, TrialRecord
from fer_core.store.store import Store

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Reading",
    "Study",
    "baselines",
    "best_trials",
    "classifier_table",
    "confusion",
    "convergence",
    "curves",
    "items",
    "load_study",
    "per_condition",
    "per_emotion",
    "predictions_of",
    "readings",
    "replicates",
    "trial_table",
]

Reading = Literal["outputs", "probabilities"]

FACTOR_NAMES = ("architecture", "tuning", "loss")
_PREFIX: dict[Reading, str] = {"outputs": "out_", "probabilities": "p_"}
_COUNTS = ("tp", "fp", "fn", "tn")
_SIZE = ("n", "subjects", "seeds", "tests")
_KEYS = ("condition", *FACTOR_NAMES, "seed", "fold", "clip", "subject", "emotion")


@dataclass(frozen=True, eq=False)
class Study:
    """An experiment as it stands in the store, finished or not.

    ``predictions`` has one row per cell and test clip: condition, architecture, tuning, loss, seed,
    fold, clip, subject, emotion, then ``out_<emotion>`` and ``p_<emotion>`` for each emotion.
    """

    record: ExperimentRecord
    cells: tuple[CellRecord, ...]
    trials: tuple[TrialRecord, ...]
    predictions: pd.DataFrame
    _metrics: dict[tuple[str, Reading], dict[str, Any]] = field(default_factory=dict, repr=False, init=False)

    @property
    def design(self) -> dict[str, Any]:
        """What was asked for: base, factors, seeds."""
        return dict(self.record.design)

    @property
    def emotions(self) -> tuple[str, ...]:
        """The classifiers, in the order of the outputs."""
        return tuple(self.design["base"]["emotions"])

    @property
    def conditions(self) -> tuple[str, ...]:
        """Slugs, in the order of the design."""
        return tuple("-".join(levels) for levels in self.design["factors"])

    @property
    def seeds(self) -> tuple[int, ...]:
        """Replicates."""
        return tuple(self.design["seeds"])

    @property
    def tested(self) -> tuple[str, ...]:
        """Conditions of which at least one cell is done."""
        done = set(self.predictions["condition"])
        return tuple(c for c in self.conditions if c in done)

    @property
    def protocol(self) -> str:
        """How clips were parted into trained and tested ones, in words."""
        base = self.design["base"]
        share = f"{base.get('test_share', 0):.0%}"
        words = {
            "subject-kfold": f"subject-independent {base['folds']}-fold",
            "subject-holdout": f"subject-independent hold-out of {share}",
            "clip-kfold": f"{base['folds']}-fold by clip, the same people on both sides",
            "random-holdout": f"random hold-out of {share}, the same people on both sides",
        }
        return protocol_words(base["protocol"], self.people_known, words)

    @property
    def people_known(self) -> bool:
        """Whether it is known who is filmed; where not, what stands for subjects are clips."""
        return people_known(self.record.corpus)

    @property
    def objective(self) -> str:
        """What a trial's value is, in words; smaller is better."""
        return OBJECTIVES[self.design["base"].get("search", {}).get("objective", "loss")]


def load_study(store: Store, id: str) -> Study:
    """Everything the store knows of an experiment; raises `StoreError` where there is no such id."""
    import pandas as pd

    record = store.experiment(id)
    emotions = record.design["base"]["emotions"]
    numbers = [prefix + e for prefix in _PREFIX.values() for e in emotions]
    slugs = {"-".join(levels) for levels in record.design["factors"]}
    said = store.predictions(id, emotions, slugs)
    rows = [(*key, p.clip, p.subject, p.emotion, *p.outputs, *p.probabilities) for key, p in said]
    frame = pd.DataFrame(rows, columns=["condition", *_KEYS[4:], *numbers])
    for place, name in enumerate(FACTOR_NAMES):
        levels = [slug.split("-")[place] for slug in frame["condition"]]
        frame.insert(1 + place, name, pd.Series(levels, dtype=object, index=frame.index))
    cells, trials = store.cells(id), store.trials(id)
    if strange := {*(c.condition for c in cells), *(t.condition for t in trials)} - slugs:
        raise StoreError(
            f"the store holds the condition {min(strange)!r}, which was not asked for",
            where=f"{store.file}, {id}",
            fix="put a copy of it back",
        )
    return Study(record, tuple(cells), tuple(trials), frame)


# --- metrics --------------------------------------------------------------------------------------


def per_emotion(study: Study, reading: Reading = "outputs", conditions: Sequence[str] | None = None) -> pd.DataFrame:
    """One row per condition, emotion and metric (`BINARY`): each classifier alone at 0.5.

    Columns: condition, architecture, tuning, loss, emotion, metric, value, low, high (95 %), n (clips),
    subjects (None where people are unknown), seeds, tests (a clip may be tested in several seeds), tp, fp,
    fn, tn (tests).
    """
    rows = [
        {
            **_names(slug),
            "emotion": emotion,
            "metric": metric,
            **_estimate(found, metric),
            **size,
            **{k: found[k] for k in _COUNTS},
        }
        for slug, result, size in _results(study, reading, conditions)
        for emotion, found in result["per_emotion"].items()
        for metric in BINARY
    ]
    return _frame(rows, ("emotion", "metric", "value", "low", "high", *_SIZE, *_COUNTS))


def per_condition(study: Study, reading: Reading = "outputs", conditions: Sequence[str] | None = None) -> pd.DataFrame:
    """One row per condition and metric (`WHOLE`).

    Columns: condition, architecture, tuning, loss, metric, value, low, high (95 %), n (clips), subjects,
    seeds, tests, folds_done, folds_failed, folds_planned (cells over all seeds).
    """
    rows = [
        {**_names(slug), "metric": metric, **_estimate(result, metric), **size, **_folds(study, slug)}
        for slug, result, size in _results(study, reading, conditions)
        for metric in WHOLE
    ]
    folds = ("folds_done", "folds_failed", "folds_planned")
    return _frame(rows, ("metric", "value", "low", "high", *_SIZE, *folds))


def replicates(study: Study, reading: Reading = "outputs") -> pd.DataFrame:
    """One row per condition, seed, emotion and metric, pooled over folds: what statistics take as units.

    Columns: condition, architecture, tuning, loss, seed, emotion, metric, value, n (clips), tp, fp, fn, tn.
    """
    rows = [
        {
            **_names(slug),
            "seed": seed,
            "emotion": emotion,
            "metric": metric,
            "value": found[metric],
            "n": len(part),
            **{k: found[k] for k in _COUNTS},
        }
        for slug in study.tested
        for seed, part in predictions_of(study, slug).groupby("seed")
        for emotion, found in binary_metrics(_true(part), readings(study, part, reading), study.emotions).items()
        for metric in BINARY
    ]
    return _frame(rows, ("seed", "emotion", "metric", "value", "n", *_COUNTS))


def confusion(
    study: Study, condition: str, reading: Reading = "outputs", seeds: Iterable[int] | None = None
) -> npt.NDArray[np.int64]:
    """(E, E) tests: rows labels, columns what the highest of the classifiers says."""
    part = predictions_of(study, condition, seeds)
    return confusion_counts(_true(part), readings(study, part, reading), study.emotions)


def items(
    study: Study,
    condition: str,
    reading: Reading = "outputs",
    labelled: str | None = None,
    classified: str | None = None,
) -> pd.DataFrame:
    """The clips behind a cell of the confusion matrix (or all): seed, fold, clip, subject, emotion,
    classified, and one column per emotion with what its classifier said.
    """
    part = predictions_of(study, condition)
    numbers = readings(study, part, reading)
    said = np.array(study.emotions, dtype=object)[numbers.argmax(axis=1)]
    shown = part[["seed", "fold", "clip", "subject", "emotion"]].assign(
        classified=said, **{e: numbers[:, k] for k, e in enumerate(study.emotions)}
    )
    for name, wanted in (("emotion", labelled), ("classified", classified)):
        shown = shown if wanted is None else shown[shown[name] == wanted]
    return shown.reset_index(drop=True)


def baselines(study: Study) -> dict[str, float]:
    """What needs no face at all: the commonest emotion for every clip, or "no" from every classifier."""
    counts = np.array([study.record.corpus["counts"].get(e, 0) for e in study.emotions], dtype=float)
    emotions = len(study.emotions)
    return {
        "accuracy": float(counts.max() / max(counts.sum(), 1)),
        "balanced_accuracy": 1 / emotions,
        "mean_binary_accuracy": 1 - 1 / emotions,
    }


# --- fits --------------------------------------------------------------------------


def curves(study: Study, condition: str, seeds: Iterable[int] | None = None) -> list[dict[str, Any]]:
    """Losses by epoch, one entry per seed, fold and emotion.

    Keys: seed, fold, emotion, loss (its name), train, val (lists), best_epoch.
    """
    wanted = set(study.seeds if seeds is None else seeds)
    return [
        {
            "seed": cell.seed,
            "fold": cell.fold,
            "emotion": emotion,
            "loss": found.get("loss", ""),
            "train": found.get("train") or [],
            "val": found.get("validation") or [],
            "best_epoch": found.get("best_epoch"),
        }
        for cell in study.cells
        if cell.condition == condition and cell.state == "done" and cell.seed in wanted
        for emotion, found in cell.fits.items()
    ]


def classifier_table(study: Study) -> pd.DataFrame:
    """One row per cell and emotion: trained_with (a loss and its settings), ratio, sizes, parameters,
    epochs, the cell's clips and seconds.

    A failed cell has one row, without an emotion, and its error.
    """
    import pandas as pd

    rows = [
        {
            **_names(cell.condition),
            "seed": cell.seed,
            "fold": cell.fold,
            "state": cell.state,
            "emotion": emotion,
            "trained_with": found.get("loss"),
            **{k: found.get(k) for k in ("ratio", "parameters", "best_epoch", "epochs")},
            **found.get("loss_settings", {}),
            **found.get("settings", {}),
            "n_train": cell.n_train,
            "n_test": cell.n_test,
            "cell_seconds": cell.seconds,
            "error": cell.error,
        }
        for cell in study.cells
        for emotion, found in (cell.fits or {"": {}}).items()
    ]
    return pd.DataFrame(rows)


# --- inside ---------------------------------------------------------------------------------------


def _results(
    study: Study, reading: Reading, conditions: Sequence[str] | None
) -> Iterator[tuple[str, dict[str, Any], dict[str, int | None]]]:
    """(slug, metrics, size) of each condition that has been tested."""
    for slug in study.tested:
        if conditions is not None and slug not in conditions:
            continue
        part = predictions_of(study, slug)
        found = _evaluated(study, slug, reading)
        sizes = int(part["clip"].nunique()), found["subjects"], int(part["seed"].nunique()), len(part)
        yield slug, found, dict(zip(_SIZE, sizes, strict=True))


def _evaluated(study: Study, slug: str, reading: Reading) -> dict[str, Any]:
    """All metrics of a condition, computed once: several tables need them."""
    if (slug, reading) not in study._metrics:
        part = predictions_of(study, slug)
        study._metrics[slug, reading] = evaluate(
            _true(part),
            readings(study, part, reading),
            part["subject"].to_numpy(dtype=str),
            study.emotions,
            repeats=len(part) / part["clip"].nunique(),
            subjects_known=study.people_known,
        )
    return study._metrics[slug, reading]


def predictions_of(study: Study, condition: str, seeds: Iterable[int] | None = None) -> pd.DataFrame:
    """The predictions of a condition, of all seeds unless some are named."""
    rows = study.predictions
    part = rows[rows["condition"] == condition]
    return part if seeds is None else part[part["seed"].isin(list(seeds))]


def _true(part: pd.DataFrame) -> npt.NDArray[np.str_]:
    return part["emotion"].to_numpy(dtype=str)


def readings(study: Study, part: pd.DataFrame, reading: Reading) -> npt.NDArray[np.float64]:
    """(n, E): what each classifier said of the rows of predictions given."""
    return part[[_PREFIX[reading] + e for e in study.emotions]].to_numpy(dtype=float)


def _names(slug: str) -> dict[str, str]:
    return {"condition": slug, **dict(zip(FACTOR_NAMES, slug.split("-"), strict=True))}


def _estimate(found: dict[str, Any], metric: str) -> dict[str, float]:
    low, high = found["intervals"][metric]
    return {"value": found[metric], "low": low, "high": high}


def _folds(study: Study, slug: str) -> dict[str, int]:
    """How many of a condition's cells are done, failed and planned."""
    states = [c.state for c in study.cells if c.condition == slug]
    planned = study.record.planned // max(1, len(study.conditions))
    return {"folds_done": states.count("done"), "folds_failed": states.count("failed"), "folds_planned": planned}


def _frame(rows: list[dict[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows, columns=["condition", *FACTOR_NAMES, *columns])
