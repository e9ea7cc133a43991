"""The pages' helpers that can be tried without a page."""

from __future__ import annotations

from pathlib import Path

import plotly.graph_objects as go
import pytest

from fer_core.landmarks.view import Coverage
from ui.common import downloads, state, words
from ui.runs import extraction


def test_csv_keeps_letters_of_every_script() -> None:
    content = downloads.csv_bytes([{"clip": "é/明", "n": 1}])
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").splitlines() == ["clip,n", "é/明,1"]


def test_a_saved_figure_needs_no_network() -> None:
    page = downloads.figure_html(go.Figure(go.Bar(x=[1])), "Counts").decode()
    assert "Counts" in page
    assert '<script src="http' not in page
    assert 'src="https://cdn' not in page


@pytest.mark.parametrize(
    ("status", "share", "said"),
    [
        ({}, 0.0, "Starting"),
        ({"step": 0, "total": 10, "text": "Finding", "started": 100.0}, 0.0, "Finding: 0%"),
        ({"step": 5, "total": 10, "text": "Finding", "started": 70.0}, 0.5, "Finding: 50%, 30 s left"),
        ({"step": 12, "total": 10, "text": "Finding", "started": 70.0}, 1.0, "Finding: 100%, 0 s left"),
    ],
)
def test_progress_in_words(status: dict[str, object], share: float, said: str) -> None:
    assert extraction.progress_words(status, now=100.0) == (share, said)


def test_sources_are_named_from_their_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    monkeypatch.setenv("FER_LAB_DATA", str(tmp_path))
    assert state.relative_name(tmp_path / "mine") == "mine"
    assert state.relative_name("demo") == "demo"
    assert state.path_of("mine") == str(tmp_path / "mine")
    (tmp_path / "demo").mkdir()
    assert state.relative_name(tmp_path / "demo") == str(tmp_path / "demo"), "not the built-in one"


def test_sentences() -> None:
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    said = words.coverage_sentence({"fear": Coverage(8, 1, 1, 1, 0), "anger": Coverage(10, 0, 0, 1, 2)})
    assert said == (
        "A face was missed in 1 of 20 sampled frames (5.0%), most often in clips labelled fear (10.0%); "
        "5% of the samples are interpolated between two frames; 2 clips rejected."
    )
