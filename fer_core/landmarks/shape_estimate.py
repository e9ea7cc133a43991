"""Estimating the demo corpus's shape model from landmarks of real clips.

What comes out are means, truncated modes and variances over many people. Mirrored copies of all
faces go in, so that means are symmetric and each mode is symmetric or antisymmetric.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from fer_core.base.emotions import SEVEN, SIX
from fer_core.landmarks.alignment import align
from fer_core.landmarks.mesh import EYE_CORNERS, STABLE, mirror_permutation, template
from fer_core.landmarks.shape_model import CENTRE_RANGE, WIDTH_RANGE, ShapeModel, onset_curve

IDENTITY_MODES = 20
EXPRESSION_MODES = 30
NOISE_MODES = 8

NOISE_MEMORY = 0.5
"""Correlation of smooth detector noise between frames. Assumed: on a moving face lasting noise and slow
movement cannot be told apart (second differences even of the quietest frames are correlated more
than any first-order autoregression allows)."""

BLEND_SHARE = 0.65
"""Share of a linear classifier's confusions that becomes blends; the spread within emotions brings about the
rest. Calibrated: with it the same classifier does on demo clips about what it does on real ones."""

_Floats = npt.NDArray[np.float64]
_Strings = npt.NDArray[np.str_]


@dataclass(frozen=True)
class Pairs:
    """Neutral and apex landmarks, (n, 468, 2) in image heights, with who shows what in each clip."""

    neutral: _Floats
    apex: _Floats
    emotion: _Strings
    subject: _Strings

    def displacement(self) -> _Floats:
        """(n, 468, 2): apex minus neutral, each aligned to the template by the stable anchors."""
        return in_template(self.apex) - in_template(self.neutral)


def in_template(points: _Floats) -> _Floats:
    """Faces (..., 468, 2) in any unit, aligned to the template's frame by the stable anchors."""
    return np.asarray(align(points.astype(np.float32), template(), STABLE), dtype=np.float64)


def mirrored(shapes: _Floats) -> _Floats:
    """Shapes or displacements (..., 468, 2) about the midline x = 0, in a mirror."""
    return shapes[..., mirror_permutation(), :] * np.array([-1.0, 1.0])


def symmetric(shape: _Floats) -> _Floats:
    """The mirror-symmetric part of a shape or displacement."""
    return (shape + mirrored(shape)) / 2


def estimate(pairs: Pairs, tracks: Sequence[_Floats], small: Pairs, confusion: npt.NDArray[np.float64]) -> ShapeModel:
    """The shape model of real clips.

    Parameters
    ----------
    pairs : Pairs
        Neutral and apex of clips of the six emotions, at full resolution.
    tracks : sequence of (T, 468, 2)
        Complete clips on images of one size, in image heights: timing, head motion, noise.
    small : Pairs
        Neutral and apex at 48 pixels, contempt among them; only contempt is taken from it.
    confusion : (7, 7)
        How often a classifier that never saw the subject took the row's emotion for the column's;
        off the diagonal, times `BLEND_SHARE`, it becomes the chance of a blend.
    """
    displacement = pairs.displacement()
    means = {e: symmetric(displacement[pairs.emotion == e].mean(axis=0)) for e in SIX}
    residual = displacement - np.stack([means[str(e)] for e in pairs.emotion])
    modes = principal_modes(residual, EXPRESSION_MODES, degrees=len(residual) - len(SIX))
    scores = mode_scores(residual, modes)
    noise, white = _noise(tracks)
    seen_noise = _noise_covariance(modes, noise, white)
    style = _style(scores, pairs.emotion, modes) | {"contempt": _contempt_style(small)}
    mean_face, identity, share = _identity(pairs)
    means["contempt"] = symmetric(small.displacement()[small.emotion == "contempt"].mean(axis=0))
    style = {e: _psd(c - seen_noise) for e, c in style.items()}
    return ShapeModel(
        emotions=SEVEN,
        mean_face=_f32(mean_face),
        identity_modes=_f32(identity),
        identity_share=_f32(share),
        expression_means=_f32(np.stack([means[e] for e in SEVEN])),
        expression_modes=_f32(modes),
        style=_f32(np.stack([np.linalg.cholesky(style[e]) for e in SEVEN])),
        style_share=round(float(shared_by_subject(scores, pairs.subject).mean()), 4),
        blend=_f32(BLEND_SHARE * confusion * (1 - np.eye(len(SEVEN)))),
        onset=_f32(_onset(tracks)),
        **_motion(tracks),
        noise_modes=_f32(noise),
        noise_memory=NOISE_MEMORY,
        noise_white=round(white, 6),
    )


