"""Recordings: one row per time stamp and face, whole after a crash, harmless in a spreadsheet."""

from __future__ import annotations

import csv
import json
import os
import resource
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from fer_core.base.errors import RecordingError
from fer_core.live.recordings.columns import MARK_LENGTH, columns, meanings, safe_mark
from fer_core.live.recordings.parquet import METADATA
from fer_core.live.recordings.recorder import Recorder
from fer_core.live.recordings.rows import read_rows, stamps_of
from fer_core.live.state import FaceReading, LiveState

EMOTIONS = ("anger", "happiness")
POINTS = np.zeros((468, 2), dtype=np.float32)
REPOSITORY = Path(__file__).resolve().parents[3]
ENVIRONMENT = os.environ | {"PYTHONPATH": f"{REPOSITORY}{os.pathsep}{REPOSITORY / 'tests'}"}


def reading(face: int = 1, kind: str = "emotion", happiness: float = 0.7) -> FaceReading:
    values = {"anger": 0.1, "happiness": happiness, "neutral": 0.9 - happiness}
    said = "happiness" if kind == "emotion" else None
    return FaceReading(face, kind, said, values, POINTS, 0.0345, "running", "")  # type: ignore[arg-type]


def state(time_s: float, *people: FaceReading, frames: int = 1, faces: int | None = None) -> LiveState:
    base = LiveState("no face", time_s=time_s, frames=frames, latency_ms=7.25, people=people)
    base = replace(base, faces=len(people) if faces is None else faces)
    return replace(base, kind=people[0].kind, emotion=people[0].emotion) if people else base


def table(recorder: Recorder) -> list[dict[str, str]]:
    with recorder.csv().open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_time_stamp_has_a_row_for_each_face_and_one_without_any(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "new" / "folder", EMOTIONS, {"bundle": "made"})
    recorder.row(LiveState())  # before the first frame
    recorder.row(state(0.0, reading(1, "rest"), frames=1))
    recorder.row(state(0.04, frames=2))
    recorder.row(state(0.08, reading(1), reading(2, "unsure"), frames=3, faces=3))
    recorder.row(state(0.08, reading(1), frames=3))  # the same moment again
    recorder.close()
    rows = table(recorder)
    assert [r["time_s"] for r in rows] == ["0.000000", "0.040000", "0.080000", "0.080000"]
    assert [(r["face"], r["faces"], r["state"], r["emotion"]) for r in rows] == [
        ("1", "1", "rest", ""),
        ("", "0", "no face", ""),
        ("1", "3", "emotion", "happiness"),
        ("2", "3", "unsure", ""),
    ]
    assert tuple(rows[0]) == columns(EMOTIONS)
    assert [rows[2][c] for c in ("frame", "p_anger", "p_happiness", "motion", "reference", "latency_ms")] == [
        "3",
        "0.100000",
        "0.700000",
        "0.03450",
        "running",
        "7.25",
    ]
    assert all(rows[1][c] == "" for c in ("p_anger", "p_happiness", "p_neutral", "motion", "reference"))
    assert (recorder.rows, recorder.seconds, recorder.error) == (4, 0.08, None)


def test_frames_that_a_camera_dropped_count_in_the_frame_number(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, EMOTIONS, {})
    recorder.row(replace(state(0.0, frames=5), dropped=7))
    recorder.row(state(1.0, frames=6), frame=99)
    assert [r["frame"] for r in table(recorder)] == ["12", "99"]


def test_the_json_says_what_every_column_means_and_in_which_unit(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, EMOTIONS, {"bundle": "made", "settings": {"window": 1.5}})
    before = json.loads(recorder.json().read_text())
    assert before["complete"] is False
    assert before["about"] == {"bundle": "made", "settings": {"window": 1.5}}
    recorder.row(state(2.0))
    recorder.mark("never written")
    recorder.close()
    after = json.loads(recorder.json().read_text())
    assert tuple(after["columns"]) == columns(EMOTIONS)
    assert after["columns"]["time_s"]["unit"] == "s"
    assert after["columns"]["motion"]["unit"] == "eye distances"
    assert "probability" in after["columns"]["p_neutral"]["unit"]
    assert (after["complete"], after["rows"], after["marks_without_a_row"]) == (True, 1, ["never written"])


