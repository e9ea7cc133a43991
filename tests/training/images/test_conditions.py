"""An image condition says what it is, the same way on every machine, and takes nothing impossible."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields, replace

import pytest

from fer_core.base.errors import SettingError
from fer_core.study.image_conditions import ImageCondition, ImageFit


def other(value: object) -> object:
    """A legal value that differs from a field's default."""
    words = {
        "attention-cnn": "lenet5",
        "none": "simple",
        "default": "majority",
        "cross-entropy": "focal",
        "suwartono": "tutuianu",
        "official": "kfold",
        "cosine": "plateau",
        "float32": "mixed_float16",
    }
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return words[value]
    if isinstance(value, tuple):
        return ("anger", "fear")
    return value + 1 if isinstance(value, int) else 0.9 * value or 0.1  # type: ignore[operator]


def test_every_field_enters_the_key() -> None:
    base = ImageCondition()
    keys = {base.key}
    for f in fields(ImageCondition):
        if f.name != "fit":
            keys.add(replace(base, **{f.name: other(getattr(base, f.name))}).key)
    for f in fields(ImageFit):
        keys.add(replace(base, fit=replace(base.fit, **{f.name: other(getattr(base.fit, f.name))})).key)
    assert len(keys) == len(fields(ImageCondition)) + len(fields(ImageFit))


def test_the_key_is_the_same_in_another_process() -> None:
    code = "from fer_core.study.image_conditions import ImageCondition; print(ImageCondition().key)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ImageCondition().key


def test_json_gives_the_condition_back() -> None:
    c = ImageCondition(model="lenet5", emotions=("fear", "anger"), fit=ImageFit(epochs=3, minutes=2.5))
    assert ImageCondition.from_json(c.to_json()) == c
    assert c.emotions == ("anger", "fear"), "emotions come in the canonical order"


@pytest.mark.parametrize(
    "plain", [None, [], {"model": "lenet5", "sizes": 3}, {"size": "large"}, {"fit": {"epochs": 0}}, {"emotions": 3}]
)
def test_what_is_no_condition_is_refused_in_a_sentence(plain: object) -> None:
    with pytest.raises(SettingError):
        ImageCondition.from_json(plain)


@pytest.mark.parametrize(
    "change",
    [
        {"size": 8},
        {"folds": 1},
        {"seed": -1},
        {"smoothing": 1.0},
        {"dropout": 1.0},
        {"mixup": -0.1},
        {"model": ""},
        {"balancing": "fair"},
        {"loss": "hinge"},
        {"protocol": "random"},
        {"labels": "mean"},
        {"augmentation": "all"},
        {"emotions": ("anger",)},
        {"emotions": ("anger", "bliss")},
        {"gamma": float("nan")},
    ],
)
def test_an_impossible_condition_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(SettingError):
        ImageCondition(**change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": 0},
        {"batch_size": 0},
        {"learning_rate": 0.0},
        {"least_rate": 0.1},
        {"plateau_factor": 1.0},
        {"validation_share": 0.6},
        {"patience": -1},
        {"plateau_patience": 0},
        {"frozen_epochs": -1},
        {"minutes": -1.0},
        {"weight_decay": 2.0},
        {"schedule": "step"},
        {"precision": "float8"},
    ],
)
def test_an_impossible_fit_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(SettingError):
        ImageFit(**change)  # type: ignore[arg-type]
