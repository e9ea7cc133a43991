"""The measurement itself on a tiny network: real processes, real files, and a file that is the wrong one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from fer_core.base.errors import Cancelled, SettingError, TrainingError
from fer_core.cli import main
from fer_core.runs import new_run_folder, read_status
from fer_core.studies.efficiency import measured as architectures
from fer_core.studies.efficiency import summary
from fer_core.studies.efficiency.counted import Sizes
from fer_core.studies.efficiency.formats import FORMATS, PROCESSES
from fer_core.studies.efficiency.jobs import read_result
from fer_core.studies.efficiency.machine import machine
from fer_core.studies.efficiency.network_files import prepare
from fer_core.studies.efficiency.timed_child import How, measure, take_turns

TINY = Sizes(F=3, Q=5, R=4)
HOW = How(batches=(1, 3), budget=0.0)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    rows = prepare(TINY, folder, 1, ("numpy", "onnx"))
    assert [r["format"] for r in rows] == ["numpy", "onnx"]
    assert all(row[a] == _on_disk(folder, row["format"], a) for row in rows for a in ("gru", "lstm"))
    return folder


def _on_disk(folder: Path, library: str, architecture: str) -> int:
    if library == "onnx":
        return (folder / f"{architecture}-many.onnx").stat().st_size
    return sum(f.stat().st_size for f in (folder / f"{architecture}-many").iterdir())


@pytest.mark.parametrize("process", ["numpy", "onnx"])
def test_a_process_times_both_architectures(files: Path, process: str) -> None:
    said = measure(process, files, 1, HOW)
    assert [r["batch"] for r in said["rows"]] == [1, 3]
    for row in said["rows"]:
        assert row["format"] == process and row["repeats"] == 3
        assert min(row[f"{a}-{w}"] for a in ("gru", "lstm") for w in ("many", "one")) > 0
    assert said["largest_difference"] < 1e-5
    assert said["peak_mb"] is None or 20 < said["peak_mb"] < 2000


def test_keras_and_tflite_compute_the_same(tmp_path: Path) -> None:
    prepare(TINY, tmp_path, 1, ("keras", "tflite"))
    few = How((2,), 0.0, ("gru",))
    for process in ("keras", "tflite"):
        said = measure(process, tmp_path, 1, few)
        assert tuple(r["format"] for r in said["rows"]) == PROCESSES[process]
        assert said["largest_difference"] < 1e-5


def test_a_file_that_is_another_network_shows(files: Path, tmp_path: Path) -> None:
    wrong = Path(shutil.copytree(files, tmp_path / "wrong"))
    shutil.copy(files / "lstm-many.onnx", wrong / "gru-many.onnx")
    assert measure("onnx", wrong, 1, How((1,), 0.0))["largest_difference"] > 1e-3


def test_a_process_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"ONNX|onnx"):
        measure("onnx", tmp_path, 1, HOW)
    with pytest.raises(TrainingError, match="no process"):
        measure("abacus", tmp_path, 1, HOW)


def test_turns_alternate() -> None:
    seen: list[str] = []
    taken = take_turns({"a": lambda: seen.append("a"), "b": lambda: seen.append("b")}, 3)
    assert "".join(seen) == "abbaab"
    assert {name: len(each) for name, each in taken.items()} == {"a": 3, "b": 3}


def test_the_whole_measurement_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(architectures, "CLIPS", 40)
    run = new_run_folder("efficiency")
    words = ["efficiency", "--turns", "2", "--batches", "1,4", "--libraries", "numpy,onnx"]
    words += ["--F", "3", "--Q", "5", "--R", "4", "--run", str(run), "--out", str(tmp_path / "e.json"), "--json"]
    assert main.main(words) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["turns"] == said["ratio_turns"] == 2
    low, high = said["ratio_interval"]
    assert 0 < low <= said["ratio"] <= high
    assert said["counted"][1]["gru"] == 3 * 5 * (3 + 5)
    cells = [(r["format"], r["batch"]) for r in said["latency"]]
    assert sorted(cells) == [("numpy", 1), ("numpy", 4), ("onnx", 1), ("onnx", 4)]
    assert all(len(r["gru-many"]) == 2 for r in said["latency"])
    assert [r["way"] for r in said["training"]] == ["ours"] and len(said["training"][0]["lstm"]) == 2
    assert said["largest_difference"] < 1e-5
    status = read_status(run)
    assert status.state == "done" and status.step == status.total == 1 + 2 * 4 + 4
    assert read_result(run.name)["sizes"]["Q"] == 5
    assert json.loads((tmp_path / "e.json").read_text()) == read_result(run.name)
    assert {r["group"] for r in summary.measured_rows(said)} == {"classifying", "training", "memory", "disk"}


def test_a_stop_is_heard_between_two_steps() -> None:
    def stop(done: float, total: float, text: str) -> None:
        raise Cancelled()

    with pytest.raises(Cancelled):
        architectures.compare(TINY, turns=1, progress=stop)


@pytest.mark.parametrize("wrong", [{"turns": 0}, {"turns": 51}, {"threads": 0}, {"libraries": ("abacus",)}])
def test_settings_out_of_range(wrong: dict) -> None:
    with pytest.raises(SettingError):
        architectures.compare(TINY, **wrong)


def test_the_machine_is_named_and_its_owner_is_not() -> None:
    import getpass
    import socket

    said = json.dumps(machine())
    assert machine()["cores"] >= 1 and machine()["processor"]
    assert socket.gethostname() not in said
    assert f'"{getpass.getuser()}"' not in said
    assert set(FORMATS) == {f for each in PROCESSES.values() for f in each}
