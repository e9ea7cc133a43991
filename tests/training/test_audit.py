"""The leak audit: planted leaks are each found by their own rule, clean splits raise none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from samples import demo_part, made_set, tiny

from fer_core.base.emotions import SIX
from fer_core.base.errors import LeakError, SettingError
from fer_core.datasets.base import Corpus
from fer_core.datasets.catalog import open_corpus
from fer_core.datasets.copies.picture_hash import hash_corpus
from fer_core.landmarks.augment import flipped_set, joined
from fer_core.landmarks.extract import extract
from fer_core.landmarks.features import FeatureMap
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.study.conditions import Condition, FitSettings
from fer_core.study.presets import DEFAULT
from fer_core.training.audit import RULES, Evidence, Finding, audit, enforce, evidence_by_names, evidence_of
from fer_core.training.landmarks import fold_fits
from fer_core.training.landmarks.data import Role, resting_clips
from fer_core.training.landmarks.fit import Fitted, choose_losses, fit_classifiers, prepare
from fer_core.training.landmarks.search import prepare_inner
from fer_core.training.leaks import evidence as evidence_module
from fer_core.training.leaks.evidence import as_trained
from fer_core.training.protocols import Split, make_splits

CONDITION = tiny()
STOPPING = replace(CONDITION, fit=FitSettings(epochs=2, batch_size=16, validation_share=0.25))


def splits_of(landmarks: LandmarkSet, condition: Condition = CONDITION) -> list[Split]:
    return make_splits(landmarks, condition)


def renamed(landmarks: LandmarkSet, extra: str) -> LandmarkSet:
    """The same clips under other clips' and other people's names."""
    return replace(
        landmarks,
        clip=np.array([f"{extra}{c}" for c in landmarks.clip]),
        subject=np.array([f"{extra}{s}" for s in landmarks.subject]),
    )


def shaken(landmarks: LandmarkSet, by: float, seed: int = 0) -> LandmarkSet:
    """Detector noise, in distances between the outer eye corners (0.2 image heights here)."""
    g = np.random.default_rng(seed)
    noise = g.normal(0, 0.2 * by, landmarks.points.shape).astype(np.float32)
    return replace(landmarks, points=landmarks.points + noise)


def across(first: LandmarkSet, second: LandmarkSet) -> tuple[LandmarkSet, Split]:
    """The first set trained on, the second tested."""
    n = len(first)
    return joined(first, second), Split(0, np.arange(n), np.arange(n, n + len(second)))


# --- planted leaks --------------------------------------------------------------------------------


def moved_subject() -> Evidence:
    landmarks = made_set(12)
    first = splits_of(landmarks)[0]
    strays = first.test[:1]  # one clip of somebody who is tested
    return evidence_of(landmarks, CONDITION, [replace(first, train=np.r_[first.train, strays], test=first.test[1:])])


def frames_apart() -> Evidence:
    """Frames of a clip, each its own row, split at random."""
    landmarks = made_set(12)
    early = replace(landmarks, points=landmarks.points[:, 3:4])
    late = replace(landmarks, points=landmarks.points[:, 9:])
    still = replace(CONDITION, augmentation=replace(CONDITION.augmentation, retime=0))
    rows, split = across(early, late)
    return evidence_of(rows, still, [split])


def saved_again() -> Evidence:
    """Clips of tested people, found once more under other names."""
    landmarks = made_set(12)
    (split, *_) = splits_of(landmarks)
    again = shaken(renamed(landmarks.take(split.test[:3]), "copy of "), 0.002)
    rows = joined(landmarks, again)
    return evidence_of(rows, CONDITION, [replace(split, train=np.r_[split.train, len(landmarks) + np.arange(3)])])


def mirrored_under_other_names(faithful: bool = False) -> Evidence:
    landmarks = made_set(12)
    (split, *_) = splits_of(landmarks)
    flipped = renamed(flipped_set(landmarks.take(split.test[:4]), faithful), "mirrored ")
    rows = joined(landmarks, flipped)
    return evidence_of(rows, CONDITION, [replace(split, train=np.r_[split.train, len(landmarks) + np.arange(4)])])


def copies_made_before_the_split() -> Evidence:
    """Timing changed, which moves the last frame: nothing but their origin says that they are copies."""
    landmarks = made_set(12)
    slower = replace(landmarks, points=np.repeat(landmarks.points[:, ::2], 2, axis=1))
    n = len(landmarks)
    rows = joined(landmarks, slower)
    made = np.repeat(["", "varied"], n)
    split = Split(0, np.r_[0:n:2, n + 1 : 2 * n : 2], np.r_[1:n:2, n : 2 * n : 2])
    return evidence_of(rows, CONDITION, [split], origin=np.tile(np.arange(n), 2), made=made)


def oversampled(declared: bool) -> Evidence:
    landmarks = made_set(12)
    n = len(landmarks)
    rows = joined(landmarks, landmarks)
    split = Split(0, np.r_[0:n:2, n + 1 : 2 * n : 2], np.r_[1:n:2, n : 2 * n : 2])
    if not declared:
        return evidence_of(rows, CONDITION, [split])
    origin, made = np.tile(np.arange(n), 2), np.repeat(["", "repeated"], n)
    return evidence_of(rows, CONDITION, [split], origin=origin, made=made)


def leaky(fit: Callable[[LandmarkSet, Condition, Split], Fitted], condition: Condition = CONDITION) -> Evidence:
    landmarks = made_set(12)
    return evidence_of(landmarks, condition, splits_of(landmarks, condition), fit=fit)


def scaled_by_everything(landmarks: LandmarkSet, condition: Condition, split: Split) -> Fitted:
    fitted = as_trained(landmarks, condition, split)
    features = replace(fitted.recogniser.features, scale=FeatureMap.fit(landmarks, condition.features).scale)
    return replace(fitted, recogniser=replace(fitted.recogniser, features=features))


def trained_on_everything(landmarks: LandmarkSet, condition: Condition, split: Split) -> Fitted:
    """Features from the training side, networks from all clips."""
    prepared = prepare(landmarks.take(split.train), condition, 0)
    data = replace(
        prepared.data,
        x=prepared.features.transform(landmarks),
        y=(landmarks.emotion[:, None] == np.array(condition.emotions)).astype(np.float32),
        emotion=landmarks.emotion,
        role=np.full(len(landmarks), Role.CLIP),
        rest=prepared.features.transform(resting_clips(landmarks))[:, 0],
    )
    losses = choose_losses(prepared.fitting, condition)
    sizes = dict.fromkeys(condition.emotions, condition.predefined)
    fit = fit_classifiers(replace(prepared, data=data), condition, losses, 0, sizes)
    return replace(as_trained(landmarks, condition, split), fits=[fit])


def losses_from_everything(landmarks: LandmarkSet, condition: Condition, split: Split) -> Fitted:
    return replace(as_trained(landmarks, condition, split), losses=choose_losses(landmarks, condition))


def best_epoch_on_test(landmarks: LandmarkSet, condition: Condition, split: Split) -> Fitted:
    prepared = prepare(landmarks.take(split.train), condition, 0)
    test = landmarks.take(split.test)
    monitored = replace(prepared, validation=(prepared.features.transform(test), test.emotion))
    losses = choose_losses(prepared.fitting, condition)
    sizes = dict.fromkeys(condition.emotions, condition.predefined)
    return replace(
        as_trained(landmarks, condition, split), fits=[fit_classifiers(monitored, condition, losses, 0, sizes)]
    )


def searched_on_everything(landmarks: LandmarkSet, condition: Condition, split: Split) -> object:
    return prepare_inner(landmarks, np.arange(len(landmarks)), condition, split.fold)


def search_that_reads_all() -> Evidence:
    landmarks = made_set(12)
    return evidence_of(
        landmarks, replace(CONDITION, tuning="bayesian"), splits_of(landmarks), search=searched_on_everything
    )


def search_that_names_test_clips() -> Evidence:
    landmarks = made_set(12)
    splits = splits_of(landmarks)
    evidence = evidence_of(landmarks, CONDITION, splits)
    return evidence.with_reads("search", {1: np.r_[splits[1].train, splits[1].test[:1]]})


SUBJECT, CLIP = "subject-on-both-sides", "clip-on-both-sides"
PLANTED: dict[str, tuple[Callable[[], Evidence], set[str]]] = {
    "a subject": (moved_subject, {SUBJECT}),
    "frames of clips": (frames_apart, {SUBJECT, CLIP}),
    "clips saved again": (saved_again, {"near-duplicate"}),
    "mirrored clips": (mirrored_under_other_names, {"mirrored-or-augmented-copy"}),
    "clips flipped as printed": (lambda: mirrored_under_other_names(True), {"mirrored-or-augmented-copy"}),
    "varied copies": (copies_made_before_the_split, {SUBJECT, "mirrored-or-augmented-copy"}),
    "repeats that are declared": (lambda: oversampled(True), {SUBJECT, "oversampled-before-split"}),
    "repeats": (lambda: oversampled(False), {SUBJECT, CLIP, "oversampled-before-split"}),
    "scale": (lambda: leaky(scaled_by_everything), {"fitted-on-test"}),
    "networks": (lambda: leaky(trained_on_everything), {"fitted-on-test"}),
    "losses": (lambda: leaky(losses_from_everything), {"threshold-on-test"}),
    "the search": (search_that_reads_all, {"search-on-test"}),
    "the search, by its positions": (search_that_names_test_clips, {"search-on-test"}),
    "the best epoch": (lambda: leaky(best_epoch_on_test, STOPPING), {"stopping-on-test"}),
}


@pytest.mark.parametrize("leak", PLANTED)
def test_a_planted_leak_is_found_by_its_rule(leak: str) -> None:
    plant, rules = PLANTED[leak]
    findings = audit(plant())
    assert {f.rule for f in findings} == rules
    for f in findings:
        assert f.count > 0
        assert f.words.endswith(".")
        assert len(f.words) < 250
    with pytest.raises(LeakError, match=findings[0].rule):
        enforce(findings)
    assert enforce(findings, allow=rules) == findings


def test_every_rule_has_a_planted_leak() -> None:
    assert set.union(*(rules for _, rules in PLANTED.values())) == set(RULES)


def test_a_leak_in_the_real_code_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """No declaration is believed: what `train` itself would run is run."""
    real = fold_fits.fit_recogniser
    landmarks = made_set(12)

    def sees_the_test_side(landmarks: LandmarkSet, condition: Condition, task: fold_fits.FitTask) -> Any:
        whole = np.concatenate([task.train, task.test])
        return fold_fits.FitOutcome(task, real(landmarks.take(whole), condition, task.seed), np.zeros((0, 3)))

    monkeypatch.setattr(fold_fits, "fit_task", sees_the_test_side)
    assert "fitted-on-test" in {f.rule for f in audit(evidence_of(landmarks, CONDITION, splits_of(landmarks)))}


def test_a_validation_split_that_reaches_for_test_clips_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    landmarks = made_set(12)
    everything = np.arange(len(landmarks))
    monkeypatch.setattr(evidence_module, "validation_split", lambda rows, train, condition: (train, everything[:9]))
    assert {f.rule for f in audit(evidence_of(landmarks, CONDITION, splits_of(landmarks)))} == {"stopping-on-test"}


# --- no false alarm -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo() -> tuple[Corpus, LandmarkSet]:
    corpus = open_corpus("demo").only(SIX)
    return corpus, extract(corpus)


@pytest.fixture(scope="module")
def pairs(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Corpus, LandmarkSet]]:
    corpus = open_corpus(shared_data / "ckplus_pairs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_LAB_HOME", str(tmp_path_factory.mktemp("audit_home")))
        yield corpus, extract(corpus)


def clean_splits(corpus: Corpus, landmarks: LandmarkSet, probes: int) -> None:
    """Six seeds, two of each kind: 99.8 % of all pairs of people stand on two sides in one of them at least."""
    kinds = [
        replace(DEFAULT, folds=5),
        replace(DEFAULT, folds=3, fit=FitSettings(validation_share=0.15)),
        replace(DEFAULT, protocol="subject-holdout", tuning="bayesian"),
    ]
    proven = as_trained(landmarks, replace(tiny(), emotions=SIX), Split(0, np.arange(60), np.arange(60, 70)))
    pictures = hash_corpus(corpus, landmarks.clip.tolist())
    for seed in range(6):
        condition = replace(kinds[seed % 3], seed=seed)
        splits = make_splits(landmarks, condition)
        # The probes run the same code for every seed and corpus: three seeds of one prove it, one of each kind.
        probed = {} if seed < probes else {"fit": lambda *_: proven, "search": lambda *_: None}
        assert audit(evidence_of(landmarks, condition, splits, pictures=pictures, **probed)) == [], seed


@pytest.mark.slow
def test_clean_splits_of_the_demo_raise_no_alarm(demo: tuple[Corpus, LandmarkSet]) -> None:
    clean_splits(*demo, probes=3)


@pytest.mark.slow
def test_clean_splits_of_real_faces_raise_no_alarm(pairs: tuple[Corpus, LandmarkSet]) -> None:
    clean_splits(*pairs, probes=0)


def test_a_random_hold_out_breaks_one_rule(pairs: tuple[Corpus, LandmarkSet]) -> None:
    corpus, landmarks = pairs
    condition = replace(DEFAULT, protocol="random-holdout")
    (finding,) = audit(evidence_of(landmarks, condition, make_splits(landmarks, condition), corpus))
    assert finding.rule == SUBJECT
    both = make_splits(landmarks, condition)[0]
    shared = set(landmarks.subject[both.train]) & set(landmarks.subject[both.test])
    assert finding.count == len(shared)
    assert set(finding.examples) <= shared


def test_one_person_under_two_names_is_seen(pairs: tuple[Corpus, LandmarkSet]) -> None:
    """Each clip its own subject, as a folder without subjects' names makes it."""
    corpus, landmarks = pairs
    alone = replace(landmarks, subject=landmarks.clip)
    condition = replace(DEFAULT, folds=5)
    splits = make_splits(alone, condition)
    found = audit(evidence_of(alone, condition, splits, corpus))
    assert [f.rule for f in found] == ["near-duplicate"]
    assert found[0].count > 50


