"""Videos: choosing, starting, following, results, stopped and lost runs, and what is empty."""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import asdict
from pathlib import Path

import pytest
from run_samples import finished_run
from samples import tiny_bundle
from video_samples import PaintedFaces, painted, write_video

from fer_core import runs
from fer_core.live.settings import LiveSettings
from fer_core.live.videos import jobs as video_jobs
from fer_core.live.videos.folder import Asked
from fer_core.live.videos.queue import annotate_all
from fer_core.results import bundles_and_runs
from ui.videos import words

from .conftest import Open, button, read, table, text

NAME = "train-20260102-030405"
RUN = "annotate-20260102-030405"
LOW = Asked(LiveSettings(threshold=0.2), parquet=True)


@pytest.fixture(autouse=True)
def nothing_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles_and_runs, "bundles_dir", lambda: tmp_path / "none")


@pytest.fixture
def recogniser(own_home: Path) -> Path:
    return finished_run(own_home, NAME)


def film(file: Path, frames: int = 30) -> Path:
    """A video with a painted face in two thirds of its frames."""
    levels = [(None if k % 3 == 2 else k / frames, None) for k in range(frames)]
    return write_video(file, painted(levels), [k / 25 for k in range(frames)], codec="ffv1", pixels="bgr0")


@pytest.fixture(scope="module")
def read_videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clips folder as a finished run leaves it: two videos, and one that is none."""
    folder = tmp_path_factory.mktemp("read")
    videos = [film(folder / "a_b.mkv"), film(folder / "second.mkv", 900), folder / "not*one.mp4"]
    videos[2].write_text("no video")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fer_core.live.videos.queue.open_face_finder", PaintedFaces)
        annotate_all(tiny_bundle(), videos, folder / "clips", asked=LOW)
    return folder / "clips"


def made_run(
    clips: Path | None, state: str = "done", name: str = RUN, videos: tuple[str, ...] = ("/gone/x.mkv",)
) -> Path:
    folder = runs.runs_dir() / name
    folder.mkdir()
    now = time.time()
    pid = os.getpid() if state == "running" else 0
    status = runs.Status(state, 5, 20, "Reading x.mkv, seconds of video", now - 30, now, pid)  # type: ignore[arg-type]
    (folder / runs.STATUS).write_text(json.dumps(asdict(status)))
    order = video_jobs.Order("/somewhere/tiny", videos, LOW, uploaded=False)
    (folder / video_jobs.ORDER).write_text(json.dumps(order.to_json()))
    if clips is not None:
        shutil.copytree(clips, folder / video_jobs.CLIPS)
    return folder


def test_without_a_recogniser_the_page_offers_the_way_to_one(open_page: Open) -> None:
    app = open_page("videos")
    assert "No recogniser yet" in text(app)
    assert "An expression is not a feeling" in text(app)
    assert "prohibited in the EU" in text(app)


def test_without_a_video_nothing_can_be_started(open_page: Open, recogniser: Path) -> None:
    app = open_page("videos")
    assert button(app, "Read the videos").disabled  # type: ignore[attr-defined]
    assert "Choose a video to begin" in text(app)
    assert len(app.get("file_uploader")) == 1


def test_a_video_of_the_data_folder_is_read_with_the_settings_chosen(
    open_page: Open, recogniser: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    films = tmp_path / "data" / "films"
    films.mkdir(parents=True)
    film(films / "one.mkv")
    (films / "notes.txt").write_text("no video")
    monkeypatch.setenv("FER_LAB_DATA", str(tmp_path / "data"))
    started: list[list[str]] = []
    monkeypatch.setattr(runs, "start", lambda arguments, folder: started.append(list(arguments)) or folder)
    app = open_page("videos", videos_from="folder", videos_neutral="first", videos_faces="2")
    assert app.multiselect[0].options == ["films/one.mkv"]
    app.multiselect[0].set_value(["films/one.mkv"]).run()
    button(app, "Read the videos").click().run()  # type: ignore[attr-defined]
    assert not app.exception
    (arguments,) = started
    order = video_jobs.order_of(Path(arguments[arguments.index("--run") + 1]))
    assert order is not None
    assert order.videos == (str(films / "one.mkv"),)
    assert (order.asked.calibrate, order.asked.settings.max_faces, order.asked.parquet) == ("first", 2, True)
    assert Path(order.bundle) == recogniser / "bundle"
    assert not order.uploaded


@pytest.mark.parametrize(
    ("path", "why"), [("/etc", "outside the folders"), ("nothing", "does not exist"), (".", "there is no video")]
)
def test_a_path_outside_or_without_a_video_is_one_sentence(
    open_page: Open, recogniser: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, why: str
) -> None:
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("FER_LAB_DATA", str(tmp_path / "data"))
    app = open_page("videos", videos_from="folder")
    app.text_input[0].set_value(path).run()
    button(app, "Read the videos").click().run()  # type: ignore[attr-defined]
    assert not app.exception
    assert why in read(app).replace("There", "there")
    assert video_jobs.known() == []


def test_a_link_out_of_the_data_folder_is_not_followed(
    open_page: Open, recogniser: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    film(tmp_path / "secret.mkv")
    (tmp_path / "data" / "link.mkv").symlink_to(tmp_path / "secret.mkv")
    monkeypatch.setenv("FER_LAB_DATA", str(tmp_path / "data"))
    app = open_page("videos", videos_from="folder")
    app.text_input[0].set_value(str(tmp_path / "data")).run()
    button(app, "Read the videos").click().run()  # type: ignore[attr-defined]
    assert "1 linked file" in read(app)  # named, not followed
    assert video_jobs.known() == []


def test_a_run_that_goes_on_shows_progress_and_can_be_stopped(
    open_page: Open, recogniser: Path, read_videos: Path
) -> None:
    folder = made_run(None, "running")
    app = open_page("videos")
    assert "x.mkv, with tiny" in read(app)
    assert "left" in app.get("progress")[0].proto.text
    assert button(app, "Read the videos").disabled  # type: ignore[attr-defined]
    button(app, "Stop").click().run()  # type: ignore[attr-defined]
    assert (folder / runs.CANCEL).exists()
    assert "Stopping" in text(app)


def test_a_finished_run_shows_each_video_with_its_files(open_page: Open, recogniser: Path, read_videos: Path) -> None:
    folder = made_run(read_videos)
    app = open_page("videos")
    said = read(app)
    assert "2 videos, 37 s, a face in 67% of 930 frames" in said
    assert "not*one.mp4" in said and "whatever its name says" in said
    whole = table(app, "share_with_face")
    assert list(whole["video"]) == ["a_b.mkv", "second.mkv", "not*one.mp4"]
    assert len(app.get("plotly_chart")) == 1
    names = {b.proto.label for b in app.get("download_button")}
    assert {"Figure", "Table, CSV", "Table, Parquet", "What the columns mean", "Summary", "CSV"} <= names
    app.selectbox(key="videos_clip").set_value("2. second.mkv").run()
    assert not app.exception
    assert "36 s, 900 frames" in read(app)
    app.slider[-1].set_value((10.0, 12.0)).run()
    assert not app.exception
    assert str(folder) in read(app) and "no pictures" in read(app)
    assert app.query_params["videos"] == [RUN] or app.query_params["videos"] == RUN


def test_the_run_in_the_address_is_shown_and_another_can_be_chosen(
    open_page: Open, recogniser: Path, read_videos: Path
) -> None:
    made_run(read_videos)
    later = "annotate-20260202-030405"
    made_run(read_videos, name=later, videos=("/gone/y.mkv", "/gone/z.mkv"))
    app = open_page("videos")
    assert "y.mkv and 1 more" in read(app)
    again = open_page("videos", videos=RUN)
    assert again.subheader[0].value.startswith("x.mkv")
    again.selectbox(key="videos_run").set_value(later).run()
    assert again.subheader[0].value.startswith("y.mkv")
    assert open_page("videos", videos="../../etc")  # no run of this kind: the newest is shown


def test_a_stopped_run_keeps_what_it_has_and_can_go_on(
    open_page: Open, recogniser: Path, read_videos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = film(tmp_path / "still_there.mkv")
    folder = made_run(read_videos, "cancelled", videos=(str(video),))
    (folder / "clips" / "half").mkdir()
    shutil.copy(folder / "clips" / "a_b" / "recording.csv", folder / "clips" / "half")
    (folder / runs.CANCEL).touch()
    started: list[list[str]] = []
    monkeypatch.setattr(runs, "start", lambda arguments, folder: started.append(list(arguments)) or folder)
    app = open_page("videos")
    assert "What was read so far is kept" in text(app)
    assert "Table so far, CSV" in {b.proto.label for b in app.get("download_button")}
    assert "half, as far as it was read" in read(app)
    button(app, "Go on where it stopped").click().run()  # type: ignore[attr-defined]
    assert started == [["annotate", "--order", str(folder / "order.json"), "--run", str(folder)]]
    assert not (folder / runs.CANCEL).exists()


def test_a_lost_run_whose_videos_are_gone_does_not_offer_to_go_on(
    open_page: Open, recogniser: Path, read_videos: Path
) -> None:
    made_run(read_videos, "lost")
    app = open_page("videos")
    assert "ended without a word" in text(app)
    assert "Go on where it stopped" not in [b.label for b in app.button]


def test_a_run_can_be_deleted_with_everything_in_it(open_page: Open, recogniser: Path, read_videos: Path) -> None:
    folder = made_run(read_videos)
    app = open_page("videos")
    button(app, "Delete this run").click().run()  # type: ignore[attr-defined]
    assert not app.exception
    assert not folder.exists()
    assert "Read a first video" in text(app)


def test_a_damaged_result_is_one_sentence(open_page: Open, recogniser: Path, read_videos: Path) -> None:
    folder = made_run(read_videos)
    (folder / "clips" / "a_b" / "recording.csv").write_text("nonsense\n1\n")
    app = open_page("videos")
    assert "the recording cannot be read" in read(app).lower()
    shutil.rmtree(folder / "clips" / "a_b")
    assert "gone" in read(open_page("videos"))


def test_the_table_over_all_videos_is_headed_in_words() -> None:
    assert words.summary_column("share_no_face") == ("time no face", "percent")
    assert words.summary_column("share_fear") == ("time fear", "percent")
    assert words.summary_column("share_with_face") == ("frames with a face", "percent")
    assert words.summary_column("episodes_fear") == ("episodes of fear", "%d")
    assert words.summary_column("video") is None
