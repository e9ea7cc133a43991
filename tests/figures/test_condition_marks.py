"""Marks of conditions, and a legend that names what is drawn and nothing else."""

from __future__ import annotations

import itertools
from typing import Any

import plotly.graph_objects as go
import pytest

from fer_core.figures import effects
from fer_core.figures.condition_marks import add_legend, condition_marks
from fer_core.stats.descriptive import describe
from fer_core.stats.table import reconstructed

LEVELS = {"architecture": ("gru", "lstm"), "tuning": ("bayesian", "predefined"), "loss": ("advanced", "standard")}
ALL = [dict(zip(LEVELS, found, strict=True)) for found in itertools.product(*LEVELS.values())]


def named(figure: go.Figure) -> dict[str, Any]:
    """Entries of the legend by their names."""
    return {t.name: t.marker for t in figure.data if t.showlegend is not False and t.name}


def legend_of(conditions: list[dict[str, str]]) -> dict[str, Any]:
    figure = go.Figure(go.Scatter(x=[1], y=[1], name="values"))
    add_legend(figure, conditions)
    return named(figure) if figure.layout.showlegend else {}


def test_all_levels_are_told_apart_and_named() -> None:
    assert len(set(condition_marks(ALL))) == 8
    assert list(legend_of(ALL)) == ["GRU", "LSTM", "Bayesian", "predefined", "advanced loss", "standard loss"]


@pytest.mark.parametrize("factor", LEVELS)
def test_a_level_that_all_share_is_neither_named_nor_marked(factor: str) -> None:
    for level in LEVELS[factor]:
        some = [c for c in ALL if c[factor] == level]
        entries = legend_of(some)
        assert not [name for name in entries if name.lower().startswith(level)], entries
        marks = condition_marks(some)
        assert len(set(marks)) == 4
        if factor == "tuning":
            assert not [symbol for symbol, _ in marks if symbol.endswith("-open")], "nothing is open"


def test_a_mark_is_what_its_entry_shows() -> None:
    entries = legend_of(ALL)
    for condition, (symbol, colour) in zip(ALL, condition_marks(ALL), strict=True):
        shape, fill, shade = (
            entries["GRU" if condition["architecture"] == "gru" else "LSTM"],
            entries["Bayesian" if condition["tuning"] == "bayesian" else "predefined"],
            entries[f"{condition['loss']} loss"],
        )
        assert symbol.startswith(shape.symbol) and colour == shade.color
        assert symbol.endswith("-open") == fill.symbol.endswith("-open")


def test_one_condition_has_no_legend() -> None:
    assert legend_of(ALL[:1]) == {} and legend_of([{"features": "a"}, {"features": "b"}]) == {}


def test_means_of_predefined_conditions_alone_are_filled_and_say_nothing_of_tuning() -> None:
    table = reconstructed()
    rows = describe(table, "f1")
    rows = rows[rows["tuning"] == "predefined"]
    figure = effects.means_figure(rows, ("architecture", "tuning", "loss"), "f1", 0.7, (-0.05, 0.05))
    assert "predefined" not in named(figure) and "GRU" in named(figure)
    assert not [s for s in figure.data[0].marker.symbol if s.endswith("-open")]
