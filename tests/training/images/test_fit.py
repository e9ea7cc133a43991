"""A training ends when it should and with the weights it should; what is frozen stays as it was."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fer_core.base.errors import Cancelled, TrainingError
from fer_core.models.images.registry import find
from fer_core.study.image_conditions import ImageCondition, ImageFit
from fer_core.training.images import fit as module
from fer_core.training.images.batches import Pictures
from fer_core.training.images.fit import FittedImages, fit_images, freeze_all_but_head
from fer_core.training.images.protocols import ImageSplit

from .image_samples import SHOWN, corpus, quick

keras = pytest.importorskip("keras")
CHANNELS = find(quick().model).channels
CORPUS = corpus(48, 24)
SPLIT = ImageSplit(0, np.arange(48), np.arange(48, 60), np.arange(60, 72), "validation")


def of(epochs: int = 3, **fit: Any) -> ImageCondition:
    plain = {"epochs": epochs, "batch_size": 16, "learning_rate": 3e-3, "patience": 0, "schedule": "constant"}
    return quick(fit=ImageFit(**(plain | fit)))


def fitted(condition: ImageCondition, split: ImageSplit = SPLIT, **how: Any) -> FittedImages:
    return fit_images(CORPUS, condition, split, 1, **how)


def told_losses(monkeypatch: pytest.MonkeyPatch, losses: list[float]) -> list[list[np.ndarray]]:
    """Let the validation losses be these; the weights after each epoch are noted."""
    seen: list[list[np.ndarray]] = []

    def validate(self: Any, model: Any) -> tuple[float, float]:
        seen.append(model.get_weights())
        return losses[len(seen) - 1], 0.5

    monkeypatch.setattr(module._Job, "_validate", validate)
    return seen


def same(a: list[np.ndarray], b: list[np.ndarray]) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def test_bars_are_learned_and_the_history_says_how() -> None:
    notes: list[tuple[float, float, str]] = []
    found = fitted(of(6), progress=lambda *note: notes.append(note))
    h = found.history
    assert (h.epochs, h.stopped, found.emotions) == (6, "epochs", SHOWN)
    assert h.train[-1] < h.train[0]
    said = found.read(Pictures(CORPUS, SPLIT.test, 32, CHANNELS))
    assert said.shape == (12, 3)
    np.testing.assert_allclose(said.sum(axis=1), 1, atol=1e-5)
    assert (np.array(SHOWN)[said.argmax(axis=1)] == CORPUS.emotion[SPLIT.test]).mean() > 0.9
    assert [n[0] for n in notes] == sorted(n[0] for n in notes) and notes[-1][:2] == (6, 6)
    assert found.parameters == found.model.count_params() and found.notes == ()


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_bars_are_learned_in_mixed_precision_and_weights_are_kept_whole(precision: str) -> None:
    found = fitted(of(6, precision=precision))
    assert precision.removeprefix("mixed_") in {layer.compute_dtype for layer in found.model.layers}
    assert {w.dtype for w in found.model.get_weights()} == {np.dtype("float32")}
    assert np.isfinite(found.history.train).all() and found.history.train[-1] < found.history.train[0]
    said = found.read(Pictures(CORPUS, SPLIT.test, 32, CHANNELS))
    np.testing.assert_allclose(said.sum(axis=1), 1, atol=0.02)
    assert (np.array(SHOWN)[said.argmax(axis=1)] == CORPUS.emotion[SPLIT.test]).mean() > 0.9
    assert keras.config.dtype_policy().name == "float32", "what is built next is not touched"


def test_patience_ends_it_and_the_best_epochs_weights_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = told_losses(monkeypatch, [1.0, 0.5, 0.7, 0.5, 0.6, 0.1])
    found = fitted(of(6, patience=3))
    assert (found.history.epochs, found.history.stopped, found.history.best_epoch) == (5, "patience", 1)
    assert same(found.model.get_weights(), seen[1]) and not same(seen[1], seen[4])


def test_an_equal_loss_is_no_lower_one(monkeypatch: pytest.MonkeyPatch) -> None:
    told_losses(monkeypatch, [0.5] * 6)
    assert fitted(of(6, patience=2)).history.epochs == 3


def test_without_patience_all_epochs_are_trained_and_the_best_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = told_losses(monkeypatch, [0.4, 0.9, 0.8])
    found = fitted(of(3))
    assert (found.history.epochs, found.history.best_epoch) == (3, 0)
    assert same(found.model.get_weights(), seen[0])


def test_without_a_validation_side_the_last_epoch_is_kept() -> None:
    found = fitted(of(2, patience=1), replace(SPLIT, validation=SPLIT.validation[:0]))
    assert (found.history.epochs, found.history.best_epoch) == (2, 1)
    assert all(np.isnan(v) for v in found.history.validation)


def test_the_time_limit_ends_it_after_the_epoch_that_passes_it() -> None:
    found = fitted(of(50, minutes=1e-6))
    assert (found.history.epochs, found.history.stopped) == (1, "time")


def test_a_loss_that_is_no_number_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    epoch = module.TrainingBatches.epoch
    monkeypatch.setattr(module.TrainingBatches, "epoch", lambda self, k: ((x, y * np.nan) for x, y in epoch(self, k)))
    with pytest.raises(TrainingError, match=r"loss of epoch 1 is no number.*smaller learning rate"):
        fitted(of(2))


def test_a_validation_loss_that_is_no_number_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "predict", lambda *_: np.full((12, 3), np.nan, dtype=np.float32))
    with pytest.raises(TrainingError, match="validation loss is no number"):
        fitted(of(2))


def test_it_stops_on_request() -> None:
    def stop(done: float, total: float, text: str) -> None:
        if done > 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        fitted(of(3), progress=stop)


@pytest.fixture(scope="module")
def one_epoch() -> FittedImages:
    """A training that tests may look at and not change."""
    return fitted(of(1))


def test_the_seed_decides(one_epoch: FittedImages) -> None:
    a, b = one_epoch, fitted(of(1))
    other = fit_images(CORPUS, of(1), SPLIT, 2)
    assert same(a.model.get_weights(), b.model.get_weights())
    assert not same(a.model.get_weights(), other.model.get_weights())


def test_what_other_threads_draw_changes_nothing() -> None:
    """A dask worker's own threads use Python's global generator while a model is built."""
    over = threading.Event()

    def draw() -> None:
        while not over.wait(0.0001):
            random.random()

    alone = module._built(of(), CHANNELS, 3, 1).get_weights()
    other = threading.Thread(target=draw)
    other.start()
    try:
        assert all(same(module._built(of(), CHANNELS, 3, 1).get_weights(), alone) for _ in range(5))
    finally:
        over.set()
        other.join()


def test_in_the_mirror_the_answers_are_averaged(one_epoch: FittedImages) -> None:
    found = one_epoch
    pictures = Pictures(CORPUS, SPLIT.test, 32, CHANNELS)
    x = pictures.take(np.arange(12)).astype(np.float32) / 255
    plain = np.asarray(found.model.predict_on_batch(x))
    turned = np.asarray(found.model.predict_on_batch(np.ascontiguousarray(x[:, :, ::-1])))
    both = replace(found, condition=replace(found.condition, mirrored=True)).read(pictures)
    np.testing.assert_allclose(both, (plain + turned) / 2, atol=1e-5)
    np.testing.assert_allclose(found.read(pictures), plain, atol=1e-5)


# --- weights from elsewhere: the head first ------------------------------------------------------------


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Initial weights "from a file" are just those the model is built with."""
    built = module._built
    monkeypatch.setattr(module, "_built", lambda c, *rest: built(replace(c, initial="none"), *rest))


