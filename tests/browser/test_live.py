"""The webcam, through a real browser: a fake camera films a face that changes."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from fer_core.cli.main import main
from fer_core.live.recordings.rows import read_rows

from . import films
from .conftest import REPOSITORY, narrow, press, said, settle, severe, sideways, visit, wait_for, whole_page

MODEL = "shipped%3Ackplus-live"
REST = 12.0
"""Seconds at rest in a film, which then shows an expression for `films.HELD` seconds and begins again."""
ROUND = 1.6 * (REST + films.HELD)
"""Seconds in which a film has been through rest, expression and rest, wherever in it one begins to look."""
FAKE_CAMERA = (
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Films of a face that shows an emotion now and then; each made once."""
    pytest.importorskip("cv2")
    pytest.importorskip("skimage.data")
    folder = tmp_path_factory.mktemp("films")

    def made(emotion: str) -> Path:
        file: Path = folder / f"{emotion}.mjpeg"
        if not file.exists():
            films.expression_film(file, emotion, rest=REST, strength=1.5)
        return file

    return made


def camera(film: Path) -> tuple[str, ...]:
    """Chromium's flags for a camera that plays a film."""
    return (*FAKE_CAMERA, f"--use-file-for-fake-video-capture={film}")


def switch(driver: Any, label: str) -> None:
    """Turn the toggle of that label."""
    find = (
        "const found = [...document.querySelectorAll('[data-testid=\"stCheckbox\"] label')].find("
        "e => e.innerText.trim().startsWith(arguments[0])); return found && found.querySelector('input')"
    )
    toggle = wait_for(lambda: driver.execute_script(find, label), f"no toggle {label!r}")
    driver.execute_script("arguments[0].click()", toggle)  # the middle of its label is its help sign


def start(driver: Any, address: str, query: str = "") -> None:
    """Open the page, turn the camera on, wait until frames are read."""
    visit(driver, f"{address}/live?model={MODEL}{query}")
    assert "The camera is off" in said(driver)
    switch(driver, "Camera")
    speed = r"\d+ frames a second, half of them read within \d+ ms"
    wait_for(lambda: re.search(speed, said(driver)), f"no frames:\n{said(driver)}")


def state(driver: Any) -> str:
    """What is said of the face: an emotion's name, ``rest``, or anything else the page says."""
    found = re.search(r"Classified as (\w+)|(At rest)|(Unsure|Calibrating|No face|The face is lost)", said(driver))
    return "" if found is None else found[1] or ("rest" if found[2] else found[3])


def goes_through(driver: Any, emotion: str) -> list[str]:
    """Calibrate, and watch until the face was at rest, showed the emotion and was at rest again.

    The film may show the emotion at the moment of calibrating: then it is calibrated anew.
    """
    for _ in range(6):
        wait_for(lambda: "Calibrate" in said(driver), f"the camera is gone:\n{said(driver)}")
        press(driver, "Calibrate")
        wait_for(lambda: "your calibrated resting face" in said(driver), f"not calibrated:\n{said(driver)}")
        seen, end = [""], time.monotonic() + ROUND
        while time.monotonic() < end:
            if (now := state(driver)) != seen[-1]:
                seen.append(now)
            if all(step in seen for step in ("rest", emotion)) and "rest" in seen[seen.index(emotion) :]:
                return seen
            time.sleep(0.1)
    raise AssertionError(f"{emotion} was not seen between rests: {seen}\n{said(driver)}")


def server_log(server_home: Path, address: str) -> str:
    """What the server wrote to its terminal."""
    return (server_home / f"server-{address.rpartition(':')[2]}.log").read_text(errors="replace")


def test_a_changing_expression_is_followed_and_explained(
    server: str, open_browser: Callable[..., Any], film: Callable[..., Path], tmp_path: Path
) -> None:
    driver = open_browser(*camera(film("surprise")))
    start(driver, server)
    seen = goes_through(driver, "surprise")
    assert seen.index("rest") < seen.index("surprise"), seen
    assert set(seen) <= {"", "Calibrating", "rest", "Unsure", "surprise"}, "no other emotion was said"
    switch(driver, "Why")
    wait_for(lambda: "skin around the mouth" in said(driver), "it does not say why")
    wait_for(lambda: re.search(r"speaks? for \w+", said(driver)), "it does not say what speaks for it")
    whole_page(driver, tmp_path / "live.png")
    with narrow(driver):
        assert not sideways(driver), "on a telephone it runs off the side"

    switch(driver, "Camera")
    wait_for(lambda: "The camera is off" in said(driver), "the camera does not stop")
    assert "frames a second" not in said(driver)
    assert severe(driver) == []


def test_a_filmed_clip_of_a_person_is_followed(
    server: str, open_browser: Callable[..., Any], shared_data: Path, tmp_path: Path
) -> None:
    from fer_core.datasets.catalog import open_corpus

    corpus = open_corpus(str(shared_data / "ckplus_sample"))
    clip = next(c for c in corpus.clips if c.emotion == "surprise")
    driver = open_browser(*camera(films.clip_film(tmp_path / "clip.mjpeg", list(clip.frames), rest=REST)))
    start(driver, server)
    assert "surprise" in goes_through(driver, "surprise")


