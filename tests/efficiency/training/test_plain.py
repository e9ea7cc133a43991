"""The plain Keras loop and ours on a real-shaped task: the same result, dropout and stopping included.

Independent oracle: Keras' own layers, optimizer, losses' gradients and callbacks. Only what is
random is shared: initial weights, order of the clips, variations of the data and dropped states.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from fer_core.base.emotions import SIX
from fer_core.datasets.demo import open_demo
from fer_core.efficiency.training.plain import fit_plain
from fer_core.efficiency.training.task import TrainingTask
from fer_core.landmarks.extract import extract
from fer_core.models.forward import probabilities
from fer_core.models.weights import Architecture
from fer_core.study.conditions import Condition, FitSettings
from fer_core.training.landmarks.data import TrainingData
from fer_core.training.landmarks.fit import choose_losses, prepare
from fer_core.training.landmarks.stacked import Fit, fit_stacked
from fer_core.training.protocols import make_splits

THREE = ("surprise", "anger", "fear")  # BCE, weighted BCE and focal loss on the demo corpus
TOLERANCE = 1e-3
"""Of any output for a clip nobody was trained on. Single precision, hundreds of steps: rounding
alone leaves about a tenth of it."""


@cache
def material(
    architecture: Architecture, share: float
) -> tuple[TrainingTask, TrainingData, tuple[np.ndarray, np.ndarray] | None]:
    """The default condition on the demo corpus, three of its classifiers; and the monitored clips."""
    condition = Condition(
        architecture=architecture, protocol="subject-holdout", fit=FitSettings(validation_share=share)
    )
    landmarks = extract(open_demo().only(SIX))
    split = make_splits(landmarks, condition)[0]
    test = landmarks.take(split.test)
    ready = prepare(landmarks.take(split.train), condition, 0)
    losses = choose_losses(ready.fitting, condition)
    columns = [condition.emotions.index(e) for e in THREE]
    assert [losses[e].name for e in THREE] == ["bce", "weighted_bce", "focal"]
    task = TrainingTask(
        ready.data.x,
        ready.data.y[:, columns],
        ready.features.transform(test),
        labels(test.emotion),
        tuple(losses[e] for e in THREE),
        condition.shape,
        condition.fit,
        seed=4,
    )
    assert (task.shape.F, task.shape.Q, task.shape.R) == (32, 64, 64)
    held = (ready.validation[0], labels(ready.validation[1])) if ready.validation else None
    return task, ready.data, held


def labels(emotion: np.ndarray) -> np.ndarray:
    return (emotion[:, None] == np.array(THREE)).astype(np.float32)


def ours(task: TrainingTask, **how: object) -> Fit:
    return fit_stacked(task.x, task.y, task.losses, task.shape, task.settings, task.seed, **how)  # type: ignore[arg-type]


@pytest.mark.parametrize("architecture", ["gru", "lstm"])
def test_the_default_recipe_is_what_plain_keras_makes_of_it(architecture: Architecture) -> None:
    """Data that vary from epoch to epoch, dropout, cosine: as `fit_recogniser` trains by default."""
    task, data, _ = material(architecture, 0.0)
    task = replace(task, settings=replace(task.settings, epochs=4))
    assert task.settings.dropout == 0.2
    fit = ours(task, augment=data.varied)
    plain = fit_plain(task, augment=data.varied, same_dropout=True)
    said, theirs = (probabilities(f.weights, task.test_x, architecture) for f in (fit, plain))
    np.testing.assert_allclose(said, theirs, atol=TOLERANCE)
    np.testing.assert_allclose(np.array(fit.train_loss).T, plain.train_loss, rtol=1e-3)
    for k, model in enumerate(plain.models):  # and our numpy pass reads weights as Keras does
        inputs = [task.test_x, np.ones((len(task.test_x), task.shape.Q), dtype=np.float32)]
        np.testing.assert_allclose(model.predict_on_batch(inputs)[:, 0], theirs[:, k], atol=1e-5)


def test_stopping_best_weights_and_learning_rate_are_keras_callbacks() -> None:
    task, _, held = material("gru", 0.2)
    assert held is not None
    settings = replace(task.settings, epochs=14, learning_rate=0.01, patience=3, plateau_patience=1)
    task = replace(task, settings=settings)
    fit = ours(task, validation=held)
    plain = fit_plain(task, validation=held, same_dropout=True)
    curves = [np.array(fit.validation_loss)[: int(stop) + 1, k] for k, stop in enumerate(fit.stopped_epoch)]
    assert [len(c) for c in curves] == [len(c) for c in plain.validation_loss]
    assert fit.best_epoch.tolist() == plain.best_epoch
    assert len(set(fit.stopped_epoch.tolist())) > 1  # they stopped on their own
    assert fit.stopped_epoch.min() < 13
    for mine, theirs in zip(curves, plain.validation_loss, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-2, atol=1e-4)
    said, theirs = (probabilities(f.weights, task.test_x, "gru") for f in (fit, plain))
    # Ten times the default learning rate, and rounding grows with it: 1.3e-3 with Keras 3.12 (Python 3.10).
    np.testing.assert_allclose(said, theirs, atol=2 * TOLERANCE)


def test_other_dropped_states_are_seen() -> None:
    """What the tests above would miss if the masks never reached Keras."""
    task, _, _ = material("gru", 0.0)
    task = replace(task.of_first(1), settings=replace(task.settings, epochs=2))
    fit, plain = ours(task), fit_plain(task)  # Keras draws its own
    said, theirs = (probabilities(f.weights, task.test_x, "gru") for f in (fit, plain))
    assert np.abs(said - theirs).max() > TOLERANCE
