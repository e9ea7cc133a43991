"""The choice that all pages of statistics share: session, address, defaults, what is no longer there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from study_samples import finished_study
from table_samples import noisy

from fer_core.store.store import Store
from ui.pickers import in_use

from .conftest import Open
from .conftest import read as text

pytestmark = pytest.mark.usefixtures("no_shipped_studies")

LATER = "experiment-20260203-000000"


def sidebar(app: AppTest, page: str) -> AppTest:
    """Go on by the sidebar, which drops the address's query."""
    app.query_params.clear()
    return app.switch_page(f"pages/{page}.py").run()


def address(app: AppTest) -> dict[str, str]:
    """The query, without what others keep there."""
    return {k: v[0] for k, v in app.query_params.items() if k in ("table", "reading", "metric", "emotion")}


def pressed(app: AppTest, key: str) -> Any:
    return app.segmented_control(key=key).value


@pytest.mark.slow
def test_a_choice_is_kept_from_page_to_page(open_page: Open, study: str) -> None:
    """On the way there and back; tests/browser/test_in_use.py takes every step from one page to another."""
    app = open_page(in_use.PAGES[0], table=study, reading="outputs", metric="precision", emotion="fear")
    chosen = {"table": study, "reading": "outputs", "metric": "precision", "emotion": "fear"}
    for page in (*in_use.PAGES, "notice", *reversed(in_use.PAGES)):
        sidebar(app, page)
        assert not app.exception and not app.error, page
        assert "Results in use: made up" in text(app) and "Outputs at 0.5" in text(app), page
        if page == "notice":
            assert address(app) == {"table": study, "reading": "outputs"}
            continue
        assert address(app) == chosen, page
        assert app.selectbox(key="table").value == study and pressed(app, "reading") == "outputs", page
        if page in ("heatmaps", "effects", "equivalence"):
            assert pressed(app, "metric") == "precision", page
    assert app.segmented_control(key="reading").options == list(in_use.READINGS.values())


def test_emotion_is_one_choice_too(open_page: Open, study: str) -> None:
    app = open_page("heatmaps", table=study)
    app.selectbox(key="emotion").set_value("sadness").run()
    sidebar(app, "equivalence")
    assert pressed(app, "emotion") == "sadness"
    assert "Over people, classifier of sadness: " in text(app)
    app.segmented_control(key="emotion").set_value(in_use.EVERY).run()
    assert "emotion" not in app.query_params, "all of them is no choice"
    sidebar(app, "heatmaps")
    assert app.selectbox(key="emotion").value == "anger"


def test_a_link_goes_before_the_session_and_names_only_what_it_changes(
    open_page: Open, study: str, own_home: Path
) -> None:
    finished_study(own_home, LATER, created=1770000000.0, name="later", seeds=(0,))
    app = open_page("effects", table=study, reading="outputs", metric="f1")
    app.query_params.clear()
    app.query_params["table"] = LATER
    app.switch_page("pages/power.py").run()
    assert address(app) == {"table": LATER, "reading": "outputs", "metric": "f1"}
    app.selectbox(key="table").set_value(study).run()
    app.query_params["table"] = LATER  # of a moment ago, as a browser may still send it
    app.run()
    assert app.selectbox(key="table").value == study and address(app)["table"] == study


@pytest.mark.parametrize(
    ("page", "old", "new"),
    [
        ("effects", {"effects_metric": "f1"}, {"metric": "f1"}),
        ("heatmaps", {"heatmaps_metric": "f1", "heatmaps_emotion": "fear"}, {"metric": "f1", "emotion": "fear"}),
        ("power", {"stats_reading": "outputs"}, {"reading": "outputs"}),
        ("equivalence", {"equivalence_metric": "recall", "equivalence_emotion": "all"}, {"metric": "recall"}),
        (
            "compare",
            {"compare_reading": "Outputs at 0.5", "compare_metric": "Binary accuracy"},
            {"reading": "outputs", "metric": "accuracy"},
        ),
    ],
)
def test_addresses_with_the_names_of_before_open_the_same_view(
    open_page: Open, study: str, page: str, old: dict[str, str], new: dict[str, str]
) -> None:
    app = open_page(page, **({"experiment": study} if page == "compare" else {"table": study}), **old)
    assert address(app) == {"table": study, **new}
    assert not {*old, "experiment"} & set(app.query_params)


