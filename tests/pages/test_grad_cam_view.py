"""The Grad-CAM panel: its words while it waits, its picture, and what it says where there is nothing."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from image_bundle_samples import band_bundle
from streamlit.testing.v1 import AppTest
from training.images.image_samples import write_npz

from fer_core import runs
from fer_core.base.errors import BundleError
from fer_core.models.images.grad_cam import Heat
from fer_core.results import bundles_and_runs
from ui.models import grad_cam

from .conftest import text

RUN = "images-20260102-030405"


class Answers:
    """In place of the process with TensorFlow in it."""

    words = "Starting TensorFlow in a process of its own"

    def __init__(self) -> None:
        self.asked: list[np.ndarray] = []
        self.future: Future[Heat] = Future()

    def ask(self, folder: Path, picture: np.ndarray) -> Future[Heat]:
        self.asked.append(picture)
        return self.future

    def close(self) -> None: ...


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Answers:
    made = Answers()
    monkeypatch.setattr(grad_cam, "_service", lambda: made)
    return made


@pytest.fixture(autouse=True)
def nothing_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shipped"
    folder.mkdir()
    monkeypatch.setattr(bundles_and_runs, "bundles_dir", lambda: folder)
    return folder


@pytest.fixture
def model(own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A trained model, and a corpus of pictures in the data folder."""
    data = tmp_path / "data"
    data.mkdir()
    write_npz(data / "bars.npz")
    monkeypatch.setenv("FER_LAB_DATA", str(data))
    runs.RunFolder(runs.runs_dir() / RUN).finish()
    return band_bundle(runs.runs_dir() / RUN / "models" / "bands")


def opened(**state: Any) -> AppTest:
    def app() -> None:
        from ui.models import grad_cam

        grad_cam.panel()

    made = AppTest.from_function(app, default_timeout=60)
    for key, value in state.items():
        made.session_state[key] = value
    made.run()
    assert not made.exception, made.exception
    return made


def answered(heat: np.ndarray) -> Heat:
    return Heat(
        ("happiness", "surprise", "neutral"), np.array([0.7, 0.2, 0.1], np.float32), heat, ("last",), (5, 5), "logit"
    )


def test_without_a_model_it_says_so(service: Answers) -> None:
    assert "No image model has been trained here yet" in text(opened())
    assert not service.asked


def test_a_picture_of_a_corpus_its_heat_and_probabilities(service: Answers, model: Path) -> None:
    app = opened(cam_from="corpus")
    assert "Starting TensorFlow" in text(app)
    assert service.asked[0].shape == (24, 24, 1)
    heat = np.zeros((3, 24, 24), np.float32)
    heat[0, 2:6, 2:6] = 1
    heat[2] = 1
    service.future.set_result(answered(heat))
    app.run()
    assert not app.exception
    said = text(app)
    assert (
        "Probability of happiness 0.70" in said
        and "100% of its heat lies in the upper left part of the picture" in said
    )
    assert "from maps of 5 by 5, by the logit" in said and "labelled anger, train part" in said
    assert len(app.get("plotly_chart")) == 2
    app.selectbox(key="cam_class").set_value("surprise").run()
    assert "nothing in its feature maps speaks for it" in text(app)
    app.selectbox(key="cam_class").set_value("neutral").run()
    assert "its heat is spread over the picture" in text(app)
    app.number_input(key="cam_number").set_value(2).run()
    assert not np.array_equal(service.asked[-1], service.asked[0])


def test_heat_in_two_corners_is_not_said_to_lie_in_the_middle() -> None:
    heat = np.zeros((24, 24), np.float32)
    heat[0, 0] = heat[23, 23] = 1
    said = grad_cam._where_words(heat)
    assert said == "100% of its heat lies in the upper left and lower right parts of the picture"


def test_what_goes_wrong_is_one_sentence(service: Answers, model: Path) -> None:
    service.future.set_exception(BundleError("its arrays are not those of lenet5", where="bands", fix="copy"))
    app = opened(cam_from="corpus")
    assert "arrays are not those of lenet5" in app.error[0].value.replace("\\", "")


def test_an_uploaded_photo_is_cut_out_or_read_as_it_is(service: Answers, model: Path, shared_data: Path) -> None:
    app = opened()
    assert "nothing is stored" in text(app)
    photo = shared_data / "fixtures" / "single_face.jpg"
    app.file_uploader(key="cam_file").set_value((photo.name, photo.read_bytes(), "image/jpeg")).run()
    assert not app.exception and service.asked[-1].shape == (24, 24, 1)
    app.toggle(key="cam_as_is").set_value(True).run()
    assert not np.array_equal(service.asked[-1], service.asked[0])
    nobody = shared_data / "fixtures" / "no-faces.jpg"
    app.toggle(key="cam_as_is").set_value(False)
    app.file_uploader(key="cam_file").set_value((nobody.name, nobody.read_bytes(), "image/jpeg")).run()
    assert "No face was found" in app.error[0].value.replace("\\", "")
