"""What comes from outside on real pages: names that are Markdown or no text, lists with one bad item."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from run_samples import finished_run
from streamlit.testing.v1 import AppTest

from fer_core import runs
from fer_core.base.paths import bundles_dir
from fer_core.live.recordings.shelf import recordings
from fer_core.models.bundle import load_bundle
from fer_core.results.bundles_and_runs import card_of
from fer_core.studies.leak_lab import jobs as lab_runs
from fer_core.training.landmarks.card import model_card

from .conftest import Open, text
from .test_leak_lab import made_run

IMAGE = "![n](http:&#47;&#47;127.0.0.1:8977&#47;n.png)"
LINK = "https://canary.example www.canary.example a@canary.example :material/home: $x$"
PAGES = ("home", "dataset", "landmarks", "leak_lab", "train", "launch", "sensitivity")
BYTES = os.fsdecode(b"jos\xe9")


def corpus(root: Path, name: str, *people: str) -> Path:
    """A folder of clips, three frames each."""
    for emotion in ("anger", "happiness"):
        for person in people or ("anna", "berta"):
            folder = root / name / emotion / f"{person}_1"
            folder.mkdir(parents=True)
            for k in range(3):
                frame = cv2.imencode(".png", np.full((24, 24, 3), 60 * k, np.uint8))[1]
                (folder / f"f{k}.png").write_bytes(frame.tobytes())
    return root / name


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own."""
    monkeypatch.setenv("FER_LAB_DATA", str(tmp_path))
    return tmp_path


def shown(app: AppTest) -> str:
    """Everything that the page gives to Markdown, labels and help included."""
    kinds = ("button", "checkbox", "selectbox", "segmented_control", "metric", "expander", "toggle")
    labels = [str(getattr(e, "label", "")) + str(getattr(e, "help", "")) for k in kinds for e in app.get(k)]
    return re.sub("`[^`]*`", "", "\n".join([text(app), *labels]))  # code stays code


@pytest.mark.parametrize("page", PAGES)
def test_a_corpus_that_is_called_an_image_draws_none(page: str, data: Path, open_page: Open) -> None:
    corpus(data, IMAGE)
    said = shown(open_page(page, corpus=IMAGE))
    assert "n.png" in said
    assert "![n]" not in said and "(http:" not in said.replace("\\[n\\](http:", "")


def test_a_card_shows_names_as_they_are() -> None:
    bundle = load_bundle(bundles_dir() / "ckplus-gru")
    training = bundle.training | {"corpus": bundle.training["corpus"] | {"name": LINK}}
    metrics = bundle.metrics | {"leaks": [{"rule": "copies", "what": f"{IMAGE} | x", "where": ""}]}
    card = model_card(replace(bundle, name=IMAGE, metrics=metrics, training=training))
    assert "canary" in card and "n.png" in card
    for dangerous in ("![n]", "https://", "www.c", "a@c", ":material/", " $x$"):
        assert dangerous not in card


def test_a_card_that_another_program_wrote_calls_nobody(open_page: Open, own_home: Path) -> None:
    folder = finished_run(own_home)
    evil = "# card\n\n![n](http://127.0.0.1:8977/bundle.png) <img src=x> [a](http://x.example) http://y.example\n"
    (folder / "bundle" / "card.md").write_text(evil)
    assert card_of(folder / "bundle") == evil
    said = text(open_page("results"))
    assert "bundle.png" in said
    for dangerous in ("![n]", " <img", "[a](", "http://y"):
        assert dangerous not in said


def test_a_result_of_others_is_told_and_not_drawn(open_page: Open) -> None:
    folder = made_run()
    result = json.loads((folder / "result.json").read_text())
    result["corpus"]["name"] = IMAGE
    result["notes"] = [f"a note {IMAGE}"]
    result["protocols"][0]["title"] = f"**title** {IMAGE}"
    (folder / "result.json").write_text(json.dumps(result))
    said = shown(open_page("leak_lab", lab=folder.name))
    assert said.count("n.png") >= 3
    assert "![n]" not in said
    assert lab_runs.find(folder.name) == folder


def test_a_folder_whose_name_is_no_text_hides_no_other(data: Path, open_page: Open) -> None:
    corpus(data, "fine")
    corpus(data, BYTES)
    (data / "loop").symlink_to("loop")
    (data / "nowhere").symlink_to("gone")
    os.mkfifo(data / "pipe")
    app = open_page("dataset", source_kind="Folder")
    app.segmented_control(key="source_kind").set_value("Folder").run()
    assert not app.exception
    assert app.selectbox(key="source_folder").options == ["fine"]
    assert "jos\\\\xe9 is not listed: its name is not UTF-8. Rename it." in text(app)


@pytest.mark.parametrize("page", ["dataset", "landmarks", "train"])
def test_clips_and_files_whose_names_are_no_text_are_shown(page: str, data: Path, open_page: Open) -> None:
    place = corpus(data, "fine", "anna", BYTES, "x\x1b[31mred")
    (place / "anger" / os.fsdecode(b"left\xfc.mp4")).write_text("no video")
    (place / "anger" / "loop").symlink_to("loop")
    app = open_page(page, corpus="fine")
    if page == "dataset":
        tables = "\n".join(str(d.value.to_dict("list")) for d in app.dataframe)
        assert "left\\\\xfc.mp4" in tables and "anger/loop" in tables


UNREADABLE = ("folder", "loop", "junk", "list", "bytes")


def spoil(status: Path, how: str) -> None:
    """Something in place of a status."""
    status.unlink(missing_ok=True)
    if how == "folder":
        status.mkdir()
    elif how == "loop":
        status.symlink_to(status.name)
    else:
        status.write_bytes({"junk": b"{", "list": b"[1]", "bytes": b"\xff\xfe\x00"}[how])


def test_a_run_that_cannot_be_read_is_a_line_with_its_reason(open_page: Open, own_home: Path) -> None:
    finished_run(own_home, "train-20260102-030405")
    for k, how in enumerate(UNREADABLE):
        folder = own_home / "runs" / f"train-20260103-00000{k}"
        folder.mkdir()
        spoil(folder / runs.STATUS, how)
    app = open_page("runs")
    said = text(app)
    assert said.count("cannot be read: ") == len(UNREADABLE)
    labels = [b.label for b in app.button]
    assert sum(label.startswith("train-20260103") for label in labels) == len(UNREADABLE)
    assert sum(label.startswith("demo: GRU") for label in labels) == 1
    said = text(open_page("home"))
    assert said.count("cannot be read: ") == len(UNREADABLE)
    assert "1 recogniser trained" in said


def test_an_odd_run_folder_is_no_run(open_page: Open, own_home: Path) -> None:
    (own_home / "runs").mkdir()
    (own_home / "runs" / "train-file").write_text("")
    (own_home / "runs" / "train-empty").mkdir()
    (own_home / "runs" / "train-loop").symlink_to("train-loop")
    assert runs.list_runs() == []
    open_page("runs")


def test_recordings_beside_odd_ones_stay(tmp_path: Path) -> None:
    for name in ("fine", os.fsdecode(b"rec\xff")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "recording.csv").write_text("time_s\n")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").write_text("")
    assert [r.name for r in recordings(tmp_path)] == ["rec\\xff", "fine"]
    assert recordings(tmp_path / "file") == recordings(tmp_path / "gone") == []
