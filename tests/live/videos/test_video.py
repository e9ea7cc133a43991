"""Whole videos into recordings: rows, going on after a stop or a kill, many files, memory, summaries."""

from __future__ import annotations

import csv
import gc
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from samples import THREE, tiny_bundle
from video_samples import PaintedFaces, moving_face, painted, uneven, write_video

from fer_core.base.errors import Cancelled, MediaError, RecordingError
from fer_core.cli.main import main
from fer_core.live.recordings.columns import columns
from fer_core.live.recordings.rows import Row, read_rows, stamps_of
from fer_core.live.settings import LiveSettings
from fer_core.live.videos.folder import Asked
from fer_core.live.videos.queue import annotate_all, find_videos
from fer_core.live.videos.state import FACE_SECONDS, load_state
from fer_core.live.videos.summary import summarise
from fer_core.live.videos.summary_words import notes
from fer_core.live.videos.video import annotate
from fer_core.models.bundle import save_bundle

REPOSITORY = Path(__file__).resolve().parents[3]
LOW = Asked(LiveSettings(threshold=0.2, hysteresis=0.02))
"""An untrained recogniser is never sure: a low threshold makes it say something."""
Levels = list[tuple[float | None, float | None]]


def painted_video(file: Path, levels: Levels, stamps: list[float]) -> Path:
    """Lossless, so that what is painted is what is found."""
    return write_video(file, painted(levels), stamps, codec="ffv1", pixels="bgr0", keys=20)


def coming_and_going(count: int, faces: int = 1) -> Levels:
    """Expressions that come and go; the first face is away for a while, the second for most of the time."""
    one = [None if 300 <= k < 330 else 0.5 + 0.5 * np.sin(k / 31) for k in range(count)]
    two = [0.5 + 0.5 * np.cos(k / 23) if faces > 1 and 100 <= k % 400 < 260 else None for k in range(count)]
    return list(zip(one, two, strict=True))


def rows_of(folder: Path | str) -> list[Row]:
    return list(read_rows(Path(folder) / "recording.csv"))


def stop_at(second: float) -> Callable[[float, float, str], None]:
    """A progress that stops the work at this second of the video."""

    def progress(done: float, total: float, text: str) -> None:
        if done >= second:
            raise Cancelled

    return progress


def ticking(step: float = 0.5) -> Callable[[], float]:
    """A clock that goes on by a step at every look: by half a second, each frame is reported."""
    now = iter(range(10**9))
    return lambda: next(now) * step


def lines(folder: Path) -> int:
    return (folder / "recording.csv").read_bytes().count(b"\n")


def same(one: list[Row], other: list[Row], *, off: float) -> None:
    """The same moments, faces and frames; the same readings but for what the past weighs in them."""

    def fixed(rows: list[Row]) -> list[tuple[object, ...]]:
        return [(r.time_s, r.frame, r.face, r.faces) for r in rows]

    assert fixed(one) == fixed(other)
    values = np.array([list(r.probabilities.values()) for r in one if r.probabilities])
    others = np.array([list(r.probabilities.values()) for r in other if r.probabilities])
    assert np.abs(values - others).max() <= off
    said = [(a.state, a.emotion) == (b.state, b.emotion) for a, b in zip(one, other, strict=True)]
    assert np.mean(said) > 0.995


# --- rows -------------------------------------------------------------------------------------------


def test_every_frame_has_its_row_also_those_without_a_face(tmp_path: Path) -> None:
    stamps = uneven(400)
    levels = coming_and_going(400)
    video = painted_video(tmp_path / "clip.mkv", levels, stamps)
    told = annotate(tiny_bundle(), video, tmp_path / "out", asked=LOW, landmarker=PaintedFaces())
    rows = rows_of(told["folder"])
    assert [r.time_s for r in rows] == pytest.approx(stamps, abs=0.0006)
    assert [r.frame for r in rows] == list(range(1, 401))
    assert [r.face is None for r in rows] == [one is None for one, _ in levels]
    assert (told["frames"], told["frames_with_face"]) == (400, 370)
    assert told["duration_s"] == pytest.approx(stamps[-1], abs=0.1)
    assert told["broke"] is None
    assert not list((tmp_path / "out").rglob("*.part"))
    assert {f.name for f in Path(told["folder"]).iterdir()} == {"recording.csv", "recording.json", "summary.json"}


