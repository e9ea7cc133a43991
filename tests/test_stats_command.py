"""``python -m fer_core stats`` as a person or a script meets it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from fer_core.cli.main import main
from fer_core.stats.table import reconstructed

Captured = pytest.CaptureFixture[str]
R = Path(__file__).parent / "stats" / "r"
HEAD = {"title", "origin", "note", "evaluations", "settings", "rows", "notes"}


def ask(capsys: Captured, *words: object) -> dict[str, Any]:
    """The JSON a command answers with; stdout holds nothing else, and no NaN."""
    status = main(["stats", *(str(w) for w in words), "--json"])
    out, err = capsys.readouterr()
    assert status == 0, err
    answer = json.loads(out, parse_constant=pytest.fail)
    assert set(answer) == HEAD
    return dict(answer)


def refused(capsys: Captured, *words: object) -> str:
    """The one sentence a command ends with."""
    status = main(["stats", *(str(w) for w in words)])
    out, err = capsys.readouterr()
    assert (status, out) == (1, "") and "Traceback" not in err
    return err.strip().splitlines()[-1]


def find(answer: dict[str, Any], **wanted: str) -> dict[str, Any]:
    (row,) = [r for r in answer["rows"] if all(r[k] == v for k, v in wanted.items())]
    return dict(row)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """The shipped study under other people's column names, one gap in it."""
    frame = reconstructed().frame[["architecture", "tuning", "loss", "emotion", "recall", "f1"]]
    names = {"architecture": "Model", "tuning": "HPO", "recall": "Sensitivity", "f1": "F1-score"}
    file = tmp_path / "theirs.csv"
    frame.iloc[1:].rename(columns=names).to_csv(file, index=False)
    return file


def test_anova_of_the_study(capsys: Captured) -> None:
    """Winarno et al., Table 2: recall, loss: F 2.210, p .145; with emotions as blocks F 10.48, p .0026."""
    got = ask(capsys, "anova", "reconstructed", "--metric", "recall", "--pooled")
    loss = find(got, effect="loss", metric="recall")
    assert (loss["F"], loss["p"]) == (pytest.approx(2.210, abs=5e-4), pytest.approx(0.145, abs=5e-4))
    assert find(got, effect="residual")["F"] is None
    assert (got["origin"], got["evaluations"]) == ("reconstructed", 48)
    blocked = find(ask(capsys, "anova", "reconstructed", "--block", "emotion"), effect="loss", metric="recall")
    assert (blocked["F"], blocked["p"]) == (pytest.approx(10.48, abs=5e-3), pytest.approx(0.0026, abs=5e-5))


def test_anova_compares_within_emotions_unless_asked_otherwise(capsys: Captured) -> None:
    """R's afex: recall by loss F(1, 5) = 9.815, p = .0259."""
    got = ask(capsys, "anova", "reconstructed")
    assert got["settings"]["within"] == "emotion"
    loss = find(got, effect="loss", metric="recall")
    assert (loss["df"], loss["df_error"]) == (1, 5)
    assert (loss["F"], loss["p"]) == (pytest.approx(9.815, abs=5e-4), pytest.approx(0.0259, abs=5e-5))
    assert loss["epsilon_gg"] is None and loss["p_gg"] == loss["p"]
    assert {"eta2p", "ges", "power"} <= set(loss)
    named = ask(capsys, "anova", "reconstructed", "--within", "emotion", "--metric", "recall")
    assert find(named, effect="loss")["p"] == loss["p"]
    both = refused(capsys, "anova", "reconstructed", "--within", "emotion", "--pooled")
    assert "an error term for each effect" in both


def test_a_table_without_repeated_units_has_one_error(capsys: Captured) -> None:
    got = ask(capsys, "anova", R / "tables" / "pg_tips.csv")
    assert got["settings"]["within"] is None
    assert "No unit stands in every condition: rows count as independent." in got["notes"]
    three = ask(capsys, "anova", R / "tables" / "pg_tips.csv", "--pooled", "--sums", "III")
    assert three["settings"]["sums"] == "III"
    assert find(three, effect="loss")["F"] != pytest.approx(find(got, effect="loss")["F"], rel=1e-6)


