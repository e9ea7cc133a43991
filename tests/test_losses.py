"""The losses against numbers worked out by hand, NumPy written another way, and Keras' own."""

from __future__ import annotations

import math

import keras
import numpy as np
import pytest

from fer_core.losses.binary import binary_cross_entropy, focal, keras_loss, weighted_binary_cross_entropy
from fer_core.losses.imbalance import LossChoice
from fer_core.training.landmarks.gradients import LossTerms, loss_slope, point_loss


def by_loop(choice: LossChoice, y: np.ndarray, p: np.ndarray) -> float:
    """Equations 6 to 8, one clip at a time, in double precision."""
    total = 0.0
    for truth, said in zip(y.tolist(), p.tolist(), strict=True):
        if choice.name == "focal":
            assert choice.alpha is not None and choice.gamma is not None
            if truth:
                total -= choice.alpha * (1 - said) ** choice.gamma * math.log(said)
            else:
                total -= (1 - choice.alpha) * said**choice.gamma * math.log(1 - said)
        elif truth:
            total -= (choice.weight or 1.0) * math.log(said)
        else:
            total -= math.log(1 - said)
    return total / len(y)


CHOICES = [
    LossChoice("bce"),
    LossChoice("weighted_bce", weight=5.87),
    LossChoice("focal", alpha=0.75, gamma=2.0),
    LossChoice("focal", alpha=0.8, gamma=0.0),
    LossChoice("focal", alpha=0.5, gamma=3.5),
]


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_they_equal_the_equations(choice: LossChoice) -> None:
    g = np.random.default_rng(0)
    y = (g.random(50) < 0.3).astype(np.float32)
    p = g.uniform(0.01, 0.99, 50)
    got = float(keras_loss(choice)(y, p.astype(np.float32)))
    assert got == pytest.approx(by_loop(choice, y, p), rel=1e-5)


def test_numbers_worked_out_by_hand() -> None:
    one, zero = np.array([1.0], np.float32), np.array([0.0], np.float32)
    p = np.array([0.9], np.float32)
    assert float(binary_cross_entropy(one, p)) == pytest.approx(0.1053605, rel=1e-5)
    assert float(binary_cross_entropy(zero, p)) == pytest.approx(2.3025851, rel=1e-5)
    assert float(weighted_binary_cross_entropy(3.0)(one, p)) == pytest.approx(0.3160815, rel=1e-5)
    assert float(weighted_binary_cross_entropy(3.0)(zero, p)) == pytest.approx(2.3025851, rel=1e-5)
    # 0.75 * 0.1^2 * 0.1053605 and 0.25 * 0.9^2 * 2.3025851
    assert float(focal(0.75, 2.0)(one, p)) == pytest.approx(0.000790204, rel=1e-4)
    assert float(focal(0.75, 2.0)(zero, p)) == pytest.approx(0.466273, rel=1e-4)


def test_they_equal_keras_own_losses() -> None:
    g = np.random.default_rng(1)
    y = (g.random((40, 1)) < 0.4).astype(np.float32)
    p = g.uniform(0.02, 0.98, (40, 1)).astype(np.float32)
    assert float(binary_cross_entropy(y, p)) == pytest.approx(float(keras.losses.BinaryCrossentropy()(y, p)), rel=1e-5)
    theirs = keras.losses.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.8, gamma=2.0)(y, p)
    assert float(focal(0.8, 2.0)(y, p)) == pytest.approx(float(theirs), rel=1e-5)


def test_without_focusing_and_balance_focal_is_half_of_bce() -> None:
    y, p = np.array([1, 0, 1], np.float32), np.array([0.3, 0.4, 0.9], np.float32)
    assert float(focal(0.5, 0.0)(y, p)) == pytest.approx(0.5 * float(binary_cross_entropy(y, p)), rel=1e-6)


@pytest.mark.parametrize("choice", CHOICES, ids=str)
@pytest.mark.parametrize("p", [0.0, 1.0])
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_certainty_gives_finite_losses(choice: LossChoice, p: float, y: float) -> None:
    assert math.isfinite(float(keras_loss(choice)(np.array([y], np.float32), np.array([p], np.float32))))


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_integer_labels_and_column_shapes_give_the_same(choice: LossChoice) -> None:
    y, p = np.array([1, 0, 0, 1]), np.array([0.3, 0.4, 0.9, 0.6], np.float32)
    flat = float(keras_loss(choice)(y, p))
    assert float(keras_loss(choice)(y[:, None].astype(np.float32), p[:, None])) == pytest.approx(flat, rel=1e-6)


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_the_stacked_trainer_uses_the_same_losses(choice: LossChoice) -> None:
    """Written there on logits, for all classifiers at once."""
    g = np.random.default_rng(2)
    logits = g.normal(0, 3, (30, 2)).astype(np.float32)
    y = (g.random((30, 2)) < 0.3).astype(np.float32)
    got = point_loss(logits, y, LossTerms.of([choice, LossChoice("bce")])).mean(axis=0)
    p = 1 / (1 + np.exp(-logits.astype(np.float64)))
    assert got[0] == pytest.approx(by_loop(choice, y[:, 0], p[:, 0]), rel=1e-4)
    assert got[1] == pytest.approx(by_loop(LossChoice("bce"), y[:, 1], p[:, 1]), rel=1e-4)


def test_the_stacked_losses_stay_finite_for_huge_logits() -> None:
    logits = np.array([[80.0], [-80.0]], np.float32)
    for choice in CHOICES:
        for label in (0.0, 1.0):
            y, terms = np.full((2, 1), label, np.float32), LossTerms.of([choice])
            assert np.isfinite(point_loss(logits, y, terms)).all()
            assert np.isfinite(loss_slope(logits, y, terms)).all()
