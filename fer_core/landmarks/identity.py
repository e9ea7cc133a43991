"""Whether two resting faces may be one person's: a likelihood ratio on the identity modes of a face.

A resting face, aligned by the stable anchors, is read on the shape model's identity modes. Along axes in
which clips of one person spread by 1 and people by more, the evidence that two faces are one person's is
the log of how much likelier they are from one person than from two (probabilistic linear discriminant
analysis; Ioffe, 2006). Landmarks carry little identity, and much of what they carry is how the head was
held in one sitting: a hint, never a proof (docs/leak_audit.md).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import LandmarkError
from fer_core.base.paths import assets_dir
from fer_core.landmarks.shape_estimate import in_template, mirrored, mode_scores, principal_modes, symmetric
from fer_core.landmarks.shape_model import load_shape_model

MODES = 20
SHRINK = 0.1
"""Share by which correlations of the spread within people are drawn towards none: few clips estimate many."""
LEAST = 1e-3
"""Variance between people, in variances within, that an axis has at least."""

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class IdentityModel:
    """How resting faces differ between and within people.

    Attributes
    ----------
    mean_face : (468, 2)
        In the template's frame.
    modes : (K, 468, 2)
        Identity modes, one standard deviation long.
    axes : (K, K)
        From mode scores to axes in which one person's clips have the variance 1.
    between : (K,)
        Variance of people along each axis.
    limit : float
        Evidence (nats) from which on two faces are told to look like one person's.
    false_alarms : float
        Share of pairs of different people, one clip each, that reached it where it was measured.
    """

    mean_face: _Floats
    modes: _Floats
    axes: _Floats
    between: _Floats
    limit: float = np.nan
    false_alarms: float = np.nan

    def scores(self, resting: npt.NDArray[np.floating[Any]]) -> _Floats:
        """(n, K): resting faces (n, 468, 2) in image heights along the axes."""
        faces = in_template(np.asarray(resting, dtype=np.float64))
        return np.asarray(mode_scores(faces - self.mean_face, self.modes) @ self.axes)

    def evidence(
        self, first: _Floats, second: _Floats, n_first: npt.ArrayLike = 1, n_second: npt.ArrayLike = 1
    ) -> _Floats:
        """Log likelihood ratio (nats) of one person against two, over the last axis of the mean scores.

        ``n_first`` and ``n_second``: of how many clips each side is the mean, broadcast against all but
        the last axis.
        """
        b = self.between
        va, vb = (b + 1 / np.asarray(n, dtype=np.float64)[..., None] for n in (n_first, n_second))
        det = va * vb - b**2
        one = -0.5 * np.log(det) - 0.5 * (vb * first**2 + va * second**2 - 2 * b * first * second) / det
        two = -0.5 * np.log(va * vb) - 0.5 * (first**2 / va + second**2 / vb)
        return np.asarray((one - two).sum(axis=-1))


def estimate_identity(
    resting: npt.NDArray[np.floating[Any]],
    subject: npt.NDArray[np.str_],
    modes: _Floats | None = None,
    mean_face: _Floats | None = None,
) -> IdentityModel:
    """The model of resting faces (n, 468, 2) in image heights, of whom several clips are by one person.

    ``modes`` and ``mean_face`` as they are, or else estimated too. Mirrored copies count as other people.
    """
    from scipy.linalg import eigh

    faces = in_template(np.asarray(resting, dtype=np.float64))
    mean = symmetric(faces.mean(axis=0)) if mean_face is None else mean_face
    modes = principal_modes(faces - mean, MODES) if modes is None else modes
    both = np.concatenate([mode_scores(f - mean, modes) for f in (faces, mirrored(faces))])
    whose = np.unique(np.concatenate([subject, np.char.add(subject, " mirrored")]), return_inverse=True)[1]
    people = int(whose.max()) + 1
    means = np.stack([both[whose == k].mean(axis=0) for k in range(people)])
    apart = both - means[whose]
    within = apart.T @ apart / (len(both) - people)
    within = (1 - SHRINK) * within + SHRINK * np.diag(np.diag(within))
    total, axes = eigh(np.cov(both.T), within)
    return IdentityModel(mean, modes, axes, np.maximum(total - 1, LEAST))


@cache
def identity_model() -> IdentityModel:
    """The model that comes with the code, estimated from CK+ (``scripts/measure_look_alikes.py``).

    Raises `LandmarkError` where its file is damaged.
    """
    file = asset_path()
    try:
        plain = json.loads(file.read_text(encoding="utf-8"))
        axes, between = (np.array(plain[k], dtype=np.float64) for k in ("axes", "between"))
        limit, share = float(plain["limit"]), float(plain["false_alarms"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LandmarkError(
            "the model of identity cannot be read", where=str(file), fix="install FER Lab again"
        ) from error
    shape = load_shape_model()
    mean, modes = (np.asarray(a, dtype=np.float64) for a in (shape.mean_face, shape.identity_modes))
    if axes.shape != (len(modes), len(modes)) or between.shape != (len(modes),):
        raise LandmarkError(
            "the model of identity does not fit the shape model", where=str(file), fix="install FER Lab again"
        )
    return IdentityModel(mean, modes, axes, between, limit, share)


def asset_path() -> Path:
    """Where the model lies."""
    return assets_dir() / "identity.json"
