"""Classifying a photo or a clip with an image model: the largest face, cut out, read once."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fer_core.datasets.base import Clip
from fer_core.datasets.images.pixels import fitted
from fer_core.datasets.media import iter_frames
from fer_core.errors import LandmarkError
from fer_core.landmarks.detector import open_landmarker
from fer_core.landmarks.landmarker import RgbImage
from fer_core.landmarks.track import N_LANDMARKS, FloatArray
from fer_core.live.images.face_reader import FaceReader, face_reader
from fer_core.live.media import LESS_SURE, MAX_FACES, SURE, Prediction, faces_of
from fer_core.live.state import REST
from fer_core.models.images.bundle import ImageBundle

LOOKED_THROUGH, LOOKED_AT_TWICE = 30, 3
"""Last frames of a clip that are searched for a face, from the end; and those searched again, less strictly:
among many frames without a face, one is easily taken for one."""
NOT_NEEDED = "not needed"
"""What `Prediction.neutral` says of a picture."""


def predict_picture(
    bundle: ImageBundle, image: RgbImage, name: str = "the photo", *, as_is: bool = False
) -> Prediction:
    """Classify the largest face of a photo, uint8 RGB (H, W, 3).

    ``as_is``: the photo is a face that was cut out already; its central square is read and no face sought.

    Raises
    ------
    LandmarkError
        If no face is found.
    BundleError
        If the bundle comes without a graph.
    """
    reader = face_reader(bundle)
    if as_is:
        crop = fitted(image, bundle.size, bundle.channels)
        none = np.full((N_LANDMARKS, 2), np.nan, dtype=np.float32)
        return _prediction(reader, reader.probabilities(crop[None])[0], none, frames=1, faces=0)
    faces = faces_of(image)
    if not faces:
        raise LandmarkError(
            "no face was found", where=name,
            fix="use a photo with a face seen from the front, or read it as it is",
        )  # fmt: skip
    return _prediction(reader, reader.look(image, faces[:1])[0], faces[0], frames=1, faces=len(faces))


def predict_apex(bundle: ImageBundle, clip: Clip) -> tuple[Prediction, RgbImage]:
    """Classify the last frame of a clip that shows a face; also that frame, uint8 RGB (H, W, 3).

    The corpora's clips run to the apex, and a picture is all that an image model takes.

    Raises
    ------
    LandmarkError
        If none of the last `LOOKED_THROUGH` frames shows a face.
    MediaError, BundleError
        If the clip cannot be read, or the bundle comes without a graph.
    """
    reader = face_reader(bundle)
    last: deque[RgbImage] = deque(maxlen=LOOKED_THROUGH)
    frames = 0
    for _, image in iter_frames(clip):
        last.append(image)
        frames += 1
    for confidence, images in ((SURE, list(last)), (LESS_SURE, list(last)[-LOOKED_AT_TWICE:])):
        if (found := _last_with_a_face(images, confidence)) is not None:
            image, faces = found
            said = reader.look(image, faces[:1])[0]
            return _prediction(reader, said, faces[0], frames, len(faces)), image
    raise LandmarkError(
        f"no face was found in the last {len(last)} frames", where=Path(clip.clip_id).name,
        fix="use a clip that ends with a face seen from the front",
    )  # fmt: skip


def _last_with_a_face(
    images: Sequence[RgbImage], confidence: float
) -> tuple[RgbImage, list[FloatArray]] | None:
    landmarker = open_landmarker("still", MAX_FACES, confidence)
    try:
        return next(((i, f) for i in reversed(images) if (f := landmarker.detect(i))), None)
    finally:
        landmarker.close()


def _prediction(
    reader: FaceReader, values: FloatArray, points: FloatArray, frames: int, faces: int
) -> Prediction:
    said = {e: float(p) for e, p in zip(reader.names, values, strict=True)}
    if REST not in reader.bundle.emotions:
        del said[REST]
    emotion = max(said, key=said.__getitem__)
    return Prediction(emotion, said, frames, min(faces, 1), faces, points, NOT_NEEDED)
