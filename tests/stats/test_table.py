"""The tidy table: what it reads, what it refuses, and that every refusal names the place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score
from study_samples import ID, fill
from table_samples import design_frame, row_of, table_of

from fer_core.base.errors import TableError
from fer_core.results.study import load_study, replicates
from fer_core.stats import csv_file
from fer_core.stats.csv_file import header_of, preview
from fer_core.stats.table import (
    COUNTS,
    FACTORS,
    KEYS,
    METRICS,
    evaluations,
    of_study,
    read_table,
    reconstructed,
    suggest_mapping,
)
from fer_core.store.store import Store

HEAD = "architecture,optimization,loss,emotion,seed,f1\n"
GOOD = HEAD + "GRU,Bayesian,Standard,fear,0,0.5\nLSTM,Bayesian,Standard,fear,0,0.25\n"


def read(text: str) -> pd.DataFrame:
    return read_table(text.encode()).frame


# --- the published study --------------------------------------------------------------------------------


def test_the_published_study_is_48_evaluations_of_the_same_87_clips() -> None:
    table = reconstructed()
    assert (len(table), table.origin, table.metrics) == (48, "reconstructed", METRICS)
    assert table.factors == FACTORS
    assert [table.levels(f) for f in FACTORS] == [("gru", "lstm"), ("bayesian", "predefined"), ("advanced", "standard")]
    frame = table.frame
    assert set(frame[list(COUNTS)].sum(axis=1)) == {87}
    positives = frame.assign(n=frame["tp"] + frame["fn"]).groupby("emotion")["n"].unique()
    assert {e: list(n) for e, n in positives.items()} == {
        "anger": [13],
        "disgust": [17],
        "fear": [7],
        "happiness": [19],
        "sadness": [8],
        "surprise": [23],
    }


def test_its_metrics_are_scikit_learns() -> None:
    for _, row in reconstructed().frame.iterrows():
        counts = [int(row[c]) for c in COUNTS]
        true = np.repeat([1, 0, 1, 0], counts)
        said = np.repeat([1, 1, 0, 0], counts)
        for metric, function in (("f1", f1_score), ("precision", precision_score), ("recall", recall_score)):
            assert row[metric] == pytest.approx(function(true, said, zero_division=0), abs=1e-12)
        specificity = recall_score(true, said, pos_label=0, zero_division=0)
        assert row["specificity"] == pytest.approx(specificity, abs=1e-12)
        assert row["accuracy"] == pytest.approx((true == said).mean(), abs=1e-12)


def test_its_table_4_is_the_published_one() -> None:
    """Winarno et al., Table 4: F1, precision and recall of GRU, Bayesian, advanced."""
    published = {
        "anger": (0.591, 0.419, 1.0),
        "disgust": (0.919, 0.85, 1.0),
        "fear": (0.462, 0.5, 0.429),
        "happiness": (0.973, 1.0, 0.947),
        "sadness": (0.462, 0.6, 0.375),
        "surprise": (0.957, 0.957, 0.957),
    }
    for emotion, printed in published.items():
        row = row_of(reconstructed().frame, architecture="gru", tuning="bayesian", loss="advanced", emotion=emotion)
        assert [round(row[m], 3) for m in ("f1", "precision", "recall")] == list(printed)


# --- an experiment ------------------------------------------------------------------------------------------


def test_an_experiment_keeps_every_number_of_its_replicates(tmp_path: Path) -> None:
    with Store(tmp_path / "s.sqlite") as store:
        fill(store)
        study = load_study(store, ID)
    table, long = of_study(study), replicates(study)
    assert table.origin == "experiment" and table.replicates == (0, 1) and table.folds == (0,)
    assert len(table) == 8 * 2 * 6
    assert "subject-independent" in table.note and "2 seeds" in table.note
    for _, row in long.sample(60, random_state=0).iterrows():
        keys = {k: row[k] for k in (*FACTORS, "emotion")}
        mine = row_of(table.frame, **keys, replicate=row["seed"])
        assert mine[row["metric"]] == pytest.approx(row["value"], abs=1e-6)
        assert [mine[c] for c in COUNTS] == [row[c] for c in COUNTS]


def test_an_experiment_without_a_tested_condition_says_so(tmp_path: Path) -> None:
    from study_samples import made_record

    with Store(tmp_path / "s.sqlite") as store:
        store.add_experiment(made_record())
        study = load_study(store, ID)
    with pytest.raises(TableError, match="no condition of this experiment has been tested"):
        of_study(study)


# --- reading ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "mapping"),
    [
        (
            ["Model", "Optimization", "Loss Function", "Class", "F1-Score"],
            {
                "architecture": "Model",
                "tuning": "Optimization",
                "loss": "Loss Function",
                "emotion": "Class",
                "f1": "F1-Score",
            },
        ),
        (
            ["ARCH", "optimizer", "SEED", "fold", "Sensitivity", "ACC"],
            {
                "architecture": "ARCH",
                "tuning": "optimizer",
                "replicate": "SEED",
                "fold": "fold",
                "recall": "Sensitivity",
                "accuracy": "ACC",
            },
        ),
        (
            ["True Positives", "FP", "fn", "true_negative"],
            {"tp": "True Positives", "fp": "FP", "fn": "fn", "tn": "true_negative"},
        ),
        (["model", "architecture"], {"architecture": "architecture"}),
        (["height", ""], {}),
    ],
)
def test_columns_are_known_by_many_names(columns: list[str], mapping: dict[str, str]) -> None:
    assert suggest_mapping(columns) == mapping


def test_a_file_reads_the_same_in_every_dialect(tmp_path: Path) -> None:
    plain = read(GOOD)
    assert list(plain["f1"]) == [0.5, 0.25] and list(plain["architecture"]) == ["gru", "lstm"]
    semicolons = GOOD.replace(",", ";").replace("0.", "0,")
    for text in (GOOD.replace(",", "\t"), semicolons, "\ufeff" + GOOD, GOOD.replace("\n", "\r\n"), GOOD + "\n\n"):
        pd.testing.assert_frame_equal(read(text), plain)
    file = tmp_path / "mine.csv"
    file.write_text(GOOD, encoding="utf-8")
    table = read_table(file)
    pd.testing.assert_frame_equal(table.frame, plain)
    assert (table.title, table.origin) == ("mine.csv", "table") and "mine.csv" in table.note


def test_a_mapping_of_ones_own_is_used_and_checked() -> None:
    text = b"a,b,what,how good\ngru,x,joy,0.5\nlstm,x,joy,0.6\n"
    mapping = {"architecture": "a", "emotion": "what", "recall": "how good"}
    table = read_table(text, mapping, title="Mine")
    assert table.title == "Mine" and table.emotions == ("happiness",) and table.metrics == ("recall",)
    for wrong, words in (
        ({**mapping, "f1": "zzz"}, "no column 'zzz'"),
        ({**mapping, "speed": "b"}, "'speed' is not a column of a table"),
        ({**mapping, "f1": "how good"}, "mapped to both recall and f1"),
    ):
        with pytest.raises(TableError, match=words):
            read_table(text, wrong)


def test_a_preview_shows_the_file_as_it_is() -> None:
    assert header_of(GOOD.encode()) == HEAD.strip().split(",")
    shown = preview(GOOD.encode(), most=1)
    assert shown.to_dict("list")["architecture"] == ["GRU"] and len(shown) == 1


def test_what_a_table_lacks_has_one_value() -> None:
    table = read_table(b"model,emotion,f1\ngru,fear,0.5\nlstm,fear,0.6\n")
    assert table.levels("loss") == ("all",) and table.replicates == (0,) and table.folds == (0,)
    assert table.factors == ("architecture",) and table.single_levels == ()
    one = read_table(b"model,loss,emotion,f1\ngru,standard,fear,0.5\nlstm,standard,fear,0.6\n")
    assert one.single_levels == ("loss",)


def test_levels_and_emotions_keep_their_order_and_foreign_ones_follow() -> None:
    frame = design_frame(emotions=("surprise", "boredom", "angry"), architecture=("cnn", "lstm", "gru"))
    table = table_of(frame, 0.5)
    assert table.levels("architecture") == ("gru", "lstm", "cnn")
    assert table.emotions == ("anger", "surprise", "boredom")
    assert table.order("fold") == (0,)
    with pytest.raises(TableError, match="'f1' is not a key"):
        table.order("f1")


def test_replicates_may_be_words() -> None:
    table = read_table(b"model,emotion,run,f1\ngru,fear,first,0.5\ngru,fear,10,0.6\n")
    assert table.replicates == ("10", "first")


def test_metrics_follow_from_counts_and_a_gap_beside_counts_is_filled() -> None:
    table = read_table(b"model,emotion,tp,fp,fn,tn,f1\ngru,fear,3,3,4,77,\nlstm,fear,0,0,7,80,0\n")
    assert table.metrics == METRICS and table.has_counts
    assert list(table.frame["f1"]) == [pytest.approx(6 / 13), 0.0]
    assert list(table.frame["precision"]) == [0.5, 0.0]


def test_a_rounded_metric_gives_way_to_its_counts() -> None:
    table = read_table(b"model,emotion,tp,fp,fn,tn,f1\ngru,fear,3,3,4,77,0.462\n")
    assert table.frame["f1"][0] == pytest.approx(6 / 13, abs=1e-12)


def test_a_key_stands_for_the_content_alone() -> None:
    frame = design_frame().assign(f1=np.linspace(0, 1, 48))
    key = evaluations(frame, "a", "table").key
    assert evaluations(frame.sample(frac=1, random_state=0), "b", "table", "another note").key == key
    changed = frame.copy()
    changed.loc[7, "f1"] += 1e-9
    assert evaluations(changed, "a", "table").key != key
    assert evaluations(frame.rename(columns={"f1": "recall"}), "a", "table").key != key


def test_a_frame_of_other_types_is_read_too() -> None:
    frame = design_frame().assign(f1=np.linspace(0, 1, 48).astype("float32"))
    frame["loss"] = frame["loss"].astype("category")
    frame["tuning"] = (frame["tuning"] == "bayesian").astype(int)
    table = evaluations(frame, "a", "table")
    assert table.levels("tuning") == ("0", "1") and table.factors == FACTORS
    assert len(frame.columns) == 7, "the given frame is left as it was"


# --- what is refused ------------------------------------------------------------------------------

COUNTED = "model,emotion,tp,fp,fn,tn,f1\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("emotion,f1\nfear,0.5\n", "no column says what was varied: name one of them architecture, tuning or loss"),
        ("model,f1\ngru,0.5\n", "no column says which classifier a row is about"),
        ("model,emotion\ngru,fear\n", "no column holds a metric"),
        ("model,emotion,tp,fp\ngru,fear,1,2\n", "counts need all of tp, fp, fn and tn, and fn and tn cannot be found"),
        (HEAD, "the table has no rows"),
        (GOOD.replace("0.25", "good"), r"'good' is not a number \(row 3, column f1\): write a share between 0 and 1"),
        (GOOD.replace("0.25", "93%"), r"'93%' is not a number \(row 3, column f1\)"),
        (GOOD.replace("0.25", "inf"), r"inf lies outside 0 to 1 \(row 3, column f1\)"),
        (GOOD.replace("0.5", "-0.1"), r"-0.1 lies outside 0 to 1 \(row 2, column f1\): write a share"),
        (GOOD.replace("0.5", "50"), r"50 lies outside 0 to 1 \(row 2, column f1\): divide percentages by 100"),
        (GOOD.replace("fear,0,0.25", ",0,0.25"), r"a cell is empty \(row 3, column emotion\)"),
        (GOOD.replace("fear,0,0.25", "fear,,0.25"), r"a cell is empty \(row 3, column replicate\)"),
        (
            GOOD + "\n" + "gru,bayesian, standard ,FEARFUL,0,0.9\n",
            r"same evaluation: architecture gru, .*emotion fear.* \(rows 2 and 5\): remove one",
        ),
        (GOOD + "gru,bayesian,standard,fear,1,0.9,extra\n", r"the row has 7 cells and the header 6 \(row 4\)"),
        (GOOD + "gru,bayesian,standard,anger\n", r"a cell is empty \(row 4, column replicate\)"),
        ("model,emotion,f1,f1\ngru,fear,0.5,0.5\n", r"two columns are named 'f1' \(row 1\)"),
        (",,\n1,2,3\n", r"the first row holds no column names \(row 1\)"),
        (
            COUNTED + "gru,fear,3,3,4,77,0.5\n",
            r"0.5 is given, and the counts of the row make 0.4615 \(row 2, column f1\)",
        ),
        (COUNTED + "gru,fear,3,3.5,4,77,\n", r"3.5 is not a count \(row 2, column fp\)"),
        (COUNTED + "gru,fear,3,-3,4,77,\n", r"-3 is not a count \(row 2, column fp\)"),
        (COUNTED + "gru,fear,3,many,4,77,\n", r"'many' is not a number \(row 2, column fp\): write a whole number"),
        (COUNTED + "gru,fear,3,,4,77,\n", r"a value is missing \(row 2, column fp\)"),
        (COUNTED + "gru,fear,0,0,0,0,\n", r"all four counts are 0 \(row 2\)"),
        ("", "the file is empty"),
        (" \n \n", "the file is empty"),
        ('model,emotion,f1\n"gru' + "x" * 200_000 + '",fear,0.5\n', r"the file is not a CSV here .*row 2"),
    ],
)
def test_a_bad_table_is_refused_in_one_sentence_that_names_the_place(text: str, words: str) -> None:
    with pytest.raises(TableError, match=words) as caught:
        read_table(text.encode())
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"PK\x03\x04 rest of a workbook", "a spreadsheet's own format, not CSV"),
        (b"\xff\xfea\x00,", "not text"),
        ("émotion".encode("latin-1"), "no column says what was varied"),
        (b"a,b\x00,c\n", "the file is not text"),
    ],
)
def test_what_is_no_csv_is_refused(raw: bytes, words: str) -> None:
    with pytest.raises(TableError, match=words):
        read_table(raw)


def test_a_missing_file_is_named_without_its_folder(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"cannot be read .*\(gone\.csv\)") as caught:
        read_table(tmp_path / "gone.csv")
    assert str(tmp_path) not in str(caught.value)


def test_limits_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "MAX_ROWS", 1)
    with pytest.raises(TableError, match="more than 1 rows"):
        read_table(GOOD.encode())
    limit = "fer_core.files.csv_files.read_text.__defaults__"
    monkeypatch.setattr(limit, (10,))
    with pytest.raises(TableError, match="larger than"):
        read_table(GOOD.encode())
    many = ",".join(f"c{k}" for k in range(501))
    monkeypatch.setattr(limit, (10**6,))
    with pytest.raises(TableError, match="more than 500 columns"):
        read_table((many + "\n").encode())


def test_a_frame_names_its_rows_as_a_spreadsheet_would() -> None:
    frame = design_frame().assign(f1=0.5)
    frame.loc[10, "f1"] = np.nan
    with pytest.raises(TableError, match=r"row 12, column f1"):
        evaluations(frame.set_index(pd.Index(range(100, 148))), "a", "table")
    with pytest.raises(TableError, match="two columns are named 'f1'"):
        evaluations(pd.concat([frame, frame[["f1"]]], axis=1), "a", "table")


def test_twenty_thousand_rows_are_read() -> None:
    frame = design_frame(replicates=42, folds=10)
    frame["f1"] = np.random.default_rng(0).beta(5, 2, len(frame)).round(6)
    assert len(frame) > 20_000
    raw = frame.to_csv(index=False).encode()
    table = read_table(raw)
    assert len(table) == len(frame) and len(table.replicates) == 42
    assert list(table.frame.columns) == [*KEYS, "f1"]


@pytest.mark.parametrize("other", ["gru ", "GRU", "g\u200bru", "ｇｒｕ", "\ufeffGRU", "gr\u00adu", "GRU\u202c"])
def test_one_level_in_two_spellings_is_one_level(other: str) -> None:
    text = GOOD + f"{other},Bayesian,Advanced,Fe\u200bar,0,0.5\n"
    table = read_table(text.encode())
    assert table.levels("architecture") == ("gru", "lstm")
    assert table.emotions == ("fear",)


@pytest.mark.parametrize(
    ("one", "other"), [("Ordinateur-É", "ordinateur-e\u0301"), ("Straße", "STRASSE"), ("İlk", "ilk"), ("ΣΑΣ", "σας")]
)
def test_levels_of_other_scripts_keep_their_first_spelling(one: str, other: str) -> None:
    rows = f"{one},a,standard,fear,0,0.5\n{other},b,standard,fear,0,0.5\nx,a,standard,fear,0,0.5\n"
    table = read_table((HEAD + rows).encode())
    assert len(table.levels("architecture")) == 2
    assert one.lower() in table.levels("architecture")


def test_a_level_that_cannot_be_seen_is_an_empty_cell() -> None:
    with pytest.raises(TableError, match=r"a cell is empty \(row 4, column architecture\)"):
        read_table((GOOD + "\u200b,Bayesian,Advanced,fear,0,0.5\n").encode())


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\n" + GOOD.replace(",", ";"),
        GOOD.replace("\n", "\r"),
        "\ufeff" + GOOD,
        GOOD.replace("architecture", "Ａrchitecture\u200b"),
    ],
)
def test_tables_of_spreadsheets_are_read(text: str) -> None:
    assert read(text).equals(read(GOOD))
    assert read_table(text.encode("utf-16")).frame.equals(read(GOOD))
