"""Stacked training against plain Keras: same start, same batches, same losses, same result."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from fer_core.base.errors import TrainingError
from fer_core.losses.binary import keras_loss
from fer_core.losses.imbalance import LossChoice
from fer_core.models.forward import probabilities
from fer_core.models.recurrent import build_classifier, get_weights, set_weights
from fer_core.models.weights import NetworkShape, Weights, initial_weights
from fer_core.study.conditions import FitSettings
from fer_core.training.landmarks.stacked import _Watch, fit_stacked

LOSSES = [LossChoice("bce"), LossChoice("weighted_bce", weight=4.5), LossChoice("focal", alpha=0.8, gamma=2.0)]
FRAMES, INPUTS, N = 4, 7, 41  # 41 clips: the last batch is not full


def material(n: int = N, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Clips whose three labels can partly be learned."""
    g = np.random.default_rng(seed)
    x = g.normal(size=(n, FRAMES, INPUTS)).astype(np.float32)
    x[:, :, 0] += np.linspace(0, 1, FRAMES) * g.normal(size=(n, 1))
    y = np.stack([x[:, -1, 0] > 0.3, x[:, :, 1].mean(1) > 0.2, g.random(n) < 0.2], axis=1)
    return x, y.astype(np.float32)


def by_keras(
    x: np.ndarray, y: np.ndarray, shape: NetworkShape, settings: FitSettings, seed: int, rates: list[float]
) -> tuple[Weights, list[list[float]]]:
    """Each classifier on its own with Keras' Adam, in the batches `fit_stacked` is documented to use."""
    start = initial_weights(shape, y.shape[1], seed)
    generator = np.random.default_rng([seed, 1])
    orders = [generator.permutation(len(x)) for _ in rates]
    models, curves = [], []
    for k, choice in enumerate(LOSSES):
        model = build_classifier(shape, FRAMES, dropout=0.0)
        set_weights(model, start, k)
        model.compile(keras.optimizers.Adam(settings.learning_rate), loss=keras_loss(choice), run_eagerly=True)
        curve = []
        for order, rate in zip(orders, rates, strict=True):
            model.optimizer.learning_rate.assign(rate)
            total = 0.0
            for at in range(0, len(x), settings.batch_size):
                rows = order[at : at + settings.batch_size]
                total += float(model.train_on_batch(x[rows], y[rows, k : k + 1])) * len(rows)
                model.reset_metrics()
            curve.append(total / len(x))
        models.append(model)
        curves.append(curve)
    return get_weights(models, shape), curves


@pytest.mark.parametrize("architecture", ["gru", "lstm"])
def test_it_is_plain_keras_done_at_once(architecture: str) -> None:
    shape = NetworkShape(architecture, 4, 6, 5, INPUTS)  # type: ignore[arg-type]
    settings = FitSettings(epochs=4, batch_size=16, learning_rate=0.01, dropout=0.0)
    x, y = material()
    fit = fit_stacked(x, y, LOSSES, shape, settings, seed=3)
    cosine = [0.01 * 0.5 * (1 + np.cos(np.pi * e / 4)) for e in range(4)]
    theirs, curves = by_keras(x, y, shape, settings, 3, cosine)
    for name in theirs:
        # Normalisation takes the first bias out again: its gradient is rounding, which Adam blows up.
        drifting = name in ("dense_bias", "bn_mean")
        np.testing.assert_allclose(fit.weights[name], theirs[name], atol=3e-3 if drifting else 3e-4, err_msg=name)
    other, _ = material(20, seed=5)
    ours = probabilities(fit.weights, other, shape.architecture)
    np.testing.assert_allclose(ours, probabilities(theirs, other, shape.architecture), atol=3e-4)
    np.testing.assert_allclose(np.array(fit.train_loss).T, curves, rtol=1e-3)
    start = initial_weights(shape, 3, 3)
    trained = set(theirs) - {"dense_bias"}
    assert all(np.abs(fit.weights[n] - start[n]).max() > 1e-3 for n in trained)


def test_classifiers_do_not_touch_each_other() -> None:
    """One alone gives what it gives among three: no gradient, loss or statistic leaks across."""
    shape = NetworkShape("gru", 4, 6, 5, INPUTS)
    settings = FitSettings(epochs=3, batch_size=16, dropout=0.0)
    x, y = material()
    whole = fit_stacked(x, y, LOSSES, shape, settings, seed=1)
    alone = fit_stacked(x, y[:, :1], LOSSES[:1], shape, settings, seed=1)
    for name, value in alone.weights.items():
        np.testing.assert_allclose(value[0], whole.weights[name][0], atol=1e-5, err_msg=name)


