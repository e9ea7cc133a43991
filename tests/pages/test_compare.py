"""Compare conditions: the sentence, filters, views, what is behind a cell, partial and broken states."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from study_samples import (
    FACTORS,
    ID,
    NOTE,
    SLUGS,
    finished_study,
    made_cell,
    made_predictions,
    made_record,
    made_trials,
)

from fer_core import runs
from fer_core.results import study as tables_of
from fer_core.results.study import Reading, Study, load_study
from fer_core.results.words import condition_words
from fer_core.store import shipped
from fer_core.store.store import Store
from fer_core.study.design import Design
from ui.compare import words
from ui.pickers.in_use import READINGS

from .conftest import Open, button, text

LATER = "experiment-20260203-000000"


@pytest.fixture(autouse=True)
def assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Shipped studies of the test's own: none."""
    monkeypatch.setattr(shipped, "assets_dir", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def open_page(open_page: Open) -> Open:
    """Compare opens the made-up study, unless something else is named."""

    def run(page: str = "home", **query: str) -> AppTest:
        named = {"table": ID} if page == "compare" and not {"table", "experiment"} & set(query) else {}
        return open_page(page, **named, **query)

    return run


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Study]:
    """A home with the made-up finished study, and the study."""
    home = tmp_path_factory.mktemp("finished")
    finished_study(home)
    return home, stored(home)


@pytest.fixture
def study(own_home: Path, finished: tuple[Path, Study]) -> Study:
    """The made-up finished study, in this test's home too."""
    shutil.copytree(finished[0], own_home, dirs_exist_ok=True)
    return finished[1]


def stored(home: Path, id: str = ID) -> Study:
    with Store(home / "experiments.sqlite", read_only=True) as store:
        return load_study(store, id)


def best(study: Study, metric: str = "macro_f1", reading: Reading = "probabilities") -> dict[str, Any]:
    rows = tables_of.per_condition(study, reading)
    return rows[rows["metric"] == metric].sort_values("value", kind="stable").iloc[-1].to_dict()


def charts(app: AppTest) -> int:
    return len(app.get("plotly_chart"))


# --- what it says -----------------------------------------------------------------------------------


def test_without_an_experiment_it_leads_to_the_launch_page(open_page: Open) -> None:
    app = open_page("compare")
    assert "No experiment yet" in text(app)
    assert not app.error


def test_first_a_sentence_from_the_data(open_page: Open, study: Study) -> None:
    app = open_page("compare")
    said, top = text(app), best(study)
    assert (
        f"{condition_words(top['condition'])} has the highest macro F1 ({top['value']:.3f}, 95% interval "
        f"{top['low']:.3f} to {top['high']:.3f}; {top['n']} clips of 18 subjects, {top['tests']} tests in 2 "
        "seeds)."
    ) in said
    assert NOTE in said, "what the corpus is stands where its numbers are"
    assert app.query_params["table"] == [ID]
    assert charts(app) == 1
    table = app.dataframe[0].value
    assert list(table["Condition"]) == [condition_words(s) for s in SLUGS]
    assert set(table["Cells"]) == {"6 of 6"}
    shown = table.set_index("Condition")["Macro F1"][condition_words(top["condition"])]
    assert shown == f"{top['value']:.3f} [{top['low']:.3f}, {top['high']:.3f}]"


def test_a_link_decides_and_the_box_changes_it(open_page: Open, own_home: Path, study: Study) -> None:
    finished_study(own_home, LATER, created=1770000000.0, name="later", seeds=(0,), factors=FACTORS[:2])
    app = open_page("compare", table=ID)
    assert app.query_params["table"] == [ID]
    assert "126 tests in 2 seeds" in text(app)
    app.selectbox(key="table").set_value(LATER).run()
    assert app.query_params["table"] == [LATER]
    assert "tests in 2 seeds" not in text(app)


@pytest.mark.parametrize("table", ["published", "uploaded"])
def test_a_table_cannot_be_compared_and_stays_in_use_until_an_experiment_is_chosen(
    open_page: Open, study: Study, table: str
) -> None:
    app = open_page("compare", table=table)
    assert [i.value for i in app.info if "needs the outputs that an experiment stores" in i.value]
    assert app.selectbox(key="table").value is None and app.selectbox(key="table").options == ["made up, 48 cells"]
    assert app.query_params["table"] == [table] and not charts(app)
    app.selectbox(key="table").set_value(ID).run()
    assert app.query_params["table"] == [ID] and charts(app) == 1
    assert "highest macro F1" in text(app) and not app.info


