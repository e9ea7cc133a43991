"""What is taken away gives back the study: tables, JSON, LaTeX and the HTML report."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from html_samples import Page
from study_samples import FACTORS, ID, SEEDS, SLUGS, fill, made_cell, made_predictions, made_record

from fer_core.base.emotions import SIX
from fer_core.base.errors import PathError
from fer_core.base.text import for_latex
from fer_core.reports import export, latex
from fer_core.reports import study as report
from fer_core.results import study as found
from fer_core.results.metrics import WHOLE
from fer_core.results.study import Study, load_study
from fer_core.results.words import WHOLE_METRICS
from fer_core.store.records import CellRecord, ExperimentRecord, TrialRecord
from fer_core.store.store import Store
from fer_core.study.design import Design

NASTY = 'Fear & "loathing" <script>alert(1)</script> 100% {x}_$y$'


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The made-up study, under a name that is trouble in every format."""
    corpus = made_record().corpus | {"name": NASTY, "path": "/data/my corpus/ck+"}
    with Store(tmp_path_factory.mktemp("store") / "s.sqlite") as store:
        fill(store, name=NASTY, corpus=corpus)
        return load_study(store, ID)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Begun, and nothing done but a failure."""
    with Store(tmp_path_factory.mktemp("store") / "s.sqlite") as store:
        store.add_experiment(made_record())
        store.add_cell(ID, made_cell(state="failed", fits={}, error="loss is NaN <b>"))
        return load_study(store, ID)


@pytest.fixture(scope="module")
def files(study: Study) -> dict[str, str]:
    return export.csv_files(study)


@pytest.fixture(scope="module")
def tables(study: Study) -> dict[str, pd.DataFrame]:
    return export.tables(study)


# --- CSV and JSON -------------------------------------------------------------------------------------


def test_tables_come_back_from_csv(files: dict[str, str], tables: dict[str, pd.DataFrame]) -> None:
    for name, table in tables.items():
        back = pd.read_csv(io.StringIO(files[f"{name}.csv"]), keep_default_na=False, na_values={"value": ""})
        assert list(back.columns) == list(table.columns), name
        assert len(back) == len(table), name
        pd.testing.assert_frame_equal(back, table, check_dtype=False, rtol=1e-8)


def test_both_readings_are_there(study: Study, tables: dict[str, pd.DataFrame]) -> None:
    for name in ("per_condition", "per_emotion", "replicates", "confusion"):
        assert set(tables[name]["reading"]) == {"outputs", "probabilities"}
    outputs = tables["per_condition"].query("reading == 'outputs'").drop(columns="reading")
    pd.testing.assert_frame_equal(outputs, found.per_condition(study))


def test_the_metrics_can_be_redone_from_the_predictions_alone(files: dict[str, str]) -> None:
    """Another analysis than ours, on the exported file: per-item predictions are kept."""
    said = pd.read_csv(io.StringIO(files["predictions.csv"]))
    said["classified"] = said[[f"out_{e}" for e in SIX]].idxmax(axis=1).str.removeprefix("out_")
    right = said.assign(right=said["classified"] == said["emotion"]).groupby("condition")["right"].mean()
    table = pd.read_csv(io.StringIO(files["per_condition.csv"]))
    table = table[(table["reading"] == "outputs") & (table["metric"] == "accuracy")].set_index("condition")
    for slug in SLUGS:
        assert table.loc[slug, "value"] == pytest.approx(right[slug], abs=1e-6)


def test_the_archive_holds_all_files_in_one_folder(study: Study, files: dict[str, str]) -> None:
    with zipfile.ZipFile(io.BytesIO(export.csv_zip(study))) as archive:
        names = set(archive.namelist())
        assert names == {f"{ID}/{n}" for n in (*files, "record.json", "design.json")}
        record = json.loads(archive.read(f"{ID}/record.json"))
    assert record["experiment"]["provenance"]["code_key"] == "fedcba9876543210"
    assert record["experiment"]["splits"] == made_record().splits


def test_json_holds_everything(study: Study) -> None:
    plain = json.loads(export.to_json(study))
    assert plain["format"] == "fer-lab-study"
    assert ExperimentRecord(**plain["experiment"]) == study.record
    assert tuple(CellRecord(**c) for c in plain["cells"]) == study.cells
    assert tuple(TrialRecord(**t) for t in plain["trials"]) == study.trials
    rows = pd.DataFrame(**{"data": plain["predictions"]["rows"], "columns": plain["predictions"]["columns"]})
    pd.testing.assert_frame_equal(rows, study.predictions, check_dtype=False)
    metrics = plain["metrics"]["probabilities"]
    assert metrics["confusion"][SLUGS[2]] == found.confusion(study, SLUGS[2], "probabilities").tolist()
    assert len(metrics["per_condition"]) == len(SLUGS) * len(WHOLE)


def test_a_study_can_be_run_again_from_what_was_taken_away(study: Study) -> None:
    design = Design.from_json(json.loads(export.design_json(study)))
    assert design.to_json() == study.design
    assert [f.slug for f in design.factors] == list(SLUGS)
    assert export.rerun_command(study) == (
        "python -m fer_core experiment run '/data/my corpus/ck+' --design design.json"
    )


def test_tables_are_written_to_a_folder(study: Study, files: dict[str, str], tmp_path: Path) -> None:
    written = export.write_tables(study, tmp_path / "assets" / "study")
    assert sorted(f.name for f in written) == sorted(p.name for p in (tmp_path / "assets" / "study").iterdir())
    same = {f.name: f.read_text("utf-8") for f in written if f.name in files}
    assert same == files, "the same study gives the same files"


def test_a_folder_that_cannot_be_written_is_one_sentence(study: Study, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PathError, match="cannot be written"):
        export.write_tables(study, tmp_path / "file")


def test_an_empty_study_can_be_taken_away(empty: Study, tmp_path: Path) -> None:
    assert json.loads(export.to_json(empty))["cells"][0]["error"] == "loss is NaN <b>"
    assert len(export.write_tables(empty, tmp_path)) == 11
    assert r"\bottomrule" in latex.conditions_table(empty)


# --- LaTeX --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("50% & more", r"50\% \& more"),
        ("a_b^c", r"a\_b\textasciicircum{}c"),
        ("{$#}", r"\{\$\#\}"),
        ("~\\", r"\textasciitilde{}\textbackslash{}"),
        ("2 × 3 − 1", r"2 $\times$ 3 $-$ 1"),
        ("two\n\nlines", "two lines"),
    ],
)
def test_special_characters_are_escaped(text: str, written: str) -> None:
    assert for_latex(text) == written


def balanced(text: str) -> bool:
    """Whether braces close; escaped ones do not count."""
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", text.replace(r"\\", "")):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0


@pytest.mark.parametrize("made", ["conditions", "recall", "f1"])
def test_a_table_is_whole(study: Study, made: str) -> None:
    text = latex.conditions_table(study) if made == "conditions" else latex.emotions_table(study, made)
    assert balanced(text)
    columns = re.search(r"\\begin{tabular}{(\w+)}", text)
    assert columns
    body = text[text.index(r"\toprule") : text.index(r"\bottomrule")]
    lines = [line for line in body.splitlines() if line.endswith(r"\\")]
    assert {len(re.findall(r"(?<!\\)&", line)) + 1 for line in lines} == {len(columns[1])}
    assert len(lines) == 1 + len(SLUGS) * (1 if made == "conditions" else 2)
    caption = text[text.index(r"\caption") : text.index(r"\label")]
    assert "63 clips of 18 subjects, 126 tests in 2 seeds" in caption
    assert "subject-independent 3-fold" in caption and "synthetic" in caption
    assert r"\textless{}script" in caption and "<script" not in text


def test_a_table_holds_the_numbers(study: Study) -> None:
    text = latex.conditions_table(study, "probabilities", ["macro_f1"])
    row = found.per_condition(study, "probabilities").query("metric == 'macro_f1'").iloc[3]
    assert row["condition"] == "gru-predefined-standard"
    number = f"{row['value']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"
    assert rf"    GRU & predefined & standard & {number} \\" in text
    assert latex.emotions_table(study, "recall").count(r"\scriptsize") == len(SLUGS) * len(SIX)


# --- the HTML report ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def text(study: Study) -> str:
    return report.html_report(study)


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_the_report_asks_for_nothing_from_outside(page: Page) -> None:
    asked = [
        value
        for _, attributes in page.tags
        for name, value in attributes.items()
        if name in ("src", "href", "srcset", "action", "data", "poster") and value
    ]
    assert len(asked) == 2
    assert all(value.startswith("data:application/json;base64,") for value in asked)
    assert not [tag for tag, _ in page.tags if tag in ("link", "iframe", "img", "object", "base")]
    policy = next(a["content"] for t, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy and policy.startswith("default-src 'none'") and "http" not in policy


def test_plotly_stands_in_it_once(page: Page) -> None:
    assert sum(len(script) > 1_000_000 for script in page.scripts) == 1
    figures = [a["id"] for t, a in page.tags if t == "div" and (a.get("class") or "").startswith("plotly-graph")]
    # dots; 5 metrics; a confusion matrix and curves per condition; convergence and space
    assert len(figures) == len(set(figures)) == 1 + 5 + 2 * len(SLUGS) + 2


def test_a_name_is_text_and_no_script(page: Page) -> None:
    assert 'Fear & "loathing" <script>alert(1)</script> 100%' in page.said
    assert not any(script.strip() == "alert(1)" for script in page.scripts)


def test_the_report_says_what_made_it(page: Page, study: Study) -> None:
    for words in (
        ID,
        "0.1.0",
        "fedcba9876543210",
        "0a1b2c3",
        "3.11.2",
        "numpy 1.26.4",
        "0123456789abcdef",
        "subject-independent 3-fold",
        "seeds 0, 1",
        "63 clips of 18 subjects",
        "Synthetic data",
        "2026-01-02 03:04 UTC",
        "--design design.json",
        "bootstrap over subjects",
        "fear 3",
    ):
        assert words in page.said, words
    sides = ", ".join(str(len(fold)) for fold in study.record.splits["1"])
    assert f"seed 1: {sides} clips" in page.said


def test_the_report_holds_every_number_with_its_interval(page: Page, study: Study) -> None:
    rows = found.per_condition(study)
    assert set(rows["metric"]) == set(WHOLE_METRICS)
    for row in rows.to_dict("records"):
        assert f"{row['value']:.3f} [{row['low']:.3f}, {row['high']:.3f}]" in page.said


def test_the_reports_files_are_the_design_and_the_record(page: Page, study: Study) -> None:
    import base64

    files = {a["download"]: a["href"] for t, a in page.tags if t == "a" and "download" in a}
    plain = {n: json.loads(base64.b64decode(str(h).partition(",")[2])) for n, h in files.items()}
    assert plain["design.json"] == study.design
    assert plain["record.json"]["experiment"]["splits"] == study.record.splits


def test_its_first_sentence_says_what_the_picture_says(study: Study) -> None:
    rows = found.per_condition(study)
    part = rows[rows["metric"] == "macro_f1"].sort_values("value")
    low, high = part.iloc[0], part.iloc[-1]
    said = report.headline(rows)
    assert said.startswith(f"Macro F1 runs from {low['value']:.3f} [{low['low']:.3f}, {low['high']:.3f}]")
    assert f"to {high['value']:.3f} [" in said and "not tested" in said
    assert report.headline(rows.iloc[:0]) == "No cell is done yet."
    assert "is " in report.headline(rows[rows["condition"] == SLUGS[0]])


def test_the_same_study_gives_the_same_report(study: Study, text: str) -> None:
    assert report.html_report(study) == text


def test_an_unfinished_study_says_so(empty: Study, tmp_path: Path) -> None:
    said = Page(report.html_report(empty)).said
    assert "No cell is done yet." in said
    assert f"Not finished: 0 of {len(SLUGS) * len(SEEDS) * 3} cells are done." in said
    assert "loss is NaN <b>" in said
    with Store(tmp_path / "s.sqlite") as store:
        store.add_experiment(made_record(factors=FACTORS[:1]))
        store.add_cell(ID, made_cell(), made_predictions())
        one = load_study(store, ID)
    assert "Not finished: 1 of 6 cells are done." in Page(report.html_report(one)).said


def test_any_table_can_be_set_in_latex() -> None:
    frame = pd.DataFrame(
        {"effect": ["loss & more", "tuning"], "mean_difference": [-0.1454, float("nan")], "n": [24, 6]}
    )
    text = latex.frame_table(frame, "50% of it", "some_table")
    assert r"\begin{tabular}{lrr}" in text and r"\caption{50\% of it}" in text
    assert r"loss \& more & $-$0.145 & 24 \\" in text
    assert r"tuning & -- & 6 \\" in text
    assert "effect & mean difference & n" in text
