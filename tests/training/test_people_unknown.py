"""Training where nobody says who is filmed: refused by person, done by clip, and said everywhere."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from experiment_samples import FITTED, ID, base, opened, order, placed
from PIL import Image
from samples import THREE, demo_part, made_set, nobody_known, tiny

from fer_core.base.errors import FerError, LandmarkError, ProtocolError
from fer_core.cli import main
from fer_core.datasets import demo
from fer_core.datasets.base import Clip, Corpus
from fer_core.datasets.copies.picture_hash import Pictures
from fer_core.landmarks.augment import joined
from fer_core.landmarks.extract import extract
from fer_core.landmarks.landmark_set import LandmarkSet
from fer_core.models.bundle import load_bundle
from fer_core.reports.export import to_json
from fer_core.reports.study import html_report
from fer_core.results.evaluation import evaluate_bundle
from fer_core.results.study import load_study, per_condition
from fer_core.stats.table import of_study
from fer_core.studies.leak_lab.lab import run_lab
from fer_core.study.conditions import Condition
from fer_core.study.design import Design
from fer_core.training.engine.shared_data import data_key, load, publish
from fer_core.training.experiment import run_experiment
from fer_core.training.leaks import together as together_module
from fer_core.training.leaks.together import notes_of_people, together
from fer_core.training.protocols import inner_folds, make_splits, validation_split
from fer_core.training.run import train

CLIP = tiny(protocol="clip-kfold")
SENTENCE = "people cannot be kept apart"


def unknown_set(people: int = 9) -> LandmarkSet:
    known = made_set(people)
    return replace(known, subject=known.clip, subjects_known=False)


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> Corpus:
    """The built-in corpus, a part of it, as one that does not say who is filmed."""
    corpus = nobody_known(demo_part(12))
    monkeypatch.setattr(demo, "open_demo", lambda: corpus)
    return corpus


# --- landmark sets ----------------------------------------------------------------------------------


def test_a_landmark_set_says_it_from_the_corpus_to_the_stored_file(tmp_path: Path) -> None:
    corpus = demo_part(4)
    assert extract(corpus).subjects_known
    found = extract(nobody_known(corpus))
    assert not found.subjects_known
    assert found.subject.tolist() == found.clip.tolist()
    assert not found.take([0, 1]).subjects_known
    again = load(publish(found, tmp_path))
    assert not again.subjects_known
    assert data_key(again) == data_key(found) != data_key(replace(found, subjects_known=True))


def test_one_unknown_clip_makes_a_set_unknown() -> None:
    corpus = demo_part(4)
    clips = (replace(corpus.clips[0], subject="x", subject_known=False), *corpus.clips[1:])
    assert not extract(replace(corpus, clips=clips)).subjects_known


def test_older_stored_sets_are_known_and_keep_their_keys(tmp_path: Path) -> None:
    known = made_set(3)
    ref = publish(known, tmp_path)
    with np.load(ref.path, allow_pickle=False) as stored:
        assert "subjects_known" not in json.loads(str(stored["about"]))  # as it was before it was asked
    assert load(ref).subjects_known


# --- protocols --------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["subject-kfold", "subject-holdout"])
def test_protocols_by_person_are_refused(protocol: Any) -> None:
    with pytest.raises(ProtocolError, match=SENTENCE) as caught:
        make_splits(unknown_set(), tiny(protocol=protocol))
    assert "subjects.csv" in str(caught.value)
    assert "--protocol" in str(caught.value)


def test_leaving_one_person_out_is_refused_however_many_folds() -> None:
    with pytest.raises(ProtocolError, match=SENTENCE):
        make_splits(unknown_set(9), tiny(folds=27))


def test_folds_by_clip_hold_every_clip_once() -> None:
    rows = unknown_set()
    splits = make_splits(rows, CLIP)
    assert len(splits) == CLIP.parts == 3
    assert sorted(np.concatenate([s.test for s in splits]).tolist()) == list(range(len(rows)))
    inner = inner_folds(rows, splits[0].train, CLIP, 0)
    assert sorted(np.concatenate([s.test for s in inner]).tolist()) == splits[0].train.tolist()
    fitting, held = validation_split(rows, splits[0].train, replace(CLIP, fit=replace(CLIP.fit, validation_share=0.2)))
    assert len(held) and sorted([*fitting, *held]) == splits[0].train.tolist()


def test_folds_by_clip_of_known_people_part_them_and_the_audit_says_so() -> None:
    known = made_set()
    assert any(set(known.subject[s.train]) & set(known.subject[s.test]) for s in make_splits(known, CLIP))
    with pytest.raises(FerError, match="subject-on-both-sides"):
        train(demo_part(8), CLIP, workers=1)


def test_a_condition_by_clip_stands_in_for_one_by_person() -> None:
    assert tiny().for_people(True) == tiny()
    assert tiny().for_people(False).protocol == "clip-kfold"
    assert tiny(protocol="subject-holdout").for_people(False).protocol == "random-holdout"
    assert tiny(protocol="random-holdout").for_people(False) == tiny(protocol="random-holdout")
    assert Condition.from_json(CLIP.to_json()) == CLIP


# --- near-duplicates stay together ------------------------------------------------------------------


def with_copies(rows: LandmarkSet, of: list[int], noise: float = 1e-5) -> LandmarkSet:
    """The rows, and some once more under other names."""
    again = rows.take(of)
    g = np.random.default_rng(0)
    names = np.char.add(again.clip, " copy")
    points = again.points + g.normal(0, noise, again.points.shape).astype(np.float32)
    return joined(rows, replace(again, clip=names, subject=names, points=points))


def test_copies_under_other_names_stand_on_one_side() -> None:
    rows = with_copies(unknown_set(), [0, 4, 8])
    whole = together(rows, CLIP)
    n = len(rows) - 3
    assert whole.subject[n:].tolist() == rows.subject[[0, 4, 8]].tolist()
    assert whole.clip.tolist() == rows.clip.tolist()
    for seed in range(5):
        for s in make_splits(whole, replace(CLIP, seed=seed)):
            assert not set(whole.subject[s.train]) & set(whole.subject[s.test])
    (note,) = notes_of_people(whole)
    assert "6 clips" in note and "3 groups" in note and "subjects.csv" in note


def test_pictures_keep_clips_together_too(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = unknown_set(4)
    g = np.random.default_rng(0)
    hashes = g.integers(0, 256, (len(rows), 2, 32), dtype=np.uint8)
    hashes[5] = hashes[2]
    pictures = Pictures(hashes, g.integers(0, 256, hashes.shape, dtype=np.uint8), np.ones(len(rows), dtype=bool))
    monkeypatch.setattr(together_module, "hash_corpus", lambda *a: pictures)
    whole = together(rows, CLIP, Corpus("made", "made", None, ()))
    assert whole.subject[5] == rows.subject[2]
    assert len(set(whole.subject.tolist())) == len(rows) - 1


def test_known_people_protocols_without_groups_and_an_accepted_rule_change_nothing() -> None:
    copies = with_copies(unknown_set(), [0])
    assert together(copies, tiny(protocol="random-holdout")) is copies
    assert together(copies, CLIP, allow=["near-duplicate"]) is copies
    known = made_set()
    assert together(known, CLIP) is known


def test_clips_that_are_all_alike_cannot_be_folded_and_it_says_why() -> None:
    one = unknown_set(1).take([0, 0, 0, 1, 1, 2])
    names = np.array([f"c{k}" for k in range(6)])
    rows = together(replace(one, clip=names, subject=names), CLIP)
    with pytest.raises(ProtocolError, match="nearly the same picture or face") as caught:
        make_splits(rows, replace(CLIP, folds=4))
    assert "3 groups of clips" in str(caught.value)


# --- a run ------------------------------------------------------------------------------------------


def test_a_run_by_person_is_refused_before_a_landmark_is_found(nobody: Corpus) -> None:
    def never(done: float, total: float, text: str) -> None:
        raise AssertionError(text)

    with pytest.raises(ProtocolError, match=SENTENCE):
        train(nobody, tiny(), workers=1, progress=never)


def test_a_run_by_clip_says_so_in_result_bundle_and_card(nobody: Corpus, tmp_path: Path) -> None:
    result = train(nobody, CLIP, tmp_path, name="by clip", workers=1)
    assert json.loads((tmp_path / "result.json").read_text())["subjects"] is None
    assert (result["subjects"], result["subjects_known"], result["folds"]) == (None, False, 3)
    assert "bootstrap over clips (people unknown)" in result["interval_method"]
    assert "too narrow" in result["interval_method"]
    assert "subjects.csv" in result["notes"][0]
    assert result["look_alikes"]["people"] is False
    bundle = load_bundle(tmp_path / "bundle")
    assert bundle.training["subjects"] is None
    assert "k-fold by clip: people unknown, 3 folds" in bundle.card
    assert f"n = {result['n']} clips, people unknown" in bundle.card
    assert "expect less" in bundle.card
    assert " subjects" not in bundle.card.partition("## Not for")[0].replace("subjects are not known to", "")

    # Judged on its own corpus: what it was trained on is left out by name, and nothing is said of people.
    with pytest.raises(ProtocolError, match="every clip"):
        evaluate_bundle(bundle, nobody)
    more = nobody_known(demo_part(16))
    fresh = replace(more, clips=tuple(c for c in more.clips if c not in nobody.clips) + nobody.clips[:2])
    judged = evaluate_bundle(bundle, fresh)
    assert judged["protocol"] == "bundle on unseen clips, by clip: people unknown"
    assert (judged["subjects"], judged["n"]) == (None, len(fresh.clips) - 2)
    assert any("people it was trained on may" in n for n in judged["notes"])
    assert any("2 clips of those" in n for n in judged["notes"])


def test_as_a_stream_too(nobody: Corpus) -> None:
    condition = replace(CLIP, augmentation=replace(CLIP.augmentation, stream=1.0))
    stream = train(nobody, condition, workers=1)["stream"]
    assert stream["subjects"] is None
    assert "clips (people unknown)" in stream["interval_method"]


# --- the command line -------------------------------------------------------------------------------


def test_the_command_line_refuses_by_person_and_does_by_clip_unasked(
    nobody: Corpus, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    asked = [
        "train",
        "demo",
        "--emotions",
        ",".join(THREE),
        "--folds",
        "3",
        "--epochs",
        "1",
        "--ensemble",
        "1",
        "--workers",
        "1",
        "--out",
        str(tmp_path / "run"),
    ]
    assert main.main([*asked, "--protocol", "subject-kfold"]) == 1
    said = capsys.readouterr().err
    assert SENTENCE in said and "--protocol clip-kfold" in said
    assert main.main(asked) == 0
    said = capsys.readouterr().out
    assert said.startswith("k-fold by clip: people unknown, n = ")
    assert "subjects.csv" in said
    assert "clips (people unknown)" in said


def test_a_condition_from_a_file_is_what_was_asked_for(
    nobody: Corpus, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "condition.json"
    file.write_text(json.dumps(tiny().to_json()))
    assert main.main(["train", "demo", "--condition", str(file)]) == 1
    assert SENTENCE in capsys.readouterr().err


@pytest.mark.parametrize("name", ["IMG_400{k}", "VID_20240101_10100{k}", "WIN_20240101_10_10_1{k}_Pro", "clip{k}"])
def test_a_phones_clips_are_refused_by_person(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for k in range(6):
        folder = tmp_path / "mine" / ("anger" if k % 2 else "happiness") / name.format(k=k)
        folder.mkdir(parents=True)
        for frame in (1, 2):
            Image.new("RGB", (16, 16), (k * 30, frame * 40, 9)).save(folder / f"{frame:04d}.png")
    asked = ["train", str(tmp_path / "mine"), "--emotions", "anger,happiness", "--folds", "6"]
    assert main.main([*asked, "--protocol", "subject-kfold"]) == 1
    assert SENTENCE in capsys.readouterr().err
    (tmp_path / "mine" / "subjects.csv").write_text(
        "clip,subject\n" + "".join(f"{name.format(k=k)},{'Ann' if k < 3 else 'Bob'}\n" for k in range(6))
    )
    assert main.main([*asked, "--protocol", "subject-kfold"]) == 1  # known now: two people are too few for six folds
    assert "2 subjects cannot be spread over 6" in capsys.readouterr().err


def test_corpus_says_it(nobody: Corpus, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["corpus", "demo"]) == 0
    assert capsys.readouterr().out.partition("\n")[0].endswith("clips, people unknown")


# --- experiments ------------------------------------------------------------------------------------


def test_an_experiment_by_person_is_refused(nobody: Corpus, own_home: Path) -> None:
    folder = placed(own_home, wanted := order(Design(base(emotions=THREE), (FITTED,))))
    with pytest.raises(ProtocolError, match=SENTENCE):
        run_experiment(wanted, folder)


def test_experiment_run_refuses_by_person_and_plans_by_clip_unasked(
    nobody: Corpus, capsys: pytest.CaptureFixture[str], own_home: Path
) -> None:
    asked = [
        "experiment",
        "run",
        "demo",
        "--emotions",
        ",".join(THREE),
        "--folds",
        "3",
        "--conditions",
        FITTED.slug,
        "--epochs",
        "1",
    ]
    assert main.main([*asked, "--protocol", "subject-kfold"]) == 1
    assert SENTENCE in capsys.readouterr().err
    assert main.main([*asked, "--plan"]) == 0
    assert "3 folds" in capsys.readouterr().out


def test_an_experiment_by_clip_says_so_in_its_tables_and_report(nobody: Corpus, own_home: Path) -> None:
    design = Design(base(protocol="clip-kfold", folds=3, epochs=1, emotions=THREE), (FITTED,))
    folder = placed(own_home, wanted := order(design, workers=1))
    run_experiment(wanted, folder)
    with opened(own_home) as store:
        study = load_study(store, ID)
    assert (study.record.corpus["subjects"], study.record.corpus["subjects_known"]) == (None, False)
    assert not study.people_known
    assert study.protocol == "3-fold by clip: people unknown"
    assert per_condition(study)["subjects"].isna().all()
    plain = json.loads(to_json(study))
    assert plain["experiment"]["corpus"]["subjects"] is None
    assert "people unknown" in plain["interval_method"]
    assert {row["subjects"] for row in plain["metrics"]["outputs"]["per_condition"]} == {None}
    report = html_report(study)
    assert "3-fold by clip: people unknown" in report
    assert "bootstrap over clips (people unknown)" in report
    assert " subjects" not in report.partition("The design")[0].replace("no subjects.csv", "")
    assert "people unknown" in of_study(study).note


# --- the Leak Lab -----------------------------------------------------------------------------------


def test_the_leak_lab_needs_people(nobody: Corpus) -> None:
    with pytest.raises(ProtocolError, match=r"people kept apart.*subjects\.csv"):
        run_lab(nobody, workers=1)


def test_clips_without_a_file_are_no_way_round(nobody: Corpus) -> None:
    """A known person among unknown clips: their clips stay on one side, and nothing claims more."""
    clips = (*nobody.clips[:-2], *(replace(c, subject="Ann", subject_known=True) for c in nobody.clips[-2:]))
    rows = extract(replace(nobody, clips=clips, synthetic=True))
    assert not rows.subjects_known
    for s in make_splits(rows, CLIP):
        both = {bool(np.isin(len(rows) - k, s.test)) for k in (1, 2)}
        assert len(both) == 1


def test_nothing_is_asked_of_an_empty_corpus() -> None:
    corpus = Corpus("none", "made", None, (Clip("a", "a", "anger", subject_known=False),))
    with pytest.raises((LandmarkError, FerError)):
        train(corpus, CLIP, workers=1)