def test_a_deleted_experiment_in_a_link_is_said(open_page: Open, study: Study) -> None:
    app = open_page("compare", experiment="experiment-gone")
    assert "experiment-gone" in app.warning[0].value.replace("\\", "")
    assert app.query_params["table"] == ["published"] and "experiment" not in app.query_params
    app.selectbox(key="table").set_value(ID).run()
    assert "has the highest macro F1" in text(app) and not app.warning


# --- controls ---------------------------------------------------------------------------------------


def test_another_reading_and_another_metric(open_page: Open, study: Study) -> None:
    app = open_page("compare")
    assert words.READING_WORDS["probabilities"] in text(app)
    app.segmented_control(key="reading").set_value("outputs").run()
    assert words.READING_WORDS["outputs"] in text(app)
    assert app.query_params["reading"] == ["outputs"]
    top = best(study, reading="outputs")
    assert f"has the highest macro F1 ({top['value']:.3f}" in text(app)
    app.selectbox(key="compare_by").set_value("balanced_accuracy").run()
    top = best(study, "balanced_accuracy", "outputs")
    assert f"{condition_words(top['condition'])} has the highest balanced accuracy ({top['value']:.3f}" in text(app)
    assert next(iter(app.dataframe[0].value.columns[5:])) == "Balanced accuracy"


def test_conditions_and_seeds_are_filtered(open_page: Open, own_home: Path, study: Study) -> None:
    app = open_page("compare")
    app.pills(key="compare_architecture").set_value(["gru"]).run()
    app.pills(key="compare_seeds").set_value([1]).run()
    rows = tables_of.per_condition(study, conditions=SLUGS[:4])
    assert len(app.dataframe[0].value) == rows["condition"].nunique() == 4
    finished_study(own_home, LATER, created=1770000000.0, seeds=(1,), factors=FACTORS[:4])
    top = best(stored(own_home, LATER))
    assert f"({top['value']:.3f}, 95% interval {top['low']:.3f} to {top['high']:.3f};" in text(app)


@pytest.mark.parametrize(
    ("view", "names"),
    [("Per emotion", ("architecture", "tuning", "loss", "seeds", "emotions")), ("Searches", ("emotions",))],
)
def test_nothing_chosen_is_said(open_page: Open, study: Study, view: str, names: tuple[str, ...]) -> None:
    app = open_page("compare", compare_view=view)
    for name in names:
        everything = app.pills(key=f"compare_{name}").value
        app.pills(key=f"compare_{name}").set_value([]).run()
        assert not app.exception
        assert "Nothing is chosen" in text(app)
        app.pills(key=f"compare_{name}").set_value(everything).run()
        assert "Nothing is chosen" not in text(app)


def test_a_link_opens_the_very_view(open_page: Open, study: Study) -> None:
    link = {
        "experiment": ID,
        "compare_view": "Per emotion",
        "compare_metric": "Precision",
        "compare_reading": READINGS["outputs"],
        "compare_emotion": "sadness",
        "compare_condition": condition_words(SLUGS[4]),
        "compare_outcome": "called",
    }
    app = open_page("compare", **{k: v for k, v in link.items() if k != "compare_outcome"})
    row = _cell(study, SLUGS[4], "sadness", "outputs")
    assert f"said yes to {row['tp']} of {row['tp'] + row['fn']} tests labelled sadness" in text(app)
    assert "Precision is lowest for" in text(app)
    for name, value in link.items():
        assert app.query_params.get(name, [value]) == [value]
    renamed = {"table": ID, "metric": "precision", "reading": "outputs", "emotion": "sadness"}
    assert {name: app.query_params[name] for name in renamed} == {n: [v] for n, v in renamed.items()}


def _cell(study: Study, slug: str, emotion: str, reading: Reading = "probabilities") -> dict[str, Any]:
    rows = tables_of.per_emotion(study, reading, [slug])
    return rows[(rows["emotion"] == emotion) & (rows["metric"] == "recall")].iloc[0].to_dict()


