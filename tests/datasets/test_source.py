"""A corpus and which part of it is meant, in one line that pages, processes and the command line share."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from fer_core.base.errors import CorpusError, FerError
from fer_core.datasets.base import Clip, Corpus
from fer_core.datasets.catalog import open_corpus
from fer_core.datasets.images.catalog import open_images, recognise_images
from fer_core.datasets.source import MOST_VALUES, Source, parse, select, source_of, values_of

from .builders import put


@pytest.mark.parametrize(
    ("path", "only"),
    [
        ("demo", {}),
        ("/data/kdef", {"view": ["S"]}),
        ("/data/kdef", {"view": ["S", "HL"], "part": ["train"]}),
        ("C:\\faces", {"intensity": ["very strong", "50 %", "a&b=c?d/e", "é"]}),
        ("odd ?name", {"view": ["S"]}),
        ("odd?view", {"view": ["S"]}),
    ],
)
def test_a_line_says_it_all(path: str, only: dict[str, list[str]]) -> None:
    source = source_of(path, only)
    assert parse(source.line) == source and parse(source.line).path == path


@pytest.mark.parametrize(
    "line", ["", "?", "?view=S", "a?", "a?b", "a?View=S", "a?view=S/b", "a?view=S&", "a?=S", "a?view=S=T", "a\0?v=S"]
)
def test_what_is_no_choice_is_a_path(line: str) -> None:
    assert parse(line) in (Source(line), source_of("a\0", {"v": ["S"]}))


def test_what_numbers_mean_is_part_of_a_line(tmp_path: Path) -> None:
    source = source_of("/data/copy", {"part": ["train"]}, "affectnet")
    assert source.line == "/data/copy?codes=affectnet&part=train" and parse(source.line) == source
    for number in range(8):
        put(tmp_path / "copy" / str(number) / "a.png")
    with pytest.raises(CorpusError, match="--codes"):
        open_images(tmp_path / "copy")
    assert list(open_images(f"{tmp_path}/copy?codes=affectnet").counts.values()) == [1] * 8
    with pytest.raises(FerError, match="no known order"):
        open_images(f"{tmp_path}/copy?codes=nonsense")
    with pytest.raises(CorpusError, match="no bare numbers"):
        open_corpus(f"{tmp_path}/copy?codes=affectnet")


def test_a_folder_of_such_a_name_is_itself(tmp_path: Path) -> None:
    folder = tmp_path / "a?view=S"
    put(folder / "anger" / "anna_1.png")
    assert parse(str(folder)) == Source(str(folder))
    assert open_corpus(str(folder)).counts == {"anger": 1}


def test_too_many_values_are_refused() -> None:
    with pytest.raises(CorpusError, match="more than 200 values"):
        parse("a?" + "&".join(f"view={n}" for n in range(MOST_VALUES + 1)))


def test_words_name_folder_and_choice() -> None:
    assert parse("/data/kdef?view=S&view=HL&part=test").words == "kdef, part test, view S or HL"
    assert parse("demo").words == "demo"


@pytest.fixture
def corpus() -> Corpus:
    """Six clips with a view, three of them with a part, and an unlabelled one."""
    clips = tuple(
        Clip(
            str(n),
            "anna",
            ("anger", "fear")[n % 2],
            attributes=(("view", "SHF"[n % 3]), *([("part", "train")] if n < 3 else [])),
        )
        for n in range(6)
    )
    apart = (replace(clips[0], clip_id="u", emotion=None), replace(clips[1], clip_id="v", emotion=None))
    return Corpus("made", "folder", None, clips, apart)


def test_a_choice_leaves_the_rest_out_aloud(corpus: Corpus) -> None:
    part = select(corpus, parse("made?view=s&view=H&part=train"))
    assert [c.clip_id for c in part.clips] == ["0", "1"] and part.name == "made, part train, view s or H"
    assert len(part.clips) + sum(o.count for o in part.omissions) == len(corpus.clips)
    assert [c.clip_id for c in select(corpus, parse("made?view=S")).unlabelled] == ["u"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("made?light=dark", "does not say its 'light'"),
        ("made?view=X", "no view is called 'X'"),
        ("made?view=", "no view is called ''"),
        ("made?part=train&view=F&emotion=fear", "does not say its 'emotion'"),
    ],
)
def test_a_choice_that_leaves_nothing_is_one_sentence(corpus: Corpus, line: str, why: str) -> None:
    with pytest.raises(CorpusError, match=why):
        select(corpus, parse(line))


def test_values_are_counted_and_what_is_no_choice_is_not_offered(corpus: Corpus) -> None:
    assert values_of(corpus) == {"part": {"train": 3}, "view": {"F": 2, "H": 2, "S": 2}}
    assert "view" not in values_of(select(corpus, parse("made?view=S")))


def test_corpora_of_images_take_the_same_line(tmp_path: Path) -> None:
    for part, emotion in (("train", "angry"), ("train", "happy"), ("test", "happy")):
        put(tmp_path / "mine" / part / emotion / "1.png")
    line = f"{tmp_path}/mine?part=test"
    assert recognise_images(line) == recognise_images(tmp_path / "mine") == "folder"
    corpus = open_images(line)
    assert corpus.counts == {"happiness": 1} and corpus.name == "mine, part test"
    assert sum(o.count for o in corpus.omissions) == 2
    with pytest.raises(CorpusError, match="no part is called 'x'"):
        open_images(f"{tmp_path}/mine?part=x")


def test_the_command_line_takes_the_same_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from fer_core.cli.main import main

    put(tmp_path / "mine" / "anger" / "anna_1.png")
    assert main(["corpus", f"{tmp_path}/mine?view=S", "--json"]) != 0
    assert "does not say its 'view'" in json.dumps(capsys.readouterr().err)
