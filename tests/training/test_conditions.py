"""Conditions: frozen, hashable, saved as JSON, and refused with one sentence where impossible."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import pytest

from fer_core.base.errors import SettingError
from fer_core.landmarks.features import FeatureSpec
from fer_core.landmarks.sampling import SamplingRule
from fer_core.losses.imbalance import LossPolicy
from fer_core.study.conditions import Augmentation, Condition, FitSettings
from fer_core.study.presets import PAPER, PRESETS, changed, preset

REPOSITORY = Path(__file__).resolve().parents[2]

CHANGES = [
    {"architecture": "lstm"},
    {"loss": "standard"},
    {"protocol": "random-holdout"},
    {"folds": 7},
    {"seed": 3},
    {"emotions": ("fear", "anger")},
    {"F": 16},
    {"Q": 32},
    {"R": 32},
    {"ensemble": 2},
    {"test_share": 0.2},
    {"features": FeatureSpec(kind="raw", components=0)},
    {"policy": LossPolicy(boundary=">=")},
    {"augmentation": Augmentation(mirror="none")},
    {"fit": FitSettings(epochs=3)},
]


@pytest.mark.parametrize(
    "condition", [*PRESETS.values(), *(replace(Condition(), **c) for c in CHANGES)], ids=lambda c: c.key
)  # type: ignore[arg-type]
def test_json_and_back_is_the_same_condition(condition: Condition) -> None:
    again = Condition.from_json(json.loads(json.dumps(condition.to_json())))
    assert again == condition
    assert again.key == condition.key
    assert hash(again) == hash(condition)
    assert isinstance(again.extract.rule, SamplingRule)


def test_every_field_changes_the_key() -> None:
    keys = [Condition().key, *(replace(Condition(), **c).key for c in CHANGES)]  # type: ignore[arg-type]
    assert len(set(keys)) == len(keys)


def test_the_key_is_the_same_in_another_process() -> None:
    code = "from fer_core.study.presets import PAPER; print(PAPER.key)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        env={"PYTHONHASHSEED": "77", "PATH": "/usr/bin"},
    )
    assert done.stdout.strip() == PAPER.key, done.stderr


def test_a_condition_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Condition().seed = 3  # type: ignore[misc]


def test_conditions_know_no_keras() -> None:
    code = (
        "import sys, fer_core.study.conditions, fer_core.study.presets; "
        "loaded = {n.partition('.')[0] for n in sys.modules}; "
        "print(sorted(loaded & {'keras', 'tensorflow', 'mediapipe', 'cv2'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        {"architecture": "cnn"},
        {"loss": "hinge"},
        {"protocol": "kfold"},
        {"folds": 1},
        {"folds": 101},
        {"test_share": 0.0},
        {"test_share": 0.95},
        {"emotions": ("anger",)},
        {"emotions": ("anger", "anger")},
        {"emotions": ("anger", "joy")},
        {"seed": -1},
        {"ensemble": 0},
        {"F": 0},
    ],
)
def test_impossible_conditions_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(SettingError):
        Condition(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0},
        {"batch_size": 0},
        {"learning_rate": 0},
        {"learning_rate": float("nan")},
        {"dropout": 1},
        {"validation_share": 0.6},
        {"patience": 0},
        {"plateau_patience": 0},
    ],
)
def test_impossible_fits_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(SettingError):
        FitSettings(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"mirror": "both"}, {"retime": -1}, {"retime": 1.5}, {"neutral": -0.1}])
def test_impossible_augmentations_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(SettingError):
        Augmentation(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "plain",
    [
        {"learning": 1},
        {"fit": {"epoch": 3}},
        {"fit": 3},
        {"fit": None},
        {"folds": "ten"},
        {"seed": "x"},
        {"extract": {"rule": "random"}},
        {"extract": {"detect": 1}},
        {"emotions": "anger"},
        {"emotions": 3},
        {"emotions": [["anger"], "fear"]},
        {"F": "32"},
        {"fit": {"epochs": "many"}},
        {"policy": {"moderate": "3"}},
        [],
        3,
        None,
        "x",
    ],
    ids=str,
)
def test_a_wrong_file_is_one_sentence(plain: object) -> None:
    with pytest.raises(SettingError) as caught:
        Condition.from_json(plain)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_the_papers_preset_is_the_papers() -> None:
    """Section 3 of the study."""
    p = preset("paper")
    assert p.protocol == "random-holdout"
    assert p.features.kind == "raw"
    assert p.shape.inputs == 936
    assert p.extract.rule is SamplingRule.PAPER
    assert p.extract.frames == 10
    assert p.augmentation == Augmentation("paper", retime=0, blend=0, gain=0, neutral=0, still=0)
    assert (p.policy.moderate, p.policy.severe, p.policy.gamma) == (3.5, 11.5, 2.0)
    assert (p.fit.learning_rate, p.fit.batch_size, p.fit.dropout) == (1e-3, 32, 0.2)
    assert (p.fit.patience, p.fit.plateau_patience, p.fit.plateau_factor) == (20, 10, 0.5)
    assert p.fit.validation_share > 0  # else nothing would stop early
    assert p.ensemble == 1


def test_the_default_is_sound() -> None:
    assert Condition().protocol == "subject-kfold"
    assert Condition().augmentation.mirror == "true"
    assert Condition().features.kind == "displacement"


def test_short_names_reach_the_inner_settings() -> None:
    c = changed(Condition(), epochs=5, validation_share=0.2, boundary=">=", severe=20.0, features="raw", seed=4)
    assert (c.fit.epochs, c.fit.validation_share, c.policy.boundary, c.policy.severe) == (5, 0.2, ">=", 20.0)
    assert (c.features.kind, c.features.components, c.seed) == ("raw", 0, 4)
    assert changed(c, features="displacement").features == Condition().features


def test_an_unknown_preset_is_named() -> None:
    with pytest.raises(SettingError, match="best"):
        preset("best")


def test_conditions_of_the_first_studies_keep_their_names() -> None:
    """Their keys when those studies were run, before streams, poses and noise could be asked for."""
    known = {"default": "f66561b475e30cb6", "quick": "1d0bb0d9e4ce91ca", "paper": "af6461fb17edf3db"}
    assert {name: PRESETS[name].key for name in known} == known
    keys = {
        replace(Condition(), augmentation=replace(Condition().augmentation, **{n: 0.01})).key
        for n in ("stream", "pose", "noise")
    }
    assert len(keys | {Condition().key}) == 4


def test_raw_coordinates_cannot_be_seen_by_a_camera() -> None:
    with pytest.raises(SettingError, match="raw coordinates"):
        replace(PRESETS["live"], features=PRESETS["paper"].features)
    calm = changed(PRESETS["live"], features="raw")
    assert (calm.augmentation.stream, calm.augmentation.pose, calm.augmentation.noise) == (0, 0, 0)