def test_markers_stand_in_the_next_row_or_from_their_moment_on(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, EMOTIONS, {})
    recorder.mark("begin")
    recorder.mark("later", time_s=1.0)
    for k in range(4):
        recorder.row(state(k * 0.5, reading(1), reading(2)))
        if k == 2:
            recorder.mark("one")
            recorder.mark("two")
    assert [r["event"] for r in table(recorder)] == ["begin", "", "", "", "later", "", "one | two", ""]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("stimulus 3, left", "stimulus 3, left"),
        ("=1+1", "1+1"),
        ("+-@=cmd|' /C calc'!A0", "cmd/' /C calc'!A0"),
        (" \t=SUM(A1)", "SUM(A1)"),
        ("＝1+1", "1+1"),
        ("two\nlines\x00\u2028here", "two lines here"),
        ("--", "mark"),
        ("", "mark"),
        ("ü" * 500, "ü" * MARK_LENGTH),
    ],
)
def test_a_marker_is_one_harmless_line(text: str, written: str, tmp_path: Path) -> None:
    assert safe_mark(text) == written
    recorder = Recorder(tmp_path, EMOTIONS, {})
    recorder.mark(text)
    recorder.row(state(0.0))
    (row,) = table(recorder)
    assert row["event"] == written
    assert row["event"][0] not in "=+-@\t\r"


def test_thousands_of_markers_before_a_row_do_not_grow_it_without_bound(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, EMOTIONS, {})
    for k in range(5000):
        recorder.mark(f"press {k}")
    recorder.row(state(0.0))
    (row,) = table(recorder)
    assert row["event"].endswith("press 4999")
    assert len(row["event"]) < 1000


def test_rows_can_be_read_back_typed(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, EMOTIONS, {})
    recorder.row(state(0.5, reading(3), reading(4)))
    recorder.row(state(0.6))
    together = list(stamps_of(recorder.csv()))
    assert [[r.face for r in rows] for rows in together] == [[3, 4], [None]]
    first = together[0][0]
    assert (first.time_s, first.probabilities["happiness"], first.motion) == (0.5, 0.7, 0.0345)
    recorder.csv().write_text("time_s,frame\n1,x\n")
    with pytest.raises(RecordingError, match="cannot be read"):
        list(read_rows(recorder.csv()))


def test_parquet_holds_the_same_columns_with_types_and_the_json_inside(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, EMOTIONS, {"bundle": "made"})
    recorder.mark('a, "quoted" mark')
    for k in range(3000):
        recorder.row(state(k / 25, *([reading(1)] if k % 3 else [])))
    recorder.close()
    read = pq.read_table(recorder.parquet())
    assert tuple(read.column_names) == columns(EMOTIONS)
    assert read.num_rows == recorder.rows == 3000
    kinds = {f.name: str(f.type) for f in read.schema}
    assert (kinds["time_s"], kinds["frame"], kinds["p_anger"], kinds["event"]) == ("double", "int64", "float", "string")
    plain = read.to_pylist()
    assert plain[0]["event"] == 'a, "quoted" mark'
    assert (plain[0]["face"], plain[0]["p_anger"], plain[0]["emotion"]) == (None, None, None)
    assert plain[1]["p_happiness"] == pytest.approx(0.7)
    assert [r["time_s"] for r in plain] == pytest.approx([k / 25 for k in range(3000)])
    inside = json.loads(read.schema.metadata[METADATA])
    assert inside["columns"] == meanings(EMOTIONS)
    assert inside["about"] == {"bundle": "made"}
    assert read.schema.field("motion").metadata[b"unit"] == b"eye distances"


