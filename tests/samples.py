"""Small made-up material for tests: landmark sets with known structure, tiny conditions, tiny bundles."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from fer_core.datasets.base import Corpus
from fer_core.datasets.demo import open_demo
from fer_core.landmarks import mesh
from fer_core.landmarks.features import FeatureMap, FeatureSpec
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.landmarks.sampling import SamplingRule
from fer_core.landmarks.track import Track
from fer_core.models.bundle import Bundle
from fer_core.models.recogniser import Recogniser
from fer_core.models.weights import initial_weights
from fer_core.study.conditions import Condition, FitSettings

THREE = ("anger", "happiness", "surprise")
FRAMES = 10


def waves(seed: int, size: float) -> np.ndarray:
    """A smooth random displacement (468, 2) of the template."""
    g = np.random.default_rng(seed)
    at = mesh.template() @ g.normal(size=(2, 6)) * 3 + g.uniform(0, 6, 6)
    return np.sin(at) @ g.normal(size=(6, 2)) * size / np.sqrt(6)


def similar(points: np.ndarray, angle: float, scale: float, shift: tuple[float, float]) -> np.ndarray:
    """Points turned, scaled and shifted."""
    c, s = np.cos(angle), np.sin(angle)
    return scale * points @ np.array([[c, s], [-s, c]]) + np.array(shift)


def made_set(
    subjects: int = 9, emotions: tuple[str, ...] = THREE, frames: int = FRAMES, seed: int = 0, noise: float = 0.002
) -> LandmarkSet:
    """One clip per subject and emotion: an identity, an emotion's own motion, a moving head, noise."""
    g = np.random.default_rng(seed)
    motions = {e: waves(1000 + k, 0.08) for k, e in enumerate(emotions)}
    growth = np.linspace(0, 1, frames) ** 1.5
    rows = []
    for s in range(subjects):
        face = mesh.template() + waves(s, 0.04)
        for e in emotions:
            strength = g.uniform(0.7, 1.3)
            moving = [
                similar(
                    face + strength * t * motions[e] + g.normal(0, noise, face.shape),
                    0.05 * np.sin(t + s),
                    0.2,
                    (0.6 + 0.02 * t, 0.5),
                )
                for t in growth
            ]
            rows.append((f"P{s:02d}", e, np.stack(moving)))
    points = np.stack([r[2] for r in rows]).astype(np.float32)
    n = len(rows)
    return LandmarkSet(
        points=points,
        neutral=points[:, 0].copy(),
        has_neutral=np.ones(n, dtype=bool),
        emotion=np.array([r[1] for r in rows]),
        subject=np.array([r[0] for r in rows]),
        clip=np.array([f"{r[0]}/{r[1]}" for r in rows]),
        frame_numbers=np.tile(np.arange(1, frames + 1, dtype=np.float32), (n, 1)),
        status=np.zeros((n, frames), dtype=np.uint8),
        aspect=np.full(n, 1.3, dtype=np.float32),
        corpus="made",
    )


def made_track(frames: int = 20, missed: tuple[int, ...] = (), seed: int = 0) -> Track:
    """A track of one clip in which the frames at the given positions have no face."""
    face, motion = mesh.template() + waves(seed, 0.04), waves(1000, 0.08)
    points = np.stack([similar(face + t * motion, 0, 0.2, (0.6, 0.5)) for t in np.linspace(0, 1, frames)])
    found = np.ones(frames, dtype=bool)
    found[list(missed)] = False
    points[~found] = np.nan
    return Track(points.astype(np.float32), found, np.arange(1, frames + 1), 1.3, found.astype(np.int64))


def demo_part(subjects: int = 16, emotions: tuple[str, ...] = THREE) -> Corpus:
    """The demo corpus's first subjects and the given emotions alone."""
    demo = open_demo()
    some = set(demo.subjects[:subjects])
    return replace(demo, clips=tuple(c for c in demo.clips if c.subject in some and c.emotion in emotions))


def nobody_known(corpus: Corpus) -> Corpus:
    """The corpus as one that does not say who is filmed."""
    clips = tuple(replace(c, subject=c.clip_id, subject_known=False) for c in corpus.clips)
    return replace(corpus, clips=clips)


def tiny(**changes: Any) -> Condition:
    """A condition that trains in a second."""
    base = Condition(
        emotions=THREE,
        folds=3,
        F=4,
        Q=6,
        R=5,
        features=FeatureSpec(components=8),
        fit=FitSettings(epochs=2, batch_size=16),
    )
    return replace(base, **changes)


def tiny_bundle(
    emotions: tuple[str, ...] = THREE, architecture: str = "gru", members: int = 1, components: int = 8
) -> Bundle:
    """An untrained bundle whose features are fitted on a made-up set."""
    features = _fitted(components)
    condition = tiny(emotions=emotions, architecture=architecture, features=features.spec)
    shape = condition.shape
    recogniser = Recogniser(emotions, shape, members, features, initial_weights(shape, members * len(emotions), seed=3))
    training = {"corpus": {"name": "made", "format": "made", "synthetic": True, "note": ""}, "subjects": ["P00"]}
    return Bundle("tiny", recogniser, FRAMES, SamplingRule.EQUATIONS, {"seed": 0}, training, "# tiny\n")


@cache
def _fitted(components: int) -> FeatureMap:
    """Features of a made-up set, fitted once in a process; nobody can change them for the others."""
    features = FeatureMap.fit(made_set(), FeatureSpec(components=components))
    for array in features.to_arrays()[1].values():
        array.setflags(write=False)
    return features
