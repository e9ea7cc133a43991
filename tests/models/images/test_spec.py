"""What a model refuses to be built as."""

from __future__ import annotations

import pytest

from fer_core.base.errors import FerError, SettingError
from fer_core.models.images.registry import find


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"size": 74}, "InceptionV3 cannot take images of 74 pixels: use 75 pixels or more"),
        ({"channels": 2}, "1 or 3 channels, not 2"),
        ({"classes": 1}, "cannot tell 1 classes apart"),
        ({"dropout": 1.0}, r"dropout 1.0 is outside \[0, 1\)"),
        ({"weights": "nowhere.npz"}, "no such file of weights"),
    ],
)
def test_arguments_out_of_range_are_named(asked: dict[str, object], words: str) -> None:
    with pytest.raises(FerError, match=words):
        find("inceptionv3").build(**{"size": 75, **asked})


def test_imagenet_is_refused_where_there_is_none() -> None:
    with pytest.raises(SettingError, match=r"no ImageNet weights for LeNet5.*name a file"):
        find("lenet5").build(weights="imagenet")


def test_one_dropout_replaces_each_of_the_studys() -> None:
    rates = {layer.rate for layer in find("resnet18").build(dropout=0.35).layers if hasattr(layer, "rate")}
    assert rates == {0.35}
    own = [layer.rate for layer in find("resnet18").build().layers if hasattr(layer, "rate")]
    assert own == [0.2, 0.5]


def test_without_arguments_it_is_the_predefined_one() -> None:
    model = find("sequential-4-conv").build()
    assert (model.input_shape, model.output_shape) == ((None, 48, 48, 3), (None, 7))
