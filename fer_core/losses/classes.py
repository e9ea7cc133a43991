"""Losses of one distribution over classes, on keras.ops so that any Keras backend can train with them.

Each takes targets y and predictions p, both (n, k) with rows that sum to 1, and gives the mean of the batch.

The studies print their losses for one true class, l(p_y). For targets that are shared between classes
(MixUp, CutMix, label smoothing, votes) they are extended by expectation: sum_k y_k w_k l(p_k). For a one-hot
y that is the printed formula; for y = a e_i + (1 - a) e_j it is a times the loss of i and 1 - a times the
loss of j, which is how Zhang et al. (2018) mix. So a weight belongs to the class of a share, not to an image.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
from keras import ops

from fer_core.base.errors import SettingError

LossName = Literal["cross-entropy", "focal", "poly-focal"]
LOSS_NAMES: tuple[LossName, ...] = get_args(LossName)
Loss = Callable[[Any, Any], Any]

EPSILON = 1e-7
"""Within logarithms and powers probabilities are kept this far from 0 and 1, as Keras does.

A predicted share of exactly 0, as sparsemax gives, so costs -log(1e-7) = 16.1 and not infinity. Where the
clip holds, the derivative of those terms is 0. The polynomial term is not clipped and keeps its slope,
-lambda. With sparsemax neither reaches the logits: a class outside the support has no derivative at all
(`sparsemax`), so an image whose true class gets 0 teaches nothing with a one-hot target, and one at the edge
of it has a slope of up to 1e7. The networks that end with sparsemax are therefore trained with a share of
softmax beside it (`Sparsemax`'s leak).
"""


@dataclass(frozen=True)
class ClassLoss:
    """Which loss, and its constants.

    Parameters
    ----------
    name : {"cross-entropy", "focal", "poly-focal"}
    gamma : float, 0 or more
        Focus on what is not yet recognised; of the focal losses. 2 in Lin et al. (2017) and Suwartono et al.
    lam : float, 0 or more
        Weight of the polynomial term; of "poly-focal". 1 in Suwartono et al.
    smoothing : float in [0, 1)
        Share of each target that is spread over all classes evenly. 0.05 in Suwartono et al.

    Raises
    ------
    SettingError
        A value is outside its range.
    """

    name: LossName = "cross-entropy"
    gamma: float = 2.0
    lam: float = 1.0
    smoothing: float = 0.0

    def __post_init__(self) -> None:
        if self.name not in LOSS_NAMES:
            raise SettingError(f"{self.name!r} is no loss", fix="use one of " + ", ".join(LOSS_NAMES))
        if not self.gamma >= 0 or not self.lam >= 0:
            raise SettingError("gamma and lambda of a loss cannot be negative", fix="use 0 or more")
        if not 0 <= self.smoothing < 1:
            raise SettingError(
                f"the label smoothing {self.smoothing} is outside [0, 1)", fix="use a share such as 0.05"
            )

    def keras(self, weights: npt.ArrayLike | None = None) -> Loss:
        """The function (y, p) → mean over the batch, for `keras.Model.compile`.

        Parameters
        ----------
        weights : array-like (k,), optional
            One per class; 1 each where not given. They are not divided by their sum or mean.

        Raises
        ------
        SettingError
            The weights are not a vector of finite numbers from 0 up.
        """
        return _reduced(self._of_share, self.smoothing, weights)

    def _of_share(self, p: Any) -> Any:
        """l(p_k) of each class, were it the true one."""
        if self.name == "cross-entropy":
            return cross_entropy_term(p)
        if self.name == "focal":
            return focal_term(p, self.gamma)
        return poly_focal_term(p, self.gamma, self.lam)

    def record(self) -> dict[str, Any]:
        """Its fields as plain data."""
        return asdict(self)


def cross_entropy_term(p: Any) -> Any:
    """-log p."""
    return -ops.log(_clipped(p))


def focal_term(p: Any, gamma: float) -> Any:
    """-(1 - p)^gamma log p (Lin et al., 2017, equation 4)."""
    held = _clipped(p)
    return -ops.power(1.0 - held, gamma) * ops.log(held)


def poly_focal_term(p: Any, gamma: float, lam: float) -> Any:
    """-(1 - p)^gamma log p + lambda (1 - p) (Suwartono et al., section 3.4).

    Leng et al.'s (2022) PolyLoss adds epsilon (1 - p)^(gamma + 1) instead; this is as printed.
    """
    return focal_term(p, gamma) + lam * (1.0 - p)


def smoothed(y: Any, share: float) -> Any:
    """Targets (1 - share) y + share / k (Szegedy et al., 2016, section 7); ``y`` (n, k) may be soft."""
    y = ops.cast(y, "float32")
    return (1.0 - share) * y + share / y.shape[-1]


def _reduced(term: Callable[[Any], Any], smoothing: float, weights: npt.ArrayLike | None) -> Loss:
    w = None if weights is None else _checked(weights)

    def loss(y_true: Any, y_pred: Any) -> Any:
        y = smoothed(y_true, smoothing) if smoothing else ops.cast(y_true, "float32")
        weighted = y if w is None else y * w
        return ops.mean(ops.sum(weighted * term(ops.cast(y_pred, "float32")), axis=-1))

    return loss


def _clipped(p: Any) -> Any:
    return ops.clip(p, EPSILON, 1.0 - EPSILON)


def _checked(weights: npt.ArrayLike) -> npt.NDArray[np.float32]:
    w = np.asarray(weights, np.float32)
    if w.ndim != 1 or not np.isfinite(w).all() or (w < 0).any():
        raise SettingError("class weights are numbers from 0 up", fix="give one for each class")
    return w