def test_nothing_is_found_in_the_demo_corpus(demo: tuple[Corpus, LandmarkSet]) -> None:
    corpus, landmarks = demo
    splits = make_splits(landmarks, DEFAULT)
    assert len(splits) == 10
    assert audit(evidence_of(landmarks, DEFAULT, splits, corpus)) == []


def finding(rule: str) -> Finding:
    return Finding(rule, "3 subjects on both sides", "in 1 of 5 folds", "keep them apart", 3, ("S1",))


def test_each_leak_must_be_named() -> None:
    two = [finding(SUBJECT), finding(CLIP)]
    with pytest.raises(LeakError) as refused:
        enforce(two, allow=[SUBJECT])
    assert CLIP in str(refused.value)
    assert f"--allow-leak {SUBJECT}" not in str(refused.value)
    assert enforce(two, allow=[SUBJECT, CLIP, "near-duplicate"]) == two
    assert enforce([]) == []


def test_a_mistyped_name_allows_nothing() -> None:
    with pytest.raises(SettingError, match="subjects"):
        enforce([], allow=["subjects"])


def test_a_finding_is_plain_data() -> None:
    import json

    assert json.loads(json.dumps(finding(SUBJECT).to_json()))["examples"] == ["S1"]


# --- in training ----------------------------------------------------------------------------------


