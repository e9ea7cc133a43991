"""The pages in a real Chromium: what a user sees, plays, scrubs and takes away."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import REPOSITORY, click, picture, press, said, settle, severe, theme, visit, wait_for, whole

SHARED_DATA = REPOSITORY.parent / "shared" / "data"
PAGES = sorted(path.stem for path in (REPOSITORY / "pages").glob("*.py"))
TITLES = {"home": "FER Lab"}
BAD = ("Traceback", "Uncaught app", "Oh no.", "Error:", "Page not found", "This app has encountered an error")


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures of the pages lie after the tests."""
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="module")
def fresh(start_server: Callable[..., str]) -> str:
    """A server that nobody has visited yet, with the real corpora where there are any."""
    return start_server(**({"FER_LAB_DATA": str(SHARED_DATA)} if SHARED_DATA.is_dir() else {}))


def test_a_link_opened_first_after_a_start_goes_through_the_app(fresh: str, browser: Any) -> None:
    """Streamlit would run the page's file alone; see `ui.common.page`."""
    visit(browser, f"{fresh}/landmarks?corpus=demo&arrows=true")
    words = said(browser)
    assert "Home" in words and "In use" in words and "demo (synthetic)" in words
    assert "A face was found in" in words
    assert browser.current_url.endswith("/landmarks?corpus=demo&arrows=true")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_without_a_fault_light_and_dark(server: str, browser: Any, pictures: Path, page: str) -> None:
    visit(browser, f"{server}/{'' if page == 'home' else page}?corpus=demo")
    words = said(browser)
    assert TITLES.get(page, page.replace("_", " ").title()) in words
    assert not [bad for bad in BAD if bad in words], words
    with whole(browser):
        for name in ("dark", "light"):
            theme(browser, name)
            file = picture(browser, pictures / f"{page}-{name}.png")
            assert file.stat().st_size > 20_000, "a blank picture"
    assert severe(browser) == []


def test_nothing_is_fetched_from_the_network(server: str, browser: Any) -> None:
    visit(browser, f"{server}/dataset?corpus=demo")
    names = browser.execute_script("return performance.getEntriesByType('resource').map(e => e.name)")
    assert len(names) > 5
    assert [n for n in names if not n.startswith((server, "data:", "blob:"))] == []


def test_from_home_to_a_corpus_in_two_clicks(server: str, browser: Any) -> None:
    visit(browser, server)
    assert "no corpus yet" in said(browser)
    click(browser, "Use the demo corpus")
    wait_for(lambda: "demo: 327 clips, 118 subjects" in said(browser), "the corpus is not in use")
    click(browser, "Open Dataset")
    wait_for(lambda: "Contempt (18 clips) is left out" in said(browser), "the dataset page says nothing")
    assert "corpus=demo" in browser.current_url, "the view can be shared"


def test_a_shared_view_keeps_its_settings_over_pages(server: str, browser: Any) -> None:
    visit(browser, f"{server}/dataset?corpus=demo&thresholds=20.0&thresholds=25.0")
    plain = "Every emotion gets plain binary cross-entropy"
    assert plain in said(browser)
    click(browser, "Landmarks")
    wait_for(lambda: "A face was found in" in said(browser), "no landmarks page")
    click(browser, "Dataset")
    wait_for(lambda: plain in said(browser), "the thresholds were forgotten")


def shown_frame(driver: Any) -> str:
    """The words above the face."""
    script = "return [...document.querySelectorAll('.js-plotly-plot .textpoint')].map(e => e.textContent)"
    return next((t for t in driver.execute_script(script) if t.startswith("frame ")), "")


def test_a_clip_plays_in_the_browser(server: str, browser: Any) -> None:
    visit(browser, f"{server}/landmarks?corpus=demo")
    wait_for(lambda: shown_frame(browser).startswith("frame 18,"), "the apex is not shown first")
    buttons = "return [...document.querySelectorAll('.updatemenu-button')]"
    button = browser.execute_script(buttons + ".find(b => b.textContent.includes('Play'))")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
    before = len(browser.execute_script("return performance.getEntriesByType('resource')"))
    button.click()
    seen, end = set(), time.monotonic() + 30
    while len(seen) < 4 and time.monotonic() < end:  # a slow machine drops moments
        seen.add(shown_frame(browser))
        time.sleep(0.03)
    assert len(seen) >= 4, seen
    wait_for(lambda: shown_frame(browser).startswith("frame 18,"), "it does not play to the end")
    after = len(browser.execute_script("return performance.getEntriesByType('resource')"))
    assert after == before, "playing asks the server for nothing"


def test_landmarks_are_drawn_on_a_click(server: str, browser: Any) -> None:
    visit(browser, f"{server}/landmarks?corpus=demo&clip_emotion=fear")
    if "Clips labelled fear, on average" not in said(browser):  # unless an earlier test has drawn them
        click(browser, "Draw the landmarks")
    wait_for(lambda: "Clips labelled fear, on average" in said(browser), "no field was drawn")
    settle(browser)
    assert "fear, n = 25" in said(browser)


def test_a_figure_can_be_taken_away(server: str, browser: Any, tmp_path: Path) -> None:
    browser.execute_cdp_cmd("Page.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    visit(browser, f"{server}/dataset?corpus=demo")
    press(browser, "CSV")
    wait_for(lambda: list(tmp_path.glob("*.csv")), "no table was saved")
    press(browser, "Figure")
    page = wait_for(lambda: list(tmp_path.glob("*.html")), "no figure was saved")[0]
    browser.get(f"file://{page}")
    wait_for(lambda: "Labelled clips" in said(browser), "the saved figure is empty")


def test_extraction_shows_progress_and_its_end(fresh: str, browser: Any, shared_data: Path) -> None:
    visit(browser, f"{fresh}/dataset?corpus=ckplus_sample")
    assert "18 labelled clips of 5 subjects" in said(browser)
    press(browser, "Extract landmarks")
    wait_for(lambda: "Finding landmarks" in said(browser), "no progress is shown")
    assert "Stop" in said(browser)
    wait_for(lambda: "A face was missed in 0 of 180 sampled frames" in said(browser), "no end", seconds=240)
    assert severe(browser) == []
