"""A photo's or a clip's reading as probabilities over the emotions and rest, as a stream gives them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fer_core.live.reader import StreamReader
from fer_core.models.bundle import Bundle

_NEVER_SURE = 1e-6


def outcomes(bundle: Bundle, each: Mapping[str, float]) -> dict[str, float]:
    """Each classifier's own probability (0 to 1) -> probabilities of all emotions and rest, which sum to 1.

    The classifiers' log odds are shared out by the bundle's calibration
    (`fer_core.models.calibration.Calibration`), so that bars of a photo, a clip and a stream mean the same.
    """
    own = np.clip([each[e] for e in bundle.emotions], _NEVER_SURE, 1 - _NEVER_SURE)
    reader = StreamReader(bundle)
    values = reader.probabilities(np.log(own / (1 - own))[None])[0]
    return {name: float(v) for name, v in zip(reader.names, values, strict=True)}
