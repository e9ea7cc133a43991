"""Two conditions on the same clips: by hand from the stored predictions, and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar

from fer_core.base.errors import FerError, SettingError
from fer_core.results.study import Study
from fer_core.stats.clipwise import compare_clips, read_experiment

FIRST, SECOND = "gru-bayesian-advanced", "lstm-predefined-standard"


@pytest.fixture(scope="module")
def study() -> Study:
    """The included study over five folds."""
    return read_experiment("ckplus_folds")


@pytest.mark.parametrize(("reading", "prefix"), [("outputs", "out_"), ("probabilities", "p_")])
def test_both_tests_follow_from_the_stored_predictions(study: Study, reading: str, prefix: str) -> None:
    columns = [prefix + e for e in study.emotions]
    right = {}
    for slug in (FIRST, SECOND):
        rows = study.predictions[study.predictions["condition"] == slug]
        leading = np.array(study.emotions)[rows[columns].to_numpy().argmax(axis=1)]
        right[slug] = rows.assign(right=leading == rows["emotion"]).set_index("clip")[["right", "fold"]]
    first, second = right[FIRST]["right"], right[SECOND]["right"].loc[right[FIRST].index]
    found = compare_clips(study, FIRST, SECOND, reading)  # type: ignore[arg-type]
    table = [[(first & second).sum(), (first & ~second).sum()], [(~first & second).sum(), (~first & ~second).sum()]]
    assert found.mcnemar.p_exact == pytest.approx(mcnemar(table, exact=True).pvalue)
    assert (found.mcnemar.first_only, found.mcnemar.second_only) == (table[0][1], table[1][0])
    by_fold = (first.astype(float) - second.astype(float)).groupby(right[FIRST]["fold"]).mean()
    k = len(by_fold)
    se = np.sqrt((1 / k + found.n_test / found.n_train) * by_fold.var(ddof=1))
    assert found.folds.t == pytest.approx(by_fold.mean() / se)
    assert found.folds.p == pytest.approx(2 * stats.t.sf(abs(by_fold.mean() / se), k - 1))
    assert (found.clips, found.left_out) == (len(first), 0)


def test_a_hold_out_has_no_test_over_folds() -> None:
    found = compare_clips(read_experiment("ckplus_holdout"), FIRST, SECOND)
    assert found.folds.n == 1 and "no spread" in found.folds.note
    assert "there is no test" in found.sentences[2]


def test_what_cannot_be_compared_is_one_sentence(study: Study) -> None:
    with pytest.raises(SettingError, match="'cnn' is not a tested condition: use two of gru-"):
        compare_clips(study, "cnn", SECOND)
    with pytest.raises(SettingError, match="cannot be compared with itself"):
        compare_clips(study, FIRST, FIRST)
    with pytest.raises(SettingError, match="seed 7 did not test both conditions: use one of 0"):
        compare_clips(study, FIRST, SECOND, seed=7)
    with pytest.raises(FerError):
        read_experiment("no-such-experiment")
