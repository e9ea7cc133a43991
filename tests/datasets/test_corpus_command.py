"""The corpus command: what is said of names, which clips are wanted, a list of subjects to fill in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fer_core.cli.main import main

from .builders import put
from .trees import KDEF, RAVDESS, put_media


@pytest.fixture(autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER_LAB_HOME", str(tmp_path_factory.mktemp("home")))


def phones(root: Path) -> Path:
    for n in range(6):
        put_media(root / ("happy", "sad")[n % 2] / f"IMG_40{n:02d}.MOV")
    return root


def test_unknown_people_are_said_and_a_list_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = phones(tmp_path / "phone")
    assert main(["corpus", str(root)]) == 0
    told = capsys.readouterr().out
    assert "6 clips, people unknown" in told and "who is shown in 6 clips is unknown" in told
    who = tmp_path / "who.csv"
    assert main(["corpus", str(root), "--json", "--write-subjects", str(who)]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["subjects"] is None and result["subjects_known"] is False
    assert result["subjects_file"]["unknown"] == 6
    who.write_text("\n".join(f"{line}{'Ann' if n else ''}" for n, line in enumerate(who.read_text().splitlines())))
    assert main(["corpus", str(root), "--json", "--subjects", str(who)]) == 0
    assert json.loads(capsys.readouterr().out)["subjects"] == 1
    assert main(["corpus", str(root), "--write-subjects", str(who)]) == 1
    assert "this file is there already" in capsys.readouterr().err


@pytest.mark.parametrize("pictures", [[], ["--images"]])
def test_where_leaves_the_rest_out_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], pictures: list[str]
) -> None:
    KDEF.put(tmp_path)
    assert main(["corpus", str(tmp_path), "--json", "--where", "view=straight", *pictures]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["labelled"], result["subjects"], result["counts"]["neutral"]) == (28, 2, 4)
    assert result["attributes"]["view"] == {"straight": 28}
    assert main(["corpus", str(tmp_path), *pictures]) == 0
    told = capsys.readouterr().out
    assert "view: full left 28, full right 28" in told and "most studies use the straight one" in told
    for wrong in ("view=top", "angle=1", "view", "=x"):
        assert main(["corpus", str(tmp_path), "--where", wrong, *pictures]) == 1
        assert capsys.readouterr().err.count("\n") == 1


def test_what_was_passed_over_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    RAVDESS.put(tmp_path)
    for n in range(14):
        put(tmp_path / f"Actor_01/{n}.wav", "x")
    put(tmp_path / "notes.txt", "x")
    assert main(["corpus", str(tmp_path)]) == 0
    assert "passed over: 14 .wav, 1 .txt" in capsys.readouterr().out


def test_a_pattern_is_kept_for_whoever_opens_the_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("anna-03-1", "anna-05-1", "ben-03-1", "ben-05-2"):
        put_media(tmp_path / "c" / f"{name}.png")
    said = ["--pattern", "{subject}-{emotion}-{take}", "--words", "03=happiness,05=anger"]
    assert main(["corpus", str(tmp_path / "c"), *said, "--keep"]) == 0
    assert "kept for this folder" in capsys.readouterr().out
    assert main(["corpus", str(tmp_path / "c"), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["format"], result["subjects"]) == ("mapped", 2)
    assert main(["experiment", "run", str(tmp_path / "c"), *said, "--plan"]) == 1
    assert "--keep" in capsys.readouterr().err
    assert main(["corpus", str(tmp_path / "c"), "--pattern", "{x}"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_labels_are_read_from_a_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        put_media(tmp_path / "c" / f"{name}.mp4")
    file = put(tmp_path / "labels.csv", "clip,emotion,subject\na,happy,Anna\nb,sad,Ben\n")
    assert main(["corpus", str(tmp_path / "c"), "--labels", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"] == {"happiness": 1, "sadness": 1}
