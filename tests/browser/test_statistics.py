"""The pages of statistics in a real Chromium: by keyboard and mouse, narrow, with one's own table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fer_core.reports.statistics import html_report
from fer_core.stats.table import reconstructed

from .conftest import click, narrow, said, settle, severe, sideways, visit, wait_for


def test_the_margin_moves_by_keyboard_and_the_verdict_with_it(server: str, browser: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    visit(browser, f"{server}/equivalence?equivalence_metric=accuracy")
    first = said(browser)
    assert "GRU − LSTM: +0.008" in first and "lies inside the margin of ±0.020" in first
    thumb = browser.find_element("css selector", 'input[type="range"][aria-label^="Margin for accuracy"]')
    thumb.send_keys(Keys.ARROW_LEFT)
    wait_for(lambda: "is not inside the margin of ±0.019" in said(browser), "the verdict stayed")
    settle(browser)
    assert "equivalence_margin=0.019" in browser.current_url, "the view can be shared"
    click(browser, "Published rule")
    wait_for(lambda: "equivalence_rule=published" in browser.current_url, "the rule is not in the address")
    assert severe(browser) == []


def test_a_shared_view_opens_as_it_was(server: str, browser: Any) -> None:
    visit(browser, f"{server}/effects?table=published&effects_metric=recall&effects_unit=emotion")
    assert "advanced loss is 0.145 above standard (p = 0.026)" in said(browser)
    click(browser, "Pooled error, as published")
    wait_for(lambda: "no significant difference" in said(browser), "the unit changed nothing")
    assert "smallest p: loss, 0.145" in said(browser)
    assert "effects_unit" not in browser.current_url, "the default is not in the address"


def test_a_finding_leads_to_the_view_that_shows_it(server: str, browser: Any) -> None:
    visit(browser, f"{server}/paper?finding=tost-flip")
    assert "The adaptive loss raises recall" in said(browser)
    script = "return [...document.querySelectorAll('a')].map(a => a.href).filter(h => h.includes('equivalence_'))"
    address = wait_for(lambda: browser.execute_script(script), "no card leads to the Equivalence page")[0]
    visit(browser, address)
    assert "Equivalence" in said(browser) and "lies inside the margin of ±0.020" in said(browser)


def test_the_papers_count_stands_whole_in_one_row(server: str, browser: Any) -> None:
    """Five tiles side by side at 1,400 pixels with the sidebar open, no value cut off."""
    visit(browser, f"{server}/paper")
    values = browser.find_elements("css selector", '[data-testid="stMetricValue"]')
    assert [v.text for v in values] == ["226 of 230", "4", "0", "12 of 12", "1 of 12"]
    assert len({v.location["y"] for v in values}) == 1
    inside = "[arguments[0], ...arguments[0].querySelectorAll('*')]"
    cut = f"return {inside}.some(e => e.scrollWidth > e.clientWidth)"
    assert not any(browser.execute_script(cut, v) for v in values)


def test_an_uploaded_table_is_mapped_and_analysed(server: str, browser: Any, tmp_path: Path) -> None:
    frame = reconstructed().frame.rename(columns={"tuning": "Optimization", "recall": "Sensitivity"})
    file = tmp_path / "mine.csv"
    frame.drop(columns=["tp", "fp", "fn", "tn", "specificity"]).to_csv(file, index=False)
    visit(browser, f"{server}/heatmaps?table=uploaded")
    assert "One row per evaluation of one classifier" in said(browser)
    browser.find_element("css selector", 'input[type="file"]').send_keys(str(file))
    wait_for(lambda: "Recall is lowest for fear" in said(browser), "the table was not read")
    settle(browser)
    click(browser, "Effects")
    wait_for(lambda: "Recall, within emotions: " in said(browser), "the table was lost on the way")
    assert "Results in use: mine.csv" in said(browser)
    assert severe(browser) == []


def test_on_a_telephone_nothing_runs_off_the_side(server: str, browser: Any) -> None:
    with narrow(browser):
        for page in ("effects", "equivalence", "heatmaps", "paper", "power"):
            visit(browser, f"{server}/{page}")
            assert not sideways(browser), page


def test_the_report_draws_without_a_network(open_browser: Callable[..., Any], tmp_path: Path) -> None:
    report = tmp_path / "statistics.html"
    report.write_text(html_report(reconstructed()), encoding="utf-8")
    driver = open_browser("--host-resolver-rules=MAP * ~NOTFOUND")
    driver.get(report.as_uri())
    figures = len(reconstructed().metrics) + 2
    drawn = "return document.querySelectorAll('.js-plotly-plot .main-svg:first-child').length"
    wait_for(lambda: driver.execute_script(drawn) == figures, f"fewer than {figures} figures were drawn")
    assert severe(driver) == [] and not sideways(driver)
    assert "Effects by unit of analysis" in said(driver)
    driver.save_screenshot(str(tmp_path / "report.png"))
    driver.quit()
