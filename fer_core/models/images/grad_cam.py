"""Grad-CAM: where in a picture a network's score of a class rests (Selvaraju et al., 2017).

The weight of feature map k for class c is the mean of the score's gradient over the map's places, and the
heat is what the weighted maps sum to, where it is positive (equations 1 and 2):

    a_k = 1/Z sum_ij dy_c / dA_k,ij        L = ReLU(sum_k a_k A_k)

y_c is the score before softmax or sparsemax. TensorFlow's gradients: the app's server, which must not load
it, asks a process of its own (`fer_core.models.images.grad_cam_service`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import BundleError

Floats = npt.NDArray[np.float32]

LOGIT, LOG_PROBABILITY = "logit", "log probability"


@dataclass(frozen=True)
class Heat:
    """Grad-CAM of one picture for every class.

    Attributes
    ----------
    emotions : the classes
    probabilities : float32 (E,), as the network gives them, before any temperature
    heat : float32 (E, size, size), 0 to 1: shares of the class's own largest value; all 0 where nothing in
        the maps speaks for the class
    layers : names of the layers whose maps were weighted; several where branches meet behind them
    grid : rows and columns of the last of these maps: how fine the heat really is
    score : "logit", or "log probability" where the network has no layer before its probabilities to ask
    """

    emotions: tuple[str, ...]
    probabilities: Floats
    heat: Floats
    layers: tuple[str, ...]
    grid: tuple[int, int]
    score: str


class GradCam:
    """A functional Keras network made ready for `heat`.

    Raises
    ------
    BundleError
        Where no layer gives maps of at least 2 by 2 places.
    """

    def __init__(self, network: Any) -> None:
        import keras

        final = final_maps(network)
        if not final:
            raise BundleError(
                "the network has no feature maps to weigh",
                where=network.name,
                fix="use a convolutional network on larger pictures",
            )
        self.layers = tuple(layer.name for layer in final)
        before, self._score, self.score = _score_of(network)
        outputs = [*(layer.output for layer in final), before, network.output]
        self._inner = keras.Model(network.inputs, outputs)
        self._network = network

    def heat(self, picture: npt.NDArray[np.uint8]) -> tuple[Floats, Floats, tuple[int, int]]:
        """Heat (E, size, size) for every class, probabilities (E,), and the last map's rows and columns.

        ``picture``: uint8 (size, size, channels).
        """
        import tensorflow as tf

        x = tf.convert_to_tensor(picture[None].astype(np.float32) / np.float32(255))
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            *maps, before, said = self._inner(x, training=False)
            scores = self._score(before)
            each = [scores[0, c] for c in range(scores.shape[-1])]
        size = picture.shape[0]
        heat = np.stack([self._one(maps, tape.gradient(y, maps), size) for y in each])
        grid = (int(maps[-1].shape[1]), int(maps[-1].shape[2]))
        return heat, np.asarray(said, dtype=np.float32)[0], grid

    @staticmethod
    def _one(maps: Sequence[Any], gradients: Sequence[Any], size: int) -> Floats:
        total = np.zeros((size, size), dtype=np.float32)
        for a, g in zip(maps, gradients, strict=True):
            if g is not None:  # a branch that this class does not depend on
                total += enlarged(class_map(np.asarray(a)[0], np.asarray(g)[0]), size)
        return scaled(total)


def heat_of(network: Any, picture: npt.NDArray[np.uint8], emotions: tuple[str, ...], mirrored: bool = False) -> Heat:
    """Grad-CAM of a picture, uint8 (size, size, channels), for every class of a network.

    ``mirrored``: the network is read on the picture and its mirror image; heat and probabilities are then
    the means of both, the mirror image's turned back.
    """
    cam = GradCam(network)
    heat, said, grid = cam.heat(picture)
    if mirrored:
        again, too, _ = cam.heat(np.ascontiguousarray(picture[:, ::-1]))
        heat = np.stack([scaled(h) for h in (heat + again[:, :, ::-1]) / 2])
        said = (said + too) / 2
    return Heat(emotions, said, heat, cam.layers, grid, cam.score)


def class_map(maps: Floats, gradients: Floats) -> Floats:
    """Equations 1 and 2 for one class: maps and the score's gradients (h, w, k) give (h, w), 0 or more."""
    weights = gradients.astype(np.float64).mean(axis=(0, 1))
    return np.maximum(maps.astype(np.float64) @ weights, 0.0).astype(np.float32)


def enlarged(heat: Floats, size: int) -> Floats:
    """A map (h, w) at the picture's size, by linear interpolation: (size, size)."""
    import cv2

    return np.asarray(cv2.resize(heat, (size, size), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def scaled(heat: Floats) -> Floats:
    """Shares of the largest value, 0 to 1; all 0 where that is 0."""
    most = float(heat.max())
    return heat / np.float32(most) if most > 0 else np.zeros_like(heat)


def final_maps(network: Any) -> list[Any]:
    """The layers with the last maps: outputs (n, h, w, c) of 2 by 2 places or more, no other such behind.

    One in most networks, one for each branch where branches meet only behind them.
    """
    import keras

    layers = [layer for layer in network.layers if _tensors(layer, keras) is not None]
    followed: set[int] = set()  # outputs with a map behind them
    final = []
    for layer in reversed(layers):
        inputs, outputs = _tensors(layer, keras) or ([], [])
        maps = any(_is_map(t) for t in outputs)
        behind = any(id(t) in followed for t in outputs)
        if maps and not behind and not isinstance(layer, keras.layers.InputLayer):
            final.append(layer)
        if maps or behind:
            followed.update(id(t) for t in inputs)
    return final[::-1]


def _tensors(layer: Any, keras: Any) -> tuple[list[Any], list[Any]] | None:
    try:
        return keras.tree.flatten(layer.input), keras.tree.flatten(layer.output)
    except (AttributeError, ValueError):
        return None


def _is_map(tensor: Any) -> bool:
    shape = tensor.shape
    return len(shape) == 4 and all(n is not None and n >= 2 for n in shape[1:3])


def _score_of(network: Any) -> tuple[Any, Callable[[Any], Any], str]:
    """A tensor of the network, and what makes it the classes' scores (n, E); which kind of scores."""
    import keras
    from keras import ops

    from fer_core.models.images.layers import Sparsemax

    last = network.layers[-1]
    if isinstance(last, (keras.layers.Softmax, Sparsemax)) or (
        isinstance(last, keras.layers.Activation) and last.activation is keras.activations.softmax
    ):
        return last.input, lambda z: ops.cast(z, "float32"), LOGIT
    if isinstance(last, keras.layers.Dense) and last.activation is keras.activations.softmax:
        return last.input, lambda z: ops.matmul(ops.cast(z, "float32"), last.kernel) + last.bias, LOGIT
    return network.output, lambda p: ops.log(ops.maximum(p, 1e-12)), LOG_PROBABILITY
