"""What is drawn of each network is what the network is: kept stages against models built anew."""

from __future__ import annotations

import pytest

from fer_core.models.images.layer_summary import (
    BORDERS,
    Layers,
    Stage,
    kept,
    main_layers,
    stages,
    stages_file,
    stages_of,
    text_of,
)
from fer_core.models.images.registry import REGISTRY, counted, find

NETWORKS = [s for s in REGISTRY.values() if s.kind == "network"]


def told(stage: Stage) -> dict[str, tuple[int, int, int]]:
    return {x.kind: (x.count, x.narrowest, x.widest) for x in stage.layers}


@pytest.mark.parametrize("spec", NETWORKS, ids=lambda s: s.name)
def test_every_network_is_kept_at_every_side_with_all_its_parameters(spec) -> None:  # type: ignore[no-untyped-def]
    assert set(kept()[spec.name]) == set(spec.sizes)
    for size, found in kept()[spec.name].items():
        assert sum(s.parameters for s in found) == counted()[spec.name][size]
        assert found[-1].shape == (7,) and 3 <= len(found) <= 9
        assert [s.passed for s in found][-1] == 1
        sides = [s.shape[0] for s in found if len(s.shape) == 3]
        assert sides == sorted(sides, reverse=True) and sides[0] <= size, "no border is taken for a map"


def test_nothing_else_is_kept() -> None:
    assert set(kept()) == {s.name for s in NETWORKS}
    assert stages_file().read_text("utf-8") == text_of(kept()), "the file is what is written"


@pytest.mark.parametrize("name", ["lenet5", "sequential-4-conv", "residual-gru-1", "conv-former"])
def test_what_is_kept_is_what_the_network_says_today(name: str) -> None:
    spec = find(name)
    assert tuple(stages_of(spec, spec.sizes[0])) == kept()[name][spec.sizes[0]]


def test_branches_gates_and_borders_belong_where_they_work() -> None:
    import keras
    from keras import layers

    x = given = keras.Input((32, 32, 3))
    x = layers.Conv2D(8, 3)(x)  # 30: a border lost, the same stage
    left = layers.MaxPooling2D()(x)  # 15
    right = layers.Conv2D(8, 3, strides=2, padding="same")(layers.ZeroPadding2D(1)(x))  # 16
    gate = layers.Dense(8, activation="sigmoid")(layers.GlobalAveragePooling2D(keepdims=True)(right))
    right = layers.Multiply()([right, gate])
    both = layers.Concatenate()([layers.Flatten()(left), layers.Flatten()(right)])
    model = keras.Model(given, layers.Dense(3)(both))
    first, middle, last = stages(model)
    assert first.shape == (30, 30, 8) and told(first) == {"convolution 3 × 3": (1, 8, 8)}
    assert middle.passed == 2, "two branches go on"
    assert {"max pooling 2 × 2", "border", "dense", "mean over the map", "product"} <= set(told(middle))
    assert last.shape == (3,) and told(last)["dense"] == (1, 3, 3)
    assert sum(s.parameters for s in (first, middle, last)) == model.count_params()


def test_a_shared_layer_counts_once() -> None:
    import keras

    shared = keras.layers.Dense(4)
    given = keras.Input((4,))
    model = keras.Model(given, keras.layers.Add()([shared(given), given]))
    assert sum(s.parameters for s in stages(model)) == model.count_params() == 20


def test_a_short_description_leaves_out_what_is_minor() -> None:
    convolution, norm = Layers("convolution 3 × 3", 2, 8, 16), Layers("batch normalization", 2, 8, 16)
    both = Stage((4, 4, 16), (convolution, norm), 10, 1)
    assert main_layers(both) == (convolution,)
    assert main_layers(Stage((4, 4, 16), (norm,), 10, 1)) == (norm,), "unless there is nothing else"
    assert convolution.width == "8 to 16" and set(BORDERS) == {"border", "border cut"}
    assert Stage.from_json(both.to_json()) == both