def principal_modes(shapes: _Floats, count: int, degrees: int | None = None) -> _Floats:
    """(count, 468, 2): principal modes of centred shapes and their mirrored copies, one s.d. long.

    ``degrees`` are the degrees of freedom the variance is divided by (default: number of shapes).
    """
    both = np.concatenate([shapes, mirrored(shapes)]).reshape(2 * len(shapes), -1)
    _, singular, axes = np.linalg.svd(both, full_matrices=False)
    spread = singular[:count] / np.sqrt(2 * (degrees or len(shapes)))
    return (spread[:, None] * axes[:count]).reshape(count, -1, 2)


def mode_scores(shapes: _Floats, modes: _Floats) -> _Floats:
    """(n, K): scores of centred shapes, in standard deviations of each mode."""
    flat = modes.reshape(len(modes), -1)
    return np.asarray(shapes.reshape(len(shapes), -1) @ (flat / (flat**2).sum(axis=1, keepdims=True)).T)


def shared_by_subject(scores: _Floats, subject: _Strings) -> _Floats:
    """(K,): correlation of the scores of two clips of one subject, over all such pairs; 0 to 1."""
    rows = {s: np.flatnonzero(subject == s) for s in np.unique(subject)}
    together = np.array([pair for i in rows.values() for pair in combinations(i.tolist(), 2)])
    products = (scores[together[:, 0]] * scores[together[:, 1]]).mean(axis=0)
    return np.clip(products / (scores**2).mean(axis=0), 0.0, 1.0)


def _identity(pairs: Pairs) -> tuple[_Floats, _Floats, _Floats]:
    """Mean neutral face, identity modes, and the share of each that stays with the person."""
    neutral = in_template(pairs.neutral)
    mean = symmetric(neutral.mean(axis=0))
    modes = principal_modes(neutral - mean, IDENTITY_MODES)
    return mean, modes, shared_by_subject(mode_scores(neutral - mean, modes), pairs.subject)


def _style(scores: _Floats, emotion: _Strings, modes: _Floats) -> dict[str, _Floats]:
    """Covariance (K, K) of the mode scores of each emotion, shrunk towards the pooled one.

    With fewer clips than modes a covariance cannot stand alone: its weight against the identity
    (the pooled covariance, in standard deviations) is 2n : K, mirrored copies counted. Those make
    scores of symmetric and antisymmetric modes uncorrelated.
    """
    k = len(modes)
    parity = np.sign((modes * mirrored(modes)).sum(axis=(1, 2)))
    alike = np.equal.outer(parity, parity)
    out = {}
    for e in SIX:
        own = scores[emotion == e]
        keep = 2 * len(own) / (2 * len(own) + k)
        out[e] = keep * alike * (own.T @ own) / (len(own) - 1) + (1 - keep) * np.eye(k)
    return out


def _contempt_style(small: Pairs) -> _Floats:
    """Contempt's covariance: the pooled one, as much smaller as contempt spreads less at 48 pixels.

    18 clips at 48 pixels carry no covariance of their own. The detector's noise at that size is in
    both spreads, so that the ratio is nearer to one than the truth.
    """
    displacement = small.displacement()
    spread = {e: float(displacement[small.emotion == e].var(axis=0, ddof=1).sum()) for e in SEVEN}
    n = {e: int((small.emotion == e).sum()) for e in SIX}
    pooled = sum(n[e] * spread[e] for e in SIX) / sum(n.values())
    return min(1.0, spread["contempt"] / pooled) * np.eye(EXPRESSION_MODES)


def _noise_covariance(modes: _Floats, noise: _Floats, white: float) -> _Floats:
    """(K, K): what detector noise adds to the mode scores of apex minus neutral.

    Clips are drawn with noise of their own, so it must not be in their style as well.
    """
    smooth = mode_scores(noise, modes)
    return 2 * smooth.T @ smooth + 2 * white**2 * np.diag(1 / (modes**2).sum(axis=(1, 2)))


