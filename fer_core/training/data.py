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
        resting = self.emotion == "neutral"
        if a.retime:
            x = retimed(x, generator, a.retime)
        if a.gain:
            x = x * np.exp(generator.uniform(-a.gain, a.gain / 2, (len(x), 1, 1))).astype(np.float32)
        strength = np.where(resting, REST_MOTION, a.blend)
        if strength.any():
            x = x + strength[:, None, None] * _within_emotion(self.x, self.emotion, generator)
        return x.astype(np.float32)


def training_data(training: LandmarkSet, condition: Condition, seed: int) -> tuple[TrainingData, FeatureMap]:
    """Copies, features and targets of a training side, and the feature map fitted on it."""
    a = condition.augmentation
    generator = np.random.default_rng([seed, 3])
    if a.mirror != "none":
        training = joined(training, flipped_set(training, faithful=a.mirror == "paper"))
    features = FeatureMap.fit(training, condition.features)
    if a.still:
        training = joined(training, held_last_frames(_some(training, a.still, generator)))
    if a.neutral:
        training = joined(training, resting_clips(_some(training, a.neutral, generator)))
    y = (training.emotion[:, None] == np.array(condition.emotions)[None]).astype(np.float32)
    return TrainingData(features.transform(training), y, training.emotion, a), features


def resting_clips(landmarks: LandmarkSet) -> LandmarkSet:
    """Clips that hold the neutral face of each given clip, labelled neutral."""
    frames = landmarks.points.shape[1]
    held = np.repeat(landmarks.neutral[:, None], frames, axis=1)
    return replace(landmarks, points=held, emotion=np.full(len(landmarks), "neutral"))


def _some(landmarks: LandmarkSet, share: float, generator: np.random.Generator) -> LandmarkSet:
    n = max(1, round(share * len(landmarks)))
    return landmarks.take(generator.choice(len(landmarks), size=n, replace=n > len(landmarks)))


def _within_emotion(
    x: FloatArray, emotion: npt.NDArray[np.str_], generator: np.random.Generator
) -> FloatArray:
    """For each clip, a Gaussian multiple of the difference of two random clips of one emotion."""
    shown = np.flatnonzero(emotion != "neutral")
    first = generator.choice(shown, size=len(x))
    second = np.empty_like(first)
    for name in np.unique(emotion[shown]):
        members, wanted = np.flatnonzero(emotion == name), emotion[first] == name
        second[wanted] = generator.choice(members, size=int(wanted.sum()))
    scale = generator.standard_normal((len(x), 1, 1)) / np.sqrt(2)
    return np.asarray(scale * (x[first] - x[second]), dtype=np.float32)
