"""Finished training runs for tests, made without training: a result, predictions, an untrained bundle."""

from __future__ import annotations

import csv
import json
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from samples import THREE, made_set, tiny, tiny_bundle

from fer_core import runs
from fer_core.models.bundle import save_bundle
from fer_core.results.metrics import evaluate
from fer_core.study.conditions import Condition
from fer_core.training import jobs

NOTE = "Made up for a test."


def made_result(condition: Condition | None = None, **changes: Any) -> tuple[dict[str, Any], np.ndarray]:
    """A result of made-up probabilities, most of them right, and the probabilities (n, 3)."""
    condition = condition or tiny()
    landmarks = made_set()
    generator = np.random.default_rng(7)
    truth = landmarks.emotion[:, None] == np.array(THREE)[None]
    probabilities = np.clip(truth * 0.5 + generator.uniform(0, 0.6, truth.shape), 0, 1)
    result = evaluate(landmarks.emotion, probabilities, landmarks.subject, THREE)
    curve = {"train": [0.7, 0.5], "val": []}
    result |= {
        "protocol": condition.protocol,
        "folds": condition.folds,
        "seed": condition.seed,
        "imbalance": {e: {"ratio": 2.0, "loss": "bce"} for e in THREE},
        "rejected": [],
        "condition": condition.to_json(),
        "corpus": {"name": "made", "format": "folder", "synthetic": True, "note": NOTE},
        "curves": [{"fold": f, "emotion": e, "loss": "bce", **curve} for f in range(3) for e in THREE],
    }
    return result | changes, probabilities


def finished_run(home: Path, name: str = "train-20260102-030405", *, bundle: bool = True, **changes: Any) -> Path:
    """A run folder under a FER Lab home, as a finished run leaves it."""
    folder = home / "runs" / name
    folder.mkdir(parents=True)
    condition = tiny()
    result, probabilities = made_result(condition, **changes)
    now = time.time()
    status = runs.Status("done", 100, 100, "", now - 50, now)
    (folder / runs.STATUS).write_text(json.dumps(asdict(status)))
    config = {"corpus": "demo", "clips": 27, "name": "tiny", "condition": condition.to_json()}
    (folder / jobs.CONFIG).write_text(json.dumps(config))
    (folder / jobs.RESULT).write_text(json.dumps(result))
    write_predictions(folder / "predictions.csv", probabilities)
    if bundle:
        metrics = {k: v for k, v in result.items() if k not in ("curves", "condition")}
        save_bundle(replace(tiny_bundle(), metrics=metrics), folder / jobs.BUNDLE)
    return folder


def write_predictions(file: Path, probabilities: np.ndarray) -> None:
    """predictions.csv of the made-up set."""
    landmarks = made_set()
    with file.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(["clip", "subject", "fold", "emotion", "classified", *[f"p_{e}" for e in THREE]])
        for i, row in enumerate(probabilities):
            who = [landmarks.clip[i], landmarks.subject[i], i % 3, landmarks.emotion[i]]
            writer.writerow([*who, THREE[int(row.argmax())], *[f"{v:.6f}" for v in row]])
