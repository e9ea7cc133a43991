"""The few operations the exported pass is made of; each format brings its own tensors for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Tensor = Any
"""A format's own tensor of float32. It has + - * / and @ (matrix product of the last two axes)."""


class Algebra(Protocol):
    """What the formats have in common. All shapes are fixed but for one axis, that of the clips."""

    def constant(self, values: npt.ArrayLike) -> Tensor:
        """Numbers that belong to the model, float32."""

    def take(self, x: Tensor, at: npt.NDArray[np.int64], axis: int) -> Tensor:
        """The entries at these positions of an axis, which stays."""

    def frame(self, x: Tensor, at: int, axis: int) -> Tensor:
        """The one entry of an axis, which goes."""

    def cut(self, x: Tensor, start: int, stop: int) -> Tensor:
        """The entries start to stop (exclusive) of the last axis."""

    def join(self, parts: Sequence[Tensor], axis: int) -> Tensor:
        """Tensors behind one another along an axis."""

    def reshape(self, x: Tensor, shape: Sequence[int]) -> Tensor:
        """Another shape; -1 stands for the axis that depends on the number of clips."""

    def transpose(self, x: Tensor, order: Sequence[int]) -> Tensor:
        """The axes in another order."""

    def mean(self, x: Tensor, axis: int, keep: bool = True) -> Tensor:
        """Mean along an axis, which stays with length 1 where it is kept."""

    def total(self, x: Tensor, axis: int) -> Tensor:
        """Sum along an axis, which stays with length 1."""

    def sigmoid(self, x: Tensor) -> Tensor:
        """1 / (1 + exp(-x))."""

    def tanh(self, x: Tensor) -> Tensor:
        """Hyperbolic tangent."""

    def exp(self, x: Tensor) -> Tensor:
        """e to the power x."""

    def log(self, x: Tensor) -> Tensor:
        """Natural logarithm."""

    def largest(self, x: Tensor, y: Tensor) -> Tensor:
        """The larger of two, element by element."""

    def smallest(self, x: Tensor, y: Tensor) -> Tensor:
        """The smaller of two, element by element."""

    def softmax(self, x: Tensor) -> Tensor:
        """exp(x) over its sum along the last axis."""
