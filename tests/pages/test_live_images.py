"""The Live and Videos pages with an image model: in the picker, on the webcam, a photo and a clip."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from image_bundle_samples import band_bundle
from live_samples import StillFace, film_frame
from stream_samples import obedient_bundle

import fer_core.live.media  # noqa: F401 - before `finders` replaces what it takes from the detector
from fer_core import runs
from fer_core.live.images.stream import ImageStream
from fer_core.live.recordings.recorder import Recorder
from fer_core.live.recordings.rows import read_rows
from fer_core.live.stream import LiveStream
from fer_core.models.images.bundle import load_image_bundle
from fer_core.results import bundles_and_runs
from ui.live.camera import Camera

from .conftest import Open, text
from .test_live import drawn, fed, played, switched_on, upload  # noqa: F401 - `played` is a fixture

RUN = "images-20260102-030405"
NAME = f"image:{RUN}/bands"


@pytest.fixture(autouse=True)
def nothing_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles_and_runs, "bundles_dir", lambda: tmp_path)


@pytest.fixture
def model(own_home: Path) -> Path:
    """An image experiment of the test's home, with one trained model."""
    runs.RunFolder(runs.runs_dir() / RUN).finish()
    return band_bundle(runs.runs_dir() / RUN / "models" / "bands")


def test_on_the_webcam(
    open_page: Open,
    model: Path,
    played: dict[str, Camera],  # noqa: F811
    finders: list[StillFace],
) -> None:
    app = switched_on(open_page, model=NAME)
    assert "image model" in app.selectbox(key="live_model").options[0]
    assert not {"Calibrate", "Forget calibration"} & {b.label for b in app.button}
    state = fed(played["camera"], 1.0)
    assert isinstance(played["camera"].stream, ImageStream) and state.people
    app.run()
    assert "Unsure" in drawn(app) and "Measured from" not in text(app)
    assert "read by the image model alone" in text(app)
    app.toggle(key="live_why").set_value(True).run()
    assert not app.exception
    assert "patch" in text(app) and "The picture of the face, its patches shaded" in drawn(app)
    assert played["camera"].look.weights is None
    assert "Model" in [d.label for d in app.get("download_button")]  # the ONNX file


def test_a_photo_and_a_clip(open_page: Open, model: Path, shared_data: Path) -> None:
    fixtures = shared_data / "fixtures"
    app = open_page("live", live_way="photo", model=NAME)
    upload(app, "live_photo_file", fixtures / "single_face.jpg", "image/jpeg")
    assert "One photo, 1 face. The face is cut out, made level, and read as a picture" in text(app)
    upload(app, "live_photo_file", fixtures / "no-faces.jpg", "image/jpeg")
    assert "No face was found" in app.error[0].value.replace("\\", "")
    app = open_page("live", live_way="clip", model=NAME)
    assert not [t for t in app.toggle if t.key == "live_clip_neutral"]
    upload(app, "live_clip_file", fixtures / "single_face.mp4", "video/mp4")
    assert "the last one with a face is read, frame" in text(app)


def test_the_recogniser_may_change_its_kind_while_the_camera_runs(model: Path, finders: list[StillFace]) -> None:
    shown = Camera(obedient_bundle())
    shown.open()
    shown.calibrate()
    for k in range(90):
        shown.frame(film_frame(k / 25))
    resting = shown.stream.neutral
    assert isinstance(shown.stream, LiveStream) and resting is not None
    shown.use(load_image_bundle(model, arrays=False))
    for k in range(90, 100):
        shown.frame(film_frame(k / 25))
    assert isinstance(shown.stream, ImageStream) and shown.problem is None and shown.snapshot().people
    shown.use(obedient_bundle())
    np.testing.assert_array_equal(shown.stream.neutral, resting)


def test_a_recording_of_it_has_no_resting_face(model: Path, finders: list[StillFace], tmp_path: Path) -> None:
    bundle = load_image_bundle(model, arrays=False)
    shown = Camera(bundle)
    shown.open()
    shown.record(recorder := Recorder(tmp_path / "r", bundle.emotions, {"source": "webcam"}))
    fed(shown, 0.4)
    shown.stop_recording()
    rows = list(read_rows(recorder.csv()))
    assert len(rows) == 10
    assert {(r.motion, r.reference) for r in rows} == {(None, "")}
    assert set(rows[0].probabilities) == {"happiness", "surprise", "neutral"}


@pytest.mark.slow
def test_a_video_is_read_by_it(model: Path, tmp_path: Path, shared_data: Path) -> None:
    from fer_core.cli.main import main

    video = shared_data / "fixtures" / "face_noface.mov"
    assert main(["annotate", str(model), str(video), "--out", str(tmp_path / "out")]) == 0
    (clip,) = json.loads((tmp_path / "out" / "result.json").read_text())["clips"]
    assert clip["bundle"] == "bands" and 0 < clip["share_with_face"] < 1
    band_bundle(model, gain=1.0)  # another model of that name: another reading
    assert main(["annotate", str(model), str(video), "--out", str(tmp_path / "out")]) == 0
    assert len([f for f in (tmp_path / "out").iterdir() if f.is_dir()]) == 2
