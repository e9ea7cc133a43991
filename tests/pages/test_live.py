"""Live: photo, clip and webcam with the video itself replaced, and what the camera's thread runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
from run_samples import finished_run
from samples import tiny_bundle
from streamlit.testing.v1 import AppTest

import fer_core.live.media  # noqa: F401 - before `finders` replaces what it takes from the detector
from fer_core.landmarks import detector, mesh
from fer_core.live.stream import LiveState
from fer_core.results import sources
from ui import camera, live_view
from ui.camera import Camera

from .conftest import Open, text

NAME = "train-20260102-030405"
FACE = (mesh.template() * 0.2 + [0.6, 0.5]).astype(np.float32)


class StillFace:
    """A landmarker that always finds the same face."""

    name = "still face"

    def __init__(self) -> None:
        self.closed = self.asked = 0

    def detect(self, image: np.ndarray) -> list[np.ndarray]:
        assert not self.closed, "a closed face finder was asked"
        self.asked += 1
        return [FACE]

    def reset(self) -> None: ...

    def close(self) -> None:
        self.closed += 1


@pytest.fixture(autouse=True)
def nothing_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No bundle but the test's own."""
    monkeypatch.setattr(sources, "bundles_dir", lambda: tmp_path)


@pytest.fixture
def recogniser(own_home: Path) -> Path:
    """A finished run with a bundle."""
    return finished_run(own_home, NAME)


@pytest.fixture
def finders(monkeypatch: pytest.MonkeyPatch) -> list[StillFace]:
    """Face finders that see a still face instead of MediaPipe; those that were opened."""
    opened: list[StillFace] = []

    def open_one(*_: object, **__: object) -> StillFace:
        opened.append(StillFace())
        return opened[-1]

    monkeypatch.setattr(detector, "open_landmarker", open_one)
    return opened


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> dict[str, Camera]:
    """In place of the video, which needs a browser: plays when it is asked to."""
    seen: dict[str, Camera] = {}

    def video(shown: Camera, playing: bool) -> bool:
        seen["camera"] = shown
        return playing

    monkeypatch.setattr(camera, "video", video)
    return seen


def film_frame(seconds: float, size: tuple[int, int] = (120, 160)) -> object:
    av = pytest.importorskip("av")
    frame = av.VideoFrame.from_ndarray(np.full((*size, 3), 90, dtype=np.uint8), format="rgb24")
    from fractions import Fraction

    frame.pts, frame.time_base = round(seconds * 90_000), Fraction(1, 90_000)
    return frame


# --- the page -------------------------------------------------------------------------------------------


def test_without_a_recogniser_it_says_what_to_do(open_page: Open) -> None:
    app = open_page("live")
    assert "No recogniser yet" in text(app)
    assert "An expression is not a feeling" in text(app)


def test_the_webcam_is_off_until_it_is_switched_on(
    open_page: Open, recogniser: Path, played: dict[str, Camera], finders: list[StillFace]
) -> None:
    app = open_page("live")
    assert "The camera is off" in text(app)
    assert "nothing is stored" in text(app)
    assert "trained on synthetic landmarks" in text(app)
    assert finders == [], "nothing heavy starts by itself"
    app.toggle(key="live_on").set_value(True).run()
    assert not app.exception
    assert len(finders) == 1
    assert "Waiting for the first frame" in text(app)
    for i in range(5):
        played["camera"].frame(film_frame(i / 25))
    app.run()
    assert "Measured from a guessed resting face" in text(app)
    assert any(words in text(app) for words in ("Classified as", "comes first with", "At rest"))


def test_the_switches_reach_the_camera(
    open_page: Open, recogniser: Path, played: dict[str, Camera], finders: list[StillFace]
) -> None:
    app = open_page("live")
    app.toggle(key="live_on").set_value(True).run()
    app.toggle(key="live_mirror").set_value(True).run()
    app.toggle(key="live_mesh").set_value(False).run()
    app.slider(key="live_threshold").set_value(0.8).run()
    shown = played["camera"]
    assert (shown.mirrored, shown.mesh, shown.stream.threshold) == (True, False, 0.8)
    next(b for b in app.button if b.label == "Calibrate").click().run()
    for i in range(100):
        state = camera_state(shown, i / 25)
    assert state.calibrated
    next(b for b in app.button if b.label == "Guess instead").click().run()
    assert camera_state(shown, 5.0).calibrated is False


def camera_state(shown: Camera, seconds: float) -> LiveState:
    shown.frame(film_frame(seconds))
    return shown.snapshot()


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
def test_where_a_browser_gives_its_camera(
    monkeypatch: pytest.MonkeyPatch, address: str, secure: bool
) -> None:
    monkeypatch.setattr(live_view.st, "context", type("Context", (), {"url": address}))
    assert live_view._secure() is secure


