"""Written-out gradients against finite differences, for both architectures, all losses and dropout."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.losses.imbalance import LossChoice
from fer_core.models.weights import TRAINED, NetworkShape, Weights, initial_weights
from fer_core.training.landmarks.gradients import LossTerms, loss_slope, point_loss, step

LOSSES = [
    LossChoice("bce"),
    LossChoice("weighted_bce", weight=4.5),
    LossChoice("focal", alpha=0.8, gamma=2.0),
    LossChoice("focal", alpha=0.3, gamma=0.5),
]
E = len(LOSSES)
BATCH, FRAMES, INPUTS = 6, 5, 7


def material() -> tuple[np.ndarray, np.ndarray]:
    g = np.random.default_rng(0)
    x = g.normal(size=(BATCH, FRAMES, INPUTS))
    return x, (g.random((BATCH, E)) < 0.4).astype(float)


def wide(weights: Weights) -> dict[str, np.ndarray]:
    """In double precision: the code does not choose a type of its own, so differences can be small."""
    g = np.random.default_rng(1)
    return {k: v.astype(float) + g.normal(0, 0.1, v.shape) for k, v in weights.items()}


@pytest.mark.parametrize("dropped", [False, True])
@pytest.mark.parametrize("architecture", ["gru", "lstm"])
def test_gradients_are_those_of_the_loss(architecture: str, dropped: bool) -> None:
    shape = NetworkShape(architecture, 4, 3, 5, INPUTS)  # type: ignore[arg-type]
    x, y = material()
    w = wide(initial_weights(shape, E, 0))
    terms = LossTerms.of(LOSSES)
    mask = None
    if dropped:
        mask = (np.random.default_rng(2).random((E, BATCH, shape.Q)) > 0.3) / 0.7

    def total(weights: Weights) -> float:
        return float(step(weights, x, y, terms, architecture, mask).loss.sum()) / BATCH  # type: ignore[arg-type]

    found = step(w, x, y, terms, architecture, mask).gradients  # type: ignore[arg-type]
    assert set(found) == set(TRAINED)
    g = np.random.default_rng(3)
    for name in TRAINED:
        assert found[name].shape == w[name].shape, name
        for _ in range(12):
            at = tuple(g.integers(0, n) for n in w[name].shape)
            slope = 0.0
            for sign in (1, -1):
                moved = {k: v.copy() for k, v in w.items()}
                moved[name][at] += sign * 1e-3
                slope += sign * total(moved) / 2e-3
            # The forward pass keeps states in float32, so differences are good to some 1e-4.
            assert found[name][at] == pytest.approx(slope, rel=5e-3, abs=3e-4), (name, at)


@pytest.mark.parametrize("choice", LOSSES, ids=lambda c: c.words)
def test_the_slope_of_a_loss_is_its_derivative(choice: LossChoice) -> None:
    z = np.linspace(-6, 6, 25)[:, None]
    terms = LossTerms.of([choice])
    for label in (0.0, 1.0):
        y = np.full_like(z, label)
        difference = (point_loss(z + 1e-2, y, terms) - point_loss(z - 1e-2, y, terms)) / 2e-2
        np.testing.assert_allclose(loss_slope(z, y, terms), difference, rtol=2e-3, atol=2e-4)


def test_clips_of_a_batch_meet_only_in_the_normalisation() -> None:
    """A clip twice in a batch gives the gradient of that clip twice, its mean and variance kept."""
    shape = NetworkShape("gru", 4, 3, 5, INPUTS)
    x, y = (a.astype(np.float32) for a in material())
    w, terms = initial_weights(shape, E, 0), LossTerms.of(LOSSES)
    once, twice = step(w, x, y, terms, "gru"), step(w, np.r_[x, x], np.r_[y, y], terms, "gru")
    np.testing.assert_allclose(twice.loss, 2 * once.loss, rtol=1e-5)
    for name, value in once.gradients.items():
        np.testing.assert_allclose(twice.gradients[name], value, atol=1e-5, err_msg=name)
    np.testing.assert_allclose(twice.variance, once.variance, rtol=1e-5)
