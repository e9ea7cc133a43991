"""MediaPipe FaceMesh: 468 points, its models inside the wheel, no download."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import numpy as np

from fer_core.base.quiet import quiet
from fer_core.landmarks._mediapipe import import_mediapipe
from fer_core.landmarks.framing import Framed, frame_for_detection
from fer_core.landmarks.landmarker import Mode, RgbImage, largest_first
from fer_core.landmarks.track import N_LANDMARKS, FloatArray

_BLANK = np.zeros((64, 64, 3), dtype=np.uint8)


def open_face_mesh(mode: Mode = "clip", max_faces: int = 1, min_confidence: float = 0.2) -> Any:
    """MediaPipe's own FaceMesh with its models loaded. Raises `LandmarkError` where MediaPipe cannot be."""
    import_mediapipe()
    from mediapipe.python.solutions.face_mesh import FaceMesh

    with quiet():
        mesh = FaceMesh(
            static_image_mode=mode == "still",
            max_num_faces=max_faces,
            refine_landmarks=False,
            min_detection_confidence=min_confidence,
            min_tracking_confidence=min_confidence,
        )
        mesh.process(_BLANK)  # loads the models, with their warnings
    return mesh


class FaceMeshLandmarker:
    """`Landmarker` on ``mediapipe.solutions.face_mesh`` (Kartynnik et al., 2019). Not thread-safe."""

    name = "mediapipe-facemesh"

    def __init__(self, mode: Mode = "clip", max_faces: int = 1, min_confidence: float = 0.2) -> None:
        self._warm = False
        self._mesh = open_face_mesh(mode, max_faces, min_confidence)
        _hand_over_bytes(self._mesh)

    def detect(self, image: RgbImage) -> list[FloatArray]:
        """See `Landmarker.detect`. An image without a face is tried once more with a margin."""
        faces = self._detect(frame_for_detection(image))
        return faces or self._detect(frame_for_detection(image, padded=True))

    def _detect(self, framed: Framed) -> list[FloatArray]:
        with nullcontext() if self._warm else quiet():
            result = self._mesh.process(np.ascontiguousarray(framed.image))
        found = result.multi_face_landmarks or []
        self._warm = self._warm or bool(found)  # the landmark model warns at its first face
        faces = [framed.to_original(_array(face)) for face in found]
        return largest_first(faces) if len(faces) > 1 else faces

    def reset(self) -> None:
        """Forget the previous frame.

        A frame without a face makes the graph lose its track, with the same result as FaceMesh's
        own reset, which rebuilds the graph, costs ten times as much and logs at every turn.
        """
        self._mesh.process(_BLANK)

    def close(self) -> None:
        """Free the native graph."""
        self._mesh.close()


def _hand_over_bytes(mesh: Any) -> None:
    """Let a FaceMesh give each face as protobuf's bytes instead of 468 Python objects.

    Making the objects and asking each for two numbers takes a fifth of a frame's time. What is
    replaced is not public; MediaPipe's version is pinned, and tests hold both ways equal.
    """
    from mediapipe.python._framework_bindings import _packet_getter

    plainly = mesh._get_packet_content

    def content(kind: Any, packet: Any) -> Any:
        if kind.value != "proto_list" or packet.is_empty():
            return plainly(kind, packet)
        return _packet_getter._get_serialized_proto_list(packet)

    mesh._get_packet_content = content


_LANDMARK = np.dtype({"names": ["x", "y"], "formats": ["<f4", "<f4"], "offsets": [3, 8], "itemsize": 17})
"""A landmark in protobuf's wire format: tag and length, then x, y and z, each a tag and four bytes."""
_TAGS = {0: b"\x0a", 1: b"\x0f", 2: b"\x0d", 7: b"\x15", 12: b"\x1d"}
"""What must stand where in each landmark, for its numbers to be where `_LANDMARK` says."""


def _array(face: bytes) -> FloatArray:
    """x and y (468, 2) of a serialized NormalizedLandmarkList (protobuf.dev, encoding)."""
    step = _LANDMARK.itemsize
    if len(face) == N_LANDMARKS * step and all(face[k::step] == N_LANDMARKS * tag for k, tag in _TAGS.items()):
        each = np.frombuffer(face, dtype=_LANDMARK)
        points = np.empty((N_LANDMARKS, 2), dtype=np.float32)
        points[:, 0], points[:, 1] = each["x"], each["y"]
        return points
    from mediapipe.framework.formats.landmark_pb2 import NormalizedLandmarkList

    landmarks = NormalizedLandmarkList.FromString(face).landmark[:N_LANDMARKS]  # something more than x, y, z
    return np.array([(p.x, p.y) for p in landmarks], dtype=np.float32)
