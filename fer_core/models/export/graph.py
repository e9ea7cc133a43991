"""The whole pass of a bundle, from landmarks to probabilities, written in an `Algebra`'s operations.

It says again, for a file that leaves FER Lab, what `fer_core.landmarks.alignment`, `features`,
`fer_core.models.forward` and `posterior` say in numpy. Nothing here is trusted: `verify` runs the written
file and holds it against those.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from fer_core.landmarks import mesh
from fer_core.models.bundle import Bundle
from fer_core.models.calibration import Calibration
from fer_core.models.distribution import REST
from fer_core.models.export.algebra import Algebra, Tensor
from fer_core.models.forward import BN_EPSILON
from fer_core.models.recogniser import Recogniser
from fer_core.models.weights import Weights

Plane = tuple[Tensor, Tensor]
"""x and y of landmarks, each (clips, P, 468) or what broadcasts to it."""

_ALL_X_THEN_ALL_Y = np.r_[0 : 2 * len(mesh.ALL) : 2, 1 : 2 * len(mesh.ALL) : 2]

_TINY = 1e-12  # as in alignment.align: a face that is a single point has no size to divide by

_STRAIGHT = 15.0
"""Log odds from which the inverse of the focal loss is a straight line, to within 1e-5; beyond it float32
has no digits left for 1 + exp(-z)."""


def input_names(bundle: Bundle) -> tuple[str, ...]:
    """What the features read: always ``landmarks``, and ``neutral`` or ``aspect`` where they need it."""
    more = {"displacement": ("neutral",), "aligned": (), "raw": ("aspect",)}
    return ("landmarks", *more[bundle.recogniser.features.spec.kind])


def output_names(bundle: Bundle) -> tuple[str, ...]:
    """``probabilities``, and ``distribution`` where the bundle is calibrated."""
    return ("probabilities",) if bundle.calibration is None else ("probabilities", "distribution")


def outputs(a: Algebra, bundle: Bundle, given: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The outputs of `output_names` from the inputs of `input_names`, for n clips.

    Inputs: landmarks (n, P, 468, 2) and neutral (n, 468, 2) in image heights, aspect (n,). Outputs:
    probabilities (n, E) as `Recogniser.probabilities` gives; distribution over
    `fer_core.models.distribution.with_rest`, as a stream's.
    """
    r = bundle.recogniser
    log_odds = _implied(a, r, _log_odds(a, r, bundle.frames, given))
    found = {"probabilities": a.sigmoid(log_odds)}
    if bundle.calibration is not None:
        found["distribution"] = _distribution(a, bundle, bundle.calibration, log_odds)
    return found


def _distribution(a: Algebra, bundle: Bundle, calibration: Calibration, log_odds: Tensor) -> Tensor:
    z = log_odds * a.constant(calibration.scale) + a.constant(calibration.bias)
    every = a.softmax(a.join([z, a.cut(log_odds, 0, 1) * a.constant(0.0)], -1))
    emotions = len(bundle.emotions)
    if REST not in bundle.emotions:
        return every
    at = bundle.emotions.index(REST)
    others = np.array([k for k in range(emotions) if k != at])
    rest = a.cut(every, at, at + 1) + a.cut(every, emotions, emotions + 1)
    return a.join([a.take(every, others, 1), rest], -1)


def _log_odds(a: Algebra, r: Recogniser, frames: int, given: Mapping[str, Tensor]) -> Tensor:
    """What the classifiers put out (n, E), mean over the members and, if asked for, the mirror image."""
    x = _coordinates(a, r, frames, given)
    each = _classify(a, r, frames, x)  # (classifiers, images, 1), member by member
    emotions = len(r.emotions)
    mean = a.transpose(a.mean(a.reshape(each, (r.members, emotions, -1)), 0, keep=False), (1, 0))
    if not r.mirrored:
        return mean
    return a.mean(a.reshape(mean, (2, -1, emotions)), 0, keep=False)


# --- from landmarks to features ---------------------------------------------------------------------


