"""Removing where the face is, how large it is and how it is tilted: similarity alignment."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fer_core.landmarks.track import FloatArray

Anchors = npt.NDArray[np.int64]


def align(points: FloatArray, reference: FloatArray, anchors: Anchors) -> FloatArray:
    """Similarity transform of each face that best brings its anchors onto the reference's.

    Parameters
    ----------
    points : (..., 468, 2)
        Faces, any leading shape.
    reference : (468, 2) or the same shape as ``points``
        The face to align to; one for all, or one for each.
    anchors : int (a,)
        Landmarks that are matched; all landmarks are moved.

    Returns
    -------
    float32, the shape of ``points``, in the reference's units.

    Notes
    -----
    Least squares over rotation, uniform scale and translation (Umeyama, 1991), in the closed
    form for two dimensions: with points as complex numbers the optimal factor is
    sum(conj(x) y) / sum(|x|^2) about the centroids. Reflections are never used.
    """
    x = _complex(points)
    y_anchor = _complex(np.asarray(reference)[..., anchors, :])  # of the reference nothing else is needed
    x_anchor = x[..., anchors]
    x_mean = x_anchor.mean(axis=-1, keepdims=True)
    y_mean = y_anchor.mean(axis=-1, keepdims=True)
    x_centred = x_anchor - x_mean
    spread = (np.abs(x_centred) ** 2).sum(axis=-1, keepdims=True)
    factor = (np.conj(x_centred) * (y_anchor - y_mean)).sum(axis=-1, keepdims=True) / np.maximum(spread, 1e-12)
    moved = factor * (x - x_mean) + y_mean
    return moved.view(np.float64).reshape(*moved.shape, 2).astype(np.float32)


def _complex(points: FloatArray) -> npt.NDArray[np.complex128]:
    """x + i y: the same memory read in pairs."""
    return np.ascontiguousarray(points, dtype=np.float64).view(np.complex128)[..., 0]
