"""Live: photo, clip and webcam with the video itself replaced."""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
from pathlib import Path

import pytest
from live_samples import StillFace, film_frame
from run_samples import finished_run
from samples import tiny_bundle
from streamlit.testing.v1 import AppTest

import fer_core.live.media  # noqa: F401 - before `finders` replaces what it takes from the detector
from fer_core.base.errors import LandmarkError, MediaError
from fer_core.landmarks import detector
from fer_core.live.recordings.recorder import Recorder
from fer_core.live.recordings.rows import read_rows
from fer_core.live.state import LiveState
from fer_core.results import bundles_and_runs
from ui.live import camera, help
from ui.live.camera import Camera

from .conftest import Open, text

REAL_VIDEO = camera.video
NAME = "train-20260102-030405"


@pytest.fixture(autouse=True)
def nothing_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No bundle but the test's own."""
    monkeypatch.setattr(bundles_and_runs, "bundles_dir", lambda: tmp_path)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with a bundle, trained once."""
    return finished_run(tmp_path_factory.mktemp("trained"), NAME)


@pytest.fixture
def recogniser(own_home: Path, trained: Path) -> Path:
    """That run in the test's own home."""
    return Path(shutil.copytree(trained, own_home / "runs" / NAME))


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> dict[str, Camera]:
    """In place of the video, which needs a browser: plays when it is asked to."""
    seen: dict[str, Camera] = {}

    def video(shown: Camera, playing: bool | None) -> bool:
        seen["camera"] = shown
        return bool(playing)

    monkeypatch.setattr(camera, "video", video)
    return seen


def switched_on(open_page: Open, **query: str) -> AppTest:
    app = open_page("live", **query)
    app.toggle(key="live_on").set_value(True).run()
    assert not app.exception
    return app


def fed(shown: Camera, seconds: float, begin: float = 0.0) -> LiveState:
    for i in range(round(seconds * 25)):
        shown.frame(film_frame(begin + i / 25))
    return shown.snapshot()


def pressed(app: AppTest, label: str) -> AppTest:
    next(b for b in app.button if b.label == label).click().run()
    assert not app.exception
    return app


def drawn(app: AppTest) -> str:
    """The words that are drawn as HTML."""
    return "\n".join(str(element.proto.body) for element in app.get("html"))


# --- the webcam ----------------------------------------------------------------------------------------


def test_without_a_recogniser_it_says_what_to_do(open_page: Open) -> None:
    app = open_page("live")
    assert "No recogniser yet" in text(app)
    assert "An expression is not a feeling" in text(app)


def test_the_notice_is_always_there(open_page: Open, recogniser: Path, played: dict[str, Camera]) -> None:
    for way in ("webcam", "photo", "clip"):
        said = text(open_page("live", live_way=way))
        assert "not a feeling" in said and "Art. 5(1)(f)" in said and "nothing is stored" in said, way


def test_the_webcam_is_off_until_it_is_switched_on(
    open_page: Open, recogniser: Path, played: dict[str, Camera], finders: list[StillFace]
) -> None:
    app = open_page("live")
    assert "The camera is off" in text(app)
    assert "trained on synthetic landmarks" in text(app)
    assert finders == [], "nothing heavy starts by itself"
    app.toggle(key="live_on").set_value(True).run()
    assert not app.exception
    assert len(finders) == 1
    assert "Waiting for the first frame" in drawn(app)
    fed(played["camera"], 0.2)
    app.run()
    assert any(words in drawn(app) for words in ("Classified as", "comes first with", "At rest"))
    assert "neutral" in drawn(app)
    assert "frames a second" in text(app) and "Measured from a" in text(app)


def test_the_states_in_words(
    open_page: Open, recogniser: Path, played: dict[str, Camera], finders: list[StillFace]
) -> None:
    app = switched_on(open_page)
    pressed(app, "Calibrate")
    fed(played["camera"], 1.0)
    app.run()
    assert "Calibrating the resting face" in drawn(app)
    fed(played["camera"], 4.0, 1.0)
    app.run()
    assert "At rest" in drawn(app)
    assert "your calibrated resting face" in text(app)
    finders[0].faces = []
    fed(played["camera"], 0.2, 5.0)
    app.run()
    assert "The face is lost" in drawn(app) and "as soon as it is back" in text(app)
    pressed(app, "Forget calibration")
    assert played["camera"].snapshot().calibrated is False


