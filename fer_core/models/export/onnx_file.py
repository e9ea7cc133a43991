"""The pass as an ONNX graph, node by node; needs the package onnx and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.models.bundle import Bundle
from fer_core.models.export.graph import input_names, outputs
from fer_core.models.export.optional_packages import needed

OPSET, IR_VERSION = 17, 8
"""Of ONNX 1.12 (2022), so that runtimes of recent years read it."""


def write_onnx(bundle: Bundle, about: Mapping[str, Any], shapes: Mapping[str, Sequence[Any]], file: Path) -> None:
    """Write a bundle as an ONNX file whose metadata hold ``about``.

    ``shapes``: of every input and output, with ``"n"`` for the number of clips. Raises `BundleError` where
    onnx is not installed.
    """
    onnx = needed("onnx")
    graph = _Graph()
    given = {name: _Value(graph, name) for name in input_names(bundle)}
    named = outputs(graph, bundle, given)
    for name, value in named.items():
        graph.node("Identity", [value.name], name)
    helper = onnx.helper

    def info(name: str) -> Any:
        return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, list(shapes[name]))

    made = helper.make_graph(
        graph.nodes, "fer_lab", [info(n) for n in given], [info(n) for n in named], graph.constants
    )
    model = helper.make_model(
        made,
        producer_name="FER Lab",
        producer_version=str(about["fer_lab"]),
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)],
        doc_string=str(about["notice"]),
    )
    helper.set_model_props(model, {k: v if isinstance(v, str) else json.dumps(v) for k, v in about.items()})
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(file))


@dataclass
class _Graph:
    """An `Algebra` that writes down nodes instead of computing."""

    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def node(self, kind: str, inputs: Sequence[str], name: str = "", **how: Any) -> _Value:
        name = name or f"v{len(self.nodes)}"
        self.nodes.append(needed("onnx").helper.make_node(kind, list(inputs), [name], **how))
        return _Value(self, name)

    def stored(self, values: npt.NDArray[Any]) -> _Value:
        name = f"c{len(self.constants)}"
        self.constants.append(needed("onnx").numpy_helper.from_array(values, name))
        return _Value(self, name)

    def constant(self, values: npt.ArrayLike) -> _Value:
        return self.stored(np.asarray(values, dtype=np.float32))

    def take(self, x: _Value, at: npt.NDArray[np.int64], axis: int) -> _Value:
        return self.node("Gather", [x.name, self.stored(np.asarray(at, np.int64)).name], axis=axis)

    def frame(self, x: _Value, at: int, axis: int) -> _Value:
        return self.node("Gather", [x.name, self.stored(np.array(at, np.int64)).name], axis=axis)

    def cut(self, x: _Value, start: int, stop: int) -> _Value:
        bounds = [self.stored(np.array([v], np.int64)).name for v in (start, stop, -1)]
        return self.node("Slice", [x.name, *bounds])

    def join(self, parts: Sequence[_Value], axis: int) -> _Value:
        return self.node("Concat", [p.name for p in parts], axis=axis)

    def reshape(self, x: _Value, shape: Sequence[int]) -> _Value:
        return self.node("Reshape", [x.name, self.stored(np.array(shape, np.int64)).name])

    def transpose(self, x: _Value, order: Sequence[int]) -> _Value:
        return self.node("Transpose", [x.name], perm=list(order))

    def mean(self, x: _Value, axis: int, keep: bool = True) -> _Value:
        return self.node("ReduceMean", [x.name], axes=[axis], keepdims=int(keep))

    def total(self, x: _Value, axis: int) -> _Value:
        return self.node("ReduceSum", [x.name, self.stored(np.array([axis], np.int64)).name], keepdims=1)

    def sigmoid(self, x: _Value) -> _Value:
        return self.node("Sigmoid", [x.name])

    def tanh(self, x: _Value) -> _Value:
        return self.node("Tanh", [x.name])

    def exp(self, x: _Value) -> _Value:
        return self.node("Exp", [x.name])

    def log(self, x: _Value) -> _Value:
        return self.node("Log", [x.name])

    def largest(self, x: _Value, y: _Value) -> _Value:
        return self.node("Max", [x.name, y.name])

    def smallest(self, x: _Value, y: _Value) -> _Value:
        return self.node("Min", [x.name, y.name])

    def softmax(self, x: _Value) -> _Value:
        return self.node("Softmax", [x.name], axis=-1)


@dataclass(frozen=True)
class _Value:
    """A tensor of the graph, by name."""

    graph: _Graph
    name: str

    def __add__(self, other: _Value) -> _Value:
        return self.graph.node("Add", [self.name, other.name])

    def __sub__(self, other: _Value) -> _Value:
        return self.graph.node("Sub", [self.name, other.name])

    def __mul__(self, other: _Value) -> _Value:
        return self.graph.node("Mul", [self.name, other.name])

    def __truediv__(self, other: _Value) -> _Value:
        return self.graph.node("Div", [self.name, other.name])

    def __matmul__(self, other: _Value) -> _Value:
        return self.graph.node("MatMul", [self.name, other.name])
