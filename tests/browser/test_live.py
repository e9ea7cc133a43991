"""The webcam, through a real browser: a fake camera films a face, the page says what it is classified as."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from run_samples import finished_run

from .conftest import REPOSITORY, SLOW, press, said, severe, visit, wait_for, whole_page

RUN = "train-20260102-030405"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of a still face for Chromium's fake camera: JPEG pictures, one after the other.

    The face is the astronaut Eileen Collins', photographed by NASA, in the public domain.
    """
    cv2 = pytest.importorskip("cv2")
    data = pytest.importorskip("skimage.data")
    face = cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)
    picture = cv2.copyMakeBorder(cv2.resize(face, (480, 480)), 0, 0, 80, 80, cv2.BORDER_REPLICATE)
    fine, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 92])
    assert fine
    file: Path = tmp_path_factory.mktemp("film") / "face.mjpeg"
    file.write_bytes(jpeg.tobytes() * 30)
    return file


@pytest.fixture(scope="module")
def address(start_server: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """A server whose home holds one finished run with a bundle."""
    home = tmp_path_factory.mktemp("live_home")
    finished_run(home, RUN)
    return start_server(FER_LAB_HOME=str(home))


def switch(driver: Any, label: str) -> None:
    """Turn the toggle of that label."""
    find = (
        "const found = [...document.querySelectorAll('[data-testid=\"stCheckbox\"] label')].find("
        "e => e.innerText.trim().startsWith(arguments[0])); return found && found.querySelector('input')"
    )
    toggle = wait_for(lambda: driver.execute_script(find, label), f"no toggle {label!r}")
    driver.execute_script("arguments[0].click()", toggle)  # the middle of its label is its help sign


def test_a_face_before_the_camera_is_found_and_read(
    address: str, open_browser: Callable[..., Any], film: Path, tmp_path: Path
) -> None:
    driver = open_browser(
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
        "--disable-features=WebRtcHideLocalIpsWithMdns",
    )
    visit(driver, f"{address}/live?model={RUN}")
    assert "The camera is off" in said(driver)
    assert "trained on synthetic landmarks" in said(driver)
    switch(driver, "Camera")
    reading = r"(Classified as (anger|happiness|surprise), probability|comes first with) 0\.\d\d"
    wait_for(lambda: re.search(reading, said(driver)), f"no reading:\n{said(driver)}")
    wait_for(lambda: "a guessed resting face" in said(driver), "it does not say what it measures from")
    speed = r"\d+ frames a second, \d+ ms each"
    wait_for(lambda: re.search(speed, said(driver)), "it does not say how fast it is")

    press(driver, "Calibrate")
    wait_for(lambda: "your calibrated resting face" in said(driver), f"not calibrated:\n{said(driver)}")
    # A picture that stands still is at rest once it has been calibrated to.
    wait_for(lambda: "At rest" in said(driver), f"not at rest:\n{said(driver)}", SLOW / 3)
    whole_page(driver, tmp_path / "live.png")

    switch(driver, "Camera")
    wait_for(lambda: "The camera is off" in said(driver), "the camera does not stop")
    assert severe(driver) == []


def test_the_picture_for_the_fake_camera_is_not_in_the_repository() -> None:
    faces = [*REPOSITORY.glob("assets/**/*.jpg"), *REPOSITORY.glob("**/*.mjpeg")]
    assert [f for f in faces if ".venv" not in f.parts] == []
