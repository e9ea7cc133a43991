"""A part of a study is the study that would have come of asking for that part alone."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from study_samples import FACTORS, FOLDS, ID, SLUGS, fill, made_cell, made_predictions, made_record

from fer_core.results import study as tables_of
from fer_core.results import study_subset
from fer_core.results.study import Study, load_study
from fer_core.store.store import Store


def study(folder: Path, **changes: object) -> Study:
    with Store(folder / "s.sqlite") as store:
        fill(store, **changes)
        return load_study(store, ID)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return study(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Three conditions with 3, 2 and 1 of 3 folds; the second one's last cell failed; a fourth has none."""
    with Store(tmp_path_factory.mktemp("uneven") / "s.sqlite") as store:
        record = made_record(factors=FACTORS[:4], seeds=(0,))
        store.add_experiment(record)
        for slug, folds in zip(SLUGS, (3, 2, 1), strict=False):
            for fold in range(folds):
                said = made_predictions(slug, 0, fold)
                store.add_cell(ID, made_cell(slug, 0, fold, n_test=len(said)), said)
        store.add_cell(ID, made_cell(SLUGS[1], 0, 2, state="failed", fits={}, error="NaN"))
        return load_study(store, ID)


def test_a_part_equals_an_experiment_of_that_part(whole: Study, tmp_path: Path) -> None:
    alone = study(tmp_path, factors=FACTORS[2:5], seeds=(1,))
    part = study_subset.part_of(whole, SLUGS[2:5], [1])
    assert part.design == alone.design
    assert part.record.planned == alone.record.planned == 3 * FOLDS
    assert part.record.splits == alone.record.splits
    assert (part.cells, part.trials) == (alone.cells, alone.trials)
    for table in (tables_of.per_condition, tables_of.per_emotion, tables_of.replicates):
        pd.testing.assert_frame_equal(table(part), table(alone))


def test_without_a_wish_it_is_the_whole(whole: Study) -> None:
    part = study_subset.part_of(whole)
    assert part.record == whole.record
    pd.testing.assert_frame_equal(tables_of.per_condition(part), tables_of.per_condition(whole))
    assert not study_subset.uneven(whole)


def test_nothing_chosen_is_no_fault(whole: Study) -> None:
    for part in (
        study_subset.part_of(whole, []),
        study_subset.part_of(whole, seeds=[]),
        study_subset.part_of(whole, ["no-such-x"]),
    ):
        assert part.tested == ()
        assert part.record.planned == 0
        assert study_subset.part_of(part, common=True).tested == ()


def test_common_clips_are_those_all_were_tested_on(uneven: Study) -> None:
    assert study_subset.uneven(uneven)
    assert len(set(tables_of.per_condition(uneven)["n"])) == 3
    part = study_subset.part_of(uneven, common=True)
    assert part.tested == SLUGS[:3], "a condition without any result does not empty the others"
    assert not study_subset.uneven(part)
    shared = set(uneven.record.splits["0"][0])
    assert all(set(rows["clip"]) == shared for _, rows in part.predictions.groupby("condition"))
    two = study_subset.part_of(uneven, SLUGS[:2], common=True)
    assert set(two.predictions["fold"]) == {0, 1}, "only what was chosen is made even"


@pytest.mark.parametrize("reading", ["outputs", "probabilities"])
def test_the_clips_behind_a_classifiers_counts(whole: Study, reading: str) -> None:
    rows = tables_of.per_emotion(whole, reading, [SLUGS[0]])
    for row in rows[rows["metric"] == "recall"].to_dict("records"):
        for outcome, counted in (("missed", "fn"), ("called", "fp"), ("found", "tp")):
            found = study_subset.outcomes(whole, SLUGS[0], row["emotion"], outcome, reading)
            assert len(found) == row[counted], (row["emotion"], outcome)
            assert ((found["emotion"] == row["emotion"]) == (outcome != "called")).all()