def test_several_faces_are_listed(
    open_page: Open, recogniser: Path, played: dict[str, Camera], finders: list[StillFace]
) -> None:
    app = switched_on(open_page, live_faces="4")
    fed(played["camera"], 0.4)
    app.run()
    assert all(f"**Face {k}**" in text(app) for k in (1, 2, 3, 4))
    assert "the largest" in text(app)


def test_the_settings_reach_the_camera_and_the_address(
    open_page: Open, recogniser: Path, played: dict[str, Camera], finders: list[StillFace]
) -> None:
    app = switched_on(open_page, live_hysteresis="0.2", live_smoothing="nonsense")
    app.toggle(key="live_mirror").set_value(True).run()
    app.toggle(key="live_mesh").set_value(False).run()
    app.slider(key="live_threshold").set_value(0.8).run()
    shown = played["camera"]
    assert (shown.look.mirrored, shown.look.mesh, shown.look.threshold) == (True, False, 0.8)
    settings = shown.stream.settings
    assert (settings.threshold, settings.hysteresis, settings.time_constant) == (0.8, 0.2, 0.25)
    assert app.query_params["live_threshold"] == ["0.8"]
    assert "live_smoothing" not in app.query_params
    pressed(app, "Back to the defaults")
    assert (shown.stream.settings.threshold, shown.look.mirrored) == (0.5, False)


def test_settings_are_kept_when_the_page_is_left_and_the_camera_is_off(
    open_page: Open, recogniser: Path, played: dict[str, Camera], finders: list[StillFace]
) -> None:
    app = switched_on(open_page)
    app.slider(key="live_threshold").set_value(0.8).run()
    app.toggle(key="live_mirror").set_value(True).run()
    app.switch_page("pages/notice.py").run()
    app.switch_page("pages/live.py").run()
    assert not app.exception
    assert app.slider(key="live_threshold").value == 0.8
    assert app.toggle(key="live_mirror").value is True
    assert app.toggle(key="live_on").value is False
    assert "The camera is off" in text(app)


def test_another_view_frees_the_face_finder(
    open_page: Open, recogniser: Path, played: dict[str, Camera], finders: list[StillFace]
) -> None:
    app = switched_on(open_page)
    app.segmented_control(key="live_way").set_value("photo").run()
    assert not app.exception
    assert finders[0].closed == 1


def test_why(open_page: Open, recogniser: Path, played: dict[str, Camera], finders: list[StillFace]) -> None:
    app = switched_on(open_page)
    fed(played["camera"], 1.0)
    app.toggle(key="live_why").set_value(True).run()
    assert not app.exception
    assert "skin around the mouth" in drawn(app) and "lips" in drawn(app)
    assert "The face, shaded by what each part says" in drawn(app)
    assert set(played["camera"].look.weights or {}) >= {"lips", "left_brow"}
    app.toggle(key="live_why").set_value(False).run()
    assert played["camera"].look.weights is None


# --- recording ------------------------------------------------------------------------------------------


def test_a_recording_from_record_to_delete(
    open_page: Open, recogniser: Path, played: dict[str, Camera], finders: list[StillFace], own_home: Path
) -> None:
    app = switched_on(open_page)
    fed(played["camera"], 0.4)
    assert not (own_home / "recordings").exists(), "nothing is stored unless asked for"
    app.button(key="live_record").click().run()
    fed(played["camera"], 0.4, 1.0)
    app.run()
    assert "Recording] **10 rows**" in text(app)
    assert played["camera"].look.recording, "the picture says so too"
    app.text_input(key="live_mark_text").set_value("=stimulus 3")
    pressed(app, "Mark")
    fed(played["camera"], 0.4, 2.0)
    app.button(key="live_record_stop").click().run()
    fed(played["camera"], 0.4, 3.0)
    app.run()
    (folder,) = (own_home / "recordings").iterdir()
    rows = list(read_rows(folder / "recording.csv"))
    assert len(rows) == 20, "none after the stop"
    assert rows[10].event == "stimulus 3"
    assert {r.event for i, r in enumerate(rows) if i != 10} == {""}
    assert str(folder.parent) in text(app) and folder.name in text(app)
    assert "No picture is stored" in text(app)
    assert {f.name for f in folder.iterdir()} == {"recording.csv", "recording.json"}
    pressed(app, "Delete")
    assert not folder.exists()
    assert folder.name not in text(app)


