"""What a classifier sees of a clip: raw coordinates, aligned ones, or displacement from neutral.

A `FeatureMap` is fitted on the training side of a split only; all it learns is one scale, the
principal directions it projects on (if any) and how to guess a neutral face where a clip has none.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import SettingError
from fer_core.landmarks import mesh
from fer_core.landmarks.alignment import align
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.landmarks.neutral import NeutralGuess, fit_neutral_guess
from fer_core.landmarks.track import FloatArray

Kind = Literal["displacement", "aligned", "raw"]
KINDS: tuple[Kind, ...] = ("displacement", "aligned", "raw")

NO_MOTION = 1e-4
"""Coordinates that all stay within this (eye distances, or shares of the image) do not move: rounding."""

UNSEEN = 1e-7
"""Directions with less than this share of the first one's variance count as never seen in training."""


@dataclass(frozen=True)
class FeatureSpec:
    """Which features, and how they are made.

    Attributes
    ----------
    kind : "displacement", "aligned" or "raw"
        Displacement: each frame aligned to the clip's own neutral face, minus it, in the frame
        of a common template (units: distance of the outer eye corners). Aligned: each frame
        aligned to the template. Raw: x / width and y / height in 0..1, as the study used.
    anchors : "stable" or "all"
        Landmarks that the alignment matches (`mesh.STABLE` or every one).
    components : int
        0 keeps all 936 coordinates; else the number of principal directions of the training
        clips' coordinates they are projected on.
    whiten : float
        Each direction is divided by its SD to this power: 0 keeps the sizes, 1 makes all equal.
    """

    kind: Kind = "displacement"
    anchors: Literal["stable", "all"] = "stable"
    components: int = 60
    whiten: float = 0.5

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise SettingError(f"the features {self.kind!r} are unknown", fix="use " + ", ".join(KINDS))
        if self.anchors not in mesh.ANCHOR_SETS:
            raise SettingError(f"the anchors {self.anchors!r} are unknown", fix="use stable or all")
        if not 0 <= self.components <= 2 * len(mesh.ALL):
            raise SettingError(f"{self.components} components are out of range", fix="use 0 to 936")
        if not 0 <= self.whiten <= 1:
            raise SettingError(f"a whitening of {self.whiten:g} is out of range", fix="use 0 to 1")

    @property
    def inputs(self) -> int:
        """Values per frame."""
        return self.components or 2 * len(mesh.ALL)


def coordinates(landmarks: LandmarkSet, spec: FeatureSpec, guess: NeutralGuess | None = None) -> FloatArray:
    """Features before scaling and projection, float32 (n, P, 936).

    Clips without a neutral frame of their own get a guessed one for displacement features;
    without ``guess`` their first frame is taken.
    """
    n, frames = landmarks.points.shape[:2]
    if spec.kind == "raw":
        size = np.stack([landmarks.aspect, np.ones(n)], axis=1).astype(np.float32)
        return (landmarks.points / size[:, None, None]).reshape(n, frames, -1)
    anchors = mesh.ANCHOR_SETS[spec.anchors]
    if spec.kind == "aligned":
        return align(landmarks.points, mesh.template(), anchors).reshape(n, frames, -1)
    neutral = aligned_neutral(landmarks, spec, guess)
    moved = align(landmarks.points, neutral[:, None], anchors) - neutral[:, None]
    # A guessed neutral face lies before the clip: let the expression grow out of it.
    growth = np.linspace(0, 1, frames, dtype=np.float32)[:, None, None]
    moved[~landmarks.has_neutral] *= growth
    return moved.reshape(n, frames, -1)


def aligned_neutral(landmarks: LandmarkSet, spec: FeatureSpec, guess: NeutralGuess | None) -> FloatArray:
    """Neutral face of each clip on the template, (n, 468, 2): its own where it has one, else guessed."""
    anchors = mesh.ANCHOR_SETS[spec.anchors]
    neutral = align(landmarks.neutral, mesh.template(), anchors)
    without = ~landmarks.has_neutral
    if guess is not None and without.any():
        last = align(landmarks.points[without, -1], mesh.template(), anchors)
        neutral[without] = guess.neutral(last)
    return neutral


