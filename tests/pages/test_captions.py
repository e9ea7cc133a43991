"""Captions name what is drawn and nothing else."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from sensitivity_samples import made, made_study

from fer_core.figures.cross import cross_figure
from fer_core.figures.training import learning_curves_words
from fer_core.models.images.registry import listing
from fer_core.stats.heatmap_table import cells_of_table
from fer_core.stats.table import reconstructed
from fer_core.studies.efficiency import image_costs
from fer_core.studies.sensitivity.results import Sensitivity
from ui.benchmark import cross, words
from ui.heatmaps import words as heatmaps_words
from ui.models import words as models_words
from ui.power import words as power_words
from ui.runs import panel
from ui.sensitivity import words as sensitivity_words


def test_power_names_the_lines_and_marks_that_are_drawn() -> None:
    plain = power_words.caption({}, None, 0)
    for absent in ("diamond", "ertical", "circles", "published"):
        assert absent not in plain
    said = power_words.caption({12: "12 pairs", 6: "6 emotions"}, 40, 3)
    assert "Vertical lines: 12 pairs and 6 emotions." in said and "Open diamond" in said
    assert "the 3 effects found" in said
    assert "published" not in said, "six emotions of somebody's own are not the study's n"
    assert "n = 6, which is also" in power_words.caption({6: "n = 6<br>published"}, None, 0)


def test_a_single_fit_has_no_median() -> None:
    one = [{"emotion": "fear", "train": [1.0]}, {"emotion": "anger", "train": [1.0]}]
    assert learning_curves_words(one) == "One fit of each emotion."
    assert learning_curves_words(one * 3).startswith("3 fits of each emotion") and "median" in (
        learning_curves_words(one * 3)
    )


def test_models_say_which_have_no_number_and_whether_print_is_drawn() -> None:
    rows = listing()
    of_study = {s: [r for r in rows if r["study"] == s] for s in ("tutuianu", "suwartono", "munsarif")}
    assert "Without PCA + Logistic Regression" in models_words.sizes_caption(of_study["suwartono"])
    assert "Without" not in models_words.sizes_caption(of_study["tutuianu"])
    for some in of_study.values():
        printed = any(r["published_parameters"] for r in some if r["kind"] == "network")
        assert ("Open diamond" in models_words.sizes_caption(some)) == printed


def test_a_model_whose_faces_nothing_cuts_out_says_so() -> None:
    row = next(r for r in listing() if r["name"] == "mediapipe-vggnet")
    assert "here pictures are taken as the corpus has them" in models_words.about(row)


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("drop", [None, {"accuracy": {"value": 0.1, "interval": [0.0, 0.2]}}])
def test_a_matrix_promises_a_frame_and_a_fall_only_where_there_is_one(own: bool, drop: Any) -> None:
    cell = {
        "n": 10,
        "own": own,
        "drop": drop,
        "accuracy": 0.5,
        "labels": "",
        "notes": [],
        "intervals": {"accuracy": [0.4, 0.6]},
    }
    matrix = {
        "strict": False,
        "method": "M.",
        "rows": [{"name": "r", "corpus": "c"}],
        "columns": [{"name": "c"}],
        "cells": [[cell]],
    }
    said = cross._caption(matrix)
    assert ("A frame marks" in said) == own == bool(cross_figure(matrix).layout.shapes)
    assert ("how far it lies below" in said) == (drop is not None)


def test_marks_of_one_seed_are_not_called_further_seeds() -> None:
    study = made_study()
    assert len(study.seeds("fear", "outputs", "f1")) == 4
    assert sensitivity_words.marks(study) == "Marks: the study's own point with 4 seeds, all else equal."
    alone = made() | {"again": {}}
    assert sensitivity_words.marks(Sensitivity(alone, study.grid)).endswith("own point, one seed.")


def test_a_heatmap_tells_of_counts_and_intervals_that_are_there() -> None:
    cells = cells_of_table(reconstructed())
    assert "Counts and intervals on hover" in heatmaps_words.caption(cells[cells["metric"] == "recall"])
    # From counts alone F1 has no interval.
    assert "Counts on hover" in heatmaps_words.caption(cells[cells["metric"] == "f1"])
    bare = cells.assign(tp=-1, low=float("nan"))
    assert "hover" not in heatmaps_words.caption(pd.DataFrame(bare))


def test_the_training_loss_is_said_to_hold_what_was_asked_for() -> None:
    plain = {"balancing": "none", "smoothing": 0.0, "mixup": 0.0, "cutmix": 0.0, "augmentation": "none"}
    assert words.training_loss(plain) == "" == words.training_loss({})
    said = words.training_loss(plain | {"balancing": "conservative", "augmentation": "tutuianu"})
    assert "weights capped at 3 and distorted pictures" in said and "smoothed" not in said
    assert "smoothed labels and mixed pictures" in words.training_loss(plain | {"smoothing": 0.05, "cutmix": 0.2})


def test_only_a_classical_model_learns_in_one_step() -> None:
    assert "learns in one step" in words.no_curve({"model": "pca-logistic"})
    assert "learns in one step" not in words.no_curve({"model": "lenet5"})


def test_costs_say_what_measured_them_and_what_is_left_out() -> None:
    found = image_costs.shipped()
    assert found is not None
    models = sorted({r["model"] for r in found["rows"]})
    row = {"label": "LeNet5", "latency": 0.1, "latency by": "onnxruntime"}
    other = {"label": "VGG16", "latency": 9.0, "latency by": "Keras"}
    assert models and words.cost_caption([row], "latency").endswith("with onnxruntime.")
    said = words.cost_caption([row, other, {"label": "Forest", "latency": None}], "latency")
    assert "LeNet5 with onnxruntime and VGG16 with Keras" in said and "Without Forest, not measured." in said
    assert "Measured" not in words.cost_caption([row | {"parameters": 1}], "parameters")


def test_landmarks_of_the_demo_are_not_said_to_be_kept() -> None:
    assert panel.landmarks_kept("demo") == ""
    assert panel.landmarks_kept("/data/ckplus") == "Landmarks found so far are kept."