def test_the_end_of_the_video_ends_the_recording(
    open_page: Open, recogniser: Path, played: dict[str, Camera], finders: list[StillFace], own_home: Path
) -> None:
    app = switched_on(open_page)
    app.button(key="live_record").click().run()
    fed(played["camera"], 0.4)
    played["camera"].close()
    app.toggle(key="live_on").set_value(False).run()
    assert not app.exception
    assert "10 rows" in text(app) and app.button(key="live_record").disabled


def made_recording(home: Path, name: str, rows: int = 3, *, close: bool = True) -> Path:
    """A recording as an earlier session left it."""
    recorder = Recorder(home / "recordings" / name, ("fear", "anger"), {})
    for k in range(rows):
        recorder.row(LiveState("no face", time_s=k / 25, frames=k + 1))
    if close:
        recorder.close()
    return recorder.folder


def test_recordings_of_earlier_sessions_are_listed_and_can_be_deleted(
    open_page: Open, recogniser: Path, played: dict[str, Camera], own_home: Path
) -> None:
    folders = [made_recording(own_home, f"live-20260102-03040{k}-aaaa", rows=k + 2) for k in range(7)]
    app = open_page("live")
    said = text(app)
    assert all(f.name in said for f in folders)
    assert f"**{folders[3].name}**: 5 rows, 0.2 s" in said.replace("\\", "")
    app.button(key=f"delete_{folders[3].name}").click().run()
    assert not app.exception
    assert not folders[3].exists() and folders[3].name not in text(app)
    assert sum(f.exists() for f in folders) == 6


def test_a_recording_that_another_session_writes_stays(
    open_page: Open, recogniser: Path, played: dict[str, Camera], own_home: Path
) -> None:
    folder = made_recording(own_home, "live-20260102-030405-bbbb", close=False)
    app = open_page("live")
    assert "being recorded" in text(app)
    assert not [b for b in app.button if b.key == f"delete_{folder.name}"]
    old = time.time() - 60
    os.utime(folder / "recording.csv", (old, old))
    app.run()
    assert "3 rows, 0.1 s" in text(app), "broken off, as by a crash"
    app.button(key=f"delete_{folder.name}").click().run()
    assert not folder.exists()


