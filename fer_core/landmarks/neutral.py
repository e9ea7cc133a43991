"""Guessing a person's neutral face from a face that shows an expression.

A single photo, or a clip that begins at the apex, has no neutral frame to subtract. Identity and
expression both move the landmarks, but along different directions; a linear-Gaussian model of the
two tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fer_core.landmarks.mesh import mirror_permutation
from fer_core.landmarks.track import N_LANDMARKS, FloatArray

NOISE = 0.004
"""Assumed landmark noise, in distances between the outer eye corners (SD per coordinate)."""

MODES = 60
"""Principal directions kept of each of the two covariances."""


@dataclass(frozen=True)
class NeutralGuess:
    """Posterior mean of the displacement given the shape shown.

    shape = mean + identity + displacement + noise, with identity and displacement zero-mean
    Gaussian about ``mean`` and ``mean_displacement``; then E[displacement | shape] is linear in
    the shape: ``mean_displacement + (shape - mean - mean_displacement) A``, kept in factored
    form ``A = down @ up``.
    """

    mean: FloatArray
    mean_displacement: FloatArray
    down: FloatArray
    up: FloatArray

    def displacement(self, shown: FloatArray) -> FloatArray:
        """Most probable displacement from neutral (n, 468, 2) of aligned faces (n, 468, 2)."""
        flat = shown.reshape(len(shown), -1) - self.mean - self.mean_displacement
        return (self.mean_displacement + flat @ self.down @ self.up).reshape(-1, N_LANDMARKS, 2)

    def neutral(self, shown: FloatArray) -> FloatArray:
        """Most probable neutral face (n, 468, 2) of aligned faces (n, 468, 2)."""
        return (shown - self.displacement(shown)).astype(np.float32)

    def to_arrays(self) -> dict[str, FloatArray]:
        """Named arrays, for a bundle."""
        return {"mean": self.mean, "mean_displacement": self.mean_displacement, "down": self.down, "up": self.up}

    @classmethod
    def from_arrays(cls, arrays: dict[str, npt.NDArray[np.float32]]) -> NeutralGuess:
        """The inverse of `to_arrays`."""
        return cls(**arrays)


def fit_neutral_guess(neutral: FloatArray, displacement: FloatArray) -> NeutralGuess:
    """Fit on aligned neutral faces and the displacements they were seen with, each (n, 468, 2).

    Mirror images of both are used as well, so that the guess treats the two sides alike. Resting
    faces are part of what will be shown, so half of the displacements are taken to be zero.
    """
    n = len(neutral)
    shapes = _with_mirrors(neutral)
    moves = np.concatenate([_with_mirrors(displacement), np.zeros((2 * n, shapes.shape[1]))])
    mean, mean_move = shapes.mean(axis=0), moves.mean(axis=0)
    identity = _principal(shapes - mean)
    expression = _principal(moves - mean_move)
    # cov(move) (cov(identity) + cov(move) + noise)^-1 in the joint low-rank space (Woodbury).
    both = np.concatenate([identity, expression], axis=1)
    inner = np.linalg.inv(np.eye(both.shape[1]) + both.T @ both / NOISE**2)
    down = both @ inner / NOISE**2
    keep = down[:, identity.shape[1] :]
    return NeutralGuess(*(np.asarray(a, dtype=np.float32) for a in (mean, mean_move, keep, expression.T)))


def _with_mirrors(points: FloatArray) -> npt.NDArray[np.float64]:
    mirrored = (points * np.array([-1.0, 1.0]))[:, mirror_permutation()]
    return np.concatenate([points, mirrored]).reshape(2 * len(points), -1).astype(np.float64)


def _principal(centred: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(936, k) factor B with B B^T the covariance, truncated to `MODES` directions.

    From the leading eigenvectors of the smaller Gram matrix, which take a fifth of the time of an SVD.
    """
    from scipy.linalg import eigh

    n, width = centred.shape
    scaled = centred / np.sqrt(n)
    gram = scaled @ scaled.T if n < width else scaled.T @ scaled
    size = len(gram)
    sizes, vectors = eigh(gram, subset_by_index=[max(0, size - MODES), size - 1])
    if n < width:
        return np.asarray((scaled.T @ vectors)[:, ::-1])
    return np.asarray((vectors * np.sqrt(np.maximum(sizes, 0.0)))[:, ::-1])