def _psd(covariance: _Floats, least: float = 0.05) -> _Floats:
    """The covariance with no eigenvalue below ``least`` of a pooled variance."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray((vectors * np.maximum(values, least)) @ vectors.T)


def _onset(tracks: Sequence[_Floats]) -> _Floats:
    """Mean and s.d. over clips of an onset's centre and log width: the best logistic curve of a grid."""
    centres = np.linspace(*CENTRE_RANGE, 37)
    widths = np.geomspace(*WIDTH_RANGE, 25)
    best = []
    for track in tracks:
        faces = in_template(track)
        moved = faces - faces[0]
        apex = moved[-2:].mean(axis=0)
        course = (moved * apex).sum(axis=(1, 2)) / (apex**2).sum()
        moments = np.linspace(0, 1, len(track))
        error = [(((onset_curve(moments, c, w) - course) ** 2).sum(), c, np.log(w)) for c in centres for w in widths]
        best.append(min(error)[1:])
    values = np.array(best)
    return np.array([values[:, 0].mean(), values[:, 0].std(ddof=1), values[:, 1].mean(), values[:, 1].std(ddof=1)])


def _motion(tracks: Sequence[_Floats]) -> dict[str, npt.NDArray[np.float32]]:
    """Place, drift and trembling of the head, from the similarity that aligns each frame."""
    courses = [_head(track) for track in tracks]
    start = np.stack([c[0] for c in courses])
    moved = [(c - c[0]) / np.array([1, 1, *[np.exp(c[0, 1])] * 2]) for c in courses]  # in eye distances
    ends = np.stack([m[-1] for m in moved])
    scene_mean = start.mean(axis=0)
    scene_mean[0] = 0.0  # no head is tilted to one side on average
    return {
        "scene_mean": _f32(scene_mean),
        "scene_sd": _f32(start.std(axis=0, ddof=1)),
        "motion_end": _f32(np.sqrt((ends**2).mean(axis=0))),
        "motion_jitter": _f32(np.median([_quiet_spread(m) for m in moved], axis=0)),
    }


def _head(track: _Floats) -> _Floats:
    """(T, 4): roll, log scale, x and y of the template's unit and origin, laid onto each frame."""
    laid = align(np.broadcast_to(template(), track.shape), track.astype(np.float32), STABLE)
    right, left = (laid[:, corner, 0] + 1j * laid[:, corner, 1] for corner in EYE_CORNERS)
    unit, origin = left - right, (left + right) / 2
    return np.stack([np.angle(unit), np.log(np.abs(unit)), origin.real, origin.imag], axis=1)


def _quiet_spread(values: _Floats) -> _Floats:
    """Spread of white noise on a smooth course, from second differences, whose variance is 6 times its own.

    The median over frames leaves the few frames out in which the face truly moves fast; 0.4549 is
    the median of a squared standard normal.
    """
    return np.sqrt(np.median(np.diff(values, 2, axis=0) ** 2, axis=0) / 0.4549 / 6)


def _noise(tracks: Sequence[_Floats]) -> tuple[_Floats, float]:
    """Smooth noise modes and the white rest, from second differences of aligned frames.

    Modes come from the quieter half of the frames, as in the others the face itself moves fast; their
    strength is that of the median frame.
    """
    second = np.concatenate([np.diff(in_template(t), 2, axis=0) / np.sqrt(6) for t in tracks])
    strength = (second**2).mean(axis=(1, 2))
    quiet = second[strength <= np.median(strength)]
    quiet = quiet * np.sqrt(np.median(strength) / (quiet**2).mean())
    modes = principal_modes(quiet, NOISE_MODES)
    rest = (quiet**2).mean() - (modes**2).sum() / modes[0].size
    phi = NOISE_MEMORY
    lasting = np.sqrt(6 / (6 - 8 * phi + 2 * phi**2))  # differences see less of noise that lasts
    return lasting * modes, float(np.sqrt(max(rest, 0.0)))


def _f32(values: npt.ArrayLike) -> npt.NDArray[np.float32]:
    return np.asarray(values, dtype=np.float32)
