"""One one-vs-all classifier as a plain Keras model: the reference that the fast paths must equal."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from fer_core.models.weights import NetworkShape, Weights


def build_classifier(shape: NetworkShape, frames: int, dropout: float = 0.2) -> Any:
    """The study's network (section 3.4) for input (P, inputs), output one sigmoid probability.

    TimeDistributed Dense(F), BatchNormalization, GRU or LSTM(Q), Dropout, Dense(R, relu),
    Dense(1, sigmoid).
    """
    layers = keras.layers
    recurrent = layers.GRU(shape.Q) if shape.architecture == "gru" else layers.LSTM(shape.Q)
    return keras.Sequential(
        [
            keras.Input((frames, shape.inputs)),
            layers.TimeDistributed(layers.Dense(shape.F)),
            layers.BatchNormalization(),
            recurrent,
            layers.Dropout(dropout),
            layers.Dense(shape.R, activation="relu"),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def set_weights(model: Any, weights: Weights, classifier: int) -> None:
    """Give a Keras model the weights of one classifier of a stack."""
    model.set_weights([w[classifier] for w in weights.values()])


def get_weights(models: list[Any], shape: NetworkShape) -> Weights:
    """Stack the weights of several Keras models, by the names of `NetworkShape.shapes`."""
    stacks: list[list[npt.NDArray[np.float32]]] = [m.get_weights() for m in models]
    return {name: np.stack([s[i] for s in stacks]) for i, name in enumerate(shape.shapes())}
