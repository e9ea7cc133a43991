"""The classical baselines of Suwartono et al. (2025): 128 principal components, then a classifier of
scikit-learn.

What is fitted is taken out of scikit-learn as plain arrays at once, and read from those: a recogniser is
saved without pickle and gives the same probabilities on any version (`fer_core.models.images.forest` reads
trees).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from fer_core.base.errors import SettingError, TrainingError
from fer_core.models.images.forest import forest_arrays, forest_probabilities

Pixels = npt.NDArray[np.uint8] | npt.NDArray[np.float32]
Arrays = dict[str, npt.NDArray[Any]]

COMPONENTS = 128
"""Fewer where there are fewer images or pixels."""
TREES = 300
LONGEST = 2000
"""Iterations of a linear solver. The study names no regularisation: C is 1, as predefined."""


class ClassicalRecogniser:
    """Pixels in [0, 1] as vectors, projected on their principal components, classified.

    Parameters
    ----------
    classes : int
        Classes are 0 to classes - 1. One without training images gets probability 0.
    seed : int
        Of what scikit-learn draws.
    """

    kind: ClassVar[str]

    def __init__(self, classes: int = 7, seed: int = 0) -> None:
        self.classes, self.seed = classes, seed
        self.arrays: Arrays = {}

    def fit(self, x: Pixels, y: npt.NDArray[np.integer[Any]]) -> ClassicalRecogniser:
        """Learn from images (n, h, w) or (n, h, w, c), uint8 or float32 in [0, 1], and their classes (n,).

        Raises `TrainingError` where all images are of one class.
        """
        from sklearn.decomposition import PCA  # loaded late: it takes a second

        if len(np.unique(y)) < 2:
            raise TrainingError("all training images are of one class", fix="train on two classes or more")
        vectors = as_vectors(x)
        most = min(COMPONENTS, len(vectors) - 1, vectors.shape[1])
        pca = PCA(most, svd_solver="covariance_eigh").fit(vectors)
        projected = {"mean": pca.mean_, "components": pca.components_, "known": np.unique(y)}
        self.arrays = {k: np.asarray(v) for k, v in projected.items()}
        self.arrays |= self._fitted(self._projected(vectors), y)
        return self

    def probabilities(self, x: Pixels) -> npt.NDArray[np.float32]:
        """(n, classes), rows sum to 1, for images as `fit` takes them."""
        if not self.arrays:
            raise TrainingError(f"{self.kind} is not fitted yet", fix="fit it, or load its arrays")
        found = np.zeros((len(x), self.classes), np.float32)
        found[:, self.arrays["known"]] = self._read(self._projected(as_vectors(x)))
        return found

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]], classes: int = 7) -> ClassicalRecogniser:
        """The recogniser whose `arrays` these are."""
        made = cls(classes)
        made.arrays = dict(arrays)
        return made

    def count_params(self) -> int:
        """Numbers it holds."""
        return sum(a.size for a in self.arrays.values())

    def _projected(self, vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        centred = vectors - self.arrays["mean"]
        return np.asarray(centred @ self.arrays["components"].T, np.float32)

    def _fitted(self, z: npt.NDArray[np.float32], y: npt.NDArray[np.integer[Any]]) -> Arrays:
        raise NotImplementedError

    def _read(self, z: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """(n, known classes) of projected images."""
        raise NotImplementedError


class _Linear(ClassicalRecogniser):
    """One score per known class, softmax over them."""

    def _model(self) -> Any:
        raise NotImplementedError

    def _fitted(self, z: npt.NDArray[np.float32], y: npt.NDArray[np.integer[Any]]) -> Arrays:
        model = self._model().fit(z, y)
        weights, bias = np.asarray(model.coef_), np.asarray(model.intercept_)
        if len(weights) == 1:  # of two classes scikit-learn scores the second alone
            weights, bias = np.concatenate([0 * weights, weights]), np.concatenate([0 * bias, bias])
        return {"weights": weights, "bias": bias}

    def _read(self, z: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        scores = z.astype(np.float64) @ self.arrays["weights"].T + self.arrays["bias"]
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(e / e.sum(axis=1, keepdims=True))


class PcaLogistic(_Linear):
    """Multinomial logistic regression."""

    kind = "pca-logistic"

    def _model(self) -> Any:
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(max_iter=LONGEST, random_state=self.seed)


class PcaLinearSvc(_Linear):
    """Linear support vector classifiers, one against all others, of the squared hinge loss.

    The study prints the hinge itself. On FER2013's training part its solver (dual coordinate descent) had not
    converged after 100 passes and stood below 0.29 accuracy; the square, predefined in scikit-learn, is
    solved in six steps of Newton's method.

    They give margins. Its "probabilities" are the softmax of those: they name the same class and rank as the
    margins do, and are not calibrated. Of two classes, the other one's margin counts as 0.
    """

    kind = "pca-linear-svc"

    def _model(self) -> Any:
        from sklearn.svm import LinearSVC

        return LinearSVC(dual=False, max_iter=LONGEST, random_state=self.seed)


class PcaRandomForest(ClassicalRecogniser):
    """300 trees on bootstrap samples (section 3.6), their leaves' shares averaged."""

    kind = "pca-random-forest"

    def _fitted(self, z: npt.NDArray[np.float32], y: npt.NDArray[np.integer[Any]]) -> Arrays:
        from sklearn.ensemble import RandomForestClassifier

        model = RandomForestClassifier(TREES, random_state=self.seed, n_jobs=-1).fit(z, y)
        return forest_arrays(model)

    def _read(self, z: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        return forest_probabilities(self.arrays, z)


KINDS: dict[str, type[ClassicalRecogniser]] = {k.kind: k for k in (PcaLogistic, PcaLinearSvc, PcaRandomForest)}


def as_vectors(x: Pixels) -> npt.NDArray[np.float32]:
    """Images (n, ...) as rows of float32 in [0, 1]. Raises `SettingError` for what is no batch of images."""
    if x.ndim not in (3, 4):
        raise SettingError("a classical model reads a batch of images", fix="give (n, h, w) or (n, h, w, c)")
    rows = x.reshape(len(x), -1)
    return rows.astype(np.float32) / np.float32(255) if x.dtype == np.uint8 else rows.astype(np.float32)


def load_classical(kind: str, arrays: Mapping[str, npt.NDArray[Any]], classes: int) -> ClassicalRecogniser:
    """A recogniser from its registered name and its arrays. Raises `SettingError` for an unknown name."""
    if kind not in KINDS:
        raise SettingError(f"{kind!r} is no classical model", fix="use one of " + ", ".join(KINDS))
    return KINDS[kind].from_arrays(arrays, classes)


def pca_logistic(classes: int = 7, **others: Any) -> PcaLogistic:
    """For the registry; input side, channels, dropout and weights mean nothing to it."""
    return PcaLogistic(classes)


def pca_linear_svc(classes: int = 7, **others: Any) -> PcaLinearSvc:
    """For the registry, as `pca_logistic`."""
    return PcaLinearSvc(classes)


def pca_random_forest(classes: int = 7, **others: Any) -> PcaRandomForest:
    """For the registry, as `pca_logistic`."""
    return PcaRandomForest(classes)
