"""``paper``: what it prints for programs and for people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fer_core.cli.main import main
from fer_core.paper.checks import all_checks, tally
from fer_core.paper.findings import all_findings
from fer_core.paper.others import STAND_OUT, stand_outs

Captured = pytest.CaptureFixture[str]


def run(capsys: Captured, *words: str) -> str:
    status = main(["paper", *words])
    out, err = capsys.readouterr()
    assert (status, err) == (0, "")
    return out


def test_the_counts_and_the_findings_as_json(capsys: Captured) -> None:
    result = json.loads(run(capsys, "--json"), parse_constant=pytest.fail)
    assert (result["reproduced"], result["double_rounding"]) == (226, 4)
    assert result["checked"] == 226 + 4 + result["inconsistent"]
    assert result["tally"] == {
        "checked": 230,
        "reproduced": 226,
        "double_rounding": 4,
        "inconsistent": 0,
        "not_checkable": 0,
        "words": "226 of 230 results reproduced, 4 after rounding twice",
    }
    assert result["equivalence_verdicts"] == {"of": 12, "published_rule": 12, "tost_flips": 1}
    first = result["findings"][0]
    assert (first["consequence"], first["id"]) == (1, "recall-sign")
    assert first["verdict"] == "wrong"
    assert {f["verdict"] for f in result["findings"]} == {"wrong", "overstated", "cannot be checked"}
    assert all(c["verdict"] for c in result["other_studies_stand_out"])
    assert {"title", "sentence", "what_was_printed", "what_follows", "evidence", "figures"} <= set(first)
    assert "checks" not in result


def test_every_value_on_request(capsys: Captured) -> None:
    result = json.loads(run(capsys, "--json", "--all"), parse_constant=pytest.fail)
    by_status = [c["status"] for c in result["checks"]]
    assert by_status.count("inconsistent") == result["inconsistent"]
    assert by_status.count("not checkable") == result["not_checkable"]
    assert sum(c["tallied"] for c in result["checks"]) == 230
    assert {c["study"] for c in result["other_studies"]} == {"munsarif", "tutuianu", "suwartono"}


def test_text_says_what_holds_first(capsys: Captured) -> None:
    text = run(capsys)
    assert text.index("What holds") < text.index("226 of 230") < text.index("What does not")
    assert "reconstructed" in text
    for found in all_findings():
        assert f"{found.consequence}. {found.title}\n      {found.verdict}: {found.sentence}\n" in text
    for study in STAND_OUT:
        assert all(f"{c.verdict}: {c.where}" in text and c.sentence in text for c in stand_outs(study))
    assert "0.97446" in run(capsys, "--all"), "where rounding twice is needed, more digits are shown"


def test_the_count_is_the_same_everywhere(capsys: Captured) -> None:
    words = tally(all_checks()).words
    readme = (Path(__file__).resolve().parents[1] / "README.md").read_text("utf-8")
    assert run(capsys).count(words) == 1
    assert words in readme and "230 of 230" not in readme
