"""``python -m fer_core stats`` as a person or a script meets it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from fer_core.cli import main
from fer_core.stats.table import reconstructed

Captured = pytest.CaptureFixture[str]
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
    got = ask(capsys, "anova", "reconstructed", "--metric", "recall")
    loss = find(got, effect="loss", metric="recall")
    assert (loss["F"], loss["p"]) == (pytest.approx(2.210, abs=5e-4), pytest.approx(0.145, abs=5e-4))
    assert find(got, effect="residual")["F"] is None
    assert (got["origin"], got["evaluations"]) == ("reconstructed", 48)
    blocked = find(
        ask(capsys, "anova", "reconstructed", "--block", "emotion"), effect="loss", metric="recall"
    )
    assert (blocked["F"], blocked["p"]) == (pytest.approx(10.48, abs=5e-3), pytest.approx(0.0026, abs=5e-5))


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
    assert "'speed' is no factor" in refused(capsys, "pairwise", "reconstructed", "--factor", "speed")
    assert "'speed' is no factor" in refused(capsys, "pairwise", "reconstructed", "--first", "speed=slow")
    assert "'rnn' cannot" in refused(capsys, "pairwise", "reconstructed", "--first", "architecture=rnn")
    assert "0 inside" in refused(capsys, "equivalence", "reconstructed", "--margin", "f1=0.1:0.2")
    assert "no metric" in refused(capsys, "equivalence", "reconstructed", "--margin", "auc=0.1")
    assert "power" in refused(capsys, "power", "reconstructed", "--power", 2)
    assert "alpha" in refused(capsys, "equivalence", "reconstructed", "--alpha", 0.7)
    assert "absent.csv" in refused(capsys, "anova", tmp_path / "absent.csv")
    bad = tmp_path / "bad.csv"
    bad.write_text("architecture,emotion,recall\ngru,anger,0.5\nlstm,anger,much\n")
    said = refused(capsys, "pairwise", bad)
    assert "row 3" in said and "recall" in said


@pytest.mark.parametrize("words", [["--margin", "f1"], ["--margin", "f1=a"], ["--margin", "f1=1:2:3"],
                                   ["--first", "loss"], ["--unit", "clip"]])  # fmt: skip
def test_wrong_usage_is_status_2(capsys: Captured, words: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["stats", "equivalence", "reconstructed", *words])
    assert stopped.value.code == 2 and "Traceback" not in capsys.readouterr().err


def test_numbers_are_those_of_the_functions(capsys: Captured) -> None:
    from fer_core.stats.pairwise import pairwise

    got = ask(
        capsys, "pairwise", "reconstructed", "--interval", "bca", "--family", "all", "--correction", "holm"
    )
    expected = pairwise(reconstructed(), interval="bca", family="all", correction="holm")
    for r, e in zip(got["rows"], expected.to_dict("records"), strict=True):
        assert r == {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in e.items()}
