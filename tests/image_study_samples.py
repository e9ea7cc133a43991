"""A finished image experiment for tests, made without training: two models, two seeds, made-up findings."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from fer_core.store.records import CellRecord, ExperimentRecord, Prediction
from fer_core.store.store import Store
from fer_core.study.image_conditions import ImageCondition
from fer_core.study.image_design import ImageDesign

ID = "images-20260102-030405"
EMOTIONS = ("anger", "happiness", "surprise")
DESIGN = ImageDesign((ImageCondition(model="lenet5"), ImageCondition(model="vgg16", balancing="simple")), (0, 1))
SLUGS = tuple(c.slug for c in DESIGN.conditions)
N = 60
RIGHT = {SLUGS[0]: 0.6, SLUGS[1]: 0.8}
"""How often each model is right, on average."""


def record(id: str = ID, **changes: Any) -> ExperimentRecord:
    """What was asked for."""
    corpus = {
        "name": "bars",
        "path": "/somewhere/private/bars.npz",
        "format": "arrays",
        "synthetic": False,
        "note": "",
        "clips": 3 * N,
        "subjects": 0,
        "counts": {},
        "subjects_known": False,
        "emotions": list(EMOTIONS),
        "tested": "validation",
        "omissions": [],
    }
    plain = {
        "id": id,
        "name": "A comparison",
        "created": time.time(),
        "design": DESIGN.to_json(),
        "corpus": corpus,
        "data_key": "k" * 32,
        "splits": {},
        "planned": 4,
        "provenance": {"leaks": [], "copies": None},
    }
    return ExperimentRecord(**(plain | changes))


def network(epochs: int = 3, **more: Any) -> dict[str, Any]:
    """What a finished cell says of its network."""
    return {
        "loss": "cross-entropy",
        "parameters": 1234,
        "train": [0.9] * epochs,
        "validation": [1.0] * epochs,
        "accuracy": [0.5] * epochs,
        "rate": [1e-3] * epochs,
        "seconds": [2.0] * epochs,
        "best_epoch": 1,
        "epochs": epochs,
        "stopped": "patience",
        "temperature": 1.2,
        "train_accuracy": 0.95,
        "notes": [],
    } | more


def said(slug: str, seed: int) -> list[Prediction]:
    """Of every picture, right as often as `RIGHT` says."""
    g = np.random.default_rng([seed, SLUGS.index(slug)])
    rows = []
    for k in range(N):
        true = k % 3
        column = true if g.random() < RIGHT[slug] else (true + 1) % 3
        p = np.full(3, 0.2)
        p[column] = 0.6
        rows.append(Prediction(f"v/{k}", f"v/{k}", EMOTIONS[true], p.tolist(), p.tolist()))
    return rows


def stored(id: str = ID, cells: Any = None, **changes: Any) -> ExperimentRecord:
    """The whole study in the home's store."""
    asked = record(id, **changes)
    with Store() as store:
        store.add_experiment(asked)
        for slug in SLUGS:
            for seed in (0, 1):
                cell = CellRecord(slug, seed, 0, "done", 2 * N, N, 90.0, {"network": network()})
                store.add_cell(id, cells(cell) if cells else cell, said(slug, seed))
    return asked
