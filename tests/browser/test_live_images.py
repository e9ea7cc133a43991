"""An image model on the webcam, through a real browser: frames are read, said, and explained by patches."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from image_bundle_samples import band_bundle

from fer_core import runs

from .conftest import press, said, settle, severe, visit, wait_for, whole_page
from .test_live import camera, film, switch  # noqa: F401 - `film` is a fixture

RUN = "images-20260102-030405"


@pytest.fixture(params=["of a run", "shipped"])
def model(server_home: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The name in the address of an experiment's model in the server's home, or of the shipped one."""
    if request.param == "shipped":
        yield quote("image:shipped/fer2013-attention", safe="")
        return
    folder = server_home / "runs" / RUN
    runs.RunFolder(folder).finish()
    band_bundle(folder / "models" / "bands", gain=40.0)
    yield quote(f"image:{RUN}/bands", safe="")
    shutil.rmtree(folder)


def test_a_face_is_read_as_a_picture(
    server: str,
    open_browser: Callable[..., Any],
    film: Callable[..., Path],  # noqa: F811
    model: str,
    tmp_path: Path,
) -> None:
    driver = open_browser(*camera(film("surprise")))
    visit(driver, f"{server}/live?model={model}")
    wait_for(lambda: "The camera is off" in said(driver), f"the page is not there:\n{said(driver)}")
    settle(driver)
    chosen = "return document.querySelector('[data-testid=\"stSelectbox\"]')?.outerHTML || ''"
    assert "image model" in driver.execute_script(chosen)
    switch(driver, "Camera")
    wait_for(lambda: re.search(r"\d+ frames a second", said(driver)), f"no frames:\n{said(driver)}")
    wait_for(
        lambda: re.search(r"Classified as \w+|At rest|Unsure", said(driver)),
        f"nothing is said of the face:\n{said(driver)}",
    )
    assert "Calibrate" not in said(driver) and "Measured from" not in said(driver)
    switch(driver, "Why")
    wait_for(lambda: "patch" in said(driver), "it does not say why")
    wide = "return document.querySelector('img[alt^=\"The picture of the face\"]')?.naturalWidth"
    wait_for(lambda: driver.execute_script(wide), "the patches are not drawn")
    press(driver, "Record")
    wait_for(lambda: "Stop recording" in said(driver), "it does not record")
    press(driver, "Stop recording")
    whole_page(driver, tmp_path / "live_image_model.png")
    assert severe(driver) == []
