"""The NumPy pass against the Keras models it stands for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from samples import made_set, tiny_bundle

from fer_core.models.forward import logits, probabilities, sigmoid
from fer_core.models.weights import NetworkShape, Weights, initial_weights

REPOSITORY = Path(__file__).resolve().parents[2]


def lively(shape: NetworkShape, classifiers: int) -> Weights:
    """Weights in which no term is at a value that would hide an error (zero bias, unit variance)."""
    g = np.random.default_rng(7)
    weights = initial_weights(shape, classifiers, seed=1)
    for name, value in weights.items():
        if "bias" in name or name in ("bn_beta", "bn_mean"):
            value += g.normal(0, 0.3, value.shape).astype(np.float32)
        if name in ("bn_gamma", "bn_variance"):
            value *= g.uniform(0.5, 2, value.shape).astype(np.float32)
    return weights


@pytest.mark.parametrize("architecture", ["gru", "lstm"])
@pytest.mark.parametrize("size", [(4, 6, 5, 7, 3), (32, 64, 64, 936, 10)], ids=["tiny", "the study's"])
def test_it_equals_keras(architecture: str, size: tuple[int, ...]) -> None:
    from fer_core.models.recurrent import build_classifier, get_weights, set_weights

    *sizes, frames = size
    shape = NetworkShape(architecture, *sizes)  # type: ignore[arg-type]
    weights = lively(shape, 3)
    x = np.random.default_rng(2).normal(size=(5, frames, shape.inputs)).astype(np.float32)
    ours = probabilities(weights, x, shape.architecture)
    models = []
    for k in range(3):
        model = build_classifier(shape, frames)
        set_weights(model, weights, k)
        models.append(model)
        np.testing.assert_allclose(ours[:, k], np.asarray(model(x))[:, 0], atol=2e-6)
    again = get_weights(models, shape)
    for name, value in weights.items():
        np.testing.assert_array_equal(again[name], value)


def test_probabilities_are_the_sigmoid_of_the_log_odds() -> None:
    shape = NetworkShape("gru", 4, 6, 5, inputs=7)
    weights, x = lively(shape, 2), np.random.default_rng(0).normal(size=(4, 3, 7)).astype(np.float32)
    p = 1 / (1 + np.exp(-logits(weights, x, "gru").astype(np.float64)))
    np.testing.assert_allclose(probabilities(weights, x, "gru"), p, atol=1e-6)


def test_the_sigmoid_does_not_overflow() -> None:
    with np.errstate(all="raise", under="ignore"):
        got = sigmoid(np.array([-1e4, -80, -30, 0, 30, 1e4], np.float32))
    np.testing.assert_allclose(got, [0, np.exp(-80), np.exp(-30), 0.5, 1, 1], rtol=1e-5)


def test_clips_and_classifiers_do_not_touch_each_other() -> None:
    shape = NetworkShape("lstm", 4, 6, 5, inputs=7)
    weights, x = lively(shape, 3), np.random.default_rng(0).normal(size=(4, 3, 7)).astype(np.float32)
    whole = logits(weights, x, "lstm")
    alone = np.concatenate([logits(weights, x[i : i + 1], "lstm") for i in range(4)])
    np.testing.assert_allclose(whole, alone, atol=1e-5)
    second = {name: value[1:2] for name, value in weights.items()}
    np.testing.assert_allclose(logits(second, x, "lstm")[:, 0], whole[:, 1], atol=1e-5)


def test_no_clip_gives_no_row() -> None:
    shape = NetworkShape("gru", 4, 6, 5, inputs=7)
    assert logits(lively(shape, 3), np.zeros((0, 3, 7), np.float32), "gru").shape == (0, 3)


def test_members_are_averaged_as_log_odds_and_the_mirror_too() -> None:
    from dataclasses import replace

    from fer_core.landmarks.augment import flipped_set

    r = tiny_bundle(members=2).recogniser
    clips = made_set(2, seed=6)

    def of(member: int, landmarks: object) -> np.ndarray:
        weights = {name: value[member * 3 : member * 3 + 3] for name, value in r.weights.items()}
        return logits(weights, r.features.transform(landmarks), "gru")  # type: ignore[arg-type]

    straight = (of(0, clips) + of(1, clips)) / 2
    mirrored = (of(0, flipped_set(clips)) + of(1, flipped_set(clips))) / 2
    np.testing.assert_allclose(r.probabilities(clips), sigmoid((straight + mirrored) / 2), atol=1e-6)
    np.testing.assert_allclose(replace(r, mirrored=False).probabilities(clips), sigmoid(straight), atol=1e-6)
    np.testing.assert_allclose(r.probabilities(flipped_set(clips)), r.probabilities(clips), atol=1e-4)


def test_reading_a_bundle_and_classifying_needs_no_tensorflow(tmp_path: Path) -> None:
    from fer_core.models.bundle import save_bundle

    save_bundle(tiny_bundle(), tmp_path / "b")
    code = f"""
import sys
sys.path[:0] = ['tests']
from fer_core.models.bundle import load_bundle
from fer_core.live import media
from fer_core.results import evaluation
b = load_bundle({str(tmp_path / "b")!r})
import numpy as np
print(b.recogniser.from_features(np.zeros((1, 10, 8), np.float32)).shape)
loaded = {{n.partition('.')[0] for n in sys.modules}}
print(sorted(loaded & {{'tensorflow', 'keras', 'mediapipe', 'streamlit'}}))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=120)
    assert done.stdout.split("\n")[:2] == ["(1, 3)", "[]"], done.stderr
