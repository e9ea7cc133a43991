"""Models and Benchmark in a real Chromium: wide and narrow, light and dark, with results and without."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from image_study_samples import stored

from .conftest import click, narrow, said, settle, severe, sideways, visit, wait_for

BAD = ("Traceback", "Uncaught app", "Error:", "Page not found")


@pytest.fixture(scope="module")
def address(server: str, server_home: Path) -> str:
    """The server whose home holds one finished image experiment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_LAB_HOME", str(server_home))
        stored(name="Two networks")
    return server


@pytest.mark.parametrize("size", [nullcontext, narrow], ids=["wide", "narrow, dark"])
def test_both_pages_open_wide_and_narrow(
    address: str, browser: Any, size: Callable[..., AbstractContextManager[None]]
) -> None:
    with size(browser):
        for page, words in (
            ("models?model=vgg16", "sizes that the studies print are met"),
            ("benchmark", "it can be told from the next"),
        ):
            visit(browser, f"{address}/{page}")
            wait_for(lambda w=words: w in said(browser), f"{page} does not say {words!r}")
            settle(browser)
            assert not [bad for bad in BAD if bad in said(browser)], page
            assert severe(browser) == [], page
            assert not sideways(browser), page


def test_a_network_is_drawn_and_leads_to_the_form(address: str, browser: Any) -> None:
    visit(browser, f"{address}/models?model=residual-bilstm-1")
    assert "48 × 48 × 1" in said(browser) and "LSTM both ways" in said(browser)
    size = 'return document.querySelector(\'[role="img"][aria-label*="LSTM"]\').getBoundingClientRect().height'
    assert browser.execute_script(size) > 200, "the drawing has no height"
    click(browser, "Train and test it")
    wait_for(lambda: "/benchmark" in browser.current_url, "the Benchmark page does not open")
    settle(browser)
    assert severe(browser) == []
