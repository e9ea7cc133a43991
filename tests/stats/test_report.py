"""The statistics as one file: its numbers are those of the analyses; hostile or thin tables do no harm."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pandas as pd
import pytest
from html_samples import Page
from study_samples import ID, fill
from table_samples import design_frame, table_of

from fer_core.reports.statistics import html_report
from fer_core.results.differences import level_differences
from fer_core.results.study import load_study
from fer_core.stats.anova import anova
from fer_core.stats.equivalence import equivalence
from fer_core.stats.repeated import repeated_measures
from fer_core.stats.table import evaluations, of_study, reconstructed
from fer_core.store.store import Store


@pytest.fixture(scope="module")
def text() -> str:
    """The published study's."""
    return html_report(reconstructed())


def test_it_holds_the_analyses_numbers(text: str) -> None:
    said = Page(text).said
    for rows in (repeated_measures(reconstructed(), "recall"), anova(reconstructed(), "recall")):
        loss = rows.set_index("effect").loc["loss"]
        assert f"{loss['F']:.2f}" in said and f"{loss['p']:.3f}" in said
    assert "own error terms within emotion" in said and "pooled error, as published" in said
    verdicts = {(e.metric, e.factor): e for e in equivalence(reconstructed())}
    flipped = verdicts["accuracy", "architecture"]
    assert flipped.verdict == "equivalent"
    row = next(
        r
        for r in re.findall(r"<tr>.*?</tr>", text, re.S)
        if "matched pairs" in r and "accuracy" in r and "GRU − LSTM" in r and "+0.02" in r
    )
    assert re.findall(r"<td>(equivalent|undecided|different|both)</td>", row) == [
        "equivalent",
        "undecided",
        "undecided",
    ], "by TOST, after Holm, by the published rule"
    assert f"{flipped.smallest_margin:.3f}" in row
    assert "1.43" in said, "what six observations can show (Table 6)"


def test_it_needs_no_network_and_holds_every_row(text: str) -> None:
    page = Page(text)
    policy = next(a["content"] for t, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy and policy.startswith("default-src 'none'")
    assert not [a for t, a in page.tags if (a.get("src") or "").startswith("http")]
    link = next(a["href"] for t, a in page.tags if a.get("download") == "evaluations.json")
    rows = json.loads(base64.b64decode(str(link).partition(",")[2]))
    pd.testing.assert_frame_equal(pd.DataFrame(rows), reconstructed().frame, check_dtype=False)


def test_with_people_their_unit_stands_beside_the_others(tmp_path: Path) -> None:
    with Store(tmp_path / "s.sqlite") as store:
        fill(store)
        study = load_study(store, ID)
    people = level_differences(study, inner=True)
    said = Page(html_report(of_study(study), people)).said
    assert "people: bootstrap over subjects" in said
    row = people[(people["factor"] == "loss") & (people["metric"] == "mean_binary_recall")].iloc[0]
    assert f"{row['low']:+.3f} to {row['high']:+.3f}" in said


def test_a_table_too_thin_for_an_analysis_says_so_in_its_place() -> None:
    frame = design_frame(architecture=("gru",), tuning=("bayesian",))
    said = Page(html_report(table_of(frame, 0.5))).said
    assert "Planned comparisons" in said and "How it was computed" in said
    assert "nan" not in said.lower().replace("finance", "")


def test_what_users_wrote_is_text() -> None:
    frame = design_frame(loss=("<script>alert(1)</script>", "standard")).assign(f1=0.5)
    frame["f1"] += 0.01 * (frame.index % 7)
    page = Page(html_report(evaluations(frame, "<b>mine</b>", "table", "<i>note</i>")))
    assert not [s for s in page.scripts if s.startswith("alert")]
    assert "<b>mine</b>: statistics" in page.said and "<i>note</i>" in page.said
