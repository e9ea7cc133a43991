"""Loss and gradients of a stack of one-vs-all classifiers, written out in numpy.

No compiler, so a network of any size starts at once: a search tries hundreds of sizes for an epoch
budget that a compiler would spend on their graphs. Kernels of the layers before and inside the
recurrence get their gradient from one matrix product over all frames. tests/training hold every
gradient against finite differences and the whole training against plain Keras.

Shapes: E classifiers, B clips, P frames, I inputs, F features, Q recurrent and R hidden units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fer_core.landmarks.track import FloatArray
from fer_core.losses.imbalance import LossChoice
from fer_core.models.forward import BN_EPSILON
from fer_core.models.weights import Architecture, Weights

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class LossTerms:
    """BCE, weighted BCE and focal loss as one form: weight(y) (1 - p_t)^gamma (-log p_t).

    Attributes
    ----------
    positive, negative, gamma : float32 (E,)
        Weight of positive and of negative clips, and the focusing strength.
    """

    positive: Floats
    negative: Floats
    gamma: Floats

    @classmethod
    def of(cls, losses: Sequence[LossChoice]) -> LossTerms:
        """The terms of each classifier's loss."""
        rows = []
        for c in losses:
            focal = c.name == "focal"
            positive = c.alpha if focal else (c.weight or 1.0)
            rows.append((positive, 1.0 - (c.alpha or 0.0) if focal else 1.0, c.gamma if focal else 0.0))
        table = np.array(rows, dtype=np.float32)
        return cls(table[:, 0], table[:, 1], table[:, 2])

    def take(self, which: npt.NDArray[np.bool_]) -> LossTerms:
        """Those of some classifiers."""
        return LossTerms(self.positive[which], self.negative[which], self.gamma[which])


def point_loss(logits: FloatArray, y: FloatArray, terms: LossTerms) -> FloatArray:
    """Loss (n, E) of every classifier on every clip, from log odds (n, E) and labels (n, E)."""
    u = (2.0 * y - 1.0) * logits
    log_pt = -np.logaddexp(0.0, -u)
    focus = np.exp(terms.gamma * -np.logaddexp(0.0, u))  # (1 - p_t)^gamma
    return np.asarray(-_weight(y, terms) * focus * log_pt, dtype=np.float32)


def loss_slope(logits: FloatArray, y: FloatArray, terms: LossTerms) -> FloatArray:
    """Derivative (n, E) of `point_loss` by the log odds: -w s (1-p_t)^g (1 - p_t - g p_t log p_t)."""
    sign = 2.0 * y - 1.0
    u = sign * logits
    log_pt, log_rest = -np.logaddexp(0.0, -u), -np.logaddexp(0.0, u)
    slope = np.exp(log_rest) - terms.gamma * np.exp(log_pt) * log_pt
    return np.asarray(-_weight(y, terms) * sign * np.exp(terms.gamma * log_rest) * slope, dtype=np.float32)


def _weight(y: FloatArray, terms: LossTerms) -> FloatArray:
    return np.asarray(y * terms.positive + (1.0 - y) * terms.negative)


@dataclass(frozen=True)
class Step:
    """What a batch says: summed loss (E,), gradients of the mean loss, its mean and variance (E, F)."""

    loss: npt.NDArray[np.float64]
    gradients: Weights
    mean: Floats
    variance: Floats


