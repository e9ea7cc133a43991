"""What is printed never costs a result: real processes with broken pipes, full outputs, poor terminals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

REPOSITORY = Path(__file__).resolve().parents[1]
CORPUS = ("corpus", "demo")
MOST = ",".join(f"D{k:03d}" for k in range(25, 119))
"""Of the demo's 118 people."""
TRAIN = (
    "train",
    "demo",
    "--folds",
    "2",
    "--epochs",
    "1",
    "--ensemble",
    "1",
    "--emotions",
    "anger,happiness",
    "--without-subjects",
    MOST,
    "--workers",
    "1",
    "--out",
)


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which landmarks are found once."""
    return tmp_path_factory.mktemp("home")


def run(
    script: str,
    *words: str,
    home: Path | None = None,
    cwd: Path = REPOSITORY,
    user: int | None = None,
    **environment: str | None,
) -> subprocess.CompletedProcess[str]:
    """A command line in a shell, where ``"$@"`` is ``python -m fer_core`` with the words."""
    told = {k: v for k, v in os.environ.items() if k not in ("PYTHONUNBUFFERED", "PYTHONIOENCODING")}
    told |= {"PYTHONPATH": str(REPOSITORY)} | ({"FER_LAB_HOME": str(home)} if home else {})
    told = {k: v for k, v in {**told, **environment}.items() if v is not None}
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", script, "sh", sys.executable, "-m", "fer_core", *words],
        cwd=cwd,
        capture_output=True,
        env=told,
        text=True,
        errors="surrogateescape",
        timeout=120,
        user=user,
    )


@pytest.mark.parametrize("words", [CORPUS, ("--help",), ("--version",)])
@pytest.mark.parametrize("unbuffered", [None, "1"])
def test_a_closed_pipe_is_silence(words: tuple[str, ...], unbuffered: str | None) -> None:
    done = run('"$@" | true', *words, PYTHONUNBUFFERED=unbuffered)
    assert done.stderr == ""
    assert done.returncode in (0, 141), "a race: what is read before it closes is read"


@pytest.mark.parametrize("words", [CORPUS, (*CORPUS, "--json")])
def test_a_full_output_is_a_sentence(words: tuple[str, ...]) -> None:
    done = run('"$@" > /dev/full', *words)
    assert done.returncode == 1
    assert done.stderr.startswith("fer_core: the result cannot be printed: No space left on device")
    assert done.stderr.count("\n") == 1


def test_nobody_to_complain_to(tmp_path: Path) -> None:
    for script in ('"$@" 2> /dev/full', '"$@" 2>&-', '"$@" <&- >&- 2>&-'):
        done = run(script, "corpus", str(tmp_path / "absent"))
        assert (done.returncode, done.stdout, done.stderr) == (1, "", ""), script
    assert run('"$@" > /dev/full 2> /dev/full', *CORPUS).returncode == 1


@pytest.mark.slow
def test_closed_streams_are_not_given_to_files(tmp_path: Path, warm: Path) -> None:
    """Else the first file that is opened becomes the standard output, and is printed into."""
    done = run('"$@" <&- >&- 2>&-', *TRAIN, str(tmp_path / "out"), home=warm)
    assert done.returncode == 0
    assert json.loads((tmp_path / "out" / "result.json").read_text())


@pytest.mark.slow
def test_results_are_kept_where_nobody_reads_what_is_said(tmp_path: Path, warm: Path) -> None:
    """Progress goes into a pipe that is closed, the summary to a full disk; the work is done all the same."""
    done = run('"$@" 2> >(true) > /dev/full', *TRAIN, str(tmp_path / "out"), home=warm)
    assert done.returncode == 1
    assert json.loads((tmp_path / "out" / "result.json").read_text())


def test_a_terminal_without_the_letters(tmp_path: Path) -> None:
    folder = tmp_path / "people é×"
    for name in ("happy/anna_1.png", "sad/ben_1.png", "grumpy ×/ben_2.png"):
        (folder / name).parent.mkdir(parents=True)
        Image.new("L", (48, 48)).save(folder / name)
    for how in ({"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}):
        done = run('"$@"', "corpus", str(folder), **how)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        assert done.stdout.startswith("people \\") and done.stdout.isascii()
        done = run('"$@"', "corpus", str(folder / "absent"), **how)
        assert done.returncode == 1 and done.stderr.startswith("fer_core: ") and "Traceback" not in done.stderr


def test_a_name_that_is_no_text_can_be_named(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path / "absent") + b"\xfc"
    done = run(f"\"$@\" $'{os.fsdecode(folder[:-1])}\\xfc'", "corpus")
    assert done.returncode == 1 and "Traceback" not in done.stderr


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody without a name")
def test_without_a_home_folder_it_says_what_to_set(tmp_path: Path) -> None:
    readable = run('"$@"', "experiment", "list", user=54321, HOME=None, FER_LAB_HOME=None, cwd=Path("/"))
    if "Permission" in readable.stderr or "No module" in readable.stderr:
        pytest.skip("the checkout cannot be read by others")
    assert readable.returncode == 1
    said = "there is no such home folder ('~/.fer_lab'): set FER_LAB_HOME to the full path of a folder."
    assert readable.stderr == f"fer_core: {said}\n"


def test_a_home_of_nobody_is_one_sentence() -> None:
    done = run('"$@"', "experiment", "list", FER_LAB_HOME="~nobody-of-this-name/x")
    assert done.returncode == 1 and "set FER_LAB_HOME" in done.stderr and done.stderr.count("\n") == 1


def test_a_current_folder_that_is_gone_is_one_sentence(tmp_path: Path) -> None:
    for number, words in enumerate((("corpus", "sub"), ("export", str(REPOSITORY / "saved_models/ckplus-gru")))):
        gone = tmp_path / str(number)
        gone.mkdir()
        done = run('rmdir "$PWD"; "$@"', *words, cwd=gone)
        assert done.returncode == 1, done.stdout
        last = done.stderr.strip().splitlines()[-1]
        assert last.startswith("fer_core: ") and "Traceback" not in done.stderr, done.stderr


ODD = (b"anna", b"jos\xe9", b"x\x1b[31mred", "m\u00fcller\u202e".encode(), b"two\nlines")


@pytest.fixture(scope="module")
def odd_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clips, and files that are left out, whose names are no text, or more than that."""
    root = tmp_path_factory.mktemp("odd")
    png = cv2.imencode(".png", np.zeros((8, 8), np.uint8))[1].tobytes()
    for emotion in ("anger", "happiness"):
        for name in ODD:
            folder = root / emotion / os.fsdecode(name + b"_1")
            folder.mkdir(parents=True)
            (folder / "f1.png").write_bytes(png)
    for name in ODD:
        (root / "anger" / os.fsdecode(name + b".mp4")).write_bytes(b"no video")
    return root


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_names_of_files_are_printed_and_do_nothing(odd_corpus: Path, encoding: str) -> None:
    done = run('"$@"', "corpus", str(odd_corpus), PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, "")
    assert "jos\\xe9.mp4" in done.stdout and "two lines.mp4" in done.stdout
    assert not set("\x1b\u202e") & set(done.stdout)
    assert done.stdout.count("whatever its name says") == len(ODD)


def test_names_of_files_are_json_that_others_read(odd_corpus: Path) -> None:
    done = run('"$@"', "corpus", str(odd_corpus), "--json")
    json.dumps(json.loads(done.stdout), ensure_ascii=False).encode()
    assert "anger/jos\\xe9.mp4" in [o["where"] for o in json.loads(done.stdout)["omissions"]]


def test_an_error_names_the_file_and_does_nothing(tmp_path: Path) -> None:
    done = run('"$@"', "corpus", os.fsdecode(bytes(tmp_path) + b"/gone\xfc\x1b[2J"))
    assert done.returncode == 1
    assert "gone\\xfc\\x1b[2J" in done.stderr and "\x1b" not in done.stderr