def test_several_faces_keep_their_numbers(tmp_path: Path) -> None:
    levels = coming_and_going(300, faces=2)
    video = painted_video(tmp_path / "two.mkv", levels, [k / 25 for k in range(300)])
    asked = Asked(LiveSettings(max_faces=2))
    told = annotate(tiny_bundle(), video, tmp_path, asked=asked, landmarker=PaintedFaces())
    for rows, (one, two) in zip(stamps_of(Path(told["folder"]) / "recording.csv"), levels, strict=True):
        assert len(rows) == max(1, (one is not None) + (two is not None))
        assert rows[0].faces == (one is not None) + (two is not None)
    assert [f["face"] for f in told["faces"]] == [1, 2]
    both = sum(one is not None and two is not None for one, two in levels)
    assert (told["most_faces"], told["frames_with_several_faces"]) == (2, both) and both > 100
    assert notes(told)[0].startswith(f"{both} of 300 frames show more than one face (up to 2)")
    assert notes({k: v for k, v in told.items() if "face" not in k and "reference" not in k}) == [], "an old one"


def test_time_stamps_that_go_back_are_counted_and_left_out(tmp_path: Path, monkeypatch: Any) -> None:
    """No muxer of today writes such a file, so the stamps are changed as they come out of the reader."""
    from fer_core.datasets import video as video_frames

    stamps = [0.0, 0.04, 0.04, 0.02, 0.08, None, 0.2, -5.0, -4.96]
    video = painted_video(tmp_path / "odd.mkv", [(0.5, None)] * 9, [k / 25 for k in range(9)])
    real = video_frames.VideoReader.frames

    def shaken(self: Any, since: float | None = None) -> Any:
        for frame, stamp in zip(real(self, since), stamps, strict=True):
            yield video_frames.Frame(stamp, frame.damaged, frame._picture, frame._pixel)

    monkeypatch.setattr(video_frames.VideoReader, "frames", shaken)
    told = annotate(tiny_bundle(), video, tmp_path, landmarker=PaintedFaces())
    rows = rows_of(told["folder"])
    assert [r.frame for r in rows] == [1, 2, 5, 6, 7, 8, 9]
    assert all(b.time_s > a.time_s for a, b in itertools.pairwise(rows))
    assert told["time_stamps"] == {"repeated": 1, "backwards": 1, "resets": 1, "missing": 1}


@pytest.mark.slow
def test_real_films_with_and_without_a_face(tmp_path: Path, shared_data: Path) -> None:
    fixtures = shared_data / "fixtures"
    with_face = annotate(tiny_bundle(), fixtures / "face_noface.mov", tmp_path)
    assert (with_face["frames"], with_face["frames_with_face"]) == (169, 72)
    assert with_face["share_of_time"]["no face"] == pytest.approx(0.62, abs=0.02)
    without = annotate(tiny_bundle(), fixtures / "no_face.mp4", tmp_path)
    assert (without["frames"], without["share_with_face"]) == (95, 0.0)
    assert without["share_of_time"]["no face"] == 1.0


def test_the_first_seconds_can_be_taken_as_the_resting_face(tmp_path: Path) -> None:
    levels: Levels = [(None, None)] * 25 + [(0.0, None)] * 90 + [(0.9, None)] * 60
    video = painted_video(tmp_path / "rest.mkv", levels, [k / 25 for k in range(175)])
    asked = Asked(calibrate="first")
    told = annotate(tiny_bundle(), video, tmp_path, asked=asked, landmarker=PaintedFaces())
    states = [r.state for r in rows_of(told["folder"])]
    assert states[:25] == ["no face"] * 25
    assert states[25:95] == ["calibrating"] * 70
    rows = rows_of(told["folder"])
    assert {r.reference for r in rows[105:]} == {"calibrated"}
    assert {r.state for r in rows[102:115]} == {"rest"}


