"""Paper: what holds and what does not, in words, cards and tables; switches that change the verdict."""

from __future__ import annotations

from collections import Counter
from typing import Any, get_args

import pandas as pd
import pytest
from scipy import stats
from streamlit.testing.v1 import AppTest

from fer_core.paper.checks import all_checks, tally
from fer_core.paper.findings import all_findings
from fer_core.paper.others import STAND_OUT, other_checks, stand_outs
from fer_core.paper.verdict import Verdict
from fer_core.stats.table import reconstructed
from ui.paper import data, pictures, view
from ui.paper import words as paper_words

from .conftest import Open, text


def frame(app: AppTest, column: str) -> pd.DataFrame:
    """The first table that has this column."""
    found = [d.value for d in app.dataframe if column in d.value.columns]
    assert found, [list(d.value.columns) for d in app.dataframe]
    return found[0]


def differences(metric: str, factor: str, unit: str) -> Any:
    """First minus second of the two levels in alphabetical order, by pandas alone."""
    wide = reconstructed().frame.pivot_table(
        index=[f for f in ("architecture", "tuning", "loss", "emotion") if f != factor], columns=factor, values=metric
    )
    both = wide.iloc[:, 0] - wide.iloc[:, 1]
    return both if unit == "pair" else both.groupby("emotion").mean()


# --- the words and the mappings ---------------------------------------------------------------------


def test_every_finding_has_a_basis_and_links_name_findings_that_exist() -> None:
    ids = {f.id for f in all_findings()}
    assert set(paper_words.BASIS) == ids
    assert set(paper_words.BASIS.values()) == set(paper_words.BASES)
    assert set(paper_words.SEE) < ids and set(pictures.PICTURES) < ids
    for name, query in paper_words.SEE.values():
        assert name in paper_words.SEE_WORDS
        assert all(isinstance(v, str) for v in query.values())
        assert all(k == "table" or k.startswith(f"{name}_") for k in query)


def test_links_open_with_the_names_that_those_pages_bind() -> None:
    see = paper_words.SEE
    assert see["recall-sign"] == (
        "effects",
        {"table": "published", "effects_metric": "recall", "effects_unit": "published"},
    )
    assert see["unit-of-analysis"][1]["effects_unit"] == "emotion"
    assert see["tost-flip"][1]["equivalence_rule"] == "tost"
    assert float(see["tost-flip"][1]["equivalence_margin"]) == 0.02
    assert see["n-6-or-24"][1]["power_n"] == "24"


def test_what_stands_out_of_the_other_studies_exists() -> None:
    known = {(c.study, c.id) for c in other_checks()}
    for study, ids in STAND_OUT.items():
        assert {(study, i) for i in ids} <= known
    assert set(paper_words.VERDICT_COLOURS) == set(get_args(Verdict))


def test_evidence_is_shown_in_words_and_three_digits() -> None:
    raw = pd.DataFrame({"loss_six": ["bce"], "mean_diff": [0.0123456], "n": [24], "tost": [True], "big": [153000.5]})
    shown = paper_words.shown(raw)
    assert list(shown.columns) == ["by CK+ six", "mean diff", "n", "equivalent by TOST", "big"]
    assert shown.iloc[0].tolist() == ["plain BCE", 0.0123, 24, "yes", 153000.5]
    assert raw.columns[0] == "loss_six", "the evidence itself stays"


# --- the numbers behind the pictures ----------------------------------------------------------------


@pytest.mark.parametrize("look", ["emotions", "pairs"])
def test_recall_rows_hold_the_means_of_the_counts(look: str) -> None:
    values = data.recall_values(look)
    found = values[values["emotion"] != data.WHOLE]
    assert len(found) == {"emotions": 6, "pairs": 24}[look]
    assert values["row"].is_unique
    counts = reconstructed().frame
    for level in ("advanced", "standard"):
        part = counts[counts["loss"] == level]
        for emotion, rows in part.groupby("emotion"):
            recall = (rows["tp"] / (rows["tp"] + rows["fn"])).mean()
            assert found.loc[found["emotion"] == emotion, level].mean() == pytest.approx(recall)


