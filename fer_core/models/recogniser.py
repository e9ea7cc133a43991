"""A trained recogniser: landmarks in, a probability per emotion out. Numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fer_core.landmarks.augment import flipped_set
from fer_core.landmarks.features import FeatureMap
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.landmarks.track import FloatArray
from fer_core.models.forward import logits, sigmoid
from fer_core.models.weights import NetworkShape, Weights


@dataclass(frozen=True)
class Recogniser:
    """Independent one-vs-all classifiers with what they need to read landmarks.

    Attributes
    ----------
    emotions : E canonical names, the order of the probabilities
    members : how many networks, trained from different seeds, are averaged for each emotion
    weights : arrays (members * E, ...), member by member
    mirrored : whether each clip is also read in the mirror and the two are averaged
    """

    emotions: tuple[str, ...]
    shape: NetworkShape
    members: int
    features: FeatureMap
    weights: Weights
    mirrored: bool = True

    def probabilities(self, landmarks: LandmarkSet) -> FloatArray:
        """float32 (n, E): each classifier's probability; they need not sum to 1."""
        log_odds = self.from_features(self.features.transform(landmarks))
        if self.mirrored:
            log_odds = (log_odds + self.from_features(self.features.transform(flipped_set(landmarks)))) / 2
        return sigmoid(log_odds)

    def from_features(self, x: FloatArray) -> FloatArray:
        """Mean log odds (n, E) over the members, of features (n, P, inputs)."""
        each = logits(self.weights, x, self.shape.architecture)
        return np.asarray(each.reshape(len(x), self.members, len(self.emotions)).mean(axis=1))
