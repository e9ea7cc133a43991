"""The losses over classes against the printed formulas in Python, Keras' own, and finite differences."""

from __future__ import annotations

import math
from collections.abc import Callable

import keras
import numpy as np
import pytest
from gradient_checks import gradient, slope
from keras import ops

from fer_core.base.errors import SettingError
from fer_core.losses.classes import EPSILON, ClassLoss
from fer_core.models.images.layers import sparsemax

CHOICES = [
    ClassLoss(),
    ClassLoss(smoothing=0.05),
    ClassLoss("focal", gamma=2.0),
    ClassLoss("focal", gamma=0.5),
    ClassLoss("poly-focal", gamma=2.0, lam=1.0),
    ClassLoss("poly-focal", gamma=3.0, lam=0.5, smoothing=0.05),
]
WEIGHTS = np.array([1.0, 9.4, 1.8, 0.5, 2.25], np.float32)


def of_one_class(choice: ClassLoss, p: float) -> float:
    """The printed formula for the true class's probability, in double precision."""
    if choice.name == "cross-entropy":
        return -math.log(p)
    focal = -((1 - p) ** choice.gamma) * math.log(p)
    return focal + choice.lam * (1 - p) if choice.name == "poly-focal" else focal


def by_loop(choice: ClassLoss, y: np.ndarray, p: np.ndarray, w: np.ndarray) -> list[float]:
    """Expectation over a soft target, one image and one class at a time."""
    k = y.shape[1]
    return [
        sum(
            ((1 - choice.smoothing) * y[i, j] + choice.smoothing / k) * w[j] * of_one_class(choice, p[i, j])
            for j in range(k)
        )
        for i in range(len(y))
    ]


def each(choice: ClassLoss, y: np.ndarray, p: np.ndarray, w: np.ndarray | None = None) -> np.ndarray:
    """The loss of every image, each as a batch of its own."""
    loss = choice.keras(w)
    return np.array([float(loss(y[i : i + 1], p[i : i + 1])) for i in range(len(y))])