def test_parquet_of_a_recording_without_a_row_and_of_a_damaged_one(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, EMOTIONS, {})
    recorder.close()
    assert pq.read_table(recorder.parquet()).num_rows == 0
    recorder.csv().write_text(recorder.csv().read_text() + "no,numbers,here\n")
    with pytest.raises(RecordingError, match="use the CSV"):
        recorder.parquet()
    assert not list(tmp_path.glob("*.part"))


def test_nothing_after_the_end_is_written_and_ending_twice_is_no_fault(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, EMOTIONS, {})
    recorder.row(state(0.0))
    recorder.close()
    recorder.close()
    recorder.row(state(1.0))
    recorder.mark("late")
    assert recorder.rows == len(table(recorder)) == 1


def test_a_recording_goes_on_behind_what_is_kept(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, EMOTIONS, {})
    recorder.row(state(0.0))
    kept = recorder.sync()
    recorder.row(state(1.0))
    recorder.close(complete=False)
    assert json.loads(recorder.json().read_text())["complete"] is False
    again = Recorder(tmp_path, EMOTIONS, {}, kept=kept)
    again.row(state(0.0))  # written before
    again.row(state(2.0))
    again.close()
    assert [r["time_s"] for r in table(again)] == ["0.000000", "2.000000"]
    assert (again.rows, again.seconds) == (2, 2.0)


def test_threads_write_whole_rows(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, EMOTIONS, {})

    def press() -> None:
        for k in range(200):
            recorder.mark(f"mark {k}")

    pressing = [threading.Thread(target=press) for _ in range(3)]
    for thread in pressing:
        thread.start()
    for k in range(500):
        recorder.row(state(k / 100, reading(1)))
    for thread in pressing:
        thread.join()
    recorder.row(state(99.0))
    rows = table(recorder)
    assert len(rows) == 501
    assert {len(row) for row in csv.reader(recorder.csv().read_text().splitlines())} == {len(columns(EMOTIONS))}


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordingError, match=r"^the recording cannot be written \(.+\) \(.+\): .+\.$"):
        Recorder(tmp_path / "file" / "folder", EMOTIONS, {})


def test_a_full_disk_ends_the_recording_with_a_sentence_and_keeps_whole_rows(tmp_path: Path) -> None:
    """A real limit of the system, in a process of its own: as on a full disk, the last write fits in part."""
    command = [sys.executable, __file__, "fill", str(tmp_path)]
    done = subprocess.run(
        command, cwd=REPOSITORY, env=ENVIRONMENT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert "cannot be written" in told["error"]
    assert "is kept" in told["error"]
    text = (tmp_path / "recording.csv").read_text()
    assert text.endswith("\n")
    rows = list(csv.DictReader(text.splitlines()))
    assert 10 < len(rows) == told["rows"] < 1000
    assert {len(r) for r in csv.reader(text.splitlines())} == {len(columns(EMOTIONS))}


def test_a_killed_process_leaves_every_row_it_had_written(tmp_path: Path) -> None:
    command = [sys.executable, __file__, "record", str(tmp_path)]
    process = subprocess.Popen(command, cwd=REPOSITORY, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "300 rows"
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=30)
    rows = list(read_rows(tmp_path / "recording.csv"))
    assert [r.time_s for r in rows] == [k / 10 for k in range(300)]


def _fill(folder: Path) -> None:
    limit = 20_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    recorder = Recorder(folder, EMOTIONS, {})
    for k in range(1000):
        recorder.row(state(k / 10, reading(1)))
    recorder.close()
    print(json.dumps({"error": recorder.error, "rows": recorder.rows}))


def _record(folder: Path) -> None:
    recorder = Recorder(folder, EMOTIONS, {})
    for k in range(300):
        recorder.row(state(k / 10, reading(1)))
    print("300 rows", flush=True)
    signal.pause()


if __name__ == "__main__":
    {"fill": _fill, "record": _record}[sys.argv[1]](Path(sys.argv[2]))
