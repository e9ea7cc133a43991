"""``--out``: every command looks at it before its work, and nothing that is no file is ever replaced."""

from __future__ import annotations

import argparse
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from fer_core import runs
from fer_core.base.paths import bundles_dir
from fer_core.cli import main
from fer_core.cli.common import check_out
from fer_core.files.whole_files import writable_folder, writable_target

BUNDLE = str(bundles_dir() / "ckplus-gru")


def parsers(p: argparse.ArgumentParser, words: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every verb with its parser."""
    yield words.strip(), p
    for action in p._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield from parsers(inner, f"{words} {name}")


def test_every_command_that_takes_out_looks_at_it_first() -> None:
    found = {
        words: (p.get_default("out_check"), next(a for a in p._actions if "--out" in a.option_strings).help)
        for words, p in parsers(main.parser())
        if any("--out" in a.option_strings for a in p._actions)
    }
    assert {
        "export",
        "train",
        "experiment export",
        "images export",
        "images keep",
        "efficiency",
        "annotate",
        "bench images",
        "cross",
        "leak-lab",
        "sensitivity",
    } <= set(found)
    for words, (check, help) in found.items():
        folder = help is not None and ("older for" in help or "older of" in help or help == "the folder")
        assert check is (writable_folder if folder else writable_target), words


@pytest.mark.parametrize("what", ["pipe", "folder", "link to a device", "link to a file", "/dev/full", "in a file"])
def test_export_onto_what_is_no_file_is_refused_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr("fer_core.models.bundle.load_bundle", lambda *_: pytest.fail("the work began"))
    out = Path("/dev/full") if what == "/dev/full" else tmp_path / "out.onnx"
    precious = tmp_path / "precious"
    precious.write_text("precious")
    if what == "pipe":
        os.mkfifo(out)
    elif what == "folder":
        out.mkdir()
    elif what.startswith("link"):
        out.symlink_to("/dev/full" if what == "link to a device" else precious)
    elif what == "in a file":
        out = precious / "out.onnx"
    before = out.lstat() if what != "in a file" else precious.lstat()
    assert main.main(["export", BUNDLE, "--out", str(out)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("fer_core: ") and said.count("\n") == 1 and str(tmp_path) in said + str(tmp_path)
    after = out.lstat() if what != "in a file" else precious.lstat()
    assert (after.st_ino, after.st_mode, after.st_dev) == (before.st_ino, before.st_mode, before.st_dev)
    assert precious.read_text() == "precious" and stat.S_ISCHR(Path("/dev/full").lstat().st_mode)


def test_what_is_written_beside_the_file_is_looked_at_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.onnx.json").symlink_to(tmp_path / "elsewhere")
    assert main.main(["export", BUNDLE, "--out", str(tmp_path / "x.onnx")]) == 1
    assert "a link stands where the file would go" in capsys.readouterr().err
    assert [f.name for f in tmp_path.iterdir()] == ["x.onnx.json"]


def test_a_run_that_cannot_write_its_result_has_its_end_noted(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    options = main.parser().parse_args(
        ["train", "demo", "--out", str(tmp_path / "file"), "--run", str(tmp_path / "run")]
    )
    with pytest.raises(Exception, match="stands where the folder would be"):
        check_out(options)
    status = runs.read_status(tmp_path / "run")
    assert status.state == "failed" and "stands where the folder would be" in (status.error or "")


def test_tables_are_not_written_through_a_planted_link(
    tmp_path: Path, own_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from study_samples import FACTORS, ID, finished_study

    finished_study(own_home, factors=FACTORS[:2], seeds=(0,))
    out, precious = tmp_path / "out", tmp_path / "precious"
    out.mkdir()
    precious.write_text("precious")
    (out / "report.html").symlink_to(precious)
    assert main.main(["experiment", "export", ID, "--out", str(out)]) == 1
    assert "a link stands" in capsys.readouterr().err and precious.read_text() == "precious"