# --- going on ---------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("faces", "calibrate", "stops"), [(1, "running", [61.0]), (2, "running", [30.0, 70.0]), (2, "first", [2.0, 55.0])]
)
def test_a_stopped_reading_goes_on_and_gives_the_rows_of_an_unbroken_one(
    tmp_path: Path, faces: int, calibrate: Any, stops: list[float]
) -> None:
    stamps = uneven(750, low=90, high=150)  # 90 s: longer than what is read again
    video = painted_video(tmp_path / "long.mkv", coming_and_going(750, faces), stamps)
    asked = Asked(LiveSettings(max_faces=faces, threshold=0.2), calibrate)
    bundle = tiny_bundle()
    whole = annotate(bundle, video, tmp_path / "whole", asked=asked, landmarker=PaintedFaces())
    out, finder = tmp_path / "broken", PaintedFaces()
    for second in stops:
        seen = load_state(out / "long")
        begun = 0.0 if seen is None else max(0.0, (seen.written.last or 0) - FACE_SECONDS - 3)
        with pytest.raises(Cancelled):
            annotate(
                bundle, video, out, asked=asked, landmarker=finder, clock=ticking(), progress=stop_at(second - begun)
            )
        state = load_state(out / "long")
        assert state is not None
        assert json.loads((out / "long" / "recording.json").read_text())["complete"] is False
    before = finder.seen
    again = annotate(bundle, video, out, asked=asked, landmarker=finder)
    same(rows_of(again["folder"]), rows_of(whole["folder"]), off=0.02)
    assert {k: v for k, v in again.items() if k in ("frames", "frames_with_face", "time_stamps")} == {
        k: v for k, v in whole.items() if k in ("frames", "frames_with_face", "time_stamps")
    }
    if (faces, calibrate) == (1, "running"):
        assert finder.seen - before < 600, "it began at the beginning, not a stretch before the stop"
    assert load_state(out / "long") is None


def test_what_lies_in_a_folder_of_that_name_is_left_alone(tmp_path: Path) -> None:
    video = painted_video(tmp_path / "clip.mkv", [(0.5, None)] * 5, [k / 25 for k in range(5)])
    (tmp_path / "clip").mkdir()
    (tmp_path / "clip" / "recording.csv").write_text("mine")
    told = annotate(tiny_bundle(), video, tmp_path, landmarker=PaintedFaces())
    assert Path(told["folder"]).name == "clip (2)"
    assert (tmp_path / "clip" / "recording.csv").read_text() == "mine"


def test_what_is_finished_is_not_done_again_and_other_settings_get_their_own_folder(tmp_path: Path) -> None:
    video = painted_video(tmp_path / "clip.mkv", [(0.5, None)] * 10, [k / 25 for k in range(10)])
    finder, bundle = PaintedFaces(), tiny_bundle()
    first = annotate(bundle, video, tmp_path / "out", landmarker=finder)
    seen = finder.seen
    again = annotate(bundle, video, tmp_path / "out", landmarker=finder, asked=Asked(parquet=True))
    assert finder.seen == seen
    assert again == first
    assert (Path(again["folder"]) / "recording.parquet").is_file()
    other = annotate(bundle, video, tmp_path / "out", landmarker=finder, asked=LOW)
    painted_video(video, [(0.7, None)] * 10, [k / 25 for k in range(10)])
    changed = annotate(bundle, video, tmp_path / "out", landmarker=finder)
    names = [Path(t["folder"]).name for t in (first, other, changed)]
    assert names == ["clip", "clip (2)", "clip (3)"]