def step(
    w: Weights,
    x: FloatArray,
    y: FloatArray,
    terms: LossTerms,
    architecture: Architecture,
    dropout: Floats | None = None,
) -> Step:
    """Forward and backward pass of a batch, in training mode.

    Parameters
    ----------
    w : arrays (E, ...), see `fer_core.models.weights.NetworkShape.shapes`
    x : float32 (B, P, I)
    y : float32 (B, E)
    dropout : float32 (E, B, Q) or None
        What the last state is multiplied by: 0 or 1 / (1 - rate).
    """
    batch, frames, inputs = x.shape
    flat = np.ascontiguousarray(x.transpose(1, 0, 2)).reshape(frames * batch, inputs)  # frame by frame
    g: Weights = {}

    dense = flat @ w["dense_kernel"]
    dense += w["dense_bias"][:, None]
    mean = dense.mean(axis=1)
    dense -= mean[:, None]
    variance = np.einsum("enf,enf->ef", dense, dense) / np.float32(len(flat))
    inverse = (1.0 / np.sqrt(variance + BN_EPSILON)).astype(np.float32)
    dense *= inverse[:, None]  # normalised, before gain and shift
    features = dense * w["bn_gamma"][:, None] + w["bn_beta"][:, None]

    recur = _Gru if architecture == "gru" else _Lstm
    layer = recur(w, features, frames, batch)
    state = layer.last if dropout is None else layer.last * dropout
    hidden = state @ w["hidden_kernel"] + w["hidden_bias"][:, None]
    np.maximum(hidden, 0.0, out=hidden)
    logits = (hidden @ w["out_kernel"])[..., 0].T + w["out_bias"].T[0]

    d_out = (loss_slope(logits, y, terms) / np.float32(batch)).T[..., None]  # (E, B, 1)
    g["out_kernel"], g["out_bias"] = hidden.transpose(0, 2, 1) @ d_out, d_out.sum(axis=1)
    d_hidden = d_out * w["out_kernel"].transpose(0, 2, 1)
    d_hidden *= hidden > 0
    g["hidden_kernel"], g["hidden_bias"] = state.transpose(0, 2, 1) @ d_hidden, d_hidden.sum(axis=1)
    d_state = d_hidden @ w["hidden_kernel"].transpose(0, 2, 1)
    if dropout is not None:
        d_state *= dropout
    d_features = layer.backward(d_state, g)

    g["bn_gamma"], g["bn_beta"] = np.einsum("enf,enf->ef", d_features, dense), d_features.sum(axis=1)
    d_features *= w["bn_gamma"][:, None]
    along = np.einsum("enf,enf->ef", d_features, dense) / np.float32(len(flat))
    d_features -= d_features.mean(axis=1, keepdims=True)
    d_features -= dense * along[:, None]
    d_features *= inverse[:, None]
    g["dense_kernel"], g["dense_bias"] = flat.T @ d_features, d_features.sum(axis=1)
    loss = point_loss(logits, y, terms).sum(axis=0, dtype=np.float64)
    return Step(loss, g, mean, variance)


class _Recurrent:
    """A recurrent layer over features (E, P B, F), frame by frame; keeps what its backward pass needs."""

    def __init__(self, w: Weights, features: Floats, frames: int, batch: int) -> None:
        self._w, self._features = w, features
        self._frames, self._units = frames, w["recurrent"].shape[1]
        self._size = (len(features), frames, batch)
        # One product for the inputs of all frames: half of the work outside the sequential loop.
        from_x = features @ w["kernel"]
        from_x += self._input_bias()[:, None]
        self._a = from_x.reshape(*self._size, -1)
        self._h = np.zeros((len(features), frames + 1, batch, self._units), dtype=np.float32)
        self._forward()

    @property
    def last(self) -> Floats:
        """State (E, B, Q) after the last frame."""
        return self._h[:, -1]

    def _input_bias(self) -> Floats:
        raise NotImplementedError

    def _forward(self) -> None:
        raise NotImplementedError

    def backward(self, d_h: Floats, g: Weights) -> Floats:
        """Gradient (E, P B, F) of the features, from that of the last state; adds the layer's own to g."""
        raise NotImplementedError

    def _product_gradients(self, d_a: Floats, d_u: Floats, g: Weights) -> Floats:
        """Gradients of both kernels from those of their products over all frames; returns the features'."""
        rows = self._features.shape[1]
        flat_a, flat_u = d_a.reshape(len(d_a), rows, -1), d_u.reshape(len(d_u), rows, -1)
        before = self._h[:, :-1].reshape(len(d_a), rows, self._units)
        g["recurrent"] = before.transpose(0, 2, 1) @ flat_u
        g["kernel"] = self._features.transpose(0, 2, 1) @ flat_a
        return np.asarray(flat_a @ self._w["kernel"].transpose(0, 2, 1))


