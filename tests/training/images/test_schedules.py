"""The learning rate by its printed formula, by Keras' own callback, and after a stop."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fer_core.study.image_conditions import ImageFit
from fer_core.training.images.schedules import RateSchedule

NAN = float("nan")


def rates(fit: ImageFit, losses: list[float]) -> list[float]:
    """The rate of each epoch, whose losses come one after the other."""
    schedule, found = RateSchedule(fit), []
    for epoch, loss in enumerate(losses):
        found.append(schedule.rate(epoch, len(losses)))
        schedule.note(loss)
    return found


def test_half_a_cosine_from_the_first_rate_towards_nothing() -> None:
    fit = ImageFit(learning_rate=0.2, schedule="cosine", least_rate=0.0)
    found = rates(fit, [1.0] * 8)
    assert found == pytest.approx([0.1 * (1 + math.cos(math.pi * k / 8)) for k in range(8)])
    assert found[0] == 0.2 and found[4] == pytest.approx(0.1)
    assert min(rates(ImageFit(learning_rate=0.2, least_rate=0.05), [1.0] * 8)) == 0.05


def test_a_constant_rate_is_constant() -> None:
    assert set(rates(ImageFit(learning_rate=0.01, schedule="constant"), [3.0, 4.0, 5.0])) == {0.01}


@pytest.mark.parametrize("seed", range(5))
def test_a_plateau_halves_the_rate_as_keras_does(seed: int) -> None:
    keras = pytest.importorskip("keras")
    losses = np.random.default_rng(seed).choice([0.5, 0.6, 0.7, 0.8], 25).tolist()
    fit = ImageFit(learning_rate=0.1, schedule="plateau", plateau_patience=3, plateau_factor=0.5, least_rate=0.01)
    theirs = keras.callbacks.ReduceLROnPlateau(patience=3, factor=0.5, min_lr=0.01, min_delta=0.0)

    class Model:
        optimizer = keras.optimizers.SGD(0.1)

    theirs.set_model(Model())
    theirs.on_train_begin()
    expected = []
    for epoch, loss in enumerate(losses):
        expected.append(float(np.asarray(Model.optimizer.learning_rate)))
        theirs.on_epoch_end(epoch, {"val_loss": loss})
    assert rates(fit, losses) == pytest.approx(expected)


def test_without_a_validation_side_nothing_changes() -> None:
    fit = ImageFit(learning_rate=0.1, schedule="plateau", plateau_patience=1)
    assert set(rates(fit, [NAN] * 6)) == {0.1}


def test_after_a_stop_it_goes_on_as_if_there_had_been_none() -> None:
    fit = ImageFit(learning_rate=0.1, schedule="plateau", plateau_patience=2, least_rate=1e-4)
    losses = [0.9, 0.8, 0.85, 0.86, 0.87, 0.7, 0.71, 0.72, 0.73]
    whole = rates(fit, losses)
    for stop in range(len(losses)):
        again = RateSchedule(fit)
        again.again(losses[:stop])
        assert again.rate(stop, len(losses)) == whole[stop]