@dataclass(frozen=True)
class FeatureMap:
    """Fitted features: what `transform` needs to turn landmarks into a classifier's input.

    Attributes
    ----------
    scale : float
        Root mean square of the training coordinates (about `mean`); features are divided by it.
    mean : float32 (936,)
        Zero for displacement (no displacement must stay no displacement), else the training mean.
    directions : float32 (936, components) or (0, 0)
    guess : NeutralGuess or None
    """

    spec: FeatureSpec
    scale: float
    mean: FloatArray
    directions: FloatArray
    guess: NeutralGuess | None

    @classmethod
    def fit(cls, training: LandmarkSet, spec: FeatureSpec) -> FeatureMap:
        """Fit on the training side of a split, and on nothing else."""
        guess = _fit_guess(training, spec)
        flat = coordinates(training, spec, guess).reshape(-1, 2 * len(mesh.ALL)).astype(np.float64)
        if np.ptp(flat, axis=0).max() < NO_MOTION:
            raise SettingError("the training clips show no motion at all", fix="use another sampling rule")
        mean = np.zeros(flat.shape[1]) if spec.kind == "displacement" else flat.mean(axis=0)
        centred = flat - mean
        directions = _principal_directions(centred, spec.components, spec.whiten)
        projected = centred @ directions if spec.components else centred
        scale = float(np.sqrt((projected**2).mean()))
        return cls(spec, scale, mean.astype(np.float32), directions.astype(np.float32), guess)

    def transform(self, landmarks: LandmarkSet) -> FloatArray:
        """Input of the classifiers, float32 (n, P, `spec.inputs`)."""
        return self.project(coordinates(landmarks, self.spec, self.guess))

    @property
    def kernel(self) -> FloatArray:
        """The product (936, `spec.inputs`) that `project` applies to coordinates about `mean`."""
        every = np.eye(2 * len(mesh.ALL), dtype=np.float32)
        return (self.directions if self.spec.components else every) / self.scale

    def project(self, values: FloatArray) -> FloatArray:
        """Coordinates (..., 936) scaled and projected: (..., `spec.inputs`)."""
        centred = values - self.mean
        if self.spec.components:
            centred = centred @ self.directions
        return (centred / self.scale).astype(np.float32)

    def to_arrays(self) -> tuple[dict[str, Any], dict[str, npt.NDArray[np.float32]]]:
        """A JSON-ready description and named arrays, for a bundle."""
        arrays = {"mean": self.mean, "directions": self.directions}
        if self.guess is not None:
            arrays |= {f"guess_{k}": v for k, v in self.guess.to_arrays().items()}
        return {"spec": asdict(self.spec), "scale": self.scale}, arrays

    @classmethod
    def from_arrays(cls, described: dict[str, Any], arrays: dict[str, npt.NDArray[np.float32]]) -> FeatureMap:
        """The inverse of `to_arrays`."""
        guess = {k.removeprefix("guess_"): v for k, v in arrays.items() if k.startswith("guess_")}
        return cls(
            FeatureSpec(**described["spec"]),
            float(described["scale"]),
            arrays["mean"],
            arrays["directions"],
            NeutralGuess.from_arrays(guess) if guess else None,
        )


def _fit_guess(training: LandmarkSet, spec: FeatureSpec) -> NeutralGuess | None:
    usable = training.take(training.has_neutral)
    if spec.kind != "displacement" or len(usable) < 2:
        return None
    anchors = mesh.ANCHOR_SETS[spec.anchors]
    neutral = align(usable.neutral, mesh.template(), anchors)
    shown = align(usable.points[:, -1], neutral, anchors)
    return fit_neutral_guess(neutral, shown - neutral)


def _principal_directions(centred: npt.NDArray[np.float64], components: int, whiten: float) -> npt.NDArray[np.float64]:
    """(936, components): principal directions, each over its SD to the power ``whiten``.

    A small corpus spans fewer directions than asked for. The rest are zero: dividing by an SD
    that is only rounding would blow up whatever new clips show there.
    """
    if not components:
        return np.zeros((0, 0))
    variances, vectors = np.linalg.eigh(centred.T @ centred / len(centred))
    leading = variances[::-1][:components]
    seen = leading > UNSEEN * leading[0]
    sizes = np.where(seen, leading, 1.0) ** (whiten / 2)
    return np.asarray(vectors[:, ::-1][:, :components] * seen / sizes)
