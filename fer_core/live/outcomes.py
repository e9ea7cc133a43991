"""Answers as one distribution over the emotions and rest: the same for streams, photos and clips."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fer_core.landmarks.track import FloatArray
from fer_core.live.state import REST
from fer_core.models.bundle import Bundle
from fer_core.models.calibration import NONE
from fer_core.models.images.bundle import ImageBundle
from fer_core.models.opening import AnyBundle

_NEVER_SURE = 1e-6


class Outcomes:
    """The emotions of a bundle and rest, last, under ``names``; shares implied log odds out among them."""

    def __init__(self, bundle: Bundle) -> None:
        self.names = (*(e for e in bundle.emotions if e != REST), REST)
        self._calibration = bundle.calibration or NONE
        self._columns = [bundle.emotions.index(e) for e in self.names[:-1]]

    def probabilities(self, log_odds: FloatArray) -> FloatArray:
        """Calibrated probabilities (n, names), rows summing to 1, of implied log odds (n, E)."""
        all_of = self._calibration.distribution(log_odds)
        rest = 1.0 - all_of[:, self._columns].sum(axis=1, keepdims=True)
        return np.concatenate([all_of[:, self._columns], rest], axis=1).astype(np.float32)


def outcomes(bundle: AnyBundle, each: Mapping[str, float]) -> dict[str, float]:
    """Each classifier's own probability (0 to 1) -> probabilities of all emotions and rest, which sum to 1.

    The classifiers' log odds are shared out by the bundle's calibration
    (`fer_core.models.calibration.Calibration`), so that bars of a photo, a clip and a stream mean the same.
    An image model's probabilities are such a distribution already; where it knows no "neutral", rest gets 0.
    """
    if isinstance(bundle, ImageBundle):
        return {e: each[e] for e in bundle.emotions if e != REST} | {REST: each.get(REST, 0.0)}
    own = np.clip([each[e] for e in bundle.emotions], _NEVER_SURE, 1 - _NEVER_SURE)
    ends = Outcomes(bundle)
    values = ends.probabilities(np.log(own / (1 - own))[None])[0]
    return {name: float(v) for name, v in zip(ends.names, values, strict=True)}
