"""The weights of stacked one-vs-all classifiers: names, shapes, initial values, Keras order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import SettingError
from fer_core.base.limits import UNITS, Range
from fer_core.landmarks.track import N_LANDMARKS

Architecture = Literal["gru", "lstm"]
Weights = dict[str, npt.NDArray[np.float32]]

GATES: dict[str, int] = {"gru": 3, "lstm": 4}
N_INPUTS = 2 * N_LANDMARKS
TRAINED = (
    "dense_kernel",
    "dense_bias",
    "bn_gamma",
    "bn_beta",
    "kernel",
    "recurrent",
    "bias",
    "hidden_kernel",
    "hidden_bias",
    "out_kernel",
    "out_bias",
)
MOVING = ("bn_mean", "bn_variance")


@dataclass(frozen=True)
class NetworkShape:
    """Size of one classifier: F features per frame, Q recurrent units, R hidden units.

    Predefined F, Q, R = 32, 64, 64 (the paper prints ranges only: 16..64, 32..128, 32..128).
    """

    architecture: Architecture = "gru"
    F: int = 32
    Q: int = 64
    R: int = 64
    inputs: int = N_INPUTS

    def __post_init__(self) -> None:
        if self.architecture not in GATES:
            raise SettingError(f"the architecture {self.architecture!r} is unknown", fix="use gru or lstm")
        for size in (self.F, self.Q, self.R):
            UNITS.check(size)
        Range("number of inputs", 1, N_INPUTS).check(self.inputs)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each weight of one classifier, in the order of Keras' ``get_weights``."""
        wide = GATES[self.architecture] * self.Q
        bias = (2, wide) if self.architecture == "gru" else (wide,)
        return {
            "dense_kernel": (self.inputs, self.F),
            "dense_bias": (self.F,),
            "bn_gamma": (self.F,),
            "bn_beta": (self.F,),
            "bn_mean": (self.F,),
            "bn_variance": (self.F,),
            "kernel": (self.F, wide),
            "recurrent": (self.Q, wide),
            "bias": bias,
            "hidden_kernel": (self.Q, self.R),
            "hidden_bias": (self.R,),
            "out_kernel": (self.R, 1),
            "out_bias": (1,),
        }

    def n_parameters(self) -> int:
        """Parameters of one classifier, moving statistics included."""
        return int(sum(np.prod(s) for s in self.shapes().values()))


def initial_weights(shape: NetworkShape, classifiers: int | Sequence[int], seed: int) -> Weights:
    """Fresh weights for a stack of classifiers, each array (classifiers, ...).

    ``classifiers`` is how many, or the number of each, which decides its draws.

    Keras' own defaults: Glorot uniform kernels, orthogonal recurrent kernels, zero biases
    (LSTM forget gates 1), unit BatchNormalization.
    """
    numbers = range(classifiers) if isinstance(classifiers, int) else classifiers
    generators = [np.random.default_rng([seed, i]) for i in numbers]
    stacks = {
        name: np.stack([_initial(name, size, shape, g) for g in generators]).astype(np.float32)
        for name, size in shape.shapes().items()
    }
    return stacks


def padded(weights: Weights, shape: NetworkShape, to: NetworkShape) -> Weights:
    """The same classifiers in a larger network, whose further units are dead (weights 0).

    So classifiers of different sizes fit in one stack; what they compute does not change.
    """
    gates = GATES[shape.architecture]
    sizes, wide = shape.shapes(), to.shapes()
    result = {}
    for name, value in weights.items():
        old, new = sizes[name], wide[name]
        if name in ("kernel", "recurrent", "bias"):  # the last axis holds the gates one after another
            value = value.reshape(*value.shape[:-1], gates, shape.Q)
            old, new = (*old[:-1], gates, shape.Q), (*new[:-1], gates, to.Q)
        grown = [(0, 0), *((0, n - o) for o, n in zip(old, new, strict=True))]
        result[name] = np.pad(value, grown).reshape(len(value), *wide[name])
    result["bn_variance"][:, shape.F :] = 1.0
    return result


def joined(stacks: Sequence[Weights]) -> Weights:
    """Several stacks of equal size as one."""
    return {name: np.concatenate([s[name] for s in stacks]) for name in stacks[0]}


def _initial(
    name: str, size: tuple[int, ...], shape: NetworkShape, generator: np.random.Generator
) -> npt.NDArray[np.float64]:
    if name == "recurrent":
        return _orthogonal(size, generator)
    if name.endswith("kernel"):
        limit = np.sqrt(6.0 / (size[0] + size[1]))
        return generator.uniform(-limit, limit, size)
    if name in ("bn_gamma", "bn_variance"):
        return np.ones(size)
    values = np.zeros(size)
    if name == "bias" and shape.architecture == "lstm":
        values[shape.Q : 2 * shape.Q] = 1.0
    return values


def _orthogonal(size: tuple[int, ...], generator: np.random.Generator) -> npt.NDArray[np.float64]:
    q, r = np.linalg.qr(generator.standard_normal((max(size), min(size))))
    q = q * np.sign(np.diag(r))
    return q.T if size[0] < size[1] else q
