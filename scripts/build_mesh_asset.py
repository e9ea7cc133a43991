"""Write assets/face_mesh.json: edges, regions, template and mirror permutation of the 468-point mesh.

    python scripts/build_mesh_asset.py path/to/canonical_face_model.obj

The edges and regions are MediaPipe's own (Apache-2.0). The mirror permutation is computed here:
MediaPipe's tessellation is not left-right symmetric, so it cannot come from the edges; it is the
nearest vertex to (-x, y, z) on MediaPipe's canonical face model.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fer_core.base.paths import assets_dir
from fer_core.landmarks._mediapipe import import_mediapipe


def read_vertices(obj_file: Path) -> npt.NDArray[np.float64]:
    """Vertex positions (468, 3): x to the face's left, y up, z to the viewer."""
    lines = obj_file.read_text().splitlines()
    return np.array([[float(v) for v in ln.split()[1:4]] for ln in lines if ln.startswith("v ")])


def template(vertices: npt.NDArray[np.float64]) -> list[list[float]]:
    """The canonical face from the front, y down, outer eye corners one unit apart, centred between them."""
    front = vertices[:, :2] * [1, -1]
    right, left = front[33], front[263]
    return ((front - (left + right) / 2) / np.linalg.norm(left - right)).round(4).tolist()


def depth(vertices: npt.NDArray[np.float64]) -> list[float]:
    """How far each landmark lies before the eye corners, in the template's unit; positive to the viewer."""
    right, left = vertices[33], vertices[263]
    unit = np.linalg.norm((left - right)[:2])
    return ((vertices[:, 2] - (left + right)[2] / 2) / unit).round(4).tolist()


def mirror_permutation(vertices: npt.NDArray[np.float64]) -> list[int]:
    """Index of the mirrored landmark for each of the 468, from vertex positions."""
    distance = np.linalg.norm(vertices[:, None] * [-1, 1, 1] - vertices[None], axis=2)
    permutation = distance.argmin(axis=1)
    if not np.array_equal(permutation[permutation], np.arange(len(vertices))):
        raise SystemExit("no involution: are the model's vertices in MediaPipe's order?")
    return [int(i) for i in permutation]


def main() -> None:
    """Build the asset from the installed MediaPipe and the canonical model named on the command line."""
    import_mediapipe()
    from mediapipe.python.solutions import face_mesh_connections as c

    def edges(connections: frozenset[tuple[int, int]]) -> list[list[int]]:
        return sorted({tuple(sorted(e)) for e in connections})  # type: ignore[return-value]

    contours = {
        "left_eye": c.FACEMESH_LEFT_EYE,
        "right_eye": c.FACEMESH_RIGHT_EYE,
        "left_brow": c.FACEMESH_LEFT_EYEBROW,
        "right_brow": c.FACEMESH_RIGHT_EYEBROW,
        "lips": c.FACEMESH_LIPS,
        "nose": c.FACEMESH_NOSE,
        "oval": c.FACEMESH_FACE_OVAL,
    }
    vertices = read_vertices(Path(sys.argv[1]))
    asset = {
        "source": "MediaPipe 0.10.21 face mesh (Apache-2.0); the rest from canonical_face_model.obj",
        "mirror": mirror_permutation(vertices),
        "template": template(vertices),
        "depth": depth(vertices),
        "tessellation": edges(c.FACEMESH_TESSELATION),
        "contours": {name: edges(e) for name, e in contours.items()},
    }
    (assets_dir() / "face_mesh.json").write_text(json.dumps(asset, separators=(",", ":")))


if __name__ == "__main__":
    main()