def _coordinates(a: Algebra, r: Recogniser, frames: int, given: Mapping[str, Tensor]) -> Tensor:
    """(images, P, 936): all x, then all y. The mirror images stand behind the clips."""
    points = _plane(a, given["landmarks"], frames)
    kind = r.features.spec.kind
    if kind == "raw":
        aspect = a.reshape(given["aspect"], (-1, 1, 1))
        images = _with_mirror(a, r, (points[0] / aspect, points[1]), a.constant(1.0))
    else:
        # Alignment takes no notice of where the mirror stands, so it stands at x = 0.
        images = _with_mirror(a, r, points, a.constant(0.0))
        anchors = mesh.ANCHOR_SETS[r.features.spec.anchors]
        template = _centred(a, _template(a), anchors)
        if kind == "aligned":
            x, y = _aligned(a, _centred(a, images, anchors)[0], template[0], anchors)
            images = x + template[1][0], y + template[1][1]
        else:
            rest = _with_mirror(a, r, _plane(a, given["neutral"], 1), a.constant(0.0))
            neutral = _aligned(a, _centred(a, rest, anchors)[0], template[0], anchors)
            reference, _ = _centred(a, neutral, anchors)
            x, y = _aligned(a, _centred(a, images, anchors)[0], reference, anchors)
            images = x - reference[0], y - reference[1]
    return a.join(images, -1)


def _plane(a: Algebra, points: Tensor, frames: int) -> Plane:
    flat = a.reshape(points, (-1, frames, len(mesh.ALL), 2))
    return a.frame(flat, 0, 3), a.frame(flat, 1, 3)


def _template(a: Algebra) -> Plane:
    x, y = mesh.template().T
    return a.constant(x[None, None]), a.constant(y[None, None])


def _with_mirror(a: Algebra, r: Recogniser, points: Plane, width: Tensor) -> Plane:
    """`augment.mirror` of every clip behind the clips, where the bundle reads both."""
    if not r.mirrored:
        return points
    other = mesh.mirror_permutation()
    x, y = (a.take(v, other, 2) for v in points)
    return a.join([points[0], width - x], 0), a.join([points[1], y], 0)


def _centred(a: Algebra, points: Plane, anchors: npt.NDArray[np.int64]) -> tuple[Plane, Plane]:
    """Points about their anchors' mean, and the mean.

    In two steps: in float32 the first mean of coordinates far from zero is not exact enough.
    """
    means = []
    for _ in range(2):
        mean = tuple(a.mean(a.take(v, anchors, 2), 2) for v in points)
        points = points[0] - mean[0], points[1] - mean[1]
        means.append(mean)
    return points, (means[0][0] + means[1][0], means[0][1] + means[1][1])


def _aligned(a: Algebra, points: Plane, reference: Plane, anchors: npt.NDArray[np.int64]) -> Plane:
    """`alignment.align` of centred points to a centred reference: sum(conj(x) y) / sum(|x|^2)."""
    x, y = (a.take(v, anchors, 2) for v in points)
    u, v = (a.take(w, anchors, 2) for w in reference)
    spread = a.largest(a.total(x * x + y * y, 2), a.constant(_TINY))
    real, imaginary = a.total(x * u + y * v, 2) / spread, a.total(x * v - y * u, 2) / spread
    return real * points[0] - imaginary * points[1], real * points[1] + imaginary * points[0]


# --- from features to what the classifiers put out ----------------------------------------------------


def _classify(a: Algebra, r: Recogniser, frames: int, x: Tensor) -> Tensor:
    """`forward.logits` of coordinates (images, P, 936): (classifiers, images, 1)."""
    w, shape = r.weights, r.shape
    classifiers = len(w["dense_bias"])
    mean = r.features.mean
    if mean.any():  # taken off first: coordinates far from it would cancel in float32 sums of 936
        x = x - a.constant(mean[_ALL_X_THEN_ALL_Y])
    for kernel, bias in _first_products(r):
        x = x @ a.constant(kernel) + a.constant(bias)
    x = a.transpose(a.reshape(x, (-1, frames, classifiers, shape.F)), (2, 1, 0, 3))
    of_gates = w["bias"][:, 0] if shape.architecture == "gru" else w["bias"]
    x = a.reshape(x, (classifiers, -1, shape.F))
    gates = x @ a.constant(w["kernel"]) + a.constant(of_gates[:, None])
    gates = a.reshape(gates, (classifiers, frames, -1, gates_wide(w)))
    steps = [a.frame(gates, t, 1) for t in range(frames)]
    state = _gru(a, w, steps, shape.Q) if shape.architecture == "gru" else _lstm(a, w, steps, shape.Q)
    hidden = state @ a.constant(w["hidden_kernel"]) + a.constant(w["hidden_bias"][:, None])
    hidden = a.largest(hidden, a.constant(0.0))
    return hidden @ a.constant(w["out_kernel"]) + a.constant(w["out_bias"][:, None])


def gates_wide(weights: Weights) -> int:
    """Gates times units: the length of a step's pre-activations."""
    return int(weights["recurrent"].shape[2])