@pytest.mark.parametrize("half", [0.018, 0.02, 0.0215])
def test_the_margin_decides_as_scipy_says(half: float) -> None:
    results, normal = data.margin_results(half)
    for words, unit in (("24 pairs", "pair"), ("6 emotions", "emotion")):
        d = differences("accuracy", "architecture", unit)
        p = max(
            stats.ttest_1samp(d, -half, alternative="greater").pvalue,
            stats.ttest_1samp(d, half, alternative="less").pvalue,
        )
        assert results[words].p == pytest.approx(p, abs=1e-9)
        assert normal[words][1] == pytest.approx(d.mean() + 1.96 * stats.sem(d), abs=1e-9)


def test_the_rule_selects_the_focal_loss_from_11_5_on_but_not_above_it() -> None:
    evidence = next(f for f in all_findings() if f.id == "imbalance-ratios").evidence
    above = data.chosen_losses(evidence, ">").set_index("emotion")
    from_on = data.chosen_losses(evidence, ">=").set_index("emotion")
    assert above.loc["fear", "by printed ratio"] == "11.5: weighted"
    assert from_on.loc["fear", "by printed ratio"] == "11.5: focal"
    assert above.loc["fear", "printed"] == "focal"
    assert above.loc["sadness", "by CK+ six"] == "10.0: weighted" and above.loc["sadness", "printed"] == "plain"


def test_always_no_averages_to_five_sixths() -> None:
    cells = data.accuracies()
    assert len(cells) == 48
    assert cells["always_no"].mean() == pytest.approx(5 / 6)
    assert cells["accuracy"].mean() == pytest.approx(0.927, abs=5e-4)


# --- the page ---------------------------------------------------------------------------------------


def test_it_opens_with_what_holds_and_what_does_not(open_page: Open) -> None:
    app = open_page("paper")
    words = text(app)
    assert "14.5 points" in words
    assert words.count(tally(all_checks()).words) == 2, "the headline and the list say the same"
    assert "230 of 230" not in words
    assert "reconstructed" in words and "preliminary" in words
    values = {m.label: m.value for m in app.metric}
    assert values["Results reproduced"] == "226 of 230"
    assert values["Rounded twice"] == "4" and values["Not reproduced"] == "0"
    assert values["Table 5, own rule"] == "12 of 12"
    assert len(values) == 5
    assert values["Changed by TOST"] == "1 of 12"
    places = [words.index(f.title) for f in all_findings()[: view.OPEN]]
    assert places == sorted(places)
    for f in all_findings()[: view.OPEN]:
        assert f.sentence in words and f.what_was_printed in words and f.what_follows in words
        assert words.count(f"{paper_words.chip(f.verdict)} **{f.title}.** {f.sentence}") == 1, "in the list"
        assert f"{paper_words.chip(f.verdict)} **{f.sentence}**" in words, "on the card"
    assert len(app.get("plotly_chart")) == view.OPEN
    assert [e.label for e in app.expander if "-badge[" in e.label] == [
        f"{paper_words.chip(f.verdict)} **{f.consequence}. {f.title}**" for f in all_findings()[view.OPEN :]
    ]


def test_a_closed_finding_is_drawn_only_when_it_is_asked_for(open_page: Open) -> None:
    app = open_page("paper", finding="eq9-constant")
    words = text(app)
    opened = next(f for f in all_findings() if f.id == "eq9-constant")
    assert opened.what_follows in words
    assert next(f for f in all_findings() if f.id == "gru-saving").what_follows not in words
    app.slider(key="paper_ratio").set_value(29.5).run()
    assert "At a ratio of 29.5, alpha is **0.80**" in text(app)
    app.slider(key="paper_ratio").set_value(11.5).run()
    assert "alpha is **0.75**" in text(app)


def test_every_further_finding_opens(open_page: Open) -> None:
    app = open_page("paper")
    closed = all_findings()[view.OPEN :]
    for f in closed:
        app.session_state[f"paper_card_{f.id}"] = True
    app.run()
    assert not app.exception
    words = text(app)
    assert all(f.sentence in words and f.what_follows in words for f in closed)


def test_the_unit_of_analysis_changes_the_verdict(open_page: Open) -> None:
    app = open_page("paper")
    assert "p = 0.1449: not significant" in text(app)
    recall = {u: differences("recall", "loss", u) for u in ("pair", "emotion")}
    for unit, d in recall.items():
        p = float(stats.ttest_1samp(d, 0).pvalue)
        for correction, factor in (("none", 1), ("bonferroni", 12)):
            app.segmented_control(key="paper_unit").set_value(unit).run()
            app.segmented_control(key="paper_correction").set_value(correction).run()
            said = min(1, factor * p)
            verdict = "significant" if said < 0.05 else "not significant"
            assert f"p = {said:.4f}: {verdict} at 0.05" in text(app)


