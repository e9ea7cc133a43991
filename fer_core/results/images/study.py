"""An image experiment's findings as rows: one per condition, each number with its interval and its N.

Values are computed from the pooled tests of all folds and seeds; intervals are bootstraps over subjects,
or over pictures where the corpus does not say who is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fer_core.base.errors import sentence
from fer_core.base.unknown_people import UNKNOWN, people_known
from fer_core.models.calibration import expected_calibration_error
from fer_core.results.metrics import evaluate
from fer_core.results.sanity import known_as, too_good
from fer_core.store.records import CellKey, CellRecord, ExperimentRecord, Prediction
from fer_core.store.store import Store

OMISSIONS = 20
"""Omissions told one by one in `ImageStudy.notes`."""

SHOWN = ("accuracy", "balanced_accuracy", "macro_f1")
"""The metrics of `rows`, each with ``_low`` and ``_high`` beside it."""


@dataclass(frozen=True, eq=False)
class ImageStudy:
    """An image experiment as it stands in the store, finished or not."""

    record: ExperimentRecord
    cells: tuple[CellRecord, ...]
    predictions: dict[CellKey, list[Prediction]]
    _found: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False, init=False)

    @property
    def conditions(self) -> dict[str, dict[str, Any]]:
        """Slug → the condition as plain data, in the order of the design."""
        return dict(zip(self.record.design["slugs"], self.record.design["conditions"], strict=True))

    @property
    def emotions(self) -> tuple[str, ...]:
        """The columns of all probabilities."""
        return tuple(self.record.corpus["emotions"])

    @property
    def protocol(self) -> str:
        """How pictures were parted, in words."""
        base = self.record.design["conditions"][0]
        folds = base["folds"]
        words = {
            "official": f"official split, tested on its {self.record.corpus['tested']} part",
            "kfold": f"stratified {folds}-fold of the training part",
            "subject-kfold": f"subject-independent {folds}-fold",
        }[base["protocol"]]
        whoever = base["protocol"] == "official" or people_known(self.record.corpus)
        return words if whoever else f"{words}, {UNKNOWN}"

    @property
    def notes(self) -> list[str]:
        """Sentences on what was left out, which leaks were accepted, and what else went wrong."""
        found = self.record.provenance
        copies = (found.get("copies") or {}).get("words", "")
        leaks = [sentence(k["what"], k.get("where", ""), "accepted by name") for k in found.get("leaks", [])]
        omitted = [sentence(f"left out: {o['where']}", "", o["why"]) for o in self._omissions()]
        beside = [n for c in self.cells for n in c.network.get("notes", [])]
        failed = [
            sentence(f"{c.condition}, seed {c.seed}, fold {c.fold + 1} failed", "", c.error.rstrip("."))
            for c in self.cells
            if c.state == "failed"
        ]
        return [note for note in (copies, *leaks, *omitted, *dict.fromkeys(beside), *failed) if note]

    def _omissions(self) -> list[dict[str, str]]:
        """What the corpus left out and what could not be read, the first of it where there is much."""
        found = list(self.record.corpus.get("omissions", []))
        more = len(found) - OMISSIONS
        rest = [{"where": f"{more:,} more", "why": "the Dataset page names them"}] if more > 0 else []
        return found[:OMISSIONS] + rest

    def cells_of(self, condition: str) -> list[CellRecord]:
        """The finished cells of a condition."""
        return [c for c in self.cells if c.condition == condition and c.state == "done"]

    def result(self, condition: str) -> dict[str, Any] | None:
        """What `evaluate` says of a condition, ``pictures`` (tested) and ``ece``; None without any test."""
        if condition not in self._found:
            rows = [p for key, some in self.predictions.items() if key.condition == condition for p in some]
            if not rows:
                return None
            self._found[condition] = _judged(
                rows, self.emotions, len(self.record.design["seeds"]), people_known(self.record.corpus)
            )
        return self._found[condition]


def load_image_study(id: str, store: Store | None = None) -> ImageStudy:
    """Everything the store knows of an image experiment. Raises `StoreError` where there is no such id."""
    if store is None:
        with Store(read_only=True) as opened:
            return load_image_study(id, opened)
    record = store.experiment(id)
    predictions: dict[CellKey, list[Prediction]] = {}
    for key, said in store.predictions(id, record.corpus["emotions"], record.design["slugs"]):
        predictions.setdefault(key, []).append(said)
    return ImageStudy(record, tuple(store.cells(id)), predictions)


def rows(study: ImageStudy) -> list[dict[str, Any]]:
    """One row per condition that has a result.

    Keys: condition, model, size, balancing, initial, loss, protocol, corpus, n (tests), pictures (tested,
    once for each seed), each of `SHOWN` with _low and _high, ece, parameters, epochs (mean), stopped,
    minutes (of all its trainings), seeds, folds, warnings (`fer_core.results.sanity`).
    """
    return list(_rows(study))


def _rows(study: ImageStudy) -> Iterator[dict[str, Any]]:
    for slug, c in study.conditions.items():
        found, cells = study.result(slug), study.cells_of(slug)
        if found is None or not cells:
            continue
        networks = [cell.network for cell in cells]
        row = {
            "condition": slug,
            "model": c["model"],
            "size": c["size"],
            "balancing": c["balancing"],
            "initial": c["initial"],
            "loss": networks[0]["loss"],
            "protocol": study.protocol,
            "corpus": study.record.corpus["name"],
            "n": found["n"],
            "pictures": found["pictures"],
        }
        for name in SHOWN:
            low, high = found["intervals"][name]
            row |= {name: found[name], f"{name}_low": low, f"{name}_high": high}
        corpus = study.record.corpus
        kind = known_as(corpus["format"], corpus["name"], c["labels"])
        warnings = too_good(found, kind, study.emotions, train_accuracy(cells))
        yield row | {
            "ece": found["ece"],
            "parameters": networks[0]["parameters"],
            "epochs": float(np.mean([n["epochs"] for n in networks])),
            "stopped": _same([n["stopped"] for n in networks]),
            "minutes": sum(cell.seconds for cell in cells) / 60,
            "seeds": len({c.seed for c in cells}),
            "folds": len({c.fold for c in cells}),
            "warnings": [w.sentence for w in warnings],
        }


def _same(values: list[str]) -> str:
    """What all fits have in common, else nothing."""
    return values[0] if len(set(values)) == 1 else ""


def train_accuracy(cells: list[CellRecord]) -> float | None:
    """Mean accuracy on training pictures, where it was noted."""
    noted = [v for cell in cells if (v := cell.network.get("train_accuracy")) is not None]
    return float(np.mean(noted)) if noted else None


def curves(study: ImageStudy, condition: str) -> list[dict[str, Any]]:
    """Learning curves: one row per seed, fold and epoch, with train, validation, accuracy, rate, seconds."""
    names = ("train", "validation", "accuracy", "rate", "seconds")
    return [
        {
            "seed": cell.seed,
            "fold": cell.fold,
            "epoch": k + 1,
            "best": k == network["best_epoch"],
            **dict(zip(names, values, strict=True)),
        }
        for cell in study.cells_of(condition)
        for network in [cell.network]
        for k, values in enumerate(zip(*(network[name] for name in names), strict=True))
    ]


def _judged(said: list[Prediction], emotions: tuple[str, ...], seeds: int, known: bool) -> dict[str, Any]:
    shown = np.array([p.emotion for p in said])
    numbers = np.array([p.probabilities for p in said])
    subject = np.array([p.subject for p in said])
    found = evaluate(shown, numbers, subject, emotions, repeats=float(seeds), subjects_known=known, unit="pictures")
    right = np.array(emotions)[numbers.argmax(axis=1)] == shown
    return found | {
        "pictures": len({p.clip for p in said}),
        "ece": expected_calibration_error(numbers.max(axis=1), right),
    }