def _first_products(r: Recogniser) -> list[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]]:
    """Kernels and biases from coordinates (all x, then all y) to the first layer of all classifiers.

    Scale, Dense and BatchNormalization are folded in float64: two products where the features project
    on few directions, one where they do not.
    """
    w = {k: v.astype(np.float64) for k, v in r.weights.items() if k.startswith(("dense", "bn"))}
    gain = w["bn_gamma"] / np.sqrt(w["bn_variance"] + BN_EPSILON)
    bias = ((w["dense_bias"] - w["bn_mean"]) * gain + w["bn_beta"]).reshape(-1)
    dense = (w["dense_kernel"] * gain[:, None]).transpose(1, 0, 2).reshape(r.shape.inputs, -1)
    f = r.features
    if not f.spec.components:
        return [((dense / f.scale)[_ALL_X_THEN_ALL_Y], bias)]
    down = f.directions.astype(np.float64) / f.scale
    return [(down[_ALL_X_THEN_ALL_Y], np.zeros(1)), (dense, bias)]


def _gru(a: Algebra, w: Weights, steps: list[Tensor], q: int) -> Tensor:
    """Last state (classifiers, images, Q) of Keras' GRU with ``reset_after``."""
    kernel, bias = a.constant(w["recurrent"]), a.constant(w["bias"][:, 1][:, None])
    one, h = a.constant(1.0), None
    for step in steps:
        from_h = bias if h is None else h @ kernel + bias  # the state begins at zero
        gates = a.sigmoid(a.cut(step, 0, 2 * q) + a.cut(from_h, 0, 2 * q))
        z, reset = a.cut(gates, 0, q), a.cut(gates, q, 2 * q)
        new = a.tanh(a.cut(step, 2 * q, 3 * q) + reset * a.cut(from_h, 2 * q, 3 * q))
        h = (one - z) * new if h is None else z * h + (one - z) * new
    return h


def _lstm(a: Algebra, w: Weights, steps: list[Tensor], q: int) -> Tensor:
    """Last state (classifiers, images, Q) of Keras' LSTM."""
    kernel, h, c = a.constant(w["recurrent"]), None, None
    for step in steps:
        total = step if h is None else step + h @ kernel
        i, f, g, o = (a.cut(total, k * q, (k + 1) * q) for k in range(4))
        new = a.sigmoid(i) * a.tanh(g)
        c = new if c is None else a.sigmoid(f) * c + new
        h = a.sigmoid(o) * a.tanh(c)
    return h


# --- from what they put out to what it implies --------------------------------------------------------


def _implied(a: Algebra, r: Recogniser, log_odds: Tensor) -> Tensor:
    """`Recogniser.implied`: each output read by its loss, and the offsets added."""
    if not r.losses:
        return log_odds
    shift = np.array(r.offsets or np.zeros(len(r.emotions)))
    shift = shift - np.log([c.weight or 1.0 if c.name == "weighted_bce" else 1.0 for c in r.losses])
    focal = np.array([c.name == "focal" for c in r.losses])
    read = log_odds
    if focal.any():
        alpha = np.array([c.alpha if c.name == "focal" else 0.5 for c in r.losses])
        gamma = np.array([c.gamma if c.name == "focal" else 2.0 for c in r.losses])
        inverted = _inverted_focal(a, log_odds, alpha, gamma)
        read = inverted * a.constant(focal) + log_odds * a.constant(~focal)
    return read + a.constant(shift)


def _inverted_focal(
    a: Algebra, log_odds: Tensor, alpha: npt.NDArray[np.float64], gamma: npt.NDArray[np.float64]
) -> Tensor:
    """`posterior_log_odds` of the focal loss, with one alpha and gamma for each emotion.

    Far out it grows by gamma + 1 for each of the output's log odds, to both sides.
    """
    z = a.smallest(a.largest(log_odds, a.constant(-_STRAIGHT)), a.constant(_STRAIGHT))
    log_p, log_q = _log_sigmoid(a, z), _log_sigmoid(a, a.constant(0.0) - z)
    g, less = a.constant(gamma), a.constant(gamma - 1)
    negative = less * log_p + a.log(a.exp(log_p - log_q) - g * log_q)
    positive = less * log_q + a.log(a.exp(log_q - log_p) - g * log_p)
    beyond = (log_odds - z) * a.constant(gamma + 1)
    return negative - positive + beyond + a.constant(np.log((1 - alpha) / alpha))


def _log_sigmoid(a: Algebra, z: Tensor) -> Tensor:
    """log(1 / (1 + exp(-z))) as min(z, 0) - log(1 + exp(-|z|))."""
    low, high = a.smallest(z, a.constant(0.0)), a.largest(z, a.constant(0.0))
    return low - a.log(a.constant(1.0) + a.exp(low - high))
