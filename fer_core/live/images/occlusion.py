"""Where in a face's picture a reading rests: each patch in turn is covered in grey."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fer_core.landmarks.track import FloatArray
from fer_core.live.images.face_reader import Crops, FaceReader
from fer_core.models.calibration import log_odds_of
from fer_core.models.distribution import REST

PATCHES = 6
"""Patches along each side: 36 and the picture itself are one batch."""


@dataclass(frozen=True)
class Occlusion:
    """What covering each patch takes from the leading emotion.

    Attributes
    ----------
    emotion : the most probable emotion of the picture, rest left aside
    change : float32 (PATCHES, PATCHES), rows from the top: log odds lost by covering the patch; positive
        where the patch speaks for the emotion
    picture : uint8 (size, size, channels), what was read
    """

    emotion: str
    change: FloatArray
    picture: Crops


def occlusion(reader: FaceReader, picture: Crops, emotion: str | None = None) -> Occlusion:
    """Cover each patch of a picture (size, size, channels) with its mean grey (Zeiler and Fergus, 2014).

    ``emotion``: whose log odds are looked at; by default the most probable one. Raises `KeyError` for a name
    that the model does not know.
    """
    said = reader.probabilities(covered(picture))
    names = [n for n in reader.names if n != REST]
    leading = emotion if emotion is not None else names[int(said[0, : len(names)].argmax())]
    if leading not in reader.names:
        raise KeyError(leading)
    log_odds = log_odds_of(said)[:, reader.names.index(leading)]
    change = (log_odds[0] - log_odds[1:]).reshape(PATCHES, PATCHES)
    return Occlusion(leading, change, picture)


def covered(picture: Crops) -> Crops:
    """The picture, then itself with each patch in its mean grey, rows from the top: (1 + PATCHES^2, ...)."""
    size = picture.shape[0]
    edges = np.round(np.linspace(0, size, PATCHES + 1)).astype(int)
    grey = np.round(picture.mean(axis=(0, 1))).astype(np.uint8)
    batch = np.repeat(picture[None], 1 + PATCHES**2, axis=0)
    for k in range(PATCHES**2):
        row, column = divmod(k, PATCHES)
        batch[1 + k, edges[row] : edges[row + 1], edges[column] : edges[column + 1]] = grey
    return batch
