"""A video through a real browser: uploaded, read in a process of its own, its table taken away."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from run_samples import finished_run
from video_samples import moving_face, uneven, write_video

from .conftest import narrow, press, said, settle, severe, sideways, visit, wait_for, whole_page

RUN = "train-20260102-030405"


@pytest.fixture(scope="module")
def home(server_home: Path) -> Path:
    """The server's home with one finished run, whose bundle reads the videos."""
    finished_run(server_home, RUN)
    return server_home


def test_a_video_is_uploaded_read_and_its_table_taken_away(
    server: str, home: Path, browser: Any, tmp_path: Path
) -> None:
    pytest.importorskip("skimage")
    kept = tmp_path / "downloads"
    kept.mkdir()
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(kept)})
    stamps = uneven(60)
    video = write_video(tmp_path / "walk in.mp4", moving_face(), stamps)
    (tmp_path / "not one.mp4").write_text("no video")

    visit(browser, f"{server}/videos?model={RUN}")
    assert "An expression is not a feeling" in said(browser)
    box = browser.find_element("css selector", '[data-testid="stFileUploaderDropzoneInput"]')
    box.send_keys(f"{video}\n{tmp_path / 'not one.mp4'}")
    press(browser, "Read 2 videos")
    wait_for(lambda: "60 frames" in said(browser) and "Delete this run" in said(browser), "it did not end", 240)
    settle(browser)
    page = said(browser)
    assert "whatever its name says (not one.mp4)" in page
    assert "The uploaded videos were removed" in page
    assert not list(home.glob("runs/annotate-*/uploads/*"))
    whole_page(browser, tmp_path / "done.png")

    press(browser, "Table, CSV")
    file = kept / "walk in.csv"
    wait_for(file.is_file, "nothing was downloaded", 60)
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [float(r["time_s"]) for r in rows] == pytest.approx(stamps, abs=0.0006)
    assert {r["faces"] for r in rows} == {"1"}
    assert severe(browser) == []

    browser.refresh()  # the view is in the address: a reload shows it again
    settle(browser)
    assert "60 frames" in said(browser)


def test_on_a_telephone_nothing_is_cut_off(server: str, home: Path, browser: Any) -> None:
    with narrow(browser):
        visit(browser, f"{server}/videos?model={RUN}")
        assert not sideways(browser)
    assert severe(browser) == []
