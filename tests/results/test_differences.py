"""What a factor changes, against plain loops and scikit-learn; missing halves; the interval's meaning."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score, recall_score
from study_samples import FACTORS, ID, fill, made_clips, one

from fer_core.results.differences import ALL, level_differences
from fer_core.results.metrics import draws
from fer_core.results.study import Study, load_study
from fer_core.store.store import Store


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The whole made-up study."""
    with Store(tmp_path_factory.mktemp("store") / "s.sqlite") as store:
        fill(store)
        return load_study(store, ID)


def score(part: pd.DataFrame, emotion: str, function: Any) -> float:
    """Of one classifier at 0.5."""
    return float(function(part["emotion"] == emotion, part[f"out_{emotion}"] > 0.5, zero_division=0))


def by_hand(predictions: pd.DataFrame, factor: str, levels: tuple[str, str], emotion: str, f: Any) -> float:
    """The mean over the four pairs."""
    others = [name for name in ("architecture", "tuning", "loss") if name != factor]
    found = []
    for _, four in predictions.groupby(others):
        first, second = (score(four[four[factor] == level], emotion, f) for level in levels)
        found.append(first - second)
    assert len(found) == 4
    return float(np.mean(found))


@pytest.mark.parametrize(
    ("factor", "levels"),
    [("architecture", ("gru", "lstm")), ("tuning", ("bayesian", "predefined")), ("loss", ("advanced", "standard"))],
)
def test_the_value_is_the_mean_over_matched_pairs(study: Study, factor: str, levels: tuple[str, str]) -> None:
    rows = level_differences(study)
    for emotion in study.emotions:
        for metric, function in (("recall", recall_score), ("f1", f1_score)):
            row = one(rows, factor=factor, emotion=emotion, metric=metric)
            expected = by_hand(study.predictions, factor, levels, emotion, function)
            assert row["value"] == pytest.approx(expected, abs=1e-12)
            assert (row["level"], row["minus"], row["pairs"]) == (*levels, 4)
            assert row["n"] == len(made_clips())


def test_the_planted_effect_is_found_and_what_was_not_planted_is_not(study: Study) -> None:
    rows = level_differences(study)
    loss = one(rows, factor="loss", emotion=ALL, metric="mean_binary_recall")
    assert loss["low"] > 0, "the advanced loss finds more of the rare emotions"
    same = one(rows, factor="architecture", emotion=ALL, metric="accuracy")
    assert same["low"] <= 0 <= same["high"]


def test_the_interval_draws_people_and_the_same_ones_for_both(study: Study) -> None:
    """By hand for recall: found and shown clips of each person, weighted by how often they are drawn."""
    row = one(level_differences(study), factor="loss", emotion="happiness", metric="recall")
    happiness = study.predictions[study.predictions["emotion"] == "happiness"]
    people = np.unique(study.predictions["subject"])
    weights = draws(len(people))
    recall = {}
    for slug, part in happiness.assign(found=happiness["out_happiness"] > 0.5).groupby("condition"):
        by_person = part.groupby("subject")["found"].agg(["sum", "count"]).reindex(people, fill_value=0)
        recall[slug] = (weights @ by_person["sum"]) / (weights @ by_person["count"])
    pairs = [(s, s.replace("advanced", "standard")) for s in recall if "advanced" in s]
    drawn = np.mean([recall[a] - recall[b] for a, b in pairs], axis=0)
    assert not np.isnan(drawn).any()
    np.testing.assert_allclose((row["low"], row["high"]), np.quantile(drawn, [0.025, 0.975]), atol=1e-12)
    assert row["low"] < row["value"] < row["high"]


def test_a_pair_is_read_on_the_clips_that_both_have(tmp_path: Path) -> None:
    """One condition lacks a fold: the other is read without its clips too."""
    factors = (FACTORS[0], FACTORS[1])  # advanced and standard, all else equal
    with Store(tmp_path / "s.sqlite") as store:
        fill(store, factors=factors)
        study = load_study(store, ID)
    made = study.predictions
    missing = (made["condition"] == "-".join(FACTORS[1])) & (made["seed"] == 0) & (made["fold"] == 2)
    study = replace(study, predictions=made[~missing])
    rows = level_differences(study)
    assert set(rows["factor"]) == {"loss"} and set(rows["pairs"]) == {1}
    whole, less = (study.predictions[study.predictions["condition"] == "-".join(f)] for f in factors)
    assert len(less) < len(whole)
    both = whole.merge(less[["seed", "clip"]], on=["seed", "clip"])
    assert len(both) == len(less)
    expected = score(both, "anger", recall_score) - score(less, "anger", recall_score)
    assert one(rows, emotion="anger", metric="recall")["value"] == pytest.approx(expected, abs=1e-12)


def test_without_a_pair_there_is_no_row(study: Study) -> None:
    alone = study.predictions[study.predictions["condition"] == "gru-bayesian-advanced"]
    rows = level_differences(replace(study, predictions=alone))
    assert rows.empty and "value" in rows.columns


def test_the_inner_interval_is_added_on_request_and_lies_inside(study: Study) -> None:
    plain, more = level_differences(study), level_differences(study, inner=True)
    pd.testing.assert_frame_equal(plain, more.drop(columns=["low90", "high90"]))
    assert (more["low"] <= more["low90"]).all() and (more["high90"] <= more["high"]).all()
    assert (more["low90"] <= more["value"] + 0.02).all()
    wide = more[more["high"] > more["low"]]
    assert ((wide["high90"] - wide["low90"]) < (wide["high"] - wide["low"])).mean() > 0.9
