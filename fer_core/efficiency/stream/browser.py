"""The Live page in a real Chromium with a filmed face for a camera: the speed that the page reports."""

from __future__ import annotations

import re
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from fer_core.base.errors import SettingError
from fer_core.base.progress import Progress, silent
from fer_core.efficiency.app_server import PATIENCE, app_server, browser, wait_until_drawn
from fer_core.efficiency.stream.moving_face import moving_face
from fer_core.studies.efficiency.side_by_side import cores, load_before

SAYS = re.compile(
    r"(\d+) frames a second, half of them read within (\d+) ms, 95% within (\d+) ms; (\d+) of (\d+) dropped"
)
"""What the page says of its speed: rate, median and 95th percentile of the latency, dropped, all."""
SETTLE = 5.0
"""Seconds before the first reading: the video's size and rate settle, and the page's statistics fill."""


def measure(seconds: float = 20.0, *, progress: Progress = silent) -> dict[str, Any]:
    """Film a moving face for so many seconds and read the page's own figures once a second.

    Returns
    -------
    Plain data, medians over the readings: ``browser_fps`` frames read a second, ``browser_p50_ms`` and
    ``browser_p95_ms`` from a frame's arrival at the server to its reading, ``browser_dropped``: share of
    frames passed over for newer ones; ``readings``. The camera gives 640 x 480 at 30 frames a second; the
    browser, which plays and encodes it, works on the same cores.

    Raises
    ------
    SettingError
        Where there is no Chromium, or the page never says how fast it is.
    """
    if seconds <= 0:
        raise SettingError("seconds are above 0", fix="choose a sensible value")
    load = load_before()
    with TemporaryDirectory() as folder:
        film = write_film(Path(folder) / "face.mjpeg")
        with (
            app_server(Path(folder) / "home") as server,
            browser(
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={film}",
                "--disable-features=WebRtcHideLocalIpsWithMdns",
            ) as driver,
        ):
            server.wait_until_it_answers()
            driver.get(f"{server.address}/live")
            wait_until_drawn(driver)
            _turn_on(driver)
            progress(0, seconds, "waiting for the video")
            _first_reading(driver)
            time.sleep(SETTLE)
            readings = []
            for n in range(max(1, round(seconds))):
                progress(n, seconds, "reading the page")
                readings += [list(map(int, found.groups()))] if (found := _said(driver)) else []
                time.sleep(1.0)
    if not readings:
        raise SettingError("the page stopped saying how fast it is", fix="open it by hand and look")
    said = np.array(readings)
    dropped, frames = said[-1, 3:]
    return {
        "seconds": seconds,
        "readings": len(said),
        "cores": cores(),
        "load_before": load,
        "browser_fps": float(np.median(said[:, 0])),
        "browser_p50_ms": float(np.median(said[:, 1])),
        "browser_p95_ms": float(np.median(said[:, 2])),
        "browser_dropped": float(dropped / max(frames, 1)),
    }


def write_film(file: Path, frames: int = 150) -> Path:
    """A film for Chromium's fake camera, which plays it again and again: JPEG pictures in a row."""
    import cv2

    with file.open("wb") as film:
        for image in moving_face(frames):
            film.write(cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))[1].tobytes())
    return file


def _turn_on(driver: Any) -> None:
    """The camera's switch."""
    find = (
        "const found = [...document.querySelectorAll('[data-testid=\"stCheckbox\"] label')].find("
        "e => e.innerText.trim().startsWith('Camera')); const box = found && found.querySelector('input');"
        "if (box) box.click(); return Boolean(box)"
    )
    end = time.perf_counter() + PATIENCE
    while not driver.execute_script(find):
        if time.perf_counter() > end:
            raise SettingError("the Live page has no camera switch", fix="open it by hand and look")
        time.sleep(0.1)


def _first_reading(driver: Any) -> None:
    end = time.perf_counter() + PATIENCE
    while (found := _said(driver)) is None or int(found[1]) == 0:
        if time.perf_counter() > end:
            raise SettingError("the Live page does not say how fast it is", fix="open it by hand and look")
        time.sleep(0.2)


def _said(driver: Any) -> re.Match[str] | None:
    return SAYS.search(str(driver.execute_script("return document.body ? document.body.innerText : ''")))
