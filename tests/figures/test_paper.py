"""The Paper page's pictures show the numbers that they are given."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fer_core.figures import paper, paper_equations
from fer_core.figures.theme import ALARM, EMOTION_COLOURS
from fer_core.stats.tost import tost


def trace(figure, name: str):  # type: ignore[no-untyped-def]
    """The one trace of that name that holds points."""
    found = [t for t in figure.data if t.name == name and t.x is not None and t.x[0] is not None]
    assert len(found) == 1, [t.name for t in figure.data]
    return found[0]


def test_recall_has_a_filled_and_an_open_mark_per_row_in_the_emotions_colour() -> None:
    values = pd.DataFrame(
        {"row": ["fear", "mean"], "emotion": ["fear", "mean"], "advanced": [0.4, 0.6], "standard": [0.1, 0.7]}
    )
    figure = paper.recall_figure(values)
    adaptive, plain = trace(figure, paper.ADAPTIVE), trace(figure, paper.PLAIN)
    assert list(adaptive.x) == [0.4, 0.6] and adaptive.marker.symbol == "circle"
    assert list(plain.x) == [0.1, 0.7] and plain.marker.symbol == "circle-open"
    assert adaptive.marker.color[0] == EMOTION_COLOURS["fear"] != adaptive.marker.color[1]
    lines = [t for t in figure.data if t.mode == "lines"]
    assert [list(t.x) for t in lines] == [[0.4, 0.1], [0.6, 0.7]]
    low, high = figure.layout.yaxis.range
    assert low > high, "the first row stands at the top"


def test_pairs_are_marked_by_whether_their_loss_changed() -> None:
    pairs = pd.DataFrame(
        {
            "emotion": ["joy", "joy", "fear"],
            "architecture": ["gru", "lstm", "gru"],
            "tuning": ["a", "a", "a"],
            "difference": [0.1, 0.1, -0.2],
            "loss_changed": [False, False, True],
        }
    )
    groups = {
        False: {"n": 2, "mean": 0.1, "low": 0.05, "high": 0.15},
        True: {"n": 1, "mean": -0.2, "low": -0.4, "high": 0.0},
    }
    figure = paper.same_loss_figure(pairs, groups, "recall")
    same, other = trace(figure, paper.SAME_LOSS), trace(figure, paper.ANOTHER_LOSS)
    assert list(same.x) == [0.1, 0.1] and list(other.x) == [-0.2]
    assert (same.marker.color, same.marker.symbol) != (other.marker.color, other.marker.symbol)
    assert same.marker.symbol != other.marker.symbol, "told apart without colours"
    assert len(set(same.y)) == 2, "equal pairs do not hide each other"
    assert [list(t.x) for t in figure.data if t.mode == "lines"] == [[0.05, 0.15], [-0.4, 0.0]]
    rows = list(figure.layout.yaxis.ticktext)
    assert [rows[round(y)] for y in (*same.y, *other.y)] == ["joy", "joy", "fear"]
    assert rows[1] == "<b>mean of 2 pairs</b>" and rows[3] == "<b>mean of 1 pairs</b>"


def test_the_chosen_analysis_alone_is_filled_and_named() -> None:
    evidence = pd.DataFrame(
        {"analysis": ["a, one", "b", "c"], "n": [48, 24, 6], "p": [0.2, 0.004, 0.07], "printed": [True, False, True]}
    )
    for chosen, p in enumerate(evidence["p"]):
        figure = paper.units_figure(evidence, chosen)
        marked = [
            (x, text)
            for t in figure.data
            for x, text, symbol in zip(t.x, t.text, t.marker.symbol, strict=True)
            if not symbol.endswith("-open")
        ]
        assert marked == [(p, f"<b>{p:.4f}</b>")]
    assert sorted(x for t in figure.data for x in t.x) == sorted(evidence["p"])
    assert any(s.x0 == paper.SIGNIFICANT for s in figure.layout.shapes)


@pytest.mark.parametrize(("half", "filled"), [(0.5, True), (0.01, False)])
def test_a_difference_is_filled_where_the_tests_find_it_inside_the_margin(half: float, filled: bool) -> None:
    values = np.array([0.0, 0.02, 0.03, 0.01, -0.02, 0.05])
    e = tost(values, -half, half)
    normal = {"pairs": (e.mean - 1.96 * e.se, e.mean + 1.96 * e.se)}
    figure = paper.margin_figure({"pairs": e}, normal)
    assert (trace(figure, "difference").marker.color[0] != "#FFFFFF") is filled
    assert list(trace(figure, "95%, the study's rule").x) == list(normal["pairs"])
    assert list(trace(figure, "90%, two one-sided tests").x) == list(e.ci90)
    band = [s for s in figure.layout.shapes if s.type == "rect"]
    assert [(s.x0, s.x1) for s in band] == [(-half, half)]


def test_always_no_stands_beside_the_accuracies() -> None:
    cells = pd.DataFrame(
        {
            "emotion": ["anger", "anger", "fear", "fear"],
            "accuracy": [0.8, 0.9, 0.95, 0.85],
            "always_no": [0.7, 0.7, 0.9, 0.9],
            "words": ["a", "b", "a", "b"],
        }
    )
    figure = paper.accuracies_figure(cells)
    assert list(trace(figure, paper.EACH).x) == [0.8, 0.9, 0.95, 0.85]
    assert list(trace(figure, paper.ALWAYS_NO).x) == pytest.approx([0.7, 0.9, 0.8])
    assert list(trace(figure, paper.MEAN).x) == pytest.approx([0.875])


def test_an_impossible_ratio_is_told_apart_by_name_and_colour() -> None:
    evidence = pd.DataFrame(
        {
            "emotion": ["anger", "sadness"],
            "printed": [5.9, 3.1],
            "test": [5.7, 9.9],
            "six": [5.9, 10.0],
            "seven": [6.3, 10.7],
            "possible": [True, False],
        }
    )
    figure = paper_equations.ratios_figure(evidence, 3.5, 11.5)
    assert list(trace(figure, paper_equations.POSSIBLE).y) == ["anger"]
    outside = trace(figure, paper_equations.IMPOSSIBLE)
    assert list(outside.y) == ["sadness"] and outside.marker.line.color == ALARM
    assert {s.x0 for s in figure.layout.shapes} == {3.5, 11.5}
    for column, (name, _) in paper_equations.RATIOS.items():
        assert list(trace(figure, name).x) == list(evidence[column])


def test_alpha_is_level_beyond_12_while_its_second_term_climbs() -> None:
    figure = paper_equations.alpha_figure(20.0, 12.0)
    level = trace(figure, "alpha by equation 9")
    assert min(level.x) > 12 and set(level.y) == {0.8}
    term = trace(figure, "0.25 + 0.1 (ratio - 5)")
    assert np.allclose(np.diff(term.y) / np.diff(term.x), 0.1)
    assert np.interp(10.5, term.x, term.y) == pytest.approx(0.8)
    marked = [t for t in figure.data if t.mode == "markers+text"]
    assert [(list(t.x), list(t.y)) for t in marked] == [([20.0], [0.8])]


def test_sampling_shows_a_short_clip_as_one_frame() -> None:
    figure = paper_equations.sampling_figure((9, 19, 20))
    taken = [t for t in figure.data if t.name == "frame taken"]
    assert set(taken[0].x) == {9} and len(taken[0].x) == 10
    assert list(taken[1].x) == list(range(10, 20))
    assert list(taken[2].x) == list(range(2, 21, 2))
    assert [t.showlegend for t in taken] == [True, False, False]


def test_the_saving_and_the_layers_hold_the_numbers_given() -> None:
    figure = paper_equations.saving_figure(0.888, (0.79, 0.96), 0.75)
    assert list(trace(figure, "this network").x) == [0.888]
    assert list(trace(figure, "claimed").x) == [0.75]
    work = {"gru": {"dense": 300, "recurrent": 30, "after": 1}, "lstm": {"dense": 300, "recurrent": 40, "after": 1}}
    bars = paper_equations.layers_figure(work).data
    assert {b.name: list(b.x) for b in bars} == {"dense": [300, 300], "recurrent": [30, 40], "after": [1, 1]}
    assert len({b.marker.pattern.shape for b in bars}) == 3, "not told apart by colour alone"