def test_an_old_margin_without_a_metric_is_of_accuracy(open_page: Open) -> None:
    app = open_page("equivalence", table="published", equivalence_margin="0.03")
    assert pressed(app, "metric") == "accuracy" and app.slider(key="equivalence_width").value == 0.03
    app = open_page("equivalence", table="published")
    assert pressed(app, "metric") == "recall"
    app.slider(key="equivalence_width").set_value(0.1).run()
    assert address(app)["metric"] == "recall", "the address names what its margin is of"


@pytest.mark.slow
def test_what_is_not_there_is_said_and_kept_where_it_is(open_page: Open, study: str) -> None:
    app = open_page("effects", table="experiment-gone", reading="aloud")
    assert "no results called experiment-gone here" in text(app) and "Published study" in text(app)
    assert address(app)["table"] == "published"
    app.selectbox(key="table").set_value(study).run()
    assert not app.warning, "it is said once"
    assert pressed(app, "reading") == "probabilities"
    assert "There is no reading “aloud” here: Probabilities read by their loss is shown." in text(app)
    app.segmented_control(key="metric").set_value("precision").run()
    frame = noisy(4, architecture=("gru", "lstm"), replicates=2).frame
    app.session_state[in_use.UPLOAD] = ("mine.csv", frame.to_csv(index=False).encode())
    app.selectbox(key="table").set_value("uploaded").run()
    assert pressed(app, "metric") == "f1"
    assert "There is no metric “precision” here: F1 is shown." in text(app)
    sidebar(app, "heatmaps")
    assert "Results in use: mine.csv" in text(app)
    app.selectbox(key="table").set_value(study).run()
    assert pressed(app, "metric") == "precision"


def test_a_deleted_experiment_is_let_go_on_the_next_page(open_page: Open, study: str, own_home: Path) -> None:
    app = open_page("effects", table=study)
    with Store(own_home / "experiments.sqlite") as store:
        store.delete(study)
    sidebar(app, "notice")
    assert "Results in use: Published study" in text(app)
    sidebar(app, "power")
    assert f"no results called {study} here" in text(app) and not app.exception


def test_an_uploaded_table_keeps_what_its_columns_mean(open_page: Open) -> None:
    frame = noisy(4, architecture=("gru", "lstm"), replicates=2).frame
    frame["other"] = frame["f1"] / 2
    app = open_page("effects", table="uploaded")
    app.session_state[in_use.UPLOAD] = ("mine.csv", frame.to_csv(index=False).encode())
    app.run()
    box = next(b for b in app.selectbox if b.label == "f1")
    assert box.value == "f1"
    box.set_value("other").run()
    sidebar(app, "power")
    assert next(b for b in app.selectbox if b.label == "f1").value == "other"
    sidebar(app, "effects")
    assert next(b for b in app.selectbox if b.label == "f1").value == "other"


@pytest.mark.slow
def test_defaults_follow_the_kind_of_results_and_choices_stay(open_page: Open, study: str) -> None:
    app = open_page("effects", table="published")
    assert pressed(app, "effects_unit") == "published"
    app.selectbox(key="table").set_value(study).run()
    assert pressed(app, "effects_unit") == "people" and pressed(app, "reading") == "probabilities"
    app.selectbox(key="table").set_value("published").run()
    assert pressed(app, "effects_unit") == "published"
    app.segmented_control(key="effects_unit").set_value("emotion").run()
    app.selectbox(key="table").set_value(study).run()
    assert pressed(app, "effects_unit") == "emotion"
    app = open_page("equivalence", table="published")
    assert pressed(app, "equivalence_unit") == "pair"
    app.selectbox(key="table").set_value(study).run()
    assert pressed(app, "equivalence_unit") == "people"


def test_a_page_gives_links_that_carry_the_choice(open_page: Open, study: str) -> None:
    app = open_page("runs", experiment=study)
    links = {e.proto.label: e.proto.query_string for e in app.get("page_link")}
    assert f"table={study}" in links["Open results"]
    app = open_page("power", table=study, reading="outputs", metric="f1")
    links = {e.proto.label: e.proto.query_string for e in app.get("page_link")}
    for label in ("Compare", "Heatmaps", "Effects", "Equivalence"):
        assert links[label] == f"table={study}&reading=outputs&metric=f1"
