"""What is said of a face: one distribution over the emotions and rest, from the classifiers' log odds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fer_core.base.emotions import NEUTRAL
from fer_core.base.errors import BundleError
from fer_core.landmarks.track import FloatArray
from fer_core.models.bundle import Bundle
from fer_core.models.calibration import NONE

REST = NEUTRAL
"""The name of rest among the outcomes."""


def with_rest(emotions: Sequence[str]) -> tuple[str, ...]:
    """The outcomes of a recogniser of these emotions: rest, which neutral is too, stands last."""
    return (*(e for e in emotions if e != REST), REST)


class Outcomes:
    """The outcomes of a landmark bundle, ``names``, and what its log odds say of them.

    The one place where a bundle's log odds become probabilities of the outcomes: for streams, photos, clips
    and exported files alike.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.names = with_rest(bundle.emotions)
        self._bundle, self._calibration = bundle.name, bundle.calibration or NONE
        self._columns = [bundle.emotions.index(e) for e in self.names[:-1]]
        self._rest = [k for k in range(len(bundle.emotions) + 1) if k not in self._columns]

    def probabilities(self, log_odds: FloatArray) -> FloatArray:
        """Calibrated probabilities (n, names), rows summing to 1, of implied log odds (n, E) of any size.

        Raises `BundleError` where a log odds is not a finite number: the bundle's weights are damaged.
        """
        if not np.isfinite(log_odds).all():
            raise BundleError(
                "the recogniser's outputs are not finite numbers",
                where=self._bundle,
                fix="use another bundle, or train it again",
            )
        each = self._calibration.distribution(log_odds)
        # Summed, not 1 minus the others: of a rest that is next to nothing only rounding would be left.
        rest = each[:, self._rest].sum(axis=1, keepdims=True)
        return np.concatenate([each[:, self._columns], rest], axis=1)
