"""Sizes and initial values of the classifiers against Keras' own."""

from __future__ import annotations

import numpy as np
import pytest

from fer_core.base.errors import SettingError
from fer_core.models.weights import MOVING, TRAINED, NetworkShape, initial_weights

# Parameters of one classifier with 936 inputs, from the formulas in the audit of section 4.7.
BY_FORMULA = {
    ("gru", 32, 64, 64): 53_153,
    ("lstm", 32, 64, 64): 59_169,
    ("gru", 16, 32, 32): 20_945,
    ("lstm", 16, 32, 32): 22_417,
    ("gru", 64, 128, 128): 151_361,
    ("lstm", 64, 128, 128): 175_681,
}


@pytest.mark.parametrize(("size", "count"), BY_FORMULA.items(), ids=str)
def test_parameter_counts(size: tuple[str, int, int, int], count: int) -> None:
    assert NetworkShape(*size).n_parameters() == count  # type: ignore[arg-type]


@pytest.mark.parametrize("architecture", ["gru", "lstm"])
def test_keras_counts_and_orders_the_same(architecture: str) -> None:
    from fer_core.models.recurrent import build_classifier

    shape = NetworkShape(architecture, 32, 64, 64)  # type: ignore[arg-type]
    model = build_classifier(shape, frames=10)
    assert model.count_params() == shape.n_parameters()
    assert [w.shape for w in model.get_weights()] == list(shape.shapes().values())
    assert model.output_shape == (None, 1)


@pytest.mark.parametrize("architecture", ["gru", "lstm"])
def test_initial_values_are_drawn_as_keras_draws_them(architecture: str) -> None:
    from fer_core.models.recurrent import build_classifier

    shape = NetworkShape(architecture, 20, 30, 25, inputs=40)  # type: ignore[arg-type]
    ours = initial_weights(shape, 3, seed=0)
    theirs = dict(zip(shape.shapes(), build_classifier(shape, 10).get_weights(), strict=True))
    for name, value in theirs.items():
        mine = ours[name][1]
        if name.endswith("kernel"):
            some = np.sqrt(value.size)  # a draw of few values strays more
            assert mine.std() == pytest.approx(value.std(), rel=2 / some), name
            assert np.abs(mine).max() == pytest.approx(np.abs(value).max(), rel=4 / some), name
        elif name != "recurrent":
            np.testing.assert_array_equal(mine, value, err_msg=name)
    recurrent = ours["recurrent"][0]
    np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(30), atol=1e-5)  # orthogonal rows


def test_seeds_decide_and_classifiers_differ() -> None:
    shape = NetworkShape("gru", 4, 6, 5, inputs=8)
    a, b, c = (initial_weights(shape, 2, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(a["kernel"], b["kernel"])
    assert not np.array_equal(a["kernel"], c["kernel"])
    assert not np.array_equal(a["kernel"][0], a["kernel"][1])


def test_a_classifier_is_the_same_alone_as_among_others() -> None:
    shape = NetworkShape("lstm", 4, 6, 5, inputs=8)
    np.testing.assert_array_equal(initial_weights(shape, 1, 5)["kernel"][0], initial_weights(shape, 6, 5)["kernel"][0])


def test_every_weight_is_trained_or_moving() -> None:
    assert sorted((*TRAINED, *MOVING)) == sorted(NetworkShape().shapes())


@pytest.mark.parametrize("wrong", [{"architecture": "cnn"}, {"F": 0}, {"Q": -1}, {"R": 0}, {"inputs": 0}])
def test_impossible_sizes_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(SettingError):
        NetworkShape(**wrong)  # type: ignore[arg-type]
