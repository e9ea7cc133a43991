"""How long an image experiment takes: from what earlier trainings took, nothing made up for the others."""

from __future__ import annotations

from dataclasses import replace

import pytest
from image_study_samples import N, network, record, stored

from fer_core.study.image_conditions import ImageCondition
from fer_core.study.image_design import ImageDesign
from fer_core.study.image_presets import changed
from fer_core.training.images.forecast import forecast, paces


def test_without_a_store_nothing_is_known() -> None:
    assert paces() == {}


def test_a_pace_is_the_median_epoch_by_picture() -> None:
    stored(cells=lambda c: replace(c, fits={"network": network(3, seconds=[9.0, 2.0, 3.0])}))
    assert paces() == pytest.approx({("lenet5", 48): 3.0 / (2 * N), ("vgg16", 48): 3.0 / (2 * N)})


def test_what_has_no_epochs_counts_in_all_and_failures_do_not_count() -> None:
    def cells(cell):  # type: ignore[no-untyped-def]
        if cell.condition.startswith("vgg16"):
            return replace(cell, state="failed", fits={})
        return replace(cell, seconds=60.0, fits={"network": network(0)})

    stored(cells=cells)
    assert paces() == pytest.approx({("lenet5", 48): 60.0 / (2 * N)})


def test_other_kinds_of_experiments_are_passed_over() -> None:
    stored("experiment-20260102-030405", design={"base": {}, "factors": [], "seeds": [0]})
    assert paces() == {}


def test_time_is_pictures_times_epochs_times_fits() -> None:
    condition = changed(ImageCondition(model="lenet5", protocol="kfold", folds=4), epochs=10)
    classical = ImageCondition(model="pca-logistic", protocol="kfold", folds=4)
    design = ImageDesign((condition, classical), (0, 1))
    told = forecast(design, 1000, {("lenet5", 48): 0.01, ("pca-logistic", 48): 0.05})
    assert told.trainings == 16 and told.unknown == ()
    assert told.seconds == pytest.approx(8 * (1000 * 10 * 0.01 + 1000 * 0.05))


def test_what_was_never_trained_at_that_size_is_named() -> None:
    design = ImageDesign((ImageCondition(model="lenet5"), ImageCondition(model="vgg16", size=224)))
    told = forecast(design, 1000, {("lenet5", 48): 0.01, ("vgg16", 48): 1.0})
    assert told.unknown == ("vgg16",) and told.seconds == pytest.approx(1000 * 40 * 0.01)
    assert record().planned == design.n_cells * 2
