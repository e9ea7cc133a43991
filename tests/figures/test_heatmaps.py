"""Heatmaps hold every cell's number, and say counts and interval on hover."""

from __future__ import annotations

from typing import Any

import pytest
from table_samples import noisy, row_of

from fer_core.figures.heatmaps import BINARY_KEYS, binary_figure, cell_words, conditions_figure, metrics_figure
from fer_core.results.words import BINARY_METRICS
from fer_core.stats.heatmap_table import MEAN, cells_of_table
from fer_core.stats.table import evaluations, reconstructed

CELLS = cells_of_table(reconstructed())


def marks(figure: Any) -> Any:
    """The trace whose points can be clicked."""
    return next(t for t in figure.data if t.type == "scatter" and t.mode == "markers")


def letters(figure: Any) -> dict[tuple[str, str], str]:
    return {
        (y, x): text
        for trace in figure.data
        if trace.type == "scatter" and trace.mode == "text"
        for x, y, text in zip(trace.x, trace.y, trace.text, strict=True)
    }


@pytest.mark.parametrize("metric", BINARY_METRICS)
def test_condition_by_emotion_holds_every_value(metric: str) -> None:
    figure = conditions_figure(CELLS, metric)
    trace = marks(figure)
    assert len(trace.customdata) == 9 * 6
    shown = letters(figure)
    for (emotion, condition), x, y, hover in zip(trace.customdata, trace.x, trace.y, trace.hovertext, strict=True):
        cell = row_of(CELLS, emotion=emotion, condition=condition, metric=metric)
        assert shown[y, x] == f"{cell['value']:.2f}" and x == emotion
        assert f"tp {cell['tp']}, fp {cell['fp']}, fn {cell['fn']}, tn {cell['tn']}" in hover
        interval = f"95% interval {cell['low']:.2f} to {cell['high']:.2f}"
        assert (interval in hover) == (metric != "f1" and condition != MEAN)
    assert trace.y[-1] == "<b>mean</b>"


def test_emotion_by_metric_holds_one_condition() -> None:
    figure = metrics_figure(CELLS, "lstm-predefined-standard")
    trace = marks(figure)
    assert [list(c) for c in trace.customdata][:2] == [["anger", "recall"], ["anger", "precision"]]
    shown = letters(figure)
    for (emotion, metric), x, y in zip(trace.customdata, trace.x, trace.y, strict=True):
        cell = row_of(CELLS, emotion=emotion, condition="lstm-predefined-standard", metric=metric)
        assert shown[y, x] == f"{cell['value']:.2f}"


def test_hover_says_what_a_ratio_is_made_of() -> None:
    cell = row_of(CELLS, emotion="fear", condition="gru-bayesian-advanced", metric="recall").to_dict()
    said = cell_words(cell)
    assert f"{cell['tp']} of {cell['tp'] + cell['fn']} clips of it were called so" in said
    mean = cell_words(row_of(CELLS, emotion="fear", condition=MEAN, metric="recall").to_dict())
    assert "mean of 8 conditions, which reach 0 to 0.429" in mean and "tests of it" in mean


def test_a_classifiers_own_matrix_holds_its_counts() -> None:
    cell = row_of(CELLS, emotion="anger", condition="gru-bayesian-standard", metric="f1").to_dict()
    figure = binary_figure(cell)
    trace = marks(figure)
    assert [c[0] for c in trace.customdata] == [k for row in BINARY_KEYS for k in row]
    counts = [int(t.split("<br>")[0]) for t in _in_order(figure)]
    assert counts == [cell[k] for k in ("tp", "fn", "fp", "tn")]
    shares = [t.split("<br>")[1] for t in _in_order(figure)]
    assert shares[0] == f"{cell['tp'] / (cell['tp'] + cell['fn']):.0%}"


def _in_order(figure: Any) -> list[str]:
    trace, shown = marks(figure), letters(figure)
    return [shown[y, x] for x, y in zip(trace.x, trace.y, strict=True)]


def test_gaps_stay_empty_and_one_condition_has_no_mean_beside_it() -> None:
    frame = reconstructed().frame
    part = frame[~((frame["emotion"] == "fear") & (frame["loss"] == "standard"))]
    figure = conditions_figure(cells_of_table(evaluations(part, "Part", "table")), "recall")
    hover = dict(zip(map(tuple, marks(figure).customdata), marks(figure).hovertext, strict=True))
    assert hover["fear", "gru-bayesian-standard"] == "not tested"
    assert len(letters(figure)) == 9 * 6 - 4
    single = noisy(1, architecture=("gru",), tuning=("bayesian",), loss=("standard",))
    alone = conditions_figure(cells_of_table(single), "f1")
    assert len(set(marks(alone).y)) == 1 and "<b>mean</b>" not in marks(alone).y


def test_what_users_wrote_is_text_and_no_markup() -> None:
    frame = noisy(1, emotions=("<b>glee</b>", "fear"), architecture=("<i>a</i>", "lstm")).frame
    cells = cells_of_table(evaluations(frame, "Marked up", "table"))
    for figure in (conditions_figure(cells, "f1"), metrics_figure(cells, MEAN)):
        shown = [*marks(figure).x, *marks(figure).y, *marks(figure).hovertext]
        assert not any("<i>" in s or "<b>glee" in s for s in shown)
