"""The 468-point face mesh: edges, regions, anchors and the mirror permutation.

Left and right are the filmed person's own, as in MediaPipe.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.paths import assets_dir
from fer_core.landmarks.track import N_LANDMARKS, FloatArray

Index = npt.NDArray[np.int64]

STABLE: Index = np.array([33, 133, 263, 362, 6, 168, 197, 195])
"""Anchors that expressions hardly move: eye corners and nose bridge."""

EYE_CORNERS: Index = np.array([33, 263])
"""Outer corners of the right and the left eye; their distance is the unit of face size."""

ALL: Index = np.arange(N_LANDMARKS)
"""Every landmark, as an anchor set."""

ANCHOR_SETS: dict[str, Index] = {"stable": STABLE, "all": ALL}


@cache
def _asset() -> dict[str, Any]:
    data: dict[str, Any] = json.loads((assets_dir() / "face_mesh.json").read_text())
    return data


@cache
def mirror_permutation() -> Index:
    """int (468,): index of each landmark's mirror image, an involution with 28 midline points.

    Computed from MediaPipe's canonical face model by ``scripts/build_mesh_asset.py``.
    """
    return np.asarray(_asset()["mirror"], dtype=np.int64)


@cache
def template() -> FloatArray:
    """float32 (468, 2): MediaPipe's canonical face seen from the front, y down.

    The outer eye corners lie one unit apart with their midpoint at the origin. Being nobody's
    face and fitted to no corpus, it can be aligned to without any leak between splits.
    """
    return np.asarray(_asset()["template"], dtype=np.float32)


@cache
def depth() -> FloatArray:
    """float32 (468,): how far each landmark of `template` lies before the outer eye corners, same unit."""
    return np.asarray(_asset()["depth"], dtype=np.float32)


@cache
def tessellation() -> Index:
    """int (m, 2): the mesh's edges, each once."""
    return np.asarray(_asset()["tessellation"], dtype=np.int64)


@cache
def contours() -> dict[str, Index]:
    """Edges int (m, 2) of each drawn part: eyes, brows, lips, nose, oval."""
    return {name: np.asarray(edges, dtype=np.int64) for name, edges in _asset()["contours"].items()}


@cache
def regions() -> dict[str, Index]:
    """Landmark indices of each part named in `contours`, sorted."""
    return {name: np.unique(edges) for name, edges in contours().items()}
