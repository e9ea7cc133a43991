"""A bundle made ready to read faces: a frame's features once, a window's classifiers in one pass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fer_core.base.errors import BundleError
from fer_core.landmarks import mesh
from fer_core.landmarks.alignment import align
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.landmarks.track import N_LANDMARKS, FloatArray
from fer_core.models.bundle import Bundle
from fer_core.models.distribution import Outcomes
from fer_core.models.forward import Classifiers


@dataclass(frozen=True, eq=False)
class ClipReading:
    """One sampled clip as it was read.

    Attributes
    ----------
    log_odds : float32 (E,), implied by the classifiers' outputs
    motion : how far the last frame lies from the resting face in use, RMS, in eye distances
    features : float32 (P, d), of its frames
    """

    log_odds: FloatArray
    motion: float
    features: FloatArray


class LandmarkReader:
    """Reads single frames into features and windows of features into log odds: of streams, clips and photos.

    Gives what `Recogniser.log_odds` gives for the same moments; but a frame's features are worked
    out when it comes and kept, its mirror image is a second product with the same coordinates, and
    the classifiers' weights are folded once. Holds no state: any number of threads may use it.
    """

    @np.errstate(over="ignore", invalid="ignore")  # of damaged weights: `_implied` refuses what they say
    def __init__(self, bundle: Bundle) -> None:
        r = bundle.recogniser
        self.bundle, self.frames, self._recogniser = bundle, bundle.frames, r
        self.kind, self._anchors = r.features.spec.kind, mesh.ANCHOR_SETS[r.features.spec.anchors]
        self._classifiers = Classifiers(r.weights, r.shape.architecture)
        self._kernel, self._offset = _views(bundle)
        self._growth = _growth(bundle)
        self._outcomes = Outcomes(bundle)
        self.names = self._outcomes.names

    @property
    def views(self) -> int:
        """How often a clip is read: twice where the bundle averages it with its mirror image."""
        return self._kernel.shape[1] // self.inputs

    @property
    def inputs(self) -> int:
        """Values of a frame in one view."""
        return self._recogniser.shape.inputs

    def upright(self, points: FloatArray) -> FloatArray:
        """Faces (..., 468, 2) brought onto the template: eye distances instead of image heights."""
        return align(points, mesh.template(), self._anchors)

    def moved(self, points: FloatArray, rest: FloatArray) -> FloatArray:
        """Displacements (n, 468, 2) of faces (n, 468, 2) from a resting face on the template."""
        return align(points, rest, self._anchors) - rest

    def guessed_displacement(self, upright: FloatArray) -> FloatArray | None:
        """Most probable displacement of faces on the template (n, 468, 2); None where no guess is known."""
        guess = self._recogniser.features.guess
        return None if guess is None else guess.displacement(upright)

    def frame_features(self, points: FloatArray, moved: FloatArray, upright: FloatArray, aspect: float) -> FloatArray:
        """Features (n, views * inputs) of n faces, given their points, displacements and upright shapes."""
        if self.kind == "displacement":
            values = moved
        elif self.kind == "aligned":
            values = upright
        else:
            values = points / np.array([aspect, 1.0], dtype=np.float32)
        flat = values.reshape(len(points), 2 * N_LANDMARKS)
        return np.asarray(flat @ self._kernel - self._offset, dtype=np.float32)

    def log_odds(self, windows: FloatArray) -> FloatArray:
        """Log odds (n, E) implied by windows (n, P, views * inputs) in which an expression may be held."""
        return self._implied(windows if self._growth is None else windows * self._growth[:, None])

    def clip(self, landmarks: LandmarkSet, row: int = 0) -> ClipReading:
        """One clip of a set, as training reads it; a photo is a clip of one frame that is held.

        Where its resting face is guessed, the clip does not begin with it: it is read as `log_odds` reads a
        window, in which an expression may be held from the start.
        """
        points, has_neutral = landmarks.points[row], bool(landmarks.has_neutral[row])
        upright = self.upright(points)
        guessed = None if has_neutral else self.guessed_displacement(upright[-1:])
        rest = self.upright(landmarks.neutral[row]) if guessed is None else upright[-1] - guessed[0]
        moved = self.moved(points, rest)
        features = self.frame_features(points, moved, upright, float(landmarks.aspect[row]))
        log_odds = self._implied(features[None]) if has_neutral else self.log_odds(features[None])
        return ClipReading(log_odds[0], motion_of(moved[-1]), features)

    def frames_alone(self, clip: ClipReading) -> FloatArray:
        """Log odds (P, E) of each of a clip's frames as if it were held."""
        return self.log_odds(np.repeat(clip.features[:, None], self.frames, axis=1))

    @np.errstate(over="ignore", invalid="ignore")
    def _implied(self, windows: FloatArray) -> FloatArray:
        """Log odds (n, E) implied by windows (n, P, views * inputs), members and views averaged.

        Raises `BundleError` where one is not a finite number: the bundle's weights are damaged.
        """
        n, frames = windows.shape[:2]
        x = windows.reshape(n, frames, self.views, self.inputs).transpose(0, 2, 1, 3)
        each = self._classifiers.logits(np.ascontiguousarray(x).reshape(-1, frames, self.inputs))
        mean = each.reshape(n, self.views, self._recogniser.members, -1).mean(axis=(1, 2))
        implied = self._recogniser.implied(mean)
        if not np.isfinite(implied).all():
            raise BundleError(
                "the recogniser's outputs are not finite numbers",
                where=self.bundle.name,
                fix="use another bundle, or train it again",
            )
        return implied

    def probabilities(self, log_odds: FloatArray) -> FloatArray:
        """Calibrated probabilities (n, names), rows summing to 1, of implied log odds (n, E)."""
        return self._outcomes.probabilities(log_odds)


def motion_of(moved: FloatArray) -> float:
    """Root mean square over the landmarks of a displacement (468, 2)."""
    flat = moved.ravel()
    return float(np.sqrt(flat @ flat / len(moved)))


def _growth(bundle: Bundle) -> FloatArray | None:
    """How a held expression is shown to a recogniser that has only ever seen expressions grow.

    Clips grow from the resting face to the apex; a held expression does not. A recogniser that was
    not trained on streams gets each moment's displacement times a ramp from 0 to 1.
    """
    if bundle.streams or bundle.recogniser.features.spec.kind != "displacement":
        return None
    return np.linspace(0, 1, bundle.frames, dtype=np.float32)


def _views(bundle: Bundle) -> tuple[FloatArray, FloatArray]:
    """The product and offset that turn coordinates (936,) into features of every view.

    Mirroring swaps landmarks and turns x round (about 0 on the template, about 1/2 in an image), so
    it can be moved from the coordinates into the projection.
    """
    features = bundle.recogniser.features
    values = 2 * N_LANDMARKS
    kernel = features.kernel
    offset = features.mean @ kernel
    if not bundle.recogniser.mirrored:
        return kernel.astype(np.float32), offset.astype(np.float32)
    sign = np.tile(np.array([-1.0, 1.0], dtype=np.float32), N_LANDMARKS)[:, None]
    back = np.argsort(mesh.mirror_permutation())
    mirrored = (sign * kernel).reshape(N_LANDMARKS, 2, -1)[back].reshape(values, -1)
    # Raw coordinates: x becomes 1 - x, whose 1 is a constant.
    constant = kernel[0::2].sum(axis=0) if features.spec.kind == "raw" else np.zeros_like(offset)
    both = np.concatenate([kernel, mirrored], axis=1)
    return both.astype(np.float32), np.concatenate([offset, offset - constant]).astype(np.float32)
