"""Opened folders: remembered, listed, closed; nothing too wide, nothing by a damaged list."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from fer_core.base import paths
from fer_core.base.errors import PathError
from fer_core.files import last_corpus, opened


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder outside the data folders."""
    folder = tmp_path / "mine é [x]" / "clips"
    (folder / "anger").mkdir(parents=True)
    return folder


def test_a_folder_is_opened_remembered_and_closed(own_home: Path, corpus: Path) -> None:
    with pytest.raises(PathError, match=r"outside the folders opened.*Dataset page"):
        paths.inside_data(corpus)
    assert opened.open_folder(own_home, f" {corpus}/../clips ") == corpus
    assert opened.open_folder(own_home, corpus) == corpus, "twice is once"
    assert opened.opened_folders(own_home) == (corpus,)
    assert paths.inside_data(corpus / "anger") == corpus / "anger"
    assert paths.data_roots()[-1] == corpus and corpus not in paths.own_roots()
    with pytest.raises(PathError, match="outside"):
        paths.inside_data(corpus.parent)
    opened.close_folder(own_home, corpus)
    opened.close_folder(own_home, corpus)
    assert opened.opened_folders(own_home) == ()
    with pytest.raises(PathError, match="outside"):
        paths.inside_data(corpus)


def test_a_link_is_resolved_before_it_is_opened_and_leads_nowhere_else_later(
    own_home: Path, corpus: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(corpus)
    assert opened.open_folder(own_home, link) == corpus
    (tmp_path / "secret").mkdir()
    (corpus / "out").symlink_to(tmp_path / "secret")
    for outside in (corpus / "out", corpus / ".." / ".." / "secret"):
        with pytest.raises(PathError, match="outside"):
            paths.inside_data(outside)
    # The folder itself is exchanged for a link after it was opened.
    corpus.rename(corpus.with_name("before"))
    corpus.symlink_to(tmp_path / "secret")
    with pytest.raises(PathError, match="outside"):
        paths.inside_data(corpus)


def test_a_file_of_images_opens_itself_and_nothing_beside_it(own_home: Path, corpus: Path) -> None:
    (corpus / "faces.csv").write_text("emotion,pixels\n")
    (corpus / "other.csv").write_text("")
    assert opened.open_folder(own_home, corpus / "faces.csv") == corpus / "faces.csv"
    assert paths.inside_data(corpus / "faces.csv")
    with pytest.raises(PathError, match="outside"):
        paths.inside_data(corpus / "other.csv")


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/", "whole disk"),
        ("//", "whole disk"),
        ("/etc", "operating system"),
        ("/proc/self", "operating system"),
        ("/dev/shm/..", "operating system"),
        ("/sys", "operating system"),
        ("/usr/share", "operating system"),
        ("~", "everything of yours"),
        ("~/..", r"whole disk|everything of yours"),
        ("/tmp", "many people"),
        ("{home}", "FER Lab's own"),
        ("{home}/runs", "FER Lab's own"),
        ("{home}/..", "FER Lab's own"),
        ("{tmp}/.ssh", "keys"),
        ("{tmp}/absent", "no such folder"),
        ("relative/folder", "not a whole path"),
        ("", "not a whole path"),
        ("{tmp}/a\0b", "not a usable path"),
        ("/" + "x" * 5000, "not a usable path"),
        ("{tmp}/loop", "not a usable path"),
        ("{tmp}/a.zip", "a file, not a folder"),
        ("{tmp}/a.txt", "a file, not a folder"),
        ("{tmp}/to_etc", "operating system"),
    ],
)
def test_what_is_too_wide_or_no_folder_is_refused(own_home: Path, tmp_path: Path, path: str, why: str) -> None:
    (own_home / "runs").mkdir()
    (tmp_path / ".ssh").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "to_etc").symlink_to("/etc")
    for name in ("a.zip", "a.txt"):
        (tmp_path / name).write_text("x")
    with pytest.raises(PathError, match=why) as caught:
        opened.open_folder(own_home, path.format(home=own_home, tmp=tmp_path))
    assert len(str(caught.value)) < 400 and caught.value.fix
    assert not (own_home / opened.FILE).exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no json",
        b"[]",
        b'{"folders": ["/tmp"]}',
        b'{"version": 2, "folders": []}',
        b'{"version": 1, "folders": "/tmp"}',
        b'{"version": 1, "folders": [7]}',
        b'{"version": 1, "folders": ["/"]}',
        b'{"version": 1, "folders": ["data"]}',
        b'{"version": true, "folders": []}',
        b'{"version": 1, "folders": [], "more": 1}',
        b'{"version": 1, "folders": ["/a\\u0000b"]}',
        b"\xff\xfe",
        b"[" * 100_000,
        b" " * (opened.MAX_BYTES + 1),
        json.dumps({"version": 1, "folders": [f"/a{n}" for n in range(opened.MOST_FOLDERS + 1)]}).encode(),
    ],
)
def test_a_list_that_was_tampered_with_opens_nothing(own_home: Path, corpus: Path, content: bytes) -> None:
    (own_home / opened.FILE).write_bytes(content)
    with pytest.raises(PathError, match="none of them is open"):
        opened.opened_folders(own_home)
    assert paths.data_roots() == paths.own_roots()
    with pytest.raises(PathError, match="cannot be read"):
        opened.open_folder(own_home, corpus)
    opened.close_all(own_home)
    assert opened.open_folder(own_home, corpus) == corpus


