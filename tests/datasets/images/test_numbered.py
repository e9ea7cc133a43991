"""Folders named by number: which order is asked for, never guessed, and told."""

from __future__ import annotations

from pathlib import Path

import pytest

from fer_core.base.emotions import AFFECTNET_CODES, CKPLUS_CODES, FER2013_CODES
from fer_core.base.errors import CorpusError, SettingError
from fer_core.cli.main import main
from fer_core.datasets.images.catalog import open_images, recognise_images
from fer_core.datasets.images.numbered import code_in

from .trees import put, put_by_emotion, put_fer2013, put_numbered, usual_rows, whys

ALPHABET = ["anger", "contempt", "disgust", "fear", "happiness", "neutral", "sadness", "surprise"]


@pytest.mark.parametrize("parts", [("",), ("train", "val", "test"), ("train_set", "val_set")])
@pytest.mark.parametrize("codes", [range(8), range(1, 9), range(7)])
def test_an_unknown_order_is_asked_for(tmp_path: Path, parts: tuple[str, ...], codes: range) -> None:
    put_numbered(tmp_path, codes, 1, parts)
    assert recognise_images(tmp_path) == "numbered"
    with pytest.raises(CorpusError, match="corpora differ in what these mean") as caught:
        open_images(tmp_path)
    for word in ("--codes", "affectnet", "alphabetical", "fer2013", "rafdb", "ckplus", "codes.txt"):
        assert word in str(caught.value)
    assert str(caught.value).count("\n") == 0 and f"{codes[0]} to {codes[-1]}" in str(caught.value)


@pytest.mark.parametrize(
    ("codes", "word", "expected"),
    [
        (range(8), "affectnet", list(AFFECTNET_CODES.values())),
        (range(1, 9), "AffectNet", list(AFFECTNET_CODES.values())),
        (range(8), "alphabetical", ALPHABET),
        (range(1, 9), "alphabetical", ALPHABET),
        (range(7), "alphabetical", [e for e in ALPHABET if e != "contempt"]),
        (range(1, 8), "alphabetical", [e for e in ALPHABET if e != "contempt"]),
        (range(7), "fer2013", list(FER2013_CODES.values())),
        (range(8), "CK+", list(CKPLUS_CODES.values())),
        (range(1, 7), "rafdb", ["surprise", "fear", "disgust", "happiness", "sadness", "anger"]),
        (range(3), "sad, happy ,Angry", ["sadness", "happiness", "anger"]),
        (range(1, 4), "sad,happy,angry", ["sadness", "happiness", "anger"]),
    ],
)
def test_the_order_that_is_given_is_used_and_told(tmp_path: Path, codes: range, word: str, expected: list[str]) -> None:
    put_numbered(tmp_path, codes)
    corpus = open_images(tmp_path, codes=word)
    assert corpus.emotion.tolist() == expected and corpus.omissions == ()
    assert f"{codes[0]} {expected[0]}, {codes[1]} {expected[1]}" in corpus.note and word in corpus.note


@pytest.mark.parametrize(
    "text", ["affectnet", "\ufeffAffectNet\r\n", "neutral\nhappy\nsad\nsurprise\nfear\ndisgust\nanger\ncontempt"]
)
def test_the_order_may_be_written_beside_the_folders(tmp_path: Path, text: str) -> None:
    put_numbered(tmp_path, range(8))
    put(tmp_path / "codes.txt", text)
    corpus = open_images(tmp_path)
    assert corpus.emotion.tolist() == list(AFFECTNET_CODES.values()) and "the file codes.txt" in corpus.note


@pytest.mark.parametrize("word", ["imagenet", "", "happy", "sad,sad", "sad,glad", ",", "9" * 9000, "\0"])
def test_words_that_are_no_order_are_one_sentence(tmp_path: Path, word: str) -> None:
    put_numbered(tmp_path, range(8))
    with pytest.raises((SettingError, CorpusError)) as caught:
        open_images(tmp_path, codes=word)
    assert len(str(caught.value)) < 600 and "\n" not in str(caught.value)


def test_an_alphabet_of_five_is_not_guessed(tmp_path: Path) -> None:
    put_numbered(tmp_path, range(5))
    with pytest.raises(SettingError, match="0 to 4 are in alphabetical order is unknown"):
        open_images(tmp_path, codes="alphabetical")


def test_numbers_that_the_order_lacks_are_counted(tmp_path: Path) -> None:
    """AffectNet's none, uncertain and no face; and a number of no order."""
    put_numbered(tmp_path, range(11))
    corpus = open_images(tmp_path, codes="affectnet")
    assert len(corpus) == 8
    assert whys(corpus) == {
        "8/a_8_0.png": "labelled 'none', which is no emotion",
        "9/a_9_0.png": "labelled 'uncertain', which is no emotion",
        "10/a_10_0.png": "labelled 'no face', which is no emotion",
    }
    assert whys(open_images(tmp_path, codes="fer2013"))["7/a_7_0.png"] == "its label 7 is out of range"


def test_rafdb_by_its_layout_yields_to_a_word(tmp_path: Path) -> None:
    put_numbered(tmp_path, range(1, 8), 1, ["train", "test"])
    assert open_images(tmp_path).emotion[0] == "surprise"
    assert open_images(tmp_path, codes="alphabetical").emotion[0] == "anger"


def test_a_word_for_a_corpus_with_names_is_refused(tmp_path: Path) -> None:
    named = put_by_emotion(tmp_path / "named", ["happy/a.png", "sad/b.png"])
    pixels = put_fer2013(tmp_path / "fer2013.csv", usual_rows(1))
    for path in (named, pixels):
        with pytest.raises(SettingError, match="no bare numbers"):
            open_images(path, codes="affectnet")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("3", 3),
        ("03", 3),
        ("class003", 3),
        ("Class_3", 3),
        ("10", 10),
        ("11", None),
        ("3a", None),
        ("", None),
        ("²", None),
        ("٣", None),
        ("0000000000000003", None),
        ("3_happy", None),
    ],
)
def test_numbers_in_folder_names(name: str, code: int | None) -> None:
    assert code_in(name) == code


def test_part_folders_beside_parts_are_named_with_their_count(tmp_path: Path) -> None:
    put_numbered(tmp_path, range(8), 1, ["train", "val"])
    put_numbered(tmp_path, range(8), 2, ["unseen"])
    corpus = open_images(tmp_path, codes="affectnet")
    assert [(o.where, o.count) for o in corpus.omissions] == [("unseen", 16)]


def test_clips_of_one_emotion_named_by_number_are_no_labels(tmp_path: Path) -> None:
    for clip in range(3):
        for frame in range(3):
            put(tmp_path / "happy" / str(clip) / f"{frame}.png")
    assert recognise_images(tmp_path) == "clips"


def test_the_command_line_asks_and_takes_the_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put_numbered(tmp_path, range(8), 1, ["train", "val"])
    assert main(["corpus", str(tmp_path)]) == 1
    assert "--codes" in capsys.readouterr().err
    assert main(["corpus", str(tmp_path), "--codes", "affectnet"]) == 0
    out = capsys.readouterr().out
    assert "16 images (train 8, validation 8)" in out and "0 neutral, 1 happiness" in out
