"""The training side of a split as arrays: copies made once, variations drawn anew every epoch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from functools import reduce

import numpy as np
import numpy.typing as npt

from fer_core.landmarks.augment import flipped_set, held_last_frames, joined, resampled, retimed
from fer_core.landmarks.features import FeatureMap
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.landmarks.pose import TERMS, drawn_turns, field, terms
from fer_core.landmarks.track import FloatArray
from fer_core.study.conditions import Augmentation, Condition
from fer_core.training.landmarks.expression_courses import gone_courses, shown_courses

REST_MOTION = 0.15
"""How far resting clips stray, as a share of the difference between two clips of one emotion."""


class Role(IntEnum):
    """What a copy of a clip is for."""

    CLIP = 0
    REST = 1
    SHOWN = 2
    GONE = 3


@dataclass(frozen=True)
class TrainingData:
    """x (n, P, inputs), y (n, E), the clips' emotions (n,), and how an epoch varies them.

    ``role`` (n,) of `Role`; the emotion of a copy in which it is gone is still its clip's.
    ``rest`` (n, inputs) are the features of each clip's resting face where any is seen as a stream
    (else there are none: (0, inputs)), ``turning`` (5, inputs) what
    the terms of a turned head add (`fer_core.landmarks.pose`), ``jitter`` (inputs,) the SD that
    landmark noise of 1 eye distance has in each feature.
    """

    x: FloatArray
    y: npt.NDArray[np.float32]
    emotion: npt.NDArray[np.str_]
    augmentation: Augmentation
    role: npt.NDArray[np.int64]
    rest: FloatArray
    turning: FloatArray
    jitter: FloatArray

    def varied(self, epoch: int, generator: np.random.Generator) -> FloatArray:
        """This epoch's features, shaped as ``x``."""
        a, x = self.augmentation, self.x
        if a.blend:
            share = generator.uniform(0, a.blend, (len(x), 1, 1)).astype(np.float32)
            x = x + share * (x[_partners(self.emotion, generator)] - x)
        streamed, played = self._streamed(x, generator)  # these have a timing of their own
        if a.retime:
            x = retimed(x, generator, a.retime)
        if len(streamed):
            x = np.array(x)
            x[streamed] = played
        if a.gain:
            x = x * np.exp(generator.uniform(-a.gain, a.gain / 2, (len(x), 1, 1))).astype(np.float32)
        resting = np.flatnonzero(self.role == Role.REST)
        if len(resting):
            x = np.array(x)
            x[resting] += REST_MOTION * _within_emotion(self.x, self.emotion, len(resting), generator)
        return np.asarray(self._disturbed(x, generator), dtype=np.float32)

    def _streamed(self, x: FloatArray, generator: np.random.Generator) -> tuple[npt.NDArray[np.int64], FloatArray]:
        """Which copies of the clips ``x`` are seen as a stream, and what is seen of them."""
        shown, gone = (np.flatnonzero(self.role == r) for r in (Role.SHOWN, Role.GONE))
        which = np.concatenate([shown, gone])
        if not len(which):
            return which, x[which]
        frames = x.shape[1]
        courses = np.concatenate(
            [shown_courses(len(shown), frames, generator), gone_courses(len(gone), frames, generator)]
        )
        whole = np.concatenate([self.rest[which][:, None], x[which]], axis=1)
        return which, resampled(whole, courses.astype(np.float64) * frames)

    def _disturbed(self, x: FloatArray, generator: np.random.Generator) -> FloatArray:
        """With heads that turn, and landmarks that tremble."""
        a = self.augmentation
        n, frames = x.shape[:2]
        if a.pose:
            x = x + terms(*drawn_turns(n, frames, a.pose, generator)) @ self.turning
        if a.noise:
            each = generator.standard_normal(x.shape, dtype=np.float32)
            constant = generator.standard_normal((n, 1, x.shape[2]), dtype=np.float32)
            x = x + a.noise * self.jitter * (each + constant)
        return x


def training_data(training: LandmarkSet, condition: Condition, seed: int) -> tuple[TrainingData, FeatureMap]:
    """Copies, features and targets of a training side, and the feature map fitted on it."""
    a = condition.augmentation
    generator = np.random.default_rng([seed, 3])
    if a.mirror != "none":
        training = joined(training, flipped_set(training, faithful=a.mirror == "paper"))
    features = FeatureMap.fit(training, condition.features)
    parts, roles = [training], [np.full(len(training), Role.CLIP)]
    known = training.has_neutral  # a face that begins at the apex was never seen at rest
    if a.still:
        chosen = _some(len(training), a.still, generator)
        parts.append(held_last_frames(training.take(chosen)))
        roles.append(np.full(len(chosen), Role.CLIP))
        training = joined(training, parts[-1])
        known = np.concatenate([known, known[chosen]])
    if a.neutral and known.any():
        resting = training.take(known)
        resting = resting.take(_some(len(resting), a.neutral, generator))
        resting = resting_clips(resting)
        as_photo = np.arange(len(resting)) % 2 == 1  # every other one with its neutral face guessed
        parts.append(replace(resting, has_neutral=resting.has_neutral & ~as_photo))
        roles.append(np.full(len(resting), Role.REST))
    seen = parts[0].take(parts[0].has_neutral)
    if a.stream and len(seen):
        for role, share in ((Role.SHOWN, a.stream), (Role.GONE, a.stream / 2)):
            parts.append(seen.take(_some(len(seen), share, generator)))
            roles.append(np.full(len(parts[-1]), role))
    whole, role = reduce(joined, parts), np.concatenate(roles).astype(np.int64)
    y = (whole.emotion[:, None] == np.array(condition.emotions)[None]).astype(np.float32)
    y[role == Role.GONE] = 0.0
    rest = np.zeros((0, features.spec.inputs), dtype=np.float32)
    if a.stream:
        rest = features.transform(replace(whole, points=whole.neutral[:, None]))[:, 0]
    return TrainingData(features.transform(whole), y, whole.emotion, a, role, rest, *_disturbances(features)), features


def _disturbances(features: FeatureMap) -> tuple[FloatArray, FloatArray]:
    """What a turned head and landmark noise do to the features: (5, inputs) and (inputs,)."""
    kernel = features.kernel
    turning = field(features.spec.anchors).reshape(TERMS, -1) @ kernel
    return turning.astype(np.float32), np.sqrt((kernel**2).sum(axis=0)).astype(np.float32)


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


def _within_emotion(x: FloatArray, emotion: npt.NDArray[np.str_], n: int, generator: np.random.Generator) -> FloatArray:
    """n Gaussian multiples of differences between two random clips of one emotion: (n, P, inputs)."""
    difference = x[_partners(emotion, generator)] - x
    chosen = generator.choice(np.flatnonzero(emotion != "neutral"), size=n)
    scale = generator.standard_normal((n, 1, 1)) / np.sqrt(2)
    return np.asarray(scale * difference[chosen], dtype=np.float32)
