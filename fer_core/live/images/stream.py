"""A running camera picture whose faces an image model reads; its states are those of any stream."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from fer_core.base.errors import LandmarkError
from fer_core.landmarks.landmarker import Landmarker, RgbImage
from fer_core.landmarks.track import FloatArray
from fer_core.live.decision import Decision, Smoothing
from fer_core.live.face_stream import FaceStream
from fer_core.live.face_track import FORGET
from fer_core.live.images.face_reader import Crops, face_reader
from fer_core.live.images.occlusion import Occlusion, occlusion
from fer_core.live.settings import LiveSettings
from fer_core.live.state import FaceReading, in_words
from fer_core.models.images.bundle import ImageBundle


class PicturedPerson:
    """Follows one face whose pictures are read: smoothing and what is said; there is no resting face.

    ``crop`` is the newest picture (size, size, channels), for `ImageStream.occlusion`.
    """

    neutral: FloatArray | None = None
    progress = 0.0

    def __init__(self, face: int, names: tuple[str, ...], settings: LiveSettings) -> None:
        self.face, self.settings, self._names = face, settings, names
        self._smoothing, self._decision = Smoothing(), Decision()
        self._last = float("-inf")
        self.crop: Crops | None = None

    def calibrate(self) -> None:
        """Nothing: a picture is read without a resting face."""

    def use_neutral(self, neutral: FloatArray | None) -> None:
        """Nothing: a picture is read without a resting face."""

    def begin_anew(self) -> None:
        """Forget the course of the face."""
        self._smoothing.clear()
        self._decision.clear()
        self._last = float("-inf")

    def see(self, values: FloatArray, points: FloatArray, time_s: float) -> FaceReading:
        """Take in this moment's probabilities (names,) and face (468, 2), and say what is known now."""
        if time_s - self._last > FORGET:
            self.begin_anew()
        self._last = time_s
        smooth = self._smoothing.see(values, time_s, self.settings.time_constant)
        probabilities = {n: float(v) for n, v in zip(self._names, smooth, strict=True)}
        kind, emotion = self._decision.decide(probabilities, self.settings, still=False)
        text = in_words(kind, emotion, probabilities)
        return FaceReading(self.face, kind, emotion, probabilities, points, None, None, text)


class _Answer(NamedTuple):
    values: FloatArray
    crop: Crops


class ImageStream(FaceStream[PicturedPerson]):
    """Feeds frames to a landmarker and cut-out faces to an image model; see `FaceStream`.

    All faces of a frame are read in one batch. "neutral" is rest; a model without that class never says
    rest. There is nothing to calibrate.

    Parameters
    ----------
    bundle : an image bundle on disk, with its graph
    landmarker, clock, settings : as of `FaceStream`; the settings' window and calibration mean nothing here

    Raises
    ------
    BundleError
        Where the bundle comes without a graph.
    """

    calibrates = False

    def __init__(
        self,
        bundle: ImageBundle,
        landmarker: Landmarker,
        clock: Callable[[], float] = time.monotonic,
        *,
        settings: LiveSettings | None = None,
    ) -> None:
        super().__init__(landmarker, clock, settings=settings)
        self.bundle, self._reader = bundle, face_reader(bundle)

    def calibrate(self) -> None:
        """Nothing: a picture is read without a resting face."""

    def occlusion(self) -> Occlusion | None:
        """Where in the largest face's newest picture the reading rests; None without a face.

        See `fer_core.live.images.occlusion`. One batch of 37 pictures, outside the lock.
        """
        with self._lock:
            largest = self._largest()
            crop = None if largest is None else largest.crop
        return None if crop is None else occlusion(self._reader, crop)

    def _answers(self, rgb: RgbImage, faces: Sequence[FloatArray]) -> Sequence[_Answer]:
        if not faces:
            return []
        try:
            crops = self._reader.cut(rgb, faces)
        except LandmarkError:  # a face seen edge-on has no direction: none of this frame is read
            return []
        said = self._reader.probabilities(crops)
        return [_Answer(values, crop) for values, crop in zip(said, crops, strict=True)]

    def _follower(self, face: int) -> PicturedPerson:
        return PicturedPerson(face, self._reader.names, self._settings)

    def _see(
        self, person: PicturedPerson, points: FloatArray, time_s: float, aspect: float, answer: Any
    ) -> FaceReading:
        person.crop = np.array(answer.crop)
        return person.see(answer.values, points, time_s)
