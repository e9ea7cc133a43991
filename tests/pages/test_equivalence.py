"""Equivalence: the sentence, margins by metric, rules, units, what flips; the address; speed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from study_samples import ID, finished_study
from table_samples import design_frame

from fer_core.stats.equivalence import MARGINS
from fer_core.stats.judging import Judged, Summary, flips, judge, judge_all, summaries
from fer_core.stats.table import reconstructed
from ui.equivalence import controls, words

from .conftest import Open, text


def verdicts(app: AppTest) -> dict[tuple[str, str], str]:
    """Of the table at the foot."""
    frame = next(d.value for d in app.dataframe if "verdict" in d.value.columns)
    return {(r["metric"], r["factor"]): r["verdict"] for r in frame.to_dict("records")}


def expected(judged: list[Judged]) -> dict[tuple[str, str], str]:
    return {(j.metric, j.factor): j.verdict for j in judged}


def uploaded(open_page: Open, frame: pd.DataFrame, **query: str) -> AppTest:
    app = open_page("equivalence", table="uploaded", **query)
    app.session_state["_own_table"] = ("mine.csv", frame.to_csv(index=False).encode())
    return app.run()


def made(replicates: int = 1, **levels: Any) -> pd.DataFrame:
    frame = design_frame(replicates=replicates, **levels)
    return frame.assign(f1=np.random.default_rng(5).uniform(0.2, 0.9, len(frame)))


def test_it_opens_on_the_published_study_and_says_what_flips(open_page: Open) -> None:
    app = open_page("equivalence", metric="accuracy")
    said = text(app)
    assert (
        "Over matched pairs: 4 of 15 comparisons are equivalent within ±0.02 for accuracy and ±0.05 for the "
        "other metrics"
    ) in said
    assert "2 are different (recall by loss, specificity by loss)" in said
    assert "9 are undecided, which does not mean equal" in said
    assert "Between the rules, over matched pairs: 1 of 15 verdicts flips:" in said
    assert "±0.0193 and ±0.0209" in said
    assert "p = 0.041" in said
    assert verdicts(app) == expected(judge_all(summaries(reconstructed()), MARGINS))
    assert len(app.get("plotly_chart")) == 2
    assert not app.error


def test_rule_unit_and_alpha_change_the_verdicts(open_page: Open) -> None:
    app = open_page("equivalence", table="published")
    app.segmented_control(key="equivalence_rule").set_value("published").run()
    assert app.query_params["equivalence_rule"] == ["published"]
    assert verdicts(app)["accuracy", "architecture"] == "undecided"
    assert "normal" not in text(app) or "p = " not in text(app)
    app.segmented_control(key="equivalence_unit").set_value("emotion").run()
    app.segmented_control(key="equivalence_rule").set_value("tost").run()
    assert "equivalence_rule" not in app.query_params
    assert verdicts(app) == expected(judge_all(summaries(reconstructed(), "emotion"), MARGINS))
    app.segmented_control(key="equivalence_unit").set_value("pair").run()
    app.slider(key="equivalence_alpha").set_value(0.01).run()
    assert verdicts(app) == expected(judge_all(summaries(reconstructed()), MARGINS, 0.01))
    assert "98% interval" in text(app)


def test_each_metric_keeps_its_own_margin(open_page: Open) -> None:
    app = open_page("equivalence", metric="accuracy")
    app.slider(key="equivalence_width").set_value(0.01).run()
    assert verdicts(app)["accuracy", "architecture"] == "undecided"
    app.segmented_control(key="metric").set_value("recall").run()
    assert app.slider(key="equivalence_width").value == 0.05
    assert verdicts(app)["accuracy", "architecture"] == "undecided"
    app.slider(key="equivalence_width").set_value(0.22).run()
    assert verdicts(app)["recall", "loss"] == "both"
    margins = {**MARGINS, "accuracy": (-0.01, 0.01), "recall": (-0.22, 0.22)}
    assert verdicts(app) == expected(judge_all(summaries(reconstructed()), margins))
    query = {k: v[0] for k, v in app.query_params.items()}
    again = open_page("equivalence", **query)
    assert again.slider(key="equivalence_width").value == 0.22
    assert verdicts(again) == verdicts(app)
    app.segmented_control(key="metric").set_value("accuracy").run()
    assert app.slider(key="equivalence_width").value == 0.01


def test_margins_can_be_unequal(open_page: Open) -> None:
    app = open_page("equivalence", equivalence_metric="recall")
    app.toggle(key="equivalence_unequal").set_value(True).run()
    app.slider(key="equivalence_high").set_value(0.25).run()
    assert app.query_params["equivalence_margin"] == ["-0.05:0.25"]
    assert verdicts(app)["recall", "loss"] == "both"
    assert "the margin of −0.050 to +0.250" in text(app)
    app.slider(key="equivalence_low").set_value(-0.3).run()
    app.toggle(key="equivalence_unequal").set_value(False).run()
    assert app.slider(key="equivalence_width").value == 0.3
    again = open_page("equivalence", equivalence_metric="f1", equivalence_margin="-0.1:0.02")
    assert (again.slider(key="equivalence_low").value, again.slider(key="equivalence_high").value) == (-0.1, 0.02)


@pytest.mark.parametrize("margin", ["x", "0", "-0.02", "0.02:-0.02", "nan", "0.9", "1:2:3", ":", "0.01:0.02"])
def test_a_margin_that_makes_no_sense_is_passed_over(open_page: Open, margin: str) -> None:
    assert controls.readable(margin) is None


def test_what_an_address_says_is_read_back() -> None:
    for limits in ((-0.02, 0.02), (-0.031, 0.2), (-0.3, 0.001)):
        assert controls.readable(controls.written(limits)) == limits
    assert controls.written((-0.05, 0.05), unequal=True) == "-0.05:0.05"


def test_an_address_that_makes_no_sense_gives_the_published_view(open_page: Open) -> None:
    app = open_page(
        "equivalence",
        equivalence_unit="people",
        equivalence_rule="?",
        equivalence_margin="-1:1",
        equivalence_others="recall:9,nonsense:1,f1",
        equivalence_metric="beauty",
    )
    assert not app.exception and not app.error
    assert verdicts(app) == expected(judge_all(summaries(reconstructed()), MARGINS))


def test_people_are_a_unit_where_every_clip_is_known(open_page: Open, own_home: Path) -> None:
    finished_study(own_home)
    app = open_page("equivalence", table=ID, reading="outputs")
    assert app.segmented_control(key="equivalence_unit").value == "people", "the default of an experiment"
    said = text(app)
    assert "18 people" in said and "Between people and matched pairs" in said
    assert app.slider(key="equivalence_alpha").disabled
    assert len(verdicts(app)) == 15 and verdicts(app)["recall", "loss"] in ("different", "both")
    app.segmented_control(key="emotion").set_value("fear").run()
    assert not app.exception and "Between people and matched pairs" not in text(app)
    assert "Between the rules, over people" in text(app)
    published = open_page("equivalence", table="published")
    assert "people" not in published.segmented_control(key="equivalence_unit").options


def test_own_tables_of_all_kinds_are_answered_in_words(open_page: Open) -> None:
    flat = uploaded(open_page, made().assign(f1=0.5))
    assert "3 are undecided" in text(flat) and "no variance" in text(flat) and not flat.exception
    alone = uploaded(open_page, made(loss=("advanced",), tuning=("bayesian",), architecture=("gru",)))
    assert "every factor has one level" in alone.error[0].value
    one = uploaded(open_page, made(emotions=("fear",), loss=("a*b", "c|d", "e")), equivalence_unit="emotion")
    assert not one.exception and "one difference" in text(one)


@pytest.mark.parametrize("rows", [48, 2000])
def test_sliders_can_be_moved(open_page: Open, rows: int) -> None:
    app = uploaded(open_page, made(replicates=-(-rows // 48)))
    app.slider(key="equivalence_width").set_value(0.06).run()
    for key, value in (("equivalence_width", 0.07), ("equivalence_alpha", 0.02), ("equivalence_width", 0.2)):
        app.slider(key=key).set_value(value).run()
        assert not app.exception


# --- words ------------------------------------------------------------------------------------------


def of(mean: float, se: float, metric: str = "f1", **changes: Any) -> Judged:
    return judge(Summary(metric, "loss", "advanced", "standard", "pair", 24, mean, se), 0.05, **changes)


def test_the_headline_counts_all_four_verdicts() -> None:
    said = words.headline([of(0, 0.01), of(0.03, 0.005, "recall"), of(0.2, 0.01), of(0, 0.2)])
    assert said == (
        "Over matched pairs: 2 of 4 comparisons are equivalent within ±0.05 (F1 by loss, recall by loss), "
        "1 of them although there is a difference; 1 is different (F1 by loss); 1 is undecided, which does "
        "not mean equal."
    )
    assert "none of 1 comparisons is equivalent" in words.headline([of(0, 0.2)])


def test_the_headline_names_unit_rule_and_margins() -> None:
    people = [judge(Summary("f1", "loss", "a", "b", "people", 9, 0.0, intervals=((-0.01, 0.01),) * 2), 0.05)]
    assert words.headline(people, "fear").startswith("Over people, classifier of fear: 1 of 1 ")
    published = [of(0, 0.01, rule="published")]
    assert words.headline(published).startswith("Over matched pairs, by the published rule: ")
    three = [
        of(0, 0.01),
        of(0, 0.01, "recall"),
        judge(Summary("accuracy", "loss", "a", "b", "pair", 9, 0, 1), (-0.01, 0.02)),
    ]
    said = "−0.010 to +0.020 for accuracy and ±0.05 for the other metrics"
    assert words.margins_words(three) == said
    assert words.margins_words(three[1:]) == "±0.05 for recall and −0.010 to +0.020 for accuracy"


def test_where_units_disagree_each_verdict_is_named() -> None:
    pair, same = of(0, 0.01), of(0, 0.01, "recall")
    emotion = judge(Summary("f1", "loss", "advanced", "standard", "emotion", 6, 0, 0.2), 0.05)
    found: dict[Any, Any] = {"pair": [pair, same], "emotion": [emotion]}
    assert words.disagreement(found) == (
        "Units of analysis disagree: F1 by loss is equivalent over matched pairs, undecided over emotions."
    )
    assert words.disagreement({"pair": [pair, same], "emotion": []}) == ""
    published = summaries(reconstructed()), summaries(reconstructed(), "emotion")
    judged = [judge_all(part, MARGINS) for part in published]
    number = len(flips(*judged))
    assert f"disagree on {number} of them" in words.disagreement({"pair": judged[0], "emotion": judged[1]})


def test_a_sentence_names_the_interval_that_decides() -> None:
    assert "90% interval" in words.sentence(of(0, 0.01))
    assert "95% interval" in words.sentence(of(0, 0.01, rule="published"))
    assert "80% interval" in words.sentence(of(0, 0.01, alpha=0.1))
    assert "lies inside" in words.sentence(of(0, 0.01))
    assert "is not inside" in words.sentence(of(0, 0.2))


def test_no_flip_is_said_too() -> None:
    assert words.flips([], 12, "Between the rules") == ["Between the rules: none of 12 verdicts flips."]
    pair = flips([of(0.008, 0.0237)], [of(0.008, 0.0237, rule="published")])
    head, line = words.flips(pair, 1, "Between the rules")
    assert "1 of 1 verdicts flips:" in head and "by TOST" in line and "by the published rule" in line


def test_what_users_named_is_not_markdown() -> None:
    one = judge(Summary("f1", "loss", "*bold*", "a|b", "pair", 24, 0.0, 0.01), 0.05)
    for said in (words.sentence(one), words.chips([one])):
        assert "\\*bold\\*" in said and "a\\|b" in said
