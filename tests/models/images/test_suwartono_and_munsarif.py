"""The networks of two studies: their shape, their parts, and that they can be taught."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import pytest

from fer_core.losses.classes import ClassLoss
from fer_core.models.images import fast_cnn
from fer_core.models.images.attention import attention_cnn
from fer_core.models.images.conv_former import Positions, conv_former
from fer_core.models.images.fast_cnn import fast_cnn_se
from fer_core.models.images.layers import Mish, Sparsemax, SqueezeExcite
from fer_core.models.images.recurrent_fusion import CASES, residual_fusion
from fer_core.models.images.registry import find

PARAMETERS = {"attention-cnn": 736_135, "fastcnn-se": 3_009_335, "conv-former": 906_023}
"""At 48 pixels, one channel, seven classes."""


def kinds(model: keras.Model) -> list[type]:
    return [type(layer) for layer in model.layers]


def pictures(n: int = 6, size: int = 16, channels: int = 1) -> np.ndarray:
    return np.random.default_rng(0).random((n, size, size, channels)).astype(np.float32)


def test_parameters_are_those_noted() -> None:
    models = {name: find(name).build() for name in PARAMETERS}
    found = {name: model.count_params() for name, model in models.items()}
    assert found == PARAMETERS
    assert all(keras.layers.Lambda not in kinds(model) for model in models.values())
    published = find("fastcnn-se").published_parameters[48]
    assert abs(found["fastcnn-se"] / published - 1) < 0.05


def test_the_attention_network_has_the_parts_the_study_names() -> None:
    found = kinds(attention_cnn(16))
    assert found.count(SqueezeExcite) == 4 and found.count(keras.layers.Add) == 4
    assert found.count(keras.layers.DepthwiseConv2D) >= 4 and Mish in found and keras.layers.ReLU not in found
    assert keras.layers.GlobalAveragePooling2D in found and found[-1] is keras.layers.Softmax


def test_fastcnn_has_mish_early_relu_late_and_sparsemax() -> None:
    found = [kind for kind in kinds(fast_cnn_se(16)) if kind in (Mish, keras.layers.ReLU, Sparsemax)]
    first_relu = found.index(keras.layers.ReLU)
    assert set(found[:first_relu]) == {Mish} and Mish not in found[first_relu:] and found[-1] is Sparsemax
    assert kinds(fast_cnn_se(16, output="softmax"))[-1] is keras.layers.Softmax


def test_conv_former_attends_before_norm_and_knows_places() -> None:
    model = conv_former(16, depth=3)
    found = kinds(model)
    assert found.count(keras.layers.MultiHeadAttention) == 3 and found[-1] is Sparsemax
    assert found.count(keras.layers.LayerNormalization) == 2 * 3 + 1 and found.count(Positions) == 1
    x = pictures()
    table = next(layer for layer in model.layers if isinstance(layer, Positions)).table
    table.assign(np.random.default_rng(1).normal(size=table.shape))
    assert not np.allclose(np.asarray(model(x)), np.asarray(model(x[:, ::-1, ::-1])), atol=1e-3)


@pytest.mark.parametrize("case", [1, 2])
@pytest.mark.parametrize("recurrent", ["bilstm", "lstm", "gru"])
def test_fusion_follows_table_2(recurrent: str, case: int) -> None:
    model = residual_fusion(48, recurrent=recurrent, case=case)  # type: ignore[arg-type]
    shapes = {w.shape for w in model.get_weights()}
    setting = CASES[case]
    for filters, kernel in (setting.temporal, setting.spatial):
        assert (kernel, kernel, filters, filters) in shapes  # within a residual block
    gates = 3 if recurrent == "gru" else 4
    assert (setting.units, gates * setting.units) in shapes
    rows = next(layer for layer in model.layers if isinstance(layer, keras.layers.Reshape)).output.shape
    assert rows == (None, 6, 6 * (setting.temporal[0] + setting.spatial[0]))
    assert (recurrent == "bilstm") == (keras.layers.Bidirectional in kinds(model))


def test_fusion_reads_rows_and_standardises_each_picture() -> None:
    model, x = residual_fusion(16, case=1), pictures()
    rows = next(layer for layer in model.layers if isinstance(layer, keras.layers.Reshape))
    until = keras.Model(model.input, [rows.input, rows.output])
    maps, sequence = (np.asarray(a) for a in until(x))
    assert np.array_equal(sequence[:, 0], maps[:, 0].reshape(len(x), -1))
    assert np.asarray(model(0.5 * x + 0.25)) == pytest.approx(np.asarray(model(x)), abs=1e-4)


@pytest.mark.parametrize("build", [fast_cnn_se, conv_former])
def test_training_begins_near_even_shares(build: Callable[..., keras.Model]) -> None:
    keras.utils.set_random_seed(0)
    p = np.asarray(build(32, classes=7)(pictures(16, 32), training=True))
    assert (p > 0).mean() > 0.9  # else sparsemax would leave most classes without a gradient


@pytest.mark.parametrize("name", ["attention-cnn", "fastcnn-se", "conv-former", "residual-gru-1"])
def test_they_learn_by_heart(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve pictures of three kinds in a few steps, by the study's own loss; shallow where that is slow."""
    keras.utils.set_random_seed(0)
    monkeypatch.setattr(fast_cnn, "STAGES", ((32, 1, "mish"), (64, 1, "relu")))
    model = (
        conv_former(16, classes=3, dropout=0.0, depth=1)
        if name == "conv-former"
        else find(name).build(16, 1, classes=3, dropout=0.0)
    )
    g = np.random.default_rng(0)
    y = np.eye(3, dtype=np.float32)[np.arange(12) % 3]
    x = np.clip(g.random((3, 16, 16, 1))[np.arange(12) % 3] + g.normal(0, 0.1, (12, 16, 16, 1)), 0, 1)
    loss = (
        ClassLoss("poly-focal", smoothing=0.05) if name in ("fastcnn-se", "conv-former") else ClassLoss(smoothing=0.05)
    )
    model.compile("adam", loss.keras(), jit_compile=False)
    first = model.train_on_batch(x.astype(np.float32), y)
    for _ in range(25):
        last = model.train_on_batch(x.astype(np.float32), y)
    assert np.isfinite(last) and last < 0.6 * first
