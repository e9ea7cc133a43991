"""A finished study for tests, made without training: 8 conditions, 2 seeds, 3 folds, with made-up findings.

What is planted: LSTM equals GRU, the advanced loss finds more of the rare emotions than the standard one,
some subjects are harder than others, and each search comes closer to its best value. Everything follows
from the seeds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from samples import tiny

from fer_core import runs
from fer_core.base.emotions import SIX
from fer_core.store.records import CellRecord, ExperimentRecord, Prediction, TrialRecord
from fer_core.store.store import Store

ID = "experiment-20260102-030405"
NOTE = "Made up for a test."
FACTORS = tuple(
    (architecture, tuning, loss)
    for architecture in ("gru", "lstm")
    for tuning in ("bayesian", "predefined")
    for loss in ("advanced", "standard")
)
SLUGS = tuple("-".join(levels) for levels in FACTORS)
SEEDS, FOLDS, TRIALS = (0, 1), 3, 6
SUBJECTS = 18
SHARES = {"anger": 4, "disgust": 5, "fear": 2, "happiness": 6, "sadness": 2, "surprise": 6}
"""How common each emotion is; fear and sadness are rare."""

LOSSES = {
    "standard": {"loss": "bce", "loss_settings": {"alpha": 0.5, "gamma": 0.0, "weight": 1.0}},
    "advanced": {"loss": "focal", "loss_settings": {"alpha": 0.75, "gamma": 2.0, "weight": 1.0}},
}


@cache
def made_clips(emotions: tuple[str, ...] = SIX, subjects: int = SUBJECTS) -> list[tuple[str, str, str]]:
    """(clip, subject, emotion): three or four clips of each subject, common emotions more often."""
    generator = np.random.default_rng(11)
    shares = np.array([SHARES.get(e, 3) for e in emotions], dtype=float)
    rows = []
    for s in range(subjects):
        n = min(len(emotions), 3 + s % 2)
        shown = generator.choice(len(emotions), n, replace=False, p=shares / shares.sum())
        rows += [(f"P{s:02d}/{emotions[k]}", f"P{s:02d}", emotions[k]) for k in sorted(shown)]
    return rows


def made_splits(clips: list[tuple[str, str, str]], seeds: tuple[int, ...] = SEEDS) -> dict[str, list[list[str]]]:
    """Test sides of three subject-independent folds for each seed."""
    subjects = sorted({subject for _, subject, _ in clips})
    splits = {}
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(len(subjects))
        fold = {subjects[i]: k % FOLDS for k, i in enumerate(order)}
        splits[str(seed)] = [[c for c, who, _ in clips if fold[who] == f] for f in range(FOLDS)]
    return splits


def made_record(
    id: str = ID,
    *,
    name: str = "made up",
    created: float = 1767323045.0,
    emotions: tuple[str, ...] = SIX,
    factors: tuple[tuple[str, str, str], ...] = FACTORS,
    seeds: tuple[int, ...] = SEEDS,
    **changes: Any,
) -> ExperimentRecord:
    """What was asked for."""
    clips = made_clips(emotions)
    counts = {e: sum(c[2] == e for c in clips) for e in emotions}
    values: dict[str, Any] = {
        "design": {
            "base": tiny(emotions=emotions, folds=FOLDS).to_json(),
            "factors": [list(levels) for levels in factors],
            "seeds": list(seeds),
        },
        "corpus": {
            "name": "made",
            "path": "demo",
            "format": "demo",
            "synthetic": True,
            "note": NOTE,
            "clips": len(clips),
            "subjects": SUBJECTS,
            "counts": counts,
        },
        "data_key": "0123456789abcdef",
        "splits": made_splits(clips, seeds),
        "provenance": {
            "fer_core": "0.1.0",
            "code_key": "fedcba9876543210",
            "commit": "0a1b2c3",
            "python": "3.11.2",
            "platform": "Linux-x86_64",
            "packages": {"numpy": "1.26.4", "scipy": "1.17.1"},
        },
        "planned": len(factors) * len(seeds) * FOLDS,
    }
    return ExperimentRecord(id, name, created, **(values | changes))


def made_cell(
    condition: str = SLUGS[0],
    seed: int = 0,
    fold: int = 0,
    *,
    emotions: tuple[str, ...] = SIX,
    n_test: int = 20,
    **changes: Any,
) -> CellRecord:
    """A finished cell whose losses fall over eight epochs."""
    generator = np.random.default_rng([SLUGS.index(condition), seed, fold])
    fall = np.exp(-np.arange(8) / 3)
    settings = {"F": 32, "Q": 64, "R": 64, "dropout": 0.2, "learning_rate": 0.001}
    fits = {
        e: {
            **LOSSES[condition.split("-")[2]],
            "ratio": round(25 / SHARES.get(e, 3), 2),
            "settings": settings,
            "parameters": 20000,
            "train": [round(float(v), 5) for v in 0.1 + fall * 0.5 + generator.uniform(0, 0.02, 8)],
            "validation": [round(float(v), 5) for v in 0.2 + fall * 0.4 + generator.uniform(0, 0.05, 8)],
            "best_epoch": 7,
            "epochs": 8,
        }
        for e in emotions
    }
    values: dict[str, Any] = {"state": "done", "n_train": 40, "seconds": 1.5, "fits": fits}
    return CellRecord(condition, seed, fold, n_test=n_test, **(values | changes))


def made_trial(
    condition: str = SLUGS[0], seed: int = 0, fold: int = 0, emotion: str = "anger", number: int = 0, **changes: Any
) -> TrialRecord:
    """A finished trial; its value is the distance of its settings from a best one, with noise."""
    generator = np.random.default_rng([SLUGS.index(condition), seed, fold, SIX.index(emotion), number])
    settings = {
        "F": int(generator.integers(16, 65)),
        "Q": int(generator.integers(32, 129)),
        "R": int(generator.integers(32, 129)),
        "dropout": 0.2,
        "learning_rate": 0.001,
    }
    far = abs(settings["F"] - 40) / 24 + abs(settings["Q"] - 90) / 58
    folds = [round(0.2 + 0.1 * far + float(generator.uniform(0, 0.02)), 6) for _ in range(3)]
    values: dict[str, Any] = {
        "settings": settings,
        "state": "done",
        "value": round(float(np.mean(folds)), 6),
        "folds": folds,
        "seconds": 0.8,
    }
    return TrialRecord(condition, seed, fold, emotion, number, **(values | changes))


def made_predictions(
    condition: str = SLUGS[0], seed: int = 0, fold: int = 0, emotions: tuple[str, ...] = SIX
) -> list[Prediction]:
    """Of a fold's test clips, mostly right; the advanced loss says "yes" to rare emotions more often."""
    clips = made_clips(emotions)
    tested = set(made_splits(clips, (seed,))[str(seed)][fold])
    rare = np.array([SHARES.get(e, 3) < 4 for e in emotions])
    shift = rare * (1.4 if condition.endswith("advanced") else 0.0)
    predictions = []
    for i, (clip, subject, emotion) in enumerate(clips):
        if clip not in tested:
            continue
        noise = np.random.default_rng([i, seed, SLUGS.index(condition)]).normal(0, 1.1, len(emotions))
        hard = int(subject[1:]) % 5 == 0
        is_true = np.array([e == emotion for e in emotions])
        logit = -2.0 + is_true * ((2.2 if hard else 3.6) - 1.4 * rare) + noise + shift
        outputs, read = 1 / (1 + np.exp(-logit)), 1 / (1 + np.exp(-(logit - shift)))
        predictions.append(Prediction(clip, subject, emotion, outputs.tolist(), (read / read.sum()).tolist()))
    return predictions


