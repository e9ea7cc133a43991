"""The training side of a split as arrays: copies made once, variations drawn anew every epoch."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fer_core.landmarks.augment import flipped_set, held_last_frames, joined, retimed
from fer_core.landmarks.features import FeatureMap
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.landmarks.track import FloatArray
from fer_core.training.conditions import Augmentation, Condition

REST_MOTION = 0.15
"""How far resting clips stray, as a share of the difference between two clips of one emotion."""


@dataclass(frozen=True)
class TrainingData:
    """x (n, P, inputs), y (n, E), the clips' emotions (n,), and how an epoch varies them."""

    x: FloatArray
    y: npt.NDArray[np.float32]
    emotion: npt.NDArray[np.str_]
    augmentation: Augmentation

    def varied(self, epoch: int, generator: np.random.Generator) -> FloatArray:
        """This epoch's features, shaped as ``x``."""
        a, x = self.augmentation, self.x
        if a.blend:
            share = generator.uniform(0, a.blend, (len(x), 1, 1)).astype(np.float32)
            x = x + share * (x[_partners(self.emotion, generator)] - x)
        if a.retime:
            x = retimed(x, generator, a.retime)
        if a.gain:
            x = x * np.exp(generator.uniform(-a.gain, a.gain / 2, (len(x), 1, 1))).astype(np.float32)
        resting = np.flatnonzero(self.emotion == "neutral")
        if len(resting):
            x = np.array(x)
            x[resting] += REST_MOTION * _within_emotion(self.x, self.emotion, len(resting), generator)
        return np.asarray(x, dtype=np.float32)


def training_data(training: LandmarkSet, condition: Condition, seed: int) -> tuple[TrainingData, FeatureMap]:
    """Copies, features and targets of a training side, and the feature map fitted on it."""
    a = condition.augmentation
    generator = np.random.default_rng([seed, 3])
    if a.mirror != "none":
        training = joined(training, flipped_set(training, faithful=a.mirror == "paper"))
    features = FeatureMap.fit(training, condition.features)
    known = training.has_neutral  # a face that begins at the apex was never seen at rest
    if a.still:
        chosen = _some(len(training), a.still, generator)
        training = joined(training, held_last_frames(training.take(chosen)))
        known = np.concatenate([known, known[chosen]])
    if a.neutral and known.any():
        resting = training.take(known)
        resting = resting.take(_some(len(resting), a.neutral, generator))
        resting = resting_clips(resting)
        as_photo = np.arange(len(resting)) % 2 == 1  # every other one with its neutral face guessed
        training = joined(training, replace(resting, has_neutral=resting.has_neutral & ~as_photo))
    y = (training.emotion[:, None] == np.array(condition.emotions)[None]).astype(np.float32)
    return TrainingData(features.transform(training), y, training.emotion, a), features


def resting_clips(landmarks: LandmarkSet) -> LandmarkSet:
    """Clips that hold the neutral face of each given clip, labelled neutral."""
    frames = landmarks.points.shape[1]
    held = np.repeat(landmarks.neutral[:, None], frames, axis=1)
    return replace(landmarks, points=held, emotion=np.full(len(landmarks), "neutral"))


def _some(total: int, share: float, generator: np.random.Generator) -> npt.NDArray[np.int64]:
    """Positions of a random share of so many clips, at least one."""
    n = max(1, round(share * total))
    return generator.choice(total, size=n, replace=n > total)


def _partners(emotion: npt.NDArray[np.str_], generator: np.random.Generator) -> npt.NDArray[np.int64]:
    """For each clip the position of a random clip of the same emotion (it may be the same clip)."""
    partner = np.empty(len(emotion), dtype=np.int64)
    for name in np.unique(emotion):
        members = np.flatnonzero(emotion == name)
        partner[members] = generator.choice(members, size=len(members))
    return partner


def _within_emotion(
    x: FloatArray, emotion: npt.NDArray[np.str_], n: int, generator: np.random.Generator
) -> FloatArray:
    """n Gaussian multiples of differences between two random clips of one emotion: (n, P, inputs)."""
    difference = x[_partners(emotion, generator)] - x
    chosen = generator.choice(np.flatnonzero(emotion != "neutral"), size=n)
    scale = generator.standard_normal((n, 1, 1)) / np.sqrt(2)
    return np.asarray(scale * difference[chosen], dtype=np.float32)
