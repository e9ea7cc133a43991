"""A real server and a real Chromium, with what a test needs to see the page as a user does."""

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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
DRIVER = shutil.which("chromedriver")
SLOW = 90  # seconds; the machine may be busy with other tests
WINDOW = (1400, 1000)
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    f"--window-size={WINDOW[0]},{WINDOW[1]}",
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


def chromium(*flags: str) -> Any:
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
    return webdriver.Chrome(options=options, service=Service(str(DRIVER)))


@pytest.fixture
def open_browser() -> Iterator[Callable[..., Any]]:
    """Open a Chromium; more flags may be given. It ends with the test: a page left open goes on polling."""
    opened: list[Any] = []

    def start(*flags: str) -> Any:
        opened.append(chromium(*flags))
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


LOOK = """
const app = document.querySelector('[data-testid="stApp"]');
if (document.querySelector('[data-testid="stMain"] h1') === null || document.querySelector(
  '[data-testid="stStatusWidget"], [data-testid="stSkeleton"], [data-stale="true"]') !== null) return 0;
const {testScriptState: script, testConnectionState: connection} = app.dataset;
return script === 'notRunning' && connection === 'CONNECTED' ? 2 : 1;
"""
"""0: the page is not there, or not whole; 1: it is; 2: its script is through as well."""
ENOUGH = 4
"""What looks one after another add up to when a page has settled; one that polls is seldom found at a 2."""
WATCH = """
window.answered = false;
new MutationObserver((_, one) => { window.answered = true; one.disconnect(); }).observe(
  document.querySelector('[data-testid="stApp"]'), {attributeFilter: ['data-test-script-state']});
"""


def settle(driver: Any, seconds: float = SLOW) -> None:
    """Wait until the page has a title, is whole, and its script is through."""
    end, calm = time.monotonic() + seconds, 0
    while (calm := calm + found if (found := driver.execute_script(LOOK)) else 0) < ENOUGH:
        assert time.monotonic() < end, f"the page did not settle in {seconds} s:\n{said(driver)}"
        time.sleep(0.1)


@contextmanager
def answered(driver: Any, seconds: float = 0.5) -> Iterator[None]:
    """Do something to the page, and wait until it has answered. What is done in the browser alone, such as a
    download, starts no script: that is waited for no longer than ``seconds``."""
    driver.execute_script(WATCH)
    yield
    end = time.monotonic() + seconds
    while not driver.execute_script("return window.answered") and time.monotonic() < end:
        time.sleep(0.03)
    settle(driver)


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
    with answered(driver):
        press(driver, label)


def wait_for(look: Callable[[], Any], otherwise: str, seconds: float = SLOW) -> Any:
    """Whatever ``look`` finds, as soon as it finds something."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, otherwise
        time.sleep(0.1)
    return found


def severe(driver: Any) -> list[str]:
    """Errors in the browser's console, but for Streamlit's own probing of where it is served from."""
    lines = [entry["message"] for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]
    return [line for line in lines if "/_stcore/" not in line]


def theme(driver: Any, name: str) -> None:
    """Let the system prefer this colour scheme, light or dark; a page that is open follows."""
    scheme = {"features": [{"name": "prefers-color-scheme", "value": name}]}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", scheme)
    ground = "return getComputedStyle(document.querySelector('[data-testid=\"stApp\"]')).backgroundColor"
    if driver.execute_script("return document.querySelector('[data-testid=\"stApp\"]') !== null"):
        wait_for(
            lambda: (sum(map(int, re.findall(r"\d+", driver.execute_script(ground))[:3])) < 384) == (name == "dark"),
            f"the page does not turn {name}",
        )


@contextmanager
def narrow(driver: Any) -> Iterator[None]:
    """As on a telephone, in the dark. A window cannot be as narrow as that."""
    size = {"width": 420, "height": 900, "deviceScaleFactor": 1, "mobile": True}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    theme(driver, "dark")
    try:
        yield
    finally:
        theme(driver, "light")
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def sideways(driver: Any) -> bool:
    """Whether the page itself scrolls sideways."""
    script = "return document.documentElement.scrollWidth > window.innerWidth"
    return bool(driver.execute_script(script))


@contextmanager
def whole(driver: Any) -> Iterator[None]:
    """A window as high as the page."""
    height = driver.execute_script("return document.querySelector('[data-testid=\"stMain\"]').scrollHeight")
    driver.set_window_size(WINDOW[0], max(WINDOW[1], min(int(height) + 120, 6000)))
    try:
        yield
    finally:
        driver.set_window_size(*WINDOW)


def picture(driver: Any, file: Path) -> Path:
    """A picture of the window, once what was changed is drawn."""
    driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
    driver.save_screenshot(str(file))
    return file


def whole_page(driver: Any, file: Path) -> Path:
    """A picture of the whole page, however long."""
    with whole(driver):
        return picture(driver, file)


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
            time.sleep(0.1)
    raise AssertionError(f"the server did not answer in {SLOW} s")
