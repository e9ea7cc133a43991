"""Named starting points for a condition: the sound default, a quick one, and the study's own choices."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fer_core.base.errors import SettingError
from fer_core.landmarks.extract import default_settings
from fer_core.landmarks.features import FeatureSpec
from fer_core.landmarks.sampling import SamplingRule
from fer_core.study.conditions import Augmentation, Condition, FitSettings

DEFAULT = Condition()
"""Subject-independent folds, displacement features, true mirror; see docs/training.md."""

QUICK = replace(DEFAULT, folds=5, ensemble=1, fit=FitSettings(epochs=25))
"""For a first look: five folds, one network per emotion, few epochs."""

PAPER = Condition(
    protocol="random-holdout",
    features=FeatureSpec(kind="raw", components=0, whiten=0.0),
    extract=replace(default_settings(), rule=SamplingRule.PAPER),
    augmentation=Augmentation("paper", retime=0, blend=0, gain=0, neutral=0, still=0),
    ensemble=1,
    decision="outputs",
    fit=FitSettings(epochs=150, validation_share=0.15),
)
"""Winarno et al.: raw coordinates, equation 3 as printed, random hold-out, early stopping."""

LIVE = replace(
    DEFAULT,
    F=16,
    Q=32,
    R=32,
    ensemble=6,
    augmentation=replace(DEFAULT.augmentation, blend=0.7, neutral=0.3, stream=2.0, pose=6.0, noise=0.004),
    fit=FitSettings(weight_decay=0.3),
)
"""For cameras: expressions begun, held, fading and gone; heads that turn; calibrated probabilities."""

PRESETS: dict[str, Condition] = {"default": DEFAULT, "quick": QUICK, "live": LIVE, "paper": PAPER}


def preset(name: str) -> Condition:
    """The condition of that name."""
    if name not in PRESETS:
        raise SettingError(f"there is no preset {name!r}", fix="use " + ", ".join(PRESETS))
    return PRESETS[name]


def changed(condition: Condition, **changes: Any) -> Condition:
    """A condition with some settings changed by their short names.

    ``features`` takes a kind; ``epochs``, ``validation_share`` change the fit; ``boundary``,
    ``moderate``, ``severe``, ``gamma`` the loss policy; every other name is a field of `Condition`.
    """
    if "features" in changes:
        kind = changes.pop("features")
        plain = kind == "raw"  # the study's own input: all 936 numbers as they are
        spec = FeatureSpec(kind, components=0, whiten=0.0) if plain else replace(DEFAULT.features, kind=kind)
        if plain:  # raw coordinates hold where the head is: they cannot be seen as a camera sees them
            calm = replace(condition.augmentation, stream=0.0, pose=0.0, noise=0.0)
            condition = replace(condition, augmentation=calm)
        condition = replace(condition, features=spec)
    for part, names in (
        ("fit", ("epochs", "validation_share")),
        ("policy", ("boundary", "moderate", "severe", "gamma")),
    ):
        inner = {n: changes.pop(n) for n in names if n in changes}
        if inner:
            condition = replace(condition, **{part: replace(getattr(condition, part), **inner)})
    return replace(condition, **changes)
