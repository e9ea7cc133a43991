"""Mish, squeeze-and-excitation and sparsemax against other ways to work them out."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np
import pytest
from gradient_checks import gradient, slope
from keras import ops
from scipy.optimize import brentq, minimize

from fer_core.base.errors import SettingError
from fer_core.models.images.layers import Mish, Sparsemax, SqueezeExcite, sparsemax

REPOSITORY = Path(__file__).resolve().parents[3]


def by_bisection(z: np.ndarray) -> np.ndarray:
    """The projection of each row: the tau at which what is above it sums to 1, found by root search."""
    tau = [brentq(lambda t, row=row: np.maximum(row - t, 0).sum() - 1, row.min() - 1, row.max()) for row in z]
    return np.maximum(z - np.array(tau)[:, None], 0)


def by_programme(row: np.ndarray) -> np.ndarray:
    """The definition itself, as a quadratic programme: min |p - z|² with p >= 0, sum p = 1."""
    k = len(row)
    found = minimize(
        lambda p: ((p - row) ** 2).sum(),
        np.full(k, 1 / k),
        jac=lambda p: 2 * (p - row),
        bounds=[(0, None)] * k,
        constraints={"type": "eq", "fun": lambda p: p.sum() - 1, "jac": lambda p: np.ones(k)},
        options={"ftol": 1e-14, "maxiter": 500},
    )
    return np.asarray(found.x)


def logits(n: int = 60, k: int = 7, seed: int = 0) -> np.ndarray:
    g = np.random.default_rng(seed)
    return (g.normal(size=(n, k)) * g.choice([0.05, 0.5, 2.0, 20.0], size=(n, 1))).astype(np.float32)


# --- sparsemax ------------------------------------------------------------------------------------


def test_sparsemax_is_the_projection_found_by_root_search() -> None:
    z = logits()
    assert np.asarray(sparsemax(z)) == pytest.approx(by_bisection(z.astype(np.float64)), abs=2e-6)


def test_sparsemax_is_the_projection_by_definition() -> None:
    z = logits(12)
    theirs = np.stack([by_programme(row) for row in z.astype(np.float64)])
    assert np.asarray(sparsemax(z)) == pytest.approx(theirs, abs=1e-5)


def test_sparsemax_is_a_distribution_with_exact_zeros() -> None:
    p = np.asarray(sparsemax(logits(200)))
    assert (p >= 0).all() and p.sum(1) == pytest.approx(np.ones(200), abs=1e-6)
    assert (p == 0).mean() > 0.3
    assert (p.argmax(1) == logits(200).argmax(1)).all()


def test_sparsemax_of_ties_corners_and_large_numbers() -> None:
    z = np.array([[0, 0, 0], [1, 0, 0], [5, 5, 1], [1e6, 1e6 - 0.5, 0], [-1e6, -1e6, -2e6]], np.float32)
    expected = [[1 / 3] * 3, [1, 0, 0], [0.5, 0.5, 0], [0.75, 0.25, 0], [0.5, 0.5, 0]]
    assert np.asarray(sparsemax(z)) == pytest.approx(np.array(expected), abs=1e-6)


def test_sparsemax_passes_on_what_is_no_number() -> None:
    assert np.isnan(np.asarray(sparsemax(np.array([[np.nan, 0, 1]], np.float32)))).any()


def test_sparsemax_has_the_published_jacobian() -> None:
    for row in logits(8, 5, seed=2):
        p = np.asarray(sparsemax(row[None]))[0]
        inside = (p > 0).astype(float)
        expected = np.diag(inside) - np.outer(inside, inside) / inside.sum()
        found = [gradient(lambda x, i=i: sparsemax(x)[0, i], row[None])[0] for i in range(5)]
        assert np.stack(found) == pytest.approx(expected, abs=1e-6)


def test_sparsemax_gradient_equals_finite_differences() -> None:
    z, a = logits(20, seed=4), np.random.default_rng(5).normal(size=(20, 7))
    found = gradient(lambda x: ops.sum(a.astype(np.float32) * sparsemax(x) ** 2), z)
    assert found == pytest.approx(slope(lambda x: float((a * by_bisection(x) ** 2).sum()), z), abs=1e-4)


def test_the_leak_gives_a_class_outside_the_support_a_gradient_in_training_alone() -> None:
    layer, z = Sparsemax(0.1), np.array([[3.0, 0.0, -1.0]], np.float32)
    soft = np.exp(z) / np.exp(z).sum()
    assert np.array_equal(np.asarray(layer(z)), [[1, 0, 0]]), "what is read stays sparse"
    assert np.asarray(layer(z, training=True)) == pytest.approx(0.9 * np.array([[1, 0, 0]]) + 0.1 * soft)
    outside = gradient(lambda x: -ops.log(layer(x, training=True)[0, 1]), z)[0]
    assert outside == pytest.approx((soft - [[0, 1, 0]])[0], abs=1e-5), "softmax's own: the share cancels"
    assert not gradient(lambda x: -ops.log(layer(x)[0, 1] + 1e-7), z).any()
    assert np.array_equal(np.asarray(Sparsemax()(z, training=True)), [[1, 0, 0]])
    assert Sparsemax.from_config(layer.get_config()).leak == 0.1
    with pytest.raises(SettingError, match=r"leak of 1\.5"):
        Sparsemax(1.5)


# --- Mish -----------------------------------------------------------------------------------------


def test_mish_is_its_formula_far_and_near() -> None:
    x = np.concatenate([np.linspace(-30, 30, 601), [-1e4, -88.0, 88.0, 1e4]]).astype(np.float32)
    exact = x.astype(np.float64) * np.tanh(np.logaddexp(0, x.astype(np.float64)))
    assert np.asarray(Mish()(x)) == pytest.approx(exact, rel=1e-5, abs=1e-6)
    assert np.asarray(Mish()(x)) == pytest.approx(np.asarray(keras.activations.mish(x)), rel=1e-4, abs=1e-6)


def test_mish_gradient_equals_finite_differences() -> None:
    x = np.linspace(-25, 25, 101).astype(np.float32)
    exact = slope(lambda a: float((a * np.tanh(np.logaddexp(0, a))).sum()), x)
    assert gradient(lambda a: ops.sum(Mish()(a)), x) == pytest.approx(exact, abs=1e-4)
    assert np.isfinite(gradient(lambda a: ops.sum(Mish()(a)), np.array([-1e4, 1e4], np.float32))).all()


# --- squeeze and excitation -----------------------------------------------------------------------


def test_squeeze_and_excitation_is_its_formula() -> None:
    x = np.random.default_rng(0).normal(size=(3, 4, 5, 16)).astype(np.float32)
    layer = SqueezeExcite(ratio=4)
    got = np.asarray(layer(x))
    w1, b1, w2, b2 = layer.get_weights()
    assert w1.shape == (16, 4)
    hidden = np.maximum(x.mean((1, 2)) @ w1 + b1, 0)
    scale = 1 / (1 + np.exp(-(hidden @ w2 + b2)))
    assert got == pytest.approx(x * scale[:, None, None], rel=1e-5, abs=1e-6)


# --- all ------------------------------------------------------------------------------------------


def small_model() -> keras.Model:
    x = inputs = keras.Input((8, 8, 1))
    x = SqueezeExcite(4)(Mish()(keras.layers.Conv2D(8, 3, name="conv")(x)))
    x = keras.layers.Dense(5, name="logits")(keras.layers.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, Sparsemax(name="probabilities")(x))


def test_a_model_is_rebuilt_from_its_configuration_and_weights() -> None:
    model, x = small_model(), np.random.default_rng(0).random((4, 8, 8, 1)).astype(np.float32)
    again = keras.Model.from_config(model.get_config())
    again.set_weights(model.get_weights())
    assert np.array_equal(np.asarray(again(x)), np.asarray(model(x)))
    assert again.get_layer("probabilities").compute_output_shape((None, 5)) == (None, 5)


@pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed")
def test_another_backend_gives_the_same() -> None:
    code = (
        "import jax, numpy as np\n"
        "from fer_core.losses.classes import ClassLoss\n"
        "from fer_core.models.images.layers import Mish, sparsemax\n"
        "z = np.array([[0.3, 0.1, -2.0], [2.0, 1.5, 1.4]], np.float32)\n"
        "y = np.eye(3, dtype='float32')[:2]\n"
        "loss = ClassLoss('poly-focal', smoothing=0.05).keras((1, 2, 3))\n"
        "f = lambda x: loss(y, sparsemax(Mish()(x)))\n"
        "print(float(f(z)), *np.asarray(jax.grad(f)(z)).ravel().tolist())\n"
    )
    environment = {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "PATH": "", "HOME": "/nonexistent"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    value, *found = map(float, done.stdout.split())

    from fer_core.losses.classes import ClassLoss

    z, y = np.array([[0.3, 0.1, -2.0], [2.0, 1.5, 1.4]], np.float32), np.eye(3, dtype=np.float32)[:2]
    loss = ClassLoss("poly-focal", smoothing=0.05).keras((1, 2, 3))
    whole = lambda x: loss(y, sparsemax(Mish()(x)))  # noqa: E731
    assert value == pytest.approx(float(whole(z)), rel=1e-4)
    assert found == pytest.approx(gradient(whole, z).ravel().tolist(), rel=1e-3, abs=1e-5)