def test_the_seed_decides_everything() -> None:
    shape = NetworkShape("gru", 4, 6, 5, INPUTS)
    settings = FitSettings(epochs=2, batch_size=16)  # with dropout
    x, y = material()
    a, b, c = (fit_stacked(x, y, LOSSES, shape, settings, seed).weights for seed in (1, 1, 2))
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)
    assert not np.array_equal(a["kernel"], c["kernel"])


def test_dropout_is_on_in_training_and_off_in_judging() -> None:
    shape = NetworkShape("gru", 4, 6, 5, INPUTS)
    x, y = material()
    still, noisy = (
        fit_stacked(x, y, LOSSES, shape, FitSettings(epochs=2, batch_size=16, dropout=d), 1, (x, y)) for d in (0.0, 0.6)
    )
    assert not np.allclose(still.train_loss[0], noisy.train_loss[0], rtol=1e-3)
    from fer_core.losses.binary import keras_loss as of

    last = probabilities(noisy.weights, x, "gru")
    best = [float(of(c)(y[:, k], last[:, k])) for k, c in enumerate(LOSSES)]
    expected = [noisy.validation_loss[e][k] for k, e in enumerate(noisy.best_epoch)]
    np.testing.assert_allclose(best, expected, rtol=1e-3)


def test_each_classifier_keeps_the_weights_of_its_own_best_epoch() -> None:
    shape = NetworkShape("gru", 4, 6, 5, INPUTS)
    settings = FitSettings(epochs=25, batch_size=16, learning_rate=0.05, dropout=0.0, patience=4, plateau_patience=2)
    x, y = material()
    held = material(30, seed=9)
    fit = fit_stacked(x, y, LOSSES, shape, settings, 2, validation=held)
    curves = np.array(fit.validation_loss)
    said = probabilities(fit.weights, held[0], "gru")
    for k, choice in enumerate(LOSSES):
        stop = fit.stopped_epoch[k]
        assert fit.best_epoch[k] == curves[: stop + 1, k].argmin()
        assert stop - fit.best_epoch[k] == 4 or stop == 24
        assert float(keras_loss(choice)(held[1][:, k], said[:, k])) == pytest.approx(
            curves[fit.best_epoch[k], k], rel=1e-3
        )
    assert len(fit.validation_loss) == fit.stopped_epoch.max() + 1
    assert len(set(fit.stopped_epoch.tolist())) > 1  # they stopped on their own


def test_validation_sides_of_any_size_follow_one_another() -> None:
    """Folds differ in size, conditions in their features: a graph traced with open shapes broke here."""
    for n, inputs in ((9, INPUTS), (13, INPUTS), (17, INPUTS), (13, 5), (9, 6)):
        shape = NetworkShape("gru", 4, 6, 5, inputs)
        x, y = material()
        held = material(n, seed=n)
        x, held = x[..., :inputs], (held[0][..., :inputs], held[1])
        fit = fit_stacked(x, y, LOSSES, shape, FitSettings(epochs=1, batch_size=16), 0, validation=held)
        said = probabilities(fit.weights, held[0], "gru")
        expected = [float(keras_loss(c)(held[1][:, k], said[:, k])) for k, c in enumerate(LOSSES)]
        np.testing.assert_allclose(fit.validation_loss[0], expected, rtol=1e-3)


def test_augmented_features_are_asked_for_anew_every_epoch() -> None:
    shape = NetworkShape("gru", 4, 6, 5, INPUTS)
    x, y = material()
    asked: list[int] = []

    def other(epoch: int, generator: np.random.Generator) -> np.ndarray:
        asked.append(epoch)
        return x + generator.normal(size=x.shape).astype(np.float32)

    told: list[tuple[int, object]] = []
    fit_stacked(
        x,
        y,
        LOSSES,
        shape,
        FitSettings(epochs=3, batch_size=16),
        0,
        augment=other,
        on_epoch=lambda epoch, loss, held: told.append((epoch, held)),
    )
    assert asked == [0, 1, 2]
    assert told == [(0, None), (1, None), (2, None)]


