"""A bundle's ONNX graph with its numbers in 16 bits, where nothing is lost by it: half the size.

The converter folds batch normalization into the convolution before it: each output channel's kernel times a
number of its own. Such an array is no longer one of 16-bit numbers, but the kernel and the factors are kept
apart here, and multiplied when the graph is loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import BundleError

SMALLEST = 256
"""Numbers of an array from which storing it in 16 bits is worth a node of the graph."""
ROUNDING = 1e-6
"""How far, of an array's largest number, a product may be from what the converter worked out in 32 bits."""

Floats = npt.NDArray[np.float32]


def halve_graph(file: Path, weights: Sequence[Floats] = ()) -> int:
    """Store arrays of a graph in 16 bits, with nodes that widen them again; returns how many.

    Arrays whose every number is one of 16 bits, and those that are such an array of ``weights`` (Keras'
    order of axes) times a factor for each output channel. The graph computes in 32 bits as before.

    Raises `BundleError` where the file is no ONNX graph.
    """
    import onnx

    try:
        model = onnx.load(str(file))
    except Exception as error:  # protobuf's own kinds
        raise BundleError("the graph cannot be read", where=str(file), fix="write it again") from error
    known = [turned for w in weights if _is_half(w) for turned in _turned(w)]
    arrays, nodes = [], []
    for tensor in model.graph.initializer:
        new, widening = _narrowed(tensor, known)
        arrays += new
        nodes += widening
    del model.graph.initializer[:]
    model.graph.initializer.extend(arrays)
    others = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*nodes, *others])  # in the order they run
    onnx.checker.check_model(model)
    onnx.save(model, str(file))
    return sum(node.op_type == "Cast" and node.name.startswith("widen_") for node in nodes)


def _narrowed(tensor: Any, known: Sequence[Floats]) -> tuple[list[Any], list[Any]]:
    """What stands for an array: the arrays, and the nodes that make it of them."""
    from onnx import TensorProto, helper, numpy_helper

    values, name = numpy_helper.to_array(tensor), tensor.name
    if values.dtype != np.float32 or values.size < SMALLEST:
        return [tensor], []
    if _is_half(values):
        half = numpy_helper.from_array(values.astype(np.float16), f"{name}__16")
        return [half], [helper.make_node("Cast", [half.name], [name], f"widen_{name}", to=TensorProto.FLOAT)]
    for kernel in known:
        factors = _factors(values, kernel)
        if factors is not None:
            half = numpy_helper.from_array(kernel.astype(np.float16), f"{name}__16")
            scale = numpy_helper.from_array(factors, f"{name}__scale")
            cast = helper.make_node("Cast", [half.name], [f"{name}__32"], f"widen_{name}", to=TensorProto.FLOAT)
            return [half, scale], [cast, helper.make_node("Mul", [f"{name}__32", scale.name], [name])]
    return [tensor], []


def _is_half(values: npt.NDArray[Any]) -> bool:
    if values.dtype != np.float32:
        return False
    with np.errstate(over="ignore"):
        return bool((values.astype(np.float16).astype(np.float32) == values).all())


def _turned(kernel: Floats) -> list[Floats]:
    """A convolution's kernel (h, w, in, out), or a depthwise one's (h, w, c, 1), in ONNX's order of axes."""
    if kernel.ndim != 4:
        return []
    ways = [kernel.transpose(3, 2, 0, 1)]
    return [*ways, kernel.transpose(2, 3, 0, 1)] if kernel.shape[3] == 1 else ways


def _factors(values: Floats, kernel: Floats) -> Floats | None:
    """float32 (out, 1, 1, 1) by which a kernel's channels must be multiplied to give the values, or None."""
    if values.shape != kernel.shape:
        return None
    v, k = (a.astype(np.float64).reshape(len(a), -1) for a in (values, kernel))
    size = (k**2).sum(axis=1)
    factors = np.where(size > 0, (v * k).sum(axis=1) / np.maximum(size, 1e-300), 0.0).astype(np.float32)
    if np.abs(v - factors[:, None] * k).max() > ROUNDING * max(float(np.abs(v).max()), 1e-30):
        return None
    return factors.reshape(-1, 1, 1, 1)