def test_the_losses_differ_where_they_are_the_same(open_page: Open) -> None:
    app = open_page("paper")
    for metric, mean, p in (("recall", "+0.117", "0.0019"), ("f1", "+0.056", "0.0183")):
        app.segmented_control(key="paper_loss_metric").set_value(metric).run()
        assert f"Same loss in both arms: {mean} over 16 pairs" in text(app)
        assert f"p = {p})" in text(app)
    app = open_page("paper", paper_loss_metric="accuracy")
    d = -differences("accuracy", "loss", "pair")  # standard comes after advanced in the alphabet
    d = -d[d.index.get_level_values("emotion").isin(["anger", "fear"])]
    assert f"another loss: {d.mean():+.3f} over 8 pairs" in text(app)


def test_the_margin_flips_the_rules_one_after_the_other(open_page: Open) -> None:
    app = open_page("paper", finding="tost-flip")
    expected = {0.019: ("not shown", "not shown"), 0.02: ("not shown", "equivalent"), 0.021: ("equivalent",) * 2}
    for half, (rule, tests) in expected.items():
        app.slider(key="paper_margin").set_value(half).run()
        words = text(app)
        assert f"The study's rule, 24 pairs: **{rule}**" in words
        assert f"Two one-sided tests, 24 pairs: **{tests} (p =" in words


def test_a_link_holds_the_settings(open_page: Open) -> None:
    app = open_page(
        "paper",
        finding="tost-flip",
        paper_margin="0.021",
        paper_unit="emotion",
        paper_recall="pairs",
        paper_correction="nonsense",
    )
    words = text(app)
    assert "The study's rule, 24 pairs: **equivalent**" in words
    assert "p = 0.0776" in words
    assert "of 24 pairs" in words


def test_the_whole_network_is_never_a_quarter_cheaper(open_page: Open) -> None:
    app = open_page("paper", finding="gru-saving", paper_F="16", paper_Q="128", paper_R="32")
    assert [app.slider(key=f"paper_{k}").value for k in "FQR"] == [16, 128, 32]
    app.segmented_control(key="paper_counted").set_value("parameters").run()
    assert not app.exception


def test_the_tables_list_every_value_and_filter(open_page: Open) -> None:
    app = open_page("paper", paper_part="tables")
    counted = Counter((c.table, c.status) for c in all_checks())
    summary = frame(app, "reproduced").set_index("table")
    for (table, status), n in counted.items():
        assert summary.loc[table, status] == n
    assert len(frame(app, "published")) == len(all_checks())
    app.segmented_control(key="paper_table").set_value("Table 5").run()
    app.pills(key="paper_status").set_value(["inconsistent"]).run()
    assert app.query_params["paper_status"] == ["inconsistent"] and app.query_params["paper_table"] == ["Table 5"]
    rows = frame(app, "published")
    assert rows[["row", "published", "recomputed", "status"]].values.tolist() == [
        ["accuracy, architecture", "no", "yes", "✗ inconsistent"]
    ]
    app.pills(key="paper_status").set_value([]).run()
    assert not app.exception and "0 values." in text(app)
    labels = [b.label for b in app.get("download_button")]
    assert "CSV" in labels and "LaTeX" in labels


def test_the_other_studies_are_listed_with_what_stands_out(open_page: Open) -> None:
    app = open_page("paper", paper_part="others")
    words = text(app)
    for study in ("Munsarif and Ku-Mahamud", "Ipinze Tutuianu et al.", "Suwartono et al."):
        assert study in words
    for study in STAND_OUT:
        assert all(
            c.sentence in words and f"{paper_words.chip(c.verdict)} {c.where[0].upper()}" in words
            for c in stand_outs(study)
            if c.verdict
        )
    listed = [d.value for d in app.dataframe if "what follows" in d.value.columns]
    assert sum(map(len, listed)) == len(other_checks())


def test_home_leads_to_it(open_page: Open) -> None:
    assert "Question the published study" in text(open_page())


def test_a_choice_left_as_it_was_is_not_in_the_url(open_page: Open) -> None:
    app = open_page("paper", paper_part="tables", paper_status="inconsistent")
    assert {s.split()[1] for s in frame(app, "published")["status"]} == {"inconsistent"}
    app.segmented_control(key="paper_part").set_value("findings").run()
    assert "paper_part" not in app.query_params
    assert app.metric[0].value == "226 of 230"
