"""What turning the head does to landmarks that are seen in two dimensions.

Similarity alignment removes where the face is, its size and its tilt. A head that turns or nods
moves the landmarks in a way that no such alignment removes; a classifier of displacements must have
seen it, or it takes it for an expression.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.landmarks import mesh
from fer_core.landmarks.alignment import align
from fer_core.landmarks.track import FloatArray

Angles = npt.NDArray[np.floating[Any]]
"""Radians, any shape."""

TERMS = 5
"""Yaw, pitch, their squares and their product."""
_GRID = np.radians(np.linspace(-20, 20, 9))


def turned(yaw: Angles, pitch: Angles) -> FloatArray:
    """MediaPipe's canonical face turned about its eyes' centre, seen from the front: (..., 468, 2).

    ``yaw`` (to the side) and ``pitch`` (up and down) in radians, of equal shape; orthographic
    projection, in eye distances, before any alignment.
    """
    x, y = mesh.template().T
    z = mesh.depth()
    yaw, pitch = np.asarray(yaw)[..., None], np.asarray(pitch)[..., None]
    aside = np.cos(yaw) * x + np.sin(yaw) * z
    forward = -np.sin(yaw) * x + np.cos(yaw) * z
    up = np.cos(pitch) * y - np.sin(pitch) * forward
    return np.stack([np.broadcast_to(aside, up.shape), up], axis=-1).astype(np.float32)


def terms(yaw: Angles, pitch: Angles) -> FloatArray:
    """Yaw, pitch, yaw squared, pitch squared, yaw times pitch: (..., 5), radians."""
    return np.stack([yaw, pitch, yaw**2, pitch**2, yaw * pitch], axis=-1).astype(np.float32)


def drawn_turns(n: int, frames: int, degrees: float, generator: np.random.Generator) -> tuple[Angles, Angles]:
    """Yaw and pitch (n, frames) of heads that turn evenly between two drawn poses (SD in degrees)."""
    ends = generator.normal(0, np.radians(degrees), (2, 2, n, 1))  # begin and end, yaw and pitch
    yaw, pitch = ends[0] + np.linspace(0, 1, frames) * (ends[1] - ends[0])
    return yaw, pitch


@cache
def field(anchors: str) -> FloatArray:
    """Displacement (5, 468, 2) of aligned landmarks by each of the `terms`, in eye distances.

    Least squares over turns up to 20 degrees of the canonical face; ``anchors`` as in
    `FeatureSpec.anchors`.
    """
    chosen = mesh.ANCHOR_SETS[anchors]
    yaw, pitch = (a.ravel() for a in np.meshgrid(_GRID, _GRID))
    moved = align(turned(yaw, pitch), mesh.template(), chosen) - mesh.template()
    solved, *_ = np.linalg.lstsq(terms(yaw, pitch), moved.reshape(len(yaw), -1), rcond=None)
    return solved.reshape(TERMS, -1, 2).astype(np.float32)