def made_trials(condition: str, seed: int, fold: int, emotions: tuple[str, ...] = SIX) -> Iterator[TrialRecord]:
    """The searches of a cell: one per emotion; the second trial of fear failed."""
    for emotion in emotions:
        for number in range(TRIALS):
            failed = emotion == "fear" and number == 1
            lost: dict[str, Any] = {"state": "failed", "value": None, "folds": [], "error": "the loss is NaN"}
            yield made_trial(condition, seed, fold, emotion, number, **(lost if failed else {}))


def fill(
    store: Store,
    id: str = ID,
    *,
    emotions: tuple[str, ...] = SIX,
    factors: tuple[tuple[str, str, str], ...] = FACTORS,
    seeds: tuple[int, ...] = SEEDS,
    **changes: Any,
) -> ExperimentRecord:
    """A whole finished study in a store; ``changes`` are fields of its record."""
    store._database.execute("PRAGMA synchronous = OFF")  # a test's disk need not survive a power cut
    record = made_record(id, emotions=emotions, factors=factors, seeds=seeds, **changes)
    store.add_experiment(record)
    for slug in ("-".join(levels) for levels in factors):
        for seed in seeds:
            for fold in range(FOLDS):
                predictions = made_predictions(slug, seed, fold, emotions)
                if "bayesian" in slug:
                    for trial in made_trials(slug, seed, fold, emotions):
                        store.add_trial(id, trial)
                cell = made_cell(slug, seed, fold, emotions=emotions, n_test=len(predictions))
                store.add_cell(id, cell, predictions)
    store._database.execute("PRAGMA synchronous = FULL")
    return record


def finished_study(home: Path, id: str = ID, **changes: Any) -> Path:
    """A finished study under a FER Lab home, its run folder too; gives the store's file."""
    file = home / "experiments.sqlite"
    if id == ID and not changes and not file.exists():
        file.write_bytes(_whole_store())
    else:
        with Store(file) as store:
            fill(store, id, **changes)
    folder = home / "runs" / id
    folder.mkdir(parents=True, exist_ok=True)
    now = time.time()
    status = runs.Status("done", 48, 48, "", now - 50, now)
    (folder / runs.STATUS).write_text(json.dumps(asdict(status)), encoding="utf-8")
    return file


@cache
def _whole_store() -> bytes:
    """A store's file with the whole study: made once, copied by those who ask for it as it is."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "s.sqlite"
        with Store(file) as store:
            fill(store)
        assert [f.name for f in file.parent.iterdir()] == [file.name], "the log is in the file"
        return file.read_bytes()


def one(frame: pd.DataFrame, **where: object) -> pd.Series:
    """The one row with these values."""
    for name, value in where.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1, where
    return frame.iloc[0]