class _Gru(_Recurrent):
    """Cho et al. (2014) as Keras and cuDNN compute it, the reset gate after the product."""

    def _input_bias(self) -> Floats:
        return self._w["bias"][:, 0]

    def _forward(self) -> None:
        q = self._units
        bias = self._w["bias"][:, 1][:, None]
        self._kept: list[tuple[Floats, Floats, Floats, Floats]] = []
        for t in range(self._frames):
            h, a = self._h[:, t], self._a[:, t]
            u = h @ self._w["recurrent"]
            u += bias
            # Contiguous copies: numpy is several times slower on the short rows of a slice.
            z, r = (_sigmoid(a[..., k * q : (k + 1) * q] + u[..., k * q : (k + 1) * q]) for k in (0, 1))
            inner = u[..., 2 * q :].copy()
            new = r * inner
            new += a[..., 2 * q :]
            np.tanh(new, out=new)
            following = h - new
            following *= z
            following += new
            self._h[:, t + 1] = following
            self._kept.append((z, r, new, inner))

    def backward(self, d_h: Floats, g: Weights) -> Floats:
        """Gradient (E, P B, F) of the features, from that of the last state; adds the layer's own to g."""
        q, back = self._units, np.ascontiguousarray(self._w["recurrent"].transpose(0, 2, 1))
        d_a, d_u = np.empty_like(self._a), np.empty_like(self._a)
        for t in range(self._frames - 1, -1, -1):
            z, r, new, inner = self._kept[t]
            carried = d_h * z  # what goes on to the state before
            dz = self._h[:, t] - new
            dz *= carried
            dz *= 1.0 - z
            dn = d_h
            dn -= carried
            dn *= 1.0 - new * new
            dr = dn * inner
            dr *= r
            du = d_u[:, t]
            np.multiply(dn, r, out=du[..., 2 * q :])
            dr *= 1.0 - r
            da = d_a[:, t]
            da[..., :q] = du[..., :q] = dz
            da[..., q : 2 * q] = du[..., q : 2 * q] = dr
            da[..., 2 * q :] = dn
            d_h = carried
            d_h += du @ back
        g["bias"] = np.stack([d_a.sum(axis=(1, 2)), d_u.sum(axis=(1, 2))], axis=1)
        return self._product_gradients(d_a, d_u, g)


class _Lstm(_Recurrent):
    """Hochreiter and Schmidhuber (1997) with forget gates; the gates' order is Keras': i, f, new, o."""

    def _input_bias(self) -> Floats:
        return self._w["bias"]

    def _forward(self) -> None:
        q = self._units
        c = np.zeros_like(self._h[:, 0])
        self._kept: list[tuple[Floats, ...]] = []
        for t in range(self._frames):
            a = self._h[:, t] @ self._w["recurrent"]
            a += self._a[:, t]
            i, f, new, o = (a[..., k * q : (k + 1) * q].copy() for k in range(4))
            for gate in (i, f, o):
                _sigmoid(gate)
            np.tanh(new, out=new)
            before, c = c, f * c
            c += i * new
            tanh_c = np.tanh(c)
            np.multiply(o, tanh_c, out=self._h[:, t + 1])
            self._kept.append((i, f, new, o, before, tanh_c))

    def backward(self, d_h: Floats, g: Weights) -> Floats:
        """Gradient (E, P B, F) of the features, from that of the last state; adds the layer's own to g."""
        q, back = self._units, np.ascontiguousarray(self._w["recurrent"].transpose(0, 2, 1))
        d_a = np.empty_like(self._a)
        d_c = np.zeros_like(d_h)
        for t in range(self._frames - 1, -1, -1):
            i, f, new, o, before, tanh_c = self._kept[t]
            da = d_a[:, t]
            da[..., 3 * q :] = d_h * tanh_c * (o - o * o)
            d_h *= o
            d_h *= 1.0 - tanh_c * tanh_c
            d_c += d_h
            da[..., :q] = d_c * new * (i - i * i)
            da[..., 2 * q : 3 * q] = d_c * i * (1.0 - new * new)
            da[..., q : 2 * q] = d_c * before * (f - f * f)
            d_c *= f
            d_h = da @ back
        g["bias"] = d_a.sum(axis=(1, 2))
        return self._product_gradients(d_a, d_a, g)


def _sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)) in place, without overflow; returns it."""
    x *= 0.5
    np.tanh(x, out=x)
    x += 1.0
    x *= 0.5
    return x
