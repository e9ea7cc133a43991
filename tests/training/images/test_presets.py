"""Each study's settings, as far as it prints them, and changes to them by name."""

from __future__ import annotations

import pytest

from fer_core.base.errors import SettingError
from fer_core.models.images.registry import REGISTRY
from fer_core.study.image_design import ImageDesign
from fer_core.study.image_presets import changed, preset_for, pretrained
from fer_core.training.images.experiment import check_models


@pytest.mark.parametrize("name", sorted(REGISTRY))
def test_every_model_has_a_preset_that_it_can_take(name: str) -> None:
    spec, c = REGISTRY[name], preset_for(name)
    assert (c.model, c.size, c.augmentation) == (name, spec.sizes[0], spec.study)
    check_models(ImageDesign((c,)))


def test_a_classical_model_takes_no_class_weights() -> None:
    with pytest.raises(SettingError, match="takes no class weights"):
        check_models(ImageDesign((changed(preset_for("pca-logistic"), balancing="simple"),)))


def test_what_the_studies_print() -> None:
    attention, fast = preset_for("attention-cnn"), preset_for("fastcnn-se")
    for c in (attention, fast):
        assert (c.fit.learning_rate, c.fit.batch_size, c.fit.schedule) == (1e-3, 64, "cosine")
        assert (c.smoothing, c.fit.patience) == (0.05, 8)
    assert (fast.loss, fast.gamma, fast.lam, fast.balancing) == ("poly-focal", 2.0, 1.0, "effective")
    assert (fast.mixup, fast.cutmix) == (0.2, 0.2)
    wide = preset_for("sequential-4-conv")
    assert (wide.fit.learning_rate, wide.fit.schedule, wide.fit.plateau_patience) == (1e-4, "plateau", 10)
    assert (wide.fit.plateau_factor, wide.fit.patience, wide.balancing) == (0.5, 20, "conservative")


def test_the_second_case_of_residual_fusion_takes_larger_batches() -> None:
    second = [n for n, s in REGISTRY.items() if s.study == "munsarif" and n.endswith("-2")]
    first = [n for n, s in REGISTRY.items() if s.study == "munsarif" and n.endswith("-1")]
    assert second and first
    assert {preset_for(n).fit.batch_size for n in second} == {64}
    assert {preset_for(n).fit.batch_size for n in first} == {32}


def test_with_weights_from_elsewhere_the_head_comes_first() -> None:
    c = pretrained(preset_for("vgg16"), "imagenet")
    assert (c.initial, c.fit.frozen_epochs) == ("imagenet", 30)


def test_changes_reach_condition_and_fit_by_their_names() -> None:
    c = changed(preset_for("lenet5"), epochs=3, balancing="none", patience=0)
    assert (c.fit.epochs, c.fit.patience, c.balancing) == (3, 0, "none")
    with pytest.raises(SettingError, match="'epoch'"):
        changed(c, epoch=3)
    with pytest.raises(SettingError):
        preset_for("lenet-five")
