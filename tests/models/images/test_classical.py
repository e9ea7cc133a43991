"""The classical baselines against scikit-learn's own predictions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from fer_core.base.errors import SettingError, TrainingError
from fer_core.models.images import classical
from fer_core.models.images.classical import KINDS, ClassicalRecogniser, load_classical
from fer_core.models.images.forest import _rounded_down, forest_arrays, forest_probabilities
from fer_core.models.images.registry import find

NAMES = tuple(KINDS)


def pictures(n: int = 150, size: int = 8, classes: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Blurred prints of a pattern per class in noise, uint8."""
    g = np.random.default_rng(seed)
    patterns = np.random.default_rng(99).uniform(60, 190, (classes, size, size))
    y = g.integers(classes, size=n)
    return np.clip(patterns[y] + g.normal(0, 45, (n, size, size)), 0, 255).astype(np.uint8), y


@pytest.fixture(autouse=True)
def few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classical, "TREES", 30)


def theirs(name: str, x: np.ndarray, y: np.ndarray, new: np.ndarray) -> np.ndarray:
    """The same by scikit-learn from end to end."""
    vectors, others = (a.reshape(len(a), -1).astype(np.float32) / np.float32(255) for a in (x, new))
    pca = PCA(min(128, len(x) - 1, vectors.shape[1]), svd_solver="covariance_eigh").fit(vectors)
    z = (pca.transform(a) for a in (vectors, others))
    z, at = (np.asarray(a, np.float32) for a in z)
    if name == "pca-logistic":
        return LogisticRegression(max_iter=2000, random_state=0).fit(z, y).predict_proba(at)
    if name == "pca-random-forest":
        return RandomForestClassifier(30, random_state=0).fit(z, y).predict_proba(at)
    margins = LinearSVC(dual=False, max_iter=2000, random_state=0).fit(z, y).decision_function(at)
    if margins.ndim == 1:
        margins = np.stack([np.zeros_like(margins), margins], axis=1)
    e = np.exp(margins)
    return e / e.sum(1, keepdims=True)


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("name", NAMES)
def test_they_say_what_scikit_learn_says(name: str, classes: int) -> None:
    (x, y), (new, _) = pictures(classes=classes), pictures(seed=1, classes=classes)
    got = KINDS[name](classes).fit(x, y).probabilities(new)
    assert got == pytest.approx(theirs(name, x, y, new), abs=2e-5)


@pytest.mark.parametrize("name", NAMES)
def test_they_learn_and_are_the_same_for_the_same_seed(name: str) -> None:
    (x, y), (new, truth) = pictures(), pictures(seed=1)
    one, two = (KINDS[name](4, seed=3).fit(x, y).probabilities(new) for _ in range(2))
    assert np.array_equal(one, two)
    assert one.sum(1) == pytest.approx(np.ones(len(new)), abs=1e-5)
    assert (one.argmax(1) == truth).mean() > 0.6
    scaled = KINDS[name](4, seed=3).fit(x[..., None].astype(np.float32) / 255, y).probabilities(new)
    assert scaled == pytest.approx(one, abs=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_they_are_saved_as_plain_arrays(name: str, tmp_path: Path) -> None:
    x, y = pictures()
    fitted = KINDS[name](4).fit(x, y)
    np.savez(tmp_path / "arrays.npz", **fitted.arrays)
    with np.load(tmp_path / "arrays.npz", allow_pickle=False) as stored:
        again = load_classical(name, {k: stored[k] for k in stored.files}, 4)
    assert np.array_equal(again.probabilities(x), fitted.probabilities(x))
    assert again.count_params() > 64 * 64


@pytest.mark.parametrize("name", NAMES)
def test_a_class_nobody_shows_gets_nothing(name: str) -> None:
    x, y = pictures(classes=3)
    got = KINDS[name](7).fit(x, np.array([1, 4, 6])[y]).probabilities(x)
    assert (got[:, [0, 2, 3, 5]] == 0).all() and got.sum(1) == pytest.approx(np.ones(len(x)), abs=1e-5)


def test_a_forest_of_arrays_is_exactly_the_forest() -> None:
    g = np.random.default_rng(0)
    z = np.round(g.normal(size=(400, 12)), 1).astype(np.float32)  # many ties with thresholds
    y = g.integers(5, size=400)
    model = RandomForestClassifier(25, random_state=1).fit(z, y)
    arrays = forest_arrays(model)
    limits = arrays["threshold"][arrays["feature"] >= 0]
    near = np.stack([np.nextafter(limits, np.float32(s)) for s in (-np.inf, np.inf)] + [limits], 1)
    new = np.concatenate([z, g.choice(near.ravel(), (2000, 12)).astype(np.float32)])
    assert forest_probabilities(arrays, new) == pytest.approx(model.predict_proba(new), abs=1e-6)
    for tree, first in zip(model.estimators_, arrays["first"], strict=True):
        assert arrays["feature"][first] == tree.tree_.feature[0]


def test_thresholds_are_rounded_down() -> None:
    t = np.random.default_rng(0).normal(size=1000)
    down = _rounded_down(t)
    assert (down <= t).all() and (np.nextafter(down, np.float32(np.inf)) > t).all()


def test_the_registry_builds_them() -> None:
    for name in NAMES:
        made = find(name).build(48, 1, classes=5)
        assert isinstance(made, ClassicalRecogniser) and made.kind == name and made.classes == 5


def test_what_cannot_be_done_is_said() -> None:
    x, y = pictures(20)
    with pytest.raises(TrainingError, match="one class"):
        KINDS["pca-logistic"]().fit(x, 0 * y)
    with pytest.raises(TrainingError, match="not fitted"):
        KINDS["pca-logistic"]().probabilities(x)
    with pytest.raises(SettingError, match="batch of images"):
        KINDS["pca-logistic"]().fit(x[0], y)
    with pytest.raises(SettingError, match="pca-random-forest"):
        load_classical("pca-knn", {}, 7)