def test_choices_that_another_experiment_does_not_have_are_let_go(
    open_page: Open, own_home: Path, study: Study
) -> None:
    emotions = ("anger", "fear", "surprise")
    finished_study(own_home, LATER, created=1770000000.0, seeds=(0,), factors=FACTORS[:1], emotions=emotions)
    query = {"compare_condition": condition_words(SLUGS[4]), "compare_emotion": "sadness", "compare_seeds": "1"}
    app = open_page("compare", experiment=ID, compare_view="Per emotion", **query)
    assert "tests labelled sadness" in text(app) or "clips labelled sadness" in text(app)
    app.selectbox(key="table").set_value(LATER).run()
    assert not app.exception
    assert app.selectbox(key="compare_condition").value == SLUGS[0]
    assert app.selectbox(key="emotion").value == "anger"
    assert "There is no emotion “sadness” here: anger is shown." in text(app).replace("\\", "")
    assert "There is no other condition to compare it with." in text(app)
    app.segmented_control(key="compare_view").set_value("confusion").run()
    assert not app.exception
    app = open_page(
        "compare",
        experiment=LATER,
        compare_view="nonsense",
        compare_emotion="joy",
        compare_condition="x",
        compare_reading="aloud",
        compare_by="luck",
    )
    assert not app.error
    assert charts(app) == 1


# --- views ------------------------------------------------------------------------------------------


def test_behind_an_emotions_cell(open_page: Open, study: Study) -> None:
    app = open_page("compare", compare_view="Per emotion")
    assert charts(app) == 3
    rows = tables_of.per_emotion(study, "probabilities")
    recall = rows[rows["metric"] == "recall"]
    weakest = recall.groupby("emotion")["value"].mean().idxmin()
    assert f"Recall is lowest for {weakest}" in text(app)
    app.selectbox(key="emotion").set_value("fear").run()
    app.selectbox(key="compare_condition").set_value(SLUGS[1]).run()
    row = _cell(study, SLUGS[1], "fear")
    assert (
        f"said yes to {row['tp']} of {row['tp'] + row['fn']} tests labelled fear, and to {row['fp']} of "
        f"{row['fp'] + row['tn']} other tests."
    ) in text(app)
    for outcome, counted in (("missed", "fn"), ("called", "fp"), ("found", "tp")):
        app.segmented_control(key="compare_outcome").set_value(outcome).run()
        assert row[counted] == (len(app.dataframe[0].value) if app.dataframe else 0)


def test_two_confusion_matrices_and_the_clips_behind(open_page: Open, study: Study) -> None:
    app = open_page("compare", compare_view="Confusion")
    assert charts(app) == 2
    left, right = (app.selectbox(key=f"compare_{side}").value for side in ("left", "right"))
    assert left == best(study)["condition"] != right
    app.segmented_control(key="compare_side").set_value("right").run()
    counts = tables_of.confusion(study, right, "probabilities")
    wrong = counts.sum() - counts.trace()
    assert len(app.dataframe[0].value) == wrong
    app.selectbox(key="compare_labelled").set_value("sadness").run()
    app.selectbox(key="compare_classified").set_value("sadness").run()
    row = study.emotions.index("sadness")
    assert len(app.dataframe[0].value) == counts[row, row]
    assert app.toggle(key="compare_wrong").disabled


def test_learning_curves_and_searches(open_page: Open, study: Study) -> None:
    app = open_page("compare", compare_view="Learning curves")
    assert charts(app) == 1
    app.segmented_control(key="compare_view").set_value("searches").run()
    assert "144 searches with 864 trials, of which 24 failed." in text(app)
    table = app.dataframe[0].value
    assert len(table) == 4 * 6
    mine = [t for t in study.trials if (t.condition, t.emotion) == (SLUGS[0], "anger")]
    found = [min(t.value for t in mine if (t.seed, t.fold) == (s, f)) for s in (0, 1) for f in range(3)]
    assert table.iloc[0]["Best value"] == round(statistics.median(found), 4)
    assert "dropout" not in table, "what was not searched is not listed"
    app.pills(key="compare_tuning").set_value(["predefined"]).run()
    assert not app.exception
    assert "searches" not in app.segmented_control(key="compare_view").options


# --- states -----------------------------------------------------------------------------------------


