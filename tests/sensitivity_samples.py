"""Made-up outputs of many losses for tests: what is planted follows from the seeds."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from fer_core.losses.grid import Grid
from fer_core.studies.sensitivity.loss_outputs import Sheet
from fer_core.studies.sensitivity.results import Sensitivity
from fer_core.studies.sensitivity.tables import tabulate

EMOTIONS = ("happiness", "disgust", "fear")
SHARES = (12, 4, 1)
"""Of 17 clips: fear's ratio is 16, disgust's 3.25, happiness' 0.4."""

GRID = Grid((2.5, 3.5, 5.0), (9.0, 11.5, 14.0), (0.5, 2.0), (0.5, 0.75, 0.9))
NOTE = "Made up for a test."


def sheet(
    parts: int = 3,
    seed: int = 0,
    layers: int = GRID.losses,
    rounds: int = 6,
    ratios: tuple[tuple[float, ...], ...] | None = None,
) -> Sheet:
    """Random outputs that lean towards the truth, of 2 clips per subject."""
    generator = np.random.default_rng(seed)
    emotion = np.repeat(EMOTIONS * rounds, SHARES * rounds)
    subject = np.array([f"S{k // 2:03d}" for k in range(len(emotion))])
    generator.shuffle(emotion)
    part = np.array([int(s[1:]) % parts for s in subject])
    clip = np.array([f"{s}/{k}" for k, s in enumerate(subject)])
    truth = emotion[None, :, None] == np.array(EMOTIONS)
    z = 2.0 * truth - 1.0 + generator.normal(0, 1.2, (layers, len(emotion), len(EMOTIONS)))
    ratio = np.array(ratios or [[0.4, 3.2 + 0.1 * p, 11.0 + p] for p in range(parts)])
    return Sheet(EMOTIONS, clip, subject, emotion, part, ratio, z.astype(np.float32))


def made(**changes: Any) -> dict[str, Any]:
    """A whole result, as a run stores it."""
    inner = [sheet(2, seed=10 + k) for k in range(3)]
    tables = tabulate(sheet(), inner, sheet(layers=3, seed=5), GRID, 0.5)
    return {
        **tables,
        "corpus": {"name": "made", "format": "folder", "synthetic": True, "note": NOTE},
        "condition": {},
        "leaks": [],
        "failed": [],
        "fits": 123,
        "seconds": 45,
        "command": "python -m fer_core sensitivity made",
        "made": "2026-01-02",
        "provenance": {"fer_core": "0", "commit": "", "python": "3", "packages": {}},
        **changes,
    }


def made_study(**changes: Any) -> Sensitivity:
    """The same, read."""
    return Sensitivity(made(**changes), GRID)


def die(task: Any) -> None:
    """A task that takes its process with it."""
    os._exit(1)
