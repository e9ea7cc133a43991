"""Effects: the sentence, the unit's switch, its tables, links, other tables, speed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from study_samples import ID
from table_samples import noisy

from fer_core.results.differences import level_differences
from fer_core.results.study import load_study
from fer_core.stats.anova import anova
from fer_core.stats.pairwise import pairwise
from fer_core.stats.permutation import permutation_within
from fer_core.stats.repeated import repeated_measures
from fer_core.stats.table import Evaluations, evaluations, reconstructed
from fer_core.store.store import Store
from ui.effects import words as effects_words

from .conftest import Open, table
from .conftest import read as text
from .conftest import text as marked

pytestmark = pytest.mark.usefixtures("no_shipped_studies")


def table_of_frame(frame: pd.DataFrame) -> Evaluations:
    return evaluations(frame, "Mine", "table")


def with_table(open_page: Open, frame: pd.DataFrame, **query: str) -> AppTest:
    """The page with an uploaded table."""
    app = open_page("effects", table="uploaded", **query)
    app.session_state["_own_table"] = ("mine.csv", frame.to_csv(index=False).encode())
    return app.run()


def test_first_the_published_study_as_it_was_analysed(open_page: Open) -> None:
    app = open_page("effects")
    said = text(app)
    assert "with every evaluation counted as one observation: no significant difference" in said
    assert "(smallest p: loss, 0.145)" in said
    assert "Loss is significant within emotions (p = 0.026) and in the mixed model (p = 0.026), but" in said
    assert "but not when every evaluation is counted as one (p = 0.145)." in said
    assert effects_words.NO_PEOPLE in said
    assert len(app.get("plotly_chart")) == 4
    assert not app.error


def test_the_unit_changes_the_answer(open_page: Open) -> None:
    app = open_page("effects", table="published", effects_metric="recall")
    pooled = table(app, "Partial ω²").set_index("Effect")
    whole = anova(reconstructed(), "recall").set_index("effect")
    assert pooled.loc["loss", "p"] == "0.145"
    low, high = whole.loc["loss", ["eta2p_low", "eta2p_high"]]
    assert pooled.loc["loss", "η² interval"] == f"{low:.3f} to {high:.3f}" == "0.000 to 0.231"
    app.segmented_control(key="effects_unit").set_value("emotion").run()
    assert "advanced loss is 0.145 above standard (p = 0.026)" in text(app)
    assert app.query_params["effects_unit"] == ["emotion"]
    rows = table(app, "Generalised η²").set_index("Effect")
    expected = repeated_measures(reconstructed(), "recall").set_index("effect")
    permuted = permutation_within(reconstructed(), "recall").set_index("effect")
    for effect in ("loss", "architecture x tuning"):
        shown = rows.loc[effects_words.times(effect)]
        assert (shown["F"], shown["df"]) == (pytest.approx(expected.loc[effect, "F"]), "1, 5")
        assert shown["p, permuted"] == f"{permuted.loc[effect, 'p_permutation']:.3f}"
    assert "ε" not in rows, "two levels have no sphericity to correct for"
    app.segmented_control(key="effects_unit").set_value("mixed").run()
    assert "in the mixed model: advanced loss is 0.145 above standard (p = 0.026)" in text(app)
    assert table(app, "Estimate").set_index("Effect").loc["loss", "Estimate"] == pytest.approx(0.1446, abs=1e-4)
    assert table(app, "F").set_index("Effect").loc["loss", "df"] == "1, 5.0"
    app.segmented_control(key="effects_random").set_value("intercepts").run()
    assert table(app, "F").set_index("Effect").loc["loss", "df"] == "1, 35.0"
    assert "All levels of emotion are taken to react alike" in text(app)
    assert not app.exception


def test_type_iii_is_named_where_it_is_used(open_page: Open) -> None:
    frame = noisy(4, lambda f: 0.05 * (f["loss"] == "advanced")).frame.iloc[5:]
    app = with_table(open_page, frame, effects_unit="published")
    two = table(app, "SS, Type II").set_index("Effect").loc["loss", "SS, Type II"]
    assert "sums of squares are of Type II." in text(app)
    app.segmented_control(key="effects_sums").set_value("III").run()
    three = table(app, "SS, Type III").set_index("Effect").loc["loss", "SS, Type III"]
    assert three != pytest.approx(two, rel=1e-6)
    assert "sums of squares are of Type III." in text(app) and app.query_params["effects_sums"] == ["III"]


def test_three_levels_show_their_correction(open_page: Open) -> None:
    frame = noisy(4, architecture=("gru", "lstm", "cnn"), replicates=2).frame
    app = with_table(open_page, frame, effects_unit="emotion")
    rows = table(app, "ε").set_index("Effect")
    expected = repeated_measures(table_of_frame(frame), "f1").set_index("effect")
    assert rows.loc["architecture", "ε"] == pytest.approx(expected.loc["architecture", "epsilon_gg"])
    assert "sphericity" in text(app)


def test_a_table_of_one_emotion_is_compared_within_its_replicates(open_page: Open) -> None:
    app = with_table(open_page, noisy(6, emotions=("fear",), replicates=9).frame)
    assert "F1, within replicates: " in text(app)
    assert "Within replicates" in app.segmented_control(key="effects_unit").options
    assert (table(app, "Generalised η²")["df"] == "1, 8").all()


def test_two_conditions_of_an_experiment_are_compared_clip_by_clip(open_page: Open, study: str) -> None:
    app = open_page("effects", table=study)
    said = text(app)
    assert "McNemar, exact p" in said
    rows = table(app, "Right").set_index("Right")["Clips"]
    first = str(app.selectbox(key="effects_first").value)
    other = next(o for o in app.selectbox(key="effects_second").options if o)
    assert f"on the {rows.sum()} clips of" in said and first and other
    assert not app.exception and not app.error


@pytest.mark.parametrize(("metric", "unit"), [("recall", "emotion"), ("f1", "mixed"), ("specificity", "published")])
def test_a_link_opens_the_view_it_names(open_page: Open, metric: str, unit: str) -> None:
    app = open_page(
        "effects",
        table="published",
        effects_metric=metric,
        effects_unit=unit,
        effects_correction="holm",
        effects_family="all",
        effects_interval="bca",
    )
    keys = ("metric", *(f"effects_{k}" for k in ("unit", "correction", "family", "interval")))
    held = {key: app.segmented_control(key=key).value for key in keys}
    assert list(held.values()) == [metric, unit, "holm", "all", "bca"]
    assert effects_words.IN_SENTENCE[unit] in text(app)


def test_nonsense_in_a_link_is_said_and_passed_over(open_page: Open) -> None:
    app = open_page("effects", effects_metric="charm", effects_unit="people", effects_correction="<x>")
    assert app.segmented_control(key="metric").value == "recall"
    assert "There is no metric “charm” here: Recall is shown." in text(app)
    assert app.segmented_control(key="effects_unit").value == "published"
    assert not app.exception and not app.error


@pytest.mark.slow
def test_corrections_change_how_many_remain(open_page: Open) -> None:
    app = open_page("effects", table="published")
    for correction, family in (("none", "metric"), ("bonferroni", "all"), ("fdr_bh", "metric")):
        app.segmented_control(key="effects_correction").set_value(correction).run()
        if correction != "none":
            app.segmented_control(key="effects_family").set_value(family).run()
        rows: Any = pairwise(reconstructed(), correction=correction, family=family)  # type: ignore[arg-type]
        assert f"{int(rows['reject'].sum())} of 15 planned comparisons reach" in text(app)
        shown = table(app, "p, corrected")
        assert len(shown) == 15 and (shown["n"] == 24).all()
    app.segmented_control(key="effects_unit").set_value("emotion").run()
    assert (table(app, "p, corrected")["n"] == 6).all()


def test_over_people_where_it_is_known_who_is_on_the_clips(open_page: Open, study: str, own_home: Path) -> None:
    app = open_page("effects", table=study, reading="outputs")
    assert app.segmented_control(key="effects_unit").value == "people", "the default of an own experiment"
    said = text(app)
    with Store(own_home / "experiments.sqlite", read_only=True) as store:
        found = level_differences(load_study(store, ID))
    loss = found.query("factor == 'loss' and emotion == 'all' and metric == 'mean_binary_recall'").iloc[0]
    assert loss["low"] > 0, "the made-up study's advanced loss finds more"
    assert "Recall, over people: " in said
    assert (
        f"advanced loss is {loss['value']:.3f} above standard (95% interval {loss['low']:.3f} to {loss['high']:.3f})"
    ) in said
    assert effects_words.NO_PEOPLE not in said
    rows = table(app, "People")
    assert len(rows) == 3 * 7 and (rows["People"] == 18).all()
    assert len(app.get("plotly_chart")) == 4
    for metric in ("f1", "accuracy"):
        app.segmented_control(key="metric").set_value(metric).run()
        assert not app.exception and not app.error


def test_a_table_of_ones_own(open_page: Open) -> None:
    frame = noisy(4, architecture=("gru", "lstm", "<script>"), replicates=2).frame
    app = with_table(open_page, frame)
    assert not app.exception and not app.error
    assert "F1, within emotions: " in text(app), "the default of a table without people"
    assert app.segmented_control(key="metric").options == ["F1"]
    assert "<script>" not in marked(app).replace("\\<script\\>", "")


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (noisy(1, architecture=("gru",), tuning=("bayesian",), loss=("standard",)).frame, "one level"),
        (noisy(1, emotions=("fear",)).frame, "nothing to estimate the error"),
        (noisy(1).frame.assign(f1=0.5), "same in every row"),
    ],
    ids=["one level", "one row per cell", "no variance"],
)
def test_what_cannot_be_analysed_is_said_in_a_sentence(open_page: Open, frame: pd.DataFrame, words: str) -> None:
    app = with_table(open_page, frame)
    assert not app.exception
    assert words in " ".join(str(e.value) for e in app.error)


@pytest.mark.slow
def test_a_large_table_can_be_corrected(open_page: Open) -> None:
    app = with_table(open_page, noisy(5, replicates=42).frame)
    assert "2016" in str(len(noisy(5, replicates=42).frame))
    app.segmented_control(key="effects_unit").set_value("emotion").run()
    app.segmented_control(key="effects_correction").set_value("holm").run()
    assert not app.exception


def test_where_units_disagree_the_difference_is_named() -> None:
    columns = ["unit", "factor", "first", "second", "difference", "low", "high", "p", "shown"]

    def rows(*units: tuple[str, float, bool], second: str = "lstm") -> list[tuple[Any, ...]]:
        return [(u, "architecture", "gru", second, 0.1, 0.0, 0.2, p, shown) for u, p, shown in units]

    split = rows(("published", 0.21, False), ("emotion", 0.009, True), ("people", float("nan"), True))
    assert effects_words.depends(pd.DataFrame(split, columns=columns)) == (
        "Architecture is significant within emotions (p = 0.009) and over people, but not when every "
        "evaluation is counted as one (p = 0.210)."
    )
    third = rows(("published", 0.3, False), ("emotion", 0.4, False), second="tcn")
    found = pd.DataFrame([*split, *third], columns=columns)
    assert effects_words.depends(found).startswith("Architecture (GRU − LSTM) is significant")
    assert effects_words.depends(pd.DataFrame(third, columns=columns)) == ""
    assert "same verdicts" in effects_words.agreement(pd.DataFrame(third, columns=columns))
