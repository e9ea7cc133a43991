"""Leak Lab material for tests: frames whose labels only identity tells, and a made-up result."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np
from samples import THREE, made_set

from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.studies.leak_lab.frames import Frames
from fer_core.studies.leak_lab.lab import LabSettings
from fer_core.studies.leak_lab.protocols import HONEST, PROTOCOLS
from fer_core.studies.leak_lab.results import INTERVAL_METHOD, KIND
from fer_core.training.audit import Finding


def frames_of(landmarks: LandmarkSet, last: int = 3) -> Frames:
    """The last frames of a set's clips, each a row."""
    n = len(landmarks)
    which = np.repeat(np.arange(n), last)
    frame = np.tile(np.arange(landmarks.points.shape[1] - last, landmarks.points.shape[1]), n)
    rows = landmarks.take(which)
    rows = replace(
        rows,
        points=rows.points[np.arange(len(rows)), frame][:, None],
        frame_numbers=frame[:, None].astype(np.float32),
        status=np.zeros((len(rows), 1), dtype=np.uint8),
        has_neutral=np.zeros(len(rows), dtype=bool),
    )
    return Frames(rows, (None,) * len(rows))


def identities(people: int = 30, seed: int = 0) -> Frames:
    """One clip per person with a label drawn at random: nothing about new people can be learned."""
    one = made_set(people, emotions=("anger",), noise=0.004, seed=seed)
    g = np.random.default_rng(seed)
    return frames_of(replace(one, emotion=g.permutation(np.resize(np.array(THREE), people))))


def made_result(**changes: Any) -> dict[str, Any]:
    """A result as `run_lab` returns it."""
    levels = {
        "random-frames": 0.95,
        "random-clips": 0.84,
        "augmented-before-split": 0.96,
        "best-epoch-on-test": 0.83,
        HONEST: 0.8,
    }
    leak = Finding(
        "clip-on-both-sides",
        "12 clips on both sides of the split, such as S1/1",
        "in 5 of 5 folds",
        "split by subject",
        12,
        ("S1/1",),
    )
    protocols = [
        {
            "name": name,
            "title": p.title,
            "words": p.words,
            "n": 90,
            "training_rows": 124.0,
            "accuracy": levels[name],
            "interval": [levels[name] - 0.04, levels[name] + 0.03],
            "inflation": None if name == HONEST else round(levels[name] - 0.8, 6),
            "inflation_interval": None
            if name == HONEST
            else [round(levels[name] - 0.83, 6), round(levels[name] - 0.78, 6)],
            "findings": [] if name == HONEST else [leak.to_json()],
        }
        for name, p in PROTOCOLS.items()
    ]
    result = {
        "kind": KIND,
        "version": "0",
        "n": 90,
        "clips": 30,
        "subjects": 30,
        "emotions": list(THREE),
        "corpus": {"name": "made", "format": "folder", "synthetic": True, "note": "Made up for a test."},
        "settings": asdict(LabSettings()),
        "condition": {},
        "interval_method": INTERVAL_METHOD,
        "notes": [],
        "protocols": protocols,
    }
    return result | changes