def test_a_metric_that_cannot_be_analysed_costs_itself_only(capsys: Captured) -> None:
    """Specificity is the same in every row of this table."""
    file = R / "tables" / "s29_counts_undefined.csv"
    got = ask(capsys, "anova", file)
    assert {r["metric"] for r in got["rows"]} == {"accuracy", "f1", "precision", "recall"}
    assert any(note.startswith("specificity is left out: ") for note in got["notes"])
    assert "the same in every row" in refused(capsys, "anova", file, "--metric", "specificity")
    assert main(["stats", "mixed", str(file), "--json"]) == 0
    mixed = json.loads(capsys.readouterr().out)
    assert [m["metric"] for m in mixed["models"]] == ["accuracy", "f1", "precision", "recall"]


def test_mixed_model_of_the_study(capsys: Captured) -> None:
    """R's lmerTest: recall, SD between emotions 0.2993; random slopes of the loss give p = .0259."""
    status = main(["stats", "mixed", "reconstructed", "--group", "emotion", "--metric", "recall", "--json"])
    got = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert status == 0 and got["group_sd"] == pytest.approx(0.299274, rel=1e-4)
    row = next(r for r in got["rows"] if r["effect"] == "loss")
    assert set(row) == {"metric", "effect", "F", "df", "df_error", "p"}
    assert row["p"] == pytest.approx(0.00264, abs=5e-6)
    assert main(["stats", "mixed", "reconstructed", "--metric", "recall", "--slopes", "--json"]) == 0
    slopes = json.loads(capsys.readouterr().out)
    row = next(r for r in slopes["rows"] if r["effect"] == "loss")
    assert row["p"] == pytest.approx(0.0259, abs=5e-5)
    assert slopes["models"][0]["slope_sd"]["loss"] > 0 and slopes["models"][0]["settled"]
    every = main(["stats", "mixed", "reconstructed"])
    text = capsys.readouterr().out
    assert every == 0 and "SD between levels of emotion" in text and "df_error" in text


def test_two_conditions_clip_by_clip(capsys: Captured) -> None:
    words = ["stats", "clips", "ckplus_folds", "gru-bayesian-advanced", "lstm-bayesian-advanced"]
    assert main([*words, "--json"]) == 0
    got = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    counts = got["mcnemar"]
    assert counts["both"] + counts["first_only"] + counts["second_only"] + counts["neither"] == got["clips"]
    assert (got["clips"], got["subjects"], got["folds"]["n"], got["folds"]["df"]) == (269, 100, 5, 4)
    assert got["n_train"] + got["n_test"] == pytest.approx(269)
    assert main(words) == 0
    text = capsys.readouterr().out
    assert "McNemar, exact p" in text and "corrected t(4)" in text
    unknown = refused(capsys, "clips", "ckplus_folds", "gru", "lstm-bayesian-advanced")
    assert "'gru' is not a tested condition" in unknown


def test_pairwise_of_the_study(capsys: Captured) -> None:
    got = ask(capsys, "pairwise", "reconstructed", "--first", "loss=standard", "--interval", "normal")
    loss = find(got, metric="recall", factor="loss")
    assert (loss["first"], loss["d_z"]) == ("standard", pytest.approx(-0.787, abs=5e-4))
    assert (loss["low"], loss["high"]) == pytest.approx((-0.218, -0.071), abs=5e-4)
    assert loss["reject"] is True and any("not independent" in note for note in got["notes"])
    assert got["settings"]["correction"] == "fdr_bh"
    by_emotion = ask(capsys, "pairwise", "reconstructed", "--unit", "emotion", "--factor", "loss")
    assert find(by_emotion, metric="recall")["n"] == 6 and by_emotion["notes"] == []
    assert find(by_emotion, metric="recall")["mean_difference"] > 0, "advanced stands first"


def test_power_of_the_study(capsys: Captured) -> None:
    got = ask(capsys, "power", "reconstructed", "--n", 6, "--metric", "accuracy")
    row = find(got, factor="architecture")
    assert row["power"] == pytest.approx(0.081, abs=5e-4)
    assert row["smallest_effect"] == pytest.approx(1.435, abs=6e-4)
    assert (row["n_small"], row["n_medium"], row["n_large"]) == (199, 34, 15)
    assert 0 < row["tost_power"] < 0.2 < row["smallest_margin"] * 10
    assert find(ask(capsys, "power", "reconstructed", "--metric", "f1"), factor="loss")["n"] == 24