def test_a_recording_has_rows_with_rising_time_stamps_and_the_marker(
    server: str, server_home: Path, open_browser: Callable[..., Any], film: Callable[..., Path]
) -> None:
    shelf = server_home / "recordings"
    shutil.rmtree(shelf, ignore_errors=True)  # what other tests have recorded
    driver = open_browser(*camera(film("happiness")))
    start(driver, server)
    assert not shelf.exists(), "nothing is stored unless asked for"
    press(driver, "Record")
    wait_for(lambda: re.search(r"Recording \d\d+ rows", said(driver)), f"no rows:\n{said(driver)}")
    box = driver.find_element("css selector", 'input[aria-label="Event marker"]')
    box.send_keys("stimulus 3 shown")
    press(driver, "Mark")
    (csv,) = shelf.glob("*/recording.csv")
    wait_for(lambda: "stimulus 3 shown" in csv.read_text(), "the marker is not in the file")
    press(driver, "Stop recording")
    wait_for(lambda: csv.parent.name in said(driver), f"it is not listed:\n{said(driver)}")
    assert str(csv.parents[1]) in said(driver), "where it lies is not said"
    settle(driver)

    rows = list(read_rows(csv))
    stamps = [row.time_s for row in rows]
    assert len(rows) > 10
    assert stamps == sorted(set(stamps))
    assert [row.event for row in rows if row.event] == ["stimulus 3 shown"]
    assert all(sum(row.probabilities.values()) == pytest.approx(1, abs=1e-4) for row in rows if row.face)
    size = csv.stat().st_size
    time.sleep(1.0)
    assert csv.stat().st_size == size, "it goes on after the stop"
    assert {file.suffix for file in csv.parent.iterdir()} == {".csv", ".json"}, "no picture"

    driver.refresh()
    settle(driver)
    assert csv.parent.name in said(driver), "a reload has lost it"
    press(driver, "Delete")
    wait_for(lambda: not csv.exists(), "it is not deleted")
    assert severe(driver) == []


def test_two_sessions_at_once_each_show_their_own(
    server: str, open_browser: Callable[..., Any], film: Callable[..., Path]
) -> None:
    first, second = (open_browser(*camera(film(e))) for e in ("surprise", "happiness"))
    start(first, server, "&live_threshold=0.55")
    start(second, server)
    press(first, "Record")
    wait_for(lambda: "Stop recording" in said(first), "it does not record")
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(goes_through, (first, second), ("surprise", "happiness"))
    assert "happiness" not in one[one.index("rest") :], one
    assert "surprise" not in two[two.index("rest") :], two
    wait_for(lambda: "Stop recording" in said(first), "it no longer records")  # away while the panel is drawn anew
    assert "Stop recording" not in said(second), said(second)
    first.quit()
    wait_for(lambda: state(second) in ("rest", "happiness"), "the other's end stopped it")
    before = said(second)
    wait_for(lambda: said(second) != before, "it does not go on")


def test_another_page_and_back(
    server: str, server_home: Path, open_browser: Callable[..., Any], film: Callable[..., Path]
) -> None:
    driver = open_browser(*camera(film("happiness")))
    start(driver, server, "&live_threshold=0.65")
    for _ in range(2):
        press(driver, "Notice")
        wait_for(lambda: "What it can and cannot claim" in said(driver), "no other page")
        settle(driver)
        press(driver, "Live")
        wait_for(lambda: "The camera is off" in said(driver), "not back, or the camera is still on")
        settle(driver)
        assert "live_threshold=0.65" in driver.current_url, "what was set is kept"
        switch(driver, "Camera")
        wait_for(lambda: "frames a second" in said(driver), f"it does not start again:\n{said(driver)}")
        wait_for(lambda: state(driver), "nothing is said")
    assert severe(driver) == []
    assert "Traceback" not in server_log(server_home, server)


def test_without_a_camera_the_page_says_so_and_takes_a_photo_instead(server: str, browser: Any) -> None:
    visit(browser, f"{server}/live?model={MODEL}")
    switch(browser, "Camera")
    wait_for(lambda: "has not handed over its camera" in said(browser), f"no help:\n{said(browser)}")
    press(browser, "Upload a photo instead")
    wait_for(lambda: "No photo yet" in said(browser), "no photo")
    assert "live_way=photo" in browser.current_url


def test_no_picture_for_the_fake_camera_is_in_the_repository() -> None:
    faces = [*REPOSITORY.glob("assets/**/*.jpg"), *REPOSITORY.glob("**/*.mjpeg")]
    assert [f for f in faces if ".venv" not in f.parts] == []


def upload(driver: Any, file: Path) -> None:
    """Hand a file to the page's upload box, and wait until it is read."""
    driver.find_element("css selector", 'input[type="file"]').send_keys(str(file))
    wait_for(
        lambda: re.search(r"Classified as \w+|At rest|Unsure", said(driver)),
        f"nothing is said of {file.name}:\n{said(driver)}",
    )
    settle(driver)


@pytest.mark.parametrize("way", ["photo", "clip"])
def test_a_file_is_read_as_on_the_command_line(
    server: str, browser: Any, shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], way: str
) -> None:
    file = shared_data / "fixtures" / ("multi_face.jpg" if way == "photo" else "single_face.mp4")
    assert main(["predict", str(REPOSITORY / "saved_models" / "ckplus-live"), str(file), "--json"]) == 0
    got = json.loads(capsys.readouterr().out)
    visit(browser, f"{server}/live?model={MODEL}&live_way={way}")
    upload(browser, file)
    words = said(browser)
    assert f"Classified as {got['decision']}, probability {got['probability']:.2f}" in words
    assert all(note in words for note in got["notes"])
    if way == "clip":
        drawn = re.search(r"Frame (\d+): of those that were read, by itself it speaks most for (\w+)", words)
        assert drawn is not None and drawn[2] == got["decision"]
        assert int(drawn[1]) == got["read"]["frame"] < got["frames"], "its mouth is shut again at the end"
    whole_page(browser, tmp_path / f"live_{way}.png")
    assert severe(browser) == []
