"""How each study trains its models, as far as it says, by the name of the model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fer_core.base.errors import SettingError
from fer_core.models.images.registry import REGISTRY, find
from fer_core.study.image_conditions import ImageCondition, ImageFit

SUWARTONO = ImageCondition(
    model="attention-cnn",
    smoothing=0.05,
    augmentation="suwartono",
    dropout=0.3,
    fit=ImageFit(epochs=40, batch_size=64, learning_rate=1e-3, schedule="cosine", patience=8),
)
"""Suwartono et al., 3.2 and 3.5: Adam 1e-3 on a cosine, batches of 64, label smoothing 0.05, patience 8.

The number of epochs is not printed.
"""

FAST = replace(
    SUWARTONO, model="fastcnn-se", balancing="effective", loss="poly-focal", gamma=2.0, lam=1.0, mixup=0.2, cutmix=0.2
)
"""The same study's FastCNN-SE and ConvFormer: Sparsemax, Poly-Focal loss, effective-number weights, MixUp."""

TUTUIANU = ImageCondition(
    model="sequential-4-conv",
    balancing="conservative",
    augmentation="tutuianu",
    dropout=0.2,
    fit=ImageFit(
        epochs=200,
        batch_size=32,
        learning_rate=1e-4,
        schedule="plateau",
        plateau_patience=10,
        plateau_factor=0.5,
        least_rate=1e-10,
        patience=20,
    ),
)
"""Tutuianu et al., 4.2: Adam 1e-4, halved after 10 epochs, stopped after 20; class weights capped at 3.

With initial weights from elsewhere the new head is trained alone for 30 epochs first (`pretrained`).
"""

MUNSARIF = ImageCondition(
    model="residual-gru-1",
    augmentation="munsarif",
    dropout=0.3,
    fit=ImageFit(epochs=60, batch_size=32, learning_rate=1e-3, schedule="plateau", patience=15),
)
"""Munsarif and Ku-Mahamud, 3.4: Adam, batches of 32 (case I) or 64 (case II); the rest is not printed."""

_STUDIES = {"suwartono": SUWARTONO, "tutuianu": TUTUIANU, "munsarif": MUNSARIF}


def preset_for(model: str) -> ImageCondition:
    """The condition under which the model's own study trains it, at its first input size.

    Raises `SettingError` for a model that is not in the registry.
    """
    spec = find(model)
    base = FAST if model in ("fastcnn-se", "conv-former", "convformer") else _STUDIES[spec.study]
    fit = base.fit
    if spec.study == "munsarif" and spec.name.endswith("-2"):
        fit = replace(fit, batch_size=64)
    return replace(base, model=model, size=spec.sizes[0], fit=fit)


def ways_with_imbalance() -> dict[tuple[str, str], list[str]]:
    """What networks do about imbalance when trained as their own studies do.

    By (balancing, loss): the names of the networks. Classical models take no class weights.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for name, spec in REGISTRY.items():
        if spec.kind == "network":
            condition = preset_for(name)
            found.setdefault((condition.balancing, condition.loss), []).append(name)
    return found


def pretrained(condition: ImageCondition, initial: str) -> ImageCondition:
    """The same condition, begun with weights from elsewhere: head first, then everything."""
    return replace(condition, initial=initial, fit=replace(condition.fit, frozen_epochs=30))


def changed(condition: ImageCondition, **changes: Any) -> ImageCondition:
    """A condition with some settings changed; names of `ImageFit` change the fit."""
    fit_names = set(ImageFit.__dataclass_fields__)
    fit = {k: changes.pop(k) for k in list(changes) if k in fit_names}
    unknown = [k for k in changes if k not in ImageCondition.__dataclass_fields__]
    if unknown:
        raise SettingError(f"there is no setting {unknown[0]!r}", fix="use the names of an image condition")
    return replace(condition, **changes, fit=replace(condition.fit, **fit))
