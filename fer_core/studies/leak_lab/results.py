"""What the Leak Lab found: accuracies and their differences with intervals, as plain data and as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core import __version__
from fer_core.datasets.base import Corpus
from fer_core.files import json_files
from fer_core.files.csv_files import write_csv
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.results.metrics import CONFIDENCE, wilson
from fer_core.studies.leak_lab.protocols import HONEST, PROTOCOLS, Name, Plan
from fer_core.study.conditions import Condition
from fer_core.training.audit import Finding
from fer_core.training.protocols import Index

RESULT, PREDICTIONS = "result.json", "predictions.csv"
KIND = "leak-lab"

RESAMPLES = 4000
INTERVAL_METHOD = (
    f"{CONFIDENCE:.0%} percentile bootstrap over subjects ({RESAMPLES} resamples); all frames of a subject "
    "are drawn together, and the same subjects for both protocols of a difference"
)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Tested:
    """What a fold's model said: positions (m,) of the tested frames, and the emotions' numbers (m,)."""

    positions: Index
    said: Index
    fitted_rows: int


def judged(
    rows: LandmarkSet,
    plans: Sequence[Plan],
    tested: Sequence[Sequence[Tested]],
    found: Mapping[Name, Sequence[Finding]],
    emotions: tuple[str, ...],
) -> list[dict[str, Any]]:
    """One entry per protocol, in the order of `PROTOCOLS`: accuracy, its excess, what the audit found."""
    true = np.array([emotions.index(e) for e in rows.emotion])
    right: dict[Name, list[Floats]] = {name: [] for name in PROTOCOLS}
    sizes: dict[Name, list[int]] = {name: [] for name in PROTOCOLS}
    for plan, folds in zip(plans, tested, strict=True):
        hit = np.zeros(len(true))
        for part in folds:
            hit[part.positions] = part.said == true[part.positions]
        right[plan.name].append(hit)
        sizes[plan.name] += [part.fitted_rows for part in folds]
    shares = {name: np.mean(hits, axis=0) for name, hits in right.items()}
    statistics = compare(shares, rows.subject)
    return [
        {
            "name": name,
            "title": PROTOCOLS[name].title,
            "words": PROTOCOLS[name].words,
            **statistics[name],
            "n": len(true),
            "training_rows": round(float(np.mean(sizes[name])), 1),
            "findings": [f.to_json() for f in found[name]],
        }
        for name in PROTOCOLS
    ]


def compare(right: Mapping[Name, Floats], subject: npt.NDArray[np.str_], seed: int = 0) -> dict[Name, dict[str, Any]]:
    """Accuracy of each protocol, and how far it lies above the subject-independent one.

    Parameters
    ----------
    right : (n,) for each protocol
        Share of the repeats in which a row was classified as its label says.
    subject : str (n,)
        Resampled as wholes, the same for all protocols.
    """
    _, who = np.unique(subject, return_inverse=True)
    people = int(who.max()) + 1
    generator = np.random.default_rng(seed)
    weights = generator.multinomial(people, np.full(people, 1 / people), size=RESAMPLES)
    rows = weights @ np.bincount(who)
    drawn = {name: weights @ np.bincount(who, hits, people) / rows for name, hits in right.items()}
    said: dict[Name, dict[str, Any]] = {}
    for name, hits in right.items():
        above = float(hits.mean() - right[HONEST].mean())
        said[name] = {
            "accuracy": round(float(hits.mean()), 6),
            "interval": _interval(drawn[name], float(hits.mean()), len(hits)),
            "inflation": None if name == HONEST else round(above, 6),
            "inflation_interval": None if name == HONEST else _ends(drawn[name] - drawn[HONEST]),
        }
    return said


def _interval(drawn: Floats, share: float, n: int) -> list[float]:
    ends = _ends(drawn)
    if ends[0] == ends[1]:  # every frame right: a bootstrap cannot see what never occurred
        return [round(v, 6) for v in wilson(share * n, n)]
    return ends


def _ends(drawn: Floats) -> list[float]:
    ends = np.quantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return [round(float(v), 6) for v in ends]


def described(corpus: Corpus, rows: LandmarkSet, condition: Condition) -> dict[str, Any]:
    """What was judged, on what, and how."""
    return {
        "kind": KIND,
        "version": __version__,
        "corpus": {"name": corpus.name, "format": corpus.format, "synthetic": corpus.synthetic, "note": corpus.note},
        "n": len(rows),
        "clips": len(np.unique(rows.clip)),
        "subjects": len(np.unique(rows.subject)),
        "emotions": list(corpus.emotions),
        "condition": condition.to_json(),
        "interval_method": INTERVAL_METHOD,
        "notes": _notes(rows),
    }


def _notes(rows: LandmarkSet) -> list[str]:
    """What limits the comparison on this corpus."""
    notes = []
    if len(np.unique(rows.clip)) == len(rows):
        notes.append("Each clip gives a single frame: random frames and random clips are one protocol, drawn twice.")
    if len(np.unique(rows.subject)) == len(np.unique(rows.clip)):
        notes.append("Each person has a single clip: random clips keep people apart as well.")
    return notes


def write(
    out: Path, result: dict[str, Any], rows: LandmarkSet, plans: Sequence[Plan], tested: Sequence[Sequence[Tested]]
) -> None:
    """result.json, and predictions.csv with one line per protocol, repeat and frame."""
    out.mkdir(parents=True, exist_ok=True)
    repeats, emotions = dict.fromkeys(PROTOCOLS, 0), result["emotions"]
    names = ["protocol", "repeat", "fold", "clip", "frame", "subject", "emotion", "classified"]
    lines: list[list[Any]] = [names]
    for plan, folds in zip(plans, tested, strict=True):
        for fold, part in zip(plan.folds, folds, strict=True):
            for i, said in zip(part.positions.tolist(), part.said.tolist(), strict=True):
                frame = int(rows.frame_numbers[i, 0])
                who = [str(rows.clip[i]), frame, str(rows.subject[i]), str(rows.emotion[i]), emotions[said]]
                lines.append([plan.name, repeats[plan.name], fold.fold, *who])
        repeats[plan.name] += 1
    write_csv(out / PREDICTIONS, lines)
    json_files.write_whole(out / RESULT, result)