def series(kind: str) -> np.ndarray:
    g = np.random.default_rng(11)
    epochs = np.arange(120)
    return {
        "falling": 1 / (1 + epochs / 5),
        "noisy": 1 / (1 + epochs / 10) + g.normal(0, 0.05, 120),
        "flat": np.full(120, 0.7),
        "tiny steps": 0.7 - epochs * 7e-6,
        "v": np.abs(epochs - 30) / 30 + 0.1,
        "late": np.where(epochs < 19, 1.0, 0.5),
        "too late": np.where(epochs < 25, 1.0 + epochs / 1000, 0.5),
    }[kind]


@pytest.mark.parametrize("kind", ["falling", "noisy", "flat", "tiny steps", "v", "late", "too late"])
def test_stopping_and_learning_rate_are_keras_callbacks(kind: str) -> None:
    settings = FitSettings(epochs=120)
    losses = series(kind)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(1e-3), "mse")
    stopping = keras.callbacks.EarlyStopping("val_loss", patience=20)
    plateau = keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.5, patience=10, min_lr=0)
    for callback in (stopping, plateau):
        callback.set_model(model)
        callback.on_train_begin()
    model.stop_training = False
    theirs = []
    for epoch, loss in enumerate(losses):
        for callback in (stopping, plateau):
            callback.on_epoch_end(epoch, {"val_loss": float(loss)})
        theirs.append(float(model.optimizer.learning_rate.numpy()))
        if model.stop_training:
            break

    watch = _Watch(2, settings)  # a second classifier that always improves must not disturb the first
    ours = []
    for epoch, loss in enumerate(losses):
        watch.see(epoch, np.array([loss, -float(epoch)]))
        ours.append(float(watch.rate[0]))
        if not watch.running[0]:
            break
    assert len(ours) == len(theirs)
    assert watch.stopped_epoch[0] == len(theirs) - 1
    assert watch.best_epoch[0] == stopping.best_epoch
    going = len(theirs) - 1 if model.stop_training else len(theirs)
    np.testing.assert_allclose(ours[:going], theirs[:going], rtol=1e-5)
    assert watch.running[1]
    assert watch.rate[1] == pytest.approx(1e-3)


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_one_alone_under_its_number_becomes_what_it_becomes_among_all(dropout: float) -> None:
    """Stacking may not change a result: a search trains one emotion, the final fit all of them."""
    shape = NetworkShape("lstm", 4, 6, 5, INPUTS)
    settings = FitSettings(epochs=3, batch_size=16, dropout=dropout)
    x, y = material()
    whole = fit_stacked(x, y, LOSSES, shape, settings, seed=1)
    alone = fit_stacked(x, y[:, 2:], LOSSES[2:], shape, settings, seed=1, numbers=[2])
    for name, value in alone.weights.items():
        np.testing.assert_allclose(value[0], whole.weights[name][2], atol=1e-5, err_msg=name)


def test_what_has_stopped_is_left_out_and_keeps_its_result() -> None:
    """The classifiers that go on are those they would be without the stopped one beside them."""
    shape = NetworkShape("gru", 4, 6, 5, INPUTS)
    settings = FitSettings(epochs=30, batch_size=16, learning_rate=0.01, patience=2)
    x, y = material()
    held = material(30, seed=9)
    whole = fit_stacked(x, y, LOSSES, shape, settings, 2, validation=held)
    assert len(set(whole.stopped_epoch.tolist())) > 1
    for k in range(3):
        part = (held[0], held[1][:, k : k + 1])
        alone = fit_stacked(x, y[:, k : k + 1], LOSSES[k : k + 1], shape, settings, 2, validation=part, numbers=[k])
        assert alone.stopped_epoch[0] == whole.stopped_epoch[k]
        curve = np.array(whole.validation_loss)[:, k]
        stop = whole.stopped_epoch[k] + 1
        np.testing.assert_allclose(curve[:stop], np.array(alone.validation_loss)[:, 0], rtol=1e-3)
        assert np.isnan(curve[stop:]).all()


def test_a_loss_that_is_no_number_ends_the_fit_with_a_sentence() -> None:
    shape = NetworkShape("gru", 4, 6, 5, INPUTS)
    x, y = material()
    x[3, 1, 2] = np.nan
    with pytest.raises(TrainingError, match="no longer a number"):
        fit_stacked(x, y, LOSSES, shape, FitSettings(epochs=2), 0)
