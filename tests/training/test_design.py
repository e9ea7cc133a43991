"""Designs: all levels crossed, counted right, saved and read, refused with a sentence."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from samples import tiny

from fer_core.base.errors import SettingError
from fer_core.study.conditions import SearchSettings
from fer_core.study.design import ALL, Design, Factors


def test_the_study_crosses_three_factors() -> None:
    assert len(ALL) == len(set(ALL)) == 8
    assert ALL[0].slug == "gru-bayesian-advanced"
    for factors in ALL:
        assert Factors.of(factors.slug) == factors
        condition = Design().condition(factors, 3)
        assert (condition.slug, condition.seed) == (factors.slug, 3)


def test_it_counts_what_will_be_done() -> None:
    base = tiny(search=SearchSettings(evaluations=7, inner_folds=2))
    design = Design(base, ALL[:3], seeds=(0, 5))  # two of the three search
    assert [f.tuning for f in design.factors] == ["bayesian", "bayesian", "predefined"]
    assert design.n_cells == 3 * 2 * 3
    assert design.n_trials == 2 * 2 * 3 * 3 * 7
    assert design.n_fits == design.n_trials * 2 + design.n_cells * 3 * base.ensemble
    assert replace(design, base=replace(base, protocol="subject-holdout")).n_cells == 3 * 2


def test_the_issues_own_number_of_search_trials() -> None:
    base = replace(Design().base, protocol="subject-holdout")
    assert Design(base).n_trials == 1200


def test_a_design_is_saved_and_read() -> None:
    design = Design(tiny(), ALL[2:5], (4, 1))
    again = Design.from_json(json.loads(json.dumps(design.to_json())))
    assert again == design
    assert again.key == design.key
    assert replace(design, seeds=(4,)).key != design.key


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"factors": []}, "needs conditions"),
        ({"factors": [["gru", "bayesian", "advanced"]] * 2}, "each once"),
        ({"factors": [["gru", "grid", "advanced"]]}, "no condition 'gru-grid-advanced'"),
        ({"seeds": []}, "seeds"),
        ({"seeds": [1, 1]}, "each once"),
        ({"seeds": [-1]}, "seed -1 is out of range"),
        ({"seeds": [True]}, "no whole number"),
        ({"base": {"F": "wide"}}, "F cannot be"),
        ({"base": None}, "no group of settings"),
        ({"factors": None}, "cannot be read"),
        ({"seeds": None}, "cannot be read"),
    ],
)
def test_what_makes_no_design_is_said(change: dict, said: str) -> None:
    plain = Design(tiny()).to_json() | change
    with pytest.raises(SettingError, match=said):
        Design.from_json(plain)


@pytest.mark.parametrize("wrong", [{"evaluations": 0}, {"F": (64, 16)}, {"inner_folds": 1}, {"objective": "f1"}])
def test_impossible_searches_are_refused(wrong: dict) -> None:
    with pytest.raises(SettingError, match=r"out of range|is unknown"):
        SearchSettings(**wrong)