def body_and_head(model: Any) -> tuple[list[np.ndarray], list[np.ndarray]]:
    last = max(k for k, layer in enumerate(model.layers) if len(layer.output.shape) == 4)
    body = [w for layer in model.layers[: last + 1] for w in layer.get_weights()]
    return body, [w for layer in model.layers[last + 1 :] for w in layer.get_weights()]


def test_frozen_epochs_leave_the_body_as_it_was(pretended: None) -> None:
    start = module._built(of(), CHANNELS, 3, 1)
    condition = replace(of(2, frozen_epochs=2), initial="somewhere")
    found = fitted(condition)
    (body, head), (body_before, head_before) = body_and_head(found.model), body_and_head(start)
    assert same(body, body_before) and not same(head, head_before)


def test_after_them_everything_is_trained(pretended: None) -> None:
    start = module._built(of(), CHANNELS, 3, 1)
    last_one_kept = replace(SPLIT, validation=SPLIT.validation[:0])
    found = fitted(replace(of(3, frozen_epochs=1), initial="somewhere"), last_one_kept)
    assert not any(
        np.array_equal(a, b) for a, b in zip(*(body_and_head(m)[0] for m in (found.model, start)), strict=True)
    )
    assert all(layer.trainable for layer in found.model.layers)


def test_patience_begins_when_everything_is_trained(pretended: None, monkeypatch: pytest.MonkeyPatch) -> None:
    told_losses(monkeypatch, [0.3, 0.4, 0.4, 0.4, 0.5, 0.5, 0.5, 0.5])
    found = fitted(replace(of(8, frozen_epochs=4, patience=2), initial="somewhere"))
    assert found.history.epochs == 6


def test_weights_that_are_no_pretrained_ones_are_not_frozen() -> None:
    start = module._built(of(), CHANNELS, 3, 1)
    found = fitted(of(1, frozen_epochs=5))
    assert not same(body_and_head(found.model)[0], body_and_head(start)[0])


def test_only_what_follows_the_last_map_of_a_picture_is_left_to_train() -> None:
    inputs = keras.Input((16, 16, 1))
    x = keras.layers.Conv2D(2, 3)(inputs)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Dense(3)(keras.layers.Flatten()(x))
    model = keras.Model(inputs, x)
    freeze_all_but_head(model)
    assert [v.path.split("/")[0].split("_")[0] for v in model.trainable_variables] == ["dense", "dense"]
