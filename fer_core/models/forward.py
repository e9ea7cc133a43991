"""All one-vs-all classifiers of a recogniser evaluated in one pass, in numpy, without TensorFlow."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fer_core.models.weights import Architecture, Weights

BN_EPSILON = 1e-3  # Keras' BatchNormalization default

Floats = npt.NDArray[np.float32]


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow; what is near 0 keeps all its digits."""
    return np.asarray(np.exp(-np.logaddexp(0, -x)))


def probabilities(weights: Weights, x: Floats, architecture: Architecture) -> Floats:
    """Probability of every classifier for every clip.

    Parameters
    ----------
    weights : arrays (E, ...), see `fer_core.models.weights.NetworkShape.shapes`
    x : float32 (n, P, inputs)

    Returns
    -------
    float32 (n, E), each in 0..1, as the Keras models give (they need not sum to 1).
    """
    return sigmoid(logits(weights, x, architecture))


def logits(weights: Weights, x: Floats, architecture: Architecture) -> Floats:
    """Log odds (n, E) of every classifier for every clip (n, P, inputs)."""
    return Classifiers(weights, architecture).logits(x)


class Classifiers:
    """Stacked classifiers made ready to be asked often, a window at a time.

    What does not depend on the input is worked out once: Dense and BatchNormalization fold into one
    product, and the halves that turn a sigmoid into a tanh go into the weights. Each gate has a block
    of its own, so that everything between two products runs over memory without gaps: for a window or
    two the arithmetic costs less than numpy's way to it.
    """

    def __init__(self, weights: Weights, architecture: Architecture) -> None:
        self.architecture: Architecture = architecture
        self._dense, self._dense_bias = _first_layer(weights)
        self._size = weights["dense_bias"].shape
        gru, q = architecture == "gru", weights["recurrent"].shape[1]
        halves = _halves(q, architecture)
        kernel, recurrent = weights["kernel"] * halves, weights["recurrent"] * halves
        bias = (weights["bias"][:, 0] if gru else weights["bias"]) * halves
        self._new_bias = np.zeros((1, 1, 1), dtype=np.float32)
        if gru:
            past = weights["bias"][:, 1] * halves
            bias[:, : 2 * q] += past[:, : 2 * q]
            # sigmoid(r) times what the past brings to the new state: its 1/2 goes into the latter.
            self._new_bias = 0.5 * past[:, None, 2 * q :]
            recurrent[..., 2 * q :] *= 0.5
        self._kernel, self._recurrent = _blocks(kernel, q), _blocks(recurrent, q)
        self._bias = _blocks(bias[:, None], q)
        self._hidden, self._hidden_bias = weights["hidden_kernel"], weights["hidden_bias"][:, None]
        self._out, self._out_bias = weights["out_kernel"], weights["out_bias"][:, None]

    def logits(self, x: Floats) -> Floats:
        """Log odds (n, E) of every classifier for every clip (n, P, inputs)."""
        n, frames, inputs = x.shape
        by_time = x.transpose(1, 0, 2).reshape(-1, inputs)
        dense = (by_time @ self._dense + self._dense_bias).reshape(-1, *self._size)
        # One product per gate of a classifier for all frames: many small ones cost more than the arithmetic.
        gates, classifiers, _, q = self._bias.shape
        product = (dense.transpose(1, 0, 2) @ self._kernel).reshape(gates, classifiers, frames, n, q)
        from_x = np.empty((frames, gates, classifiers, n, q), dtype=np.float32)
        np.add(product.transpose(2, 0, 1, 3, 4), self._bias, out=from_x)
        state = self._gru(from_x) if self.architecture == "gru" else self._lstm(from_x)
        hidden = np.maximum(state @ self._hidden + self._hidden_bias, 0.0)
        return np.asarray((hidden @ self._out + self._out_bias)[..., 0].T, dtype=np.float32)

    def _gru(self, x: Floats) -> Floats:
        """Last state (E, n, Q) of a GRU (``reset_after``) over its inputs' part x (P, 3, E, n, Q)."""
        h, gates = np.zeros(x.shape[2:], dtype=np.float32), np.empty(x.shape[1:], dtype=np.float32)
        z, r, new = gates
        new_bias = np.repeat(self._new_bias, x.shape[3], axis=1)
        for from_x in x:
            np.matmul(h, self._recurrent, out=gates)
            both = gates[:2]
            both += from_x[:2]
            np.tanh(both, out=both)
            both += 1.0  # twice the sigmoid
            new += new_bias
            new *= r
            new += from_x[2]
            np.tanh(new, out=new)
            z *= 0.5
            h -= new
            h *= z
            h += new
        return h

    def _lstm(self, x: Floats) -> Floats:
        """Last state (E, n, Q) of an LSTM over its inputs' part x (P, 4, E, n, Q)."""
        h, gates = np.zeros(x.shape[2:], dtype=np.float32), np.empty(x.shape[1:], dtype=np.float32)
        c = np.zeros_like(h)
        i, f, g, o = gates
        for from_x in x:
            np.matmul(h, self._recurrent, out=gates)
            gates += from_x
            np.tanh(gates, out=gates)
            c = (0.5 * f + 0.5) * c + (0.5 * i + 0.5) * g
            h = (0.5 * o + 0.5) * np.tanh(c)
        return h


def _blocks(a: Floats, q: int) -> Floats:
    """Gates side by side (..., k Q) as one after the other (k, ..., Q)."""
    return np.ascontiguousarray(np.moveaxis(a.reshape(*a.shape[:-1], -1, q), -2, 0))


def _halves(q: int, architecture: Architecture) -> Floats:
    """1/2 where a gate is a sigmoid, sigmoid(a) = tanh(a/2)/2 + 1/2; 1 where it is a tanh already."""
    gates = (0.5, 0.5, 1.0) if architecture == "gru" else (0.5, 0.5, 1.0, 0.5)  # z r h; i f c o
    return np.repeat(gates, q).astype(np.float32)


def _first_layer(weights: Weights) -> tuple[Floats, Floats]:
    """Dense and BatchNormalization of all classifiers folded into one (inputs, E F) product."""
    gain = weights["bn_gamma"] / np.sqrt(weights["bn_variance"] + BN_EPSILON)
    bias = (weights["dense_bias"] - weights["bn_mean"]) * gain + weights["bn_beta"]
    kernel = weights["dense_kernel"] * gain[:, None]
    folded = kernel.transpose(1, 0, 2).reshape(kernel.shape[1], -1)
    return np.ascontiguousarray(folded), bias.reshape(-1)
