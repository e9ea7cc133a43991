"""A random forest as plain arrays: taken out of scikit-learn, and read without it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = dict[str, npt.NDArray[Any]]
LEAF = -1
"""The feature of a node that asks nothing."""


def forest_arrays(model: Any) -> Arrays:
    """The trees of a fitted RandomForestClassifier, one after another.

    Returns
    -------
    dict
        ``first`` (trees,) where each tree's nodes begin. By node: ``feature`` (-1 in a leaf), ``threshold``,
        ``left``, ``right`` (nodes of the whole list; in a leaf, ``left`` is its row of ``shares``).
        ``shares`` (leaves, classes): of the training images there.

    Thresholds are float32, rounded down. Features are float32 too, and for those x <= t says the same as
    x <= the largest float32 that is not above t, so that no image takes another way.
    """
    trees = [estimator.tree_ for estimator in model.estimators_]
    sizes = np.array([t.node_count for t in trees])
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    leaf = np.concatenate([t.children_left < 0 for t in trees])
    left, right = (
        np.concatenate([getattr(t, side) + start for t, start in zip(trees, first, strict=True)])
        for side in ("children_left", "children_right")
    )
    left[leaf] = np.arange(leaf.sum())
    right[leaf] = 0
    counts = np.concatenate([t.value[:, 0, :] for t in trees])[leaf]
    return {
        "first": first,
        "feature": np.where(leaf, LEAF, np.concatenate([t.feature for t in trees])).astype(np.int16),
        "threshold": _rounded_down(np.concatenate([t.threshold for t in trees])),
        "left": left.astype(np.int32),
        "right": right.astype(np.int32),
        "shares": (counts / counts.sum(axis=1, keepdims=True)).astype(np.float32),
    }


def forest_probabilities(arrays: Mapping[str, npt.NDArray[Any]], z: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """(n, classes): the mean over trees of the shares in the leaf each row of ``z`` (n, features) reaches."""
    total = np.zeros((len(z), arrays["shares"].shape[1]))
    for start in arrays["first"]:
        total += arrays["shares"][_leaves(arrays, z, int(start))]
    return total / len(arrays["first"])


def _leaves(arrays: Mapping[str, npt.NDArray[Any]], z: npt.NDArray[np.float32], start: int) -> npt.NDArray[np.int64]:
    """The row of ``shares`` each row of ``z`` reaches from the tree whose root is node ``start``."""
    node = np.full(len(z), start, np.int64)
    going = np.arange(len(z))
    while len(going := going[arrays["feature"][node[going]] != LEAF]):
        at = node[going]
        below = z[going, arrays["feature"][at]] <= arrays["threshold"][at]
        node[going] = np.where(below, arrays["left"][at], arrays["right"][at])
    return np.asarray(arrays["left"][node], np.int64)


def _rounded_down(thresholds: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    nearest = thresholds.astype(np.float32)
    return np.where(nearest > thresholds, np.nextafter(nearest, np.float32(-np.inf)), nearest).astype(np.float32)