def test_the_list_is_bounded(own_home: Path, corpus: Path) -> None:
    folders = [f"{corpus}/{n}" for n in range(opened.MOST_FOLDERS)]
    (own_home / opened.FILE).write_text(json.dumps({"version": 1, "folders": folders}))
    with pytest.raises(PathError, match="64 folders are open already"):
        opened.open_folder(own_home, corpus)
    opened.close_folder(own_home, Path(folders[0]))
    assert opened.open_folder(own_home, corpus) == corpus


def test_two_tabs_at_once_lose_nothing(own_home: Path, corpus: Path) -> None:
    folders = [corpus / str(n) for n in range(12)]
    for folder in folders:
        folder.mkdir()
    threads = [threading.Thread(target=opened.open_folder, args=(own_home, f)) for f in folders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(opened.opened_folders(own_home)) == set(folders)


def test_a_folder_that_is_gone_stays_listed_until_it_is_closed(own_home: Path, corpus: Path) -> None:
    opened.open_folder(own_home, corpus)
    (corpus / "anger").rmdir()
    corpus.rmdir()
    assert opened.opened_folders(own_home) == (corpus,)
    opened.close_folder(own_home, corpus)
    assert opened.opened_folders(own_home) == ()


def test_a_name_that_is_not_utf8_is_one_sentence(own_home: Path, tmp_path: Path) -> None:
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")
    Path(odd).mkdir()
    with pytest.raises(PathError, match="not UTF-8"):
        opened.open_folder(own_home, odd)
    assert opened.opened_folders(own_home) == ()


def test_a_home_that_cannot_be_written_to_is_one_sentence(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PathError):
        opened.open_folder(tmp_path / "file" / "home", corpus)


@pytest.mark.parametrize("address", ["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1", "[::1]"])
def test_a_server_bound_to_this_machine(address: str) -> None:
    assert opened.is_local(address)


@pytest.mark.parametrize("address", [None, "", "0.0.0.0", "::", "192.168.0.7", "lab.example", "127.0.0.1.evil"])
def test_a_server_that_others_reach(address: str | None) -> None:
    assert not opened.is_local(address)


def test_a_server_behind_another_one_is_reached_by_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER_LAB_HOSTS", "lab.example.org")
    assert not opened.is_local("localhost")


def test_the_last_corpus_is_remembered_and_forgotten(own_home: Path) -> None:
    assert last_corpus.last_corpus(own_home) is None
    last_corpus.keep_last(own_home / "new", "my clips_é?view=S")
    assert last_corpus.last_corpus(own_home / "new") == "my clips_é?view=S"
    last_corpus.keep_last(own_home / "new", None)
    assert last_corpus.last_corpus(own_home / "new") is None


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"\xff", b'{"corpus": 7}', b'{"corpus": " "}', b'{"corpus": "a\\u0000"}', b"[" * 9999]
)
def test_a_damaged_memory_is_no_memory(own_home: Path, content: bytes) -> None:
    (own_home / last_corpus.FILE).write_bytes(content)
    assert last_corpus.last_corpus(own_home) is None
    last_corpus.keep_last(own_home / last_corpus.FILE, "demo")  # a home that is a file: no accident
