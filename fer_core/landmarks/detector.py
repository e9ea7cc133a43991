"""Opening a landmark detector: FaceMesh from the wheel, or a model file the user names."""

from __future__ import annotations

import os
from pathlib import Path

from fer_core.landmarks.landmarker import Landmarker, Mode

TASK_FILE_VARIABLE = "FER_FACE_LANDMARKER"
"""Environment variable naming a ``face_landmarker.task`` file for the Tasks API adapter."""


def open_landmarker(
    mode: Mode = "clip",
    max_faces: int = 1,
    min_confidence: float = 0.2,
    task_file: Path | None = None,
    *,
    from_environment: bool = True,
) -> Landmarker:
    """The Tasks API adapter where a ``.task`` file is named, else FaceMesh from the wheel.

    ``min_confidence`` (0..1) is the face detector's threshold; ``from_environment`` lets
    `TASK_FILE_VARIABLE` name the file where ``task_file`` does not. Raises `LandmarkError` where
    MediaPipe or the task file cannot be loaded.
    """
    named = task_file or (os.environ.get(TASK_FILE_VARIABLE) if from_environment else None)
    if named:
        from fer_core.landmarks.mediapipe_tasks import TasksLandmarker

        return TasksLandmarker(Path(named), mode, max_faces, min_confidence)
    from fer_core.landmarks.mediapipe_mesh import FaceMeshLandmarker

    return FaceMeshLandmarker(mode, max_faces, min_confidence)