@pytest.mark.parametrize("fault", ["state cut off", "table cut off", "table gone", "state of another"])
def test_a_damaged_state_begins_anew_and_loses_nothing(tmp_path: Path, fault: str) -> None:
    video = painted_video(tmp_path / "clip.mkv", [(0.5, None)] * 200, [k / 25 for k in range(200)])
    bundle, out = tiny_bundle(), tmp_path / "out"
    with pytest.raises(Cancelled):
        annotate(bundle, video, out, landmarker=PaintedFaces(), clock=ticking(), progress=stop_at(4.0))
    folder = out / "clip"
    if fault == "state cut off":
        (folder / "state.json").write_text((folder / "state.json").read_text()[:40])
    elif fault == "table cut off":
        (folder / "recording.csv").write_bytes((folder / "recording.csv").read_bytes()[:500])
    elif fault == "table gone":
        (folder / "recording.csv").unlink()
    else:
        plain = json.loads((folder / "state.json").read_text())
        (folder / "state.json").write_text(json.dumps(plain | {"key": "0" * 32}))
    told = annotate(bundle, video, out, landmarker=PaintedFaces())
    assert [r.frame for r in rows_of(told["folder"])] == list(range(1, 201))


@pytest.mark.slow
def test_a_killed_process_goes_on_and_ends_with_the_rows_of_an_unbroken_run(tmp_path: Path) -> None:
    """The real face finder, a real film, a real kill -9."""
    pytest.importorskip("skimage")
    save_bundle(tiny_bundle(), tmp_path / "bundle")
    stamps = uneven(450, low=160, high=240)  # 90 s: longer than what is read again
    video = write_video(tmp_path / "film.mp4", moving_face(), stamps, keys=30)

    def command(out: str) -> list[str]:
        return [
            sys.executable,
            "-m",
            "fer_core",
            "annotate",
            str(tmp_path / "bundle"),
            str(video),
            "--out",
            str(tmp_path / out),
            "--threshold",
            "0.2",
            "--json",
        ]

    process = subprocess.Popen(command("broken"), cwd=REPOSITORY, stderr=subprocess.DEVNULL)
    folder, end = tmp_path / "broken" / "film", time.monotonic() + 240
    while not ((state := load_state(folder)) and state.written.rows and lines(folder) > 300):
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < end
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    assert process.wait(timeout=30) == -signal.SIGKILL
    with (folder / "recording.csv").open("a") as file:
        file.write("99.0,half a ro")  # what a kill in the middle of a write leaves
    again = subprocess.run(command("broken"), cwd=REPOSITORY, capture_output=True, text=True, timeout=300, check=False)
    assert again.returncode == 0, again.stderr
    assert main(command("whole")[3:]) == 0
    broken, whole = (rows_of(tmp_path / out / "film") for out in ("broken", "whole"))
    assert [r.time_s for r in broken] == pytest.approx(stamps, abs=0.0006)
    same(broken, whole, off=0.05)
    told = json.loads(again.stdout)["clips"][0]
    assert (told["frames"], told["frames_with_face"]) == (450, 450)


# --- many files ---------------------------------------------------------------------------------------


