"""Heatmaps: the sentence, both views, a cell and the clips behind it, other tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from study_samples import ID, SLUGS
from table_samples import noisy

from fer_core.results import study_subset
from fer_core.results.study import load_study
from fer_core.store.store import Store

from .conftest import Open, table
from .conftest import read as text
from .conftest import text as marked

pytestmark = pytest.mark.usefixtures("no_shipped_studies")


def test_first_the_published_study(open_page: Open) -> None:
    app = open_page("heatmaps")
    said = text(app)
    assert "Recall is lowest for fear: from 0.00 (" in said
    assert "Which clips these are is not in a table of results" in said
    assert len(app.get("plotly_chart")) == 2
    assert not app.error


def test_accuracy_stands_beside_a_constant_answer(open_page: Open) -> None:
    app = open_page("heatmaps", heatmaps_metric="accuracy")
    assert "Always answering no would reach 0.83 on average" in text(app)
    assert "classifiers do no better" in text(app)


def test_a_link_opens_one_cell(open_page: Open) -> None:
    app = open_page(
        "heatmaps",
        table="published",
        heatmaps_view="metrics",
        heatmaps_metric="f1",
        heatmaps_condition="lstm-predefined-standard",
        heatmaps_emotion="fear",
    )
    assert "LSTM, predefined, standard: F1 is lowest for fear (0.00)" in text(app)
    assert "Alone, the classifier for fear said yes to 0 of 7 clips labelled fear" in text(app)
    rows = table(app, "95% interval").set_index("Metric")
    assert rows.loc["F1", "95% interval"] == "none" and rows.loc["Recall", "Value"] == 0
    assert app.selectbox(key="heatmaps_condition").value == "lstm-predefined-standard"
    app.selectbox(key="heatmaps_condition").set_value("mean").run()
    assert "heatmaps_condition" not in app.query_params
    assert "All conditions: F1 is lowest for fear" in text(app) and "(all conditions together)" in text(app)


def test_switching_the_view_keeps_condition_and_emotion(open_page: Open) -> None:
    app = open_page("heatmaps", heatmaps_condition=SLUGS[0], heatmaps_emotion="sadness")
    assert app.selectbox(key="heatmaps_condition").value == SLUGS[0]
    app.segmented_control(key="heatmaps_view").set_value("metrics").run()
    assert app.selectbox(key="heatmaps_condition").value == SLUGS[0]
    assert app.selectbox(key="emotion").value == "sadness"
    assert not app.exception


def test_nonsense_in_a_link_is_said_and_passed_over(open_page: Open) -> None:
    app = open_page("heatmaps", heatmaps_view="x", heatmaps_metric="", heatmaps_condition="no", heatmaps_emotion="?")
    assert app.selectbox(key="emotion").value == "anger"
    assert "There is no emotion “?” here: anger is shown." in text(app)
    assert app.selectbox(key="heatmaps_condition").value == "mean"
    assert not app.exception and not app.error


def test_behind_a_cell_of_an_experiment_are_its_clips(open_page: Open, study: str, own_home: Path) -> None:
    app = open_page("heatmaps", table=study, reading="outputs", heatmaps_condition=SLUGS[2], emotion="happiness")
    with Store(own_home / "experiments.sqlite", read_only=True) as store:
        known = load_study(store, ID)
    for outcome in ("missed", "called", "found"):
        app.segmented_control(key="heatmaps_outcome").set_value(outcome).run()
        expected = study_subset.outcomes(known, SLUGS[2], "happiness", outcome)  # type: ignore[arg-type]
        assert sorted(table(app, "clip")["clip"]) == sorted(expected["clip"])
    app.selectbox(key="heatmaps_condition").set_value("mean").run()
    assert "Choose one condition to see the clips." in text(app)
    app.segmented_control(key="reading").set_value("probabilities").run()
    assert not app.exception and not app.error


def test_a_table_without_counts_says_so(open_page: Open) -> None:
    app = open_page("heatmaps", table="uploaded")
    frame = noisy(4, emotions=("fear", "<b>glee</b>")).frame
    app.session_state["_own_table"] = ("mine.csv", frame.to_csv(index=False).encode())
    app.run()
    assert not app.exception and not app.error
    assert "holds no counts" in text(app)
    assert "<b>" not in marked(app).replace("\\<b\\>", "").replace("\\</b\\>", "")


def test_a_large_table_can_be_looked_at(open_page: Open) -> None:
    app = open_page("heatmaps", table="uploaded")
    frame = noisy(4, replicates=42).frame
    app.session_state["_own_table"] = ("mine.csv", frame.to_csv(index=False).encode())
    app.run()
    app.segmented_control(key="heatmaps_view").set_value("metrics").run()
    assert not app.exception