def upload(app: AppTest, key: str, file: Path, mime: str) -> None:
    app.file_uploader(key=key).set_value((file.name, file.read_bytes(), mime)).run()
    assert not app.exception


def test_a_photo(open_page: Open, recogniser: Path, shared_data: Path) -> None:
    app = open_page("live", live_way="Photo")
    assert "No photo yet" in text(app)
    upload(app, "live_photo_file", shared_data / "fixtures" / "single_face.jpg", "image/jpeg")
    assert "Classified as" in text(app)
    assert "One photo, 1 face. Its resting face is guessed." in text(app)
    upload(app, "live_photo_file", shared_data / "fixtures" / "no-faces.jpg", "image/jpeg")
    assert "No face was found" in app.error[0].value.replace("\\", "")


def test_a_file_that_is_no_photo(open_page: Open, recogniser: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "holiday.png"
    wrong.write_text("this is no picture")
    app = open_page("live", live_way="Photo")
    upload(app, "live_photo_file", wrong, "image/png")
    assert len(app.error) == 1
    assert "holiday" in app.error[0].value


def test_a_clip_with_and_without_a_resting_first_frame(
    open_page: Open, recogniser: Path, shared_data: Path
) -> None:
    app = open_page("live", live_way="Clip")
    upload(app, "live_clip_file", shared_data / "fixtures" / "single_face.mp4", "video/mp4")
    assert "its first frame is taken as the resting face" in text(app)
    first = app.session_state["_clip_read"][1]
    app.toggle(key="live_clip_neutral").set_value(False).run()
    assert "its resting face is guessed" in text(app)
    assert app.session_state["_clip_read"][1] is first, "the face is not looked for twice"


# --- the camera's thread ----------------------------------------------------------------------------------


def test_frames_come_back_with_the_mesh_drawn(finders: list[StillFace]) -> None:
    shown = Camera(tiny_bundle())
    plain = film_frame(0.0)
    assert shown.frame(plain) is plain, "before it is opened, frames go back as they came"
    shown.open()
    shown.open()
    assert len(finders) == 1
    back = shown.frame(film_frame(0.04)).to_ndarray(format="rgb24")
    assert back.shape == (120, 160, 3)
    assert (np.abs(back.astype(int) - 90) > 20).any(axis=-1).sum() > 200
    shown.mesh = shown.label = False
    back = shown.frame(film_frame(0.08)).to_ndarray(format="rgb24")
    assert np.abs(back.astype(int) - 90).max() < 10


def test_of_queued_frames_the_newest_is_read_and_the_others_counted(finders: list[StillFace]) -> None:
    shown = Camera(tiny_bundle())
    shown.open()
    back = asyncio.run(shown.frames([film_frame(i / 25) for i in range(4)]))
    assert len(back) == 1
    state = shown.snapshot()
    assert (finders[0].asked, state.frames, state.dropped) == (1, 1, 3)
    assert state.time_s == pytest.approx(3 / 25)


def test_a_closed_camera_frees_the_face_finder_and_opens_again(finders: list[StillFace]) -> None:
    shown = Camera(tiny_bundle())
    shown.open()
    shown.close()
    shown.close()
    assert finders[0].closed == 1
    shown.frame(film_frame(1.0))
    assert shown.snapshot().kind == "waiting"
    shown.open()
    shown.frame(film_frame(2.0))
    assert shown.snapshot().faces == 1


def test_another_recogniser_keeps_the_calibrated_face(finders: list[StillFace]) -> None:
    shown = Camera(tiny_bundle())
    shown.open()
    shown.stream.calibrate()
    shown.stream.threshold = 0.7
    for i in range(100):
        shown.frame(film_frame(i / 25))
    other = tiny_bundle(("fear", "sadness"))
    shown.use(other)
    shown.frame(film_frame(5.0))
    state = shown.snapshot()
    assert set(state.probabilities) == {"fear", "sadness"}
    assert state.calibrated
    assert shown.stream.threshold == 0.7
    assert len(finders) == 1


def test_no_server_is_asked_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    class Secrets(dict):  # type: ignore[type-arg]
        def load_if_toml_exists(self) -> bool:
            return bool(self)

    monkeypatch.setattr(camera.st, "secrets", Secrets())
    assert camera.ice_servers() == []
    turn = {"urls": "turn:example.org", "username": "a", "credential": "b"}
    monkeypatch.setattr(camera.st, "secrets", Secrets(webrtc={"ice_servers": [turn]}))
    assert camera.ice_servers() == [turn]
    monkeypatch.setattr(camera.st, "secrets", Secrets(other={}))
    assert camera.ice_servers() == []