def partial(home: Path, id: str = ID) -> None:
    """Two conditions of which the second's last fold failed, and a third under way."""
    with Store(home / "experiments.sqlite") as store:
        store.add_experiment(made_record(id, seeds=(0,)))
        for slug in SLUGS[:2]:
            for fold in range(3):
                if (slug, fold) == (SLUGS[1], 2):
                    lost = made_cell(slug, 0, fold, state="failed", fits={}, error="the loss is NaN")
                    store.add_cell(id, lost)
                    continue
                said = made_predictions(slug, 0, fold)
                store.add_cell(id, made_cell(slug, 0, fold, n_test=len(said)), said)


def running(home: Path, id: str = ID, state: str = "running") -> None:
    now = time.time()
    folder = home / "runs" / id
    folder.mkdir(parents=True, exist_ok=True)
    status = runs.Status(state, 5, 24, "fear, trial 3", now - 60, now, os.getpid())  # type: ignore[arg-type]
    (folder / runs.STATUS).write_text(json.dumps(asdict(status)))


def test_what_failed_is_said_and_unlike_clips_are_not_compared(open_page: Open, own_home: Path) -> None:
    partial(own_home)
    app = open_page("compare")
    said = text(app)
    assert "Not finished: 6 of 24 cells so far, 1 of them failed." in said
    assert "1 of 24 cells failed (GRU, Bayesian, standard)" in said
    assert "the loss is NaN" in str([d.value for d in app.dataframe])
    assert "Of the 2 conditions tested so far, " in said
    assert "were not tested on the same clips" in said
    app.toggle(key="compare_common").set_value(True).run()
    assert "were not tested on the same clips" not in text(app)
    assert "overlap" in text(app) or "wholly below" in text(app)
    assert len({n for d in app.dataframe if "Clips" in d.value for n in d.value["Clips"]}) == 1


def test_while_it_goes_on_new_cells_wait_for_a_click(open_page: Open, own_home: Path) -> None:
    partial(own_home)
    running(own_home)
    app = open_page("compare")
    assert any("6 of 24 cells so far" in p.proto.text for p in app.get("progress"))
    assert "Not finished" not in text(app)
    said = made_predictions(SLUGS[2], 0, 0)
    with Store(own_home / "experiments.sqlite") as store:
        store.add_cell(ID, made_cell(SLUGS[2], 0, 0, n_test=len(said)), said)
    running(own_home, state="done")
    app.run()
    assert not app.exception
    assert "Not finished: 7 of 24 cells so far" in text(app)
    assert not app.get("progress")


def test_before_the_first_cell(open_page: Open, own_home: Path) -> None:
    with Store(own_home / "experiments.sqlite") as store:
        store.add_experiment(made_record())
    running(own_home)
    assert "No cell is done yet" in text(open_page("compare"))
    with Store(own_home / "experiments.sqlite") as store:
        for trial in made_trials(SLUGS[0], 0, 0):
            store.add_trial(ID, trial)
    app = open_page("compare")
    assert "6 searches with 36 trials" in text(app)
    assert not [s for s in app.segmented_control if s.key == "reading"], "there is nothing to read"


def test_a_random_hold_out_is_warned_of(open_page: Open, own_home: Path) -> None:
    plain = made_record().design
    design = {**plain, "base": {**plain["base"], "protocol": "random-holdout"}}
    finished_study(own_home, design=design, factors=FACTORS[:2], seeds=(0,))
    assert "on new people, expect less" in text(open_page("compare"))
    leak = {"rule": "subject-on-both-sides", "what": "17 subjects stand on both sides"}
    made = {**made_record().provenance, "leaks": [leak]}
    finished_study(
        own_home, LATER, created=1770000000.0, design=design, factors=FACTORS[:2], seeds=(0,), provenance=made
    )
    app = open_page("compare", table=LATER)
    assert "accepted by name: 17 subjects stand on both sides" in text(app)
    assert any(c.value.endswith("--allow-leak subject-on-both-sides") for c in app.code)


@pytest.mark.parametrize("damage", [b"no database at all", b"SQLite format 3\0" + b"x" * 5000])
def test_a_damaged_store_is_one_sentence(open_page: Open, own_home: Path, damage: bytes) -> None:
    (own_home / "experiments.sqlite").write_bytes(damage)
    app = open_page("compare")
    assert not app.exception
    assert len(app.error) == 1
    assert "damaged" in app.error[0].value


# --- what came along ----------------------------------------------------------------------------------


