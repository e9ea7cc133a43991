"""A trained recogniser: landmarks in, log odds of each emotion out. Numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fer_core.landmarks.augment import flipped_set
from fer_core.landmarks.features import FeatureMap
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.landmarks.track import FloatArray
from fer_core.losses.imbalance import LossChoice
from fer_core.models.forward import logits, sigmoid
from fer_core.models.posterior import implied_log_odds
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
    losses : the loss each emotion's classifier was trained with, to read its output as the
        probability it implies (`fer_core.models.posterior`); empty takes outputs as they are
    offsets : added to the implied log odds of each emotion, so that they hold for other shares
        of the emotions than the training corpus's (`prior_offsets`); empty adds nothing
    """

    emotions: tuple[str, ...]
    shape: NetworkShape
    members: int
    features: FeatureMap
    weights: Weights
    mirrored: bool = True
    losses: tuple[LossChoice, ...] = ()
    offsets: tuple[float, ...] = ()

    def probabilities(self, landmarks: LandmarkSet) -> FloatArray:
        """float32 (n, E): each classifier's probability; they need not sum to 1."""
        return sigmoid(self.read(landmarks))

    def read(self, landmarks: LandmarkSet) -> FloatArray:
        """float32 (n, E): log odds of each emotion, which the classifiers' outputs imply by their losses.

        Decide by these: the probabilities of two classifiers that are both very sure are equal once rounded.
        """
        return self.implied(self.log_odds(landmarks))

    def log_odds(self, landmarks: LandmarkSet) -> FloatArray:
        """Log odds (n, E) that the classifiers put out, before they are read by their loss."""
        log_odds = self.from_features(self.features.transform(landmarks))
        if self.mirrored:
            log_odds = (log_odds + self.from_features(self.features.transform(flipped_set(landmarks)))) / 2
        return log_odds

    def implied(self, log_odds: FloatArray) -> FloatArray:
        """Output log odds (n, E) as the log odds they imply, by each classifier's loss and offset."""
        if not self.losses:
            return log_odds
        shift = np.array(self.offsets or 0.0, dtype=np.float32)
        return np.asarray(implied_log_odds(log_odds, self.losses) + shift, dtype=np.float32)

    def from_features(self, x: FloatArray) -> FloatArray:
        """Mean log odds (n, E) over the members, of features (n, P, inputs)."""
        each = logits(self.weights, x, self.shape.architecture)
        return np.asarray(each.reshape(len(x), self.members, len(self.emotions)).mean(axis=1))
