"""Two names under which one person may stand: planted ones are found, different people are not called one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fer_core.datasets.ckplus import open_ckplus
from fer_core.datasets.demo import open_demo
from fer_core.landmarks.extract import extract
from fer_core.landmarks.identity import estimate_identity, identity_model
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.training.leaks import look_alikes as module
from fer_core.training.leaks.look_alikes import look_alikes


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LandmarkSet]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_LAB_HOME", str(tmp_path_factory.mktemp("alike_home")))
        yield extract(open_demo())


def split_person(rows: LandmarkSet, name: str, other: str) -> LandmarkSet:
    """Half of a person's clips under another name."""
    subject = rows.subject.astype(object)
    own = np.flatnonzero(rows.subject == name)
    subject[own[len(own) // 2 :]] = other
    return replace(rows, subject=subject.astype(str))


def test_different_people_of_the_demo_corpus_are_not_called_one(demo: LandmarkSet) -> None:
    found = look_alikes(demo)
    assert found.people and found.compared == 118 * 117 // 2
    assert found.count <= found.by_chance
    if not found.count:
        assert found.words == ""


def test_a_person_under_two_names_is_found_and_named(demo: LandmarkSet) -> None:
    names, n = np.unique(demo.subject, return_counts=True)
    found = {}
    for name in names[n >= 4][:6]:
        (*pairs,) = look_alikes(split_person(demo, str(name), "Zoe")).pairs
        found[name] = [(p.first, p.second) for p in pairs]
    hits = [name for name, pairs in found.items() if (str(name), "Zoe") in pairs]
    assert len(hits) >= 4, found
    said = look_alikes(split_person(demo, str(hits[0]), "Zoe"))
    assert "look like one person" in said.words and "Zoe" in said.words
    assert "not a proof" in said.words and "by chance" in said.words
    assert said.to_json()["pairs"][0].keys() == {"first", "second", "evidence"}


def test_where_people_are_unknown_it_speaks_of_clips(demo: LandmarkSet) -> None:
    unknown = replace(demo, subject=demo.clip, subjects_known=False)
    found = look_alikes(unknown)
    who = dict(zip(demo.clip.tolist(), demo.subject.tolist(), strict=True))
    same = sum(who[p.first] == who[p.second] for p in found.pairs)
    assert not found.people and "clips look like one person" in found.words
    assert len(found.pairs) == module.LISTED < found.count
    assert same >= 0.8 * len(found.pairs)


def test_only_faces_at_rest_are_compared(demo: LandmarkSet) -> None:
    some = demo.take(np.arange(40))
    none = look_alikes(replace(some, has_neutral=np.zeros(40, dtype=bool)))
    assert (none.count, none.compared, none.left_out, none.words) == (0, 0, 40, "")
    half = look_alikes(replace(some, has_neutral=np.arange(40) < 20))
    assert half.left_out == 20


def test_it_is_bounded(demo: LandmarkSet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 10)
    found = look_alikes(demo)
    assert found.compared == 45
    assert found.left_out == int((demo.subject > np.unique(demo.subject)[9]).sum())


def test_where_the_head_is_and_how_large_changes_nothing(demo: LandmarkSet) -> None:
    some = demo.take(np.arange(6))
    model = identity_model()
    moved = some.neutral * 1.7 + np.array([0.3, -0.1], dtype=np.float32)
    assert np.abs(model.scores(moved) - model.scores(some.neutral)).max() < 1e-2


def test_evidence_is_symmetric_and_grows_with_clips() -> None:
    model = identity_model()
    a = np.linspace(-1, 1, len(model.between))
    b = np.zeros(len(model.between))
    assert model.evidence(a, b, 2, 3) == pytest.approx(model.evidence(b, a, 3, 2))
    assert model.evidence(a, a, 5, 5) > model.evidence(a, a, 1, 1) > 0


@pytest.mark.slow
def test_real_people_under_two_names(shared_data: Path, demo: LandmarkSet) -> None:
    """One fold of what ``scripts/measure_look_alikes.py`` measures, on people it was not estimated from."""
    rows = extract(open_ckplus(shared_data / "ckplus_pairs"), workers=1)
    people = np.random.default_rng(0).permutation(np.unique(rows.subject))
    tested = np.isin(rows.subject, people[:30])
    own = estimate_identity(rows.neutral[~tested].astype(float), rows.subject[~tested])
    own = replace(own, limit=identity_model().limit, false_alarms=identity_model().false_alarms)
    fresh = rows.take(tested)
    assert look_alikes(fresh, own).count <= 1
    subject, planted = fresh.subject.astype(object), set()
    for name in np.unique(fresh.subject):
        at = np.flatnonzero(fresh.subject == name)
        if len(at) > 1:
            subject[at[len(at) // 2 :]] = f"{name} too"
            planted.add((str(name), f"{name} too"))
    found = {(p.first, p.second) for p in look_alikes(replace(fresh, subject=subject.astype(str)), own).pairs}
    assert len(found & planted) >= 0.75 * len(planted)
    assert len(found - planted) <= 1