@pytest.fixture
def along(own_home: Path, assets: Path, study: Study) -> None:
    """A study that came along, and the same one of one's own."""
    with Store(own_home / "experiments.sqlite", read_only=True) as store:
        shipped.ship(store, ID, assets / "study" / "folds.sqlite", "Five folds")


def test_a_study_that_came_along_shows_evidence_at_once(
    open_page: Open, own_home: Path, assets: Path, along: None
) -> None:
    (own_home / "experiments.sqlite").unlink()
    app = open_page("compare", table="shipped:folds")
    assert app.query_params["table"] == ["shipped:folds"]
    assert "has the highest macro F1" in text(app)
    assert "came along with FER Lab" in text(app)
    assert sorted(f.name for f in (assets / "study").iterdir()) == ["folds.sqlite"], "only read"


def test_it_can_be_chosen_beside_ones_own_and_beside_a_damaged_store(
    open_page: Open, own_home: Path, along: None
) -> None:
    app = open_page("compare")
    assert app.query_params["table"] == [ID]
    app.selectbox(key="table").set_value("shipped:folds").run()
    assert "came along with FER Lab" in text(app)
    (own_home / "experiments.sqlite").write_text("damaged")
    app = open_page("compare")
    assert len(app.error) == 1 and app.query_params["table"] == ["published"]
    app.selectbox(key="table").set_value("shipped:folds").run()
    assert "has the highest macro F1" in text(app)


# --- taking away and running again ----------------------------------------------------------------------


def test_everything_can_be_taken_away(open_page: Open, study: Study) -> None:
    app = open_page("compare")
    labels = [b.proto.label for b in app.get("download_button")]
    assert {"Report", "CSV", "JSON", "LaTeX", "Design", "Record", "Figure"} <= set(labels)
    assert any("python -m fer_core experiment run demo --design design.json" in c.value for c in app.code)


def test_running_it_again_opens_the_launch_page(open_page: Open, study: Study) -> None:
    app = open_page("compare")
    button(app, "Open it on the Launch page").click().run()
    assert not app.exception
    assert [t.value for t in app.title] == ["Launch"]
    assert app.query_params["corpus"] == ["demo"], "the study's corpus comes along"
    assert app.segmented_control(key="launch_from").options[-1] == "made up"
    epochs = next(n.value for n in app.number_input if n.label == "Epochs, at most")
    assert epochs == study.design["base"]["fit"]["epochs"] != Design().base.fit.epochs


# --- words ------------------------------------------------------------------------------------------


def rows(*values: tuple[str, float, float, float], tests: int = 40) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "condition": c,
                "metric": "macro_f1",
                "value": v,
                "low": low,
                "high": high,
                "n": 40,
                "subjects": 9,
                "seeds": 1,
                "tests": tests,
            }
            for c, v, low, high in values
        ]
    )


A, B, C = ("gru-bayesian-advanced", 0.8, 0.7, 0.9), ("lstm-bayesian-advanced", 0.6, 0.5, 0.69), SLUGS[1]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ((A,), "There is no other condition to compare it with."),
        ((A, B), "The interval of LSTM, Bayesian, advanced lies wholly below its own."),
        ((B, (C, 0.62, 0.5, 0.7)), "The other's interval overlaps with it: which is better, or whether"),
        ((A, B, (C, 0.75, 0.6, 0.85)), "That of the one left overlaps with it: which of these is best, or"),
        ((A, (C, 0.8, 0.7, 0.9)), "GRU, Bayesian, advanced and GRU, Bayesian, standard share the highest"),
        ((A, (B[0], 0.6, 0.5, 0.7), (C, 0.6, 0.5, 0.72)), "The intervals of all 2 others overlap with it"),
    ],
)
def test_the_verdict_claims_no_more_than_the_intervals(table: Any, said: str) -> None:
    verdict = words.verdict(rows(*table), "macro_f1")
    assert said in verdict
    assert "40 clips of 9 subjects)" in verdict or len(table) == 1


def test_many_conditions_are_counted_and_none_is_no_fault() -> None:
    others = [(slug, 0.5, 0.4, 0.6) for slug in SLUGS[2:7]]
    assert "The intervals of 5 of the 6 others lie wholly below" in words.verdict(
        rows(A, (C, 0.75, 0.6, 0.85), *others), "macro_f1"
    )
    nothing = rows(A).iloc[:0]
    assert words.verdict(nothing, "macro_f1") == "No cell is done yet."