def test_recordings_are_listed_where_the_webcam_cannot_work(
    open_page: Open, recogniser: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made_recording(own_home, "live-20260102-030405-cccc")
    monkeypatch.setattr(help, "secure", lambda: False)
    assert folder.name in text(open_page("live"))


# --- where the webcam does not work -----------------------------------------------------------------------


def fallen_back(app: AppTest, words: str) -> None:
    assert not app.exception
    assert words in text(app).replace("\\", "")
    assert "photo's view instead" in text(app)
    assert any(b.label == "Try the webcam again" for b in app.button)
    assert app.get("file_uploader")


@pytest.mark.parametrize(
    ("address", "secure"),
    [
        ("http://localhost:8501/live", True),
        ("http://127.0.0.1:8501/live", True),
        ("https://lab.example.org/live", True),
        ("http://[::1]:8501/live", True),
        ("http://192.168.1.20:8501/live", False),
        ("http://localhost.example.org/live", False),
        ("http://lab/live", False),
    ],
)
def test_where_a_browser_gives_its_camera(monkeypatch: pytest.MonkeyPatch, address: str, secure: bool) -> None:
    monkeypatch.setattr(help.st, "context", type("Context", (), {"url": address}))
    assert help.secure() is secure


def test_where_no_browser_gives_its_camera_a_photo_can_be_uploaded(
    open_page: Open, recogniser: Path, played: dict[str, Camera], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(help, "secure", lambda: False)
    app = open_page("live")
    assert "served by https" in text(app)
    assert app.get("file_uploader") and not app.get("camera_input")
    assert not played, "no video is tried"


def test_a_library_that_cannot_be_loaded(
    open_page: Open, recogniser: Path, finders: list[StillFace], monkeypatch: pytest.MonkeyPatch
) -> None:
    def video(shown: Camera, playing: bool | None) -> bool:
        raise MediaError("the webcam's library cannot be loaded", where="streamlit-webrtc", fix="install it")

    monkeypatch.setattr(camera, "video", video)
    app = open_page("live")
    fallen_back(app, "The webcam's library cannot be loaded (streamlit-webrtc): install it.")


def test_streamlit_webrtc_missing_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "streamlit_webrtc", None)
    with pytest.raises(MediaError, match=r"streamlit-webrtc.*requirements\.txt"):
        REAL_VIDEO(Camera(tiny_bundle()), True)


def test_mediapipe_missing(
    open_page: Open, recogniser: Path, played: dict[str, Camera], monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_one(*_: object, **__: object) -> StillFace:
        raise LandmarkError("MediaPipe cannot be loaded", fix="install mediapipe")

    monkeypatch.setattr(detector, "open_landmarker", open_one)
    app = switched_on(open_page)
    fallen_back(app, "MediaPipe cannot be loaded: install mediapipe.")


@pytest.mark.parametrize(
    ("signalling", "words", "way"),
    [(False, "has not handed over its camera", "upload"), (True, "STUN or TURN", "take")],
)
def test_a_camera_that_does_not_come_is_explained_with_a_way_out(
    open_page: Open,
    recogniser: Path,
    finders: list[StillFace],
    monkeypatch: pytest.MonkeyPatch,
    signalling: bool,
    words: str,
    way: str,
) -> None:
    asked: list[bool | None] = []

    def video(shown: Camera, playing: bool | None) -> bool:
        asked.append(playing)
        shown.signalling = signalling
        return False

    monkeypatch.setattr(camera, "video", video)
    app = switched_on(open_page)
    assert "Waiting for the camera" in text(app) and words not in text(app)
    app.session_state["_live_asked"] = time.monotonic() - help.SAY_AFTER - 1
    app.run()
    assert words in text(app) and "address bar" in text(app)
    assert asked[-1] is None, "it insists no more"
    label = {"upload": "Upload a photo instead", "take": "Take a photo instead"}[way]
    pressed(app, label)
    app.run()
    assert app.query_params["live_way"] == ["photo"]
    assert bool(app.get("camera_input")) is (way == "take")


def test_at_last_it_gives_up_by_itself(
    open_page: Open, recogniser: Path, finders: list[StillFace], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera, "video", lambda shown, playing: False)
    app = switched_on(open_page)
    app.session_state["_live_asked"] = time.monotonic() - help.PERMIT - 1
    app.run()
    fallen_back(app, "has not handed over its camera")
    pressed(app, "Try the webcam again")
    assert app.toggle(key="live_on").value is True
    assert "Waiting for the camera" in text(app)


# --- photo and clip ---------------------------------------------------------------------------------------


def upload(app: AppTest, key: str, file: Path, mime: str) -> None:
    app.file_uploader(key=key).set_value((file.name, file.read_bytes(), mime)).run()
    assert not app.exception


SAID = ("Classified as", "comes first with", "At rest")


def test_a_photo(open_page: Open, recogniser: Path, shared_data: Path) -> None:
    app = open_page("live", live_way="photo")
    assert "No photo yet" in text(app)
    upload(app, "live_photo_file", shared_data / "fixtures" / "single_face.jpg", "image/jpeg")
    assert any(words in text(app) for words in SAID)
    assert "One photo, 1 face. Its resting face is guessed." in text(app)
    assert "they sum to 1" in text(app)
    assert "With a guessed resting face" in text(app)
    upload(app, "live_photo_file", shared_data / "fixtures" / "multi_face.jpg", "image/jpeg")
    assert "One photo, 3 faces." in text(app)
    assert "only the largest is read, the one whose middle lies 27% from the left" in text(app)
    upload(app, "live_photo_file", shared_data / "fixtures" / "no-faces.jpg", "image/jpeg")
    assert "No face was found" in app.error[0].value.replace("\\", "")


def test_a_file_that_is_no_photo(open_page: Open, recogniser: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "holiday.png"
    wrong.write_text("this is no picture")
    app = open_page("live", live_way="photo")
    upload(app, "live_photo_file", wrong, "image/png")
    assert len(app.error) == 1
    assert "holiday" in app.error[0].value


def test_a_clip_with_and_without_a_resting_first_frame(open_page: Open, recogniser: Path, shared_data: Path) -> None:
    app = open_page("live", live_way="clip")
    upload(app, "live_clip_file", shared_data / "fixtures" / "single_face.mp4", "video/mp4")
    assert "Its first frame is taken as the resting face" in text(app)
    assert re.search(r"Frame \d+: of those that were read, by itself it speaks most for \w+\.", text(app))
    first = app.session_state["_clip_read"][1]
    app.toggle(key="live_clip_neutral").set_value(False).run()
    assert "Its resting face is guessed" in text(app)
    assert app.session_state["_clip_read"][1] is first, "the face is not looked for twice"
