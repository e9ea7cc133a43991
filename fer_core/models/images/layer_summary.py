"""A network's layers in stages, told from the model itself: what a picture of its architecture shows.

A stage is all that happens at about one resolution. What is told is plain data, kept in a file, so that a
page can draw a network without loading Keras.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fer_core.base.paths import assets_dir
from fer_core.models.images.spec import ModelSpec

CLASSES = 7
"""The basic emotions and neutral, as in all three studies."""
MERGED = 0.7
"""A side of this share of a stage's first one, or more, still belongs to it: borders lost to a kernel."""

WORDS = {
    "Conv2D": "convolution",
    "DepthwiseConv2D": "depthwise convolution",
    "Dense": "dense",
    "SeparableConv2D": "separable convolution",
    "MaxPooling2D": "max pooling",
    "AveragePooling2D": "mean pooling",
    "GlobalAveragePooling2D": "mean over the map",
    "GlobalMaxPooling2D": "maximum over the map",
    "GlobalAveragePooling1D": "mean over the sequence",
    "BatchNormalization": "batch normalization",
    "LayerNormalization": "layer normalization",
    "SqueezeExcite": "squeeze-and-excitation",
    "MultiHeadAttention": "attention",
    "Bidirectional": "both ways",
    "LSTM": "LSTM",
    "GRU": "GRU",
    "Add": "sum",
    "Concatenate": "concatenation",
    "Multiply": "product",
    "Flatten": "flattening",
    "Mish": "Mish",
    "ReLU": "ReLU",
    "Softmax": "softmax",
    "Sparsemax": "sparsemax",
    "Dropout": "dropout",
    "Activation": "activation",
    "ZeroPadding2D": "border",
    "Reshape": "reshaping",
    "Rescaling": "pixels scaled",
    "ImagenetInput": "pixels as ImageNet's weights expect them",
    "Positions": "learned positions",
    "Average": "mean of the branches",
    "Cropping2D": "border cut",
    "Normalization": "pixels scaled",
    "Permute": "reshaping",
    "LocalResponseNormalization": "local response normalization",
}
"""What a kind of layer is called; others by their own name."""
MINOR = (
    "batch normalization",
    "layer normalization",
    "local response normalization",
    "activation",
    "ReLU",
    "Mish",
    "dropout",
    "border",
    "border cut",
    "reshaping",
    "flattening",
    "sum",
    "product",
    "softmax",
    "sparsemax",
    "pixels scaled",
)
"""Kinds that a short description leaves out where a stage has others."""
BORDERS = ("border", "border cut")

Tensor = tuple[int, ...]


@dataclass(frozen=True)
class Layers:
    """Layers of one kind within a stage: how many, and how wide (channels or units, least and most)."""

    kind: str
    count: int
    narrowest: int
    widest: int

    @property
    def width(self) -> str:
        """``64``, or ``64 to 256``."""
        return str(self.widest) if self.narrowest == self.widest else f"{self.narrowest} to {self.widest}"


@dataclass(frozen=True)
class Stage:
    """What happens at one resolution.

    Attributes
    ----------
    shape : of what leaves it, without the batch: (h, w, c), (steps, c) or (c,)
    layers : by kind, in the order in which each is first met
    parameters : of all its layers
    passed : int
        How many tensors go on to later stages: more than one where branches run side by side.
    """

    shape: Tensor
    layers: tuple[Layers, ...]
    parameters: int
    passed: int

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        layers = [[x.kind, x.count, x.narrowest, x.widest] for x in self.layers]
        return {"shape": list(self.shape), "layers": layers, "parameters": self.parameters, "passed": self.passed}

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Stage:
        """The inverse of `to_json`."""
        layers = tuple(Layers(str(k), int(n), int(a), int(b)) for k, n, a, b in plain["layers"])
        return cls(tuple(plain["shape"]), layers, int(plain["parameters"]), int(plain["passed"]))


def stages_of(spec: ModelSpec, size: int) -> list[Stage]:
    """Build a network of the registry and tell its stages."""
    return stages(spec.build(size=size, classes=CLASSES))