def test_a_queue_goes_on_past_what_cannot_be_read(tmp_path: Path, monkeypatch: Any) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    painted_video(folder / "a.mkv", [(0.5, None)] * 30, [k / 25 for k in range(30)])
    (folder / "b.mp4").write_text("no video")
    painted_video(folder / "=c.mkv", [(None, None)] * 20, [k / 25 for k in range(20)])
    (folder / "notes.txt").write_text("passed over")
    monkeypatch.setattr("fer_core.live.videos.queue.open_face_finder", PaintedFaces)
    said: list[tuple[float, float, str]] = []
    found = find_videos([folder, folder / "a.mkv"])
    videos = found.videos
    assert found.passed_over == "Passed over in the folders, as no videos by their names: 1 .txt."
    assert [v.name for v in videos] == ["=c.mkv", "a.mkv", "b.mp4"]
    result = annotate_all(tiny_bundle(), videos, tmp_path / "out", asked=LOW, progress=lambda *a: said.append(a))
    assert [c["video"] for c in result["clips"]] == ["=c.mkv", "a.mkv"]
    assert [f["video"] for f in result["failed"]] == ["b.mp4"]
    assert "whatever its name says" in result["failed"][0]["why"]
    assert json.loads((tmp_path / "out" / "result.json").read_text()) == result
    with (tmp_path / "out" / "summary.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [r["video"] for r in rows] == ["'=c.mkv", "a.mkv", "b.mp4"]
    assert [r["share_with_face"] for r in rows] == ["0.0", "1.0", ""]
    assert rows[2]["problem"].startswith("the file is not an MP4")
    assert {f"share_{e}" for e in THREE} | {f"episodes_{e}" for e in THREE} <= set(rows[0])
    assert all(0 <= done <= total for done, total, _ in said)


def test_a_stopped_queue_keeps_what_it_has_and_goes_on(tmp_path: Path, monkeypatch: Any) -> None:
    finders: list[PaintedFaces] = []

    def open_one() -> PaintedFaces:
        finders.append(PaintedFaces())
        return finders[-1]

    monkeypatch.setattr("fer_core.live.videos.queue.open_face_finder", open_one)
    monkeypatch.setattr("fer_core.live.videos.reading.SAY_EVERY", 0.0)
    videos = [painted_video(tmp_path / f"{n}.mkv", [(0.5, None)] * 100, [k / 25 for k in range(100)]) for n in "abc"]
    with pytest.raises(Cancelled):
        annotate_all(tiny_bundle(), videos, tmp_path / "out", progress=stop_at(6.0))
    kept = json.loads((tmp_path / "out" / "result.json").read_text())
    assert [c["video"] for c in kept["clips"]] == ["a.mkv"]
    result = annotate_all(tiny_bundle(), videos, tmp_path / "out")
    assert [c["frames"] for c in result["clips"]] == [100, 100, 100]
    # No frame of the first film is read again; of the second those before the stop are, as its lead-in.
    assert finders[-1].seen == 200


def test_the_command_line_says_what_it_found_and_what_it_could_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    monkeypatch.setattr("fer_core.live.videos.queue.open_face_finder", PaintedFaces)
    save_bundle(tiny_bundle(), tmp_path / "bundle")
    video = painted_video(tmp_path / "a.mkv", [(0.5, None)] * 30, [k / 25 for k in range(30)])
    (tmp_path / "b.mp4").write_text("no video")
    base = ["annotate", str(tmp_path / "bundle")]
    assert main([*base, str(video), str(tmp_path / "b.mp4"), "--out", str(tmp_path / "out"), "--parquet"]) == 0
    said = capsys.readouterr().out
    assert "a.mkv: 1 s, 30 frames, 100% with a face" in said
    assert "not read: b.mp4" in said
    assert "not a feeling" in said
    assert (tmp_path / "out" / "a" / "recording.parquet").is_file()
    assert main([*base, str(tmp_path / "b.mp4"), "--out", str(tmp_path / "out2")]) == 1
    assert "whatever its name says" in capsys.readouterr().err
    for wrong, why in (
        ([*base, str(tmp_path / "nothing"), "--out", str(tmp_path)], "does not exist"),
        ([*base, str(video)], "--out are needed"),
        ([*base, str(video), "--out", str(tmp_path), "--faces", "9"], "out of range"),
    ):
        assert main(wrong) == 1
        assert why in capsys.readouterr().err


def test_a_full_disk_is_one_sentence_and_what_is_there_stays(tmp_path: Path) -> None:
    video = painted_video(tmp_path / "clip.mkv", [(0.5, None)] * 400, [k / 25 for k in range(400)])
    code = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from samples import tiny_bundle; from video_samples import PaintedFaces\n"
        "from fer_core.live.videos.video import annotate; from fer_core.base.errors import RecordingError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000))\n"
        "try: annotate(tiny_bundle(), sys.argv[1], sys.argv[2], landmarker=PaintedFaces())\n"
        "except RecordingError as error: print(error)\n"
    )
    paths = f"{REPOSITORY}{os.pathsep}{REPOSITORY / 'tests'}"
    done = subprocess.run(
        [sys.executable, "-c", code, str(video), str(tmp_path / "out")],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": paths},
        timeout=120,
        check=False,
    )
    assert "the recording cannot be written" in done.stdout, done.stderr
    assert done.stdout.count("\n") == 1
    kept = rows_of(tmp_path / "out" / "clip")
    assert 20 < len(kept) < 400
    told = annotate(tiny_bundle(), video, tmp_path / "out", landmarker=PaintedFaces())  # space again
    assert [r.frame for r in rows_of(told["folder"])] == list(range(1, 401))


