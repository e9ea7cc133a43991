"""Paths: the pages reach the opened folders and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fer_core.base import paths
from fer_core.base.errors import PathError


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one data folder that is open."""
    folder = tmp_path / "open data é"
    (folder / "corpus").mkdir(parents=True)
    monkeypatch.setenv("FER_LAB_DATA", str(folder))
    return folder


def test_home_follows_its_variable(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert paths.home() == own_home.resolve()
    monkeypatch.delenv("FER_LAB_HOME")
    assert paths.home() == Path.home().resolve() / ".fer_lab"


def test_asking_for_home_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER_LAB_HOME", str(tmp_path / "new"))
    paths.home()
    assert not (tmp_path / "new").exists()
    assert [f().name for f in (paths.cache_dir, paths.runs_dir, paths.uploads_dir)] == ["cache", "runs", "uploads"]
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == ["cache", "runs", "uploads"]


def test_a_home_that_cannot_be_made_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FER_LAB_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(PathError, match=r"cannot be made.*FER_LAB_HOME"):
        paths.runs_dir()


def test_without_the_variable_the_repositorys_data_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FER_LAB_DATA", raising=False)
    assert paths.data_roots() == (paths.REPOSITORY.resolve() / "data", paths.home() / "uploads")
    assert (paths.REPOSITORY / "fer_core").is_dir()


def test_several_roots_are_kept_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    monkeypatch.setenv("FER_LAB_DATA", os.pathsep.join([str(b), "", f" {a} ", str(b)]))
    assert paths.data_roots()[:2] == (b, a)
    assert len(paths.data_roots()) == 3


def test_what_lies_inside_is_opened(data: Path) -> None:
    assert paths.inside_data(data / "corpus") == data / "corpus"
    assert paths.inside_data(data) == data
    assert paths.inside_data("corpus") == data / "corpus"
    assert paths.inside_data(f" {data}/corpus/../corpus ") == data / "corpus"


def test_a_relative_path_is_looked_for_in_every_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "b" / "corpus").mkdir(parents=True)
    monkeypatch.setenv("FER_LAB_DATA", os.pathsep.join([str(tmp_path / "a"), str(tmp_path / "b")]))
    assert paths.inside_data("corpus") == tmp_path / "b" / "corpus"
    assert paths.inside_data("absent") == tmp_path / "a" / "absent"


def test_uploads_are_open(data: Path) -> None:
    assert paths.inside_data(paths.uploads_dir() / "mine") == paths.home() / "uploads" / "mine"


@pytest.mark.parametrize("path", ["/etc/passwd", "/", "../", "corpus/../../secret", "~", "{data}2", "{data}/../x"])
def test_what_lies_outside_is_refused(data: Path, path: str) -> None:
    Path(f"{data}2").mkdir()  # a sibling whose name begins alike
    with pytest.raises(PathError, match="outside the folders opened"):
        paths.inside_data(path.format(data=data))


def test_a_link_that_leads_out_is_refused(data: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (data / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(PathError, match="outside"):
        paths.inside_data(data / "link")


def test_a_link_that_leads_in_is_followed(data: Path) -> None:
    (data / "link").symlink_to(data / "corpus")
    assert paths.inside_data("link") == data / "corpus"


@pytest.mark.parametrize("path", ["a\x00b", "x" * 5000, "{data}/loop"])
def test_text_that_is_no_path_is_one_sentence(data: Path, path: str) -> None:
    (data / "loop").symlink_to(data / "loop")
    with pytest.raises(PathError) as caught:
        paths.inside_data(path.format(data=data))
    assert len(str(caught.value)) < 400


def test_what_ships_lies_in_the_repository() -> None:
    assert paths.bundles_dir() == paths.REPOSITORY / "saved_models"
    assert paths.assets_dir() == paths.REPOSITORY / "assets"
