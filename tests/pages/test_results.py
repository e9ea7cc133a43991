"""Results: the sentence, numbers with company, the clips behind a cell, deleting."""

from __future__ import annotations

from pathlib import Path

import pytest
from run_samples import NOTE, finished_run, made_result

from fer_core.results import bundles_and_runs
from ui.results import words

from .conftest import Open, button, text

NAME = "train-20260102-030405"


@pytest.fixture(autouse=True)
def nothing_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Shipped bundles of the test's own."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    monkeypatch.setattr(bundles_and_runs, "bundles_dir", lambda: folder)
    return folder


def test_without_results_it_says_what_to_do(open_page: Open) -> None:
    assert "No results yet" in text(open_page("results"))


def test_a_result_in_plain_words_with_its_company(open_page: Open, own_home: Path) -> None:
    finished_run(own_home, NAME)
    app = open_page("results")
    result, _ = made_result()
    said = text(app)
    low, high = result["intervals"]["accuracy"]
    assert f"Of 27 clips of 9 people it had not been trained on, {result['accuracy']:.1%}" in said
    assert f"95% interval {low:.1%} to {high:.1%}" in said
    assert "Subject-independent k-fold, 3 folds, seed 0; n = 27 clips of 9 subjects." in said
    assert NOTE in said, "what the corpus is stands where its numbers are"
    shown = {m.label: m.value for m in app.metric}
    assert shown["Balanced accuracy"] == f"{result['balanced_accuracy']:.3f}"
    assert "always no: 0.667" in said  # three emotions: 1 - 1/3
    assert app.query_params["run"] == [NAME]


def test_the_clips_behind_a_cell(open_page: Open, own_home: Path) -> None:
    finished_run(own_home, NAME)
    app = open_page("results")
    result, _ = made_result()
    confusion = result["confusion"]
    wrong = sum(map(sum, confusion)) - sum(confusion[i][i] for i in range(3))
    assert f"{wrong} clip" in text(app)
    for i, labelled in enumerate(result["emotions"]):
        app.selectbox(key="results_labelled").set_value(labelled).run()
        for j, classified in enumerate(result["emotions"]):
            app.selectbox(key="results_classified").set_value(classified).run()
            assert f"{confusion[i][j]} clip{'' if confusion[i][j] == 1 else 's'} of 27." in text(app)
    app.selectbox(key="results_labelled").set_value("any").run()
    app.selectbox(key="results_classified").set_value("any").run()
    app.toggle(key="results_wrong").set_value(False).run()
    assert "27 clips of 27." in text(app)


def test_a_random_hold_out_is_warned_of(open_page: Open, own_home: Path) -> None:
    finished_run(own_home, NAME, protocol="random-holdout", folds=None)
    said = text(open_page("results"))
    assert "on new people, expect less" in said
    assert "people of whom it may have been trained on other clips" in said


def test_choosing_another_result(open_page: Open, own_home: Path) -> None:
    finished_run(own_home, NAME)
    finished_run(own_home, "train-20260103-000000", seed=5)
    app = open_page("results", run=NAME)
    assert "seed 0" in text(app)
    app.selectbox(key="results_of").set_value("train-20260103-000000").run()
    assert "seed 5" in text(app)
    assert app.query_params["run"] == ["train-20260103-000000"]


DEMO = {"name": "demo", "format": "demo", "synthetic": True, "note": NOTE}


def test_it_opens_a_result_of_the_corpus_in_use(open_page: Open, own_home: Path) -> None:
    finished_run(own_home, NAME, corpus=DEMO, seed=5)
    finished_run(own_home, "train-20260103-000000")
    app = open_page("results")
    assert app.query_params["run"] == ["train-20260103-000000"], "the newest, where no corpus is in use"
    app.session_state["_corpus"] = "demo"
    app.run()
    assert app.query_params["run"] == [NAME], "nobody chose the other one"
    assert "seed 5" in text(app) and not app.info
    assert NAME in [m.value.split(": ")[-1] for m in app.sidebar.markdown], "the sidebar says the same"
    app.selectbox(key="results_of").set_value("train-20260103-000000").run()
    assert "trained on made. The corpus in use is demo; results of it are in the box" in app.info[0].value
    app.session_state["_corpus"] = "elsewhere"
    app.run()
    assert app.query_params["run"] == ["train-20260103-000000"], "this one was chosen"
    assert "The corpus in use is elsewhere; there is no result of it yet." in app.info[0].value


def test_a_result_of_another_corpus_is_said_to_be_one(open_page: Open, own_home: Path) -> None:
    finished_run(own_home, NAME)
    app = open_page("results", corpus="demo")
    assert "trained on made. The corpus in use is demo; there is no result of it yet." in app.info[0].value
    assert "Train a recogniser on demo" in [e.proto.label for e in app.get("page_link")]


def test_a_shipped_bundle_has_results_without_predictions(
    open_page: Open, own_home: Path, nothing_shipped: Path
) -> None:
    (finished_run(own_home, NAME) / "bundle").rename(nothing_shipped / "good")
    app = open_page("results", run="shipped:good")
    assert "Of 27 clips of 9 people" in text(app)
    assert "did not come along" in text(app)
    assert not [b for b in app.button if b.label == "Delete it for good"]


def test_deleting_a_run(open_page: Open, own_home: Path) -> None:
    folder = finished_run(own_home, NAME)
    app = open_page("results", run=NAME)
    button(app, "Delete it for good").click().run()
    assert not app.exception
    assert not folder.exists()
    assert "No results yet" in text(app)


@pytest.mark.parametrize("damage", ["", "{}", "[1]"])
def test_a_damaged_result_is_one_sentence(open_page: Open, own_home: Path, damage: str) -> None:
    folder = finished_run(own_home, NAME)
    (folder / bundles_and_runs.RESULT).write_text(damage)
    app = open_page("results")
    assert not app.exception
    assert len(app.error) == 1
    assert "train it again" in app.error[0].value


def test_a_deleted_run_in_a_link_is_said_and_another_shown(open_page: Open, own_home: Path) -> None:
    finished_run(own_home, NAME)
    app = open_page("results", run="train-gone")
    assert "train-gone" in app.error[0].value
    assert "Of 27 clips" in text(app)


def test_words() -> None:
    result, _ = made_result(
        confusion=[[9, 0, 0], [2, 6, 1], [0, 0, 9]], accuracy=24 / 27, emotions=["anger", "fear", "surprise"]
    )
    assert words.weakest(result) == "Fear is found least often: 6 of 9 clips, most often taken for anger."
    assert "88.9%" in words.headline(result)
    perfect = result | {"confusion": [[9, 0, 0], [0, 9, 0], [0, 0, 9]]}
    assert words.weakest(perfect).endswith("9 of 9 clips.")


def test_a_leak_that_was_accepted_is_said(open_page: Open, own_home: Path) -> None:
    leak = {
        "rule": "near-duplicate",
        "what": "nearly the same face across the split",
        "where": "",
        "fix": "",
        "count": 3,
        "examples": [],
    }
    finished_run(own_home, NAME, protocol="random-holdout", folds=None, leaks=[leak])
    app = open_page("results", run=NAME)
    (warning,) = app.warning
    assert "near-duplicate" in warning.value
    assert "accepted by name" in warning.value
