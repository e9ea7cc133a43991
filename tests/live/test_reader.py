"""Features kept, classifiers in one pass: the same numbers as the recogniser's and Keras'."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from samples import THREE, made_set, tiny

from fer_core.landmarks.features import FeatureMap, FeatureSpec
from fer_core.landmarks.sampling import SamplingRule
from fer_core.live.window import Seen, Window
from fer_core.live.window_classifier import LandmarkReader
from fer_core.losses.imbalance import LossChoice
from fer_core.models.bundle import Bundle
from fer_core.models.calibration import Calibration
from fer_core.models.recogniser import Recogniser
from fer_core.models.weights import initial_weights

LOSSES = (LossChoice("bce"), LossChoice("weighted_bce", weight=5.0), LossChoice("focal", alpha=0.7, gamma=2.0))


def bundle(kind: str, components: int, architecture: str, mirrored: bool, members: int = 2) -> Bundle:
    condition = tiny(architecture=architecture, features=FeatureSpec(kind=kind, components=components))
    features = FeatureMap.fit(made_set(), condition.features)
    weights = initial_weights(condition.shape, members * len(THREE), seed=5)
    generator = np.random.default_rng(1)
    weights = {k: v + generator.normal(0, 0.1, v.shape).astype(np.float32) ** 2 for k, v in weights.items()}
    recogniser = Recogniser(THREE, condition.shape, members, features, weights, mirrored, LOSSES, (0.1, -0.2, 0.3))
    return Bundle("made", recogniser, 10, SamplingRule.EQUATIONS, streams=True)


@pytest.mark.parametrize("architecture", ["gru", "lstm"])
@pytest.mark.parametrize("mirrored", [True, False])
@pytest.mark.parametrize(
    ("kind", "components"), [("displacement", 8), ("displacement", 0), ("aligned", 8), ("raw", 8), ("raw", 0)]
)
def test_a_window_is_read_as_the_recogniser_reads_the_clip(
    kind: str, components: int, mirrored: bool, architecture: str
) -> None:
    """Frames at the very moments that are sampled: within 1e-5 in the probabilities."""
    made, landmarks = bundle(kind, components, architecture, mirrored), made_set(seed=4)
    reader, row = LandmarkReader(made), 7
    points, rest = landmarks.points[row], reader.upright(landmarks.neutral[row])
    window = Window(1.5)
    for t, p in zip(np.linspace(0, 1.5, 10), points, strict=True):  # one frame after another, as they come
        features = reader.frame_features(p[None], reader.moved(p[None], rest), reader.upright(p[None]), 1.3)
        window.add(Seen(float(t), p, 1.3, features[0]))
    log_odds = reader.log_odds(window.sampled(10)[None])
    expected = made.recogniser.implied(made.recogniser.log_odds(landmarks.take([row])))
    np.testing.assert_allclose(log_odds, expected, atol=5e-4, rtol=1e-4)
    np.testing.assert_allclose(1 / (1 + np.exp(-log_odds)), 1 / (1 + np.exp(-expected)), atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["gru", "lstm"])
def test_it_says_what_keras_says(architecture: str) -> None:
    """Six separate Keras models on the features of a window, within 1e-5."""
    from fer_core.models.recurrent import build_classifier, set_weights

    made = bundle("displacement", 8, architecture, mirrored=False)
    made = replace(made, recogniser=replace(made.recogniser, losses=(), offsets=()))
    reader, r = LandmarkReader(made), made.recogniser
    x = np.random.default_rng(0).normal(size=(5, 10, 8)).astype(np.float32)
    logits = []
    for k in range(2 * len(THREE)):
        model = build_classifier(r.shape, 10)
        set_weights(model, r.weights, k)
        p = np.asarray(model(x, training=False))[:, 0].astype(np.float64)
        logits.append(np.log(p / (1 - p)))
    mean = np.stack(logits, axis=1).reshape(5, 2, 3).mean(axis=1)
    ours = reader.log_odds(x)
    np.testing.assert_allclose(1 / (1 + np.exp(-ours)), 1 / (1 + np.exp(-mean)), atol=1e-5)


def test_a_recogniser_never_shown_a_held_expression_gets_it_growing() -> None:
    """Without training on streams each moment's displacement is multiplied by a ramp from 0 to 1."""
    made = bundle("displacement", 8, "gru", mirrored=True)
    plain, ramped = LandmarkReader(made), LandmarkReader(replace(made, streams=False))
    x = np.random.default_rng(0).normal(size=(3, 10, 16)).astype(np.float32)
    grown = x * np.linspace(0, 1, 10, dtype=np.float32)[None, :, None]
    np.testing.assert_allclose(ramped.log_odds(x), plain.log_odds(grown), atol=1e-5)
    assert not np.allclose(ramped.log_odds(x), plain.log_odds(x), atol=1e-3)


def test_probabilities_are_calibrated_and_sum_to_one() -> None:
    made = replace(bundle("displacement", 8, "gru", True), calibration=Calibration(0.5, -1.0))
    reader = LandmarkReader(made)
    odds = np.array([[2.0, -1.0, 0.0]], dtype=np.float32)
    weights = np.exp([0.5 * 2 - 1, 0.5 * -1 - 1, -1.0, 0.0])
    np.testing.assert_allclose(reader.probabilities(odds)[0], weights / weights.sum(), rtol=1e-5)
    assert reader.names == (*THREE, "neutral")
