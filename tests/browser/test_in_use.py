"""The results in use, from page to page in a real Chromium: by the sidebar and by the pages' own links."""

from __future__ import annotations

from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from .conftest import press, settle, visit, wait_for

PAGES = {
    "compare": "Compare conditions",
    "heatmaps": "Heatmaps",
    "effects": "Effects",
    "power": "Power",
    "equivalence": "Equivalence",
}
STUDY, NAME = "shipped:ckplus_holdout", "CK+ pairs, hold-out, 50 evaluations"
CHOSEN = {"table": STUDY, "reading": "outputs", "metric": "f1"}

MENU = (
    "return [...document.querySelectorAll('[data-testid=\"stSidebarNavLink\"]')]"
    ".find(e => e.innerText.trim().endsWith(arguments[0]))"
)
LINK = (
    'return [...document.querySelectorAll(\'[data-testid="stMain"] [data-testid="stPageLink-NavLink"]\')]'
    ".find(e => e.innerText.trim().endsWith(arguments[0]))"
)
TITLE = "return document.querySelector('[data-testid=\"stMain\"] h1')?.innerText ?? ''"
BOX = (
    "return [...document.querySelectorAll('[data-testid=\"stSelectbox\"]')]"
    ".find(e => e.innerText.startsWith('Results')).querySelector('input')"
)
PRESSED = (
    'return [...document.querySelectorAll(\'[data-testid="stMain"] [role="radio"]\')]'
    ".filter(e => e.ariaChecked === 'true').map(e => e.innerText.trim())"
)
OPTION = "return [...document.querySelectorAll('[role=\"option\"]')].find(e => e.innerText.startsWith(arguments[0]))"
FOOT = "return document.querySelector('.st-key-sidebar_foot').innerText"


def every_pair() -> list[str]:
    """A walk over the five pages that takes each step from one to another once: strides of 1, 2, 3 and 4."""
    names = list(PAGES)
    places = [0]
    for stride in range(1, len(names)):
        places += [(places[-1] + stride * k) % len(names) for k in range(1, len(names) + 1)]
    return [names[place] for place in places]


def go(driver: Any, find: str, label: str, title: str) -> None:
    """Follow a link of the menu or of the page, and wait until the next page has been drawn."""
    element = wait_for(lambda: driver.execute_script(find, label), f"no link {label!r}")
    driver.execute_script("arguments[0].click()", element)
    wait_for(lambda: driver.execute_script(TITLE) == title, f"{title} did not open")
    settle(driver)


def choose(driver: Any) -> None:
    """Choose the study in the box of results."""
    driver.execute_script(BOX).click()
    wait_for(lambda: driver.execute_script(OPTION, NAME), "the study is not offered").click()
    wait_for(lambda: NAME in driver.execute_script(FOOT), "the study is not in use")
    settle(driver)


def address(driver: Any) -> dict[str, str]:
    """The query of the page's address."""
    return {name: values[-1] for name, values in parse_qs(urlsplit(driver.current_url).query).items()}


def seen(driver: Any) -> dict[str, Any]:
    """Whose results the page says it shows, and how they are read: box, control, sidebar, address."""
    pressed, foot = driver.execute_script(PRESSED), driver.execute_script(FOOT)
    return {
        "box": NAME in driver.execute_script(BOX).get_attribute("value"),
        "reading": "Outputs at 0.5" in pressed,
        "sidebar": f"Results in use: {NAME}" in foot and "Outputs at 0.5" in foot,
        "address": {name: address(driver).get(name) for name in CHOSEN},
    }


RIGHT = {"box": True, "reading": True, "sidebar": True, "address": CHOSEN}


@pytest.fixture(scope="module")
def chosen(server: str, browser: Any) -> Any:
    """A browser in which results, reading and metric were chosen by hand."""
    visit(browser, f"{server}/effects")
    assert "Published study (Winarno et al.)" in browser.execute_script(FOOT)
    choose(browser)
    for label, name in (("Outputs at 0.5", "reading"), ("F1", "metric")):
        press(browser, label)
        wait_for(lambda name=name: address(browser).get(name) == CHOSEN[name], f"{label} was not taken")
        settle(browser)
    assert seen(browser) == RIGHT
    go(browser, MENU, PAGES["compare"], PAGES["compare"])
    return browser


def test_the_walk_takes_every_step() -> None:
    steps = list(pairwise(every_pair()))
    assert len(steps) == len(set(steps)) == 20


@pytest.mark.parametrize("by", ["sidebar", "links"])
def test_the_choice_stays_on_the_way_from_any_page_to_any_other(chosen: Any, by: str) -> None:
    walk = every_pair()
    if chosen.execute_script(TITLE) != PAGES[walk[0]]:
        go(chosen, MENU, PAGES[walk[0]], PAGES[walk[0]])
    for before, name in pairwise(walk):
        label = PAGES[name] if by == "sidebar" or name != "compare" else "Compare"
        go(chosen, MENU if by == "sidebar" else LINK, label, PAGES[name])
        assert seen(chosen) == RIGHT, f"from {before} to {name}"
        if name in ("heatmaps", "effects", "equivalence"):
            assert "F1" in chosen.execute_script(PRESSED), f"from {before} to {name}"


def test_it_outlives_a_page_that_shows_no_results_and_a_reload(chosen: Any) -> None:
    go(chosen, MENU, "Notice", "Notice")
    assert f"Results in use: {NAME}" in chosen.execute_script(FOOT)
    chosen.refresh()
    settle(chosen)
    assert f"Results in use: {NAME}" in chosen.execute_script(FOOT)
    go(chosen, LINK.replace("stMain", "stSidebar"), "Change the results", "Effects")
    assert {**seen(chosen)["address"], "metric": "f1"} == CHOSEN and seen(chosen)["box"]


def test_an_address_goes_before_the_session_and_a_move_before_the_address(chosen: Any, server: str) -> None:
    visit(chosen, f"{server}/power?table={STUDY}&reading=outputs")
    go(chosen, MENU, "Paper", "Paper")
    go(chosen, LINK, "See it in Effects", "Effects")
    assert address(chosen)["table"] == "published" and "Published study" in chosen.execute_script(FOOT)
    choose(chosen)
    assert address(chosen)["table"] == STUDY
    go(chosen, MENU, "Heatmaps", "Heatmaps")
    assert seen(chosen) == RIGHT | {"address": {"table": STUDY, "reading": "outputs", "metric": "recall"}}