def draw(n: int, soft: bool, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    g = np.random.default_rng(seed)
    y = g.dirichlet(np.ones(5), n) if soft else np.eye(5)[g.integers(5, size=n)]
    return y.astype(np.float32), g.dirichlet(np.ones(5) * 2, n).astype(np.float32)


@pytest.mark.parametrize("soft", [False, True], ids=["one-hot", "soft"])
@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_they_equal_the_printed_formulas(choice: ClassLoss, soft: bool) -> None:
    y, p = draw(40, soft)
    assert each(choice, y, p, WEIGHTS) == pytest.approx(by_loop(choice, y, p, WEIGHTS), rel=1e-4)
    assert each(choice, y, p) == pytest.approx(by_loop(choice, y, p, np.ones(5)), rel=1e-4)
    whole = float(choice.keras(WEIGHTS)(y, p))
    assert whole == pytest.approx(float(np.mean(by_loop(choice, y, p, WEIGHTS))), rel=1e-5)


def test_a_number_worked_out_by_hand() -> None:
    y, p = np.array([[0.0, 1.0]], np.float32), np.array([[0.4, 0.6]], np.float32)
    # 0.4^2 * 0.5108256 = 0.0817321; the polynomial term 0.4; the class's weight 3
    assert float(ClassLoss("poly-focal").keras((1, 3))(y, p)) == pytest.approx(3 * 0.4817321, rel=1e-5)


def test_plain_ones_equal_keras_own() -> None:
    y, p = draw(40, soft=False)
    theirs = keras.losses.CategoricalCrossentropy(label_smoothing=0.05, reduction=None)(y, p)
    assert each(ClassLoss(smoothing=0.05), y, p) == pytest.approx(np.asarray(theirs), rel=1e-5)
    theirs = keras.losses.CategoricalFocalCrossentropy(alpha=1.0, gamma=2.0, reduction=None)(y, p)
    assert each(ClassLoss("focal"), y, p) == pytest.approx(np.asarray(theirs), rel=1e-4)


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_a_mixed_target_costs_what_its_parts_cost(choice: ClassLoss) -> None:
    (a, p), (b, _) = draw(30, soft=False), draw(30, soft=False, seed=1)
    loss = choice.keras(WEIGHTS)
    mixed = loss(0.3 * a + 0.7 * b, p)
    assert np.asarray(mixed) == pytest.approx(0.3 * np.asarray(loss(a, p)) + 0.7 * np.asarray(loss(b, p)), rel=1e-4)


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_gradients_equal_finite_differences(choice: ClassLoss) -> None:
    y, _ = draw(6, soft=True)
    z = np.random.default_rng(3).normal(size=(6, 5)).astype(np.float32)
    loss = choice.keras(WEIGHTS)
    whole: Callable[[object], object] = lambda x: 6 * loss(y, ops.softmax(x))  # noqa: E731

    def in_double(x: np.ndarray) -> float:
        e = np.exp(x - x.max(1, keepdims=True))
        return sum(by_loop(choice, y.astype(np.float64), e / e.sum(1, keepdims=True), WEIGHTS))

    assert gradient(whole, z) == pytest.approx(slope(in_double, z), rel=2e-3, abs=2e-4)


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_exact_zeros_and_ones_cost_and_teach_finitely(choice: ClassLoss) -> None:
    y = np.eye(3, dtype=np.float32)
    p = np.array([[1, 0, 0], [1, 0, 0], [0, 0, 1]], np.float32)
    loss = choice.keras()
    assert np.isfinite(np.asarray(loss(y, p))).all()
    assert np.isfinite(gradient(lambda x: loss(y, x), p)).all()
    if choice.name == "cross-entropy" and not choice.smoothing:
        assert float(loss(y[1:2], p[1:2])) == pytest.approx(-math.log(EPSILON), rel=1e-5)


def test_at_zero_only_the_polynomial_term_has_a_slope() -> None:
    y, p = np.array([[0.0, 1.0]], np.float32), np.array([[1.0, 0.0]], np.float32)
    got = gradient(lambda x: ClassLoss("poly-focal", lam=0.7).keras()(y, x), p)
    assert got[0] == pytest.approx([0.0, -0.7])
    assert gradient(lambda x: ClassLoss("focal").keras()(y, x), p).tolist() == [[0.0, 0.0]]


def test_sparsemax_outside_its_support_learns_by_smoothing_alone() -> None:
    y, z = np.array([[0.0, 1.0, 0.0]], np.float32), np.array([[3.0, -2.0, 2.5]], np.float32)
    hard, soft = ClassLoss("poly-focal").keras(), ClassLoss("poly-focal", smoothing=0.05).keras()
    assert not gradient(lambda x: hard(y, sparsemax(x)), z).any()
    assert gradient(lambda x: soft(y, sparsemax(x)), z).any()


def test_keras_takes_them_as_they_are() -> None:
    y, p = draw(8, soft=False)
    model = keras.Sequential([keras.Input((5,)), keras.layers.Identity()])
    loss = ClassLoss("poly-focal").keras(WEIGHTS)
    model.compile(loss=loss)
    assert model.evaluate(p, y, verbose=0) == pytest.approx(float(loss(y, p)), rel=1e-5)


@pytest.mark.parametrize(
    "fields", [{"name": "hinge"}, {"gamma": -1.0}, {"lam": -0.1}, {"smoothing": 1.0}, {"gamma": math.nan}], ids=str
)
def test_constants_outside_their_range_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(SettingError):
        ClassLoss(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("weights", [[-1.0, 1.0], [[1.0]], [math.inf, 1.0]])
def test_weights_that_are_none_are_refused(weights: object) -> None:
    with pytest.raises(SettingError, match="class weights"):
        ClassLoss().keras(weights)  # type: ignore[arg-type]