def test_training_refuses_a_leak_until_it_is_named(tmp_path: Path) -> None:
    from fer_core.models.bundle import load_bundle
    from fer_core.training.run import train

    corpus, condition = demo_part(16), tiny(protocol="random-holdout")
    with pytest.raises(LeakError, match=SUBJECT):
        train(corpus, condition, tmp_path / "refused", workers=1)
    assert not (tmp_path / "refused" / "result.json").exists()
    with pytest.raises(SettingError, match="everything"):
        train(corpus, condition, workers=1, allow=["everything"])
    result = train(corpus, condition, tmp_path / "run", workers=1, allow=[SUBJECT])
    assert [leak["rule"] for leak in result["leaks"]] == [SUBJECT]
    bundle = load_bundle(tmp_path / "run" / "bundle")
    assert bundle.metrics["leaks"] == result["leaks"]
    assert SUBJECT in bundle.card
    assert result["leaks"][0]["what"] in bundle.card


def test_a_leak_that_names_tell_is_refused_before_landmarks_are_looked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from fer_core.cli.main import main
    from fer_core.training import run

    monkeypatch.setattr(run, "extract", lambda *a, **k: pytest.fail("landmarks were looked for"))
    assert main(["train", "demo", "--preset", "paper"]) == 1
    said = capsys.readouterr().err
    assert "55 subjects on both sides" in said
    assert "--allow-leak subject-on-both-sides" in said
    assert main(["train", "demo", "--allow-leak", "all"]) == 1
    assert "no leak rule 'all'" in capsys.readouterr().err


def test_names_alone_give_the_folds_that_landmarks_give(demo: tuple[Corpus, LandmarkSet]) -> None:
    corpus, landmarks = demo
    by_names = evidence_by_names(corpus, DEFAULT)
    for fold, split in zip(by_names.folds, make_splits(landmarks, DEFAULT), strict=True):
        np.testing.assert_array_equal(fold.test, split.test)
    assert audit(by_names) == []


def test_a_sound_run_says_that_nothing_was_found() -> None:
    from fer_core.training.run import train

    assert train(demo_part(16), tiny(), workers=1)["leaks"] == []
