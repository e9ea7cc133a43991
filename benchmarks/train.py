"""Training six classifiers: all in one graph against six Model.fit, side by side in one run.

    PYTHONPATH=. python benchmarks/train.py

Same data (the demo corpus), same number of epochs, no early stopping. Prints seconds for each,
with and without what compiling costs, the ratio, and both training accuracies.
"""

from __future__ import annotations

import os
import time

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras

from fer_core.datasets.demo import open_demo
from fer_core.landmarks.extract import extract
from fer_core.losses import keras_loss
from fer_core.models.forward import probabilities
from fer_core.models.recurrent import build_classifier
from fer_core.training.conditions import Augmentation, Condition, FitSettings
from fer_core.training.data import training_data
from fer_core.training.fit import choose_losses
from fer_core.training.stacked import fit_stacked

EPOCHS = 8


def main() -> None:
    """Measure and print."""
    condition = Condition(
        augmentation=Augmentation("true", retime=0, blend=0, gain=0, neutral=0, still=0),
        fit=FitSettings(epochs=EPOCHS),
        ensemble=1,
    )
    clips = extract(open_demo().only(condition.emotions))
    losses = choose_losses(clips, condition)
    data, _ = training_data(clips, condition, seed=0)
    stamps: list[float] = []
    begun = time.perf_counter()
    fit = fit_stacked(
        data.x, data.y, list(losses.values()), condition.shape, condition.fit, 0,
        on_epoch=lambda *_: stamps.append(time.perf_counter()),
    )  # fmt: skip
    ours = time.perf_counter() - begun
    ours_epoch = (stamps[-1] - stamps[0]) / (EPOCHS - 1)
    accuracy = (probabilities(fit.weights, data.x, "gru").argmax(1) == data.y.argmax(1)).mean()

    begun, epochs, plain = time.perf_counter(), [], []
    for k, choice in enumerate(losses.values()):
        model = build_classifier(condition.shape, data.x.shape[1])
        model.compile(keras.optimizers.Adam(1e-3), keras_loss(choice))
        ends: list[float] = []
        note = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_, e=ends: e.append(time.perf_counter()))
        model.fit(data.x, data.y[:, k], batch_size=32, epochs=EPOCHS, verbose=0, callbacks=[note])
        epochs.append((ends[-1] - ends[0]) / (EPOCHS - 1))
        plain.append(model.predict(data.x, verbose=0))
    theirs = time.perf_counter() - begun
    their_accuracy = (np.concatenate(plain, axis=1).argmax(1) == data.y.argmax(1)).mean()
    print(f"{len(data.x)} clips, {EPOCHS} epochs, six GRU classifiers, {condition.features.inputs} inputs")
    print(f"  one graph       {ours:6.1f} s, {ours_epoch:.3f} s per epoch, accuracy {accuracy:.3f}")
    print(f"  six Model.fit   {theirs:6.1f} s, {sum(epochs):.3f} s per epoch, accuracy {their_accuracy:.3f}")
    print(f"  ratio           {theirs / ours:6.2f} whole, {sum(epochs) / ours_epoch:.2f} without compiling")


if __name__ == "__main__":
    main()