def test_a_video_without_a_picture_that_can_be_read_leaves_no_summary(tmp_path: Path) -> None:
    stamps = [k / 25 for k in range(5)]
    video = write_video(tmp_path / "c.mp4", painted([(0.5, None)] * 5), stamps, movflags="faststart")
    data = video.read_bytes()
    video.write_bytes(data[: data.index(b"mdat") + 14])  # its index is whole, its pictures are gone
    with pytest.raises(MediaError, match=r"no picture of the video can be decoded: .*cut off"):
        annotate(tiny_bundle(), video, tmp_path / "out", landmarker=PaintedFaces())
    assert not list((tmp_path / "out").rglob("summary.json"))


def test_an_out_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    video = painted_video(tmp_path / "clip.mkv", [(0.5, None)] * 5, [k / 25 for k in range(5)])
    (tmp_path / "out").write_text("a file")
    with pytest.raises(RecordingError, match="cannot be written"):
        annotate(tiny_bundle(), video, tmp_path / "out", landmarker=PaintedFaces())


# --- memory -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_memory_does_not_grow_with_the_length_of_the_video(tmp_path: Path) -> None:
    """Resident memory between the first third and the end of 3,000 frames, within 12 MB: the pictures of the
    frames between would be 18 MB."""
    if not Path("/proc/self/statm").exists():
        pytest.skip("the system tells no resident memory")
    short = painted_video(tmp_path / "s.mkv", coming_and_going(600, 2), [k / 25 for k in range(600)])
    long = tmp_path / "long.mkv"
    _loop(short, long, times=5)
    seen: list[tuple[float, int]] = []

    def look(done: float, total: float, text: str) -> None:
        seen.append((done / total, _resident()))

    gc.collect()
    asked = Asked(LiveSettings(max_faces=2))
    told = annotate(
        tiny_bundle(), long, tmp_path, asked=asked, landmarker=PaintedFaces(), progress=look, clock=ticking(0.02)
    )
    assert told["frames"] == 3_000
    third = [r for share, r in seen if 0.25 < share < 0.35]
    end = [r for share, r in seen if share > 0.95]
    assert third and end
    assert min(end) - max(third) < 12 * 2**20
    assert max(end) - min(third) < 12 * 2**20


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _loop(source: Path, target: Path, times: int) -> None:
    """The same packets again and again, at later times."""
    import av

    with av.open(str(target), "w") as out:
        stream, offset = None, 0
        for _ in range(times):
            with av.open(str(source)) as one:
                stream = stream or out.add_stream_from_template(one.streams.video[0])
                last = 0
                for packet in one.demux(video=0):
                    if packet.pts is None:
                        continue
                    last = packet.pts + 40
                    packet.pts += offset
                    packet.dts = packet.pts
                    packet.stream = stream
                    out.mux(packet)
            offset += last


# --- summaries ----------------------------------------------------------------------------------------


