"""Windows as a camera would show them, made from clips not trained on, to judge a recogniser by."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

import numpy as np

from fer_core.base.emotions import NEUTRAL
from fer_core.landmarks import mesh
from fer_core.landmarks.alignment import align
from fer_core.landmarks.augment import joined, resampled
from fer_core.landmarks.features import FeatureSpec, aligned_neutral
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.landmarks.pose import drawn_turns, field, terms
from fer_core.landmarks.track import FloatArray
from fer_core.training.landmarks.expression_courses import gone_courses, shown_courses

PER_CLIP = 6
"""Windows of each clip: the held apex, two in which the expression begins, is held or fades; the resting
face, two in which the expression has gone or not yet begun."""


def stream_windows(landmarks: LandmarkSet, spec: FeatureSpec, pose: float, noise: float, seed: int) -> LandmarkSet:
    """Six windows of every clip that begins at rest, three of them labelled "neutral".

    The displacement from the clip's own resting face is replayed along courses drawn anew
    (`fer_core.training.landmarks.expression_courses`), with a head that turns by ``pose`` degrees (SD, each way) and
    landmarks that tremble by ``noise`` eye distances (SD). Points are on the template, in eye
    distances; windows keep their clip's name and subject.
    """
    chosen = landmarks.take(landmarks.has_neutral)
    frames = chosen.points.shape[1]
    anchors = mesh.ANCHOR_SETS[spec.anchors]
    neutral = aligned_neutral(chosen, spec, None)
    moved = align(chosen.points, neutral[:, None], anchors) - neutral[:, None]
    flat = moved.reshape(len(chosen), frames, -1)
    whole = np.concatenate([np.zeros_like(flat[:, :1]), flat], axis=1)
    generator = np.random.default_rng([seed, 11])
    parts = []
    for k in range(PER_CLIP):
        shown = k < PER_CLIP // 2
        course = _course(k % (PER_CLIP // 2), shown, len(chosen), frames, generator)
        played = resampled(whole, course.astype(np.float64) * frames).reshape(moved.shape)
        points = neutral[:, None] + played + _disturbance(moved.shape, spec, pose, noise, generator)
        parts.append(
            replace(
                chosen,
                points=points.astype(np.float32),
                neutral=neutral,
                emotion=chosen.emotion if shown else np.full(len(chosen), NEUTRAL),
                aspect=np.ones(len(chosen), dtype=np.float32),
            )
        )
    return reduce(joined, parts)


def _course(number: int, shown: bool, n: int, frames: int, generator: np.random.Generator) -> FloatArray:
    """The first of three is held throughout, at the apex or at rest."""
    if number == 0:
        return np.full((n, frames), 1.0 if shown else 0.0, dtype=np.float32)
    return (shown_courses if shown else gone_courses)(n, frames, generator)


def _disturbance(
    shape: tuple[int, ...], spec: FeatureSpec, pose: float, noise: float, generator: np.random.Generator
) -> FloatArray:
    n, frames = shape[:2]
    turns = drawn_turns(n, frames, pose, generator)
    turning = np.tensordot(terms(*turns), field(spec.anchors), 1)
    trembling = generator.standard_normal(shape, dtype=np.float32)
    constant = generator.standard_normal((n, 1, *shape[2:]), dtype=np.float32)
    return np.asarray(turning + noise * (trembling + constant), dtype=np.float32)
