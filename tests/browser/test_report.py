"""A study's report as a reader opens it: a file, no server, no network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from study_samples import ID, SLUGS, fill

from fer_core.reports.study import html_report
from fer_core.results.study import load_study
from fer_core.store.store import Store

from .conftest import said, severe, wait_for


def test_it_draws_everything_without_a_network(open_browser: Callable[..., Any], tmp_path: Path) -> None:
    with Store(tmp_path / "s.sqlite") as store:
        fill(store, name="Made <script>document.title='taken'</script> up")
        report = tmp_path / "report.html"
        report.write_text(html_report(load_study(store, ID)), encoding="utf-8")
    driver = open_browser("--host-resolver-rules=MAP * ~NOTFOUND")
    driver.get(report.as_uri())
    figures = 1 + 5 + 2 * len(SLUGS) + 2
    drawn = "return document.querySelectorAll('.js-plotly-plot .main-svg:first-child').length"
    wait_for(lambda: driver.execute_script(drawn) == figures, f"fewer than {figures} figures were drawn")
    assert driver.title == "Made <script>document.title='taken'</script> up – FER Lab"
    asked = driver.execute_script("return performance.getEntriesByType('resource').map(e => e.name)")
    assert [name for name in asked if not name.startswith(("data:", "blob:"))] == []
    assert severe(driver) == []
    assert "Macro F1 runs from" in said(driver)
    wide = "return document.documentElement.scrollWidth <= window.innerWidth"
    assert driver.execute_script(wide), "the page scrolls sideways"
    driver.quit()
