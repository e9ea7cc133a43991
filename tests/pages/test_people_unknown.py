"""Pages about a corpus or a result that does not say who is filmed: "by clip", and no number of people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from run_samples import finished_run
from samples import demo_part, nobody_known
from streamlit.testing.v1 import AppTest
from study_samples import finished_study, made_record

from fer_core.base.unknown_people import BY_CLIP
from fer_core.datasets import demo
from fer_core.training import jobs
from fer_core.training.leaks.look_alikes import NAME as HINT

from .conftest import Open, button, read, table

NAME = "train-20260102-030405"
ALIKE = {
    "people": False,
    "names": 27,
    "compared": 351,
    "left_out": 0,
    "count": 1,
    "by_chance": 0.351,
    "pairs": [{"first": "anger/a_1", "second": "anger/b_2", "evidence": 9.5}],
    "words": "1 pair of clips look like one person, such as anger/a_1 and anger/b_2 (by chance up to about "
    "0.35 of 351 pairs would). A hint from the landmarks of resting faces, not a proof.",
}


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The built-in corpus, a part of it, as one that does not say who is filmed."""
    corpus = nobody_known(demo_part(12))
    monkeypatch.setattr(demo, "open_demo", lambda: corpus)


def options(app: AppTest, key: str) -> list[str]:
    (found,) = [w for w in app.selectbox if str(w.key).startswith(key)]
    return list(found.options)


@pytest.mark.usefixtures("nobody")
def test_train_offers_what_can_be_done_and_says_what_it_is_worth(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(jobs, "launch", lambda path, condition, *a, **k: asked.append(condition) or Path("x"))
    app = open_page("train", corpus="demo")
    app.segmented_control(key="train_preset").set_value("quick").run()
    said = read(app)
    assert options(app, "train_protocol_") == [f"folds {BY_CLIP}", f"a hold-out {BY_CLIP}"]
    assert "By clip: people unknown." in said and "subjects.csv" in said
    assert "judged on clips not trained on" in said
    assert "Changed from" not in said, "what is offered at first is no change of the preset"
    assert HINT in said, "one more row of what the audit looks at"
    button(app, "Start").click().run()
    assert [c.protocol for c in asked] == ["clip-kfold"]


@pytest.mark.usefixtures("nobody")
def test_launch_too(open_page: Open) -> None:
    app = open_page("launch", corpus="demo")
    said = read(app)
    assert options(app, "launch_protocol_") == [f"folds {BY_CLIP}", f"a hold-out {BY_CLIP}"]
    assert "5 folds by clip" in said and "By clip: people unknown." in said
    assert not app.error


@pytest.mark.usefixtures("nobody")
def test_other_pages_of_the_corpus_name_no_number_of_people(open_page: Open) -> None:
    assert "clips, people unknown" in read(open_page("home", corpus="demo"))
    lab = open_page("leak_lab", corpus="demo")
    assert "measures against people kept apart" in read(lab)
    assert not [b for b in lab.button if b.label.startswith("Judge")]
    assert not open_page("sensitivity", corpus="demo").error


def unknown_run(home: Path, **changes: Any) -> None:
    finished_run(home, NAME, **{"protocol": "clip-kfold", "subjects": None, "subjects_known": False, **changes})


def test_a_result_says_by_clip_and_lists_who_looks_alike(open_page: Open, own_home: Path) -> None:
    unknown_run(own_home, look_alikes=ALIKE)
    app = open_page("results")
    said = read(app)
    assert "Of 27 clips it had not been trained on (people unknown)" in said
    assert "K-fold by clip: people unknown, 3 folds, seed 0; n = 27 clips, people unknown." in said
    assert "By clip: people unknown." in said and "expect less" in said
    assert "1 pair of clips look like one person" in said and "not a proof" in said
    assert table(app, "evidence")["second"].tolist() == ["anger/b_2"]


def test_a_result_from_before_the_key_was_renamed_opens(open_page: Open, own_home: Path) -> None:
    unknown_run(own_home, protocol="random-holdout", folds=None, subjects=27)
    file = own_home / "runs" / NAME / jobs.RESULT
    plain = json.loads(file.read_text())
    plain["known_subjects"] = plain.pop("subjects_known")
    file.write_text(json.dumps(plain))
    said = read(open_page("results"))
    assert "Random hold-out by clip: people unknown" in said
    assert "27 subjects" not in said and "27 people" not in said


def test_pages_of_an_experiment_offer_no_comparison_over_people(
    open_page: Open, own_home: Path, no_shipped_studies: None
) -> None:
    record = made_record()
    design = {**record.design, "base": {**record.design["base"], "protocol": "clip-kfold"}}
    corpus = {**record.corpus, "subjects": None, "subjects_known": False}
    finished_study(own_home, design=design, corpus=corpus)
    compare = open_page("compare", table=record.id)
    said = read(compare)
    assert "By clip: people unknown." in said
    assert "interval over clips (people unknown)" in said
    assert set(table(compare, "Subjects")["Subjects"]) == {"unknown"}
    effects = open_page("effects", table=record.id)
    assert "For the unit people give a subjects.csv" in read(effects)
    assert "clips, people unknown" in read(effects)
    for page in ("effects", "equivalence"):
        app = open_page(page, table=record.id)
        offered = [o for w in (*app.segmented_control, *app.selectbox) for o in w.options]
        assert "People" not in offered and "people" not in offered, page
