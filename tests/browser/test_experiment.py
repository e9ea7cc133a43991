"""An experiment as a new user meets it: launched, left alone, stopped, resumed, seen to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from .conftest import Server, click, press, said, settle, severe, visit, wait_for

PATIENCE = 500  # seconds; the experiment takes half a minute on an idle machine
DESIGN = {
    "corpus": "demo",
    "launch_from": "quick",
    "launch_architecture": "gru",
    "launch_tuning": "predefined,bayesian",
    "launch_loss": "advanced",
    "launch_folds": "2",
    "launch_evaluations": "5",
    "launch_epochs": "12",
    "launch_inner_folds": "2",
    "launch_emotions": "happiness,surprise",
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server with a home of its own, which the test stops and starts."""
    made = Server(tmp_path)
    made.start()
    yield made
    made.stop()


def waits_for(driver: Any, words: str) -> None:
    """Wait until the page says something."""
    wait_for(lambda: words in said(driver), f"{words!r} is not said", PATIENCE)


def opened(driver: Any) -> str:
    """The experiment that the page's address names."""
    wait_for(lambda: "experiment=" in driver.current_url, "no experiment was opened", PATIENCE)
    return parse_qs(urlsplit(driver.current_url).query)["experiment"][0]


@pytest.mark.timeout(1500)
def test_launched_left_alone_stopped_resumed_and_finished(server: Server, open_browser: Callable[..., Any]) -> None:
    driver = open_browser()
    visit(driver, f"{server.address}/launch?{urlencode(DESIGN)}")
    assert "Train GRU, predefined and Bayesian tuning, the advanced loss" in said(driver)
    assert "No leak found by the clips' names" in said(driver)
    press(driver, "Start")
    id = opened(driver)
    waits_for(driver, "Running:")

    # The page is left and the server restarted: the experiment goes on by itself.
    driver.get("about:blank")
    server.stop()
    folder = server.home / "runs" / id
    assert (folder / "order.json").is_file()
    server.start()
    visit(driver, f"{server.address}/runs")
    assert "1 going on" in said(driver)
    press(driver, "demo: 2 conditions")
    assert opened(driver) == id
    waits_for(driver, "Running:")

    press(driver, "Stop")
    waits_for(driver, "Stopped on request")
    wait_for(lambda: "Running:" not in said(driver), "what it was stands beside what it is", seconds=15)
    settle(driver)
    assert "Resume" in said(driver)
    press(driver, "Resume")
    waits_for(driver, "Finished: all 4 cells are done")
    settle(driver)

    # What it found can be looked at.
    for view in ("Searches", "Learning curves", "Failures", "Settings", "Log", "Cells"):
        click(driver, view)
    assert severe(driver) == []
    click(driver, "Use this design again")
    waits_for(driver, "Train GRU, predefined and Bayesian tuning, the advanced loss, 2 subject-independent")
