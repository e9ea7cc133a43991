"""The picture of an experiment's progress."""

from __future__ import annotations

from fer_core.figures.progress_grid import STATES, cell_words, cells_figure
from fer_core.results.plan import CellPlan
from fer_core.store.records import CellKey

A, B = "gru-bayesian-advanced", "lstm-predefined-standard"
PLANS = [
    CellPlan(CellKey(A, 0, 0), "done", 300, 300, 75.0, 60),
    CellPlan(CellKey(B, 0, 0), "failed", error="the loss is NaN"),
    CellPlan(CellKey(A, 0, 1), "begun", 12, 300),
    CellPlan(CellKey(B, 0, 1), "waiting"),
]


def test_a_square_per_cell_with_its_sign_and_its_words() -> None:
    figure = cells_figure(PLANS)
    heat = figure.data[0]
    assert [list(row) for row in heat.text] == [["✓", "…"], ["✕", ""]]
    states = list(STATES)
    assert [[states[v] for v in row] for row in heat.z] == [["done", "begun"], ["failed", "waiting"]]
    assert list(figure.layout.yaxis.ticktext) == ["GRU, Bayesian, advanced", "LSTM, predefined, standard"]
    assert list(figure.layout.xaxis.ticktext) == ["fold 1", "fold 2"]
    assert figure.layout.yaxis.autorange == "reversed"


def test_each_state_has_a_colour_of_its_own_exactly() -> None:
    scale = cells_figure(PLANS).data[0].colorscale
    for k, (_, colour, _) in enumerate(STATES.values()):
        low, high = scale[2 * k], scale[2 * k + 1]
        assert (low[1], high[1]) == (colour, colour)
        assert low[0] < (k + 0.5) / len(STATES) < high[0]


def test_several_seeds_are_named_and_many_columns_have_no_signs() -> None:
    plans = [CellPlan(CellKey(A, seed, fold), "done") for seed in range(10) for fold in range(10)]
    figure = cells_figure(plans)
    assert list(figure.layout.xaxis.tickvals) == list(range(0, 100, 10))
    assert list(figure.layout.xaxis.ticktext) == [f"seed {k}" for k in range(10)]
    assert figure.data[0].text is None
    few = cells_figure(plans[:12])
    assert few.layout.xaxis.ticktext[-1] == "seed 1<br>fold 2"


def test_words_say_what_there_is() -> None:
    words = [cell_words(p) for p in PLANS]
    assert words[0] == "GRU, Bayesian, advanced, seed 0, fold 1: done in 1 min, 60 clips tested; 300 of 300 trials"
    assert words[1] == "LSTM, predefined, standard, seed 0, fold 1: failed: the loss is NaN"
    assert words[2].endswith("begun; 12 of 300 trials")
    assert words[3].endswith("waiting")
