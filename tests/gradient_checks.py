"""Gradients by the backend, and by differences in double precision, to hold against each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf


def gradient(function: Callable[[Any], Any], x: np.ndarray) -> np.ndarray:
    """The derivative of a scalar function of one array, as TensorFlow works it out."""
    at = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(at)
        value = function(at)
    found = tape.gradient(value, at)
    return np.zeros_like(x) if found is None else np.asarray(found)


def slope(function: Callable[[np.ndarray], float], x: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """The same by central differences."""
    x = x.astype(np.float64)
    found = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += step
        down[i] -= step
        found[i] = (function(up) - function(down)) / (2 * step)
    return found
