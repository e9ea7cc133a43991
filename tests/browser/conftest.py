"""A real server and a real Chromium, with what a test needs to see the page as a user does."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
DRIVER = shutil.which("chromedriver")
SLOW = 90  # seconds; the machine may be busy with other tests
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--window-size=1400,1000",
    "--disable-background-networking",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here is a browser test."""
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def server_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's own FER Lab home."""
    return tmp_path_factory.mktemp("server_home")


@dataclass
class Server:
    """``streamlit run app.py`` on a free port, in a home of its own; can be stopped and started again."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=lambda: _free_port())
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://localhost:{self.port}"

    def start(self) -> str:
        """Start it, wait until it answers; gives back its address."""
        log = self.home / f"server-{self.port}.log"
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "streamlit",
                    "run",
                    "app.py",
                    f"--server.port={self.port}",
                    "--server.headless=true",
                    "--server.fileWatcherType=none",
                ],
                cwd=REPOSITORY,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env=os.environ | {"FER_LAB_HOME": str(self.home)} | self.environment,
            )
        _wait_until_healthy(self.address, self.process, log)
        return self.address

    def stop(self) -> None:
        """End it and everything it leads; what it has started as a process of its own goes on."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(timeout=20)


@pytest.fixture(scope="package")
def start_server(server_home: Path) -> Iterator[Callable[..., str]]:
    """Start ``streamlit run app.py`` on a free port; gives back its address. All end with these tests."""
    running: list[Server] = []

    def start(**environment: str) -> str:
        running.append(Server(server_home, environment))
        return running[-1].start()

    yield start
    for server in running:
        server.stop()


@pytest.fixture(scope="package")
def server(start_server: Callable[..., str]) -> str:
    """One server for the tests that need nothing special of it."""
    return start_server()


def chromium(*flags: str, dark: bool = False) -> Any:
    """A Chromium with these flags; whoever opens it has to quit it."""
    if not CHROMIUM or not DRIVER:
        pytest.skip("no chromium and chromedriver here: apt-get install chromium chromium-driver")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, *flags):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    if dark:
        scheme = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", scheme)
    return driver


@pytest.fixture
def open_browser() -> Iterator[Callable[..., Any]]:
    """Open a Chromium; more flags may be given. It ends with the test: a page left open goes on polling."""
    opened: list[Any] = []

    def start(*flags: str, dark: bool = False) -> Any:
        opened.append(chromium(*flags, dark=dark))
        return opened[-1]

    yield start
    for driver in opened:
        driver.quit()


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """One Chromium for the tests that need nothing special of it."""
    driver = chromium()
    yield driver
    driver.quit()


def settle(driver: Any, seconds: float = SLOW) -> None:
    """Wait until the page has a title and the script has been quiet for a moment."""
    script = (
        "return document.querySelector('[data-testid=\"stMain\"] h1') !== null && document.querySelector("
        '\'[data-testid="stStatusWidget"], [data-testid="stSkeleton"], [data-stale="true"]\') === null'
    )
    end, calm = time.monotonic() + seconds, 0
    while (calm := calm + 1 if driver.execute_script(script) else 0) < 4:
        assert time.monotonic() < end, f"the page did not settle in {seconds} s:\n{said(driver)}"
        time.sleep(0.15)


def visit(driver: Any, address: str) -> None:
    """Open an address and wait for the page."""
    driver.get_log("browser")  # what an earlier page left
    driver.get(address)
    settle(driver)


def said(driver: Any) -> str:
    """The words on the page, sidebar included."""
    return str(driver.execute_script("return document.body ? document.body.innerText : ''"))


def press(driver: Any, label: str) -> None:
    """Click the button or link of that label."""
    find = (
        "return [...document.querySelectorAll('button, a')].find("
        "e => e.innerText.trim().endsWith(arguments[0]) && e.offsetParent !== null)"
    )
    element = wait_for(lambda: driver.execute_script(find, label), f"no button {label!r}")
    driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    element.click()


def click(driver: Any, label: str) -> None:
    """Press, and wait until the page has answered. Not for what starts something that goes on."""
    press(driver, label)
    time.sleep(0.5)
    settle(driver)


def wait_for(look: Callable[[], Any], otherwise: str, seconds: float = SLOW) -> Any:
    """Whatever ``look`` finds, as soon as it finds something."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, otherwise
        time.sleep(0.25)
    return found


def severe(driver: Any) -> list[str]:
    """Errors in the browser's console, but for Streamlit's own probing of where it is served from."""
    lines = [entry["message"] for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]
    return [line for line in lines if "/_stcore/" not in line]


def whole_page(driver: Any, file: Path) -> Path:
    """A picture of the whole page, however long."""
    height = driver.execute_script("return document.querySelector('[data-testid=\"stMain\"]').scrollHeight")
    driver.set_window_size(1400, max(1000, min(int(height) + 120, 6000)))
    time.sleep(0.5)
    driver.save_screenshot(str(file))
    driver.set_window_size(1400, 1000)
    return file


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("localhost", 0))
        return int(found.getsockname()[1])


def _wait_until_healthy(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + SLOW
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text(errors="replace")[-2000:]
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.3)
    raise AssertionError(f"the server did not answer in {SLOW} s")
