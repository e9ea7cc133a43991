"""MediaPipe FaceMesh: 468 points, its models inside the wheel, no download."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import numpy as np

from fer_core.landmarks._mediapipe import import_mediapipe
from fer_core.landmarks.framing import Framed, frame_for_detection
from fer_core.landmarks.landmarker import Mode, RgbImage, largest_first
from fer_core.landmarks.track import N_LANDMARKS, FloatArray
from fer_core.quiet import quiet

_BLANK = np.zeros((64, 64, 3), dtype=np.uint8)


class FaceMeshLandmarker:
    """`Landmarker` on ``mediapipe.solutions.face_mesh`` (Kartynnik et al., 2019). Not thread-safe."""

    name = "mediapipe-facemesh"

    def __init__(self, mode: Mode = "clip", max_faces: int = 1, min_confidence: float = 0.2) -> None:
        import_mediapipe()
        from mediapipe.python.solutions.face_mesh import FaceMesh

        self._warm = False
        with quiet():
            self._mesh: Any = FaceMesh(
                static_image_mode=mode == "still",
                max_num_faces=max_faces,
                refine_landmarks=False,
                min_detection_confidence=min_confidence,
                min_tracking_confidence=min_confidence,
            )
            self._mesh.process(_BLANK)  # loads the models, with their warnings

    def detect(self, image: RgbImage) -> list[FloatArray]:
        """See `Landmarker.detect`. An image without a face is tried once more with a margin."""
        faces = self._detect(frame_for_detection(image))
        return faces or self._detect(frame_for_detection(image, padded=True))

    def _detect(self, framed: Framed) -> list[FloatArray]:
        with nullcontext() if self._warm else quiet():
            result = self._mesh.process(np.ascontiguousarray(framed.image))
        found = result.multi_face_landmarks or []
        self._warm = self._warm or bool(found)  # the landmark model warns at its first face
        return largest_first([framed.to_original(_array(face)) for face in found])

    def reset(self) -> None:
        """Forget the previous frame.

        A frame without a face makes the graph lose its track, with the same result as FaceMesh's
        own reset, which rebuilds the graph, costs ten times as much and logs at every turn.
        """
        self._mesh.process(_BLANK)

    def close(self) -> None:
        """Free the native graph."""
        self._mesh.close()


def _array(face: Any) -> FloatArray:
    flat = np.fromiter((v for p in face.landmark[:N_LANDMARKS] for v in (p.x, p.y)), dtype=np.float32)
    return flat.reshape(N_LANDMARKS, 2)
