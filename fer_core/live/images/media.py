"""Classifying a photo or a clip with an image model: the largest face, cut out, read once."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fer_core.base.errors import LandmarkError
from fer_core.datasets.base import Clip
from fer_core.datasets.images.pixels import fitted
from fer_core.datasets.media import iter_frames
from fer_core.landmarks.detector import open_landmarker
from fer_core.landmarks.landmarker import RgbImage
from fer_core.landmarks.track import FloatArray
from fer_core.live.images.face_reader import FaceReader, face_reader
from fer_core.live.media import LESS_SURE, SURE, clip_remarks, faces_of
from fer_core.live.prediction import MAX_FACES, NO_FACE, Prediction, outside
from fer_core.models.calibration import log_odds_of
from fer_core.models.images.bundle import ImageBundle

LOOKED_THROUGH, LOOKED_AT_TWICE = 30, 3
"""Last frames of a clip that are searched for a face, from the end; and those searched again, less strictly:
among many frames without a face, one is easily taken for one."""


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
        return _prediction(reader, reader.probabilities(crop[None])[0], image, [], searched=0)
    faces = faces_of(image)
    if not faces:
        raise LandmarkError(
            "no face was found", where=name, fix="use a photo with a face seen from the front, or read it as it is"
        )
    return _prediction(reader, reader.look(image, faces[:1])[0], image, faces)


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
    last: deque[tuple[int, RgbImage]] = deque(maxlen=LOOKED_THROUGH)
    numbers: list[int] = []
    for numbered in iter_frames(clip):
        last.append(numbered)
        numbers.append(numbered[0])
    backwards = list(reversed(last))
    for confidence, some in ((SURE, backwards), (LESS_SURE, backwards[:LOOKED_AT_TWICE])):
        if (found := _first_with_a_face([image for _, image in some], confidence)) is not None:
            at, faces = found
            number, image = some[at]
            read = reader.look(image, faces[:1])[0]
            said = _prediction(reader, read, image, faces, len(numbers), at + 1, number)
            return replace(said, remarks=clip_remarks(clip, numbers)), image
    raise LandmarkError(
        f"no face was found in the last {len(last)} frames",
        where=Path(clip.clip_id).name,
        fix="use a clip that ends with a face seen from the front",
    )


def _first_with_a_face(images: Sequence[RgbImage], confidence: float) -> tuple[int, list[FloatArray]] | None:
    """The position of the first image that shows a face, and its faces, largest first."""
    landmarker = open_landmarker("still", MAX_FACES, confidence)
    try:
        return next(((k, f) for k, image in enumerate(images) if (f := landmarker.detect(image))), None)
    finally:
        landmarker.close()


def _prediction(
    reader: FaceReader,
    values: FloatArray,
    image: RgbImage,
    faces: Sequence[FloatArray],
    frames: int = 1,
    searched: int = 1,
    number: int = 1,
) -> Prediction:
    """The prediction of probabilities (names,) that were read of one frame's largest face."""
    odds = dict(zip(reader.names, log_odds_of(values[None])[0].tolist(), strict=True))
    aspect = image.shape[1] / image.shape[0]
    points = faces[0] if faces else NO_FACE
    return Prediction(
        log_odds={e: odds[e] for e in reader.bundle.emotions},
        distribution=dict(zip(reader.names, values.tolist(), strict=True)),
        still=False,
        frames=frames,
        searched=searched,
        found=min(len(faces), 1),
        faces=len(faces),
        several=int(len(faces) > 1),
        cut=int(bool(faces) and outside(points, aspect).any()),
        points=points,
        frame=float(number),
        aspect=aspect,
        neutral="not needed",
    )
