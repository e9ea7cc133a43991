"""Models and Benchmark in a real Chromium: wide and narrow, light and dark, with results and without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from image_study_samples import stored

from .conftest import click, said, settle, severe, visit, wait_for

BAD = ("Traceback", "Uncaught app", "Error:", "Page not found")


@pytest.fixture(scope="module")
def address(start_server: Callable[..., str], server_home: Path) -> str:
    """A server whose home holds one finished image experiment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_LAB_HOME", str(server_home))
        stored(name="Two networks")
    return start_server()


@pytest.mark.parametrize(("width", "dark"), [(1400, False), (420, True)])
def test_both_pages_open_wide_and_narrow(
    address: str, open_browser: Callable[..., Any], width: int, dark: bool
) -> None:
    driver = open_browser(dark=dark)
    driver.set_window_size(width, 1000)
    for page, words in (
        ("models?model=vgg16", "sizes that the studies print are met"),
        ("benchmark", "it can be told from the next"),
    ):
        visit(driver, f"{address}/{page}")
        wait_for(lambda w=words: w in said(driver), f"{page} does not say {words!r}")
        settle(driver)
        assert not [bad for bad in BAD if bad in said(driver)], page
        assert severe(driver) == [], page
        script = "return document.documentElement.scrollWidth > window.innerWidth"
        assert not driver.execute_script(script), f"{page} runs off the side at {width} pixels"


def test_a_network_is_drawn_and_leads_to_the_form(address: str, browser: Any) -> None:
    visit(browser, f"{address}/models?model=residual-bilstm-1")
    assert "48 × 48 × 1" in said(browser) and "LSTM both ways" in said(browser)
    size = 'return document.querySelector(\'[role="img"][aria-label*="LSTM"]\').getBoundingClientRect().height'
    assert browser.execute_script(size) > 200, "the drawing has no height"
    click(browser, "Train and test it")
    wait_for(lambda: "/benchmark" in browser.current_url, "the Benchmark page does not open")
    settle(browser)
    assert severe(browser) == []
