"""Differences of two image models on the same pictures: the point is arithmetic, the interval is paired."""

from __future__ import annotations

from dataclasses import replace

import pytest
from image_study_samples import ID, SLUGS, stored

from fer_core.results.images.differences import COMPARED, between, differences
from fer_core.results.images.study import load_image_study, rows


def test_the_difference_is_that_of_the_rows_and_lies_in_its_interval() -> None:
    stored()
    study = load_image_study(ID)
    first, second = rows(study)
    found = differences(study)
    assert [r["metric"] for r in found] == list(COMPARED)
    for row in found:
        apart = first[row["metric"]] - second[row["metric"]]
        assert row["difference"] == pytest.approx(apart, abs=2e-6)
        assert row["low"] < row["difference"] < row["high"]
    assert found[0]["high"] < 0, "a model that is right in 8 of 10 is told from one in 6 of 10"


def test_it_is_paired_where_two_intervals_would_hide_it() -> None:
    """A model that is right wherever another is, and twice more, is better however wide both are known."""
    stored()
    study = load_image_study(ID)
    mine = {k: list(v) for k, v in study.predictions.items() if k.condition == SLUGS[0]}
    better = {}
    for key, some in mine.items():
        wrong = [k for k, p in enumerate(some) if _wrong(p)][:6]
        changed = [replace(p, probabilities=_right(p)) if k in wrong else p for k, p in enumerate(some)]
        better[key._replace(condition=SLUGS[1])] = changed
    paired = replace(study, predictions={**mine, **better})
    row = differences(paired)[0]
    assert row["difference"] == pytest.approx(-0.1, abs=1e-6) and row["high"] < 0
    a, b = (r["intervals"]["accuracy"] for r in (paired.result(s) for s in SLUGS) if r)
    assert a[1] > b[0], "their own intervals overlap"


def test_equal_models_differ_by_nothing() -> None:
    stored()
    study = load_image_study(ID)
    same = {k: study.predictions[k._replace(condition=SLUGS[0])] for k in study.predictions}
    for row in differences(replace(study, predictions=same)):
        assert (row["difference"], row["low"], row["high"]) == (0, 0, 0)


def test_conditions_tested_on_other_pictures_are_not_compared() -> None:
    stored()
    study = load_image_study(ID)
    fewer = {k: v[:-1] if k.condition == SLUGS[1] else v for k, v in study.predictions.items()}
    assert differences(replace(study, predictions=fewer)) == []
    assert differences(replace(study, predictions={})) == []


def test_a_difference_is_found_either_way_round() -> None:
    told = [{"metric": "accuracy", "first": "a", "second": "b", "difference": 0.1, "low": 0.05, "high": 0.2}]
    assert between(told, "accuracy", "a", "b") == (0.1, 0.05, 0.2)
    assert between(told, "accuracy", "b", "a") == (-0.1, -0.2, -0.05)
    assert between(told, "macro_f1", "a", "b") is None


def _wrong(p) -> bool:  # type: ignore[no-untyped-def]
    return max(range(3), key=p.probabilities.__getitem__) != _column(p)


def _right(p) -> list[float]:  # type: ignore[no-untyped-def]
    return [0.6 if k == _column(p) else 0.2 for k in range(3)]


def _column(p) -> int:  # type: ignore[no-untyped-def]
    return ["anger", "happiness", "surprise"].index(p.emotion)
