"""Compare conditions in a real Chromium: from the sentence to a cell's clips, and the report taken away."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from study_samples import ID, SLUGS, finished_study, made_cell, made_predictions, made_record

from fer_core import runs
from fer_core.store.store import Store

from .conftest import click, said, severe, visit, wait_for


@pytest.fixture(scope="module")
def home(server_home: Path) -> Path:
    """The server's home with the made-up finished study."""
    finished_study(server_home)
    return server_home


@pytest.fixture
def address(server: str, home: Path) -> str:
    """The server of that home."""
    return server


def test_a_cell_of_the_heatmap_leads_to_its_clips(address: str, browser: Any) -> None:
    visit(browser, f"{address}/compare?table={ID}")
    wait_for(lambda: "has the highest macro F1" in said(browser), "no sentence")
    click(browser, "Per emotion")
    wait_for(lambda: "Recall is lowest for" in said(browser), "no heatmap")
    cells = "return [...document.querySelectorAll('.js-plotly-plot')][0].querySelectorAll('.points path')"
    found = wait_for(lambda: browser.execute_script(cells), "the heatmap has no cells")
    assert len(found) == 6 * 8
    third = found[2 * 8 + 1]  # rows are emotions, columns conditions: fear, the second condition
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", third)
    ActionChains(browser).move_to_element(third).click().perform()
    wait_for(lambda: "the classifier for fear said yes to" in said(browser), "the click led nowhere")
    assert "&emotion=fear" in browser.current_url
    assert "GRU%2C+Bayesian%2C+standard" in browser.current_url
    assert severe(browser) == []


def test_the_report_opens_without_a_network(address: str, open_browser: Callable[..., Any], tmp_path: Path) -> None:
    driver = open_browser()
    driver.execute_cdp_cmd("Page.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    visit(driver, f"{address}/compare?table={ID}")
    click(driver, "Report")
    file = wait_for(lambda: list(tmp_path.glob("*.html")), "no report was saved")[0]
    driver.execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd(
        "Network.emulateNetworkConditions",
        {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0},
    )
    driver.get(f"file://{file}")
    drawn = "return document.querySelectorAll('.js-plotly-plot .main-svg').length"
    wait_for(lambda: driver.execute_script(drawn) > 10, "the report's figures are not drawn")
    words = said(driver)
    assert "made up" in words and "Made up for a test." in words
    assert "Code key" in words and "fedcba9876543210" in words
    assert "python -m fer_core experiment run demo --design design.json" in words
    fetched = driver.execute_script("return performance.getEntriesByType('resource').map(e => e.name)")
    assert [name for name in fetched if not name.startswith(("data:", "blob:", "file:"))] == []
    assert severe(driver) == []
    driver.quit()


def test_new_results_wait_for_a_click_and_polling_ends(address: str, home: Path, browser: Any) -> None:
    id = "experiment-20260203-000000"
    with Store(home / "experiments.sqlite") as store:
        store.add_experiment(made_record(id, seeds=(0,)))
    _add_cell(home, id, 0)
    _stands(home, id, "running")
    visit(browser, f"{address}/compare?table={id}")
    wait_for(lambda: "1 of 24 cells so far" in said(browser), "no progress is shown")
    _add_cell(home, id, 1)
    wait_for(lambda: "Show the 1 new" in said(browser), "the new cell is not told of")
    shown = "return document.querySelector('[data-testid=\"stMain\"] h5').innerText"
    before = browser.execute_script(shown)
    click(browser, "Show the 1 new")
    wait_for(lambda: browser.execute_script(shown) != before, "the new cell is not shown")
    _stands(home, id, "done")
    wait_for(lambda: "Not finished: 2 of 24 cells so far" in said(browser), "the end went unnoticed")
    assert "It goes on" not in said(browser)
    assert severe(browser) == []


def _add_cell(home: Path, id: str, fold: int) -> None:
    predictions = made_predictions(SLUGS[0], 0, fold)
    with Store(home / "experiments.sqlite") as store:
        store.add_cell(id, made_cell(SLUGS[0], 0, fold, n_test=len(predictions)), predictions)


def _stands(home: Path, id: str, state: Any) -> None:
    now = time.time()
    folder = home / "runs" / id
    folder.mkdir(parents=True, exist_ok=True)
    status = runs.Status(state, 1, 24, "", now - 60, now + 600, os.getpid())
    (folder / runs.STATUS).write_text(json.dumps(asdict(status)), encoding="utf-8")
