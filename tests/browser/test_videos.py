"""A video through a real browser: uploaded, read in a process of its own, its table taken away."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from run_samples import finished_run
from video_samples import moving_face, uneven, write_video

from .conftest import press, said, settle, severe, visit, wait_for, whole_page

RUN = "train-20260102-030405"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one finished run, whose bundle reads the videos."""
    found = tmp_path_factory.mktemp("videos_home")
    finished_run(found, RUN)
    return found


@pytest.fixture(scope="module")
def address(start_server: Callable[..., str], home: Path) -> str:
    return start_server(FER_LAB_HOME=str(home))


def test_a_video_is_uploaded_read_and_its_table_taken_away(
    address: str, home: Path, open_browser: Callable[..., Any], tmp_path: Path
) -> None:
    pytest.importorskip("skimage")
    driver = open_browser()
    kept = tmp_path / "downloads"
    kept.mkdir()
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(kept)})
    stamps = uneven(60)
    video = write_video(tmp_path / "walk in.mp4", moving_face(), stamps)
    (tmp_path / "not one.mp4").write_text("no video")

    visit(driver, f"{address}/videos?model={RUN}")
    assert "An expression is not a feeling" in said(driver)
    box = driver.find_element("css selector", '[data-testid="stFileUploaderDropzoneInput"]')
    box.send_keys(f"{video}\n{tmp_path / 'not one.mp4'}")
    press(driver, "Read 2 videos")
    wait_for(lambda: "60 frames" in said(driver) and "Delete this run" in said(driver), "it did not end", 240)
    settle(driver)
    page = said(driver)
    assert "whatever its name says (not one.mp4)" in page
    assert "The uploaded videos were removed" in page
    assert not list(home.glob("runs/annotate-*/uploads/*"))
    whole_page(driver, tmp_path / "done.png")

    press(driver, "Table, CSV")
    file = kept / "walk in.csv"
    wait_for(file.is_file, "nothing was downloaded", 60)
    time.sleep(0.5)
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [float(r["time_s"]) for r in rows] == pytest.approx(stamps, abs=0.0006)
    assert {r["faces"] for r in rows} == {"1"}
    assert severe(driver) == []

    driver.refresh()  # the view is in the address: a reload shows it again
    settle(driver)
    assert "60 frames" in said(driver)


def test_on_a_telephone_nothing_is_cut_off(address: str, open_browser: Callable[..., Any]) -> None:
    driver = open_browser()
    metrics = {"width": 420, "height": 900, "deviceScaleFactor": 1, "mobile": True}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    visit(driver, f"{address}/videos?model={RUN}")
    script = "return document.documentElement.scrollWidth > window.innerWidth"
    assert not driver.execute_script(script)
    assert severe(driver) == []
