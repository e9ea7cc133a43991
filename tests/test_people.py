"""Where nobody says who is filmed: one place for its words, and for reading it from older files."""

from __future__ import annotations

import pytest

from fer_core.base.errors import ProtocolError
from fer_core.base.unknown_people import (
    BY_CLIP,
    PROTOCOL_WORDS,
    clips_words,
    drawn_words,
    not_apart,
    people_known,
    protocol_words,
    whose,
)


@pytest.mark.parametrize(
    ("plain", "known"),
    [
        ({"subjects_known": False, "subjects": None}, False),
        ({"subjects_known": True, "subjects": 5}, True),
        ({"known_subjects": False, "subjects": 9}, False),  # as pictures' files were written before
        ({"known_subjects": True, "subjects": 9}, True),
        ({"known_subjects": True, "subjects_known": False}, False),  # the newer one counts
        ({"subjects": 118}, True),  # results of clips before it was asked
        ({}, True),
    ],
)
def test_old_and_new_files_say_whether_people_are_known(plain: dict, known: bool) -> None:
    assert people_known(plain) is known


@pytest.mark.parametrize("protocol", PROTOCOL_WORDS)
def test_every_protocol_says_by_clip_where_people_are_unknown(protocol: str) -> None:
    assert protocol_words(protocol, False).endswith(BY_CLIP)
    assert "both sides" not in protocol_words(protocol, False)
    assert protocol_words(protocol) == PROTOCOL_WORDS[protocol]


def test_a_protocol_without_words_is_left_as_it_is() -> None:
    assert protocol_words("stream of unseen clips, by clip: people unknown", False).count(BY_CLIP) == 1


def test_numbers_of_people_are_never_made_up() -> None:
    assert clips_words({"n": 27, "subjects": 9}) == "27 clips of 9 subjects"
    assert clips_words({"n": 1, "subjects": 1}) == "1 clip of 1 subject"
    assert clips_words({"n": 1200, "subjects": None, "subjects_known": False}) == "1,200 clips, people unknown"
    assert clips_words({"n": 3, "subjects": 3, "known_subjects": False}) == "3 clips, people unknown"
    assert whose({"subjects": ["A", "B"]}, "person") == " of 2 people"
    assert drawn_words(True) == "subjects"
    assert drawn_words(False, "pictures") == "pictures (people unknown)"


def test_the_refusal_is_one_sentence_that_says_what_to_do() -> None:
    error = not_apart("mine", "choose the protocol by clip")
    assert isinstance(error, ProtocolError)
    assert "mine" in str(error)
    assert "subjects.csv" in str(error)
    assert "by clip" in str(error)
    assert str(error).count(". ") == 0
