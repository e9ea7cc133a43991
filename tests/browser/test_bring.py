"""What a new user brings: a folder of phone clips from elsewhere, a table, a picture and a video."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from video_samples import write_video

from .conftest import SLOW, answered, click, press, said, severe, visit, wait_for, whole_page

pytest.importorskip("skimage")
FIELD = "Or any folder of this machine, by its path"


@pytest.fixture(scope="module")
def brought(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder's worth of things; the face is the astronaut Eileen Collins' (NASA, public domain)."""
    from PIL import Image
    from skimage import data

    place = tmp_path_factory.mktemp("brought")
    face = np.asarray(data.astronaut()[0:280, 90:370])
    Image.fromarray(face).save(place / "portrait.webp")
    pixels = " ".join(map(str, (np.arange(48 * 48) % 251).tolist()))
    rows = "".join(f"{k % 3},{pixels},Training\n" for k in range(6))
    (place / "fer.csv").write_text("emotion,pixels,Usage\n" + rows)
    small = face[::2, ::2]
    moments = [n / 10 for n in range(6)]
    write_video(place / "IMG_4001.MOV", lambda k: small + np.uint8(k), moments)
    for number, emotion in enumerate(("happy", "happy", "sad")):
        folder = place / "my phone clips" / emotion
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"IMG_400{number}.MOV").write_bytes((place / "IMG_4001.MOV").read_bytes())
    (place / "my phone clips" / "happy" / "notes.txt").write_text("not a clip")
    return place


def choose(driver: Any, *files: Path) -> None:
    """Choose files in the upload's box."""
    with answered(driver, SLOW):
        driver.find_element("css selector", '[data-testid="stFileUploaderDropzoneInput"]').send_keys(
            "\n".join(map(str, files))
        )


def fill(driver: Any, label: str, text: str) -> None:
    """Type into a field and press Enter."""
    from selenium.webdriver.common.keys import Keys

    field = driver.find_element("css selector", f"input[aria-label='{label}']")
    with answered(driver):
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(text, Keys.ENTER)


def unfold(driver: Any, label: str) -> None:
    """Open what is folded."""
    find = "return [...document.querySelectorAll('summary')].find(e => e.innerText.includes(arguments[0]))"
    wait_for(lambda: driver.execute_script(find, label), f"nothing is folded under {label!r}").click()


def test_a_new_user_brings_a_folder_a_table_a_picture_and_a_video(
    start_server: Callable[..., str], open_browser: Callable[..., Any], brought: Path, tmp_path: Path
) -> None:
    (home := tmp_path / "home").mkdir()
    (tmp_path / "data").mkdir()
    address = start_server(FER_LAB_HOME=str(home), FER_LAB_DATA=str(tmp_path / "data"))
    driver = open_browser()

    # A folder of phone clips that lies somewhere else.
    visit(driver, f"{address}/dataset")
    click(driver, "Folder")
    fill(driver, FIELD, str(brought / "my phone clips"))
    assert "is not open to FER Lab yet" in said(driver) and "until you close it" in said(driver)
    click(driver, "Open this folder for FER Lab")
    wait_for(lambda: "Use this corpus" in said(driver), f"the folder is not open:\n{said(driver)}")
    click(driver, "Use this corpus")
    wait_for(lambda: "3 labelled clips" in said(driver), f"the corpus is not in use:\n{said(driver)}")
    assert "of people who are not known" in said(driver) and "IMG" not in said(driver).split("Names are")[0]
    whole_page(driver, tmp_path / "phone.png")

    # A new tab begins with it, and says so; the picker opens from the sidebar, also on this page.
    visit(driver, f"{address}/dataset")
    assert "3 labelled clips" in said(driver) and "as last time" in said(driver)
    click(driver, "Change the corpus")
    wait_for(lambda: "Where the corpus comes from" in said(driver), "the picker did not open")

    # A table of images.
    click(driver, "Upload")
    choose(driver, brought / "fer.csv")
    click(driver, "Store and look")
    wait_for(lambda: "Labelled images" in said(driver), f"the table was not read:\n{said(driver)}")
    click(driver, "Use this corpus")
    wait_for(lambda: "6 labelled images" in said(driver), f"the table is not in use:\n{said(driver)}")

    # A picture to be read, and a video to be read.
    click(driver, "Change the corpus")
    click(driver, "Upload")
    choose(driver, brought / "portrait.webp")
    assert "What do you want to do with it?" in said(driver)
    press(driver, "Open it on Live")
    wait_for(lambda: "portrait.webp, from the Dataset page" in said(driver), f"not handed over:\n{said(driver)}")
    wait_for(lambda: "Classified as" in said(driver), f"the picture was not read:\n{said(driver)}")
    assert "The face that is read on portrait.webp" in said(driver)
    visit(driver, f"{address}/dataset?picker=open")
    click(driver, "Upload")
    choose(driver, brought / "IMG_4001.MOV", brought / "my phone clips" / "happy" / "notes.txt")
    page = said(driver)
    assert "1 thing cannot be used" in page and ".txt is neither a picture, a video" in page
    visit(driver, f"{address}/dataset?picker=open")
    click(driver, "Upload")
    choose(driver, brought / "IMG_4001.MOV")
    press(driver, "Open it on Videos")
    wait_for(lambda: "Read 1 video" in said(driver), f"the video is not there:\n{said(driver)}")

    # The folder is closed again: a bookmark to it says so and offers to open it.
    visit(driver, f"{address}/dataset?picker=open")
    click(driver, "Folder")
    unfold(driver, "Opened by you: 1 folder")
    click(driver, "Close")
    visit(driver, f"{address}/dataset?corpus={brought / 'my phone clips'}")
    assert "is not open to FER Lab" in said(driver) and "3 labelled clips" not in said(driver)
    assert severe(driver) == []
