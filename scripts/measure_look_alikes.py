"""Estimate what tells people apart by the landmarks of resting faces, and measure how well it does.

    python scripts/measure_look_alikes.py CKPLUS_PAIRS CKPLUS48_NPZ [--write]

CKPLUS_PAIRS   CK+ folder whose labelled clips begin at rest
CKPLUS48_NPZ   images, subject, phase of CK+48 with neutral frames

Nobody who is tested was estimated from: five folds of people. ``--write`` stores the model of everybody and
the limit, which one in a thousand pairs of different people reaches, in assets/identity.json; only matrices
and variances over people are written. The numbers stand in docs/leak_audit.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fer_core.datasets.ckplus import open_ckplus
from fer_core.landmarks.detector import open_landmarker
from fer_core.landmarks.extract import extract
from fer_core.landmarks.identity import asset_path, estimate_identity
from fer_core.landmarks.shape_model import load_shape_model
from fer_core.training.leaks.look_alikes import CENTRED

FALSE_ALARMS = 0.001
FOLDS = 5
RESAMPLES = 500
Rows = tuple[np.ndarray, np.ndarray]
"""Faces (n, 468, 2) and whose they are (n,)."""


def small(file: Path) -> Rows:
    """Resting faces at 48 pixels."""
    with np.load(file, allow_pickle=False) as stored:
        images, subject, phase = (stored[k] for k in ("images", "subject", "phase"))
    landmarker = open_landmarker("still")
    found = [
        (faces[0], str(subject[k]))
        for k in np.flatnonzero(phase == "neutral")
        if (faces := landmarker.detect(np.repeat(images[k][..., None], 3, axis=2)))
    ]
    landmarker.close()
    return np.stack([f for f, _ in found]).astype(float), np.array([s for _, s in found])


def means(scores: np.ndarray, whose: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean scores and number of clips of each name, centred where there are enough."""
    names, at, n = np.unique(whose, return_inverse=True, return_counts=True)
    found = np.stack([scores[at == k].mean(axis=0) for k in range(len(names))])
    return (found - found.mean(axis=0) if len(names) >= CENTRED else found), n


def folds(parts: dict[str, Rows], seed: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(trained, tested) people, those of all corpora together."""
    people = np.unique(np.concatenate([s for _, s in parts.values()]))
    people = np.random.default_rng(seed).permutation(people)
    for k in range(FOLDS):
        yield np.setdiff1d(people, people[k::FOLDS]), people[k::FOLDS]


def measured(estimated: Rows, parts: dict[str, Rows]) -> dict[str, dict[str, np.ndarray]]:
    """For each corpus and way: rows of (evidence, one person, first, second person)."""
    faces, whose = estimated
    out: dict[str, dict[str, list]] = {name: {"clips": [], "names": []} for name in parts}
    for trained, tested in folds(parts):
        of = np.isin(whose, trained)
        model = estimate_identity(faces[of], whose[of])
        number = {s: k for k, s in enumerate(np.concatenate([trained, tested]).tolist())}
        for name, (these, theirs) in parts.items():
            at = np.isin(theirs, tested)
            scores, s = model.scores(these[at]), theirs[at]
            mean, n = means(scores, s)
            scores = scores - np.stack([scores[s == u].mean(axis=0) for u in np.unique(s)]).mean(axis=0)
            i, j = np.triu_indices(len(s), 1)
            ids = np.array([number[x] for x in s.tolist()])
            evidence = model.evidence(scores[i], scores[j])
            out[name]["clips"].append(np.stack([evidence, s[i] == s[j], ids[i], ids[j]], axis=1))
            i, j = np.triu_indices(len(mean), 1)
            ids = np.array([number[x] for x in np.unique(s).tolist()])
            evidence = model.evidence(mean[i], mean[j], n[i], n[j])
            out[name]["names"].append(np.stack([evidence, 0 * i, ids[i], ids[j]], axis=1))
            for u in np.unique(s):  # planted: one person's clips under two names, all the others as they are
                own = scores[s == u]
                if len(own) > 1:
                    half = len(own) // 2
                    a, b = own[:half].mean(axis=0), own[half:].mean(axis=0)
                    evidence = model.evidence(a, b, half, len(own) - half)
                    out[name]["names"].append(np.array([[float(evidence), 1, number[u], number[u]]]))
    return {n: {way: np.concatenate(rows) for way, rows in ways.items()} for n, ways in out.items()}


def area(evidence: np.ndarray, one: np.ndarray, weight: np.ndarray) -> float:
    """Area under the ROC curve, pairs weighted."""
    order = np.argsort(evidence, kind="stable")
    one, weight = one[order], weight[order]
    below = np.cumsum(weight * ~one)
    return float((weight * one * below).sum() / max((weight * one).sum() * below[-1], 1e-9))


def with_interval(rows: np.ndarray, limit: float) -> dict[str, float | list[float]]:
    """AUC, share found and false alarms at the limit, with 95 % bootstraps over people."""
    evidence, one, first, second = rows[:, 0], rows[:, 1] > 0, rows[:, 2].astype(int), rows[:, 3].astype(int)
    generator = np.random.default_rng(0)
    people = np.unique([first, second])
    table: list[list[float]] = []
    for k in range(RESAMPLES + 1):
        times = np.zeros(people.max() + 1)
        if k:
            np.add.at(times, generator.choice(people, len(people)), 1)
        else:
            times[:] = 1
        w = np.where(one, times[first], times[first] * times[second])
        hit = evidence > limit
        table.append(
            [
                area(evidence, one, w),
                (w * (hit & one)).sum() / max((w * one).sum(), 1e-9),
                (w * (hit & ~one)).sum() / max((w * ~one).sum(), 1e-9),
            ]
        )
    found = np.array(table)
    low, high = np.percentile(found[1:], [2.5, 97.5], axis=0)
    each = {
        name: [round(float(v), 4) for v in (found[0, c], low[c], high[c])]
        for c, name in enumerate(("auc", "found", "false_alarms"))
    }
    return {"one_person": int(one.sum()), "two_people": int((~one).sum()), **each}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("small", type=Path)
    parser.add_argument("--write", action="store_true", help="store the model in assets/identity.json")
    options = parser.parse_args()
    rows = extract(open_ckplus(options.pairs), workers=1)
    resting = rows.neutral.astype(float)
    parts = {
        "CK+, resting": (resting, rows.subject),
        "CK+48, resting": small(options.small),
        "CK+, apex": (rows.points[:, -1].astype(float), rows.subject),
    }
    found = measured((resting, rows.subject), parts)
    clips = found["CK+, resting"]["clips"]
    limit = round(float(np.quantile(clips[clips[:, 1] == 0, 0], 1 - FALSE_ALARMS)), 3)
    report = {
        f"{name}, {way}": with_interval(table, limit) for name, ways in found.items() for way, table in ways.items()
    }
    print(f"limit {limit} nats; {len(rows)} clips of {len(set(rows.subject.tolist()))} people")
    for name, numbers in report.items():
        print(f"{name}: {json.dumps(numbers)}")
    if options.write:
        shape = load_shape_model()
        model = estimate_identity(
            resting, rows.subject, np.asarray(shape.identity_modes, float), np.asarray(shape.mean_face, float)
        )
        plain = {
            "made_by": "scripts/measure_look_alikes.py",
            "limit": limit,
            "false_alarms": FALSE_ALARMS,
            "clips": len(rows),
            "people": len(set(rows.subject.tolist())),
            "measured": report,
            "between": np.round(model.between, 4).tolist(),
            "axes": np.round(model.axes, 5).tolist(),
        }
        asset_path().write_text(json.dumps(plain, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
