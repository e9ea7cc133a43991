"""Searching: inside the space, reproducible from its trials, blind to the outer test side, and useful."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest
from samples import made_set, tiny

from fer_core.base.errors import TrainingError
from fer_core.store.records import TrialRecord
from fer_core.study.conditions import ClassifierSettings, Condition, FitSettings, SearchSettings
from fer_core.training.landmarks.search import best, evaluate, next_settings, prepare_inner, read_settings, ready
from fer_core.training.protocols import inner_folds, make_splits

SPACE = SearchSettings(evaluations=20, initial=8, F=(3, 9), Q=(4, 12), R=(3, 20))


def searching(**changes: object) -> Condition:
    return tiny(tuning="bayesian", search=replace(SPACE, **changes))  # type: ignore[arg-type]


def bowl(s: ClassifierSettings) -> float:
    """An objective whose minimum, 0, lies at F 7, Q 5."""
    return ((s.F - 7) / 6) ** 2 + ((s.Q - 5) / 8) ** 2


def searched(condition: Condition, objective=bowl, emotion: str = "anger") -> list[TrialRecord]:  # type: ignore[no-untyped-def]
    trials: list[TrialRecord] = []
    while asked := ready(condition, [t.number for t in trials]):
        new = []
        for number in asked:
            s = next_settings(condition, emotion, 0, trials, number)
            value = objective(s)
            state = "failed" if value is None else "done"
            new.append(TrialRecord(condition.slug, 0, 0, emotion, number, asdict(s), state, value))
        trials += new
    return trials


def test_a_search_stays_in_its_space_and_finds_the_minimum() -> None:
    condition = searching()
    trials = searched(condition)
    assert [t.number for t in trials] == list(range(20))
    assert read_settings(trials[0].settings) == condition.predefined
    for t in trials[1:]:
        for name in ("F", "Q", "R"):
            low, high = getattr(condition.search, name)
            assert low <= t.settings[name] <= high
            assert isinstance(t.settings[name], int)  # not numpy's: it goes into JSON
        assert t.settings["dropout"] == condition.fit.dropout
    found = best(condition, trials)
    assert bowl(found) <= 0.03
    # The process is better than the scattered start: that is what it is for.
    assert min(t.value for t in trials[8:]) < min(t.value for t in trials[:8])  # type: ignore[type-var]


def test_the_scattered_start_covers_each_dimension_evenly() -> None:
    condition = searching(initial=8, R=(1, 70))
    start = [next_settings(condition, "anger", 0, [], n) for n in range(1, 8)]
    assert len({(s.R - 1) // 10 for s in start}) == 7  # seven points, one in each seventh of the range


def test_rates_are_searched_on_request() -> None:
    condition = searching(rates=True, evaluations=14)
    trials = searched(condition, lambda s: bowl(s) + abs(s.dropout - 0.2) + abs(np.log(s.learning_rate / 1e-3)))
    assert len({t.settings["learning_rate"] for t in trials}) > 10
    for t in trials:
        assert 0.15 <= t.settings["dropout"] <= 0.25
        assert 3e-4 <= t.settings["learning_rate"] <= 3e-3


@pytest.mark.slow
@pytest.mark.parametrize("batch", [1, 4])
def test_a_stopped_search_goes_on_as_if_it_had_not_stopped(batch: int) -> None:
    """Each setting follows from the trials before its batch alone, whatever order they come back in."""
    condition = searching(evaluations=12, initial=6, batch=batch)
    trials = searched(condition)
    for number in (3, 7, 9, 11):
        start = 6 + (number - 6) // batch * batch if number >= 6 else 0
        shuffled = [trials[i] for i in np.random.default_rng(0).permutation(number) if i < max(start, 0)]
        again = next_settings(condition, "anger", 0, shuffled, number)
        assert asdict(again) == trials[number].settings
    with pytest.raises(TrainingError, match="needs the"):
        next_settings(condition, "anger", 0, trials[:7], 11)


def test_seed_fold_and_emotion_search_differently() -> None:
    condition = searching()
    others = [(condition, "happiness", 0), (condition, "anger", 1), (replace(condition, seed=1), "anger", 0)]
    first = next_settings(condition, "anger", 0, [], 2)
    assert all(next_settings(c, e, f, [], 2) != first for c, e, f in others)


def test_what_can_go_on_at_once() -> None:
    condition = searching(evaluations=13, initial=6, batch=3)
    assert ready(condition, []) == [0, 1, 2, 3, 4, 5]
    assert ready(condition, [0, 2, 3]) == [1, 4, 5]
    assert ready(condition, list(range(6))) == [6, 7, 8]
    assert ready(condition, [*range(7), 8]) == [7]
    assert ready(condition, list(range(12))) == [12]
    assert ready(condition, list(range(13))) == []
    assert ready(searching(evaluations=3, initial=10), [0]) == [1]  # the start is at most half


def test_failed_trials_count_as_the_worst_and_end_nothing() -> None:
    """Half of the space fails: the search ends, and in the half that does not."""
    condition = searching(evaluations=20)
    trials = searched(condition, lambda s: None if s.F < 6 else bowl(s))
    failed = [t for t in trials if t.value is None]
    assert failed and len(trials) == 20
    assert bowl(best(condition, trials)) <= 0.05
    late = [t for t in trials[10:] if t.value is None]
    assert len(late) < 5  # it learned to stay away
    everything_failed = searched(searching(evaluations=6), lambda s: None)
    assert best(condition, everything_failed) == condition.predefined


# --- the objective --------------------------------------------------------------------------------


def test_inner_folds_lie_in_the_training_side_with_subjects_apart() -> None:
    landmarks, condition = made_set(12), searching()
    for outer in make_splits(landmarks, condition):
        folds = inner_folds(landmarks, outer.train, condition, outer.fold)
        assert len(folds) == 3
        assert sorted(np.concatenate([f.test for f in folds])) == sorted(outer.train)
        for f in folds:
            assert set(f.train) | set(f.test) == set(outer.train)
            assert not set(landmarks.subject[f.train]) & set(landmarks.subject[f.test])


def test_inner_folds_are_shared_by_all_conditions_of_a_seed() -> None:
    landmarks, condition = made_set(12), searching()
    train = make_splits(landmarks, condition)[0].train
    other = replace(condition, architecture="lstm", loss="standard")
    for a, b in zip(inner_folds(landmarks, train, condition, 0), inner_folds(landmarks, train, other, 0), strict=True):
        np.testing.assert_array_equal(a.test, b.test)
    again = inner_folds(landmarks, train, replace(condition, seed=1), 0)
    assert any(
        len(a.test) != len(b.test) or (a.test != b.test).any()
        for a, b in zip(inner_folds(landmarks, train, condition, 0), again, strict=True)
    )


def test_the_outer_test_side_has_no_influence_on_the_objective() -> None:
    landmarks, condition = made_set(12), searching()
    outer = make_splits(landmarks, condition)[0]
    spoiled = replace(landmarks, points=landmarks.points.copy(), emotion=landmarks.emotion.copy())
    spoiled.points[outer.test] = np.random.default_rng(0).random(spoiled.points[outer.test].shape)
    spoiled.emotion[outer.test] = "anger"
    clean, dirty = (
        evaluate(prepare_inner(x, outer.train, condition, 0), condition, "anger", condition.predefined, 0)
        for x in (landmarks, spoiled)
    )
    assert clean == dirty
    moved = replace(landmarks, points=landmarks.points.copy())
    moved.points[outer.train[0], -1] += 0.05 * np.random.default_rng(0).random((468, 2))
    other = evaluate(prepare_inner(moved, outer.train, condition, 0), condition, "anger", condition.predefined, 0)
    assert other != clean  # the training side has


@pytest.mark.parametrize("objective", ["loss", "average_precision"])
def test_a_better_classifier_has_a_smaller_objective(objective: str) -> None:
    landmarks = made_set(12)
    condition = searching(objective=objective)
    condition = replace(condition, fit=FitSettings(epochs=25, batch_size=16, learning_rate=0.01))
    train = make_splits(landmarks, condition)[0].train
    inner = prepare_inner(landmarks, train, condition, 0)
    learned = evaluate(inner, condition, "anger", condition.predefined, 0)
    idle = evaluate(inner, condition, "anger", replace(condition.predefined, learning_rate=1e-6), 0)
    assert learned.value < idle.value
    assert len(learned.folds) == 3
    assert learned.value >= 0


def test_a_fold_without_the_emotion_is_a_failed_trial_with_a_sentence() -> None:
    landmarks, condition = made_set(12), searching()
    outer = make_splits(landmarks, condition)[0]
    rare = replace(landmarks, emotion=np.where(landmarks.emotion == "anger", "surprise", landmarks.emotion))
    with pytest.raises(TrainingError, match="shows anger"):
        inner = prepare_inner(rare, outer.train, condition, 0)
        evaluate(inner, condition, "anger", condition.predefined, 0)