def stages(model: Any) -> list[Stage]:
    """The stages of a Keras model with one input, in the order in which its data pass them."""
    operations = list(model.operations)
    made = {id(t): k for k, o in enumerate(operations) for t in _tensors(o.output)}
    users: dict[int, list[int]] = defaultdict(list)
    for k, o in enumerate(operations):
        for t in _tensors(o.input):
            if made[id(t)] != k:  # an input layer is its own
                users[made[id(t)]].append(k)
    ranks = _ranks(operations, users)
    stage_of = _merged(ranks)
    return [_stage(n, operations, [stage_of[r] for r in ranks], users) for n in range(max(stage_of.values()) + 1)]


def _ranks(operations: Sequence[Any], users: dict[int, list[int]]) -> list[float]:
    """By operation: the finest resolution that it or anything behind it works at.

    So a gate of one number per channel belongs to the map that it is multiplied with, and a border to the
    kernel that it is added for.
    """
    ranks = [0.0 if _kind(o) in BORDERS else _fineness(_shape(o.output)) for o in operations]
    for k in range(len(operations) - 1, -1, -1):
        ranks[k] = max([ranks[k], *(ranks[j] for j in users[k])])
    return ranks


def _fineness(shape: Tensor) -> float:
    """Orders maps by their side, then sequences, then vectors."""
    return float(shape[0]) if len(shape) == 3 else 0.5 if len(shape) == 2 else 0.1


def _merged(ranks: Iterable[float]) -> dict[float, int]:
    """Rank → number of its stage."""
    numbers: dict[float, int] = {}
    first = 0.0
    for rank in sorted(set(ranks), reverse=True):
        if not numbers or rank < MERGED * first:
            first, number = rank, len(set(numbers.values()))
        numbers[rank] = number
    return numbers


def _stage(n: int, operations: Sequence[Any], stage_of: Sequence[int], users: dict[int, list[int]]) -> Stage:
    mine = [k for k, s in enumerate(stage_of) if s == n]
    leaving = [k for k in mine if any(stage_of[j] > n for j in users[k])] or mine[-1:]
    kinds: dict[str, list[int]] = {}
    for k in mine:
        if type(operations[k]).__name__ != "InputLayer":
            kinds.setdefault(_kind(operations[k]), []).append(_shape(operations[k].output)[-1])
    layers = tuple(Layers(kind, len(w), min(w), max(w)) for kind, w in kinds.items())
    parameters = sum(int(o.count_params()) for k in mine if hasattr(o := operations[k], "count_params"))
    return Stage(_shape(operations[leaving[-1]].output), layers, parameters, len(leaving))


def _kind(operation: Any) -> str:
    name = type(operation).__name__
    word = WORDS.get(name, name)
    if name == "Bidirectional":
        inner = type(operation.forward_layer).__name__
        return f"{WORDS.get(inner, inner)} {word}"
    kernel = getattr(operation, "kernel_size", None) or getattr(operation, "pool_size", None)
    return f"{word} {kernel[0]} × {kernel[1]}" if kernel and len(kernel) == 2 else word


def _shape(output: Any) -> Tensor:
    return tuple(int(n or 0) for n in _tensors(output)[0].shape[1:])


def _tensors(given: Any) -> list[Any]:
    return list(given) if isinstance(given, (list, tuple)) else [given]


# --- kept -------------------------------------------------------------------------------------------------


def stages_file() -> Path:
    """Where the stages of all networks are kept."""
    return assets_dir() / "models_layers.json"


@cache
def kept() -> Mapping[str, Mapping[int, tuple[Stage, ...]]]:
    """Stages by model and input side, as counted when the file was made (`fer_core.models.images.counts`)."""
    plain = json.loads(stages_file().read_text("utf-8"))
    return {
        name: {int(size): tuple(map(Stage.from_json, told)) for size, told in sizes.items()}
        for name, sizes in plain.items()
    }


def text_of(everything: Mapping[str, Mapping[int, Sequence[Stage]]]) -> str:
    """The file's text: {model: {side: stages}}, a stage on each line."""
    models = []
    for name, sizes in everything.items():
        parts = [
            f"  {json.dumps(str(size))}: [\n" + ",\n".join(f"   {json.dumps(s.to_json())}" for s in told) + "]"
            for size, told in sizes.items()
        ]
        models.append(f" {json.dumps(name)}: {{\n" + ",\n".join(parts) + "}")
    return "{\n" + ",\n".join(models) + "}\n"


def main_layers(stage: Stage) -> tuple[Layers, ...]:
    """The layers that a short description names."""
    major = tuple(x for x in stage.layers if x.kind not in MINOR)
    return major or stage.layers
