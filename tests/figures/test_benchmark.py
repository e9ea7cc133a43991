"""The Benchmark page's figures hold the results' own numbers; print, doubts and best epochs are told."""

from __future__ import annotations

from typing import Any

import pytest
from image_study_samples import ID, SLUGS, stored

from fer_core.figures.benchmark import (
    PRINTED,
    cost_figure,
    emotions_figure,
    image_curves_figure,
    name_places,
    result_hover,
    results_figure,
)
from fer_core.results.images import benchmarks
from fer_core.results.images.board import board
from fer_core.results.images.emotions import emotion_rows


@pytest.fixture
def found() -> dict[str, Any]:
    stored()
    return {ID: benchmarks.read(ID)}


def test_every_row_is_a_mark_with_its_interval_beside_its_name(found: dict[str, Any]) -> None:
    rows = board(found)
    figure = results_figure(rows, "accuracy", {})
    names = dict(zip(figure.layout.yaxis.tickvals, figure.layout.yaxis.ticktext, strict=True))
    drawn = {
        names[y]: (x, x - low, x + high)
        for t in figure.data
        for x, y, low, high in zip(t.x, t.y, t.error_x.arrayminus, t.error_x.array, strict=True)
    }
    ends = {k: [r[f"accuracy{e}"] for e in ("", "_low", "_high")] for k, r in zip(("L", "V"), rows, strict=True)}
    assert drawn["LeNet5<br>no class weights"] == pytest.approx(tuple(ends["L"]))
    assert drawn["VGG16<br>simple weights"] == pytest.approx(tuple(ends["V"]))
    (heading,) = figure.layout.annotations
    assert heading.text == "<b>bars</b><br>official split, tested on its validation part"
    assert heading.y < min(names), "above its lines"


def test_a_printed_value_is_an_open_diamond_that_the_axis_reaches(found: dict[str, Any]) -> None:
    rows = board(found)
    figure = results_figure(rows, "accuracy", {rows[0]["key"]: (0.99,)})
    (mark,) = [t for t in figure.data if t.name == PRINTED]
    places = {t.hovertext[k][:30]: t.y[k] for t in figure.data if t is not mark for k in range(len(t.x))}
    assert list(mark.x) == [0.99] and mark.marker.symbol == "diamond-open"
    assert mark.y[0] in places.values() and figure.layout.xaxis.range[1] > 0.99


def test_a_doubted_row_says_so_in_its_name_and_is_hollow(found: dict[str, Any]) -> None:
    found[ID]["rows"][1]["warnings"] = ["2 of 3 emotions have no error at all: look for copies."]
    rows = board(found)
    figure = results_figure(rows, "macro_f1", {})
    assert "VGG16<br>simple weights (doubted)" in figure.layout.yaxis.ticktext
    assert "circle-open" in [s for t in figure.data for s in (t.marker.symbol or ())]
    assert "doubted: 2 of 3 emotions" in result_hover(rows[1], "macro_f1")


def test_nothing_chosen_draws_nothing_and_no_fault() -> None:
    assert results_figure([], "accuracy", {}) is not None
    assert len(cost_figure([], "accuracy", "parameters", "parameters").data) == 0
    assert len(emotions_figure([]).data) == 6


def test_cost_lies_on_a_log_axis_and_names_stay_in_the_picture(found: dict[str, Any]) -> None:
    rows = [dict(r, latency=ms) for r, ms in zip(board(found), (0.5, 40.0), strict=True)]
    figure = cost_figure(rows, "accuracy", "latency", "milliseconds")
    (trace,) = figure.data
    assert list(trace.x) == [0.5, 40.0] and list(trace.y) == [r["accuracy"] for r in rows]
    assert list(trace.textposition) == ["middle right", "middle left"]
    low, high = figure.layout.xaxis.range
    assert 10**low < 0.5 and 10**high > 40
    assert all(10**low <= t <= 10**high for t in figure.layout.xaxis.tickvals)
    assert len(cost_figure([dict(rows[0], latency=None)], "accuracy", "latency", "ms").data) == 0


def test_names_of_points_close_together_stand_above_and_below() -> None:
    assert name_places([]) == []
    assert name_places([(5.0, 0.4)]) == ["middle right"]
    crowd = [(90_000.0, 0.370), (91_000.0, 0.365), (90_000.0, 0.65), (3e6, 0.66)]
    assert name_places(crowd) == ["top right", "bottom right", "middle right", "middle left"]
    assert name_places([(1.0, 0.5), (1.0, 0.5)]) == ["bottom right", "top right"]


def test_each_emotion_has_three_marks_with_intervals(found: dict[str, Any]) -> None:
    result = found[ID]["results"][SLUGS[0]]
    rows = emotion_rows(result["confusion"], result["emotions"])
    figure = emotions_figure(rows)
    marks = [t for t in figure.data if t.error_x.array is not None]
    assert [t.name for t in marks] == ["Recall", "Precision", "F1"]
    assert len({t.marker.symbol for t in marks}) == 3, "colour is the emotion's, the metric is a marker"
    assert list(marks[0].x) == [r["recall"] for r in rows]
    assert list(figure.layout.yaxis.ticktext) == result["emotions"]


def test_the_curve_marks_the_epoch_whose_weights_are_used(found: dict[str, Any]) -> None:
    rows = [r for r in found[ID]["curves"][SLUGS[0]] if r["seed"] == 0]
    figure = image_curves_figure(rows)
    star = next(t for t in figure.data if t.marker.symbol == "star")
    best = next(r for r in rows if r["best"])
    assert (star.x[0], star.y[0]) == (best["epoch"], best["accuracy"])
    train = next(t for t in figure.data if t.name == "training")
    assert list(train.y) == [r["train"] for r in rows]
    low, high = figure.layout.yaxis2.range
    assert low < rows[0]["accuracy"] < high


def test_a_fit_without_a_validation_side_has_its_training_loss_alone() -> None:
    rows = [
        {
            "seed": 0,
            "fold": 0,
            "epoch": 1,
            "best": True,
            "train": 1.0,
            "validation": None,
            "accuracy": None,
            "rate": 1e-3,
            "seconds": 1.0,
        }
    ]
    assert [t.name for t in image_curves_figure(rows).data] == ["training"]
