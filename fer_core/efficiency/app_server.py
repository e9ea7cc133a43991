"""The app as a server process, started for a measurement: what a user's ``streamlit run app.py`` does."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_core.base.errors import SettingError
from fer_core.base.paths import REPOSITORY

PATIENCE = 120.0
"""Seconds a server or a page may take before it counts as broken."""
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--window-size=1400,1000",
    "--disable-background-networking",
)


@dataclass
class AppServer:
    """A running ``streamlit run app.py``; ``begun`` is when it was started (`time.perf_counter`)."""

    process: subprocess.Popen[bytes]
    port: int
    begun: float

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://localhost:{self.port}"

    def wait_until_it_answers(self) -> float:
        """Seconds from its start to its first sign of life. Raises `SettingError` where it gives none."""
        while time.perf_counter() - self.begun < PATIENCE and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=2) as answer:  # noqa: S310
                    if answer.status == 200:
                        return time.perf_counter() - self.begun
            except OSError:
                time.sleep(0.02)
        raise SettingError("the app's server does not answer", fix="start it by hand: streamlit run app.py")

    def native_packages(self) -> list[str] | None:
        """Installed packages whose compiled code the server has loaded; None where the system does not say.

        TensorFlow, MediaPipe, OpenCV and pandas cannot be used without theirs.
        """
        try:
            maps = Path(f"/proc/{self.process.pid}/maps").read_text("utf-8", errors="replace")
        except OSError:
            return None
        return sorted(set(re.findall(r"/site-packages/(\w+)", maps)))


@contextmanager
def app_server(home: Path) -> Iterator[AppServer]:
    """Start the app on a free port with FER Lab's folder in ``home``; it ends with the block."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = int(free.getsockname()[1])
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "app.py",
        f"--server.port={port}",
        "--server.headless=true",
        "--browser.gatherUsageStats=false",
    ]
    begun = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=REPOSITORY,
        env=os.environ | {"FER_LAB_HOME": str(home)},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield AppServer(process, port, begun)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def has_browser() -> bool:
    """Whether Chromium, its driver and selenium are here."""
    from importlib.util import find_spec

    return bool(_chromium() and shutil.which("chromedriver") and find_spec("selenium"))


@contextmanager
def browser(*flags: str) -> Iterator[Any]:
    """A Chromium without a window, driven by selenium. Raises `SettingError` where there is none."""
    if not has_browser():
        raise SettingError(
            "this measurement needs Chromium, its driver and selenium",
            fix="apt-get install chromium chromium-driver, and pip install -r requirements-dev.txt -c constraints.txt",
        )
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(_chromium())
    for flag in (*FLAGS, *flags):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def wait_until_drawn(driver: Any) -> None:
    """Wait until a page has its title, no placeholder and nothing stale. Raises `SettingError`."""
    script = (
        "return document.querySelector('[data-testid=\"stMain\"] h1') !== null && document.querySelector("
        '\'[data-testid="stStatusWidget"], [data-testid="stSkeleton"], [data-stale="true"]\') === null'
    )
    end = time.perf_counter() + PATIENCE
    while not driver.execute_script(script):
        if time.perf_counter() > end:
            raise SettingError("the page does not draw", fix="open it by hand and look")
        time.sleep(0.02)


def _chromium() -> str | None:
    return next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
