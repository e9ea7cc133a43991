"""Means over conditions with intervals over people."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from study_samples import ID, SUBJECTS, fill
from table_samples import row_of

from fer_core.results.differences import ALL, level_differences
from fer_core.results.level_means import level_means
from fer_core.results.study import Reading, Study, load_study, per_condition
from fer_core.results.study_subset import part_of
from fer_core.store.store import Store


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The made-up study."""
    with Store(tmp_path_factory.mktemp("store") / "s.sqlite") as store:
        fill(store)
        return load_study(store, ID)


@pytest.mark.parametrize("reading", ["outputs", "probabilities"])
def test_one_condition_has_its_own_value_and_interval(study: Study, reading: Reading) -> None:
    found, each = level_means(study, reading), per_condition(study, reading)
    whole = found[(found[["architecture", "tuning", "loss"]] != ALL).all(axis=1) & (found["emotion"] == ALL)]
    assert len(whole) == len(each)
    for _, row in each.iterrows():
        where = {k: row[k] for k in ("architecture", "tuning", "loss", "metric")}
        cell = row_of(whole, **where)
        assert cell["value"] == pytest.approx(row["value"], abs=2e-6)
        if row["value"] < 1:  # of what is always right, the condition's own interval is Wilson's
            assert (cell["low"], cell["high"]) == pytest.approx((row["low"], row["high"]), abs=2e-6)


def test_levels_differ_by_what_the_paired_differences_say(study: Study) -> None:
    found = level_means(study)
    for _, row in level_differences(study).iterrows():
        others = {k: ALL for k in ("architecture", "tuning", "loss") if k != row["factor"]}
        where = {**others, "emotion": row["emotion"], "metric": row["metric"]}
        first, second = (row_of(found, **{row["factor"]: row[k]}, **where) for k in ("level", "minus"))
        assert first["value"] - second["value"] == pytest.approx(row["value"], abs=1e-12)


def test_a_mean_lies_between_its_conditions_and_counts_them(study: Study) -> None:
    found = level_means(study)
    named = (found[["architecture", "tuning", "loss"]] != ALL).sum(axis=1)
    assert (found["conditions"] == 8 / 2**named).all()
    assert (found["lowest"] <= found["value"] + 1e-12).all() and (found["value"] <= found["highest"] + 1e-12).all()
    assert (found["subjects"] == SUBJECTS).all()
    inside = (found["low"] < found["high"]) | found["low"].isna()
    assert inside.all()


def test_what_never_varies_has_no_interval(study: Study) -> None:
    one = part_of(study, conditions=[study.conditions[0]])
    rows = one.predictions
    for emotion in study.emotions:
        rows = rows.assign(**{f"out_{emotion}": np.where(rows["emotion"] == emotion, 0.9, 0.1)})
    found = level_means(replace(one, predictions=rows))
    found = found[found["metric"] == "accuracy"]
    assert len(found) == 8 * 7 and (found["value"] == 1).all() and found["low"].isna().all()


def test_nothing_tested_gives_no_rows(study: Study) -> None:
    assert level_means(part_of(study, conditions=[])).empty
