"""The five protocols: who stands where, what the audit says of each, and that the leaks are real."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from lab_samples import frames_of, identities
from samples import THREE, made_set

from fer_core.base.errors import ProtocolError
from fer_core.landmarks.features import FeatureSpec
from fer_core.studies.leak_lab.lab import LabSettings
from fer_core.studies.leak_lab.protocols import (
    HONEST,
    PROTOCOLS,
    Name,
    findings,
    fit_fold,
    fitted_rows,
    make_plan,
    sides,
)
from fer_core.study.conditions import FitSettings

CONDITION = replace(LabSettings(folds=3, epochs=4).condition(THREE, 0), F=8, Q=12, R=8)

BREAKS: dict[Name, set[str]] = {
    "random-frames": {"subject-on-both-sides", "clip-on-both-sides"},
    "random-clips": {"subject-on-both-sides"},
    "augmented-before-split": {"subject-on-both-sides", "clip-on-both-sides", "mirrored-or-augmented-copy"},
    "best-epoch-on-test": {"stopping-on-test"},
    "subject-independent": set(),
}


@pytest.fixture(scope="module")
def frames():  # type: ignore[no-untyped-def]
    return frames_of(made_set(12))


@pytest.mark.parametrize("name", PROTOCOLS)
def test_each_protocol_breaks_the_rules_it_is_there_to_break(name: Name, frames) -> None:  # type: ignore[no-untyped-def]
    found = {f.rule for f in findings(make_plan(name, frames, None, CONDITION), CONDITION)}
    assert found - {"near-duplicate"} == BREAKS[name]
    assert ("near-duplicate" in found) <= (PROTOCOLS[name].unit == "frame")


@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_frame_is_tested_once_and_never_fitted_in_its_fold(name: Name, frames) -> None:  # type: ignore[no-untyped-def]
    plan = make_plan(name, frames, None, CONDITION)
    assert plan.originals == len(frames.rows)
    tested = np.concatenate([plan.tested(fold) for fold in plan.folds])
    assert sorted(tested.tolist()) == list(range(len(frames.rows)))
    for fold in plan.folds:
        fitting, monitored = sides(name, plan.rows, CONDITION, fold)
        assert not set(fitting) & set(fold.test)
        assert not set(fitting) & set(monitored)
        reads_test = set(monitored.tolist()) == set(fold.test.tolist())
        assert reads_test == (name == "best-epoch-on-test")
        assert reads_test or not set(monitored) & set(fold.test)


def test_units_stay_whole_and_no_more(frames) -> None:  # type: ignore[no-untyped-def]
    rows = frames.rows
    for name, protocol in PROTOCOLS.items():
        plan = make_plan(name, frames, None, CONDITION)
        whole = {"frame": np.arange(len(plan.rows)).astype(str), "clip": rows.clip, "subject": rows.subject}
        for fold in plan.folds:
            unit = whole[protocol.unit]
            assert not set(unit[fold.train]) & set(unit[fold.test])
            if protocol.unit == "clip":
                assert set(rows.subject[fold.train]) & set(rows.subject[fold.test])


def test_all_protocols_fit_on_as_many_rows() -> None:
    frames, sizes = frames_of(made_set(30)), {}
    for name in PROTOCOLS:
        plan = make_plan(name, frames, None, CONDITION)
        sizes[name] = np.mean([fitted_rows(plan, CONDITION, fold) for fold in plan.folds])
    assert max(sizes.values()) < 1.08 * min(sizes.values()), sizes
    assert sizes["best-epoch-on-test"] == sizes[HONEST]


def test_the_same_split_is_fitted_the_same_whoever_chooses_the_epoch(frames) -> None:  # type: ignore[no-untyped-def]
    honest, leaky = (make_plan(n, frames, None, CONDITION) for n in (HONEST, "best-epoch-on-test"))
    a = fit_fold(honest.name, honest.rows, CONDITION, honest.folds[0])
    b = fit_fold(leaky.name, leaky.rows, CONDITION, leaky.folds[0])
    np.testing.assert_array_equal(a.fits[0].train_loss[0], b.fits[0].train_loss[0])
    assert not np.allclose(a.fits[0].validation_loss[0], b.fits[0].validation_loss[0])


def accuracy(name: Name, frames) -> float:  # type: ignore[no-untyped-def]
    fit = FitSettings(epochs=60, batch_size=16, learning_rate=0.01, validation_share=0.15)
    features = FeatureSpec("aligned", components=30, whiten=1)
    condition = replace(CONDITION, F=16, Q=16, R=16, features=features, fit=fit)
    plan = make_plan(name, frames, None, condition)
    right = []
    for fold in plan.folds:
        fitted = fit_fold(name, plan.rows, condition, fold)
        tested = plan.tested(fold)
        said = fitted.recogniser.probabilities(plan.rows.take(tested)).argmax(axis=1)
        right += (np.array(THREE)[said] == plan.rows.emotion[tested]).tolist()
    return float(np.mean(right))


@pytest.mark.slow
def test_where_only_identity_tells_the_label_all_above_chance_is_leak() -> None:
    """Labels are drawn at random per person: 1/3 is all that can be known of a new one."""
    frames = identities()
    assert accuracy("random-frames", frames) > 0.75
    assert accuracy(HONEST, frames) < 0.55
    assert accuracy("random-clips", frames) < 0.55, "one clip per person: clips are people here"


def test_too_few_people_are_refused() -> None:
    few = frames_of(made_set(2))
    with pytest.raises(ProtocolError, match="2 subjects"):
        make_plan(HONEST, few, None, CONDITION)
