"""Verdicts under two rules and three units: against TOST itself, the published table, and planted cases."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from table_samples import design_frame, noisy, table_of

from fer_core.base.errors import SettingError, TableError
from fer_core.results.differences import ALL
from fer_core.stats.equivalence import MARGINS, equivalence
from fer_core.stats.frames import as_frame
from fer_core.stats.judging import Summary, flips, judge, judge_all, summaries, summaries_of_people
from fer_core.stats.table import reconstructed

PUBLISHED_YES = {("accuracy", "tuning")}
"""Winarno et al., Table 5, of four metrics and three factors."""


@pytest.mark.parametrize("unit", ["pair", "emotion"])
@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_tost_is_the_tost_of_the_other_module(unit: str, alpha: float) -> None:
    table = reconstructed()
    mine = judge_all(summaries(table, unit), MARGINS, alpha)  # type: ignore[arg-type]
    theirs = equivalence(table, MARGINS, alpha=alpha, unit=unit)  # type: ignore[arg-type]
    assert len(mine) == len(theirs) == 15
    for j, e in zip(mine, theirs, strict=True):
        assert j.name == (e.metric, e.factor, e.first, e.second)
        assert (j.n, j.verdict) == (e.n, e.verdict)
        np.testing.assert_allclose(
            (j.mean, *j.inner, *j.outer, j.p, j.smallest_margin, j.power),
            (e.mean, *e.ci90, *e.ci95, e.p, e.smallest_margin, e.power),
            rtol=1e-9,
            atol=1e-12,
        )


def test_the_published_rule_gives_the_published_table() -> None:
    every = judge_all(summaries(reconstructed()), MARGINS, rule="published")
    found = [j for j in every if j.metric != "specificity"]  # it has no margin there
    assert len(found) == 12
    assert {(j.metric, j.factor) for j in found if j.inside} == PUBLISHED_YES
    assert all(math.isnan(j.p) and j.deciding == j.outer for j in found)


def test_the_two_rules_part_in_one_published_verdict() -> None:
    made = summaries(reconstructed())
    both = flips(judge_all(made, MARGINS), judge_all(made, MARGINS, rule="published"))
    assert [(a.metric, a.factor, a.verdict, b.verdict) for a, b in both] == [
        ("accuracy", "architecture", "equivalent", "undecided")
    ]
    a, b = both[0]
    assert a.smallest_margin < 0.02 < b.smallest_margin, "the margin lies between the two smallest ones"


def test_a_margin_above_the_smallest_is_accepted_and_one_below_is_not() -> None:
    for rule in ("tost", "published"):
        for one in summaries(noisy(4)):
            smallest = judge(one, 0.05, rule=rule).smallest_margin  # type: ignore[arg-type]
            assert judge(one, smallest * 1.0001, rule=rule).inside  # type: ignore[arg-type]
            assert not judge(one, smallest * 0.9999, rule=rule).inside  # type: ignore[arg-type]


def test_unequal_margins_count_each_side() -> None:
    one = Summary("f1", "loss", "a", "b", "pair", 30, 0.03, 0.005)
    assert judge(one, (-0.01, 0.06)).verdict == "both"
    assert judge(one, (-0.06, 0.01)).verdict == "different"
    with pytest.raises(SettingError):
        judge(one, (0.01, 0.06))
    with pytest.raises(SettingError, match="not a rule"):
        judge(one, 0.05, rule="eyeball")  # type: ignore[arg-type]


def test_nothing_is_decided_without_spread() -> None:
    for one in summaries(table_of(design_frame(), 0.5)):
        j = judge(one, 0.05)
        assert (j.verdict, j.inside) == ("undecided", False)
        assert math.isnan(j.smallest_margin) and "no variance" in j.note
    for one in summaries(table_of(design_frame(emotions=("fear",)), 0.5), "emotion"):
        assert one.n == 1 and "one difference" in judge(one, 0.05).note
    with pytest.raises(TableError):
        summaries(table_of(design_frame(**dict.fromkeys(("architecture", "tuning", "loss"), ("x",))), 0.5))


def people(**changes: float) -> pd.DataFrame:
    row = {
        "factor": "loss",
        "level": "advanced",
        "minus": "standard",
        "emotion": ALL,
        "subjects": 100,
        "metric": "mean_binary_f1",
        "value": 0.02,
        "low90": 0.005,
        "high90": 0.041,
        "low": -0.001,
        "high": 0.052,
    }
    return pd.DataFrame([row | changes])


def test_people_are_judged_by_their_intervals() -> None:
    (one,) = summaries_of_people(people())
    assert (one.metric, one.n, one.basis) == ("f1", 100, "people")
    assert judge(one, 0.05).verdict == "equivalent"
    assert judge(one, 0.05, rule="published").verdict == "undecided", "0.052 lies outside"
    assert judge(one, 0.04).verdict == "undecided"
    assert judge(one, 0.05, alpha=0.2).alpha == 0.05
    (sure,) = summaries_of_people(people(low=0.001))
    assert judge(sure, 0.05).verdict == "both"
    assert summaries_of_people(people(), "fear") == []
    (fear,) = summaries_of_people(people().assign(emotion="fear", metric="f1"), "fear")
    assert fear.mean == 0.02


def test_people_who_never_differ_decide_nothing() -> None:
    (one,) = summaries_of_people(people(value=0, low=0, high=0, low90=0, high90=0))
    j = judge(one, 0.05)
    assert j.verdict == "undecided" and "every draw" in j.note


def test_the_frame_holds_every_field_once() -> None:
    frame = as_frame(judge_all(summaries(reconstructed()), MARGINS))
    assert len(frame) == 15 and {"inner_low", "outer_high", "verdict", "basis", "rule"} <= set(frame.columns)
    assert not {"inner", "outer"} & set(frame.columns)