def test_equivalence_of_the_study(capsys: Captured) -> None:
    got = ask(capsys, "equivalence", "reconstructed", "--metric", "accuracy")
    row = find(got, factor="architecture")
    assert (row["verdict"], row["published_rule"]) == ("equivalent", False)
    assert row["p"] == pytest.approx(0.041, abs=5e-4)
    assert (row["p_holm"], row["verdict_holm"]) == (pytest.approx(2 * row["p"]), "undecided")
    assert "GRU and LSTM are equivalent" in row["sentence"]
    wide = ask(capsys, "equivalence", "reconstructed", "--metric", "f1", "--margin", "f1=-0.2:0.1")
    assert (wide["rows"][0]["low"], wide["rows"][0]["high"]) == (-0.2, 0.1)
    narrow = ask(capsys, "equivalence", "reconstructed", "--metric", "accuracy", "--margin", "accuracy=0.005")
    assert find(narrow, factor="architecture")["verdict"] == "undecided"


def test_a_file_with_other_names(capsys: Captured, table: Path) -> None:
    words = ("--column", "tuning=HPO", "--factor", "tuning", "--metric", "recall")
    got = ask(capsys, "pairwise", table, *words)
    (row,) = got["rows"]
    assert (row["n"], got["origin"], got["evaluations"]) == (23, "table", 47)
    assert "1 row without a partner" in row["note"]
    # Without saying so the column is passed over, and then two rows are the same evaluation.
    assert "row" in refused(capsys, "pairwise", table)


def test_what_does_not_exist_is_null(capsys: Captured, tmp_path: Path) -> None:
    file = tmp_path / "two.csv"
    file.write_text("architecture,emotion,recall\ngru,anger,0.5\nlstm,anger,0.4\n")
    (row,) = ask(capsys, "pairwise", file)["rows"]
    assert (row["n"], row["p"], row["sd"], row["reject"]) == (1, None, None, False)
    (row,) = ask(capsys, "equivalence", file)["rows"]
    assert (row["p"], row["verdict"]) == (None, "undecided")
    (row,) = ask(capsys, "power", file)["rows"]
    assert (row["power"], row["smallest_effect"], row["n_medium"]) == (None, None, 34)


@pytest.mark.parametrize("action", ["anova", "pairwise", "power", "equivalence"])
def test_for_people_it_is_text(capsys: Captured, action: str) -> None:
    assert main(["stats", action, "reconstructed", "--metric", "recall"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Published study, reconstructed: 48 evaluations. Counts reconstructed")
    assert "architecture" in out and "NaN" not in out and "nan" not in out


def test_bad_questions_are_one_sentence(capsys: Captured, tmp_path: Path) -> None:
    assert "no auc" in refused(capsys, "anova", "reconstructed", "--metric", "auc")
    assert "'speed' is not a factor" in refused(capsys, "pairwise", "reconstructed", "--factor", "speed")
    assert "'speed' is not a factor" in refused(capsys, "pairwise", "reconstructed", "--first", "speed=slow")
    assert "'rnn' cannot" in refused(capsys, "pairwise", "reconstructed", "--first", "architecture=rnn")
    assert "0 inside" in refused(capsys, "equivalence", "reconstructed", "--margin", "f1=0.1:0.2")
    assert "not a metric" in refused(capsys, "equivalence", "reconstructed", "--margin", "auc=0.1")
    assert "power" in refused(capsys, "power", "reconstructed", "--power", 2)
    assert "alpha" in refused(capsys, "equivalence", "reconstructed", "--alpha", 0.7)
    assert "absent.csv" in refused(capsys, "anova", tmp_path / "absent.csv")
    bad = tmp_path / "bad.csv"
    bad.write_text("architecture,emotion,recall\ngru,anger,0.5\nlstm,anger,much\n")
    said = refused(capsys, "pairwise", bad)
    assert "row 3" in said and "recall" in said


@pytest.mark.parametrize(
    "words",
    [["--margin", "f1"], ["--margin", "f1=a"], ["--margin", "f1=1:2:3"], ["--first", "loss"], ["--unit", "clip"]],
)
def test_wrong_usage_is_status_2(capsys: Captured, words: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["stats", "equivalence", "reconstructed", *words])
    assert stopped.value.code == 2 and "Traceback" not in capsys.readouterr().err


def test_numbers_are_those_of_the_functions(capsys: Captured) -> None:
    from fer_core.stats.pairwise import pairwise

    got = ask(capsys, "pairwise", "reconstructed", "--interval", "bca", "--family", "all", "--correction", "holm")
    expected = pairwise(reconstructed(), interval="bca", family="all", correction="holm")
    for r, e in zip(got["rows"], expected.to_dict("records"), strict=True):
        assert r == {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in e.items()}
