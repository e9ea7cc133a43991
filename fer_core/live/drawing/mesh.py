"""One face's mesh and regions drawn on a picture.

The mesh's 1322 edges go to OpenCV as some hundred lines that share no edge, and nothing is blended beyond the
rectangle the face lies in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from math import ceil, floor
from typing import Any

import numpy as np

from fer_core.landmarks import mesh
from fer_core.landmarks.landmarker import RgbImage
from fer_core.landmarks.track import FloatArray
from fer_core.live.drawing.ink import GROUND, Colour

_PALE: Colour = (200, 205, 210)
_MESH_SHARE, _REGION_SHARE = 0.35, 0.45
_FINE = 4
"""Bits below the pixel that positions keep, so that lines do not tremble by whole pixels."""
_FARTHEST = 1 << 14
"""Pixels: positions farther out are drawn there, as OpenCV's integers would overflow."""


def pixels(points: FloatArray, shape: tuple[int, ...], mirrored: bool = False) -> FloatArray:
    """Image heights -> pixels (468, 2) of a picture of this shape (H, W, ...), as it is shown."""
    at = np.asarray(points, dtype=np.float32) * shape[0]
    if mirrored:
        at[:, 0] = shape[1] - 1 - at[:, 0]
    if not np.isfinite(at).all():
        at = np.nan_to_num(at)
    return np.asarray(np.minimum(np.maximum(at, -_FARTHEST), _FARTHEST))


def draw_face(
    image: RgbImage,
    at: FloatArray,
    colour: Colour,
    *,
    with_mesh: bool = True,
    with_regions: bool = False,
    weights: Mapping[str, float] | None = None,
) -> None:
    """Draw a face onto a picture, uint8 (H, W, 3).

    Parameters
    ----------
    at : (468, 2), from `pixels`
    colour : of the contours and of the regions
    weights : how strongly each region is filled, on any scale; all alike without
    """
    import cv2

    box, corner = _box(image, at)
    if not box.size or not (with_mesh or with_regions):
        return
    fine = np.round((at - corner) * 2**_FINE).astype(np.int32)
    if with_regions:
        _shade(box, fine, colour, weights)
    if with_mesh:
        target = box.copy()
        cv2.polylines(target, _along(fine, *_mesh_trails()), False, _PALE, 1, cv2.LINE_AA, _FINE)
        cv2.addWeighted(target, _MESH_SHARE, box, 1 - _MESH_SHARE, 0, dst=box)
        thick = max(1, round(image.shape[0] / 360))
        cv2.polylines(box, _along(fine, *_contour_trails()), False, colour, thick, cv2.LINE_AA, _FINE)


def _shade(box: RgbImage, fine: Any, colour: Colour, weights: Mapping[str, float] | None) -> None:
    """Fill each region's hull: as strongly as it weighs, or all alike."""
    import cv2

    largest = max((abs(w) for w in (weights or {}).values()), default=0.0)
    target = box.copy()
    for name, landmarks in drawn_regions().items():
        share = abs((weights or {}).get(name, 0.0)) / largest if largest else 0.6
        mixed = tuple(round(share * c + (1 - share) * p) for c, p in zip(colour, GROUND, strict=True))
        if share > 0.05:
            hull = cv2.convexHull(fine[landmarks].reshape(-1, 1, 2))
            cv2.fillConvexPoly(target, hull, mixed, cv2.LINE_AA, _FINE)
    cv2.addWeighted(target, _REGION_SHARE, box, 1 - _REGION_SHARE, 0, dst=box)


def _box(image: RgbImage, at: FloatArray) -> tuple[RgbImage, FloatArray]:
    """The part of the picture that a face's lines lie in, as a view, and its upper left corner."""
    height, width = image.shape[:2]
    (left, right), (top, bottom) = (
        (min(max(floor(v.min()) - 3, 0), side), min(max(ceil(v.max()) + 4, 0), side))
        for v, side in zip(at.T, (width, height), strict=True)
    )
    return image[top:bottom, left:right], np.array([left, top], dtype=np.float32)


def drawn_regions() -> dict[str, Any]:
    """Landmarks of the regions that are shaded, by name; each is filled to its convex hull."""
    return {name: landmarks for name, landmarks in mesh.regions().items() if name != "oval"}


def _along(fine: Any, order: Any, ends: list[tuple[int, int]]) -> list[Any]:
    """The points of every line: gathered at once, then cut."""
    gathered = fine[order]
    return [gathered[begin:end] for begin, end in ends]


@cache
def _mesh_trails() -> tuple[Any, list[tuple[int, int]]]:
    return _joined(trails(mesh.tessellation()))


@cache
def _contour_trails() -> tuple[Any, list[tuple[int, int]]]:
    return _joined([trail for edges in mesh.contours().values() for trail in trails(edges)])


def _joined(lines: list[Any]) -> tuple[Any, list[tuple[int, int]]]:
    """Lines one after the other, and where each begins and ends."""
    ends = np.cumsum([len(line) for line in lines]).tolist()
    return np.concatenate(lines), list(zip([0, *ends], ends, strict=False))


def trails(edges: Any) -> list[Any]:
    """Edges (m, 2) as few lines that together pass each edge once: arrays of landmark indices.

    OpenCV draws some hundred long lines faster than 1322 short ones. Every line begins at a landmark with an
    odd number of edges left, as in Hierholzer's way to an Eulerian trail, without joining closed ones.
    """
    left: defaultdict[int, set[int]] = defaultdict(set)
    for a, b in np.asarray(edges).tolist():
        left[a].add(b)
        left[b].add(a)
    found = []
    while any(left.values()):
        here = min((v for v in left if left[v]), key=lambda v: (len(left[v]) % 2 == 0, v))
        line = [here]
        while left[here]:
            there = min(left[here])
            left[here].discard(there)
            left[there].discard(here)
            line.append(there)
            here = there
        found.append(np.array(line))
    return found
