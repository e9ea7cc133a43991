"""Image results as files: what is written comes back, without pictures, names of pictures or folders."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from image_study_samples import ID, SLUGS, stored

from fer_core.base.errors import PathError
from fer_core.results.images import benchmarks


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An assets folder of its own."""
    monkeypatch.setattr(benchmarks, "assets_dir", lambda: tmp_path)
    (tmp_path / "benchmark").mkdir()
    return tmp_path / "benchmark"


def test_own_experiments_and_shipped_files_are_listed(shelf: Path) -> None:
    assert benchmarks.listed() == []
    stored()
    stored("experiment-20260102-030405", design={"base": {}})  # landmark classifiers' kind
    benchmarks.write(benchmarks.read(ID), shelf / "fer2013.json")
    (shelf / "broken.json").write_text("{")
    own, broken, shipped = benchmarks.listed()
    assert (own.name, own.title, own.shipped) == (ID, "A comparison", False)
    assert (shipped.name, shipped.title, shipped.shipped) == ("shipped:fer2013", "A comparison", True)
    assert (broken.name, broken.title) == ("shipped:broken", "broken")


def test_what_was_written_comes_back(shelf: Path) -> None:
    stored()
    found = benchmarks.read(ID)
    benchmarks.write(found, shelf / "a.json")
    back = benchmarks.read("shipped:a")
    assert back["rows"] == json.loads(json.dumps(benchmarks._plain(found["rows"])))
    assert set(back["results"]) == set(back["curves"]) == set(SLUGS)
    assert back["format"] == benchmarks.FORMAT and back["notes"] == []


def test_it_names_no_folder_and_no_picture(shelf: Path) -> None:
    stored()
    benchmarks.write(benchmarks.read(ID), shelf / "a.json")
    text = (shelf / "a.json").read_text()
    assert "private" not in text and "v/1" not in text
    assert json.loads(text)["corpus"]["path"] == "bars.npz"


def test_numbers_that_are_not_finite_become_null(shelf: Path) -> None:
    benchmarks.write({"a": [float("nan"), float("inf"), 0.123456789]}, shelf / "a.json")
    assert json.loads((shelf / "a.json").read_text()) == {"a": [None, None, 0.123457]}


@pytest.mark.parametrize("content", ["{", '{"format": "fer-lab-image-results"}', "[]"])
def test_a_file_that_is_none_is_said(shelf: Path, content: str) -> None:
    (shelf / "a.json").write_text(content)
    for name in ("shipped:a", "shipped:b", "shipped:../a"):
        with pytest.raises(PathError):
            benchmarks.read(name)


def test_a_file_of_another_kind_is_said(shelf: Path) -> None:
    stored()
    benchmarks.write(benchmarks.read(ID) | {"format": "else"}, shelf / "a.json")
    with pytest.raises(PathError, match="no image results"):
        benchmarks.read("shipped:a")
