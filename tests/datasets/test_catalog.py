"""The catalogue: formats recognised by themselves, and one sentence for what is none."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from fer_core.base.errors import CorpusError
from fer_core.datasets.catalog import corpora_in, open_corpus, recognise, summary

from .builders import put, put_sequence


def test_formats_are_recognised(tmp_path: Path, shared_data: Path) -> None:
    put(tmp_path / "a" / "fear" / "S010_004_00000017.png")
    put(tmp_path / "b" / "fear" / "anna_1.png")
    assert recognise(shared_data / "ckplus_pairs") == recognise(str(shared_data / "ckplus_sample")) == "ckplus"
    assert recognise(tmp_path / "a") == "ckplus48"
    assert recognise(tmp_path / "b") == "folder"
    assert recognise("demo") == "demo"


def test_a_mostly_foreign_folder_is_a_plain_one(tmp_path: Path) -> None:
    put(tmp_path / "fear" / "S010_004_00000017.png")
    put(tmp_path / "fear" / "anna_1.png")
    put(tmp_path / "fear" / "anna_2.png")
    assert recognise(tmp_path) == "folder"


def test_a_folder_called_demo_can_still_be_opened_as_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "demo" / "fear" / "anna_1.png")
    monkeypatch.chdir(tmp_path)
    assert recognise("demo") == "demo"
    assert recognise(Path("demo")) == "folder"


@pytest.mark.skipif(
    importlib.util.find_spec("fer_core.datasets.demo") is None, reason="the demo corpus is not built yet"
)
def test_the_word_demo_opens_the_built_in_corpus() -> None:
    corpus = open_corpus("demo")
    assert corpus.synthetic and (len(corpus.clips), len(corpus.subjects)) == (327, 118)


def test_the_summary_is_plain_data(shared_data: Path) -> None:
    told = summary(open_corpus(shared_data / "ckplus_pairs"))
    counts = {"anger": 41, "disgust": 52, "fear": 21, "happiness": 62, "sadness": 23, "surprise": 70}
    assert told == {
        "format": "ckplus",
        "name": "ckplus_pairs",
        "clips": 269,
        "labelled": 269,
        "subjects": 100,
        "subjects_known": True,
        "attributes": {},
        "passed_over": {},
        "counts": counts,
        "unlabelled": 0,
        "omissions": [],
        "synthetic": False,
    }
    assert json.loads(json.dumps(told)) == told


def test_the_summary_tells_what_is_left_out(tmp_path: Path) -> None:
    put_sequence(tmp_path, "S005/001", "1")
    put_sequence(tmp_path, "S005/002", "9")
    told = summary(open_corpus(tmp_path))
    assert (told["clips"], told["unlabelled"]) == (1, 1)
    assert set(told["omissions"][0]) == {"where", "why", "fix", "count"}
    assert str(tmp_path) not in json.dumps(told["omissions"])


@pytest.mark.parametrize("junk", [(), (".DS_Store",), ("__MACOSX/x",)])
def test_an_empty_folder_is_one_sentence(tmp_path: Path, junk: tuple[str, ...]) -> None:
    for name in junk:
        put(tmp_path / name, "x")
    with pytest.raises(CorpusError, match=r"^the folder is empty \(.*\): use CK\+"):
        open_corpus(tmp_path)


def test_pictures_without_labels_are_counted(tmp_path: Path) -> None:
    put(tmp_path / "a.png")
    put(tmp_path / "day one" / "anna" / "b.png")
    with pytest.raises(CorpusError, match=r"holds 2 image or video files but none with a label"):
        open_corpus(tmp_path)


def test_a_folder_of_something_else_is_one_sentence(tmp_path: Path) -> None:
    put(tmp_path / "letters" / "a.txt", "x")
    with pytest.raises(CorpusError, match="no corpus of a known layout"):
        open_corpus(tmp_path)


def test_a_folder_of_corpora_names_them(shared_data: Path) -> None:
    assert [p.name for p in corpora_in(shared_data)] == ["ckplus_pairs", "ckplus_sample"]
    with pytest.raises(CorpusError, match=r"holds 2 corpora.*open ckplus_pairs, ckplus_sample"):
        open_corpus(shared_data)


@pytest.mark.parametrize(
    ("name", "why"),
    [("absent", "no such folder"), ("file.txt", "a file, not a folder"), ("corpus.zip", "a file.*unpack it")],
)
def test_a_path_that_is_no_folder_is_one_sentence(tmp_path: Path, name: str, why: str) -> None:
    put(tmp_path / "file.txt", "x")
    put(tmp_path / "corpus.zip", "x")
    for path in (tmp_path / name, str(tmp_path / name)):
        with pytest.raises(CorpusError, match=why):
            open_corpus(path)


@pytest.mark.parametrize("path", ["", "  ", "a\x00b", "x" * 5000])
def test_text_that_is_no_path_is_one_sentence(path: str) -> None:
    with pytest.raises(CorpusError):
        open_corpus(path)


def test_a_list_of_subjects_for_ckplus_is_refused(tmp_path: Path) -> None:
    put_sequence(tmp_path, "S005/001", "1")
    csv = put(tmp_path / "who.csv", "clip,subject\n")
    with pytest.raises(CorpusError, match="names its own"):
        open_corpus(tmp_path, subjects_csv=csv)


def test_opening_decodes_no_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import av
    import cv2

    put_sequence(tmp_path, "S005/001", "1")
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("an image was decoded"))
    monkeypatch.setattr(av, "open", lambda *_, **__: pytest.fail("a video was opened"))
    assert len(open_corpus(tmp_path).clips) == 1
