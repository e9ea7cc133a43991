"""All one-vs-all classifiers of a recogniser evaluated in one pass, in numpy, without TensorFlow."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fer_core.models.weights import Architecture, Weights

BN_EPSILON = 1e-3  # Keras' BatchNormalization default

Floats = npt.NDArray[np.float32]


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow."""
    return np.asarray(0.5 * (np.tanh(0.5 * x) + 1.0))


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
    product, and the halving that turns a sigmoid into a tanh goes into the gates' weights.
    """

    def __init__(self, weights: Weights, architecture: Architecture) -> None:
        self.architecture: Architecture = architecture
        self._dense, self._dense_bias = _first_layer(weights)
        self._size = weights["dense_bias"].shape
        gru = architecture == "gru"
        bias = weights["bias"][:, 0] if gru else weights["bias"]
        halves = _halves(weights["recurrent"].shape[1], architecture)
        self._kernel = weights["kernel"] * halves
        self._bias = (bias * halves)[:, None]
        self._recurrent = np.ascontiguousarray(weights["recurrent"] * halves)
        recurrent_bias = weights["bias"][:, 1] if gru else np.zeros(1, dtype=np.float32)
        self._recurrent_bias = np.asarray(recurrent_bias * halves, dtype=np.float32)
        self._hidden, self._hidden_bias = weights["hidden_kernel"], weights["hidden_bias"][:, None]
        self._out, self._out_bias = weights["out_kernel"], weights["out_bias"][:, None]

    def logits(self, x: Floats) -> Floats:
        """Log odds (n, E) of every classifier for every clip (n, P, inputs)."""
        n, frames, inputs = x.shape
        by_time = x.transpose(1, 0, 2).reshape(-1, inputs)
        dense = (by_time @ self._dense + self._dense_bias).reshape(-1, *self._size)
        # One product per classifier for all frames: many small ones cost more than the arithmetic.
        from_x = dense.transpose(1, 0, 2) @ self._kernel
        from_x += self._bias
        from_x = from_x.reshape(self._size[0], frames, n, self._kernel.shape[2])
        state = self._gru(from_x) if self.architecture == "gru" else self._lstm(from_x)
        hidden = np.maximum(state @ self._hidden + self._hidden_bias, 0.0)
        return np.asarray((hidden @ self._out + self._out_bias)[..., 0].T, dtype=np.float32)

    def _gru(self, x: Floats) -> Floats:
        """Last state (E, n, Q) of a GRU (``reset_after``) over its inputs' part x (E, P, n, 3 Q)."""
        q = self._recurrent.shape[1]
        h = np.zeros((x.shape[0], x.shape[2], q), dtype=np.float32)
        for t in range(x.shape[1]):
            from_h = h @ self._recurrent
            from_h += self._recurrent_bias[:, None]
            gates = np.tanh(from_h[..., : 2 * q] + x[:, t, :, : 2 * q])
            gates *= 0.5
            gates += 0.5
            new = from_h[..., 2 * q :]
            new *= gates[..., q:]
            new += x[:, t, :, 2 * q :]
            np.tanh(new, out=new)
            h -= new
            h *= gates[..., :q]
            h += new
        return h

    def _lstm(self, x: Floats) -> Floats:
        """Last state (E, n, Q) of an LSTM over its inputs' part x (E, P, n, 4 Q)."""
        q = self._recurrent.shape[1]
        h = np.zeros((x.shape[0], x.shape[2], q), dtype=np.float32)
        c = np.zeros_like(h)
        for t in range(x.shape[1]):
            gates = h @ self._recurrent
            gates += x[:, t]
            np.tanh(gates, out=gates)
            i, f, g, o = (gates[..., k * q : (k + 1) * q] for k in range(4))
            c = (0.5 * f + 0.5) * c + (0.5 * i + 0.5) * g
            h = (0.5 * o + 0.5) * np.tanh(c)
        return h


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
