"""From a frame and the faces found in it to an image model's probabilities: cut out, read, put in order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import BundleError
from fer_core.landmarks.face_crop import crop_like_fer2013
from fer_core.landmarks.landmarker import RgbImage
from fer_core.landmarks.track import FloatArray
from fer_core.models.distribution import REST, with_rest
from fer_core.models.images.bundle import GRAPH, ImageBundle
from fer_core.models.images.graph import ImageReader

Crops = npt.NDArray[np.uint8]


class FaceReader:
    """Reads faces of camera frames with an image bundle; holds no state, any number of threads may use it.

    Faces are cut level and framed as FER2013's pictures are (`fer_core.landmarks.face_crop`). A model that
    was trained on pictures framed otherwise sees them larger or smaller than it is used to.

    Attributes
    ----------
    names : the bundle's emotions, and rest last: its class "neutral", or what no class stands for
    """

    def __init__(self, reader: ImageReader) -> None:
        self.reader, self.bundle = reader, reader.bundle
        self.names = with_rest(reader.emotions)
        self._columns = [reader.emotions.index(e) for e in self.names[:-1]]
        self._rest = reader.emotions.index(REST) if REST in reader.emotions else None

    def cut(self, rgb: RgbImage, faces: Sequence[FloatArray]) -> Crops:
        """Faces (468, 2), in image heights, as the model takes them: uint8 (n, size, size, channels).

        Raises `LandmarkError` for a face without a direction.
        """
        import cv2

        size, channels = self.bundle.size, self.bundle.channels
        crops = np.empty((len(faces), size, size, channels), dtype=np.uint8)
        for k, face in enumerate(faces):
            cut = crop_like_fer2013(rgb, face, size)
            crops[k] = cut if channels == 3 else cv2.cvtColor(cut, cv2.COLOR_RGB2GRAY)[..., None]
        return crops

    def probabilities(self, crops: Crops) -> FloatArray:
        """Calibrated probabilities (n, names), rows summing to 1; rest is 0 where the model knows none."""
        said = self.reader.read(crops)
        rest = np.zeros(len(said), np.float32) if self._rest is None else said[:, self._rest]
        return np.concatenate([said[:, self._columns], rest[:, None]], axis=1)

    def look(self, rgb: RgbImage, faces: Sequence[FloatArray]) -> FloatArray:
        """Probabilities (n, names) of faces found in a frame. Raises `LandmarkError` as `cut`."""
        if not len(faces):
            return np.zeros((0, len(self.names)), dtype=np.float32)
        return self.probabilities(self.cut(rgb, faces))


def face_reader(bundle: ImageBundle) -> FaceReader:
    """The reader of a bundle on disk: loaded once for all who ask, anew when its graph changes.

    Raises `BundleError` where the bundle has no folder, or comes without a graph.
    """
    if bundle.folder is None:
        raise BundleError("the bundle is not on disk", where=bundle.name, fix="save it first")
    file = bundle.folder / GRAPH
    stamp = file.stat().st_mtime_ns if file.is_file() else 0
    return _opened(bundle.folder.resolve(), stamp)


@lru_cache(maxsize=4)
def _opened(folder: Path, stamp: int) -> FaceReader:  # noqa: ARG001 (what it is cached by)
    return FaceReader(ImageReader(folder))