def test_a_summary_of_rows_written_by_hand(tmp_path: Path) -> None:
    head = ",".join(columns(("anger", "happiness")))
    file = tmp_path / "recording.csv"
    said = [
        (0.0, 1, "rest", "", 0.1),
        (0.1, 1, "emotion", "happiness", 0.6),
        (0.2, 1, "emotion", "happiness", 0.9),
        (0.5, 1, "emotion", "happiness", 0.7),
        (0.6, 1, "emotion", "anger", 0.2),
        (0.7, "", "no face", "", None),
        (0.8, 1, "unsure", "", 0.3),
        (0.9, 1, "emotion", "happiness", 0.8),
        (3.9, 1, "emotion", "happiness", 0.5),
    ]
    lines = [
        f"{t},{k},{face},{int(face != '')},{state},{emotion},"
        + (",,,,," if p is None else f"{0.8 if emotion == 'anger' else 0.1},{p},0.0,0.1,running,")
        + f"{10 + k},"
        for k, (t, face, state, emotion, p) in enumerate(said)
    ]
    file.write_text("\n".join([head, *lines]) + "\n")
    told = summarise(file, ("anger", "happiness"))
    # Each frame stands for the time until the next, at most 1 s; the last for as long as the one before it.
    lasts = [0.1, 0.1, 0.3, 0.1, 0.1, 0.1, 0.1, 1.0, 1.0]
    total = sum(lasts)
    assert told["share_of_time"]["rest"] == pytest.approx(0.1 / total, abs=1e-4)
    assert told["share_of_time"]["no face"] == pytest.approx(0.1 / total, abs=1e-4)
    assert told["share_of_time"]["emotion"] == pytest.approx(2.6 / total, abs=1e-4)
    assert told["share_of_time_by_emotion"]["happiness"] == pytest.approx(2.5 / total, abs=1e-4)
    assert sum(told["share_of_time"].values()) == pytest.approx(1, abs=1e-3)
    assert told["episodes"] == {"anger": 1, "happiness": 3}
    assert [(e["emotion"], e["start_s"], e["end_s"], e["peak_s"], e["peak"]) for e in told["episode_list"]] == [
        ("happiness", 0.1, 0.6, 0.2, 0.9),
        ("anger", 0.6, 0.7, 0.6, 0.8),
        ("happiness", 0.9, 1.9, 0.9, 0.8),  # the next frame comes three seconds later
        ("happiness", 3.9, 4.9, 3.9, 0.5),
    ]
    assert (told["frames"], told["frames_with_face"], told["duration_s"]) == (9, 8, 3.9)
    assert (told["most_faces"], told["frames_with_several_faces"]) == (1, 0)
    assert told["share_of_time_by_reference"] == {
        "calibrated": 0,
        "running": pytest.approx(2.8 / total, abs=1e-4),
        "guessed": 0,
    }
    assert notes(told) == ["Resting face, in shares of the time with a face: estimated on the way for 100%."]
    assert told["latency_ms"]["p50"] == pytest.approx(14, rel=0.03)
    assert told["latency_ms"]["p95"] == pytest.approx(18, rel=0.03)


def test_the_summary_agrees_with_the_rows_counted_another_way(tmp_path: Path) -> None:
    stamps = uneven(600)
    video = painted_video(tmp_path / "clip.mkv", coming_and_going(600), stamps)
    told = annotate(tiny_bundle(), video, tmp_path / "out", asked=LOW, landmarker=PaintedFaces())
    rows = rows_of(told["folder"])
    times = np.array([r.time_s for r in rows])
    lasts = np.append(np.diff(times), times[-1] - times[-2])
    for state, share in told["share_of_time"].items():
        mine = lasts[[r.state == state for r in rows]].sum() / lasts.sum()
        assert share == pytest.approx(mine, abs=2e-4)
    runs = sum(a.emotion != b.emotion and b.emotion != "" for a, b in itertools.pairwise(rows))
    assert sum(told["episodes"].values()) == runs + (rows[0].emotion != "")
    assert sum(told["episodes"].values()) > 1, "nothing was said: this shows nothing"
    assert all(e["start_s"] <= e["peak_s"] <= e["end_s"] for e in told["episode_list"])
