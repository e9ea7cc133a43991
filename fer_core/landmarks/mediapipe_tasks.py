"""MediaPipe Tasks FaceLandmarker, for a ``.task`` model file that the user names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from fer_core.base.errors import LandmarkError
from fer_core.base.quiet import quiet
from fer_core.landmarks._mediapipe import import_mediapipe
from fer_core.landmarks.framing import Framed, frame_for_detection
from fer_core.landmarks.landmarker import Mode, RgbImage, largest_first
from fer_core.landmarks.track import N_LANDMARKS, FloatArray


class TasksLandmarker:
    """`Landmarker` on the Tasks API; the first 468 of its 478 points are FaceMesh's."""

    name = "mediapipe-tasks"
    _frame_ms = 33  # video mode wants rising time stamps; their size does not matter to it

    def __init__(self, task_file: Path, mode: Mode = "clip", max_faces: int = 1, min_confidence: float = 0.2) -> None:
        if not task_file.is_file():
            raise LandmarkError(
                "the face landmarker file does not exist",
                where=str(task_file),
                fix="name an existing face_landmarker.task, or unset FER_FACE_LANDMARKER",
            )
        self._mediapipe = import_mediapipe()
        from mediapipe.tasks.python import BaseOptions
        from mediapipe.tasks.python.vision import FaceLandmarker, FaceLandmarkerOptions, RunningMode

        options = FaceLandmarkerOptions(
            base_options=BaseOptions(model_asset_buffer=task_file.read_bytes()),
            running_mode=RunningMode.VIDEO if mode == "clip" else RunningMode.IMAGE,
            num_faces=max_faces,
            min_face_detection_confidence=min_confidence,
            min_face_presence_confidence=min_confidence,
            min_tracking_confidence=min_confidence,
        )
        self._file, self._video = task_file, mode == "clip"
        self._make = lambda: FaceLandmarker.create_from_options(options)
        self._open()

    def _open(self) -> None:
        try:
            with quiet():
                self._landmarker: Any = self._make()
        except (RuntimeError, ValueError) as error:
            raise LandmarkError(
                "the file is no MediaPipe face landmarker model",
                where=str(self._file),
                fix="name a face_landmarker.task, or unset FER_FACE_LANDMARKER",
            ) from error
        self._time_ms = 0

    def detect(self, image: RgbImage) -> list[FloatArray]:
        """See `Landmarker.detect`. An image without a face is tried once more with a margin."""
        faces = self._detect(frame_for_detection(image))
        return faces or self._detect(frame_for_detection(image, padded=True))

    def _detect(self, framed: Framed) -> list[FloatArray]:
        rgb = np.ascontiguousarray(framed.image)
        image = self._mediapipe.Image(image_format=self._mediapipe.ImageFormat.SRGB, data=rgb)
        if self._video:
            self._time_ms += self._frame_ms
            result = self._landmarker.detect_for_video(image, self._time_ms)
        else:
            result = self._landmarker.detect(image)
        return largest_first([framed.to_original(_array(face)) for face in result.face_landmarks])

    def reset(self) -> None:
        """Start afresh: the Tasks API has no reset, so a new landmarker replaces the old one."""
        self.close()
        self._open()

    def close(self) -> None:
        """Free the native graph."""
        self._landmarker.close()


def _array(face: Any) -> FloatArray:
    return np.array([(p.x, p.y) for p in face[:N_LANDMARKS]], dtype=np.float32)
