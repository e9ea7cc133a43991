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
    kernel, bias = _first_layer(weights)
    n, frames, inputs = x.shape
    classifiers, units = weights["dense_bias"].shape
    dense = (x.reshape(-1, inputs) @ kernel + bias).reshape(n, frames, classifiers, units)
    state = _recur(weights, dense.transpose(2, 1, 0, 3), architecture)
    hidden = np.maximum(state @ weights["hidden_kernel"] + weights["hidden_bias"][:, None], 0.0)
    out = hidden @ weights["out_kernel"] + weights["out_bias"][:, None]
    return np.asarray(out[..., 0].T, dtype=np.float32)


def _first_layer(weights: Weights) -> tuple[Floats, Floats]:
    """Dense and BatchNormalization of all classifiers folded into one (inputs, E F) product."""
    gain = weights["bn_gamma"] / np.sqrt(weights["bn_variance"] + BN_EPSILON)
    bias = (weights["dense_bias"] - weights["bn_mean"]) * gain + weights["bn_beta"]
    kernel = weights["dense_kernel"] * gain[:, None]
    return kernel.transpose(1, 0, 2).reshape(kernel.shape[1], -1), bias.reshape(-1)


def _recur(w: Weights, x: Floats, architecture: Architecture) -> Floats:
    """Last state (E, n, Q) over frames x (E, P, n, F)."""
    classifiers, frames, n, _ = x.shape
    q = w["recurrent"].shape[1]
    bias = w["bias"][:, 0] if architecture == "gru" else w["bias"]
    from_x = x @ w["kernel"][:, None] + bias[:, None, None]
    h = np.zeros((classifiers, n, q), dtype=np.float32)
    c = np.zeros_like(h)
    for t in range(frames):
        from_h = h @ w["recurrent"]
        if architecture == "gru":
            from_h = from_h + w["bias"][:, 1][:, None]
            gates = sigmoid(from_x[:, t, :, : 2 * q] + from_h[..., : 2 * q])
            z, r = gates[..., :q], gates[..., q:]
            h = z * h + (1.0 - z) * np.tanh(from_x[:, t, :, 2 * q :] + r * from_h[..., 2 * q :])
        else:
            a = from_x[:, t] + from_h
            i, f, g, o = (a[..., k * q : (k + 1) * q] for k in range(4))
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
    return h
